"""The checkout: its folders, its Pulumi projects, and the stacks that their settings files stand for."""

from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from shared.config.files import project_name
from shared.errors import Refusal
from shared.stacks import LABEL_VALUE, Stack

ROOT = Path(__file__).resolve().parent.parent
LOCAL = ROOT / ".local"
"""What this checkout created for itself: state, kubeconfig, cluster files. Git-ignored, mode 0700."""


def shown(path: Path) -> str:
    """A path as messages name it: relative to the checkout where it is in there."""
    return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)


def local_folder(*parts: str) -> Path:
    """Create a folder below `.local`, readable by its owner alone, and return it."""
    LOCAL.mkdir(mode=0o700, exist_ok=True)
    folder = LOCAL.joinpath(*parts)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def infrastructure() -> list[Stack]:
    """The infrastructure stacks, one for each environment."""
    return _stacks_in(ROOT / "infrastructure")


def services() -> dict[str, list[Stack]]:
    """The application stacks of each service."""
    folders = sorted(file.parent for file in (ROOT / "apps").glob("*/Pulumi.yaml"))
    return {_checked(folder, folder.name): _stacks_in(folder) for folder in folders}


def project_folder(stack: Stack) -> Path:
    """The folder of a stack's project."""
    return ROOT / "infrastructure" if stack.is_infrastructure else ROOT / "apps" / stack.service


def settings_file(stack: Stack) -> Path:
    """A stack's settings file."""
    return project_folder(stack) / f"Pulumi.{stack.name}.yaml"


def all_stacks() -> list[Stack]:
    """Every stack that the checkout has settings for, infrastructure first."""
    return [*infrastructure(), *chain.from_iterable(services().values())]


def stacks_of(environment: str) -> list[Stack]:
    """The application stacks that have settings for an environment."""
    return [stack for stack in chain.from_iterable(services().values()) if stack.name == environment]


def infrastructure_stack(environment: str) -> Stack:
    """The infrastructure stack of an environment; Refusal where there is none."""
    return _named(environment, infrastructure(), ROOT / "infrastructure")


def service_stack(service: str, environment: str) -> Stack:
    """The application stack of a service in an environment; Refusal with the known ones where there is none."""
    known = services()
    if service not in known:
        fact = f"There is no service '{service}'." if service else "No service was named."
        raise Refusal(fact, f"Name one of them: {', '.join(f'SERVICE={name}' for name in known)}")
    return _named(environment, known[service], ROOT / "apps" / service)


def known_environment(environment: str) -> str:
    """An environment of any project, or none: a misspelled one would look like an empty one, so it is refused."""
    known = sorted({stack.name for stack in all_stacks()})
    if environment and environment not in known:
        fact = f"There is no environment '{environment}': no project has a Pulumi.{environment}.yaml."
        remedy = f"Name one of {', '.join(known) or '(none)'}, or create it: make new-env ENV={environment}"
        raise Refusal(fact, remedy)
    return environment


def _checked(path: Path, name: str) -> str:
    """The name of an environment or a service, which goes into labels, file names and the shells of pipelines."""
    if not LABEL_VALUE.fullmatch(name):
        fact = f"{str(shown(path))!r} cannot be used: '{name}' is not a valid name of a stack or service."
        remedy = "Rename it: letters, digits, '.', '_' and '-', beginning and ending with a letter or digit."
        raise Refusal(fact, remedy)
    return name


def _named(environment: str, stacks: Sequence[Stack], folder: Path) -> Stack:
    if found := next((stack for stack in stacks if stack.name == environment), None):
        return found
    file = shown(folder / f"Pulumi.{environment}.yaml")
    fact = f"{folder.name} has no environment '{environment}': there is no {file}."
    known = ", ".join(stack.name for stack in stacks) or "(none)"
    raise Refusal(fact, f"Name one of {known}, or write that file.")


def _stacks_in(folder: Path) -> list[Stack]:
    """A project's stacks, one for each settings file; Refusal where its name does not lead back to its folder."""
    file = folder / "Pulumi.yaml"
    project = project_name(file, file=shown(file))
    if project_folder(Stack(project, "")) != folder:
        wanted = "service-infrastructure" if folder.name == "infrastructure" else f"{folder.name}-service-app"
        fact = f"{shown(file)} names its project '{project}', which is not the name of its folder."
        raise Refusal(fact, f"Write into it: name: {wanted}")
    names = {file: file.name[len("Pulumi.") : -len(".yaml")] for file in folder.glob("Pulumi.*.yaml")}
    return sorted(Stack(project, _checked(file, name)) for file, name in names.items())
