"""What the containers of a pod ask for, by the pod's spec."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from shared.cluster.demand import RESOURCES, Container, Runs
from shared.settings.types import quantity_value


def containers_of(pod: Mapping[str, Any]) -> tuple[Container, ...]:
    """The containers of a pod, in the order in which they begin.

    Args:
        pod: its spec, or that of its template.
    """
    return (
        *(
            Container(_asks(one), Runs.BESIDE if one.get("restartPolicy") == "Always" else Runs.BEFORE)
            for one in pod.get("initContainers") or []
        ),
        *(Container(_asks(one)) for one in pod["containers"]),
    )


def _asks(container: Mapping[str, Any]) -> dict[str, Fraction]:
    """What a container asks for; a request that it leaves out is as large as its limit.

    Source: https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#requests-and-limits
    """
    resources = container.get("resources") or {}
    asked: dict[str, Fraction] = {}
    for resource in RESOURCES:
        which, what = resource.split(".")
        given = (resources.get(which) or {}).get(what) or (resources.get("limits") or {}).get(what)
        if given:
            asked[resource] = quantity_value(str(given))
    return asked
