"""Runs of the engine for one stack: begun, followed to their end, tried again where what held one up was put right."""

import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from types import MappingProxyType

from operations.console import err
from operations.engine.backend_folder import backend_folder
from operations.engine.environment import engine_environment
from operations.engine.faults import raise_for
from operations.engine.host import serve_program
from operations.engine.orphans import end_orphans
from operations.engine.process import Begun, EngineProcess, Event, Outcome
from operations.engine.project import StackId
from operations.engine.recovery import Recovery, refuse_full_disk
from operations.engine.report import Progress
from operations.engine.scratch import scratch
from operations.engine.settings import engine_settings
from operations.engine.stop import STOP, Stop
from operations.interrupts import undisturbed
from operations.toolchain import Toolchain
from shared.refusal import Refusal


class StackMissing(Refusal):
    """The backend has no such stack: nothing of it was ever deployed."""

    def __init__(self, stack: StackId) -> None:
        super().__init__(f"{stack.label} was never deployed.", f"Deploy it first: {stack.up}")


class Runs:
    """Runs of the engine for one stack.

    Args:
        stack: which stack.
        toolchain: where the engine and its plugins are.
        allow: what may be given up in them, as `Kind/name` separated by commas.
    """

    def __init__(self, stack: StackId, toolchain: Toolchain, *, allow: str) -> None:
        self._stack, self._allow = stack, allow
        self._pulumi = toolchain.path("pulumi")
        self._programs = toolchain.bin_folders
        self._selection = ("--stack", stack.environment, "--non-interactive")
        self.environment = engine_environment(toolchain)

    @property
    def backend_folder(self) -> Path | None:
        """The backend's `.pulumi` folder; None for a backend that is no folder."""
        return backend_folder(self.environment["PULUMI_BACKEND_URL"])

    def follow(
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
        """Run a verb and follow it to its end.

        Args:
            arguments: the verb and its options.
            verb: what people call it.
            show_steps: whether to print a line for each change.
            variables: further environment variables.
            begun: a run that was begun already, in place of a new one.
            plan: the plan that the begun one waits for.
            meanwhile: is called once, when the engine has loaded the stack.

        Raises:
            StackMissing: the stack was never made.
            Refusal: the program or a guard refuses, somebody else holds the stack, or the disk is full.
            Stopped: a person stopped all runs before this one began.
            EngineFailure: it failed; running it again goes on.
        """
        title = f"{self._stack.label}: {verb}"
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
                with nullcontext(begun) if begun else self.begun(arguments, variables) as process:
                    if begun and plan:
                        begun.give(plan)
                    with stop.reaching(process):
                        outcome = process.follow(listen)
                begun = None
                if outcome.code == 0:
                    return outcome
                if outcome.code < 0:
                    end_orphans(self._programs)
                if any(map(is_missing, outcome.errors)):
                    raise StackMissing(self._stack)
                if not recovery.can_go_on(outcome.errors):
                    raise_for(title, outcome.errors)

    @contextmanager
    def begun(
        self, arguments: list[str], variables: Mapping[str, str], *, waits: bool = False
    ) -> Iterator[EngineProcess]:
        """Begin a run, with its program served and a temporary folder of its own; stopped on the way, it ends in order.

        Args:
            arguments: the verb and its options.
            variables: further environment variables.
            waits: whether it reads its plan from its standard input.
        """
        settings = engine_settings(self._stack)
        with self._program(arguments[0]) as client, scratch() as own:
            options = [*client, *self._selection, "--json", "--config-file", str(settings)]
            process = None
            try:
                with undisturbed():
                    process = EngineProcess(
                        [self._pulumi, *arguments, *options],
                        folder=self._stack.project.folder,
                        environment={**self.environment, **variables, "TMPDIR": str(own.folder)},
                        descriptors=[own.descriptor],
                        waits=waits,
                    )
                yield process
            except BaseException as error:
                if process and process.runs:
                    if not isinstance(error, Exception):
                        err.print(f"{self._stack.label}: stopping; what has begun is finished and saved ...")
                    process.end()
                raise

    @contextmanager
    def _program(self, verb: str) -> Iterator[tuple[str, ...]]:
        """Serve the program, for the verbs that run it."""
        if verb not in ("preview", "up"):
            yield ()
            return
        with serve_program(self._stack.project.folder, allow=self._allow) as address:
            yield (f"--client={address}",)

    def call(self, arguments: list[str]) -> subprocess.CompletedProcess[str]:
        """Run what needs no program and shows no progress, and return how it ended."""
        recovery = self._recovery()
        while True:
            result = self._call_once(arguments)
            if result.returncode == 0 or not recovery.can_go_on([result.stderr]):
                return result

    def _recovery(self) -> Recovery:
        return Recovery(self._stack, self.backend_folder, lambda: self._call_once(["cancel", "--yes"]))

    def _call_once(self, arguments: list[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self._pulumi, *arguments, *self._selection],
            cwd=self._stack.project.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )


def is_missing(error: str) -> bool:
    """Whether the engine says that there is no such stack."""
    return "no stack named" in error
