"""While a namespace changes its owner, what isolates it is never gone for a moment, whichever stack manages it."""

from typing import Any

import yaml

from tests.checkout import Checkout
from tests.cluster import LiveCluster
from tests.integration.conftest import Declare, Platform
from tests.integration.witness import Witness

INFRASTRUCTURE = "service-infrastructure.dev"
OWNER = "platform.internal/owner"
ENFORCE = "pod-security.kubernetes.io/enforce"
ISOLATION = {
    ("ResourceQuota", "platform-quota"),
    ("LimitRange", "platform-limits"),
    ("NetworkPolicy", "platform-default-deny"),
    ("NetworkPolicy", "platform-dns"),
    ("NetworkPolicy", "platform-within-namespace"),
    ("NetworkPolicy", "platform-ingress-controller"),
    ("NetworkPolicy", "platform-exceptions"),
    ("RoleBinding", "platform-deploy"),
    ("RoleBinding", "platform-read"),
}
SETTINGS: dict[str, Any] = {
    "profile": "small",
    "team": "backend",
    "cost_center": "42",
    "isolation": {"quota": {"config_maps": 33}, "pod_security": {"warn": "baseline"}},
}


def settings(checkout: Checkout, service: str, environment: str) -> dict[str, Any]:
    """A stack's settings by name, without the project's prefix."""
    config = yaml.safe_load(checkout.settings_file(service, environment).read_text())["config"]
    return {key.split(":", 1)[1]: value for key, value in config.items()}


def managers(cluster: LiveCluster, namespace: str) -> set[str]:
    """The owner labels of all that isolates a namespace."""
    names = {name for _, name in ISOLATION}
    found = [
        *cluster.core.list_namespaced_resource_quota(namespace).items,
        *cluster.core.list_namespaced_limit_range(namespace).items,
        *cluster.networking.list_namespaced_network_policy(namespace).items,
    ]
    return {item.metadata.labels[OWNER] for item in found if item.metadata.name in names}


def held(witness: Witness, *owners: str) -> None:
    """Nothing was ever gone, made again, without an owner, or without its pods being secured."""
    assert {what for what in witness.before if what[0] != "Namespace"} == ISOLATION
    assert [seen for seen in witness.events if seen.type == "DELETED"] == []
    assert [seen for seen in witness.events if seen.type == "ADDED"] == []
    assert witness.now() == witness.before
    for seen in witness.events:
        if (seen.kind, seen.name) in witness.before:
            assert seen.uid == witness.before[seen.kind, seen.name]
            assert seen.labels[OWNER] in owners, seen
    for seen in witness.of("Namespace"):
        assert seen.labels[ENFORCE] == "restricted", seen


def hard(cluster: LiveCluster, namespace: str) -> dict[str, str]:
    found: dict[str, str] = cluster.core.read_namespaced_resource_quota("platform-quota", namespace).spec.hard
    return found


def test_a_move_there_and_back_takes_isolation_and_its_settings_along(
    checkout: Checkout,
    cluster: LiveCluster,
    declare: Declare,
    environment: str,
    infrastructure_settings: None,
) -> None:
    application, name = f"day-service-app.{environment}", "carried"
    declare("day", namespace=name, max_replicas=3, **SETTINGS)
    checkout.app_up("day", environment)
    assert managers(cluster, name) == {application}
    figures, labels = hard(cluster, name), cluster.namespace(name).metadata.labels
    assert figures["configmaps"] == "33"

    with Witness(cluster, name) as there:
        checkout.make("namespace-move", SERVICE="day", ENV=environment, TO="infrastructure")
    held(there, application, INFRASTRUCTURE)
    assert managers(cluster, name) == {INFRASTRUCTURE}
    assert hard(cluster, name) == figures
    assert cluster.namespace(name).metadata.labels == {**labels, OWNER: INFRASTRUCTURE}
    assert settings(checkout, "infrastructure", "dev")["namespaces"][name] == SETTINGS
    mine = settings(checkout, "day", environment)
    assert set(mine) & set(SETTINGS) == {"team"}
    assert "updated" not in checkout.app_up("day", environment)
    assert "updated" not in checkout.make("infra-up").text

    with Witness(cluster, name) as back:
        checkout.make("namespace-move", SERVICE="day", ENV=environment, TO="application")
    held(back, application, INFRASTRUCTURE)
    assert managers(cluster, name) == {application}
    assert hard(cluster, name) == figures
    assert cluster.namespace(name).metadata.labels == labels
    assert name not in (settings(checkout, "infrastructure", "dev").get("namespaces") or {})
    assert settings(checkout, "day", environment).items() >= SETTINGS.items()
    assert "updated" not in checkout.app_up("day", environment)
    assert "updated" not in checkout.make("infra-up").text


def test_an_application_that_manages_the_isolation_goes_on_while_the_namespace_moves(
    checkout: Checkout,
    cluster: LiveCluster,
    declare: Declare,
    environment: str,
    infrastructure_settings: None,
) -> None:
    application, name = f"day-service-app.{environment}", "self-managed"
    declare("day", namespace=name, max_replicas=3, governed_by="application", **SETTINGS)
    checkout.app_up("day", environment)

    with Witness(cluster, name) as witness:
        checkout.make("namespace-move", SERVICE="day", ENV=environment, TO="infrastructure")
        assert cluster.owner(name) == INFRASTRUCTURE
        assert managers(cluster, name) == {application}
        entry = settings(checkout, "infrastructure", "dev")["namespaces"][name]
        assert entry == {**SETTINGS, "governed_by": "application"}
        mine = settings(checkout, "day", environment)
        assert mine.items() >= {**SETTINGS, "governed_by": "application"}.items()
        assert "updated" not in checkout.app_up("day", environment)
        assert "updated" not in checkout.make("infra-up").text

        checkout.make("namespace-move", SERVICE="day", ENV=environment, TO="application")
        assert cluster.owner(name) == application
        assert "updated" not in checkout.app_up("day", environment)
    held(witness, application, INFRASTRUCTURE)
    touched = {seen.labels[OWNER] for seen in witness.events if seen.kind != "Namespace"}
    assert touched <= {application}


def test_a_flip_by_hand_with_the_new_owner_first(
    checkout: Checkout, cluster: LiveCluster, declare: Declare, environment: str, platform: Platform
) -> None:
    application, name = f"day-service-app.{environment}", "flipped"
    declare("day", namespace=name, max_replicas=3)
    checkout.app_up("day", environment)
    with Witness(cluster, name) as witness:
        platform({name: {"adopt_from": application, "profile": "small"}})
        assert managers(cluster, name) == {INFRASTRUCTURE}
        assert hard(cluster, name)["pods"] == "20"
        declare("day", namespace=name, max_replicas=3, create_namespace=False)
        assert "deleted" not in checkout.app_up("day", environment)
        assert managers(cluster, name) == {INFRASTRUCTURE}

        declare("day", namespace=name, max_replicas=3, adopt_namespace_from=INFRASTRUCTURE)
        checkout.app_up("day", environment)
        assert managers(cluster, name) == {application}
        assert hard(cluster, name)["pods"] == "80"
        platform({})
        assert managers(cluster, name) == {application}
    held(witness, application, INFRASTRUCTURE)


def test_a_flip_by_hand_with_the_old_owner_first(
    checkout: Checkout, cluster: LiveCluster, declare: Declare, environment: str, platform: Platform
) -> None:
    application, name = f"day-service-app.{environment}", "dropped"
    platform({name: {"team": "backend"}})
    declare("day", namespace=name, max_replicas=3, create_namespace=False)
    checkout.app_up("day", environment)
    with Witness(cluster, name) as witness:
        platform({})
        assert managers(cluster, name) == {INFRASTRUCTURE}
        checkout.refused("app-up", SERVICE="day", ENV=environment)
        declare("day", namespace=name, max_replicas=3, team="backend", adopt_namespace_from=INFRASTRUCTURE)
        checkout.app_up("day", environment)
        assert managers(cluster, name) == {application}
        declare("day", namespace=name, max_replicas=3, team="backend", create_namespace=False)
        assert "does not own it" in checkout.refused("app-up", SERVICE="day", ENV=environment)
        assert managers(cluster, name) == {application}
    held(witness, application, INFRASTRUCTURE)


def test_the_manager_changes_without_the_owner(
    checkout: Checkout, cluster: LiveCluster, declare: Declare, environment: str, platform: Platform
) -> None:
    application, name = f"day-service-app.{environment}", "managed"
    platform({name: {}})
    declare("day", namespace=name, max_replicas=3, create_namespace=False)
    checkout.app_up("day", environment)
    with Witness(cluster, name) as witness:
        declare("day", namespace=name, max_replicas=3, create_namespace=False, governed_by="application")
        assert "manages its isolation itself" in checkout.refused("app-up", SERVICE="day", ENV=environment)
        platform({name: {"governed_by": "application"}})
        assert managers(cluster, name) == {INFRASTRUCTURE}
        checkout.app_up("day", environment)
        assert managers(cluster, name) == {application}

        checkout.settings("infrastructure", "dev", {"cluster": "local", "namespaces": {name: {}}})
        assert f"is managed by {application}" in checkout.refused("infra-up")
        platform({name: {"adopt_from": application}})
        assert managers(cluster, name) == {INFRASTRUCTURE}
        declare("day", namespace=name, max_replicas=3, create_namespace=False)
        checkout.app_up("day", environment)
        assert managers(cluster, name) == {INFRASTRUCTURE}
    held(witness, application, INFRASTRUCTURE)
