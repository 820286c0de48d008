"""The examination: every check, side by side, whatever becomes of the others."""

import queue
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from operations.doctor.checks.backend import backend
from operations.doctor.checks.clock import clock
from operations.doctor.checks.cluster import cluster
from operations.doctor.checks.disk import disk
from operations.doctor.checks.locks import locks
from operations.doctor.checks.packages import packages
from operations.doctor.checks.passphrase import passphrase
from operations.doctor.checks.permissions import permissions
from operations.doctor.checks.policies import policies
from operations.doctor.checks.tools import tools
from operations.doctor.finding import LEVELS, Finding, Level
from operations.doctor.workplace import Workplace
from operations.engine.faults import EngineFailure
from shared.refusal import Refusal

Check = Callable[[Workplace], Iterable[Finding]]

CHECKS: dict[str, Check] = {
    "tools": tools,
    "packages": packages,
    "backend": backend,
    "passphrase": passphrase,
    "permissions": permissions,
    "disk": disk,
    "locks": locks,
    "cluster": cluster,
    "clock": clock,
    "policies": policies,
}
"""The checks by their names, in the order of reading."""

_PATIENCE_SECONDS = 20.0
"""After which a check that hangs, at a backend or an exec plugin that does not answer, is given up."""


@dataclass(frozen=True)
class Examined:
    """A check and what it found.

    Args:
        check: its name.
        findings: what it found, at least one.
    """

    check: str
    findings: tuple[Finding, ...]

    @property
    def level(self) -> Level:
        """The worst of what it found."""
        return max((one.level for one in self.findings), key=LEVELS.index)


def examine(
    workplace: Workplace,
    checks: dict[str, Check] = CHECKS,
    *,
    patience: float = _PATIENCE_SECONDS,
    ended: Callable[[Sequence[str]], None] = lambda _: None,
) -> list[Examined]:
    """Run checks.

    Args:
        workplace: what they look at.
        checks: the checks by their names.
        patience: seconds after which a check that hangs is given up.
        ended: is told the names of those that still run, whenever one has ended.

    Returns:
        What each found, in their order.
    """
    done: queue.Queue[Examined] = queue.Queue()
    for name, check in checks.items():
        # A check that hangs must not keep the doctor from ending.
        threading.Thread(
            target=lambda name=name, check=check: done.put(_run(name, check, workplace)), daemon=True
        ).start()
    found: dict[str, Examined] = {}
    deadline = time.monotonic() + patience
    while len(found) < len(checks):
        try:
            one = done.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            break
        found[one.check] = one
        ended([name for name in checks if name not in found])
    return [found.get(name) or _given_up(name, patience) for name in checks]


def _run(name: str, check: Check, workplace: Workplace) -> Examined:
    try:
        return Examined(name, tuple(check(workplace)))
    except Refusal as refusal:
        finding = Finding("failure", refusal.fact, "it ended there", refusal.remedy)
    except EngineFailure as failure:
        finding = Finding(
            "failure", " ".join(str(failure).split()), "the engine", "Read what the engine said."
        )
    except Exception as error:
        fact = f"The check ended in {type(error).__name__}: {' '.join(str(error).split())}."
        finding = Finding("failure", fact, "it ended there", "If nothing explains it, report it as a defect.")
    return Examined(name, (finding,))


def _given_up(name: str, patience: float) -> Examined:
    fact = f"The check did not end within {patience:.0f} s."
    return Examined(name, (Finding("failure", fact, "it was given up", "See what does not answer."),))
