"""The settings that services declare: the template is their one source, and every Pulumi.yaml a rendering of it."""

import difflib
from pathlib import Path

import yaml

from operations.engine.project import Project, services
from operations.paths import ROOT, shown
from operations.scaffold.publishing import workshop
from operations.scaffold.rendering import Answers, app_folder, render
from operations.settings.document import entries, read_document
from operations.settings.values import value_of
from shared.naming import NamespacePattern
from shared.refusal import Refusal


def answers_of(project: Project) -> Answers:
    """What a service answered the template, read back from its Pulumi.yaml.

    Args:
        project: the service's project.

    Raises:
        Refusal: the file is none that can be read, or has a pattern that nobody knows.
    """
    path = project.folder / "Pulumi.yaml"
    top = entries(read_document(path, shown(path)).root)
    config = entries(top.get("config"))
    pattern = _default(config, "namespace_pattern") or NamespacePattern.SERVICE_ENVIRONMENT.value
    if pattern not in [one.value for one in NamespacePattern]:
        known = ", ".join(one.value for one in NamespacePattern)
        raise Refusal(
            f"{shown(path)} has namespace_pattern {pattern} by default, which nobody knows.",
            f"Name one of {known}.",
        )
    return Answers(
        project.label,
        NamespacePattern(pattern),
        team=_default(config, "team"),
        description=_text(top.get("description")),
        image=_default(config, "image_name"),
    )


def declare_everywhere() -> list[Path]:
    """Write every service's Pulumi.yaml anew from the template; what a service answered it stays.

    Returns:
        The files that changed, relative to the checkout.

    Raises:
        Refusal: a Pulumi.yaml cannot be read.
        OSError: a file cannot be written; it is then as it was.
    """
    changed: list[Path] = []
    with workshop() as folder:
        for service, project in services().items():
            path = app_folder(service) / "Pulumi.yaml"
            render(answers_of(project), folder)
            if (folder / path).read_bytes() != (ROOT / path).read_bytes():
                (folder / path).replace(ROOT / path)
                changed.append(path)
    return changed


def difference(project: Project, folder: Path) -> str:
    """What stands otherwise in a service's Pulumi.yaml than the template says; empty for nothing.

    Args:
        project: the service's project.
        folder: a folder to render into.

    Raises:
        Refusal: the file cannot be read.
    """
    path = app_folder(project.label) / "Pulumi.yaml"
    render(answers_of(project), folder)
    there, wanted = (ROOT / path).read_text().splitlines(), (folder / path).read_text().splitlines()
    return "\n".join(difflib.unified_diff(there, wanted, str(path), "the template", lineterm=""))


def _default(config: dict[str, yaml.Node], name: str) -> str:
    return _text(entries(config.get(name)).get("default"))


def _text(node: yaml.Node | None) -> str:
    return "" if node is None else str(value_of(node))
