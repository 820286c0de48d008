"""`down` leaves no process and every byte of data; only `delete`, given the exact name, removes them."""

import psutil
import pytest

from operations.local.local import LocalCluster
from operations.toolchain import Toolchain
from shared.errors import Refusal


def _mentioning(text: str) -> list[str]:
    found = []
    for process in psutil.process_iter(["cmdline", "cwd"]):
        command = " ".join(process.info["cmdline"] or ())
        if process.pid != psutil.Process().pid and (text in command or text in (process.info["cwd"] or "")):
            found.append(command)
    return found


def test_down_leaves_no_process_and_keeps_the_data(disturbed: LocalCluster, toolchain: Toolchain) -> None:
    identifier = disturbed.status().identifier
    assert disturbed.down()
    assert _mentioning(str(disturbed.local)) == []
    assert not disturbed.down()
    assert disturbed.status().state == "stopped"
    assert disturbed.up(toolchain).identifier == identifier


def test_delete_wants_the_exact_name(disturbed: LocalCluster, toolchain: Toolchain) -> None:
    before = disturbed.status()
    for wrong in ("", "other", disturbed.name.upper(), f"{disturbed.name} "):
        with pytest.raises(Refusal, match=disturbed.name):
            disturbed.delete(wrong)
    assert disturbed.status().components == before.components
    disturbed.delete(disturbed.name)
    assert _mentioning(str(disturbed.local)) == []
    assert not disturbed.plane.folder.exists()
    assert not disturbed.kubeconfig.exists()
    assert disturbed.status().state == "absent"
    assert disturbed.up(toolchain).identifier != before.identifier
