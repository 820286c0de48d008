"""A stack's exported state: its resources, its namespaces, and what it exports."""

import gzip
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from operations.stacks.state import StateNamespace, governance, namespaces, outputs, read_state, resources
from tests.unit.operations.stacks.conftest import NAMESPACE_URN, STACK, namespace_state


@pytest.mark.parametrize(
    "state", [{}, {"deployment": None}, {"deployment": {}}, {"deployment": {"resources": None}}]
)
def test_a_stack_that_was_never_deployed_holds_nothing(state: dict[str, Any]) -> None:
    assert resources(state) == []
    assert namespaces(state) == []
    assert outputs(state) == {}


@pytest.mark.parametrize("retained", [True, False])
def test_a_namespace_is_read_with_whether_it_stays(retained: bool) -> None:
    state = namespace_state(retained=retained)
    assert namespaces(state) == [StateNamespace("dev", NAMESPACE_URN, retained)]


def test_a_namespace_that_is_only_read_is_none_of_the_stacks() -> None:
    state = namespace_state()
    state["deployment"]["resources"][1]["external"] = True
    assert namespaces(state) == []


def test_another_kind_is_no_namespace() -> None:
    state = namespace_state()
    state["deployment"]["resources"][1]["type"] = "kubernetes:core/v1:ConfigMap"
    assert namespaces(state) == []


def test_a_state_from_before_the_rules_is_not_retained() -> None:
    state = namespace_state()
    del state["deployment"]["resources"][1]["retainOnDelete"]
    assert not namespaces(state)[0].retained


def test_exports_are_the_root_resources_outputs() -> None:
    assert outputs(namespace_state()) == {"namespace": "dev"}


def engine(folder: Path | None) -> Any:
    """An engine whose backend is a folder, or that is to be asked."""
    return SimpleNamespace(backend_folder=folder, stack=STACK, state=lambda: {"asked": True})


@pytest.mark.parametrize("compressed", [False, True])
def test_a_folders_state_is_read_without_the_engine(tmp_path: Path, compressed: bool) -> None:
    document = json.dumps({"checkpoint": {"latest": namespace_state()["deployment"]}}).encode()
    folder = tmp_path / "stacks" / "day-service-app"
    folder.mkdir(parents=True)
    file = folder / ("dev.json.gz" if compressed else "dev.json")
    file.write_bytes(gzip.compress(document) if compressed else document)
    assert read_state(engine(tmp_path)) == namespace_state()


def test_a_stack_that_the_folder_does_not_have_holds_nothing(tmp_path: Path) -> None:
    assert read_state(engine(tmp_path)) == {}


def test_another_backend_is_asked_through_the_engine() -> None:
    assert read_state(engine(None)) == {"asked": True}


def test_a_stack_that_was_made_and_never_deployed_holds_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "stacks" / "day-service-app"
    folder.mkdir(parents=True)
    (folder / "dev.json").write_text('{"checkpoint": {"latest": null}}')
    assert resources(read_state(engine(tmp_path))) == []


def test_a_namespaces_isolation_is_known_by_its_component_and_all_that_is_in_it() -> None:
    prefix = "urn:pulumi:dev::day-service-app::platform:"
    component = f"{prefix}isolation:Isolation::dev"
    quota = f"{prefix}isolation:Isolation$kubernetes:core/v1:ResourceQuota::dev-platform-quota"
    service = f"{prefix}service:WebService$kubernetes:core/v1:ResourceQuota::another"
    state = namespace_state()
    state["deployment"]["resources"] += [
        {"type": urn.split("::")[2].split("$")[-1], "urn": urn} for urn in (component, quota, service)
    ]
    assert governance(state) == [component, quota]
    assert governance({}) == []
