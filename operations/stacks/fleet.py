"""The fleet: which services of an environment a verb is about, and how many have their turn at once."""

import os

from operations.engine.project import StackId, services
from shared.refusal import Refusal

_MOST_BY_DEFAULT = 4
"""A run of the engine takes most of a core, and a quarter of a GiB of memory with its provider."""


def stacks_of(environment: str) -> list[StackId]:
    """The application stacks that have settings for an environment."""
    return [
        StackId(project, environment)
        for project in services().values()
        if environment in project.environments
    ]


def fleet_of(environment: str, only: str = "") -> list[StackId]:
    """The stacks that a verb on a fleet is about.

    Args:
        environment: which environment.
        only: the services to take, separated by commas; all of the environment where empty.

    Raises:
        Refusal: there is no such service or environment.
    """
    named = list(dict.fromkeys(name for part in only.split(",") if (name := part.strip())))
    stacks = stacks_of(environment)
    known = {stack.project.label: stack for stack in stacks}
    unknown = [name for name in named if name not in known]
    if unknown:
        raise Refusal(
            f"ONLY names {', '.join(unknown)}, and the environment '{environment}' has no such service.",
            f"Name some of: {','.join(known) or '(none)'}",
        )
    if only.strip() and not named:
        raise Refusal(f"ONLY={only} names no service.", f"Name some of: {','.join(known) or '(none)'}")
    if not stacks:
        raise Refusal(
            f"No service has settings for the environment '{environment}'.",
            f"Name another one by ENV, or write apps/<service>/Pulumi.{environment}.yaml.",
        )
    return [known[name] for name in named] or stacks


def at_once(parallel: str) -> int:
    """How many services have their turn at the same time.

    Args:
        parallel: the number as it was given; one more than there are cores, and 4 at most, where empty.

    Raises:
        Refusal: it is no number of 1 or more.
    """
    if not parallel.strip():
        return min((os.cpu_count() or 1) + 1, _MOST_BY_DEFAULT)
    if not parallel.strip().isdecimal() or int(parallel) < 1:
        raise Refusal(
            f"PARALLEL={parallel} is no number of 1 or more.",
            "Say how many services are deployed at once, for example PARALLEL=4; or leave it out.",
        )
    return int(parallel)
