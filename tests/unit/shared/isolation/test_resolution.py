"""Every figure comes from the namespace's own settings, before the organization's, before its profile."""

from itertools import product
from typing import Any

import pytest

from shared.isolation.profiles import LIMITS, QUOTAS
from shared.isolation.resolution import Resolved, resolve
from shared.settings.isolation import (
    IsolationSettings,
    LimitSettings,
    OrganizationSettings,
    Peer,
    PodSecuritySettings,
    Profile,
    QuotaSettings,
)

QUANTITIES = [f"{which}_{what}" for which in ("requests", "limits") for what in ("cpu", "memory")]
QUANTITIES.append("requests_storage")
COUNTS = [name for name in QuotaSettings.model_fields if name not in QUANTITIES]
MAXIMA = ["max_cpu", "max_memory"]
DEFAULTS = ["default_cpu", "default_memory", "default_cpu_request", "default_memory_request"]
LEVELS = ["enforce", "audit", "warn"]
FIGURES: list[tuple[str, str, Any, Any]] = [
    *(("quota", name, "3", "5") for name in QUANTITIES),
    *(("quota", name, 3, 5) for name in COUNTS),
    *(("limits", name, "48Gi", "64Gi") for name in MAXIMA),
    *(("limits", name, "1m", "2m") for name in DEFAULTS),
    ("limits", "defaults", False, True),
    *(("pod_security", name, "baseline", "privileged") for name in LEVELS),
    ("pod_security", "version", "v1.30", "v1.31"),
]
"""Each figure with a value of the namespace's own and another of the organization's."""


def isolated(section: str, name: str, value: Any) -> dict[str, Any]:
    return {"isolation": {section: {name: value}}}


def figure(resolved: Resolved, section: str, name: str) -> Any:
    return getattr(getattr(resolved, section), name)


def test_every_figure_is_among_those_that_are_tried() -> None:
    assert {(section, name) for section, name, _, _ in FIGURES} == {
        *(("quota", name) for name in QuotaSettings.model_fields),
        *(("limits", name) for name in LimitSettings.model_fields),
        *(("pod_security", name) for name in PodSecuritySettings.model_fields),
    }


@pytest.mark.parametrize("profile", Profile)
@pytest.mark.parametrize(("section", "name", "own", "common"), FIGURES)
def test_own_comes_before_the_organizations_before_the_profiles(
    profile: Profile, section: str, name: str, own: Any, common: Any
) -> None:
    by_profile = resolve(IsolationSettings(profile=profile), OrganizationSettings())
    organization = OrganizationSettings.model_validate(isolated(section, name, common))
    mine = IsolationSettings.model_validate({"profile": profile, **isolated(section, name, own)})
    assert figure(by_profile, section, name) is not None
    assert figure(resolve(IsolationSettings(profile=profile), organization), section, name) == common
    assert figure(resolve(mine, organization), section, name) == own
    assert figure(resolve(mine, OrganizationSettings()), section, name) == own


@pytest.mark.parametrize(("section", "name", "own", "common"), FIGURES)
def test_a_figure_that_is_named_changes_no_other(section: str, name: str, own: Any, common: Any) -> None:
    before = resolve(IsolationSettings(), OrganizationSettings())
    for after in (
        resolve(IsolationSettings.model_validate(isolated(section, name, own)), OrganizationSettings()),
        resolve(IsolationSettings(), OrganizationSettings.model_validate(isolated(section, name, common))),
    ):
        for other_section, other, _, _ in FIGURES:
            if (other_section, other) != (section, name) and not lowered(section, name, other):
                assert figure(after, other_section, other) == figure(before, other_section, other)


def lowered(section: str, name: str, other: str) -> bool:
    """Whether a smaller figure takes another one with it."""
    return section == "limits" and other == f"{name}_request"


@pytest.mark.parametrize(("own", "common"), list(product([None, *Profile], [None, *Profile])))
def test_the_profile_is_ones_own_or_the_organizations_or_medium(
    own: Profile | None, common: Profile | None
) -> None:
    organization = OrganizationSettings(profile=common) if common else OrganizationSettings()
    resolved = resolve(IsolationSettings(profile=own), organization)
    profile = own or common or Profile.MEDIUM
    assert resolved.profile is profile
    assert resolved.quota == QUOTAS[profile]
    assert resolved.limits == LIMITS[profile]


def test_a_larger_profile_has_no_smaller_figure() -> None:
    for name in QuotaSettings.model_fields:
        values = [QUOTAS[profile].model_dump()[name] for profile in Profile]
        assert values[0] is not None
        if name in COUNTS:
            assert values == sorted(values), name


def test_costs_are_booked_where_the_namespace_says_or_the_organization_and_teams_are_only_ones_own() -> None:
    organization = OrganizationSettings(cost_center="everybodys")
    assert resolve(IsolationSettings(), OrganizationSettings()).cost_center is None
    assert resolve(IsolationSettings(), organization).cost_center == "everybodys"
    assert resolve(IsolationSettings(cost_center="mine"), organization).cost_center == "mine"
    assert resolve(IsolationSettings(), organization).team is None
    assert resolve(IsolationSettings(team="backend"), organization).team == "backend"


@pytest.mark.parametrize(
    ("section", "name", "own", "common"),
    [
        ("network", "allow_from", {"namespace": "mine"}, {"namespace": "all"}),
        ("network", "allow_to", {"cidr": "10.1.0.0/16"}, {"cidr": "10.2.0.0/16"}),
        ("access", "deploy_groups", "mine", "all"),
        ("access", "read_groups", "mine", "all"),
    ],
)
def test_lists_add_up_with_each_entry_once(section: str, name: str, own: Any, common: Any) -> None:
    mine = IsolationSettings.model_validate(isolated(section, name, [own, common]))
    organization = OrganizationSettings.model_validate(isolated(section, name, [common]))
    made = figure(resolve(mine, organization), section, name)
    alone = figure(resolve(mine, OrganizationSettings()), section, name)
    assert made == tuple(reversed(alone))
    assert figure(resolve(IsolationSettings(), organization), section, name) == made[:1]
    assert len(made) == 2


CLUSTERS = (Peer(cidr="10.0.0.0/16"),)


@pytest.mark.parametrize(("own", "common"), list(product([None, "mine"], [None, "all"])))
def test_requests_come_from_where_settings_say_or_the_cluster_does(
    own: str | None, common: str | None
) -> None:
    def controllers(name: str | None) -> dict[str, Any]:
        return isolated("network", "ingress_controllers", [{"namespace": name}]) if name else {}

    mine = IsolationSettings.model_validate(controllers(own))
    organization = OrganizationSettings.model_validate(controllers(common))
    said = own or common
    expected = (Peer(namespace=said),) if said else CLUSTERS
    assert resolve(mine, organization, ingress_controllers=CLUSTERS).network.ingress_controllers == expected


def test_where_nobody_says_so_requests_come_from_the_usual_ingress_controller() -> None:
    network = resolve(IsolationSettings(), OrganizationSettings()).network
    assert network.ingress_controllers == (Peer(namespace="ingress-nginx", ports=(8001,)),)


def test_no_requests_from_outside_at_all_can_be_asked_for() -> None:
    mine = IsolationSettings.model_validate(isolated("network", "ingress_controllers", []))
    assert resolve(mine, OrganizationSettings()).network.ingress_controllers == ()


def test_pods_are_restricted_where_nobody_says_otherwise() -> None:
    security = resolve(IsolationSettings(), OrganizationSettings()).pod_security
    assert {security.enforce, security.audit, security.warn} == {"restricted"}
    assert security.version == "latest"


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ({"max_cpu": "200m"}, ("200m", "100m")),
        ({"max_cpu": "50m"}, ("50m", "50m")),
        ({"default_cpu": "50m"}, ("50m", "50m")),
        ({"max_cpu": "200m", "default_cpu_request": "150m"}, ("200m", "150m")),
        ({"default_cpu": "600m"}, ("600m", "100m")),
    ],
)
def test_what_is_not_named_is_lowered_to_the_figure_above_it(
    own: dict[str, str], expected: tuple[str, str]
) -> None:
    mine = IsolationSettings.model_validate({"isolation": {"limits": own}})
    limits = resolve(mine, OrganizationSettings()).limits
    assert (limits.default_cpu, limits.default_cpu_request) == expected
    assert (limits.default_memory, limits.default_memory_request) == ("512Mi", "128Mi")


def test_what_is_named_is_never_changed_even_where_the_api_server_will_refuse_it() -> None:
    mine = IsolationSettings.model_validate({"isolation": {"limits": {"default_cpu": "64"}}})
    limits = resolve(mine, OrganizationSettings()).limits
    assert limits.default_cpu == "64"
    assert limits.max_cpu == "4"
