"""What can be done with a stack: each verb is one run of the engine."""

import json
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from types import MappingProxyType
from typing import Any

from operations.console import err
from operations.engine.backend_folder import backend_folder, state_file
from operations.engine.environment import engine_environment
from operations.engine.faults import raise_for
from operations.engine.host import serve_program
from operations.engine.orphans import end_orphans
from operations.engine.process import Begun, EngineProcess, Event, Outcome
from operations.engine.project import StackId
from operations.engine.recovery import Recovery, refuse_full_disk
from operations.engine.report import WATCH, Progress
from operations.engine.salt import is_own_passphrase, keep_salt, shared_salt
from operations.engine.saving import WITHOUT_SAVING, saving
from operations.engine.scratch import scratch
from operations.engine.settings import are_changed, engine_settings
from operations.engine.stop import STOP, Stop
from operations.engine.waiting import WaitingUpdate
from operations.interrupts import undisturbed
from operations.paths import local_folder
from operations.toolchain import Toolchain
from shared.refusal import Refusal

_UPDATE = ("up", "--yes", "--skip-preview")


class StackMissing(Refusal):
    """The backend has no such stack: nothing of it was ever deployed."""

    def __init__(self, stack: StackId) -> None:
        super().__init__(f"{stack.label} was never deployed.", f"Deploy it first: {stack.up}")


class EngineStack:
    """A stack, with the engine at hand.

    Args:
        stack: which stack.
        toolchain: where the engine and its plugins are.
        allow: what may be given up in this run, as `Kind/name` separated by commas.
    """

    def __init__(self, stack: StackId, toolchain: Toolchain, *, allow: str = "") -> None:
        self.stack = stack
        self._pulumi = toolchain.path("pulumi")
        self._programs = toolchain.bin_folders
        self._selection = ("--stack", stack.environment, "--non-interactive")
        self._environment = engine_environment(toolchain)
        self._allow = allow

    @property
    def backend_folder(self) -> Path | None:
        """The backend's `.pulumi` folder; None for a backend that is no folder."""
        return backend_folder(self._environment["PULUMI_BACKEND_URL"])

    @property
    def has_own_passphrase(self) -> bool:
        """Whether its secrets are encrypted by the checkout's own passphrase."""
        return is_own_passphrase(self._environment)

    @property
    def is_unknown(self) -> bool:
        """Whether the backend is a folder without a state for the stack, so that it is no use to preview it."""
        folder = self.backend_folder
        return folder is not None and not state_file(folder, self.stack.project.name, self.stack.environment)

    def create(self) -> bool:
        """Make the stack, empty. The engine writes its salt into the settings' copy, where the next run finds it.

        Returns:
            Whether it was made; False where it was there already.

        Raises:
            EngineFailure: the backend refuses.
        """
        own = self.has_own_passphrase
        settings = engine_settings(self.stack, salt=shared_salt() if own else "")
        result = subprocess.run(
            [self._pulumi, "stack", "init", self.stack.environment, "--no-select", "--non-interactive"],
            cwd=local_folder("settings", self.stack.project.name),
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode and "already exists" not in result.stderr:
            raise_for(f"{self.stack.label}: init", [result.stderr])
        if own and result.returncode == 0:
            keep_salt(settings)
        return result.returncode == 0

    def preview(
        self,
        *,
        save_plan: Path | None = None,
        show_steps: bool = True,
        meanwhile: Callable[[], object] = lambda: None,
    ) -> Outcome:
        """Preview an update; nothing is changed.

        Args:
            save_plan: where to save the plan, so that an update does this and nothing else.
            show_steps: whether to print a line for each change.
            meanwhile: is called once, when the engine has loaded the stack and has a core to spare.

        Raises:
            StackMissing: the stack was never made.
            Refusal: the program or a guard refuses.
            EngineFailure: the preview failed.
        """
        arguments = ["preview", *(["--save-plan", str(save_plan)] if save_plan else [])]
        return self._run(
            arguments, "preview", show_steps=show_steps, variables=WITHOUT_SAVING, meanwhile=meanwhile
        )

    @contextmanager
    def waiting_update(self) -> Iterator[WaitingUpdate]:
        """An update to be begun during its preview, which waits for its plan; one that never got it did nothing.

        It is not begun where that is not worth its while: where nothing is likely to change, and where runs go side
        by side and keep all cores busy.
        """
        waiting = WaitingUpdate(
            lambda: self._begun([*_UPDATE, "--plan", "/dev/stdin"], saving(self.stack), waits=True),
            worth_it=not WATCH.get() and are_changed(self.stack),
        )
        with waiting:
            yield waiting

    def update(self, *, plan: Path | None = None, waiting: WaitingUpdate | None = None) -> Outcome:
        """Update the stack.

        Args:
            plan: the plan that a preview saved; without one the update does what the program says now.
            waiting: an update that waits for this plan.

        Raises:
            Refusal: the program or a guard refuses.
            EngineFailure: the update failed; running it again goes on.
        """
        arguments = [*_UPDATE, *(["--plan", str(plan)] if plan else [])]
        begun = waiting.process if waiting else None
        return self._run(arguments, "update", variables=saving(self.stack), begun=begun, plan=plan)

    def destroy(self, *, keep: Sequence[str] = ()) -> Outcome:
        """Delete the stack's objects.

        Args:
            keep: the URNs of those to leave in the state and on the cluster.

        Raises:
            Refusal: a guard refuses.
            EngineFailure: the deletion failed; running it again goes on.
        """
        excluded = [argument for urn in keep for argument in ("--exclude", urn)]
        return self._run(["destroy", "--yes", "--skip-preview", *excluded], "delete")

    def refresh(self) -> Outcome:
        """Make the state agree with the cluster, without changing anything on it.

        Raises:
            EngineFailure: the cluster could not be read.
        """
        return self._run(["refresh", "--yes", "--skip-preview"], "refresh")

    def outputs(self, *, show_secrets: bool = False) -> dict[str, Any]:
        """What the stack exports; secrets are masked unless asked for. Empty where it was never deployed."""
        arguments = ["stack", "output", "--json", *(["--show-secrets"] if show_secrets else [])]
        result = self._call(arguments)
        if result.returncode:
            if _is_missing(result.stderr):
                return {}
            raise_for(f"{self.stack.label}: outputs", [result.stderr])
        outputs: dict[str, Any] = json.loads(result.stdout)
        return outputs

    def state(self) -> dict[str, Any]:
        """The stack's state as the engine exports it, secrets encrypted. Empty where it was never deployed."""
        result = self._call(["stack", "export"])
        if result.returncode:
            if _is_missing(result.stderr):
                return {}
            raise_for(f"{self.stack.label}: export", [result.stderr])
        state: dict[str, Any] = json.loads(result.stdout)
        return state

    def forget(self) -> None:
        """Remove the stack's state, whatever it holds; nothing on any cluster is touched.

        Raises:
            EngineFailure: the state cannot be removed.
        """
        result = self._call(["stack", "rm", "--yes", "--force", "--preserve-config"])
        if result.returncode and not _is_missing(result.stderr):
            raise_for(f"{self.stack.label}: forget", [result.stderr])

    def _run(
        self,
        arguments: list[str],
        verb: str,
        *,
        show_steps: bool = True,
        variables: Mapping[str, str] = MappingProxyType({}),
        begun: EngineProcess | None = None,
        plan: Path | None = None,
        meanwhile: Callable[[], object] = lambda: None,
    ) -> Outcome:
        title = f"{self.stack.label}: {verb}"
        refuse_full_disk(self.backend_folder)
        end_orphans(self._programs)
        recovery, stop = self._recovery(), STOP.get() or Stop()
        with Progress(title, show_steps=show_steps) as progress:

            def listen(event: Event) -> None:
                if isinstance(event, Begun):
                    meanwhile()
                progress(event)

            while True:
                stop.check()
                with nullcontext(begun) if begun else self._begun(arguments, variables) as process:
                    if begun and plan:
                        begun.give(plan)
                    with stop.reaching(process):
                        outcome = process.follow(listen)
                begun = None
                if outcome.code == 0:
                    return outcome
                if outcome.code < 0:
                    end_orphans(self._programs)
                if any(map(_is_missing, outcome.errors)):
                    raise StackMissing(self.stack)
                if not recovery.can_go_on(outcome.errors):
                    raise_for(title, outcome.errors)

    @contextmanager
    def _begun(
        self, arguments: list[str], variables: Mapping[str, str], *, waits: bool = False
    ) -> Iterator[EngineProcess]:
        """Begin a run, with its program served and a temporary folder of its own."""
        settings = engine_settings(self.stack)
        with self._program(arguments[0]) as client, scratch() as own:
            options = [*client, *self._selection, "--json", "--config-file", str(settings)]
            process = None
            try:
                with undisturbed():
                    process = EngineProcess(
                        [self._pulumi, *arguments, *options],
                        folder=self.stack.project.folder,
                        environment={**self._environment, **variables, "TMPDIR": str(own.folder)},
                        descriptors=[own.descriptor],
                        waits=waits,
                    )
                yield process
            except BaseException as error:
                if process and process.runs:
                    if not isinstance(error, Exception):
                        err.print(f"{self.stack.label}: stopping; what has begun is finished and saved ...")
                    process.end()
                raise

    @contextmanager
    def _program(self, verb: str) -> Iterator[tuple[str, ...]]:
        """Serve the program, for the verbs that run it."""
        if verb not in ("preview", "up"):
            yield ()
            return
        with serve_program(self.stack.project.folder, allow=self._allow) as address:
            yield (f"--client={address}",)

    def _call(self, arguments: list[str]) -> subprocess.CompletedProcess[str]:
        recovery = self._recovery()
        while True:
            result = self._call_once(arguments)
            if result.returncode == 0 or not recovery.can_go_on([result.stderr]):
                return result

    def _recovery(self) -> Recovery:
        return Recovery(self.stack, self.backend_folder, lambda: self._call_once(["cancel", "--yes"]))

    def _call_once(self, arguments: list[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self._pulumi, *arguments, *self._selection],
            cwd=self.stack.project.folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )


def _is_missing(error: str) -> bool:
    return "no stack named" in error
