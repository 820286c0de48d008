"""One run of the engine's command line, event by event."""

import json
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from operations.engine.events import Diagnostic, Step, diagnostic_of, step_of


@dataclass(frozen=True)
class Planned:
    """A step that the engine is about to take, or would take."""

    step: Step


@dataclass(frozen=True)
class Done:
    """A step that the engine took."""

    step: Step


@dataclass(frozen=True)
class Begun:
    """The engine has loaded the stack, and runs its program now."""


Event = Begun | Planned | Done | Diagnostic


@dataclass(frozen=True)
class Outcome:
    """How a run ended.

    Args:
        code: the engine's exit code.
        steps: the steps that it took, or would take.
        messages: its errors and warnings.
    """

    code: int
    steps: tuple[Step, ...]
    messages: tuple[Diagnostic, ...]

    @property
    def changes_nothing(self) -> bool:
        """Whether every resource stays as it is, and so does what the stack exports."""
        return not any(step.is_change or step.changed == ("outputs",) for step in self.steps)

    @property
    def errors(self) -> tuple[str, ...]:
        """What went wrong, in the words of whoever said it."""
        return tuple(message.text for message in self.messages if message.severity == "error")


class EngineProcess:
    """A run of the engine with its events as JSON, from its start on.

    It stands in a process group of its own: a terminal's Ctrl-C reaches whoever began it, who ends it in order.
    One that waits for its plan has loaded the stack and done nothing; it does nothing without the plan.

    Args:
        command: the engine and its arguments.
        folder: the project's folder.
        environment: the engine's environment variables.
        descriptors: the open files that the engine is to hold as well.
        waits: whether it reads its plan from its standard input.
    """

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        folder: Path,
        environment: Mapping[str, str],
        descriptors: Sequence[int] = (),
        waits: bool = False,
    ) -> None:
        self._waits = waits
        self._rest = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed where the run ends
        self._process = subprocess.Popen(
            [str(part) for part in command],
            cwd=folder,
            env=dict(environment, PULUMI_ENABLE_STREAMING_JSON_PREVIEW="true"),
            stdin=subprocess.PIPE if waits else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._rest,
            text=True,
            pass_fds=descriptors,
            process_group=0,
        )

    @property
    def runs(self) -> bool:
        """Whether it has not ended yet."""
        return self._process.poll() is None

    def give(self, plan: Path) -> None:
        """Give it the plan that it waits for."""
        self._waits = False
        # An engine that has ended meanwhile says why when it is followed.
        assert self._process.stdin is not None  # noqa: S101 - it waits
        with suppress(BrokenPipeError), self._process.stdin as stream:
            stream.write(plan.read_text())
        # A wait for the end would flush it once more.
        self._process.stdin = None

    def follow(self, listen: Callable[[Event], None]) -> Outcome:
        """Tell each event as it comes, and wait for the end.

        Args:
            listen: is told each event.
        """
        steps: dict[tuple[str, str], Step] = {}
        messages: list[Diagnostic] = []
        with self._rest as rest:
            for event in _events(self._process.stdout, rest.write):
                match event:
                    case Diagnostic(severity="error" | "warning", status=False):
                        messages.append(event)
                    case Planned(step) | Done(step):
                        steps[step.urn, step.operation] = step
                    case _:
                        pass
                listen(event)
            code = self._process.wait()
            rest.seek(0)
            messages += [Diagnostic("error", text) for text in _plain_errors(rest.read())] if code else []
        return Outcome(code, tuple(steps.values()), tuple(messages))

    def interrupt(self) -> None:
        """Ask it to end: it finishes what it is at, saves it and frees the stack; asked again, it ends at once."""
        self._process.send_signal(signal.SIGINT)

    def end(self) -> None:
        """Interrupt it and wait for its end, with nobody to listen; interrupted itself, this kills it.

        One that still waits for its plan has nothing to end in order.
        """
        if self._waits:
            self.withdraw()
            return
        try:
            self.interrupt()
            # Nobody else reads what it says, and it would be killed by saying it to nobody.
            self._process.communicate()
        except BaseException:
            self._process.kill()
            self._process.wait()
            raise

    def withdraw(self) -> None:
        """End it where it still waits for its plan."""
        if self._waits:
            self._waits = False
            self._process.kill()
            self._process.communicate()
            self._rest.close()


def _events(lines: Iterator[str] | Any, other: Callable[[str], object]) -> Iterator[Event]:
    for line in lines:
        try:
            event = json.loads(line)
        except json.JSONDecodeError:
            other(line)
            continue
        if not isinstance(event, dict):
            other(line)
        elif "preludeEvent" in event:
            yield Begun()
        elif "resourcePreEvent" in event:
            yield Planned(step_of(event["resourcePreEvent"]["metadata"]))
        elif "resOutputsEvent" in event:
            yield Done(step_of(event["resOutputsEvent"]["metadata"]))
        elif "diagnosticEvent" in event:
            yield diagnostic_of(event["diagnosticEvent"])
        elif "errorEvent" in event:
            yield Diagnostic("error", str(event["errorEvent"].get("error", "")))


def _plain_errors(text: str) -> list[str]:
    """What the engine says before it has an event stream to say it by."""
    told = "\n".join(line for line in text.splitlines() if not line.startswith("warning: ")).strip()
    return [told.removeprefix("error: ")] if told else []
