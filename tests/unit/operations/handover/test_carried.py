"""The settings of a namespace's isolation move along with it, and stay with an application that goes on governing."""

from typing import Any

import pytest

from operations.handover.carried import carried, given_up, left_behind
from operations.handover.settings_file import ABSENT
from tests.unit.operations.handover.world import World

ISOLATION = {"quota": {"pods": 30}}
ALL: dict[str, Any] = {
    "profile": "small",
    "team": "backend",
    "cost_center": "42",
    "isolation": ISOLATION,
}


def test_all_that_an_application_says_of_its_namespace_comes_along_and_nothing_else(world: World) -> None:
    world.settings(world.day, namespace="dev", replicas=3, **ALL)
    assert carried(world.day, "dev", world.platform, world.platform) == ALL


def test_all_that_the_platform_says_of_it_comes_back_and_nothing_else(world: World) -> None:
    entry = {**ALL, "tenants": [world.day.owner], "adopt_from": "unowned"}
    world.settings(world.platform, namespaces={"dev": entry, "other": {"profile": "large"}})
    assert carried(world.platform, "dev", world.platform, world.day) == ALL


def test_what_the_new_owner_says_itself_comes_first(world: World) -> None:
    world.settings(world.day, **ALL)
    world.settings(world.platform, namespaces={"dev": {"profile": "large", "team": "frontend"}})
    assert carried(world.day, "dev", world.platform, world.platform) == {
        "cost_center": "42",
        "isolation": ISOLATION,
    }


def test_an_application_that_governs_goes_on_doing_so_under_the_platform(world: World) -> None:
    world.settings(world.day, governed_by="application", **ALL)
    brings = carried(world.day, "dev", world.platform, world.platform)
    assert brings == {**ALL, "governed_by": "application"}
    assert left_behind(world.day) == {}


def test_an_application_that_owns_a_namespace_needs_no_leave_to_govern_it(world: World) -> None:
    world.settings(world.platform, namespaces={"dev": {"governed_by": "application", **ALL}})
    assert carried(world.platform, "dev", world.platform, world.day) == ALL
    world.settings(world.day, governed_by="application", **ALL)
    assert carried(world.day, "dev", world.platform, world.dusk) == ALL


def test_nothing_comes_along_from_nobody_or_from_oneself(world: World) -> None:
    world.settings(world.day, **ALL)
    assert carried(None, "dev", world.platform, world.day) == {}
    assert carried(world.day, "dev", world.platform, world.day) == {}


@pytest.mark.parametrize("governed_by", [{}, {"governed_by": "owner"}])
def test_an_application_that_lets_go_says_no_more_how_it_is_isolated_and_keeps_its_team(
    world: World, governed_by: dict[str, str]
) -> None:
    world.settings(world.day, namespace="dev", **ALL, **governed_by)
    expected = {"profile", "cost_center", "isolation", *governed_by}
    assert left_behind(world.day) == dict.fromkeys(expected, ABSENT)


def test_an_application_that_says_nothing_leaves_nothing_behind(world: World) -> None:
    world.settings(world.day, namespace="dev")
    assert left_behind(world.day) == {}


def test_what_an_application_has_no_setting_for_is_named_where_the_namespace_moves_to_one(
    world: World,
) -> None:
    entry = {**ALL, "tenants": [world.day.owner], "governed_by": "infrastructure", "adopt_from": "unowned"}
    world.settings(world.platform, namespaces={"dev": entry})
    assert given_up("dev", world.platform, world.day) == {"tenants": [world.day.owner]}
    assert given_up("dev", world.platform, world.platform) == {}
    assert given_up("other", world.platform, world.day) == {}
