"""A namespace's quota and limit range, as the API server has them."""

from typing import Any, cast

import pytest

from shared.cluster.api import ClusterApi
from shared.cluster.tenancy import LimitRange, LiveQuota, read_limit_ranges, read_quotas

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


@pytest.mark.parametrize(
    ("spec", "found"),
    [
        (
            {
                "limits": [
                    {
                        "type": "Container",
                        "max": {"cpu": "2", "memory": "4Gi"},
                        "default": {"cpu": "1"},
                        "defaultRequest": {"cpu": "100m", "memory": "1Gi"},
                    }
                ]
            },
            LimitRange(
                {"limits.cpu": "2", "limits.memory": "4Gi"},
                defaults={"limits.cpu": "1", "requests.cpu": "100m", "requests.memory": "1Gi"},
            ),
        ),
        ({"limits": [{"type": "Pod", "max": {"cpu": "2"}}]}, LimitRange({"limits.cpu": "2"}, of_pod=True)),
        ({"limits": [{"type": "Container"}]}, LimitRange()),
        ({}, LimitRange()),
    ],
)
def test_a_limit_range_tells_what_it_allows_at_most_and_gives(spec: Any, found: LimitRange) -> None:
    path = "/api/v1/namespaces/dev/limitranges/platform-limits"
    item = {"metadata": {"name": "platform-limits", "namespace": "dev"}, "spec": spec}
    assert read_limit_ranges(cast(ClusterApi, Answers({path: item})), ["dev"]) == {"dev": found}
    assert read_limit_ranges(cast(ClusterApi, Answers({})), ["dev"]) == {}
