"""What stands on this machine: tools, packages, states, permissions, disk, and locks."""

import json
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from operations import paths
from operations.doctor.checks.backend import backend
from operations.doctor.checks.disk import disk
from operations.doctor.checks.locks import locks
from operations.doctor.checks.packages import packages
from operations.doctor.checks.permissions import permissions
from operations.doctor.checks.tools import tools
from operations.doctor.workplace import Workplace
from operations.toolchain import venv
from operations.toolchain.record import Located, Toolchain
from operations.toolchain.tools import SETUP
from tests.unit.operations.doctor.conftest import only
from tests.unit.operations.holders import DEAD, ELSEWHERE, living, write_lock


@pytest.fixture
def chain(local: Path, workplace: Workplace) -> dict[str, Path]:
    """Tools that say the pinned versions, as the user's own; their paths by name."""
    folder = local / "tools"
    folder.mkdir()
    placed: dict[str, Path] = {}
    for recipe in SETUP:
        for tool in recipe.tools:
            placed[tool.name] = folder / tool.name
            placed[tool.name].write_text(f"#!/bin/sh\necho {tool.name} v{recipe.version}\n")
            placed[tool.name].chmod(0o700)
    tools = {name: Located(path, "path", "key") for name, path in placed.items()}
    workplace.__dict__["toolchain"] = Toolchain(tools)
    return placed


def test_tools_that_answer_are_well(workplace: Workplace, chain: dict[str, Path]) -> None:
    found = only(tools(workplace))
    assert found.level == "ok"
    assert f"{len(chain)} tools" in found.fact


def test_a_tool_of_ones_own_that_changed_its_version_fails(
    workplace: Workplace, chain: dict[str, Path]
) -> None:
    chain["pulumi"].write_text("#!/bin/sh\necho v3.0.0\n")
    found = only(tools(workplace))
    assert (found.level, found.looked_at) == ("failure", str(chain["pulumi"]))
    assert "pulumi does not answer as version" in found.fact


def test_a_built_tool_that_does_not_run_fails(workplace: Workplace, chain: dict[str, Path]) -> None:
    built = {name: Located(path, "built", "key") for name, path in chain.items()}
    workplace.__dict__["toolchain"] = Toolchain(built)
    chain["etcd"].write_text("#!/bin/sh\necho v0.0.0-of-its-sources\n")
    assert only(tools(workplace)).level == "ok"
    chain["etcd"].write_text("")
    assert "etcd" in only(tools(workplace)).fact


def test_no_tools_fail_with_the_set_up(local: Path, workplace: Workplace) -> None:
    found = only(tools(workplace))
    assert found.level == "failure"
    assert "make setup" in found.remedy


def test_packages_of_other_requirements_are_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workplace: Workplace
) -> None:
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    for name in venv.REQUIREMENTS:
        (tmp_path / name).write_text("one==1\n")
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").touch()
    (tmp_path / ".venv" / "requirements.sha256").write_text(venv.key(tmp_path))
    assert only(packages(workplace)).level == "ok"
    (tmp_path / venv.REQUIREMENTS[0]).write_text("one==2\n")
    assert only(packages(workplace)).level == "warning"


def test_states_that_can_be_read_are_well_and_a_cut_off_one_is_a_warning(
    local: Path, workplace: Workplace
) -> None:
    assert only(backend(workplace)).fact == "1 states can be read and written."
    state = local / "state" / ".pulumi" / "stacks" / "day-service-app" / "dev.json"
    state.write_text(state.read_text()[:-5])
    warning, _ = backend(workplace)
    assert (warning.level, warning.looked_at) == ("warning", str(state))
    assert "day-service-app.dev was cut off" in warning.fact
    write_lock(local, ELSEWHERE)
    assert only(backend(workplace)).level == "ok"


def test_no_state_yet_is_well_unless_somebody_named_the_place(
    local: Path, workplace: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    (local / "state").rename(local / "elsewhere")
    assert only(backend(workplace)).level == "ok"
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{local}/nowhere")
    assert only(backend(Workplace())).level == "failure"
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{local}/elsewhere")
    assert only(backend(Workplace())).level == "ok"


def test_states_that_are_somebody_elses_fail(
    local: Path, workplace: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Root may write everywhere, so the modes alone would not do.
    monkeypatch.setattr(os, "access", lambda path, _: Path(path) != local / "state")
    found = only(backend(workplace))
    assert found.level == "failure"
    assert "cannot be read and written by this user" in found.fact


def test_a_backend_that_lets_nobody_in_fails_with_what_the_engine_says(
    local: Path, chain: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULUMI_BACKEND_URL", "s3://nowhere")
    place = Workplace()
    place.__dict__["toolchain"] = Toolchain({"pulumi": Located(chain["pulumi"], "path", "key")})
    assert only(backend(place)).level == "ok"
    chain["pulumi"].write_text("#!/bin/sh\necho 'error: no credentials' >&2; exit 255\n")
    found = only(backend(place))
    assert found.fact.endswith("no credentials")
    assert found.level == "failure"


def test_what_others_may_read_fails_each_with_its_command(local: Path, workplace: Workplace) -> None:
    assert only(permissions(workplace)).level == "ok"
    local.chmod(0o755)
    (local / "passphrase").chmod(0o640)
    found = list(permissions(workplace))
    assert {one.remedy for one in found} == {f"chmod 700 {local}", f"chmod 600 {local / 'passphrase'}"}
    assert {one.level for one in found} == {"failure"}
    assert "mode 0640, not 0600" in found[1].fact


def test_a_passphrase_file_elsewhere_is_looked_at_too(
    local: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "own"
    own.touch(mode=0o644)
    own.chmod(0o644)
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE_FILE", str(own))
    assert only(permissions(Workplace())).remedy == f"chmod 600 {own}"


def test_what_belongs_to_another_user_fails(
    local: Path, workplace: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "getuid", lambda: local.stat().st_uid + 1)
    assert all("belongs to another user" in one.fact for one in permissions(workplace))


@pytest.mark.parametrize(
    ("free", "files", "level"),
    [
        (2 * 1024**3, 10**6, "ok"),
        (512 * 1024**2, 10**6, "warning"),
        (1024**2, 10**6, "failure"),
        (2 * 1024**3, 0, "failure"),
        (2 * 1024**3, 9, "warning"),
    ],
)
def test_little_room_is_a_warning_and_none_fails(
    workplace: Workplace, monkeypatch: pytest.MonkeyPatch, free: int, files: int, level: str
) -> None:
    answer: Any = SimpleNamespace(f_bavail=free // 4096, f_frsize=4096, f_favail=files, f_files=10**6)
    monkeypatch.setattr(os, "statvfs", lambda _: answer)
    assert {one.level for one in disk(workplace)} == {level}


def test_locks_are_judged_by_their_holders(local: Path, workplace: Workplace) -> None:
    assert only(locks(workplace)).fact == "No stack is locked."
    dead = write_lock(local, DEAD)
    found = only(locks(workplace))
    assert (found.level, found.looked_at) == ("warning", str(dead))
    assert "make unlock SERVICE=day ENV=dev" in found.remedy
    dead.unlink()
    with living() as holder:
        write_lock(local, holder).unlink()
        write_lock(local, holder)
        alive = only(locks(workplace))
        assert alive.level == "ok"
        assert f"process {holder['pid']}" in alive.fact


@pytest.mark.parametrize("content", [ELSEWHERE, {}, None])
def test_a_holder_that_cannot_be_judged_is_a_warning_and_no_unlock(
    local: Path, workplace: Workplace, content: Any
) -> None:
    file = write_lock(local, content)
    if content is None:
        file.write_text(json.dumps(ELSEWHERE)[:-4])
    found = only(locks(workplace))
    assert found.level == "warning"
    assert "Ask on that machine" in found.remedy
