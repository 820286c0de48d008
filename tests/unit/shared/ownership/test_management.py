"""Which stack manages a namespace's isolation, by which figures, and whether the services fit."""

from fractions import Fraction
from typing import Any

import pytest

from shared.components.pods import MAX_SURGE, Pods
from shared.config.application import ApplicationSettings
from shared.config.isolation import GovernedBy, OrganizationSettings
from shared.contract import NamespaceRecord
from shared.errors import Refusal
from shared.isolation.resolution import resolve_within
from shared.kube.observed import Demand, LimitRange, ObservedCluster, ObservedQuota, surged
from shared.ownership.capacity import check_fit
from shared.ownership.claim import Claim
from shared.ownership.management import ManagedIsolation, manage_isolation
from shared.stacks import Stack, stack_of
from shared.state import State, StateObject

ME, OTHER, DUSK = (
    Stack("day-service-app", "dev"),
    Stack("service-infrastructure", "dev"),
    "dusk-service-app.dev",
)
FILE = "apps/day/Pulumi.dev.yaml"
PER_POD = {
    "requests.cpu": Fraction("0.1"),
    "requests.memory": Fraction(128 * 1024**2),
    "limits.cpu": Fraction("0.5"),
    "limits.memory": Fraction(2**29),
}


def record(governed_by: GovernedBy = GovernedBy.OWNER) -> NamespaceRecord:
    return NamespaceRecord(owner=OTHER.owner, uid="uid-1", governed_by=governed_by)


LEFT = record(GovernedBy.APPLICATION)


def cluster(quota: ObservedQuota | None = None, *demands: Demand, **limits: Any) -> ObservedCluster:
    quotas = {} if quota is None else {"dev": quota}
    return ObservedCluster("cluster-1", quotas=quotas, limits=LimitRange(**limits), demands=demands)


def managed(
    found: ObservedCluster | None,
    exported: NamespaceRecord | None = None,
    *,
    adopt_from: str = "",
    tenants: tuple[str, ...] = (),
    **values: Any,
) -> ManagedIsolation | None:
    settings = ApplicationSettings.model_validate(values)
    owner = stack_of(exported.owner) if exported else ME
    claim = Claim("dev", ME, owner, FILE, adopt_from=adopt_from, managed_by=settings.governed_by)
    resolved = resolve_within(settings, OrganizationSettings(), place="", file=FILE, ingress_controllers=None)
    managed = manage_isolation(claim, resolved, State(), found, record=exported, tenants=tenants)
    pods = Pods("day-service", "day-service", "dev", settings)
    check_fit(claim, managed, found, [pods.demand(surged(settings.max_replicas, MAX_SURGE))])
    return managed


def refusal(*given: Any, **how: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        managed(*given, **how)
    return caught.value


def others(name: str, pods: int) -> Demand:
    return Demand(name, pods, (PER_POD,))


@pytest.mark.parametrize("governed_by", ["owner", "application"])
def test_an_owner_manages_it_whatever_it_says_of_the_application(governed_by: str) -> None:
    found = managed(cluster(), governed_by=governed_by, profile="small")
    assert found is not None
    assert (found.previous_manager, found.tenants, found.resolved.profile) == ("", (), "small")


def test_the_owner_manages_it_by_default_and_a_platform_may_leave_it_to_the_application() -> None:
    claim = Claim("dev", OTHER, OTHER, FILE, managed_by=GovernedBy.APPLICATION, place="namespaces.dev.")
    assert not claim.manages_isolation
    assert managed(cluster(ObservedQuota(OTHER.owner)), record()) is None
    assert managed(cluster(), record()) is None


def test_isolation_is_adopted_from_an_owner_that_leaves_it_or_with_the_namespace() -> None:
    found = managed(cluster(ObservedQuota(OTHER.owner)), LEFT, governed_by="application", tenants=(DUSK,))
    assert found is not None
    assert (found.previous_manager, found.tenants) == (OTHER.owner, (DUSK,))
    adopted = managed(cluster(ObservedQuota(OTHER.owner)), adopt_from=OTHER.owner)
    assert adopted is not None
    assert adopted.previous_manager == OTHER.owner


@pytest.mark.parametrize("exported", [None, LEFT])
def test_what_another_stack_manages_is_refused(exported: NamespaceRecord | None) -> None:
    refused = refusal(
        cluster(ObservedQuota(DUSK)), exported, governed_by="application", adopt_from=OTHER.owner
    )
    assert f"is managed by {DUSK}, so {ME} cannot manage it too" in refused.fact


def test_a_namespace_that_both_would_manage_or_neither_is_refused() -> None:
    assert "manages its isolation itself" in refusal(cluster(), record(), governed_by="application").fact
    assert "no application manages it" in refusal(cluster(ObservedQuota(OTHER.owner)), LEFT).fact
    assert managed(cluster(ObservedQuota(DUSK)), LEFT) is None
    assert managed(None, LEFT) is None


QUOTA = ObservedQuota(OTHER.owner, hard={"pods": "20"})


def test_a_service_has_to_fit_beside_the_others_into_the_live_quota() -> None:
    """13 of its own during a rollout: 10 and a quarter of them, rounded up."""
    assert managed(cluster(QUOTA, others("dusk-service", 7)), record()) is None
    refused = refusal(cluster(QUOTA, others("dusk-service", 8)), record())
    assert "\n    pods: dusk-service 8 + day-service 13 = 21, the quota has 20" in refused.fact
    assert (
        f"requests or limits in {FILE}, or raise the quota in the settings of {OTHER.owner}" in refused.remedy
    )


@pytest.mark.parametrize("exported", [record(), None])
def test_a_services_own_deployment_is_replaced_and_not_counted_twice(
    exported: NamespaceRecord | None,
) -> None:
    found = cluster(QUOTA, others("day-service", 19), others("dusk-service", 7))
    managed(found, exported, adopt_from=OTHER.owner, isolation={"quota": {"pods": 20}})


def test_a_manager_has_to_fit_into_the_quota_that_it_declares_and_not_into_the_one_before() -> None:
    tight = ObservedQuota(ME.owner, hard={"pods": "1"})
    assert managed(cluster(tight)) is not None
    refused = refusal(cluster(), isolation={"quota": {"pods": 12}})
    assert "pods: day-service 13 = 13, the quota has 12" in refused.fact
    assert managed(cluster(), isolation={"quota": {"pods": 13}}) is not None
    used = cluster(ObservedQuota(ME.owner, used={"secrets": "3"}))
    refused = refusal(used, isolation={"quota": {"secrets": 2}})
    assert "secrets: 3 in use, the quota would be 2" in refused.fact


@pytest.mark.parametrize(("of_pod", "whom"), [(False, "container"), (True, "pod")])
def test_containers_have_to_fit_into_the_live_limit_range(of_pod: bool, whom: str) -> None:
    found = cluster(QUOTA, most={"limits.cpu": "400m"}, of_pod=of_pod)
    refused = refusal(found, record(), max_replicas=2)
    assert f"\n    day-service: limits.cpu is 0.5, a {whom} there may have 400m" in refused.fact
    assert managed(found, record(), max_replicas=2, cpu_limit="400m") is None


BARE = Demand("queue", 4, ({},))
"""Four pods of a container without requests or limits."""


def test_containers_without_limits_count_by_the_defaults_that_are_declared() -> None:
    """The application itself takes 6.5 cores."""
    quota = {"quota": {"limits_cpu": "8500m"}}
    assert managed(cluster(None, BARE), isolation=quota) is not None
    refused = refusal(cluster(None, BARE), isolation={**quota, "limits": {"default_cpu": "501m"}})
    assert "limits.cpu: queue 2.004 + day-service 6.5 = 8.504" in refused.fact


def test_a_manager_without_defaults_does_not_leave_others_without_what_they_need() -> None:
    refused = refusal(cluster(None, BARE), isolation={"limits": {"defaults": False}})
    assert "\n    queue: a container does not set requests.cpu or " in refused.fact
    assert managed(cluster(), isolation={"limits": {"defaults": False}}) is not None


def test_without_a_cluster_an_earlier_manager_is_remembered() -> None:
    quota = StateObject(
        "urn", "kubernetes:core/v1:ResourceQuota", "platform-quota", "dev", previous_owner=OTHER.owner
    )
    settings = ApplicationSettings()
    resolved = resolve_within(settings, OrganizationSettings(), place="", file=FILE, ingress_controllers=None)
    found = manage_isolation(Claim("dev", ME, ME, FILE), resolved, State((quota,)), None)
    assert found is not None
    assert found.previous_manager == OTHER.owner
