"""An application's isolation is settled before anything is declared: who governs, by which figures, and the fit."""

from fractions import Fraction
from typing import Any

import pytest

from shared.cluster.demand import Container, Demand
from shared.cluster.live import NOT_LOOKED, LiveCluster
from shared.cluster.tenancy import LimitRange, LiveQuota
from shared.contract import Infrastructure, NamespaceRecord
from shared.isolation.settlement import settle_isolation
from shared.isolation.specification import IsolationSpecification
from shared.ownership.claim import Claim
from shared.refusal import Refusal
from shared.settings.application import ApplicationSettings
from shared.settings.isolation import GovernedBy, OrganizationSettings, Peer
from shared.web_service.scaling import largest_demand

OWNER, APP, DUSK = "service-infrastructure.dev", "day-service-app.dev", "dusk-service-app.dev"
FILE = "apps/day/Pulumi.dev.yaml"
CONTROLLERS = (Peer(cidr="10.0.0.0/16"),)
PER_POD = {
    "requests.cpu": Fraction("0.1"),
    "requests.memory": Fraction(128 * 1024**2),
    "limits.cpu": Fraction("0.5"),
    "limits.memory": Fraction(2**29),
}


def record(governed_by: GovernedBy = GovernedBy.OWNER) -> NamespaceRecord:
    return NamespaceRecord(owner=OWNER, uid="uid-1", governed_by=governed_by)


LEFT = record(GovernedBy.APPLICATION)


def live(quota: LiveQuota | None = None, *demands: Demand) -> LiveCluster:
    return LiveCluster("cluster-1", quotas={} if quota is None else {"dev": quota}, demands=demands)


def settled(
    found: LiveCluster,
    record: NamespaceRecord | None = None,
    *,
    adopt_from: str | None = None,
    organization: dict[str, Any] | None = None,
    kubeconfigs: dict[str, str] | None = None,
    **values: Any,
) -> IsolationSpecification | None:
    settings = ApplicationSettings.model_validate(values)
    return settle_isolation(
        Claim("dev", APP, FILE, adopt_from=adopt_from),
        settings,
        Infrastructure(
            kubeconfig="given",
            cluster_identifier="cluster-1",
            cluster_name="local",
            ingress_class="local",
            organization=OrganizationSettings.model_validate(organization or {}),
            ingress_controllers=CONTROLLERS,
            tenant_kubeconfigs=kubeconfigs or {},
        ),
        record=record,
        live=found,
        demand=largest_demand("day-service", settings),
    )


def refusal(*given: Any, **how: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        settled(*given, **how)
    return caught.value


def others(name: str, pods: int) -> Demand:
    return Demand(name, pods, (Container(PER_POD),))


@pytest.mark.parametrize("governed_by", ["owner", "application"])
def test_an_owner_governs_whatever_it_says_of_the_application(governed_by: str) -> None:
    found = settled(live(), governed_by=governed_by, profile="small")
    assert found is not None
    assert (found.namespace, found.governor, found.previous_governor, found.tenants) == ("dev", APP, None, ())
    assert found.resolved.profile == "small"


def test_figures_come_from_organization_and_cluster_too() -> None:
    found = settled(live(), organization={"cost_center": "42", "isolation": {"quota": {"pods": 77}}})
    assert found is not None
    assert (found.resolved.cost_center, found.resolved.quota.pods) == ("42", 77)
    assert found.resolved.network.ingress_controllers == CONTROLLERS


def test_a_reader_leaves_it_to_the_owner() -> None:
    assert settled(live(LiveQuota(OWNER)), record()) is None
    assert settled(live(), record()) is None


def test_a_reader_governs_by_leave_of_the_owner_and_takes_it_over_from_it() -> None:
    found = settled(live(LiveQuota(OWNER)), LEFT, governed_by="application")
    assert found is not None
    assert (found.governor, found.previous_governor) == (APP, OWNER)


@pytest.mark.parametrize(("kubeconfigs", "named"), [({DUSK: "its own"}, (APP, DUSK)), ({}, ())])
def test_a_reader_that_governs_lets_the_tenants_in_that_have_a_credential_of_their_own(
    kubeconfigs: dict[str, str], named: tuple[str, ...]
) -> None:
    left = NamespaceRecord(owner=OWNER, tenants=(APP, DUSK), governed_by=GovernedBy.APPLICATION)
    found = settled(live(), left, kubeconfigs=kubeconfigs, governed_by="application")
    assert found is not None
    assert found.tenants == named


def test_an_owner_has_no_tenants_whoever_has_a_credential() -> None:
    found = settled(live(), kubeconfigs={DUSK: "its own"})
    assert found is not None
    assert found.tenants == ()


def test_an_adopter_takes_the_governing_over_with_the_namespace() -> None:
    found = settled(live(LiveQuota(OWNER)), adopt_from=OWNER)
    assert found is not None
    assert found.previous_governor == OWNER


@pytest.mark.parametrize("reads", [None, LEFT])
def test_what_somebody_else_governs_is_refused(reads: NamespaceRecord | None) -> None:
    refused = refusal(live(LiveQuota("dusk-service-app.dev")), reads, governed_by="application")
    assert "is governed by dusk-service-app.dev, so day-service-app.dev cannot" in refused.fact


def test_a_reader_that_wants_to_govern_what_its_owner_governs_is_refused() -> None:
    assert "governs it itself" in refusal(live(), record(), governed_by="application").fact


def test_a_namespace_that_nobody_would_govern_is_refused() -> None:
    assert "no application governs it" in refusal(live(LiveQuota(OWNER)), LEFT).fact
    assert settled(live(LiveQuota("dusk-service-app.dev")), LEFT) is None


def test_without_a_cluster_to_look_at_nobody_is_missed() -> None:
    assert settled(NOT_LOOKED, LEFT) is None


@pytest.mark.parametrize("reads", [None, LEFT])
def test_whoever_governs_keeps_to_what_the_organization_enforces(reads: NamespaceRecord | None) -> None:
    organization = {"profile": "small", "enforced": ["profile"]}
    values = {"governed_by": "application", "profile": "large", "max_replicas": 4}
    refused = refusal(live(), reads, organization=organization, **values)
    assert refused.fact.startswith(f"{FILE} does not keep to what the organization fixed")
    assert "\n    profile is large, the organization allows small at most" in refused.fact


def test_enforced_network_rules_have_the_clusters_ingress_controllers() -> None:
    def wanted(**peer: Any) -> dict[str, Any]:
        return {
            "organization": {"enforced": ["network"]},
            "isolation": {"network": {"ingress_controllers": [peer]}},
        }

    assert settled(live(), **wanted(cidr="10.0.0.0/16")) is not None
    refused = refusal(live(), **wanted(namespace="ingress-nginx", ports=[8001]))
    assert "isolation.network.ingress_controllers is ingress-nginx" in refused.fact


def test_a_guest_is_not_held_to_what_its_namespaces_owner_has_to_keep() -> None:
    assert settled(live(), record(), organization={"required_labels": ["team"]}) is None


QUOTA = LiveQuota(OWNER, hard={"pods": "20"})


def test_a_guest_has_to_fit_beside_the_others_into_the_live_quota() -> None:
    """13 of its own during a rollout: 10 and a quarter of them, rounded up."""
    assert settled(live(QUOTA, others("dusk-service", 7)), record()) is None
    refused = refusal(live(QUOTA, others("dusk-service", 8)), record())
    assert "\n    pods: dusk-service 8 + day-service 13 = 21, the quota has 20" in refused.fact
    assert f"requests or limits in {FILE}, or raise the quota in the settings of {OWNER}" in refused.remedy


def test_a_guest_of_a_quota_without_a_governor_is_told_so() -> None:
    refused = refusal(live(LiveQuota(hard={"pods": "1"})), record())
    assert "raise the quota in the settings of whoever governs it" in refused.remedy


@pytest.mark.parametrize("reads", [record(), None])
def test_a_services_own_deployment_is_replaced_and_not_counted_twice(reads: NamespaceRecord | None) -> None:
    found = live(QUOTA, others("day-service", 19), others("dusk-service", 7))
    settled(found, reads, adopt_from=OWNER, isolation={"quota": {"pods": 20}})


def test_a_governor_has_to_fit_into_the_quota_that_it_declares_and_not_into_the_one_before() -> None:
    tight = LiveQuota(APP, hard={"pods": "1"})
    assert settled(live(tight)) is not None
    refused = refusal(live(), isolation={"quota": {"pods": 12}})
    assert "pods: day-service 13 = 13, the quota has 12" in refused.fact
    assert f"or raise the quota in {FILE}" in refused.remedy
    assert settled(live(), isolation={"quota": {"pods": 13}}) is not None


def test_a_governor_counts_those_who_live_there_already() -> None:
    refused = refusal(live(None, others("dusk-service", 70)))
    assert "pods: dusk-service 70 + day-service 13 = 83, the quota has 80" in refused.fact


def test_a_quota_below_what_is_used_is_refused() -> None:
    used = LiveQuota(APP, used={"secrets": "3"})
    refused = refusal(live(used), isolation={"quota": {"secrets": 2}})
    assert "secrets: 3 in use, the quota would be 2" in refused.fact


def test_a_quota_that_stays_as_it_is_holds_no_handover_up() -> None:
    used = LiveQuota(OWNER, hard={"secrets": "2"}, used={"secrets": "3"})
    assert settled(live(used), isolation={"quota": {"secrets": 2}}, adopt_from=OWNER) is not None


@pytest.mark.parametrize(("resource", "most"), [("limits.cpu", "max_cpu"), ("limits.memory", "max_memory")])
def test_containers_have_to_fit_into_the_limit_range_that_is_declared(resource: str, most: str) -> None:
    allowed = {"max_cpu": "400m", "max_memory": "400Mi"}[most]
    refused = refusal(live(), isolation={"limits": {most: allowed}})
    assert f"\n    day-service: {resource} is " in refused.fact
    assert f"a container there may have {allowed}" in refused.fact
    assert f"Lower cpu_limit and memory_limit in {FILE}" in refused.remedy


def test_a_governors_limit_range_has_to_hold_those_who_live_there_already() -> None:
    large = Demand("dusk-service", 1, (Container({"limits.cpu": Fraction(3)}),))
    assert settled(live(None, large)) is not None
    refused = refusal(live(None, large), isolation={"limits": {"max_cpu": "2"}})
    assert "\n    dusk-service: limits.cpu is 3, a container there may have 2" in refused.fact
    assert "in their settings, or raise" in refused.remedy


@pytest.mark.parametrize(("of_pod", "whom"), [(False, "container"), (True, "pod")])
def test_a_guests_containers_have_to_fit_into_the_live_limit_range(of_pod: bool, whom: str) -> None:
    limits = {"dev": LimitRange({"limits.cpu": "400m"}, of_pod=of_pod)}
    found = LiveCluster("cluster-1", quotas={"dev": QUOTA}, limits=limits)
    refused = refusal(found, record(), max_replicas=2)
    assert f"\n    day-service: limits.cpu is 0.5, a {whom} there may have 400m" in refused.fact
    assert f"max_memory in the settings of {OWNER}" in refused.remedy
    assert settled(found, record(), max_replicas=2, cpu_limit="400m") is None


BARE = Demand("StatefulSet/queue", 4, (Container({}),))
"""Four pods of a container that says nothing."""


def test_what_says_nothing_counts_by_the_defaults_that_a_governor_declares() -> None:
    """The application itself takes 6.5 cores."""
    quota = {"quota": {"limits_cpu": "8500m"}}
    assert settled(live(None, BARE), isolation=quota) is not None
    refused = refusal(live(None, BARE), isolation={**quota, "limits": {"default_cpu": "501m"}})
    assert "limits.cpu: StatefulSet/queue 2.004 + day-service 6.5 = 8.504" in refused.fact


def test_what_says_nothing_counts_by_the_live_defaults_for_a_guest() -> None:
    quota = LiveQuota(OWNER, hard={"limits.cpu": "7"})

    def found(default: str) -> LiveCluster:
        limits = {"dev": LimitRange(defaults={"limits.cpu": default})}
        return LiveCluster("cluster-1", quotas={"dev": quota}, limits=limits, demands=(BARE,))

    assert settled(found("125m"), record()) is None
    refused = refusal(found("200m"), record())
    assert "limits.cpu: StatefulSet/queue 0.8 + day-service 6.5 = 7.3, the quota has 7" in refused.fact


def test_a_governor_without_defaults_does_not_leave_others_without_what_they_need() -> None:
    refused = refusal(live(None, BARE), isolation={"limits": {"defaults": False}})
    assert "needs the defaults of its limit range" in refused.fact
    assert "\n    StatefulSet/queue: a container of it has no requests.cpu and no" in refused.fact
    assert f"leave isolation.limits.defaults: true in {FILE}" in refused.remedy
    assert settled(live(), isolation={"limits": {"defaults": False}}) is not None
