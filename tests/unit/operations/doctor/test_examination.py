"""Every check runs and is told, whatever becomes of the others; and how that is shown."""

import io
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from operations.doctor import examination
from operations.doctor.examination import CHECKS, Examined, examine
from operations.doctor.finding import Finding
from operations.doctor.show import as_json, is_well, show
from operations.doctor.workplace import Workplace
from operations.engine.faults import EngineFailure
from shared.refusal import Refusal

FINE = Finding("ok", "It is fine.", "a file")
BAD = Finding(
    "failure",
    "It is bad.",
    "a file of a rather long name " * 4,
    "Mend it, as is written in " + "the book " * 12,
)
SOSO = Finding("warning", "It is so so.", "a file", "Watch it.")


def _fails(error: Exception) -> examination.Check:
    def check(_: Workplace) -> Iterator[Finding]:
        raise error
        yield FINE

    return check


def test_a_check_that_fails_keeps_no_other_from_running(workplace: Workplace) -> None:
    found = examine(
        workplace,
        {
            "refused": _fails(Refusal("It is wrong.", "Right it.")),
            "engine": _fails(EngineFailure("day/dev: outputs", ["no"])),
            "defect": _fails(KeyError("x")),
            "fine": lambda _: [FINE],
        },
    )
    assert [(one.check, one.level) for one in found] == [
        ("refused", "failure"),
        ("engine", "failure"),
        ("defect", "failure"),
        ("fine", "ok"),
    ]
    assert (found[0].findings[0].fact, found[0].findings[0].remedy) == ("It is wrong.", "Right it.")
    assert "KeyError" in found[2].findings[0].fact


def test_a_check_that_hangs_is_given_up_and_the_others_are_told(workplace: Workplace) -> None:
    stop = threading.Event()

    def hangs(_: Workplace) -> Iterator[Finding]:
        stop.wait()
        yield FINE

    left: list[list[str]] = []
    found = examine(
        workplace,
        {"hangs": hangs, "fine": lambda _: [FINE]},
        patience=0.5,
        ended=lambda names: left.append(list(names)),
    )
    stop.set()
    assert [one.level for one in found] == ["failure", "ok"]
    assert "did not end" in found[0].findings[0].fact
    assert left == [["hangs"]]


def test_every_check_that_is_written_is_listed() -> None:
    folder = Path(examination.__file__).parent / "checks"
    assert {file.stem for file in folder.glob("*.py")} - {"__init__"} == set(CHECKS)


def _shown(examined: list[Examined], *, terminal: bool) -> str:
    stream = io.StringIO()
    show(
        examined,
        Console(
            file=stream,
            width=80,
            force_terminal=terminal,
            no_color=True,
            color_system=None,
            soft_wrap=not terminal,
            highlight=False,
        ),
    )
    return stream.getvalue()


@pytest.mark.parametrize(
    ("findings", "well", "last"),
    [
        ((FINE,), True, "All 2 checks are well."),
        ((FINE, SOSO), True, "Nothing failed; 1 of 2 checks have warnings."),
        ((SOSO, BAD), False, "1 of 2 checks failed, 0 with warnings."),
    ],
)
def test_the_table_fits_80_columns_and_lines_stay_whole_without_a_terminal(
    findings: tuple[Finding, ...], well: bool, last: str
) -> None:
    examined = [Examined("first", findings), Examined("second", (FINE,))]
    assert is_well(examined) is well
    table = _shown(examined, terminal=True)
    assert all(len(line) <= 80 for line in table.splitlines())
    lines = _shown(examined, terminal=False).splitlines()
    assert len(lines) == len(findings) + 3
    for found, line in zip(findings, lines, strict=False):
        assert found.fact in line
        assert found.remedy in line
        assert found.looked_at in line
    for text in (table, "\n".join(lines)):
        assert text.rstrip().endswith(last)


def test_json_has_the_documented_keys() -> None:
    document = json.loads(json.dumps(as_json([Examined("first", (FINE, BAD))])))
    assert document == {
        "well": False,
        "checks": [
            {
                "check": "first",
                "level": "failure",
                "findings": [
                    {"level": "ok", "fact": "It is fine.", "looked_at": "a file", "remedy": None},
                    {
                        "level": "failure",
                        "fact": "It is bad.",
                        "looked_at": BAD.looked_at,
                        "remedy": BAD.remedy,
                    },
                ],
            }
        ],
    }
