"""The clock: do the clusters and this machine agree on the time? Certificates, tokens and locks depend on it."""

import contextlib
from collections.abc import Iterator

from operations.doctor.finding import Finding
from operations.doctor.workplace import Workplace
from operations.engine.faults import EngineFailure
from shared.refusal import Refusal

_WARNED, _WRONG = 5.0, 60.0
"""Seconds apart from which on it is told, and from which on credentials fail."""


def clock(workplace: Workplace) -> Iterator[Finding]:
    """Compare each cluster's Date header with this machine's clock."""
    told, are_deployed = [], True
    with contextlib.suppress(Refusal, EngineFailure):
        visits = workplace.visits()
        told, are_deployed = [visit for visit in visits if visit.ahead is not None], bool(visits)
    for visit in told:
        ahead = visit.ahead or 0.0
        looked_at = f"the Date header of {visit.server}"
        if abs(ahead) < _WARNED:
            yield Finding("ok", f"The clock of {visit.platform.label} agrees with ours.", looked_at)
            continue
        direction = "behind" if ahead > 0 else "ahead of"
        yield Finding(
            "failure" if abs(ahead) >= _WRONG else "warning",
            f"This machine's clock is {abs(ahead):.0f} s {direction} that of {visit.platform.label}.",
            looked_at,
            "Have this machine's clock set over the network: timedatectl set-ntp true",
        )
    if not told and are_deployed:
        fact = "Not compared: no cluster told its time."
        yield Finding("warning", fact, "the Date header of no cluster", "See cluster.")
    elif not told:
        yield Finding("ok", "There is no cluster to compare it with.", "the Date header of no cluster")
