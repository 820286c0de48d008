"""A new service: its project, its settings for every environment that there is, and its own tests."""

from dataclasses import dataclass
from pathlib import Path

from operations.paths import ROOT
from operations.scaffold.names import is_fit, wrong_pattern, wrong_service
from operations.scaffold.placement import environments, place
from operations.scaffold.publishing import is_same, publish, unfit, workshop
from operations.scaffold.rendering import Answers, Placement, app_folder, own_tests, render
from shared.naming import NamespacePattern
from shared.refusal import Refusal


@dataclass(frozen=True)
class NewApp:
    """What was made.

    Args:
        folder: the service's folder, relative to the checkout.
        tests: its tests, relative to the checkout.
        environments: where it lives.
    """

    folder: Path
    tests: Path
    environments: list[Placement]


def make_app(name: str, *, pattern: str = "", team: str = "") -> NewApp:
    """Make a new service.

    Args:
        name: the service, as its folder is to be called.
        pattern: how its namespaces are named; `service-environment` where empty.
        team: its team; empty for none.

    Raises:
        Refusal: the name, the pattern, the team or the place is no good; all of it in one message, nothing written.
        OSError: the files cannot be written.
    """
    pattern = pattern or NamespacePattern.SERVICE_ENVIRONMENT.value
    there = environments()
    paths = (app_folder(name), own_tests(name))
    with workshop() as folder:
        taken = wrong_service(name, [one.name for one in there])
        wrong = [*taken, *wrong_pattern(pattern, team), *unfit(paths)]
        goes_on = wrong == taken != [] and _is_half_made(name)
        if wrong and not goes_on:
            raise _refusal(wrong)
        lives = place(name, NamespacePattern(pattern), team, there)
        render(Answers(name, NamespacePattern(pattern), team, environments=lives), folder)
        if goes_on and not is_same(ROOT / paths[0], folder / paths[0]):
            raise _refusal(taken)
        publish(folder, paths[1:] if goes_on else paths)
    return NewApp(*paths, lives)


def _is_half_made(name: str) -> bool:
    """Whether a run was killed between its two steps: the service is there, and its tests are not."""
    return is_fit(name) and (ROOT / app_folder(name)).is_dir() and not (ROOT / own_tests(name)).exists()


def _refusal(wrong: list[str]) -> Refusal:
    return Refusal(
        "No service was made:\n" + "\n".join(f"    {one}" for one in wrong), "Nothing was written."
    )
