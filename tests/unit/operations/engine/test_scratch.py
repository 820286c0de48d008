"""What a run writes for itself goes with it, and with the next run where it was killed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from operations.engine.scratch import scratch


@pytest.fixture
def parent(checkout: Path) -> Path:
    """Where scratch folders stand."""
    return checkout / ".local" / "scratch"


@pytest.fixture
def abandoned(parent: Path) -> Path:
    """A folder of a run that was killed, with a kubeconfig in it."""
    folder = parent / "tmpkilled"
    folder.mkdir(parents=True)
    (folder / "kubeconfig1").write_text("a credential")
    return folder


def test_a_scratch_folder_goes_with_its_run_whatever_stands_in_it(parent: Path) -> None:
    with scratch() as own:
        (own.folder / "kubeconfig1").write_text("a credential")
        assert own.folder.parent == parent
        assert own.folder.stat().st_mode & 0o777 == 0o700
    assert list(parent.iterdir()) == []


def test_what_a_killed_run_left_goes_with_the_next_one(abandoned: Path) -> None:
    with scratch() as own:
        assert not abandoned.exists()
        assert own.folder.exists()


def test_the_folder_of_a_run_beside_this_one_stays(parent: Path) -> None:
    with scratch() as first, scratch() as second:
        assert sorted(parent.iterdir()) == sorted([first.folder, second.folder])


def test_a_folder_stays_as_long_as_an_engine_runs_whose_operator_was_killed(abandoned: Path) -> None:
    operator = (
        "import fcntl, os, subprocess, sys; held = os.open(sys.argv[1], os.O_RDONLY); "
        "fcntl.flock(held, fcntl.LOCK_EX); "
        "print(subprocess.Popen(['sleep', '600'], stdout=subprocess.DEVNULL, pass_fds=[held]).pid)"
    )
    engine = int(subprocess.check_output([sys.executable, "-c", operator, abandoned]))
    with scratch():
        assert abandoned.exists()
    os.kill(engine, signal.SIGKILL)
    for _ in range(100):
        with scratch():
            if not abandoned.exists():
                break
        time.sleep(0.05)
    assert not abandoned.exists()
