"""A program in the engine's place, and a stack that is run by it."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from operations.engine.project import StackId
from operations.engine.stack import EngineStack


class Engine:
    """A program in the engine's place: answers each call in turn, and the last for good."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.allowed: list[str] = []
        self.script = folder / "pulumi"
        self.script.write_text(
            f'#!/bin/sh\ncd {folder}\necho "$*|" >> calls\n'
            'echo "$PULUMI_SKIP_CHECKPOINTS" >> unsaved\necho "$TMPDIR" >> temporary\n'
            "n=$(wc -l < calls)\n[ -e answer$n ] || n=last\n"
            "cat answer$n; cat error$n >&2; read code < code$n; exit $code\n"
        )
        self.script.chmod(0o755)

    def answers(self, *answers: tuple[int, str, str]) -> None:
        """Set the answers: exit code, output, errors."""
        for number, (code, output, error) in enumerate(answers, start=1):
            for name in [str(number), *(["last"] if number == len(answers) else [])]:
                (self.folder / f"answer{name}").write_text(output)
                (self.folder / f"error{name}").write_text(error)
                (self.folder / f"code{name}").write_text(f"{code}\n")

    @property
    def calls(self) -> list[str]:
        """What the engine was called with."""
        return (self.folder / "calls").read_text().splitlines()


def of(stack: StackId, engine: Engine, allow: str = "") -> EngineStack:
    toolchain: Any = SimpleNamespace(path=lambda name: engine.script, bin_folders=[engine.folder])
    return EngineStack(stack, toolchain, allow=allow)
