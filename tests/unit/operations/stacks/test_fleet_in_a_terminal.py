"""What a terminal shows of a fleet in the end: the live display is gone, and all that was printed is there."""

import os
import pty
import subprocess
import sys

from operations.paths import ROOT

_PROGRAM = """
import time
from operations.engine.events import Step
from operations.stacks import fleet_verbs
from tests.unit.operations.stacks.fleet_stacks import A, B, C

def plan(stack, toolchain, *, allow):
    time.sleep(0.4)
    return (Step("create", "urn::a", "Deployment", f"of-{stack.project.label}"),)

fleet_verbs.plan = plan
raise SystemExit(fleet_verbs.preview_all([A, B, C], None, parallel="2"))
"""


def in_a_terminal(program: str) -> tuple[int, str]:
    """Run a Python program in a terminal of its own, 80 columns wide.

    Returns:
        Its exit code, and all that the terminal was sent.
    """
    master, slave = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "80", "LINES": "40"}
    process = subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, stdout=slave, stderr=slave, stdin=slave
    )
    os.close(slave)
    sent = b""
    while True:
        try:
            part = os.read(master, 65536)
        except OSError:  # what Linux says at a terminal's end
            break
        if not part:
            break
        sent += part
    os.close(master)
    return process.wait(), sent.decode()


def test_every_plan_stays_on_the_screen_once_the_live_display_is_gone() -> None:
    code, sent = in_a_terminal(_PROGRAM)
    assert code == 0, sent
    *_, stays = sent.split("\x1b[2K")
    for name in ("a", "b", "c"):
        assert f"Plan for {name}/dev" in stays
        assert f"Deployment/of-{name}" in stays
    assert (
        stays.index("Plan for a/dev") < stays.index("Plan for c/dev") < stays.index("apps-preview: 3 changed")
    )
