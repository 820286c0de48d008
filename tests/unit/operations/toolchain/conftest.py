"""A place to set up in: a home, a PATH, a checkout's folders and Go modules, all below tmp_path."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from operations import paths
from operations.toolchain import keys, schedule
from operations.toolchain.tools import HELM_RECIPE, SETUP

FAKE_GO = r"""#!/bin/sh
place='{place}'
echo "$*" >> "$place/calls"
if [ "$1" = env ]; then
  echo "{{\"GOVERSION\": \"go{version}\", \"GOCACHE\": \"$place/gocache\","
  echo "  \"GOMODCACHE\": \"$place/gomodcache\"}}"
elif [ -f "$place/fault" ]; then
  # As Go does: a download's failure is told on stdout.
  [ "$1" = mod ] || exec >&2
  while IFS= read -r line; do echo "$line"; done < "$place/fault"
  exit 1
elif [ "$1" = list ]; then
  echo main
elif [ "$1" = mod ]; then
  echo "{{\"Dir\": \"$place/gomodcache\"}}"
else
  while [ "$1" != -o ]; do shift; done
  target=$2
  shift 2
  first=$1
  for package; do
    case $target in */) file=$target${{package##*/}} ;; *) file=$target ;; esac
    printf half > "$file"
    while [ -f "$place/hang" ] && read -r which < "$place/hang" && [ "$which" = "$first" ]; do
      /bin/sleep 0.02
    done
    printf built > "$file"
    /bin/chmod 755 "$file"
  done
fi
"""


@dataclass(frozen=True)
class Place:
    """Where a test's set-up looks and writes."""

    root: Path

    @property
    def bin(self) -> Path:
        """The only folder on PATH."""
        return self.root / "bin"

    @property
    def cache(self) -> Path:
        """The folder for built tools."""
        return self.root / "home" / ".cache" / "service-platform" / "tools"

    @property
    def modules(self) -> Path:
        """The pinned Go modules."""
        return self.root / "modules"

    def go(self, version: str = "1.26.8") -> None:
        """Put a Go on PATH that makes small files at once."""
        self.write(self.bin / "go", FAKE_GO.format(version=version, place=self.root))

    def program(self, name: str, says: str, folder: Path | None = None) -> Path:
        """Put a program that prints one line on PATH, or into another folder."""
        return self.write((folder or self.bin) / name, f"#!/bin/sh\necho '{says}'\n")

    def write(self, path: Path, text: str) -> Path:
        """Write an executable file."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)
        return path

    def hang(self, package: str) -> None:
        """Let the builds of a package hang until the file `hang` is gone."""
        (self.root / "hang").write_text(f"{package}\n")

    def fault(self, text: str) -> None:
        """Let every later build and download fail with this output."""
        (self.root / "fault").write_text(f"{text}\n")

    def calls(self, verb: str) -> list[str]:
        """What Go was called for since the start of the test."""
        file = self.root / "calls"
        lines = file.read_text().splitlines() if file.exists() else []
        return [line for line in lines if line.startswith(verb)]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    here = Place(tmp_path)
    (tmp_path / "home").mkdir()
    here.bin.mkdir()
    for recipe in (*SETUP, HELM_RECIPE):
        for folder in recipe.folders:
            module = here.modules / folder
            module.mkdir(parents=True, exist_ok=True)
            (module / "go.mod").write_text(f"module {folder}\n\ngo 1.26.6\n")
            (module / "go.sum").write_text("")
    for file in (
        "cmd/pulumi-resource-kubernetes/schema.json",
        "cmd/pulumi-resource-kubernetes/terraform-mapping.json",
        "python/cmd/pulumi-language-python-exec",
        "kustomize/stage/pod.yaml",
    ):
        path = here.write(tmp_path / "gomodcache" / file, "{}")
        path.chmod(0o444)
    monkeypatch.setattr(paths, "LOCAL", tmp_path / "local")
    monkeypatch.setattr(keys, "MODULES", here.modules)
    for name in ("XDG_CACHE_HOME", "PULUMI_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PATH", str(here.bin))
    monkeypatch.setattr(schedule, "_POLL_SECONDS", 0.002)
    return here
