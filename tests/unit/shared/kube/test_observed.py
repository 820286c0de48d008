"""What is observed on a cluster: its identity, who owns what, what may be used and what Deployments ask for."""

from fractions import Fraction
from typing import Any

import pytest

from shared.errors import Refusal
from shared.kube import observed
from shared.kube.observed import Demand, ObservedNamespace, ObservedQuota, observe
from tests.unit.cluster import Objects

OWNER, PREVIOUS = "platform.internal/owner", "platform.internal/previous-owner"
QUOTAS = "/api/v1/resourcequotas?fieldSelector=metadata.name%3Dplatform-quota"


class Api(Objects):
    """An API that has a few objects, by path."""

    def has(self, *namespaces: str) -> None:
        """Have some namespaces, with the platform's quota in each."""
        for name in namespaces:
            self.objects[f"/api/v1/namespaces/{name}"] = {"metadata": {"name": name, "uid": f"uid-{name}"}}
        self.objects[QUOTAS] = {"items": [quota(name) for name in namespaces]}


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Api:
    """What answers for the cluster."""
    system = {"metadata": {"name": "kube-system", "uid": "cluster-1"}}
    found = Api({"/version": {"gitVersion": "v1.36.3"}, "/api/v1/namespaces/kube-system": system})
    monkeypatch.setattr(observed, "cluster_api", found.connected)
    return found


def quota(namespace: str, **metadata: Any) -> dict[str, Any]:
    return {
        "metadata": {"name": "platform-quota", "namespace": namespace, **metadata},
        "spec": {"hard": {"pods": "20"}},
        "status": {"used": {"pods": "3"}},
    }


def test_a_cluster_is_known_by_its_kube_system_namespace(api: Api) -> None:
    api.has("bare")
    found = observe("given", ["bare", "absent"])
    assert (found.identifier, found.version) == ("cluster-1", "v1.36.3")
    assert found.namespaces == {"bare": ObservedNamespace("bare", "uid-bare")}
    del api.objects["/api/v1/namespaces/kube-system"]
    with pytest.raises(Refusal, match="no kube-system namespace"):
        observe("given", [])


def test_a_quota_tells_who_manages_it_what_may_be_used_and_what_is(api: Api) -> None:
    api.has("dev", "other")
    told = quota("dev", labels={OWNER: "day-service-app.dev"}, annotations={PREVIOUS: "x.dev"})
    bare = {"metadata": {"name": "platform-quota", "namespace": "other"}}
    api.objects[QUOTAS] = {"items": [told, bare]}
    assert observe("given", ["dev", "other"]).quotas == {
        "dev": ObservedQuota("day-service-app.dev", "x.dev", {"pods": "20"}, {"pods": "3"}),
        "other": ObservedQuota(),
    }


def test_a_namespaces_own_quota_is_told_from_those_of_others_that_are_for_all_pods(api: Api) -> None:
    api.has("dev")
    other, scoped = quota("dev", name="other"), quota("dev", name="scoped")
    scoped["spec"]["scopes"] = ["BestEffort"]
    api.objects["/api/v1/namespaces/dev/resourcequotas"] = {"items": [quota("dev"), other, scoped]}
    found = observe("given", ["dev"], into="dev")
    assert (set(found.quotas), set(found.other_quotas)) == ({"dev"}, {"other"})


def test_deployments_count_at_the_most_replicas_that_they_may_have(api: Api) -> None:
    def deployment(name: str, surge: Any, *containers: dict[str, Any]) -> dict[str, Any]:
        strategy = {"rollingUpdate": {"maxSurge": surge}} if surge else {"type": "Recreate"}
        template = {"spec": {"containers": [{"resources": resources} for resources in containers]}}
        return {
            "metadata": {"name": name},
            "spec": {"replicas": 3, "strategy": strategy, "template": template},
        }

    def autoscaler(kind: str, name: str, most: int) -> dict[str, Any]:
        return {"spec": {"scaleTargetRef": {"kind": kind, "name": name}, "maxReplicas": most}}

    api.has("dev")
    api.objects["/apis/apps/v1/namespaces/dev/deployments"] = {
        "items": [
            deployment(
                "scaled", "25%", {"requests": {"cpu": "100m"}, "limits": {"cpu": "1", "memory": "1Gi"}}
            ),
            deployment("fixed", None, {}, {"limits": {"cpu": "1"}}),
            deployment("surging", 2),
        ]
    }
    api.objects["/apis/autoscaling/v2/namespaces/dev/horizontalpodautoscalers"] = {
        "items": [autoscaler("Deployment", "scaled", 9), autoscaler("StatefulSet", "fixed", 99)]
    }
    asks = {
        "requests.cpu": Fraction("0.1"),
        "requests.memory": Fraction(1024**3),
        "limits.cpu": Fraction(1),
        "limits.memory": Fraction(1024**3),
    }
    assert observe("given", ["dev"], into="dev").demands == (
        Demand("scaled", 12, (asks,)),
        Demand("fixed", 3, ({}, {"requests.cpu": Fraction(1), "limits.cpu": Fraction(1)})),
        Demand("surging", 5, ()),
    )
    assert observe("given", ["dev"]).demands == ()
