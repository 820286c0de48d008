"""What the organization enforces may be tightened and not loosened; the refusal has a line for all that is looser."""

from typing import Any

import pytest

from shared.config.isolation import IsolationSettings, OrganizationSettings, Peer
from shared.errors import Refusal
from shared.isolation.resolution import resolve_within

FILE = "infrastructure/Pulumi.dev.yaml"
PLACE = "namespaces.dev."
CONTROLLERS = (Peer(namespace="gateway"),)
"""Where requests from outside come from on this cluster."""
OWN = "no other than its own"
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
    resolve_within(
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
    assert first == f"{FILE} violates the organization's policy for namespaces:"
    assert "have the setting organization of the infrastructure stack changed" in caught.value.remedy
    return [line.strip() for line in rest]


LOOSER = [
    ("profile", {"profile": "large"}, "profile is large", "medium at most"),
    *(
        (section, isolated(section, **{name: value}), f"isolation.{section}.{name} is {told}", allowed)
        for section, name, value, told, allowed in (
            ("quota", "requests_cpu", "4001m", "4001m", "4 at most"),
            ("quota", "pods", 41, "41", "40 at most"),
            ("quota", "load_balancers", 1, "1", "0 at most"),
            ("limits", "max_cpu", "2500m", "2500m", "2 at most"),
            ("limits", "max_memory", "2049Mi", "2049Mi", "2Gi at most"),
            ("limits", "defaults", True, "true", "false"),
            ("network", "allow_from", [{"namespace": "other"}], "other", OWN),
            ("network", "allow_to", [{"cidr": "0.0.0.0/0"}], "0.0.0.0/0", OWN),
            ("network", "allow_to", [{"cidr": "10.0.0.0/8"}], "10.0.0.0/8", OWN),
            ("network", "ingress_controllers", [{"namespace": "backdoor"}], "backdoor", OWN),
            ("access", "deploy_groups", ["friends"], "friends", OWN),
            ("access", "read_groups", ["friends"], "friends", OWN),
            ("pod_security", "enforce", "privileged", "privileged", "baseline or stricter"),
            ("pod_security", "audit", "baseline", "baseline", "restricted or stricter"),
            ("pod_security", "warn", "privileged", "privileged", "baseline or stricter"),
            ("pod_security", "version", "v1.9", "v1.9", "v1.31 or later"),
        )
    ),
]
"""A section, settings that loosen it, and the refusal's line."""


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


@pytest.mark.parametrize(
    "own",
    [
        {"profile": "small"},
        isolated("quota", requests_cpu="4000m", pods=39),
        isolated("limits", max_cpu="100m", max_memory="2Gi", defaults=False),
        isolated("network", allow_from=[{"namespace": "monitoring"}]),
        isolated("network", ingress_controllers=[]),
        isolated("network", ingress_controllers=[{"namespace": "gateway"}]),
        isolated("access", deploy_groups=["operators"], read_groups=["auditors"]),
        isolated("pod_security", enforce="restricted", version="latest"),
        {"team": "backend", "cost_center": "1"},
    ],
)
def test_what_tightens_or_keeps_is_let_through_with_every_section_enforced(own: dict[str, Any]) -> None:
    check(own, *SECTIONS)


def test_where_the_cluster_does_not_say_the_usual_controller_is_none_but_its_own() -> None:
    usual = isolated("network", ingress_controllers=[{"namespace": "ingress-nginx", "ports": ["http"]}])
    check(usual, "network", controllers=None)
    assert lines(
        isolated("network", ingress_controllers=[{"namespace": "gateway"}]), "network", controllers=None
    )


@pytest.mark.parametrize(("label", "value"), [("team", "backend"), ("cost_center", "42")])
def test_a_required_label_that_is_missing_is_refused_by_its_setting(label: str, value: str) -> None:
    assert lines({}, required_labels=[label]) == [
        f"{PLACE}{label} is not set, and the organization requires it of every namespace"
    ]
    check({label: value}, required_labels=[label])
    assert len(lines({"profile": "large"}, "profile", required_labels=[label])) == 2


def test_what_the_cluster_itself_allows_is_no_loosening_of_the_namespaces_own() -> None:
    agent = Peer(cidr="169.254.170.23/32", ports=(80,))
    resolved = resolve_within(
        IsolationSettings(),
        OrganizationSettings(enforced=("network",)),
        place="",
        file="apps/day/Pulumi.dev.yaml",
        ingress_controllers=None,
        allow_to=(agent,),
    )
    assert resolved.network.allow_to == (agent,)
