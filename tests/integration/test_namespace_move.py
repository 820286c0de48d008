"""`make namespace-move` moves a namespace both ways with nothing lost, and says what it will do first."""

import yaml

from tests.checkout import Checkout
from tests.cluster import LiveCluster
from tests.integration.conftest import INFRASTRUCTURE, Declare, settings_of
from tests.integration.witness import OWNER, Witness, hard, held, managers

SETTINGS = {"team": "backend", "profile": "small", "cost_center": "42"}
COMMENTED = """\
  # The database, and nothing else.
  day-service-app:isolation:
    quota:
      config_maps: 33
    pod_security: { warn: baseline }
    network:
      allow_to:
      - cidr: 10.0.0.0/8
        ports: [ 5432 ]  # Postgres
"""


def kept(cluster: LiveCluster, name: str) -> tuple[dict[str, str], dict[str, str]]:
    """What a move leaves as it is: the UIDs, and what the quota allows."""
    return cluster.uids(name), hard(cluster, name)


def test_there_and_back_keeps_uids_isolation_and_files_byte_for_byte_and_one_cut_short_after_it_is_undone(
    checkout: Checkout,
    cluster: LiveCluster,
    declare: Declare,
    environment: str,
    infrastructure_settings: None,
) -> None:
    application = f"day-service-app.{environment}"
    move = {"SERVICE": "day", "ENV": environment}
    declare("day", namespace="moved", max_replicas=3, **SETTINGS)
    settings = checkout.settings_file("day", environment)
    platform = checkout.settings_file("infrastructure", "dev")
    written = f"# Ours, with care.\n{settings.read_text()}{COMMENTED}".replace("\n", "\r\n").encode()
    settings.write_bytes(written)
    platforms = platform.read_bytes()
    checkout.app_up("day", environment)
    before = kept(cluster, "moved")
    labels = cluster.namespace("moved").metadata.labels
    assert managers(cluster, "moved") == {application}
    assert before[1]["configmaps"] == "33"

    plan = checkout.make("namespace-move", **move, TO="infrastructure", DRY_RUN="1").text
    assert f"is owned by {application}" in plan
    assert f"apps/day/Pulumi.{environment}.yaml: create_namespace = False" in plan
    assert cluster.owner("moved") == application
    assert settings.read_bytes() == written

    with Witness(cluster, "moved") as there:
        assert "no restart" in checkout.make("namespace-move", **move, TO="infrastructure").text
    held(there, application, INFRASTRUCTURE)
    assert managers(cluster, "moved") == {INFRASTRUCTURE}
    assert kept(cluster, "moved") == before
    assert cluster.namespace("moved").metadata.labels == {**labels, OWNER: INFRASTRUCTURE}
    entry = settings_of(checkout, "infrastructure", "dev")["namespaces"]["moved"]
    assert entry == {**SETTINGS, "isolation": yaml.safe_load(COMMENTED)["day-service-app:isolation"]}
    assert set(settings_of(checkout, "day", environment)) & set(entry) == {"team"}
    assert settings.read_bytes().startswith(b"# Ours, with care.\r\n")
    assert "# The database, and nothing else.\n" in platform.read_text()
    assert "ports: [ 5432 ]  # Postgres" in platform.read_text()
    for text in (checkout.make("infra-up").text, checkout.app_up("day", environment)):
        assert not {"updated", "created"} & set(text.replace(",", " ").replace(".", " ").split()), text
    assert "Nothing to do" in checkout.make("namespace-move", **move, TO="infrastructure").text

    with Witness(cluster, "moved") as back:
        checkout.make("namespace-move", **move, TO="application")
    held(back, application, INFRASTRUCTURE)
    assert managers(cluster, "moved") == {application}
    assert kept(cluster, "moved") == before
    assert cluster.namespace("moved").metadata.labels == labels
    assert (settings.read_bytes(), platform.read_bytes()) == (written, platforms)
    assert "unchanged" in checkout.app_up("day", environment)

    # The first step of a move, as it stands when a kill ends it there.
    entry = {"adopt_from": application, "tenants": [application]}
    checkout.settings("infrastructure", "dev", {"cluster": "local", "namespaces": {"moved": entry}})
    checkout.make("infra-up")
    assert cluster.owner("moved") == INFRASTRUCTURE

    assert f"tenants = ['{application}']" in checkout.make("namespace-move", **move, TO="application").text
    assert cluster.owner("moved") == application
    assert kept(cluster, "moved") == before
    assert "profile: small" in settings.read_text()
    for text in (checkout.make("infra-up").text, checkout.app_up("day", environment)):
        assert ("unchanged" in text, "updated" in text) == (True, False), text
    assert "Nothing to do" in checkout.make("namespace-move", **move, TO="application").text


def test_from_one_application_to_another_that_lives_in_it(
    checkout: Checkout, cluster: LiveCluster, declare: Declare, environment: str
) -> None:
    declare("day", namespace="passed")
    declare(
        "dusk", namespace="passed", create_namespace=False, namespace_source=f"day-service-app/{environment}"
    )
    checkout.app_up("day", environment)
    checkout.app_up("dusk", environment)
    before = cluster.uids("passed")
    checkout.make("namespace-move", SERVICE="day", ENV=environment, TO=f"dusk-service-app/{environment}")
    assert cluster.owner("passed") == f"dusk-service-app.{environment}"
    assert cluster.uids("passed") == before
    for service in ("day", "dusk"):
        text = checkout.app_up(service, environment)
        assert "updated" not in text
        assert "deleted" not in text


def test_a_namespace_without_an_owner_is_moved_only_from_unowned(
    checkout: Checkout, cluster: LiveCluster, declare: Declare, environment: str
) -> None:
    cluster.core.create_namespace({"metadata": {"name": "orphan"}})
    uid = cluster.namespace("orphan").metadata.uid
    declare("day", namespace="orphan")
    text = checkout.refused("namespace-move", SERVICE="day", ENV=environment, TO="application")
    assert "No stack owns the namespace 'orphan'" in text
    checkout.make("namespace-move", SERVICE="day", ENV=environment, TO="application", FROM="unowned")
    assert cluster.owner("orphan") == f"day-service-app.{environment}"
    assert cluster.namespace("orphan").metadata.uid == uid


def test_a_move_that_does_not_fit_the_facts_is_refused(
    checkout: Checkout, cluster: LiveCluster, declare: Declare, environment: str
) -> None:
    declare("day", namespace="settled")
    refused = checkout.refused("namespace-move", SERVICE="day", ENV=environment, TO="application")
    assert "There is no namespace 'settled'" in refused
    checkout.app_up("day", environment)
    for variables, told in (
        ({"TO": "nowhere/dev"}, "names no stack of this checkout"),
        ({"TO": ""}, "TO was not given"),
        ({"TO": "infrastructure", "FROM": "somebody.else"}, f"is owned by day-service-app.{environment}"),
        ({"TO": "dusk-service-app/dev"}, "does not use the namespace"),
    ):
        assert told in checkout.refused("namespace-move", SERVICE="day", ENV=environment, **variables)
    assert cluster.owner("settled") == f"day-service-app.{environment}"


def test_a_move_never_ships_an_image_that_was_not_deployed_yet(
    checkout: Checkout,
    cluster: LiveCluster,
    declare: Declare,
    environment: str,
) -> None:
    declare("day", namespace="unshipped")
    checkout.app_up("day", environment)
    before, platform = cluster.uids("unshipped"), checkout.settings_file("infrastructure", "dev").read_bytes()
    declare("day", namespace="unshipped", image_tag="2.0.0")
    written = checkout.settings_file("day", environment).read_bytes()
    move = {"SERVICE": "day", "ENV": environment, "TO": "infrastructure"}
    for variables in ({"DRY_RUN": "1"}, {}):
        text = " ".join(checkout.refused("namespace-move", **move, **variables).split())
        assert f"day/{environment}: ~ update Deployment/day-service in unshipped" in text
        assert f"make app-up SERVICE=day ENV={environment}" in text
    assert cluster.uids("unshipped") == before
    assert checkout.settings_file("day", environment).read_bytes() == written
    assert checkout.settings_file("infrastructure", "dev").read_bytes() == platform
    checkout.app_up("day", environment)
    assert (
        "1. service-infrastructure.dev adopts it" in checkout.make("namespace-move", **move, DRY_RUN="1").text
    )
