"""What a service's stack declares, as the manifests that any other tool would read."""

from collections.abc import Mapping
from contextlib import chdir
from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml

from tests.unit.apps.conftest import App
from tests.unit.shared.graph import ROOT, Declared, Graph

Manifest = dict[str, Any]

_AS_WRITTEN = {"annotations", "data", "hard", "labels", "matchLabels", "nodeSelector", "selector"}
"""Fields whose keys are data and no names of fields."""


def declared(app: App, **settings: Any) -> list[Manifest]:
    """The objects of a service's stack that owns its namespace, from its program under the SDK's mocks.

    Args:
        app: the service and its environment.
        settings: what is set other than in its settings file.

    Raises:
        RunError: the settings are refused.
    """
    with chdir(ROOT / "apps" / app.service):
        return manifests(app.run(create_namespace=True, namespace_source="", **settings))


def manifests(graph: Graph) -> list[Manifest]:
    """The objects of a resource graph. What it holds is what the engine gets: fields are in the API's spelling.

    Raises:
        ValueError: a field is not in the API's spelling after all.
    """
    found = [_manifest(item) for item in graph.objects if not item.kind.endswith("Patch")]
    for item in found:
        _check(item, f"{item['kind']} {item['metadata']['name']}")
    return found


def write(objects: list[Manifest], file: Path) -> None:
    """Write manifests as one YAML file."""
    file.write_text(yaml.safe_dump_all(objects))


def _manifest(item: Declared) -> Manifest:
    found: Manifest = deepcopy(item.inputs)
    for path in item.ignore_changes:
        # A value to start with, which others change from then on: no later update declares it.
        *parents, last = path.split(".")
        place = found
        for name in parents:
            place = place[name]
        del place[last]
    return found


def _check(value: Any, path: str) -> None:
    if isinstance(value, list):
        for item in value:
            _check(item, path)
    if isinstance(value, Mapping):
        for key, item in value.items():
            if "_" in key:
                raise ValueError(f"{path} has {key}, which is no field of the API")
            if key not in _AS_WRITTEN or "matchLabels" in item or "matchExpressions" in item:
                _check(item, f"{path}.{key}")
