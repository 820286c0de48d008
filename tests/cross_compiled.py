"""Compile all tools for another machine, and keep nothing: `python -m tests.cross_compiled darwin arm64`."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.compiled_source import of_setup


def main(system: str, machine: str) -> None:
    """Compile and link each build, one after another.

    Raises:
        CalledProcessError: one does not go through; Go has said why.
    """
    environment = os.environ | {"GOOS": system, "GOARCH": machine, "CGO_ENABLED": "0", "GOWORK": "off"}
    for build in of_setup().values():
        with tempfile.TemporaryDirectory() as folder:
            source = Path(shutil.copytree(build.source, Path(folder) / "source"))
            for copy in build.copies:  # files to embed, whose content does not matter
                (Path(folder) / copy["target"]).parent.mkdir(exist_ok=True)
                (Path(folder) / copy["target"]).touch()
            command = [
                "go",
                "build",
                "-buildvcs=false",
                "-trimpath",
                "-ldflags",
                "-s -w",
                "-o",
                f"{folder}/bin/",
            ]
            (Path(folder) / "bin").mkdir(exist_ok=True)
            print(f"{build.label} for {system}/{machine} ...", flush=True)  # noqa: T201
            subprocess.run([*command, *build.packages.values()], cwd=source, env=environment, check=True)


if __name__ == "__main__":
    main(*sys.argv[1:3])
