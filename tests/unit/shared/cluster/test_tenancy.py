"""What lives in a namespace: its quota as the API server has it, and each Deployment at its largest."""

from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as some

from shared.cluster.api import ClusterApi
from shared.cluster.tenancy import Demand, LiveQuota, read_demands, read_quotas, surged

MI = 1024.0**2
ALL_QUOTAS = "/api/v1/resourcequotas?fieldSelector=metadata.name%3Dplatform-quota"


class Answers:
    """An API that has a few objects, and remembers what was asked."""

    def __init__(self, objects: dict[str, Any]) -> None:
        self.objects, self.asked = objects, list[str]()

    def get(self, path: str) -> Any:
        self.asked.append(path)
        return self.objects.get(path)


def quota(namespace: str, **metadata: Any) -> dict[str, Any]:
    return {
        "metadata": {"name": "platform-quota", "namespace": namespace, **metadata},
        "spec": {"hard": {"pods": "20"}},
        "status": {"hard": {"pods": "20"}, "used": {"pods": "3"}},
    }


def path_of(namespace: str) -> str:
    return f"/api/v1/namespaces/{namespace}/resourcequotas/platform-quota"


def quotas(answers: Answers, *names: str) -> dict[str, LiveQuota]:
    return read_quotas(cast(ClusterApi, answers), names)


def demands(deployments: list[Any], scalers: list[Any] | None = None) -> tuple[Demand, ...]:
    answers = Answers(
        {
            "/apis/apps/v1/namespaces/dev/deployments": {"items": deployments},
            "/apis/autoscaling/v2/namespaces/dev/horizontalpodautoscalers": {"items": scalers or []},
        }
    )
    return read_demands(cast(ClusterApi, answers), "dev")


def test_a_quota_tells_who_governs_what_may_be_used_and_what_is() -> None:
    governed = quota(
        "dev",
        labels={"platform.internal/owner": "day-service-app.dev"},
        annotations={"platform.internal/previous-owner": "service-infrastructure.dev"},
    )
    found = quotas(Answers({path_of("dev"): governed}), "dev")
    assert found == {
        "dev": LiveQuota("day-service-app.dev", "service-infrastructure.dev", {"pods": "20"}, {"pods": "3"})
    }


def test_a_quota_that_nobody_labelled_and_the_controller_has_not_seen_yet_is_read_all_the_same() -> None:
    bare = {"metadata": {"name": "platform-quota", "namespace": "dev"}, "spec": {}}
    assert quotas(Answers({path_of("dev"): bare}), "dev") == {"dev": LiveQuota()}


def test_a_namespace_without_a_quota_has_none() -> None:
    assert quotas(Answers({}), "dev") == {}


def test_a_few_namespaces_are_asked_for_by_name_and_many_by_one_list() -> None:
    names = ["a", "b", "c", "d"]
    few = Answers({path_of(name): quota(name) for name in names})
    assert set(quotas(few, *names[:3])) == set(names[:3])
    assert few.asked == [path_of(name) for name in names[:3]]
    many = Answers({ALL_QUOTAS: {"items": [quota(name) for name in ("a", "c", "elsewhere")]}})
    assert set(quotas(many, *names)) == {"a", "c"}
    assert many.asked == [ALL_QUOTAS]


def deployment(
    name: str = "web", *, replicas: int | None = 2, strategy: Any = None, containers: Any = None
) -> Any:
    spec: dict[str, Any] = {"template": {"spec": {"containers": containers or [container()]}}}
    if replicas is not None:
        spec["replicas"] = replicas
    if strategy is not None:
        spec["strategy"] = strategy
    return {"metadata": {"name": name}, "spec": spec}


def container(**resources: dict[str, str]) -> dict[str, Any]:
    return {"name": "main", "resources": resources}


def scaler(target: str, most: int, kind: str = "Deployment") -> dict[str, Any]:
    return {"spec": {"scaleTargetRef": {"kind": kind, "name": target}, "maxReplicas": most}}


def rolling(surge: int | str) -> dict[str, Any]:
    return {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": surge, "maxUnavailable": 0}}


def test_an_empty_namespace_demands_nothing() -> None:
    assert demands([]) == ()
    assert read_demands(cast(ClusterApi, Answers({})), "dev") == ()


@pytest.mark.parametrize(
    ("found", "pods"),
    [
        (deployment(replicas=2), 2),
        (deployment(replicas=None), 1),
        (deployment(replicas=0, strategy=rolling("25%")), 0),
        (deployment(replicas=2, strategy=rolling("25%")), 3),
        (deployment(replicas=4, strategy=rolling("25%")), 5),
        (deployment(replicas=5, strategy=rolling("25%")), 7),
        (deployment(replicas=2, strategy=rolling(3)), 5),
        (deployment(replicas=2, strategy=rolling("100%")), 4),
        (deployment(replicas=2, strategy={"type": "Recreate"}), 2),
        (deployment(replicas=2, strategy={"type": "Recreate", "rollingUpdate": None}), 2),
    ],
)
def test_a_deployment_is_counted_as_it_is_during_a_rollout(found: Any, pods: int) -> None:
    (demand,) = demands([found])
    assert demand.pods == pods
    assert demand.of("pods") == float(pods)


def test_a_deployment_that_is_scaled_is_counted_at_most_replicas() -> None:
    found = demands(
        [deployment("web", strategy=rolling("25%")), deployment("other"), deployment("set")],
        [scaler("web", 10), scaler("set", 50, kind="StatefulSet")],
    )
    assert {demand.name: demand.pods for demand in found} == {"web": 13, "other": 2, "set": 2}


def test_containers_of_a_pod_add_up_and_pods_multiply() -> None:
    two = [
        container(requests={"cpu": "100m", "memory": "64Mi"}, limits={"cpu": "1", "memory": "128Mi"}),
        container(requests={"cpu": "50m"}, limits={"memory": "128Mi"}),
    ]
    (demand,) = demands([deployment(replicas=4, containers=two)])
    assert demand.resources == {
        "requests.cpu": pytest.approx(0.15),
        "requests.memory": 64 * MI,
        "limits.cpu": 1.0,
        "limits.memory": 256 * MI,
    }
    assert demand.of("requests.cpu") == pytest.approx(0.6)
    assert demand.of("limits.memory") == 1024 * MI
    assert demand.of("requests.storage") == 0.0


@pytest.mark.parametrize(
    "containers", [[{"name": "main"}], [container()], [container(requests={"gpu": "1"})]]
)
def test_a_container_that_asks_for_nothing_counts_as_nothing(containers: Any) -> None:
    (demand,) = demands([deployment(containers=containers)])
    assert set(demand.resources.values()) == {0.0}


@given(some.integers(0, 1000), some.integers(0, 100))
def test_a_share_is_rounded_up_as_the_deployment_controller_does(replicas: int, share: int) -> None:
    """ResolveFenceposts in pkg/controller/deployment/util of Kubernetes."""
    more = surged(replicas, f"{share}%") - replicas
    assert more * 100 >= replicas * share
    assert (more - 1) * 100 < replicas * share


@given(some.integers(0, 1000), some.integers(0, 1000))
def test_a_number_is_that_many_more(replicas: int, surge: int) -> None:
    assert surged(replicas, surge) == surged(replicas, str(surge)) == replicas + surge
