"""The passphrase: is there one, and does it open what the stacks keep secret?"""

from collections.abc import Iterator
from pathlib import Path

from operations.doctor.finding import Finding
from operations.doctor.workplace import GENERATED, Visit, Workplace
from operations.engine.faults import EngineFailure
from shared.refusal import Refusal


def passphrase(workplace: Workplace) -> Iterator[Finding]:
    """Find where it comes from, and what it opened when the clusters were visited."""
    source, file = workplace.passphrase
    looked_at = source or "PULUMI_CONFIG_PASSPHRASE, PULUMI_CONFIG_PASSPHRASE_FILE"
    if workplace.lacks_passphrase:
        yield Finding(
            "failure",
            ".local/passphrase is gone, and there are states whose secrets nothing else opens.",
            looked_at,
            "Put it back from your copy, before any other verb makes a new one. If there is none, deploy anew: "
            "make infra-forget and make app-forget, then make up.",
        )
        return
    if file is not None and source != GENERATED:
        fault = _unreadable(file)
        if fault:
            yield Finding(
                "failure",
                f"{source} names {file}, {fault}.",
                looked_at,
                "Name the file that holds the passphrase of these stacks.",
            )
            return
    yield from _opened(workplace, source or "No passphrase", looked_at)


def _unreadable(file: Path) -> str:
    try:
        return "" if file.read_text().strip() else "which is empty"
    except (OSError, UnicodeDecodeError) as error:
        return f"which cannot be read ({getattr(error, 'strerror', None) or 'no text'})"


def _opened(workplace: Workplace, source: str, looked_at: str) -> Iterator[Finding]:
    try:
        visits = [visit for visit in workplace.visits() if visit.secret]
    except (Refusal, EngineFailure):
        yield Finding(
            "warning", f"{source}: not tried, since no state could be opened.", looked_at, "See cluster."
        )
        return
    for visit in visits:
        if not visit.opened and visit.silence:
            yield Finding(
                "failure", visit.silence[0], f"{looked_at}, {visit.platform.label}", visit.silence[1]
            )
    if all(visit.opened for visit in visits):
        yield Finding("ok", _said(source, visits), looked_at)


def _said(source: str, visits: list[Visit]) -> str:
    if visits:
        return f"{source} opens the secrets of {', '.join(visit.platform.label for visit in visits)}."
    return f"{source}: nothing is deployed that it had to open."
