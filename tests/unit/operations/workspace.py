"""A checkout and a backend of a test's own, as files: settings as people write them, states as the engine does."""

import json
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from operations import checkout
from shared.labels import OWNER
from shared.stacks import Stack
from tests.unit.shared.graph import ROOT

TOOLCHAIN: Any = SimpleNamespace(tools={"pulumi": Path("pulumi")}, path=Path)
DAY, DUSK, PLATFORM = (
    Stack("day-service-app", "dev"),
    Stack("dusk-service-app", "dev"),
    Stack("service-infrastructure", "dev"),
)


class Workspace:
    """A checkout with a file backend beside it.

    Args:
        folder: where both are.
    """

    def __init__(self, folder: Path) -> None:
        self.root = folder / "checkout"
        self.stacks = folder / "backend" / ".pulumi" / "stacks"
        self.stacks.mkdir(parents=True)
        for name in ("infrastructure", "apps/day", "apps/dusk"):
            (self.root / name).mkdir(parents=True)
            service = name.removeprefix("apps/")
            project = PLATFORM.project if service == name else f"{service}-service-app"
            (self.root / name / "Pulumi.yaml").write_text(f"name: {project}\n")

    def settings(self, stack: Stack, **values: Any) -> None:
        """Write a stack's settings."""
        if stack.is_infrastructure:
            values = {"cluster": "local", **values}
        config = {f"{stack.project}:{name}": value for name, value in values.items()}
        checkout.settings_file(stack).write_text(yaml.safe_dump({"config": config}))

    def state(self, stack: Stack, cluster: str = "", *namespaces: str, **outputs: Any) -> None:
        """Write a stack's state, which has some Namespaces on a cluster."""
        prefix = f"urn:pulumi:{stack.name}::{stack.project}::"
        resources: list[dict[str, Any]] = [
            {"type": "pulumi:pulumi:Stack", "urn": f"{prefix}pulumi:pulumi:Stack::root", "outputs": outputs}
        ]
        if cluster:
            provider = "pulumi:providers:kubernetes"
            inputs = {"clusterIdentifier": cluster}
            resources.append({"type": provider, "urn": f"{prefix}{provider}::p", "inputs": inputs})
        resources += [namespace(name, stack.owner, urn=prefix) for name in namespaces]
        file = self.stacks / stack.project / f"{stack.name}.json"
        file.parent.mkdir(exist_ok=True)
        checkpoint = {"stack": stack.name, "latest": {"resources": resources}}
        file.write_text(json.dumps({"version": 3, "checkpoint": checkpoint}))

    def deployed(self, stack: Stack, cluster: str) -> None:
        """Write the state of a deployed infrastructure stack."""
        exported = {"cluster_identifier": cluster, "cluster_name": f"name-{cluster}"}
        self.state(stack, cluster, kubeconfig=f"kubeconfig-{cluster}", **exported)


def namespace(
    name: str, owner: str, *, urn: str = "urn:pulumi:dev::project::", **more: Any
) -> dict[str, Any]:
    """A Namespace as a state has it."""
    metadata = {"name": name, "uid": f"uid-{name}", "labels": {OWNER: owner}}
    return {
        "type": "kubernetes:core/v1:Namespace",
        "urn": f"{urn}kubernetes:core/v1:Namespace::{name}-namespace",
        "inputs": {"metadata": {"name": name}},
        "outputs": {"metadata": metadata},
        **more,
    }


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A checkout of the services day and dusk, without any settings or states."""
    made = Workspace(tmp_path)
    monkeypatch.setattr(checkout, "ROOT", made.root)
    monkeypatch.setattr(checkout, "LOCAL", made.root / ".local")
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{tmp_path / 'backend'}")
    return made


@pytest.fixture
def projects(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with this one's projects, their settings, and the template of an application."""
    for folder in ("infrastructure", "apps/day", "apps/dusk"):
        (tmp_path / folder).mkdir(parents=True)
        for file in (*(ROOT / folder).glob("Pulumi*.yaml"), *(ROOT / folder).glob("settings.py")):
            shutil.copy2(file, tmp_path / folder)
    shutil.copytree(ROOT / "templates", tmp_path / "templates")
    monkeypatch.setattr(checkout, "ROOT", tmp_path)
    monkeypatch.setattr(checkout, "LOCAL", tmp_path / ".local")
    return tmp_path
