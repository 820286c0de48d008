"""The doctor: what the checkout needs to work, checked without changing anything, with a remedy for each problem."""

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from stat import S_IMODE, S_IRWXG, S_IRWXO
from typing import Any, Literal

from rich.console import Console
from rich.text import Text

from operations import checkout
from operations.drift import Difference, differences
from operations.engine.environment import backend_folder, read_state_file, state_files
from operations.engine.locks import unlock_command
from operations.facts import exported_kubeconfig, state_of
from operations.stacks.repair import read_locks
from operations.toolchain import locate
from shared.errors import PlatformError, Refusal
from shared.kube.client import cluster_api
from shared.stacks import Stack
from shared.state import State

Level = Literal["ok", "warning", "failure"]
"""`warning` for what works and may stop working; `failure` for what keeps a verb from working."""

CHECKS = ("tools", "backend", "passphrase", "permissions", "disk", "locks", "cluster", "policies")

_STYLES: dict[Level, str] = {"ok": "green", "warning": "yellow", "failure": "bold red"}  # best to worst
_LEAST, _LITTLE = 64 * 1024**2, 1024**3
"""Bytes on a disk below which a run would be cut off, and below which one soon will be."""


@dataclass(frozen=True)
class Finding:
    """What a check found, with its remedy where something is wrong."""

    level: Level
    fact: str
    remedy: str = ""


@dataclass(frozen=True)
class Visit:
    """The cluster of an infrastructure stack: what it answered, or why it did not.

    The kubeconfig is empty where it could not be read, or not decrypted.
    """

    stack: Stack
    kubeconfig: str = ""
    version: str = ""
    drift: tuple[Difference, ...] = ()
    fault: PlatformError | None = None


class Doctor:
    """The checks. What several of them need is read once, and nothing is created or changed."""

    def __init__(self) -> None:
        given = os.environ.get("PULUMI_BACKEND_URL", "")
        self._own = "" if given else str(checkout.LOCAL / "passphrase")
        self._backend = backend_folder(given) if given else checkout.LOCAL / "state" / ".pulumi"
        file = os.environ.get("PULUMI_CONFIG_PASSPHRASE_FILE") or self._own
        is_text = bool(os.environ.get("PULUMI_CONFIG_PASSPHRASE"))
        self._passphrase = Path(file).expanduser() if file and not is_text else None

    def examine(self) -> Mapping[str, Sequence[Finding]]:
        """Run all checks, whatever the others find."""
        return {name: list(self._findings(name)) for name in CHECKS}

    def _findings(self, check: str) -> Iterator[Finding]:
        try:
            yield from getattr(self, f"_check_{check}")()
        except PlatformError as fault:
            yield _failure(fault)
        except OSError as error:
            yield Finding("failure", f"{error}.", "Correct it, and run the command again.")

    @cached_property
    def _files(self) -> dict[Stack, Path]:
        """The states, where the backend is a folder."""
        return state_files(self._backend) if self._backend else {}

    @property
    def _lacks_passphrase(self) -> bool:
        file, needed = self._passphrase, self._files or not self._backend
        return bool(file and needed and not (file.is_file() and file.read_text().strip()))

    @cached_property
    def _visits(self) -> list[Visit]:
        """The clusters of the checkout's deployed infrastructure stacks."""
        stacks = [stack for stack in checkout.all_stacks() if stack.is_infrastructure]
        if self._backend:
            # The engine would repair a state that was cut off.
            stacks = [
                stack for stack in stacks if stack in self._files and read_state_file(self._files[stack])
            ]
        if stacks and self._lacks_passphrase:
            # The engine's environment would generate another one.
            raise Refusal("Not checked: the passphrase is missing.", "See passphrase.")
        states = {stack: state_of(stack, locate()) for stack in stacks}
        deployed = {stack: state for stack, state in states.items() if "kubeconfig" in state.outputs}
        with ThreadPoolExecutor(max(1, len(deployed))) as pool:
            return list(pool.map(self._visit, deployed, deployed.values()))

    def _visit(self, stack: Stack, state: State) -> Visit:
        kubeconfig = ""
        try:
            kubeconfig = exported_kubeconfig(stack, locate(), state)
            with cluster_api(kubeconfig) as api:
                version = str((api.get("/version") or {}).get("gitVersion") or "")
                return Visit(stack, kubeconfig, version, tuple(differences(api, state.objects)))
        except PlatformError as fault:
            return Visit(stack, kubeconfig, fault=fault)

    def _check_tools(self) -> Iterator[Finding]:
        yield Finding("ok", f"{len(locate().tools)} tools of the pinned versions are there.")

    def _check_backend(self) -> Iterator[Finding]:
        folder = self._backend.parent if self._backend else None
        if folder and not folder.is_dir() and not self._own:
            fact = f"PULUMI_BACKEND_URL names {folder}, which is not a folder."
            yield Finding("failure", fact, "Create that folder, or name another backend.")
        elif folder and folder.is_dir() and not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
            fact = f"This user cannot read and write the states in {folder}."
            yield Finding("failure", fact, f"sudo chown -R {os.getuid()} {folder}")
        elif self._backend:
            # The state of a locked stack may be in the middle of being written.
            locked = {lock.stack for lock in read_locks(self._backend)}
            for stack, file in self._files.items():
                if not read_state_file(file) and stack not in locked:
                    fact = f"The state of {stack} was cut off while it was written ({file})."
                    remedy = f"{stack.command('up')} restores the newest complete copy."
                    yield Finding("warning", fact, remedy)
            yield Finding("ok", f"{len(self._files)} states can be read and written.")
        else:
            yield Finding("ok", f"{len(self._visits)} deployed infrastructure stacks were read from it.")

    def _check_passphrase(self) -> Iterator[Finding]:
        if self._lacks_passphrase:
            fact = f"{self._passphrase} is missing or empty, and no other passphrase decrypts the states' secrets."
            yield Finding("failure", fact, "Restore it from your copy before you run any other command.")
            return
        yield from (_failure(one.fault) for one in self._visits if one.fault and not one.kubeconfig)
        if all(visit.kubeconfig for visit in self._visits):
            yield Finding("ok", "It decrypts the secrets of what is deployed.")

    def _check_permissions(self) -> Iterator[Finding]:
        local = checkout.LOCAL
        private = {local: "700", local / "state": "700", local / "kubeconfig": "600"}
        if self._passphrase:
            private[self._passphrase] = "600"
        open_ = [path for path in private if path.exists() and path.stat().st_mode & (S_IRWXG | S_IRWXO)]
        for path in open_:
            fact = f"Other users of this machine can use {path} (mode {S_IMODE(path.stat().st_mode):04o})."
            yield Finding("failure", fact, f"chmod {private[path]} {path}")
        if not open_:
            yield Finding("ok", "No other user of this machine can read the checkout's secrets.")

    def _check_disk(self) -> Iterator[Finding]:
        wanted = self._backend or checkout.LOCAL
        place = next(path for path in (wanted, *wanted.parents) if path.exists())
        free = shutil.disk_usage(place).free
        level: Level = "failure" if free < _LEAST else "warning" if free < _LITTLE else "ok"
        fact = f"{free / 1024**3:.1f} GiB are free for {place}."
        yield Finding(level, fact, "" if level == "ok" else "Free some space.")

    def _check_locks(self) -> Iterator[Finding]:
        locks = read_locks(self._backend) if self._backend else []
        for lock in locks:
            lives = lock.holder.is_alive(lock.stack, self._backend) if lock.holder else False
            if lock.holder and lives is not False:
                ended = "" if lives else f"If it has ended: {lock.holder.unlock(lock.stack)}"
                yield Finding("ok", f"{lock.stack.label} is locked by {lock.holder}.", ended)
                continue
            holder = f"{lock.holder}, which is no longer running" if lock.holder else "an unknown process"
            remedy = f"Its next update removes a dead process's lock; now: {unlock_command(lock.stack)}"
            yield Finding("warning", f"{lock.stack.label} is locked by {holder} ({lock.file}).", remedy)
        if not locks:
            yield Finding("ok", "No stack is locked.")

    def _check_cluster(self) -> Iterator[Finding]:
        for visit in self._visits:
            answer = Finding("ok", f"{visit.stack.label} answers: Kubernetes {visit.version}.")
            yield _failure(visit.fault) if visit.fault else answer
        if not self._visits:
            yield Finding("ok", "No infrastructure stack is deployed.")

    def _check_policies(self) -> Iterator[Finding]:
        for visit in self._visits:
            up = visit.stack.command("up")
            yield from (Finding("failure", f"{one}.", one.remedy(up)) for one in visit.drift)
            if visit.fault:
                yield Finding("warning", f"Not checked: {visit.stack.label} did not answer.", "See cluster.")
            elif not visit.drift:
                yield Finding("ok", f"All admission policies are active on {visit.stack.label}.")


def is_well(examined: Mapping[str, Sequence[Finding]]) -> bool:
    """Whether nothing failed; warnings do not count."""
    return all(found.level != "failure" for findings in examined.values() for found in findings)


def as_json(examined: Mapping[str, Sequence[Finding]]) -> dict[str, Any]:
    """Lay an examination out for scripts; the keys stay: `well`, and `checks` with `check`, `level` and `findings`."""
    checks = [
        {"check": name, "level": _worst(findings), "findings": list(map(asdict, findings))}
        for name, findings in examined.items()
    ]
    return {"well": is_well(examined), "checks": checks}


def show(examined: Mapping[str, Sequence[Finding]], console: Console) -> None:
    """Print an examination for people, a finding on a line."""
    for name, findings in examined.items():
        for found in findings:
            line = Text(f"{found.level.upper():<7}", style=_STYLES[found.level])
            line.append(f"  {name:<11}  {found.fact}", style="default")
            line.append(f" {found.remedy}".rstrip(), style="bold")
            console.print(line)
    levels = [_worst(findings) for findings in examined.values()]
    failed, warned = levels.count("failure"), levels.count("warning")
    told = f"{failed} of {len(levels)} checks failed, {warned} have warnings."
    console.print(f"\n{told}" if failed or warned else f"\nAll {len(levels)} checks are well.")


def _worst(findings: Sequence[Finding]) -> Level:
    return max((found.level for found in findings), key=list(_STYLES).index, default="ok")


def _failure(fault: PlatformError) -> Finding:
    return Finding("failure", " ".join(fault.fact.split()), fault.remedy or "Correct what the engine names.")
