"""A stack restored from yesterday's state does not undo what happened since."""

import shutil

import pytest

from shared.stacks import Stack
from tests.checkout import Checkout
from tests.cluster import LiveCluster
from tests.faults.striking import locks
from tests.integration.conftest import Declare, Lasting
from tests.unit.operations.holders import DEAD, write_lock


def test_yesterdays_state_of_the_old_owner_is_refused_after_a_move(
    checkout: Checkout, cluster: LiveCluster, declare: Declare, environment: str, deployed: str
) -> None:
    file = checkout.root / f".local/state/.pulumi/stacks/day-service-app/{environment}.json"
    settings = checkout.settings_file("day", environment)
    yesterday, then = file.with_suffix(".yesterday"), settings.read_text()
    shutil.copy2(file, yesterday)
    before = cluster.uids(deployed)
    checkout.make("namespace-move", SERVICE="day", ENV=environment, TO="infrastructure")

    yesterday.replace(file)
    now = settings.read_text()
    settings.write_text(then)
    text = checkout.refused("app-up", SERVICE="day", ENV=environment)
    assert "is owned by service-infrastructure.dev" in text

    settings.write_text(now)
    assert "keep, and no longer own" in checkout.app_up("day", environment)
    assert cluster.uids(deployed) == before
    assert cluster.owner(deployed) == "service-infrastructure.dev"


def test_a_lost_state_takes_its_objects_in_again(
    checkout: Checkout, cluster: LiveCluster, lasting: Lasting
) -> None:
    before = cluster.uids(lasting.namespace)
    checkout.make("app-forget", **lasting.named)
    lasting.up()
    assert cluster.uids(lasting.namespace) == before
    lasting.declare(log_level="error")
    assert "2 updated" in lasting.up()


def test_a_state_cut_off_while_it_was_written_goes_on_from_its_copy(
    checkout: Checkout, cluster: LiveCluster, lasting: Lasting
) -> None:
    before = cluster.uids(lasting.namespace)
    lasting.declare(log_level="warning")
    lasting.up()
    before = {key: uid for key, uid in cluster.uids(lasting.namespace).items() if key[:4] != "Pod/"} | {
        "Namespace": before["Namespace"]
    }
    file = checkout.root / f".local/state/.pulumi/stacks/day-service-app/{lasting.environment}.json"
    file.write_bytes(file.read_bytes()[:1000])
    text = lasting.up()
    assert "cut off while it was written" in text
    after = cluster.uids(lasting.namespace)
    assert {key: after.get(key) for key in before} == before
    assert "unchanged" in lasting.up()


@pytest.mark.parametrize("left", ["", "{"], ids=["empty", "cut"])
def test_notes_that_a_kill_cut_off_beside_a_state_stop_nobody(
    checkout: Checkout, cluster: LiveCluster, lasting: Lasting, left: str
) -> None:
    stacks = checkout.root / ".local/state/.pulumi/stacks"
    before = cluster.uids(lasting.namespace)
    for project, stack in (("day-service-app", lasting.environment), ("service-infrastructure", "dev")):
        notes = stacks / project / f"{stack}.json.attrs"
        notes.write_text(left)
        text = lasting.up()
        assert "a state was cut off" in text
        assert "unchanged" in text
    assert cluster.uids(lasting.namespace) == before


@pytest.mark.parametrize(("owner", "suffix"), [("day", ""), ("day", ".attrs"), ("infrastructure", ".attrs")])
def test_what_a_kill_cut_off_stops_nobody_where_its_lock_stays_too(
    checkout: Checkout, cluster: LiveCluster, lasting: Lasting, owner: str, suffix: str
) -> None:
    backend = checkout.root / ".local/state/.pulumi"
    stack = f"day-service-app/{lasting.environment}" if owner == "day" else "service-infrastructure/dev"
    before = cluster.uids(lasting.namespace)
    file = backend / f"stacks/{stack}.json{suffix}"
    file.write_text('{"user')
    lock = write_lock(backend, DEAD, stack=Stack(*stack.split("/")))
    text = lasting.up()
    assert "a state was cut off" in text
    assert "unchanged" in text
    assert cluster.uids(lasting.namespace) == before
    lock.unlink(missing_ok=True)


@pytest.mark.parametrize("name", ["0b7f5a0e.json", "0b7f5a0e.json.1764100000000000000.tmp"])
def test_a_lock_that_a_full_disk_cut_off_stops_nobody(
    checkout: Checkout, lasting: Lasting, name: str
) -> None:
    folder = checkout.root / ".local/state/.pulumi/locks/organization/day-service-app" / lasting.environment
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("")
    # An update that changes something: a preview takes no lock.
    lasting.declare(cache_ttl=len(name))
    text = lasting.up()
    assert "a lock was cut off" in text
    assert "2 updated" in text


def test_a_run_that_was_killed_while_it_created_the_stack_stops_nobody(
    checkout: Checkout, cluster: LiveCluster, declare: Declare, environment: str
) -> None:
    declare("day", namespace="created")
    write_lock(checkout.root / ".local/state/.pulumi", DEAD, stack=Stack("day-service-app", environment))
    assert "its last run was killed" in checkout.app_up("day", environment)
    assert cluster.owner("created") == f"day-service-app.{environment}"
    assert not locks(checkout, "day-service-app", environment)
