"""States, from a backend's files or through the engine."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from operations.engine.project import Project, StackId
from operations.status import checkpoints
from operations.status.facts import HeldFacts

OWNER = "platform.internal/owner"
STACK = StackId(Project(Path("/nowhere"), "day-service-app", "day"), "dev")


def _namespace(name: str, **more: Any) -> dict[str, Any]:
    metadata = {"name": name, "uid": f"uid-{name}", "labels": {OWNER: "day-service-app.dev"}}
    return {
        "type": "kubernetes:core/v1:Namespace",
        "urn": name,
        "inputs": {"metadata": {"name": name}},
        "outputs": {"metadata": metadata},
        **more,
    }


STATE = {
    "resources": [
        {"type": "pulumi:pulumi:Stack", "urn": "root", "outputs": {"cluster_identifier": "old"}},
        {"type": "pulumi:providers:kubernetes", "urn": "p", "inputs": {"clusterIdentifier": "cluster-1"}},
        _namespace("dev"),
        _namespace("read", external=True),
        _namespace("going", delete=True),
    ]
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A backend's folder."""
    monkeypatch.setattr(
        checkpoints, "engine_environment", lambda _: {"PULUMI_BACKEND_URL": f"file://{tmp_path}"}
    )
    monkeypatch.setattr(checkpoints, "EngineStack", _Engine)
    folder = tmp_path / ".pulumi" / "stacks"
    (folder / "day-service-app").mkdir(parents=True)
    return folder


class _Engine:
    def __init__(self, stack: StackId, toolchain: object) -> None:
        assert stack == STACK

    def state(self) -> dict[str, Any]:
        """What the engine exports."""
        return {"deployment": STATE}


def _checkpoint(latest: Any) -> bytes:
    return json.dumps({"version": 3, "checkpoint": {"stack": "any", "latest": latest}}).encode()


def _read() -> dict[str, checkpoints.StateFacts]:
    toolchain: Any = None
    return checkpoints.read_states([STACK], toolchain)


@pytest.mark.parametrize("compressed", [False, True])
def test_a_checkpoint_is_read_from_its_file(folder: Path, compressed: bool) -> None:
    file = folder / "day-service-app" / ("dev.json.gz" if compressed else "dev.json")
    file.write_bytes(gzip.compress(_checkpoint(STATE)) if compressed else _checkpoint(STATE))
    (folder / "day-service-app" / "dev.json.bak").write_text("older")
    (folder / "day-service-app" / "dev.json.attrs").write_text("{}")
    (state,) = _read().values()
    assert state.identifier == "cluster-1"
    assert state.holds == (HeldFacts("dev", "uid-dev", "day-service-app.dev"),)


def test_stacks_without_settings_are_read_too(folder: Path) -> None:
    (folder / "night-service-app").mkdir()
    (folder / "night-service-app" / "v1.2.json").write_bytes(_checkpoint(STATE))
    assert set(_read()) == {"night-service-app.v1.2"}


def test_an_empty_stack_was_never_deployed(folder: Path) -> None:
    (folder / "day-service-app" / "dev.json").write_bytes(_checkpoint(None))
    assert _read() == {}


def test_a_checkpoint_that_is_being_written_is_read_by_the_engine(folder: Path) -> None:
    (folder / "day-service-app" / "dev.json").write_text('{"version": 3, "check')
    (folder / "day-service-app" / "unknown.json").write_text("")
    assert [state.identifier for state in _read().values()] == ["cluster-1"]


@pytest.mark.parametrize("url", ["s3://bucket", "https://api.pulumi.com", "file://./relative"])
def test_other_backends_are_read_by_the_engine(
    folder: Path, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setattr(checkpoints, "engine_environment", lambda _: {"PULUMI_BACKEND_URL": url})
    assert [state.owner for state in _read().values()] == ["day-service-app.dev"]


def test_a_namespace_whose_creation_failed_has_no_uid(folder: Path) -> None:
    failed = _namespace("half")
    del failed["outputs"]
    (folder / "day-service-app" / "dev.json").write_bytes(_checkpoint({"resources": [failed]}))
    (state,) = _read().values()
    assert (state.identifier, state.holds) == ("", (HeldFacts("half"),))
