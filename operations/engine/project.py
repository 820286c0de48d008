"""The Pulumi projects of the checkout, and the stacks that their settings files stand for."""

from dataclasses import dataclass
from pathlib import Path

import yaml

from operations.paths import ROOT, shown
from operations.settings.document import entries, read_document
from shared.refusal import Refusal


@dataclass(frozen=True)
class Project:
    """A folder with a Pulumi.yaml.

    Args:
        folder: the project's folder.
        name: the project's name, as its Pulumi.yaml has it.
        label: what people call it: `infrastructure`, or the service's name.
    """

    folder: Path
    name: str
    label: str

    def settings_file(self, environment: str) -> Path:
        """The settings file of one of its stacks."""
        return self.folder / f"Pulumi.{environment}.yaml"

    @property
    def environments(self) -> list[str]:
        """The environments that it has settings for."""
        files = self.folder.glob("Pulumi.*.yaml")
        return sorted(file.name.removeprefix("Pulumi.").removesuffix(".yaml") for file in files)


@dataclass(frozen=True)
class StackId:
    """One stack of a project.

    Args:
        project: its project.
        environment: its name, which is the environment's.
    """

    project: Project
    environment: str

    @property
    def label(self) -> str:
        """What people call it, such as `day/dev`."""
        return f"{self.project.label}/{self.environment}"

    @property
    def is_infrastructure(self) -> bool:
        """Whether it is a stack of the infrastructure project, not of a service."""
        return self.project.label == "infrastructure"

    @property
    def up(self) -> str:
        """The command that deploys it, for remedies."""
        if self.is_infrastructure:
            return f"make infra-up ENV={self.environment}"
        return f"make app-up SERVICE={self.project.label} ENV={self.environment}"

    @property
    def owner(self) -> str:
        """The name under which it owns objects."""
        return f"{self.project.name}.{self.environment}"


def own_setting(stack: StackId, name: str) -> object:
    """One setting as the stack's own file has it; None where it is not set there.

    Raises:
        Refusal: the file is none that can be read, or no YAML.
    """
    from operations.settings.file import read_settings_file  # noqa: PLC0415 - it is about stacks

    written = read_settings_file(stack).settings.get(name)
    return written.value if written else None


def infrastructure() -> Project:
    """The infrastructure project."""
    return _project(ROOT / "infrastructure", "infrastructure")


def services() -> dict[str, Project]:
    """The application projects, by service."""
    folders = sorted(file.parent for file in (ROOT / "apps").glob("*/Pulumi.yaml"))
    return {folder.name: _project(folder, folder.name) for folder in folders}


def all_stacks() -> list[StackId]:
    """Every stack that the checkout has settings for, infrastructure first."""
    return [
        StackId(project, environment)
        for project in (infrastructure(), *services().values())
        for environment in project.environments
    ]


def infrastructure_stack(environment: str) -> StackId:
    """The infrastructure stack of an environment.

    Raises:
        Refusal: there is no such environment.
    """
    return _stack(infrastructure(), environment)


def service_stack(service: str, environment: str) -> StackId:
    """The application stack of a service in an environment.

    Raises:
        Refusal: there is no such service or environment; the known ones are listed.
    """
    known = services()
    if service not in known:
        raise Refusal(
            f"There is no service '{service}'." if service else "No service was named.",
            f"Name one of them: {', '.join(f'SERVICE={name}' for name in known)}",
        )
    return _stack(known[service], environment)


def _stack(project: Project, environment: str) -> StackId:
    if environment not in project.environments:
        file = project.settings_file(environment).relative_to(ROOT)
        raise Refusal(
            f"{project.label} has no environment '{environment}': there is no {file}.",
            f"Name one of {', '.join(project.environments) or '(none)'}, or write that file.",
        )
    return StackId(project, environment)


def _project(folder: Path, label: str) -> Project:
    file = folder / "Pulumi.yaml"
    named = entries(read_document(file, shown(file)).root).get("name")
    if not isinstance(named, yaml.ScalarNode) or not named.value:
        raise Refusal(
            f"{shown(file)} gives its project no name.", f"Add a line to it: name: {label}-service-app"
        )
    return Project(folder, named.value, label)
