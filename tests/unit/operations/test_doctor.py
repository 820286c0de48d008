"""What the doctor finds, each with a remedy; it creates nothing."""

import io
import json
import shutil
from collections import namedtuple
from contextlib import nullcontext
from pathlib import Path

import pytest
from rich.console import Console

from operations import checkout, doctor
from operations.doctor import Doctor, Finding, as_json, is_well, show
from operations.engine.environment import backend_folder
from shared.errors import Refusal
from tests.unit.cluster import Objects
from tests.unit.operations.holders import ELSEWHERE, living, write_lock
from tests.unit.operations.workspace import DAY, PLATFORM, TOOLCHAIN, Workspace


@pytest.fixture(autouse=True)
def well(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkout of which all is well: a deployed cluster that answers, and a passphrase of its own."""
    monkeypatch.delenv("PULUMI_BACKEND_URL")
    checkout.local_folder("state")
    shutil.move(workspace.stacks.parent, checkout.LOCAL / "state" / ".pulumi")
    workspace.stacks = checkout.LOCAL / "state" / ".pulumi" / "stacks"
    (checkout.LOCAL / "passphrase").touch(mode=0o600)
    (checkout.LOCAL / "passphrase").write_text("secret")
    workspace.settings(PLATFORM)
    workspace.deployed(PLATFORM, "one")

    monkeypatch.setattr(doctor, "locate", lambda: TOOLCHAIN)
    answering = Objects({"/version": {"gitVersion": "v1.36.3"}})
    monkeypatch.setattr(doctor, "cluster_api", lambda _: nullcontext(answering))
    monkeypatch.setattr(doctor, "differences", lambda api, objects: [])


def _wrong() -> dict[str, list[Finding]]:
    """What is not well, by check."""
    found = {name: [one for one in all_ if one.level != "ok"] for name, all_ in Doctor().examine().items()}
    return {name: findings for name, findings in found.items() if findings}


def test_tools_that_are_not_set_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise Refusal("It is not set up.", "Run make setup.")

    monkeypatch.setattr(doctor, "locate", missing)
    assert _wrong()["tools"] == [Finding("failure", "It is not set up.", "Run make setup.")]


def test_a_backend_that_is_not_a_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{tmp_path / 'nowhere'}")
    (found,) = _wrong()["backend"]
    assert (found.level, found.remedy) == ("failure", "Create that folder, or name another backend.")
    assert not (tmp_path / "nowhere").exists()


def test_a_state_that_was_cut_off(workspace: Workspace) -> None:
    workspace.settings(DAY)
    workspace.state(DAY, "one")
    file = workspace.stacks / DAY.project / "dev.json"
    file.write_text(file.read_text()[:20])
    (found,) = _wrong()["backend"]
    assert (found.level, found.remedy[:32]) == ("warning", "make app-up SERVICE=day ENV=dev "[:32])


def test_a_lost_passphrase_is_not_replaced() -> None:
    file = checkout.LOCAL / "passphrase"
    file.unlink()
    wrong = _wrong()
    assert wrong["passphrase"][0].remedy.startswith("Restore it from your copy")
    assert wrong["cluster"][0].remedy == "See passphrase."
    assert not file.exists()


@pytest.mark.parametrize(("name", "mode"), [("passphrase", "600"), ("state", "700"), (".", "700")])
def test_what_other_users_can_read(name: str, mode: str) -> None:
    path = checkout.LOCAL / name
    path.chmod(0o755)
    (found,) = _wrong()["permissions"]
    assert found.remedy == f"chmod {mode} {path}"


@pytest.mark.parametrize(("free", "level"), [(1024**2, "failure"), (512 * 1024**2, "warning")])
def test_a_full_disk(monkeypatch: pytest.MonkeyPatch, free: int, level: str) -> None:
    usage = namedtuple("usage", "free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(free))
    (found,) = _wrong()["disk"]
    assert found.level == level


def _backend() -> Path:
    folder = backend_folder(f"file://{checkout.LOCAL / 'state'}")
    assert folder
    return folder


def test_the_lock_of_a_running_process_is_well_and_one_of_another_machine_is_told_with_what_frees_it() -> (
    None
):
    with living(_backend(), DAY) as holder:
        write_lock(_backend(), holder)
        write_lock(_backend(), ELSEWHERE, name="two")
        assert _wrong() == {}
        mine, other = Doctor().examine()["locks"]
    assert mine.remedy == ""
    assert other.remedy.startswith("If it has ended: make unlock SERVICE=day ENV=dev HOLDER='")


def test_a_cluster_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(_: str) -> None:
        raise Refusal("It does not answer.", "Start it.")

    monkeypatch.setattr(doctor, "cluster_api", silent)
    wrong = _wrong()
    assert wrong["cluster"] == [Finding("failure", "It does not answer.", "Start it.")]
    assert [found.level for found in wrong["policies"]] == ["warning"]


def test_a_checkout_without_states_is_well_and_stays_as_it_is(workspace: Workspace) -> None:
    shutil.rmtree(checkout.LOCAL)
    assert _wrong() == {}
    assert not checkout.LOCAL.exists()


def test_findings_are_shown_a_line_each_and_laid_out_for_scripts() -> None:
    examined = {
        "disk": [Finding("warning", "It is little.", "Free some.")],
        "tools": [Finding("ok", "Fine.")],
    }
    stream = io.StringIO()
    show(examined, Console(file=stream, soft_wrap=True, highlight=False))
    assert "WARNING  disk         It is little. Free some.\n" in stream.getvalue()
    assert stream.getvalue().endswith("0 of 2 checks failed, 1 have warnings.\n")
    assert is_well(examined)
    document = json.loads(json.dumps(as_json(examined)))
    assert document["well"] is True
    assert document["checks"][0]["findings"] == [
        {"level": "warning", "fact": "It is little.", "remedy": "Free some."}
    ]
