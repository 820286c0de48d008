"""What the organization enforces may be tightened and not loosened; all that is looser is told with the numbers."""

from typing import Any

import pytest

from shared.isolation.organization import refuse_loosening
from shared.refusal import Refusal
from shared.settings.isolation import IsolationSettings, OrganizationSettings, Peer, QuotaSettings

FILE = "infrastructure/Pulumi.dev.yaml"
PLACE = "namespaces.dev."
CONTROLLERS = (Peer(namespace="gateway"),)
"""Where requests from outside come from on this cluster."""
SECTIONS = ("profile", "quota", "limits", "network", "access", "pod_security")
FIXED: dict[str, Any] = {
    "profile": "medium",
    "isolation": {
        "quota": {"requests_cpu": "4", "pods": 40},
        "limits": {"defaults": False, "max_cpu": "2", "max_memory": "2Gi"},
        "network": {
            "allow_from": [{"namespace": "monitoring"}],
            "allow_to": [{"cidr": "10.0.0.0/8", "ports": [5432]}],
        },
        "access": {"deploy_groups": ["operators"], "read_groups": ["auditors"]},
        "pod_security": {
            "enforce": "baseline",
            "audit": "restricted",
            "warn": "baseline",
            "version": "v1.31",
        },
    },
}


def isolated(section: str, **values: Any) -> dict[str, Any]:
    return {"isolation": {section: values}}


def check(
    own: dict[str, Any],
    *enforced: str,
    fixed: dict[str, Any] = FIXED,
    controllers: tuple[Peer, ...] | None = CONTROLLERS,
    **organization: Any,
) -> None:
    refuse_loosening(
        IsolationSettings.model_validate(own),
        OrganizationSettings.model_validate({**fixed, "enforced": enforced, **organization}),
        place=PLACE,
        file=FILE,
        ingress_controllers=controllers,
    )


def lines(own: dict[str, Any], *enforced: str, **organization: Any) -> list[str]:
    with pytest.raises(Refusal) as caught:
        check(own, *enforced, **organization)
    first, *rest = caught.value.fact.splitlines()
    assert first == f"{FILE} does not keep to what the organization fixed for its namespaces:"
    assert "have the setting organization of the infrastructure stack changed" in caught.value.remedy
    return [line.strip() for line in rest]


LOOSER = [
    ("profile", {"profile": "large"}, "profile is large", "medium at most"),
    ("quota", isolated("quota", requests_cpu="4001m"), "isolation.quota.requests_cpu is 4001m", "4 at most"),
    ("quota", isolated("quota", pods=41), "isolation.quota.pods is 41", "40 at most"),
    ("quota", isolated("quota", load_balancers=1), "isolation.quota.load_balancers is 1", "0 at most"),
    ("limits", isolated("limits", max_cpu="2500m"), "isolation.limits.max_cpu is 2500m", "2 at most"),
    (
        "limits",
        isolated("limits", max_memory="2049Mi"),
        "isolation.limits.max_memory is 2049Mi",
        "2Gi at most",
    ),
    ("limits", isolated("limits", defaults=True), "isolation.limits.defaults is true", "false"),
    (
        "network",
        isolated("network", allow_from=[{"namespace": "other"}]),
        "isolation.network.allow_from is other",
        "none but its own",
    ),
    (
        "network",
        isolated("network", allow_to=[{"cidr": "0.0.0.0/0"}]),
        "isolation.network.allow_to is 0.0.0.0/0",
        "none but its own",
    ),
    (
        "network",
        isolated("network", allow_to=[{"cidr": "10.0.0.0/8"}]),
        "isolation.network.allow_to is 10.0.0.0/8",
        "none but its own",
    ),
    (
        "network",
        isolated("network", ingress_controllers=[{"namespace": "backdoor"}]),
        "isolation.network.ingress_controllers is backdoor",
        "none but its own",
    ),
    (
        "network",
        isolated("network", ingress_controllers=[{"namespace": "ingress-nginx", "ports": [8001]}]),
        "isolation.network.ingress_controllers is ingress-nginx",
        "none but its own",
    ),
    (
        "access",
        isolated("access", deploy_groups=["friends"]),
        "isolation.access.deploy_groups is friends",
        "none but its own",
    ),
    (
        "access",
        isolated("access", read_groups=["friends"]),
        "isolation.access.read_groups is friends",
        "none but its own",
    ),
    (
        "pod_security",
        isolated("pod_security", enforce="privileged"),
        "isolation.pod_security.enforce is privileged",
        "baseline or stricter",
    ),
    (
        "pod_security",
        isolated("pod_security", audit="baseline"),
        "isolation.pod_security.audit is baseline",
        "restricted or stricter",
    ),
    (
        "pod_security",
        isolated("pod_security", warn="privileged"),
        "isolation.pod_security.warn is privileged",
        "baseline or stricter",
    ),
    (
        "pod_security",
        isolated("pod_security", version="v1.9"),
        "isolation.pod_security.version is v1.9",
        "v1.31 or later",
    ),
]
"""A section, settings that loosen it, and how that is told."""


@pytest.mark.parametrize(("section", "own", "told", "allowed"), LOOSER)
def test_what_loosens_an_enforced_section_is_refused_with_the_numbers(
    section: str, own: dict[str, Any], told: str, allowed: str
) -> None:
    assert lines(own, section) == [f"{PLACE}{told}, the organization allows {allowed}"]


@pytest.mark.parametrize(("section", "own", "told", "allowed"), LOOSER)
def test_what_is_not_enforced_is_the_namespaces_own_business(
    section: str, own: dict[str, Any], told: str, allowed: str
) -> None:
    check(own)
    # A larger profile has larger figures too, which the other sections see.
    others = {"network", "access", "pod_security"} if section == "profile" else set(SECTIONS)
    check(own, *(others - {section}))


@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_that_can_be_enforced_is_tried(section: str) -> None:
    assert section in {tried for tried, _, _, _ in LOOSER}


@pytest.mark.parametrize(
    "own",
    [
        {"profile": "small"},
        {"profile": "medium"},
        isolated("quota", requests_cpu="3999m", pods=39),
        isolated("quota", requests_cpu="4000m", pods=40),
        isolated("limits", max_cpu="100m", max_memory="1Gi"),
        isolated("limits", defaults=False),
        isolated("network", allow_from=[{"namespace": "monitoring"}]),
        isolated("network", ingress_controllers=[]),
        isolated("network", ingress_controllers=[{"namespace": "gateway"}]),
        isolated("access", deploy_groups=["operators"], read_groups=["auditors"]),
        isolated("pod_security", enforce="restricted", warn="restricted"),
        isolated("pod_security", version="v1.31"),
        isolated("pod_security", version="latest"),
        {"team": "backend", "cost_center": "1"},
        {},
    ],
    ids=str,
)
def test_what_tightens_or_keeps_is_let_through_with_every_section_enforced(own: dict[str, Any]) -> None:
    check(own, *SECTIONS)


def test_where_the_cluster_does_not_say_the_usual_controller_is_none_but_its_own() -> None:
    usual = isolated("network", ingress_controllers=[{"namespace": "ingress-nginx", "ports": [8001]}])
    check(usual, "network", controllers=None)
    assert lines(
        isolated("network", ingress_controllers=[{"namespace": "gateway"}]), "network", controllers=None
    )


def test_the_organizations_controllers_stand_before_the_clusters() -> None:
    fixed = isolated("network", ingress_controllers=[{"namespace": "mesh"}])
    check(isolated("network", ingress_controllers=[{"namespace": "mesh"}]), "network", fixed=fixed)
    own = isolated("network", ingress_controllers=[{"namespace": "gateway"}])
    assert lines(own, "network", fixed=fixed) == [
        f"{PLACE}isolation.network.ingress_controllers is gateway, the organization allows none but its own"
    ]


def test_defaults_that_the_organization_gives_may_be_done_without() -> None:
    check(isolated("limits", defaults=False), "limits", fixed={})


def test_a_larger_profile_loosens_the_figures_that_it_stands_for() -> None:
    told = lines({"profile": "large"}, "quota", "limits", fixed={})
    figures = [line.removeprefix(PLACE).split(" ")[0] for line in told]
    assert figures == [
        *(
            f"isolation.quota.{name}"
            for name in QuotaSettings.model_fields
            if name not in ("load_balancers", "node_ports")
        ),
        "isolation.limits.max_cpu",
        "isolation.limits.max_memory",
    ]


def test_all_that_is_looser_is_told_at_once() -> None:
    own = {"profile": "large", "isolation": {"quota": {"pods": 41}, "access": {"read_groups": ["a", "b"]}}}
    told = lines(own, "profile", "access")
    assert len(told) == 3


@pytest.mark.parametrize(("label", "value"), [("team", "backend"), ("cost_center", "42")])
def test_a_required_label_that_is_missing_is_refused_by_its_setting(label: str, value: str) -> None:
    assert lines({}, required_labels=[label]) == [
        f"{PLACE}{label} is not set, and the organization requires it of every namespace"
    ]
    check({label: value}, required_labels=[label])


def test_a_cost_center_of_the_organization_is_one() -> None:
    check({}, required_labels=["cost_center"], cost_center="everybodys")


def test_missing_labels_and_loose_settings_are_told_together() -> None:
    told = lines({"profile": "large"}, "profile", required_labels=["team", "cost_center"])
    assert len(told) == 3


def test_an_applications_settings_have_no_place_before_their_names() -> None:
    with pytest.raises(Refusal) as caught:
        refuse_loosening(
            IsolationSettings(profile="large"),  # type: ignore[arg-type]
            OrganizationSettings(enforced=("profile",)),
            place="",
            file="apps/day/Pulumi.dev.yaml",
            ingress_controllers=None,
        )
    assert "\n    profile is large" in caught.value.fact
