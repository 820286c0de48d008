"""Deploying a stack: check its settings, preview, judge the plan, and run that plan and nothing else."""

import json
from base64 import b64decode
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from rich.table import Table

from operations.console import err, out
from operations.drift import drift_of, restore, tell
from operations.engine.environment import engine_environment, refuse_missing_plugins
from operations.engine.events import PROTECTING, EngineFailure, Step, describe, is_shown, tally
from operations.engine.run import scratch
from operations.engine.stack import EngineStack, StackMissing
from operations.facts import StackFacts, all_claims, aws_of, cluster_of, eks_of, kubeconfig_of, state_of
from operations.gate import Verdict, enforce, error_as_markdown, judge, plan_as_markdown
from operations.toolchain import Toolchain
from shared.errors import Failure, PlatformError, Refusal, after_changes
from shared.kube.client import ClusterApi, cluster_api
from shared.kube.observed import failed_because
from shared.ownership.claim import Claim
from shared.stacks import Stack
from shared.state import StateObject

_CONTENDED = "Operation cannot be fulfilled on resourcequotas"
"""How the API server refuses an object, now and then, where it counts several of a namespace at once."""

_TRIES, _LOG_LINES, _SHORTEST_SECRET = 3, 10, 4

_UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""How the engine writes a text that is not known yet:
https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/plugin/rpc.go"""

_UNNAMED = '"id": ""'
"""How a plan writes a component's output that is a resource which does not exist yet."""


def deploy(stack: Stack, toolchain: Toolchain, *, allow: str = "", take_back: str = "") -> tuple[Step, ...]:
    """Bring a stack to what its program and settings say, tell what that changed, and return the steps taken.

    Everywhere here, `allow` is what may be deleted or replaced in this run, and `take_back` what is put back whoever
    changed it, both as `Kind/name` separated by commas. A Refusal is the program's, an admission policy's or the
    gate's; after a Failure, running it again goes on.
    """
    steps = update(stack, toolchain, allow=allow, take_back=take_back)
    err.print(f"{stack.label}: {tally(steps)}.")
    return steps


def update(stack: Stack, toolchain: Toolchain, *, allow: str = "", take_back: str = "") -> tuple[Step, ...]:
    """Do what `deploy` does, and tell nothing."""
    engine = _checked_engine(stack, toolchain, allow)
    if stack.is_infrastructure and eks_of(stack):
        engine.import_unfinished(lambda: aws_of(stack))
    for again in reversed(range(_TRIES)):
        try:
            return _create_or_update(engine, toolchain, allow, take_back)
        except EngineFailure as failure:
            if not again or _CONTENDED not in str(failure):
                if told := _failed_jobs(stack, toolchain, str(failure)):
                    raise Failure(
                        f"{stack.label}: a job failed, and what is declared after it stays as it was.\n{told}",
                        "Correct what it says and run the command again, which tries it again: "
                        f"{stack.command('up')}",
                    ) from failure
                raise
            err.print(f"{stack.label}: the API server was counting other objects at that moment; again ...")
    raise AssertionError  # the last try returns or raises


def _failed_jobs(stack: Stack, toolchain: Toolchain, failure: str) -> str:
    """Why the Jobs that a run's failure names failed, with the end of each one's log; empty where none can be read."""
    # What went wrong is known; why may not be.
    with suppress(PlatformError):
        objects = state_of(stack, toolchain).objects
        if jobs := [item for item in objects if item.kind == "batch:Job" and item.name in failure]:
            with cluster_api(kubeconfig_of(cluster_of(stack), toolchain)) as api:
                return "\n".join(line for job in jobs for line in _report(api, job))
    return ""


def _report(api: ClusterApi, job: StateObject) -> list[str]:
    live = api.get(f"/apis/batch/v1/namespaces/{job.namespace}/jobs/{job.name}")
    reason = failed_because(live) if live else ""
    if not reason:
        return []
    pods = f"/api/v1/namespaces/{job.namespace}/pods"
    lines = [f"    Job/{job.name}: {reason}"]
    for pod in api.list(f"{pods}?labelSelector={quote(f'job-name={job.name}')}")[-1:]:
        name = pod["metadata"]["name"]
        try:
            log = masked(api, pod, api.text(f"{pods}/{name}/log?tailLines={_LOG_LINES}"))
        except PlatformError as error:
            log = f"its log cannot be shown: {error.fact}"
        lines += [f"      {name}: {line}" for line in log.splitlines()]
    return lines


def masked(api: ClusterApi, pod: Mapping[str, Any], log: str) -> str:
    """A pod's log without the values that it has from Secrets, line by line, as a program may print any of them."""
    metadata, spec = pod["metadata"], pod["spec"]
    names = {volume["secret"]["secretName"] for volume in spec.get("volumes") or () if "secret" in volume}
    for container in (*spec.get("initContainers", ()), *spec["containers"]):
        whole = (source.get("secretRef") for source in container.get("envFrom") or ())
        single = (env.get("valueFrom", {}).get("secretKeyRef") for env in container.get("env") or ())
        names |= {reference["name"] for reference in (*whole, *single) if reference}
    lines: set[str] = set()
    for name in names:
        secret = api.get(f"/api/v1/namespaces/{metadata['namespace']}/secrets/{name}") or {}
        for value in (secret.get("data") or {}).values():
            lines.update(b64decode(value).decode(errors="replace").split("\n"))
    # Longer ones first, since one may be a part of another; short ones are no secrets and would hide half of the log.
    for line in sorted(map(str.strip, lines), key=len, reverse=True):
        if len(line) >= _SHORTEST_SECRET:
            log = log.replace(line, "[secret]")
    return log


def preview(stack: Stack, toolchain: Toolchain, *, allow: str = "", as_markdown: bool = False) -> None:
    """Show what deploying a stack would do, with the gate's verdicts.

    As Markdown it is a comment for a pull request, which says why where there is no plan.
    """
    try:
        steps = plan(stack, toolchain, allow=allow)
    except PlatformError as error:
        if as_markdown:
            end = "refused" if isinstance(error, Refusal) else "failed"
            print(error_as_markdown(stack.label, end, str(error)))  # noqa: T201 - rich would wrap it
        raise
    if as_markdown:
        print(plan_as_markdown(stack.label, _shown(steps, allow), f"{tally(steps)} (planned)"))  # noqa: T201
    else:
        show_plan(stack, steps, allow)
    enforce(stack.label, judge(steps, allow))


def plan(stack: Stack, toolchain: Toolchain, *, allow: str = "") -> tuple[Step, ...]:
    """What deploying a stack would do."""
    engine = _checked_engine(stack, toolchain, allow)
    try:
        steps = engine.preview()
    except StackMissing:
        engine.create()
        return engine.preview()
    except EngineFailure as fault:
        if not any(one.is_missing or one.is_ours for one in drift_of(engine, toolchain, "")):
            raise
        raise Refusal(
            f"{fault.fact}\n  Others have changed what {stack.label} declares, so that no plan can be made.",
            f"It is taken back before the next update: {stack.command('up')}",
        ) from None
    tell(engine, drift_of(engine, toolchain, ""), "", "would be put back", "would be left alone")
    return steps


def show_plan(stack: Stack, steps: tuple[Step, ...], allow: str) -> None:
    """Show a plan, with the gate's verdicts."""
    verdicts = _shown(steps, allow)
    if verdicts:
        table = Table("What", "Verdict", title=f"Plan for {stack.label}", title_justify="left")
        table.columns[0].overflow = "fold"
        for verdict in verdicts:
            colour = {"refused": "red", "allowed by name": "yellow"}.get(verdict.words, "default")
            table.add_row(describe(verdict.step).strip(), f"[{colour}]{verdict.words}[/{colour}]")
        out.print(table)
    out.print(f"{stack.label}: {tally(steps)} (planned).")


def _shown(steps: tuple[Step, ...], allow: str) -> list[Verdict]:
    return [verdict for verdict in judge(steps, allow) if is_shown(verdict.step)]


def colliding_claims(stack: Stack, settings: Mapping[Stack, StackFacts]) -> list[tuple[Claim, Claim]]:
    """A stack's claims to own a namespace, each with another stack's claim to own it on the same cluster.

    Two of which one adopts the namespace from the other do not collide: that is a transfer under way.
    """
    here = settings[stack]
    others = [
        one for one in settings.values() if one.infrastructure == here.infrastructure and one.stack != stack
    ]
    return [
        (claim, other)
        for claim in here.claims
        for other in filter(None, (there.claim(claim.name) for there in others))
        if claim.owns and other.owns
        if claim.adopt_from != other.claimant.owner and other.adopt_from != claim.claimant.owner
    ]


def refuse_collisions(stack: Stack, toolchain: Toolchain) -> None:
    """Refuse a stack that is to own a namespace which another stack is to own too, before anything runs.

    The stack that has the namespace already is not delayed by another one's wrong settings, and one that claims a
    namespace which exists is refused by its live owner label.
    """
    for claim, other in colliding_claims(stack, all_claims()):
        stacks = (claim.claimant, other.claimant)
        if any(state_of(one, toolchain).namespace(claim.name) for one in stacks):
            continue
        name, file = claim.name, claim.file
        remedy = (
            f"Let one of them use it: remove {name} from namespaces in {file}, "
            f"or set create_namespace: false in {other.file}."
            if stack.is_infrastructure
            else f"In {file}, use it (create_namespace: false, namespace_source: {other.claimant}) "
            "or choose another name."
        )
        raise Refusal(
            f"{file} and {other.file} both ask to own the namespace '{name}', and a namespace has one owner.",
            remedy,
        )


def _checked_engine(stack: Stack, toolchain: Toolchain, allow: str) -> EngineStack:
    """The engine for a stack whose settings are sound, whose plugins are there, and whose namespaces are its own."""
    if eks_of(stack):
        refuse_missing_plugins(engine_environment())
    refuse_collisions(stack, toolchain)
    return EngineStack(stack, toolchain, allow=allow)


def _create_or_update(
    engine: EngineStack, toolchain: Toolchain, allow: str, take_back: str
) -> tuple[Step, ...]:
    """Deploy a stack. One that was never deployed has nothing to lose, so its first run is the update alone."""
    try:
        return _preview_and_update(engine, toolchain, allow, take_back)
    except StackMissing:
        if engine.create():
            return engine.update()
        return _preview_and_update(engine, toolchain, allow, take_back)


def _preview_and_update(
    engine: EngineStack, toolchain: Toolchain, allow: str, take_back: str
) -> tuple[Step, ...]:
    """Run the plan that a preview made. Where it finds nothing to do, it is the whole run."""
    with ExitStack() as then, scratch() as (folder, _):
        file = folder / "plan.json"
        try:
            steps = engine.preview(save_plan=file)
        except EngineFailure:
            # A refusal, of the program above all, is not argued with.
            drifted = drift_of(engine, toolchain, take_back)
            # A field that another holds, or a missing object: with that there can be no plan.
            if not drifted or not restore(engine, toolchain, take_back, wait=False):
                raise
            then.enter_context(after_changes())
            steps = engine.preview(save_plan=file)
        else:
            drifted = drift_of(engine, toolchain, take_back)
        enforce(engine.stack.label, judge(steps, allow))
        planned = json.loads(file.read_text()).get("resourcePlans") or {}
        goals = {urn: item.get("goal") or {} for urn, item in planned.items()}
        if all(_is_declared(step, goals) for step in steps if step.is_change):
            steps = tuple(replace(step, operation="same") if step.is_change else step for step in steps)
        else:
            steps = engine.update(plan=None if _has_unknown_provider(goals) else file)
    if drifted:
        with after_changes(changed=any(step.is_change for step in steps)):
            restore(engine, toolchain, take_back)
    return steps


def _is_declared(step: Step, goals: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether an update applies again what is declared, which an admission webhook would rewrite again.

    The provider compares the program with the object as it was after the last update.
    """
    goal = goals.get(step.urn) or {}
    # Without a difference the engine tries again what failed the last time.
    is_update = step.operation == "update" and step.changed and not set(step.changed) & set(PROTECTING)
    return bool(goal and is_update) and not any((goal.get("inputDiff") or {}).values())


def _has_unknown_provider(goals: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether a plan was made without knowing how a cluster is reached, which the update itself brings about.

    What the provider adds to its objects, or a component to its outputs, is then not in the plan, and the engine would
    stop the update half-way.
    """
    return any(
        ("::pulumi:providers:" in urn and _UNKNOWN in json.dumps(goal.get("inputDiff")))
        or (not goal.get("custom") and _UNNAMED in json.dumps(goal.get("outputDiff")))
        for urn, goal in goals.items()
    )
