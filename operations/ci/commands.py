"""The verb that pipelines ask, for the command line."""

import json
from typing import Annotated

import typer


def changed_stacks(
    base: Annotated[str, typer.Option(help="The commit to compare with.")] = "origin/main",
) -> None:
    """Print the stacks that changed since a commit, as JSON for a pipeline's matrix.

    The keys stay: `infrastructure` and `applications`, lists of which each has `label`, `service` (empty for
    infrastructure) and `environment`.

    Raises:
        Refusal: git cannot tell, or a settings file cannot be read.
    """
    from operations.ci.changed import changed_files  # noqa: PLC0415
    from operations.ci.changed import changed_stacks as stacks_of  # noqa: PLC0415

    found: dict[str, list[dict[str, str]]] = {"infrastructure": [], "applications": []}
    for stack in stacks_of(changed_files(base)):
        is_platform = stack.is_infrastructure
        found["infrastructure" if is_platform else "applications"].append(
            {
                "label": stack.label,
                "service": "" if is_platform else stack.project.label,
                "environment": stack.environment,
            }
        )
    print(json.dumps(found))  # noqa: T201 - rich would wrap it
