"""The isolation of an owned namespace stands as a whole, and a known stack governs it."""

from dataclasses import replace

from operations.status.isolation import isolation
from operations.status.namespaces import namespaces_of
from operations.status.rules.isolation import governor_unknown, isolation_incomplete
from tests.unit.operations.status.cluster_facts import (
    DAY,
    PLATFORM,
    cluster,
    day,
    found,
    held,
    live,
    only,
    owns,
)

LACKING = ("NetworkPolicy/platform-default-deny",)


def test_an_owned_namespace_that_lacks_a_policy_is_told_with_what_brings_it_back() -> None:
    one = only(
        replace(live(owner=DAY), governor=DAY, isolation_lacks=LACKING),
        day(owns(), holds=[held(owner=DAY)]),
    )
    assert one.kind == "isolation-incomplete"
    assert LACKING[0] in one.fact
    assert "make app-refresh SERVICE=day ENV=dev, then make app-up SERVICE=day ENV=dev" in one.remedy


def test_whoever_governs_is_to_bring_it_back_and_not_the_owner() -> None:
    one = only(
        replace(live(owner=DAY), governor=PLATFORM, isolation_lacks=LACKING),
        day(owns(), holds=[held(owner=DAY)]),
    )
    assert "make infra-up ENV=dev" in one.remedy


def test_a_namespace_of_nobody_needs_no_isolation() -> None:
    assert "isolation-incomplete" not in [one.kind for one in found(replace(live(), isolation_lacks=LACKING))]


def test_a_governor_that_nobody_knows_is_told() -> None:
    one = only(replace(live(owner=DAY), governor="gone.dev"), day(owns(), holds=[held(owner=DAY)]))
    assert one.kind == "governor-unknown"
    assert "gone.dev" in one.fact


def test_a_complete_isolation_of_a_known_governor_is_silent() -> None:
    complete = cluster(replace(live(owner=DAY), governor=PLATFORM), day(owns(), holds=[held(owner=DAY)]))
    (namespace,) = namespaces_of(complete)
    assert not [*isolation_incomplete(namespace, complete), *governor_unknown(namespace, complete)]


def test_what_stands_is_read_by_namespace_kind_and_name() -> None:
    def item(name: str, namespace: str = "dev", owner: str = "") -> dict[str, object]:
        return {
            "metadata": {"name": name, "namespace": namespace, "labels": {"platform.internal/owner": owner}}
        }

    standing = isolation(
        {
            "resource_quotas": [item("platform-quota", owner=DAY), item("own-quota", owner="x")],
            "limit_ranges": [item("platform-limits")],
            "network_policies": [
                item(f"platform-{name}")
                for name in ("default-deny", "dns", "within-namespace", "ingress-controller")
            ],
            "role_bindings": [item("platform-deploy"), item("platform-read", namespace="other")],
        }
    )
    assert standing.governors == {"dev": DAY}
    assert standing.lacks("dev") == ("NetworkPolicy/platform-exceptions", "RoleBinding/platform-read")
