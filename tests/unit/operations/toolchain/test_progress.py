"""A build that takes long says so: in a terminal all the time, without one every half minute."""

import io

import pytest
from rich.console import Console

from operations.toolchain.progress import Progress, ago


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.4, "0 s"), (42, "42 s"), (59.6, "1 min 0 s"), (162, "2 min 42 s"), (3720, "1 h 2 min")],
)
def test_a_span_is_said_as_a_person_says_it(seconds: float, text: str) -> None:
    assert ago(seconds) == text


def test_without_a_terminal_each_build_has_a_line_at_its_start_at_its_end_and_between() -> None:
    out = io.StringIO()
    progress = Progress(Console(file=out), interval=0)
    with progress.shown():
        progress.start("Pulumi v1", "took 2 min 42 s here before")
        progress.tick()
        progress.end("Pulumi v1", "built in 3 min 1 s")
        progress.tick()
    assert out.getvalue().splitlines() == [
        "Pulumi v1: begun, took 2 min 42 s here before",
        "Pulumi v1: at work for 0 s, took 2 min 42 s here before",
        "Pulumi v1: built in 3 min 1 s",
    ]


def test_without_a_terminal_nothing_is_said_between_within_the_interval() -> None:
    out = io.StringIO()
    progress = Progress(Console(file=out))
    with progress.shown():
        progress.start("Pulumi v1", "about 2 min 42 s on 2 cores")
        progress.tick()
    assert len(out.getvalue().splitlines()) == 1


def test_in_a_terminal_each_build_keeps_one_line_of_80_columns() -> None:
    out = io.StringIO()
    progress = Progress(Console(file=out, force_terminal=True, width=80, color_system=None))
    with progress.shown():
        progress.start("Kubernetes provider v4.25.0", "about 5 min 8 s on 2 cores")
        progress.start("Pulumi v3.274.1", "took 2 min 42 s here before")
        progress.end("Pulumi v3.274.1", "built in 2 min 40 s")
    lines = out.getvalue().splitlines()
    assert any("Kubernetes provider v4.25.0  0 s, about 5 min 8 s on 2 cores" in line for line in lines)
    assert any("Pulumi v3.274.1              built in 2 min 40 s" in line for line in lines)


def test_what_was_under_way_is_said_to_be_stopped() -> None:
    out = io.StringIO()
    progress = Progress(Console(file=out))
    with pytest.raises(KeyboardInterrupt), progress.shown():
        progress.start("etcd v3", "about 16 s on 2 cores")
        raise KeyboardInterrupt
    assert out.getvalue().splitlines()[-1] == "etcd v3: stopped after 0 s"
