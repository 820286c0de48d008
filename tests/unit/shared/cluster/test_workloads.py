"""What the workloads of a namespace come to use at their largest."""

from fractions import Fraction
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as some

from shared.cluster.api import ClusterApi
from shared.cluster.demand import RESOURCES, Demand
from shared.cluster.workloads import read_demands, surged

MI = 1024**2
GROUPS = {
    "deployments": "apps/v1",
    "statefulsets": "apps/v1",
    "daemonsets": "apps/v1",
    "jobs": "batch/v1",
    "cronjobs": "batch/v1",
    "horizontalpodautoscalers": "autoscaling/v2",
}


class Answers:
    """An API that has a few lists of one namespace."""

    def __init__(self, lists: dict[str, Any]) -> None:
        self.lists = {
            f"/apis/{GROUPS[plural]}/namespaces/dev/{plural}": {"items": items}
            for plural, items in lists.items()
        }

    def get(self, path: str) -> Any:
        return self.lists.get(path)


def demands(*, scalers: Any = None, **lists: Any) -> tuple[Demand, ...]:
    answers = Answers({"horizontalpodautoscalers": scalers, **lists})
    return read_demands(cast(ClusterApi, answers), "dev")


def pods_of(found: tuple[Demand, ...]) -> dict[str, int]:
    return {demand.name: demand.pods for demand in found}


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
    assert demands() == ()
    assert read_demands(cast(ClusterApi, Answers({})), "dev") == ()
    assert demands(jobs=None) == ()


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
    (demand,) = demands(deployments=[found])
    assert demand.pods == pods
    assert demand.of("pods") == float(pods)


def test_a_deployment_that_is_scaled_is_counted_at_most_replicas() -> None:
    found = demands(
        deployments=[deployment("web", strategy=rolling("25%")), deployment("other"), deployment("set")],
        scalers=[scaler("web", 10), scaler("set", 50, kind="StatefulSet")],
    )
    assert pods_of(found) == {"web": 13, "other": 2, "set": 2}


def test_a_stateful_set_is_counted_as_it_is_scaled_and_replaces_its_pods_one_by_one() -> None:
    found = demands(
        statefulsets=[deployment("db", replicas=3), deployment("queue"), deployment("one", replicas=None)],
        scalers=[scaler("queue", 7, kind="StatefulSet"), scaler("db", 50)],
    )
    assert pods_of(found) == {"StatefulSet/db": 3, "StatefulSet/queue": 7, "StatefulSet/one": 1}


def daemon(scheduled: int | None, surge: int | str | None = None) -> Any:
    found = deployment("logs")
    if surge is not None:
        found["spec"]["updateStrategy"] = rolling(surge)
    return found | ({} if scheduled is None else {"status": {"desiredNumberScheduled": scheduled}})


@pytest.mark.parametrize(
    ("found", "pods"), [(daemon(None), 0), (daemon(4), 4), (daemon(4, 0), 4), (daemon(4, "30%"), 6)]
)
def test_a_daemon_set_has_a_pod_on_each_node_that_it_wants(found: Any, pods: int) -> None:
    assert pods_of(demands(daemonsets=[found])) == {"DaemonSet/logs": pods}


def job(name: str = "once", *, conditions: Any = None, owner: str = "", **spec: Any) -> Any:
    found = deployment(name, replicas=None)
    found["spec"] |= spec
    if owner:
        found["metadata"]["ownerReferences"] = [{"kind": owner, "name": "its"}]
    return found | {"status": {"conditions": conditions}}


@pytest.mark.parametrize(
    ("found", "pods"),
    [
        (job(), {"Job/once": 1}),
        (job(parallelism=5), {"Job/once": 5}),
        (job(parallelism=5, completions=3), {"Job/once": 3}),
        (job(conditions=[{"type": "Suspended", "status": "True"}]), {"Job/once": 1}),
        (job(conditions=[{"type": "Failed", "status": "False"}]), {"Job/once": 1}),
        (job(conditions=[{"type": "Complete", "status": "True"}]), {}),
        (job(conditions=[{"type": "Failed", "status": "True"}]), {}),
        (job(owner="Workflow"), {"Job/once": 1}),
        (job(owner="CronJob"), {}),
    ],
)
def test_a_job_counts_until_it_is_over_and_a_cron_jobs_with_that(found: Any, pods: dict[str, int]) -> None:
    assert pods_of(demands(jobs=[found])) == pods


@pytest.mark.parametrize(("suspend", "pods"), [(None, 2), (False, 2), (True, 0)])
def test_a_cron_job_counts_as_one_run_of_it(suspend: bool | None, pods: int) -> None:
    resources = {"requests": {"cpu": "1"}}
    template = {"spec": {"containers": [container(**resources)]}}
    found = {
        "metadata": {"name": "backup"},
        "spec": {"suspend": suspend, "jobTemplate": {"spec": {"parallelism": 2, "template": template}}},
    }
    (demand,) = demands(cronjobs=[found])
    assert (demand.name, demand.pods, demand.of("requests.cpu")) == ("CronJob/backup", pods, Fraction(pods))


def test_containers_of_a_pod_add_up_and_pods_multiply() -> None:
    two = [
        container(requests={"cpu": "100m", "memory": "64Mi"}, limits={"cpu": "1", "memory": "128Mi"}),
        container(requests={"cpu": "50m"}, limits={"memory": "128Mi"}),
    ]
    (demand,) = demands(deployments=[deployment(replicas=4, containers=two)])
    assert {resource: demand.of_pod(resource) for resource in RESOURCES} == {
        "requests.cpu": Fraction("0.15"),
        "requests.memory": 192 * MI,
        "limits.cpu": 1.0,
        "limits.memory": 256 * MI,
    }
    assert demand.of("requests.cpu") == Fraction("0.6")
    assert demand.of("limits.memory") == 1024 * MI
    assert demand.of("requests.storage") == 0.0


def test_the_largest_container_is_known_by_each_resource() -> None:
    two = [
        container(limits={"cpu": "1", "memory": "64Mi"}),
        container(limits={"cpu": "500m", "memory": "128Mi"}),
    ]
    (demand,) = demands(deployments=[deployment(containers=two)])
    assert [demand.largest("limits.cpu"), demand.largest("limits.memory")] == [1, 128 * MI]


def starter(cpu: str, *, beside: bool = False) -> dict[str, Any]:
    return container(requests={"cpu": cpu}) | ({"restartPolicy": "Always"} if beside else {})


@pytest.mark.parametrize(
    ("starters", "cpu"),
    [
        ([starter("500m")], 1.0),
        ([starter("3")], 3.0),
        ([starter("3"), starter("2")], 3.0),
        ([starter("500m", beside=True)], 1.5),
        ([starter("500m", beside=True), starter("3")], 3.5),
        ([starter("3"), starter("500m", beside=True)], 3.0),
    ],
)
def test_a_pod_counts_for_what_it_needs_while_it_starts_where_that_is_more(starters: Any, cpu: float) -> None:
    found = deployment(containers=[container(requests={"cpu": "1"})])
    found["spec"]["template"]["spec"]["initContainers"] = starters
    (demand,) = demands(deployments=[found])
    assert demand.of_pod("requests.cpu") == cpu


@pytest.mark.parametrize(
    "containers", [[{"name": "main"}], [container()], [container(requests={"gpu": "1"})]]
)
def test_a_container_that_asks_for_nothing_counts_as_nothing_until_defaults_are_known(
    containers: Any,
) -> None:
    (demand,) = demands(deployments=[deployment(replicas=3, containers=containers)])
    assert {demand.of(resource) for resource in RESOURCES} == {0.0}
    given = demand.with_defaults({"requests.cpu": "100m", "limits.memory": "1Gi"})
    assert [given.of(resource) for resource in RESOURCES] == [Fraction("0.3"), 0, 0, 3 * 1024 * MI]
    assert given.largest("limits.memory") == 1024 * MI
    assert given.silent == ("requests.memory", "limits.cpu")


@pytest.mark.parametrize(
    ("resources", "counts"),
    [
        ({"limits": {"cpu": "2"}}, [2, 2]),
        ({"limits": {"cpu": "2"}, "requests": None}, [2, 2]),
        ({"limits": {"cpu": "2"}, "requests": {"cpu": "1"}}, [1, 2]),
        ({"requests": {"cpu": "250m"}}, [0.25, 0.5]),
        ({}, [0.125, 0.5]),
    ],
)
def test_a_request_that_is_left_out_is_the_limit_and_else_the_default(
    resources: Any, counts: list[float]
) -> None:
    """As the API server does it: a limit stands for the request before any default is looked at."""
    (demand,) = demands(deployments=[deployment(replicas=1, containers=[container(**resources)])])
    given = demand.with_defaults({"requests.cpu": "125m", "limits.cpu": "500m"})
    assert [given.of("requests.cpu"), given.of("limits.cpu")] == counts


def test_defaults_hold_for_what_begins_before_the_main_containers_too() -> None:
    found = deployment(replicas=1, containers=[container(requests={"cpu": "1"})])
    beside = {"name": "beside", "restartPolicy": "Always"}
    found["spec"]["template"]["spec"]["initContainers"] = [beside, {"name": "before"}]
    (demand,) = demands(deployments=[found])
    assert demand.with_defaults({"requests.cpu": "250m"}).of("requests.cpu") == 1.25
    assert demand.with_defaults({"requests.cpu": "3"}).of("requests.cpu") == 6


@given(some.integers(0, 1000), some.integers(0, 100))
def test_a_share_is_rounded_up_as_the_deployment_controller_does(replicas: int, share: int) -> None:
    """ResolveFenceposts in pkg/controller/deployment/util of Kubernetes."""
    more = surged(replicas, f"{share}%") - replicas
    assert more * 100 >= replicas * share
    assert (more - 1) * 100 < replicas * share


@given(some.integers(0, 1000), some.integers(0, 1000))
def test_a_number_is_that_many_more(replicas: int, surge: int) -> None:
    assert surged(replicas, surge) == surged(replicas, str(surge)) == replicas + surge


@pytest.mark.parametrize(
    ("resources", "silent"),
    [
        ({}, ("requests.cpu", "requests.memory", "limits.cpu", "limits.memory")),
        ({"limits": {"cpu": "1", "memory": "1Gi"}}, ()),
        ({"requests": {"cpu": "1", "memory": "1Gi"}}, ("limits.cpu", "limits.memory")),
        ({"requests": {"memory": "1Gi"}, "limits": {"cpu": "1"}}, ("limits.memory",)),
    ],
)
def test_a_container_is_silent_about_what_only_a_default_gives_it(
    resources: dict[str, dict[str, str]], silent: tuple[str, ...]
) -> None:
    """A request that is not made is as large as the limit."""
    said = {"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"cpu": "1", "memory": "1Gi"}}
    item = deployment(containers=[container(**said), container(**resources)])
    (found,) = demands(deployments=[item])
    assert found.silent == silent
