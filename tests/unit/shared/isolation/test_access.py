"""Who acts in a namespace: its team by its groups, groups by settings, tenants by their credentials."""

from typing import Any

import pytest

from shared.isolation.access import DEPLOY, READ, role_reference, subjects, team_group
from tests.unit.shared.isolation.specifications import specification

ROLES = [DEPLOY, READ]
API = "rbac.authorization.k8s.io"


def named(role: str, **settings: Any) -> list[tuple[str, str]]:
    found = subjects(role, specification(**settings))
    assert all(subject["api_group"] == API for subject in found)
    assert all(set(subject) == {"api_group", "kind", "name"} for subject in found)
    return [(subject["kind"], subject["name"]) for subject in found]


def test_a_teams_groups_are_named_after_it() -> None:
    assert team_group("backend", DEPLOY) == "platform:backend:deploy"
    assert team_group("backend", READ) == "platform:backend:read"


@pytest.mark.parametrize("role", ROLES)
def test_without_a_team_groups_and_tenants_nobody_has_a_role(role: str) -> None:
    assert named(role) == []


@pytest.mark.parametrize(("role", "group"), [(DEPLOY, "deploy"), (READ, "read")])
def test_a_team_has_each_role_by_its_own_group(role: str, group: str) -> None:
    assert named(role, team="backend") == [("Group", f"platform:backend:{group}")]


def test_groups_have_the_role_that_settings_give_them_and_no_other() -> None:
    access = {"isolation": {"access": {"deploy_groups": ["pipeline"], "read_groups": ["auditors"]}}}
    assert named(DEPLOY, **access) == [("Group", "pipeline")]
    assert named(READ, **access) == [("Group", "auditors")]


def test_tenants_deploy_as_users_of_their_own_and_that_is_enough_to_read() -> None:
    tenants = ("day-service-app.dev", "dusk-service-app.dev")
    assert named(DEPLOY, tenants=tenants) == [("User", name) for name in tenants]
    assert named(READ, tenants=tenants) == []


def test_whoever_is_named_twice_is_there_once() -> None:
    access = {"deploy_groups": ["platform:backend:deploy", "pipeline", "pipeline"]}
    assert named(DEPLOY, team="backend", isolation={"access": access}) == [
        ("Group", "platform:backend:deploy"),
        ("Group", "pipeline"),
    ]


@pytest.mark.parametrize("role", ROLES)
def test_a_binding_refers_to_the_clusters_one_role(role: str) -> None:
    assert role_reference(role, specification()) == {"api_group": API, "kind": "ClusterRole", "name": role}
