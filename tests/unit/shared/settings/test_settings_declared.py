"""Each Pulumi.yaml declares the settings that its program has: the same names, types and defaults."""

import re
import types
from enum import Enum
from typing import Any, Literal, Union, get_args, get_origin

import pytest
import yaml

from infrastructure.settings import InfrastructureSettings
from shared.settings.application import ApplicationSettings
from shared.settings.source import Settings, parse
from tests.unit.shared.graph import ROOT

APPLICATIONS = sorted(str(file.parent.relative_to(ROOT)) for file in ROOT.glob("apps/*/Pulumi.yaml"))
PROJECTS: dict[str, type[Settings]] = {
    **dict.fromkeys(APPLICATIONS, ApplicationSettings),
    "infrastructure": InfrastructureSettings,
}
OF_THE_SERVICE = {"image_name", "namespace_pattern", "team"}
"""What each service answered the template; its defaults are its own."""

NOT_DECLARABLE = {"eks", "isolation", "namespaces", "organization"}
"""Objects, for which Pulumi.yaml has no type."""


def declared(folder: str) -> dict[str, dict[str, Any]]:
    config: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / folder / "Pulumi.yaml").read_text())["config"]
    return {key: value for key, value in config.items() if not key.startswith("pulumi:")}


def type_name(annotation: Any) -> str:
    """The type by which Pulumi.yaml declares a Python type."""
    if get_origin(annotation) in (Union, types.UnionType):
        (annotation,) = (part for part in get_args(annotation) if part is not types.NoneType)
    if get_origin(annotation) is Literal or (isinstance(annotation, type) and issubclass(annotation, Enum)):
        return "string"
    if hasattr(annotation, "__metadata__"):
        return type_name(annotation.__origin__)
    return {str: "string", int: "integer", bool: "boolean"}[annotation]


@pytest.mark.parametrize("folder", PROJECTS)
def test_every_setting_is_declared_and_no_other(folder: str) -> None:
    assert set(declared(folder)) == set(PROJECTS[folder].model_fields) - NOT_DECLARABLE


@pytest.mark.parametrize("folder", PROJECTS)
def test_every_setting_is_declared_with_its_type_and_a_description(folder: str) -> None:
    fields = PROJECTS[folder].model_fields
    for key, entry in declared(folder).items():
        assert entry["type"] == type_name(fields[key].annotation), key
        assert re.fullmatch(r"[A-Z].*\.", entry["description"]), key


@pytest.mark.parametrize("folder", PROJECTS)
def test_a_declared_default_is_the_programs_own(folder: str) -> None:
    for key, entry in declared(folder).items():
        field = PROJECTS[folder].model_fields[key]
        expected = "" if field.default is None else field.default
        if field.is_required():
            assert "default" not in entry, key
        elif key not in OF_THE_SERVICE:
            assert entry["default"] == expected, key


@pytest.mark.parametrize("folder", PROJECTS)
def test_default_providers_are_disabled(folder: str) -> None:
    config = yaml.safe_load((ROOT / folder / "Pulumi.yaml").read_text())["config"]
    assert config["pulumi:disable-default-providers"]["value"] == ["*"]


@pytest.mark.parametrize(
    "file",
    sorted(ROOT.glob("apps/*/Pulumi.*.yaml")) + sorted(ROOT.glob("infrastructure/Pulumi.*.yaml")),
    ids=str,
)
def test_every_settings_file_of_the_checkout_is_right(file: Any) -> None:
    folder = str(file.parent.relative_to(ROOT))
    project = yaml.safe_load((file.parent / "Pulumi.yaml").read_text())["name"]
    config = yaml.safe_load(file.read_text())["config"]
    values = {key.removeprefix(f"{project}:"): value for key, value in config.items()}
    assert len(values) == sum(key.startswith(f"{project}:") for key in config)
    parse(PROJECTS[folder], values, project=project, file=file.name)
