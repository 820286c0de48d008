"""Restoring what others changed of a stack's objects: what is put back, what is refused, and what is left alone."""

from collections.abc import Iterable
from itertools import groupby

from operations.console import err
from operations.drift import Difference, differences, put_back
from operations.engine.events import Step
from operations.engine.stack import EngineStack
from operations.engine.waiting import await_rollout
from operations.facts import state_of
from operations.toolchain import Toolchain
from shared.errors import Refusal
from shared.kube.client import cluster_api
from shared.program import parse_allowed


def drift_of(engine: EngineStack, toolchain: Toolchain, take_back: str) -> list[Difference]:
    """What others changed of a stack's objects, where the program came as far as to tell its cluster.

    By the state as the engine keeps it: there a secret is encrypted, which a program reads in plain text. Refusal where
    a controller holds what the stack declares, and `take_back` does not name the object.
    """
    if not engine.kubeconfig:
        return []
    with cluster_api(engine.kubeconfig) as api:
        found = differences(api, state_of(engine.stack, toolchain).objects)
    held = [one for one in found if not (one.is_extra or _is_taken(one, take_back))]
    if held:
        names = ",".join(dict.fromkeys(one.item.title for one in held))
        raise Refusal(
            f"{engine.stack.label} has fields that another controller has set since it was deployed:\n"
            + "\n".join(f"    {one}" for one in held),
            "Nothing was changed. Declare the same, have that controller leave them alone, or take them back: "
            f"{engine.stack.command('up')} TAKE_BACK={names}",
        )
    return found


def restore(engine: EngineStack, toolchain: Toolchain, take_back: str, *, wait: bool = True) -> bool:
    """Put back what differs from what the stack declared last, and tell it; whether there was anything to put back."""
    with cluster_api(engine.kubeconfig) as api:
        found = differences(api, state_of(engine.stack, toolchain).objects)
        tell(engine, found, take_back, "put back", "left alone")
        taken = [one for one in found if _is_taken(one, take_back)]
        for urn, group in groupby(taken, key=lambda one: one.item.urn):
            ours = list(group)
            item = ours[0].item
            put_back(api, item, extras=any(one.is_extra for one in ours))
            if wait and item.kind == "apps:Deployment":
                step = Step("update", urn, "Deployment", item.name, item.namespace)
                await_rollout(engine.kubeconfig, step, _print)
    return bool(taken)


def tell(engine: EngineStack, found: Iterable[Difference], take_back: str, taken: str, left: str) -> None:
    """Tell each difference, and what is done about it."""
    for one in found:
        if _is_taken(one, take_back):
            _print(f"{engine.stack.label}: {'created again' if one.is_missing else taken}: {one}")
        else:
            remedy = one.remedy(engine.stack.command("up"))
            _print(f"{engine.stack.label}: {left}: {one}. {remedy}")


def _is_taken(one: Difference, take_back: str) -> bool:
    return one.is_missing or one.is_ours or one.item.title.lower() in parse_allowed(take_back)


def _print(line: str) -> None:
    err.print(line, style="yellow", markup=False, soft_wrap=True)
