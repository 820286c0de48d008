"""What keeps a cluster from starting is told in two sentences, with the last words of what failed."""

from pathlib import Path

import pytest

from operations.local.local import LocalCluster
from operations.toolchain import Toolchain
from shared.errors import Failure


class Broken(Toolchain):
    """A tool chain whose API server ends at once, saying why."""

    def __init__(self, whole: Toolchain, folder: Path) -> None:
        self._whole = whole
        self._broken = folder / "kube-apiserver"
        version = '[ "$1" = --version ] && exec echo Kubernetes v1.36.3'
        self._broken.write_text(f'#!/bin/sh\n{version}\necho "Error: it is broken" >&2\nexit 1\n')
        self._broken.chmod(0o755)

    def path(self, name: str) -> Path:
        """The broken API server, and the whole tool chain's other binaries."""
        return self._broken if name == "kube-apiserver" else self._whole.path(name)


def test_a_component_that_dies_is_named_with_its_last_words(
    fresh: LocalCluster, toolchain: Toolchain, tmp_path: Path
) -> None:
    with pytest.raises(Failure) as caught:
        fresh.up(Broken(toolchain, tmp_path))
    assert "kube-apiserver failed" in caught.value.fact
    assert "it is broken" in caught.value.fact
    assert "kube-apiserver.log" in caught.value.remedy
    assert fresh.up(toolchain).state == "running"


def test_a_failed_start_leaves_the_data(
    disturbed: LocalCluster, toolchain: Toolchain, tmp_path: Path
) -> None:
    identifier = disturbed.status().identifier
    disturbed.down()
    with pytest.raises(Failure):
        disturbed.up(Broken(toolchain, tmp_path))
    assert disturbed.status().state == "stopped"
    assert disturbed.up(toolchain).identifier == identifier


def test_a_folder_that_is_a_file_is_named(tmp_path: Path, toolchain: Toolchain) -> None:
    (tmp_path / ".local").write_text("")
    with pytest.raises(Failure, match=r"\.local"):
        LocalCluster(tmp_path, tmp_path / ".local").up(toolchain)
