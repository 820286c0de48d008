"""Every figure comes from the namespace's own settings, before the organization's, before its profile."""

from itertools import product
from typing import Any

import pytest

from shared.config.isolation import (
    IsolationSettings,
    OrganizationSettings,
    Peer,
    Profile,
)
from shared.errors import Refusal
from shared.isolation.resolution import PROFILES, Resolved, resolve, resolve_within

FIGURES: list[tuple[str, str, Any, Any]] = [
    ("quota", "requests_cpu", "3", "5"),
    ("quota", "pods", 3, 5),
    ("limits", "max_memory", "48Gi", "64Gi"),
    ("limits", "default_cpu", "101m", "102m"),
    ("limits", "defaults", False, True),
    ("pod_security", "enforce", "baseline", "privileged"),
    ("pod_security", "version", "v1.30", "v1.31"),
]
"""Each figure with a value of the namespace's own and another of the organization's."""


def isolated(section: str, name: str, value: Any) -> dict[str, Any]:
    return {"isolation": {section: {name: value}}}


def figure(resolved: Resolved, section: str, name: str) -> Any:
    return getattr(getattr(resolved, section), name)


@pytest.mark.parametrize("profile", Profile)
@pytest.mark.parametrize(("section", "name", "own", "common"), FIGURES)
def test_own_comes_before_the_organizations_before_the_profiles(
    profile: Profile, section: str, name: str, own: Any, common: Any
) -> None:
    by_profile = resolve(IsolationSettings(profile=profile), OrganizationSettings())
    organization = OrganizationSettings.model_validate(isolated(section, name, common))
    mine = IsolationSettings.model_validate({"profile": profile, **isolated(section, name, own)})
    assert figure(resolve(IsolationSettings(profile=profile), organization), section, name) == common
    assert figure(resolve(mine, organization), section, name) == own
    changed = resolve(mine, organization)
    for other_section, other, _, _ in FIGURES:
        if (other_section, other) != (section, name):
            assert figure(changed, other_section, other) == figure(by_profile, other_section, other)


@pytest.mark.parametrize(("own", "common"), list(product([None, "small"], [None, "large"])))
def test_the_profile_is_ones_own_or_the_organizations_or_medium(own: str | None, common: str | None) -> None:
    organization = OrganizationSettings.model_validate({"profile": common} if common else {})
    found = resolve(IsolationSettings.model_validate({"profile": own}), organization)
    profile = Profile(own or common or "medium")
    figures = PROFILES[profile]
    assert (found.profile, found.quota, found.limits) == (profile, figures.quota, figures.limits)


@pytest.mark.parametrize(
    ("own", "common", "cluster", "found"),
    [
        (
            [Peer(namespace="own")],
            [Peer(namespace="all")],
            [Peer(cidr="10.0.0.0/16")],
            [Peer(namespace="own")],
        ),
        (None, [Peer(namespace="all")], [Peer(cidr="10.0.0.0/16")], [Peer(namespace="all")]),
        (None, None, [Peer(cidr="10.0.0.0/16")], [Peer(cidr="10.0.0.0/16")]),
        (None, None, None, [Peer(namespace="ingress-nginx", ports=("http",))]),
        ([], [Peer(namespace="all")], None, []),
    ],
)
def test_requests_come_from_the_first_controllers_that_are_set(
    own: Any, common: Any, cluster: Any, found: Any
) -> None:
    settings = IsolationSettings.model_validate(isolated("network", "ingress_controllers", own))
    organization = OrganizationSettings.model_validate(isolated("network", "ingress_controllers", common))
    network = resolve(settings, organization, ingress_controllers=cluster and tuple(cluster)).network
    assert network.ingress_controllers == tuple(found)


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


@pytest.mark.parametrize(
    ("less", "value", "more"),
    [
        ("default_cpu", "5", "max_cpu"),
        ("default_memory_request", "513Mi", "default_memory"),
    ],
)
def test_a_default_above_a_profiles_most_is_refused_with_both_figures(
    less: str, value: str, more: str
) -> None:
    def resolved(profile: Profile, **limits: str) -> Resolved:
        own = IsolationSettings.model_validate({"profile": profile, "isolation": {"limits": limits}})
        return resolve_within(
            own, OrganizationSettings(), place="namespaces.dev.", file="the file", ingress_controllers=None
        )

    for profile in Profile:
        resolved(profile)
    with pytest.raises(
        Refusal, match=rf"the file namespaces\.dev\.isolation\.limits .*{less} \({value}\) .* {more} \("
    ):
        resolved(Profile.MEDIUM, **{less: value})
