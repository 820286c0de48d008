"""Who acts in a namespace: its team by its groups, groups by settings, tenants by their credentials."""

from typing import Any

from shared.isolation.objects import DEPLOY, READ, role_bindings
from tests.unit.shared.isolation.resolved import resolved

API = "rbac.authorization.k8s.io"


def named(role: str, tenants: tuple[str, ...] = (), **settings: Any) -> list[tuple[str, str]]:
    binding = role_bindings(resolved(**settings), tenants)[role]
    assert binding["role_ref"] == {"api_group": API, "kind": "ClusterRole", "name": role}
    assert all(set(subject) == {"api_group", "kind", "name"} for subject in binding["subjects"])
    return [(subject["kind"], subject["name"]) for subject in binding["subjects"]]


def test_each_role_has_the_teams_own_group_and_the_groups_in_the_settings_once() -> None:
    assert named(DEPLOY) == named(READ) == []
    groups = {
        "deploy_groups": ["platform:backend:deploy", "pipeline", "pipeline"],
        "read_groups": ["auditors"],
    }
    settings: dict[str, Any] = {"team": "backend", "isolation": {"access": groups}}
    assert named(DEPLOY, **settings) == [("Group", "platform:backend:deploy"), ("Group", "pipeline")]
    assert named(READ, **settings) == [("Group", "platform:backend:read"), ("Group", "auditors")]


def test_tenants_deploy_as_users_of_their_own_which_is_enough_to_read() -> None:
    tenants = ("day-service-app.dev", "dusk-service-app.dev")
    assert named(DEPLOY, tenants) == [("User", name) for name in tenants]
    assert named(READ, tenants) == []
