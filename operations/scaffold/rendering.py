"""Rendering the template of an application."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from operations.paths import ROOT
from shared.naming import NamespacePattern
from shared.refusal import Refusal

TEMPLATE = ROOT / "templates" / "app"
"""What `make new-app` renders; its paths are those of the checkout."""


@dataclass(frozen=True)
class Placement:
    """Where a service lives in one environment.

    Args:
        name: the environment.
        namespace: the namespace.
        reads: who owns it: `infrastructure`, or an application's stack as `<project>/<stack>`; empty where the
            service itself does.
        infrastructure: the infrastructure stack, as settings name it; empty for the one of the same environment.
    """

    name: str
    namespace: str
    reads: str = ""
    infrastructure: str = ""


@dataclass(frozen=True)
class Answers:
    """What the template asks.

    Args:
        name: the service, as its folder is called.
        pattern: how its namespaces are named where its settings name none.
        team: its team; empty for none.
        description: what its Pulumi.yaml says of it; the template's own words where empty.
        image: its image's name; after the service where empty.
        environments: where it lives, in each environment.
    """

    name: str
    pattern: NamespacePattern = NamespacePattern.SERVICE_ENVIRONMENT
    team: str = ""
    description: str = ""
    image: str = ""
    environments: Sequence[Placement] = ()


def project_name(service: str) -> str:
    """The Pulumi project of a service."""
    return f"{service}-service-app"


def app_folder(service: str) -> Path:
    """A service's folder, relative to the checkout."""
    return Path("apps") / service


def own_tests(service: str) -> Path:
    """The file of a service's own tests, relative to the checkout."""
    return Path("tests") / "unit" / "apps" / f"test_{service.replace('-', '_')}_service.py"


def render(answers: Answers, folder: Path) -> None:
    """Render the template.

    Args:
        answers: what it asks.
        folder: where to; it is taken for the checkout's root.

    Raises:
        Refusal: there is no template.
        OSError: the folder cannot be written.
    """
    if not (TEMPLATE / "copier.yml").is_file():
        raise Refusal(
            f"There is no template in {TEMPLATE.relative_to(ROOT)}.",
            "Take the folder back from the repository.",
        )
    from copier import Settings, run_copy  # noqa: PLC0415 - half a second

    data = {key: value for key, value in asdict(answers).items() if value != ""}
    data["pattern"] = answers.pattern.value
    data["environments"] = [asdict(placement) for placement in answers.environments]
    # Nothing of a person's own settings for the renderer takes part.
    run_copy(str(TEMPLATE), folder, data=data, settings=Settings(), defaults=True, overwrite=True, quiet=True)
