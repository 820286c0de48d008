"""The table and the JSON, for few namespaces and for many."""

import io
import json
import re
from datetime import UTC, datetime

from rich.console import Console

from operations.status.disagreements import ClusterStatus, examine
from operations.status.facts import ClusterFacts, StackFacts
from operations.status.show import as_json, show
from tests.unit.operations.status.cluster_facts import (
    DAY,
    PLATFORM,
    cluster,
    day,
    dusk,
    held,
    live,
    owns,
    platform,
    reads,
)

_STYLES = re.compile(r"\x1b\[[0-9;]*m")
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def _shown(status: ClusterStatus, *, terminal: bool) -> str:
    stream = io.StringIO()
    console = Console(
        file=stream, width=80, force_terminal=terminal, no_color=True, soft_wrap=not terminal, highlight=False
    )
    show(status, console, NOW)
    return stream.getvalue()


def test_the_table_says_who_owns_it_by_each() -> None:
    owner = platform(owns(tenants=[DAY]), holds=[held(owner=PLATFORM)])
    status = examine(cluster(live(owner=PLATFORM), owner, day(reads(PLATFORM)), live("foreign")))
    text = _shown(status, terminal=False)
    assert "dev       infrastructure/dev same  same     day/dev 1q 2n 1r  4d" in text
    assert "foreign   nobody             -     -        -" in text
    assert "All agree" in text


def test_a_disagreement_stays_on_its_line_without_a_terminal_and_hangs_in_one() -> None:
    status = examine(cluster(live(), day(owns(), holds=[held(owner=DAY)])))
    one = status.disagreements[0]
    plain = _shown(status, terminal=False)
    assert f"- {one.fact}\n  {one.remedy}\n" in plain
    assert "1 disagreement." in plain
    hanging = _STYLES.sub("", _shown(status, terminal=True)).splitlines()
    assert all(len(line) <= 80 for line in hanging)
    assert next(line for line in hanging if "service-app.dev" in line).startswith(("- ", "  "))


def test_a_cluster_that_does_not_answer_is_not_shown_as_empty() -> None:
    facts = cluster(day(owns(), holds=[held(owner=DAY)]), silence="It does not answer.\n  Start it.")
    text = _shown(examine(facts), terminal=False)
    assert "absent" not in text
    assert "- It does not answer.\n  Start it.\n" in text


def test_json_has_the_documented_keys() -> None:
    status = examine(
        cluster(live(owner=DAY), day(owns(), holds=[held(owner=DAY)]), dusk(reads(PLATFORM, "no")))
    )
    document = json.loads(json.dumps(as_json([status], NOW)))
    assert document["agree"] is False
    (shown,) = document["clusters"]
    assert set(shown) == {
        "identifier",
        "name",
        "infrastructure",
        "agree",
        "answers",
        "guards",
        "namespaces",
        "disagreements",
        "notes",
    }
    first, absent = shown["namespaces"]
    assert first == {
        "name": "dev",
        "uid": "uid-1",
        "created": "2026-11-20T10:00:00Z",
        "age_seconds": 352800,
        "terminating": False,
        "owner": DAY,
        "previous_owner": None,
        "held_by": [DAY],
        "claimed_by": [DAY],
        "read_by": [],
        "tenants": [],
        "policies": {"resource_quotas": 1, "limit_ranges": 0, "network_policies": 2, "role_bindings": 1},
    }
    assert (absent["name"], absent["uid"], absent["policies"]) == ("no", None, None)
    (one,) = shown["disagreements"]
    assert set(one) == {"kind", "namespace", "fact", "remedy"}


def _many() -> ClusterFacts:
    """200 namespaces of 50 stacks, of which every tenth lost its label."""
    stacks = [
        StackFacts(
            f"s{number}-service-app.dev",
            "dev",
            f"s{number}",
            file=f"apps/s{number}/Pulumi.dev.yaml",
            wishes=tuple(owns(f"n{number}-{part}") for part in range(4)),
            holds=tuple(
                held(f"n{number}-{part}", f"s{number}-service-app.dev", uid=f"uid-{number}-{part}")
                for part in range(4)
            ),
        )
        for number in range(50)
    ]
    namespaces = [
        live(
            item.name,
            "" if (number * 4 + part) % 10 == 0 else stack.owner,
            uid=item.uid,
        )
        for number, stack in enumerate(stacks)
        for part, item in enumerate(stack.holds)
    ]
    return cluster(*stacks, *namespaces)


def test_200_namespaces_and_50_stacks() -> None:
    status = examine(_many())
    assert len(status.namespaces) == 200
    assert [one.kind for one in status.disagreements] == ["owner-label-lost"] * 20
    text = _shown(status, terminal=False)
    assert all(namespace.name in text for namespace in status.namespaces)
    assert "20 disagreements." in text
    assert len(as_json([status], NOW)["clusters"][0]["namespaces"]) == 200
