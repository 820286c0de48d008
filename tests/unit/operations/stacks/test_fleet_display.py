"""What is seen of a fleet: a line for each at its end, in a terminal a table of those under way, and the sum."""

import io

import pytest
from rich.console import Console

from operations.engine.events import Step
from operations.stacks import fleet_display
from operations.stacks.fleet_display import FleetDisplay, sum_up
from operations.stacks.side_by_side import Code, Ended
from tests.unit.operations.stacks.fleet_stacks import A, B, C, D, E

CHANGED = (Step("create", "urn::a", "Deployment", "day"), Step("same", "urn::b", "Service", "day"))
SAME = (Step("same", "urn::b", "Service", "day"),)
EXPORTS = (Step("same", "urn::pulumi:pulumi:Stack::x", "Stack", "x", changed=("outputs",)),)
ENDS = [
    Ended(A, steps=CHANGED, seconds=1.25),
    Ended(B, steps=SAME, seconds=0.5),
    Ended(C, Code.REFUSED, message="It is [wrong].\n  Correct it."),
    Ended(D, Code.FAILED, message="d/dev: update failed."),
    Ended(E, skipped_for=D),
]


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What is said on consoles that are no terminals."""
    stream = io.StringIO()
    for name in ("err", "out"):
        monkeypatch.setattr(fleet_display, name, Console(file=stream, highlight=False, soft_wrap=True))
    return stream


def test_without_a_terminal_each_end_is_a_line(said: io.StringIO) -> None:
    with FleetDisplay(len(ENDS)) as display:
        for end in ENDS:
            display.at(end.stack, "preview")
            display.ended(end)
    assert said.getvalue().splitlines() == [
        "a/dev: 1 created, 1 unchanged (1.2 s).",
        "b/dev: 1 unchanged (0.5 s).",
        "c/dev: refused (0.0 s).",
        "d/dev: failed (0.0 s).",
        "e/dev: skipped, since it needs d/dev.",
    ]


def test_in_a_terminal_a_table_has_those_under_way_and_how_many_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=80, highlight=False)
    monkeypatch.setattr(fleet_display, "err", console)
    with FleetDisplay(4) as display:
        display.at(A, "preview")
        display.at(A, "waiting for [red]")
        display.at(B, "update")
        display.at(C, "update")
        display.ended(Ended(C))
        with console.capture() as capture:
            console.print(display)
    rows = capture.get()
    assert [word in rows for word in ("a/dev", "b/dev", "c/dev")] == [True, True, False]
    assert "waiting for [red]" in rows
    assert "1 waiting" in rows
    assert "c/dev: nothing" in stream.getvalue()


def test_the_sum_counts_the_ends_and_has_each_whole_message(said: io.StringIO) -> None:
    assert sum_up("apps-up", ENDS, 12.34) == 2
    assert said.getvalue().splitlines() == [
        "c/dev: It is [wrong].",
        "  Correct it.",
        "d/dev: d/dev: update failed.",
        "apps-up: 1 changed, 1 unchanged, 1 refused, 1 failed, 1 skipped in 12.3 s.",
    ]


@pytest.mark.parametrize(
    ("ends", "code"), [(ENDS[:2], 0), ([*ENDS[:2], ENDS[3]], 1), (ENDS, 2), (ENDS[2:3], 2), ([], 0)]
)
def test_the_worst_end_is_the_exit_code(said: io.StringIO, ends: list[Ended], code: int) -> None:
    assert sum_up("apps-up", ends, 0) == code


def test_a_change_of_what_a_stack_exports_is_a_change(said: io.StringIO) -> None:
    sum_up("apps-up", [Ended(A, steps=EXPORTS)], 0)
    assert "1 changed" in said.getvalue()
