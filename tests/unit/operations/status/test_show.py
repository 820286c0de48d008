"""The table and the JSON, for few namespaces and for many."""

import io
import json
import re
from datetime import UTC, datetime

from rich.console import Console

from operations.status.disagreements import ClusterStatus, examine
from operations.status.show import as_json, show
from shared.errors import Refusal
from shared.stacks import Stack
from tests.unit.operations.status.cluster_facts import cluster, lacking, live, owns, stack, uses
from tests.unit.operations.workspace import DAY, DUSK, PLATFORM

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
    owner = stack(PLATFORM, owns(PLATFORM, tenants=[DAY]), has="labelled")
    status = examine(cluster(live(PLATFORM), owner, stack(DAY, uses(DAY, PLATFORM)), live(name="foreign")))
    text = _shown(status, terminal=False)
    assert "dev       infrastructure/dev same  same     day/dev 1q 5n 2r  4d" in text
    assert "foreign   no stack           -     -        -" in text
    assert "No drift" in text


def test_a_disagreement_stays_on_its_line_without_a_terminal_and_hangs_in_one() -> None:
    status = examine(cluster(live(), stack(DAY, owns(DAY), has="labelled")))
    one = status.disagreements[0]
    plain = _shown(status, terminal=False)
    assert f"- {one.fact}\n  {one.remedy}\n" in plain
    assert "1 disagreement." in plain
    hanging = _STYLES.sub("", _shown(status, terminal=True)).splitlines()
    assert all(len(line) <= 80 for line in hanging)
    assert next(line for line in hanging if "service-app.dev" in line).startswith(("- ", "  "))


def test_a_cluster_that_does_not_answer_is_not_shown_as_empty() -> None:
    facts = cluster(stack(DAY, owns(DAY), has="labelled"), fault=Refusal("It does not answer.", "Start it."))
    text = _shown(examine(facts), terminal=False)
    assert "absent" not in text
    assert "- It does not answer.\n  Start it.\n" in text


def test_json_counts_what_isolates_a_namespace_and_has_null_for_what_is_not_there() -> None:
    facts = cluster(live(DAY), stack(DAY, owns(DAY), has="labelled"), stack(DUSK, uses(DUSK, PLATFORM, "no")))
    status = examine(lacking(facts, kind="core/v1:LimitRange", name="platform-limits", owner=DAY))
    document = json.loads(json.dumps(as_json([status], NOW)))
    assert document["agree"] is False
    first, absent = document["clusters"][0]["namespaces"]
    counted = {"resource_quotas": 1, "limit_ranges": 0, "network_policies": 5, "role_bindings": 2}
    assert (first["age_seconds"], first["previous_owner"], first["policies"]) == (352800, None, counted)
    assert (absent["name"], absent["uid"], absent["policies"]) == ("no", None, None)


def test_200_namespaces_and_50_stacks() -> None:
    stacks = [Stack(f"s{number}-service-app", "dev") for number in range(50)]
    namespaces = [
        live("" if part == 0 else one, f"n{number}-{part}")
        for number, one in enumerate(stacks)
        for part in range(4)
    ]
    status = examine(cluster(*(stack(one) for one in stacks), *namespaces))
    text = _shown(status, terminal=False)
    assert all(namespace.name in text for namespace in status.namespaces)
    assert "150 disagreements." in text
    assert len(as_json([status], NOW)["clusters"][0]["namespaces"]) == 200
