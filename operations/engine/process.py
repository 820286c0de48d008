"""One run of the engine's command line, event by event."""

import json
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
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


Event = Planned | Done | Diagnostic


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


def run_events(
    command: Sequence[str | Path],
    *,
    folder: Path,
    environment: Mapping[str, str],
    listen: Callable[[Event], None],
    descriptors: Sequence[int] = (),
) -> Outcome:
    """Run the engine with its events as JSON, and tell each as it comes.

    Args:
        command: the engine and its arguments.
        folder: the project's folder.
        environment: the engine's environment variables.
        listen: is told each event.
        descriptors: the open files that the engine is to hold as well.
    """
    steps: dict[tuple[str, str], Step] = {}
    messages: list[Diagnostic] = []
    with tempfile.TemporaryFile("w+") as rest:
        process = subprocess.Popen(
            [str(part) for part in command],
            cwd=folder,
            env=dict(environment, PULUMI_ENABLE_STREAMING_JSON_PREVIEW="true"),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=rest,
            text=True,
            pass_fds=descriptors,
        )
        assert process.stdout is not None  # noqa: S101 - it was asked for
        for event in _events(process.stdout, rest.write):
            if isinstance(event, Diagnostic):
                if event.severity in ("error", "warning") and not event.status:
                    messages.append(event)
            else:
                steps[event.step.urn, event.step.operation] = event.step
            listen(event)
        code = process.wait()
        rest.seek(0)
        messages += [Diagnostic("error", text) for text in _plain_errors(rest.read())] if code else []
    return Outcome(code, tuple(steps.values()), tuple(messages))


def _events(lines: Iterator[str] | Any, other: Callable[[str], object]) -> Iterator[Event]:
    for line in lines:
        try:
            event = json.loads(line)
        except json.JSONDecodeError:
            other(line)
            continue
        if not isinstance(event, dict):
            other(line)
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
