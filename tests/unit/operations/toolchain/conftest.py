"""A place to set up in: a home, a PATH and a checkout's folder, all below tmp_path."""

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from operations import checkout


@dataclass(frozen=True)
class Place:
    """Where a test's set-up looks and writes."""

    root: Path

    @property
    def bin(self) -> Path:
        """The first folder on PATH."""
        return self.root / "bin"

    def program(self, name: str, says: str, folder: Path | None = None) -> Path:
        """Put a program that prints one line on PATH, or into another folder."""
        return self.script(name, f"echo '{says}'", folder)

    def script(self, name: str, text: str, folder: Path | None = None) -> Path:
        """Put a shell script on PATH, or into another folder."""
        path = (folder or self.bin) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
        return path


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A user who has nothing yet, and a PATH with one empty folder of theirs in front of the shell's."""
    here = Place(tmp_path)
    here.bin.mkdir()
    monkeypatch.setattr(checkout, "LOCAL", tmp_path / "local")
    for name in ("XDG_CACHE_HOME", "PULUMI_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PATH", os.pathsep.join([str(here.bin), "/usr/bin", "/bin"]))
    return here
