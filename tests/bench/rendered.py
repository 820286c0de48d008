"""The objects that a stack deploys, rendered for the competitors: a manifest for kubectl, a chart for helm."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

_DROPPED = ("pulumi.com/", "platform.internal/")


def rendered_objects(state: Mapping[str, Any], namespace: str) -> list[dict[str, Any]]:
    """The Kubernetes objects of a stack's exported state, as another tool would deploy them to another namespace."""
    found = [
        _rendered(resource["inputs"], namespace)
        for resource in state["deployment"]["resources"]
        if resource["type"].startswith("kubernetes:") and "metadata" in resource["inputs"]
    ]
    return sorted(found, key=lambda item: item["kind"] != "Namespace")


def write_manifest(objects: list[dict[str, Any]], file: Path) -> None:
    """Write the objects for `kubectl apply`."""
    file.write_text(yaml.safe_dump_all(objects))


def write_chart(objects: list[dict[str, Any]], folder: Path) -> None:
    """Write the objects as a helm chart; its namespace is created by helm itself."""
    (folder / "templates").mkdir(parents=True, exist_ok=True)
    (folder / "Chart.yaml").write_text(
        yaml.safe_dump({"apiVersion": "v2", "name": "day", "version": "0.1.0"})
    )
    inside = [item for item in objects if item["kind"] != "Namespace"]
    (folder / "templates" / "all.yaml").write_text(yaml.safe_dump_all(inside))


def _rendered(inputs: Mapping[str, Any], namespace: str) -> dict[str, Any]:
    rendered: dict[str, Any] = {key: value for key, value in inputs.items() if not key.startswith("__")}
    metadata = {key: value for key, value in inputs["metadata"].items() if not key.startswith("__")}
    for part in ("labels", "annotations"):
        kept = {key: value for key, value in metadata.get(part, {}).items() if not key.startswith(_DROPPED)}
        metadata[part] = kept
    if rendered["kind"] == "Namespace":
        metadata["name"] = namespace
        metadata["labels"]["name"] = namespace
    else:
        metadata["namespace"] = namespace
    rendered["metadata"] = metadata
    return rendered
