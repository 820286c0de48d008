"""A team's states in a bucket: every promise holds there, for two people in two checkouts, at a counted cost."""

import json
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shared.stacks import Stack
from tests.bucket import Bucket, Member, bucket
from tests.cluster import LiveCluster, until
from tests.faults.striking import Victim, strike
from tests.local_cluster import remove_cluster
from tests.unit.operations.holders import DEAD, write_mark

pytestmark = pytest.mark.timeout(900)

DAY = ".pulumi/stacks/day-service-app/dev.json"
LOCKS = ".pulumi/locks/organization/day-service-app/dev/"
_STACKS, _CORES, _SECONDS, _REQUESTS = 50, 2, 10.0, 7

_COSTS = re.compile(r"^\| `make ([^`]+)`(?:, (.+?))? \| (\d+) \| (\d+) \|$", re.MULTILINE)
"""A row of the table in docs/operations.md: a verb, what it finds, the engine's runs and the requests to the bucket."""

_COUNTING = """
import os, sys

def count(event, arguments):
    if event == "subprocess.Popen" and any(os.path.basename(str(one)) == "pulumi" for one in arguments[1]):
        with open({file!r}, "a") as file:
            file.write("one\\n")

sys.addaudithook(count)
"""
"""What makes a checkout's commands note each of their runs of the engine in a file."""


@pytest.fixture(scope="module")
def states() -> Iterator[Bucket]:
    with bucket() as created:
        yield created


@pytest.fixture(scope="module")
def mine(states: Bucket, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Member]:
    """A checkout with its local cluster, where `make up` was run for the first time."""
    root = tmp_path_factory.mktemp("mine")
    try:
        member = Member.joining(root, states)
        member.make("up")
        yield member
    finally:
        remove_cluster(root)


@pytest.fixture(scope="module")
def other(states: Bucket, mine: Member, tmp_path_factory: pytest.TempPathFactory) -> Member:
    """Another person's checkout, with the same bucket, passphrase and cluster, and nothing else of the first one's."""
    return Member.joining(tmp_path_factory.mktemp("other"), states, mine)


@pytest.fixture
def live(mine: Member) -> LiveCluster:
    return LiveCluster(mine.kubeconfig)


def image_tag(member: Member, tag: str) -> None:
    file = member.settings_file("day", "dev")
    lines = [line for line in file.read_text().splitlines() if "image_tag" not in line]
    file.write_text("\n".join([lines[0], f"  day-service-app:image_tag: {tag}", *lines[1:], ""]))


def test_a_first_run_and_the_next_one_that_has_nothing_to_do(
    states: Bucket, mine: Member, other: Member, live: LiveCluster
) -> None:
    assert live.owner("dev") == "day-service-app.dev"
    assert DAY in states.keys(".pulumi/stacks/")
    assert not states.keys(".pulumi/locks/")
    before = live.uids("dev")
    states.counted()
    for member in (mine, other):
        assert "unchanged" in member.app_up("day", "dev")
        assert "No drift" in member.make("namespace-status").text
    counted = states.counted()
    assert not {"PUT", "POST", "DELETE"} & set(counted), counted
    assert live.uids("dev") == before


def test_each_verb_costs_what_the_docs_say_and_a_move_there_and_back_loses_nothing(
    states: Bucket, mine: Member, live: LiveCluster
) -> None:
    moved = []
    runs = mine.temporary / "runs"
    (mine.root / "sitecustomize.py").write_text(_COUNTING.format(file=str(runs)))
    rows = _COSTS.findall((mine.root / "docs" / "operations.md").read_text())
    assert len(rows) > 8
    wrong = []
    for number, (command, finds, *documented) in enumerate(rows):
        if "changed" in finds:
            image_tag(mine, f"costs-{number}")
        runs.write_text("")
        states.counted()
        verb, *variables = command.split()
        before = live.uids("dev")
        text = mine.make(verb, **dict(variable.split("=") for variable in variables)).text
        cost = (runs.read_text().count("\n"), states.counted().total())
        if cost[0] != int(documented[0]) or not int(documented[1]) / 2 < cost[1] <= int(documented[1]):
            wrong.append((command, finds, *cost))
        if verb == "namespace-move":
            assert "no restart" in text
            assert live.uids("dev") == before
            moved.append(live.owner("dev"))
    (mine.root / "sitecustomize.py").unlink()
    assert wrong == []
    assert moved == ["service-infrastructure.dev", "day-service-app.dev"]
    assert "No drift" in mine.make("namespace-status").text


def test_a_run_that_was_killed_is_gone_on_with_by_the_next_and_waited_for_elsewhere(
    states: Bucket, mine: Member, other: Member
) -> None:
    image_tag(mine, "killed")
    image_tag(other, "killed")
    process = mine.start("app-up", SERVICE="day", ENV="dev")
    until(lambda: states.keys(LOCKS), "the stack locked")
    strike(process, Victim.EVERYTHING)
    process.communicate()

    waiting = other.start("app-up", SERVICE="day", ENV="dev")
    assert waiting.stdout
    told = next(line for line in waiting.stdout if "waiting for" in line)
    assert "If it has ended: make unlock SERVICE=day ENV=dev HOLDER='" in told
    assert "removing the lock" in mine.app_up("day", "dev")
    waiting.communicate()
    assert waiting.returncode == 0
    assert not states.keys(LOCKS)
    assert "unchanged" in mine.app_up("day", "dev")


def test_the_lock_of_a_machine_that_is_gone_is_freed_by_the_command_that_the_message_names(
    states: Bucket, other: Member
) -> None:
    since = (datetime.now(UTC) - timedelta(hours=3)).isoformat().replace("+00:00", "Z")
    lock = {"pid": 4711, "username": "ci", "hostname": "runner-7", "timestamp": since}
    states.write(f"{LOCKS}0b7f5a0e.json", json.dumps(lock).encode())
    image_tag(other, "freed")
    text = other.refused("unlock", SERVICE="day", ENV="dev")
    named = " ".join(text.split()).partition("HOLDER='")[2].partition("'")[0]
    assert named.startswith("ci@runner-7 (process 4711, since ")
    assert "not by ada@laptop alone" in other.refused("unlock", SERVICE="day", ENV="dev", HOLDER="ada@laptop")
    assert states.keys(LOCKS)
    assert "unlocked" in other.make("unlock", SERVICE="day", ENV="dev", HOLDER=named).text
    assert not states.keys(LOCKS)
    assert "is not locked" in other.make("unlock", SERVICE="day", ENV="dev").text
    other.app_up("day", "dev")


def test_the_lock_of_a_killed_creation_of_a_stack_is_named_since_no_run_of_the_engine_removes_it(
    states: Bucket, mine: Member
) -> None:
    stack, key = Stack("day-service-app", "created"), f"{LOCKS.replace('/dev/', '/created/')}0b7f5a0e.json"
    mine.settings("day", "created", {"namespace": "created", "infra_stack_name": "dev"})
    states.write(key, json.dumps(DEAD).encode())
    since = datetime.fromisoformat(DEAD["timestamp"])
    write_mark(mine.root / ".local", stack, DEAD["hostname"], DEAD["pid"], since)
    assert key in "".join(mine.refused("app-up", SERVICE="day", ENV="created").split())
    states.delete(key)
    mine.make("app-up", SERVICE="day", ENV="created")
    mine.make("app-down", SERVICE="day", ENV="created", DELETE_NAMESPACE="created")
    mine.settings_file("day", "created").unlink()


def test_two_people_who_deploy_at_once_come_one_after_the_other(
    states: Bucket, mine: Member, other: Member, live: LiveCluster
) -> None:
    image_tag(mine, "at-once")
    image_tag(other, "at-once")
    both = [member.start("app-up", SERVICE="day", ENV="dev") for member in (mine, other)]
    texts = [process.communicate()[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], texts
    deployment = live.apps.read_namespaced_deployment("day-service", "dev")
    assert deployment.spec.template.spec.containers[0].image.endswith(":at-once")
    assert not states.keys(LOCKS)
    assert "unchanged" in mine.app_up("day", "dev")


def test_a_stack_encrypted_by_a_key_service_needs_no_passphrase(
    states: Bucket, mine: Member, tmp_path: Path
) -> None:
    states.create_key("team")
    provider = "awskms://alias/team?region=us-east-1"
    mine.settings("day", "kms", {"namespace": "kms", "infra_stack_name": "dev"})
    mine.by_hand(f"cd apps/day && pulumi stack init kms --no-select --secrets-provider='{provider}'")
    assert "encryptedkey" in mine.settings_file("day", "kms").read_text()
    mine.by_hand("cd apps/day && pulumi config set --stack kms --secret day-service-app:team backend")
    assert "backend" not in mine.settings_file("day", "kms").read_text()
    asked = (
        "unset PULUMI_CONFIG_PASSPHRASE; cd apps/day && pulumi config get --stack kms day-service-app:team"
    )
    assert mine.by_hand(asked) == "backend\n"
    mine.settings_file("day", "kms").unlink()


def test_the_status_of_fifty_stacks_costs_what_two_cores_do_in_ten_seconds(
    states: Bucket, mine: Member
) -> None:
    content = states.read(DAY).decode()
    for number in range(_STACKS):
        name = f"f{number:02}-service"
        states.write(f".pulumi/stacks/{name}-app/dev.json", content.replace("day-service", name).encode())
        folder = mine.root / "apps" / f"f{number:02}"
        folder.mkdir()
        (folder / "Pulumi.yaml").write_text(f"name: {name}-app\nruntime: python\n")
        mine.settings(f"f{number:02}", "dev", {"namespace": "dev", "create_namespace": False})
    states.counted()
    before = os.times()
    mine.make("namespace-status", code=None)
    after = os.times()
    # Not the time on a clock, which says how busy the machine is.
    assert sum(after[2:4]) - sum(before[2:4]) < _CORES * _SECONDS
    assert states.counted().total() < (_STACKS + 5) * _REQUESTS


def test_services_taken_down_leave_their_namespaces(states: Bucket, mine: Member, live: LiveCluster) -> None:
    mine.make("app-down", SERVICE="dusk", ENV="dev")
    assert live.exists("dusk-service-dev")
    mine.make("app-down", SERVICE="dusk", ENV="dev", DELETE_NAMESPACE="dusk-service-dev")
    assert not live.exists("dusk-service-dev")
    assert not states.keys(".pulumi/locks/")
