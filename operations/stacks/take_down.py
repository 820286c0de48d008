"""Taking stacks down: a service without its namespace, which goes only by name; infrastructure where it is unused."""

from collections.abc import Collection
from urllib.parse import quote

from operations.console import err
from operations.engine.events import Step, tally
from operations.engine.stack import EngineStack
from operations.facts import aws_of, claims_of, cluster_of, kubeconfig_of, state_of
from operations.gate import DATA
from operations.stacks.namespace import check_deletion, contents, delete_namespace, tell_unlisted
from operations.toolchain import Toolchain
from shared.errors import Refusal, after_changes
from shared.kube.client import ClusterApi, cluster_api
from shared.kube.observed import observed_namespace
from shared.labels import ALLOW_DELETION, OWNER
from shared.program import parse_allowed
from shared.stacks import Stack
from shared.state import State


def take_down(stack: Stack, toolchain: Toolchain, *, delete_namespace: str = "", allow: str = "") -> None:
    """Delete a service's objects, and its namespace with everything in it where `delete_namespace` names that.

    What holds data stays, apart from what is in `allow`: volume claims such as `PersistentVolumeClaim/data`, what a
    cloud keeps, and custom kinds.

    A namespace of its own that a rename left behind is deleted alone where it is named. Run again after a kill at any
    point, it goes on.
    """
    if delete_namespace:
        _take_down_with(delete_namespace, stack, toolchain, allow)
        return
    steps, kept = take_objects_down(stack, toolchain, allow)
    err.print(f"{stack.label}: {tally(steps) if steps else 'nothing to take down'}.")
    used = {*kept, *(claim.name for claim in claims_of(stack).claims)}
    changed = any(step.is_change for step in steps)
    with after_changes(changed=changed), cluster_api(kubeconfig_of(cluster_of(stack), toolchain)) as api:
        for name in used:
            _take_volumes_down(api, name, stack, parse_allowed(allow))
        for name in kept:
            tell_kept(stack, name)
            found, unlisted = contents(api, name)
            for item in found:
                err.print(f"  in it: {item}", markup=False)
            tell_unlisted(unlisted)
            err.print(f"  To delete it with everything in it, name it: DELETE_NAMESPACE={name}")


def _take_volumes_down(api: ClusterApi, namespace: str, stack: Stack, allowed: Collection[str]) -> None:
    """Delete the claims that are allowed by name; the engine keeps them all, so that none is lost by accident."""
    claims = f"/api/v1/namespaces/{namespace}/persistentvolumeclaims"
    for item in api.list(f"{claims}?labelSelector={quote(f'{OWNER}={stack.owner}')}"):
        title = f"PersistentVolumeClaim/{item['metadata']['name']}"
        if title.lower() in allowed:
            api.delete(f"{claims}/{item['metadata']['name']}", uid=item["metadata"]["uid"])
            err.print(f"  - delete {title} in {namespace}", markup=False)
        else:
            err.print(f"{title} in {namespace} is kept; to delete its data: ALLOW={title}", markup=False)


def take_objects_down(
    stack: Stack, toolchain: Toolchain, allow: str = ""
) -> tuple[tuple[Step, ...], list[str]]:
    """Delete a service's objects and keep its namespace with what isolates it, and what holds data.

    Returns the steps that were taken, and the namespaces that it still owns; neither where it has no state.
    """
    state = state_of(stack, toolchain)
    if not state.urns:
        return (), []
    keep = [*(item.urn for item in state.namespaces), *state.isolation, *_keeping_data(state, allow)]
    steps = EngineStack(stack, toolchain).destroy(
        keep=keep, kubeconfig=lambda: kubeconfig_of(cluster_of(stack), toolchain)
    )
    return steps, [item.name for item in state.namespaces]


def _keeping_data(state: State, allow: str) -> list[str]:
    """What holds data beside the namespace and is not allowed by name, by its URN; each is told."""
    allowed, keep = parse_allowed(allow), []
    # Of a Kubernetes object the name is its own, as the gate has it, which a chart puts behind another in the URN.
    titles = {item.urn: item.title for item in state.objects}
    for urn in state.urns:
        *_, types, name = urn.split("::")
        kind = types.rpartition(":")[2]
        title = titles.get(urn, f"{kind}/{name}")
        if kind in DATA and title.lower() not in allowed:
            err.print(f"{title} is kept; to delete it with its data: ALLOW={title}", markup=False)
            keep.append(urn)
    return keep


def tell_kept(stack: Stack, name: str) -> None:
    """Tell that a namespace outlives its owner's objects."""
    err.print(f"Namespace '{name}' kept; {stack.owner} still owns it.", markup=False)


def take_infrastructure_down(stack: Stack, toolchain: Toolchain) -> None:
    """Delete what the infrastructure stack provisioned: its admission policies, and a cluster that it created."""
    state = state_of(stack, toolchain)
    exports = bool(state.outputs.get("kubeconfig"))
    if not exports and not state.provisions_cluster:
        err.print(f"{stack.label}: nothing to take down.")
        return
    engine = EngineStack(stack, toolchain)
    if state.provisions_cluster:
        engine.import_unfinished(lambda: aws_of(stack))
        state = state_of(stack, toolchain)
    _refuse_protected(stack, state)
    _refuse_unretained(stack, state)
    # Without a kubeconfig the first run never came to its end, and no application could be deployed.
    if exports:
        with cluster_api(kubeconfig_of(stack, toolchain, state)) as api:
            _refuse_owned(api, stack)
            if state.provisions_cluster:
                _refuse_load_balancers(api, stack)
    steps = engine.destroy()
    err.print(f"{stack.label}: {tally(steps)}.")


def _take_down_with(name: str, stack: Stack, toolchain: Toolchain, allow: str) -> None:
    """Take a service down, and delete its namespace."""
    kubeconfig, state = kubeconfig_of(cluster_of(stack), toolchain), state_of(stack, toolchain)
    with cluster_api(kubeconfig) as api:
        live = check_deletion(api, name, stack)
    is_in_state = _is_in_state(name, stack, state, exists=bool(live))
    if not live:
        err.print(f"The namespace '{name}' no longer exists.")
    if is_in_state:
        _refuse_protected(stack, state)
        keep = _keeping_data(state, allow)
        steps = EngineStack(stack, toolchain).destroy(keep=keep, kubeconfig=lambda: kubeconfig)
        err.print(f"{stack.label}: {tally(steps)}.")
    if live:
        with after_changes(changed=is_in_state), cluster_api(kubeconfig) as api:
            delete_namespace(api, name, live["uid"], stack)


def _is_in_state(name: str, stack: Stack, state: State, *, exists: bool) -> bool:
    """Whether the service is deleted with the namespace; one that a rename left behind is deleted alone."""
    if state.namespace(name):
        return True
    if any(item.namespace == name for item in state.objects):
        raise Refusal(
            f"{stack.label} has objects in the namespace '{name}', but not the namespace itself in its state.",
            f"Deploy it once, so that both agree: {stack.command('up')}",
        )
    if state.urns and not exists:
        names = ", ".join(item.name for item in state.namespaces) or "none"
        raise Refusal(
            f"There is no namespace '{name}', and none of that name in the state of {stack.label} (it has: {names}).",
            "Correct DELETE_NAMESPACE, or leave it out to take the application alone down.",
        )
    return False


def _refuse_protected(stack: Stack, state: State) -> None:
    """The engine would delete everything else first, and then fail; its state counts, not the settings file."""
    if state.protected:
        lines = "\n".join(f"    {urn.rsplit(':', 3)[1]} {urn.rsplit('::', 1)[-1]}" for urn in state.protected)
        raise Refusal(
            f"{stack.label} is not taken down, since it was deployed with protection from deletion:\n{lines}",
            f"Set eks.deletion_protection: false (protect_namespace: false for a namespace) in "
            f"Pulumi.{stack.name}.yaml, deploy that ({stack.command('up')}), and run this command again.",
        )


def _refuse_unretained(stack: Stack, state: State) -> None:
    """A Namespace that another program declared is deleted with its stack, with everything in it."""
    if lost := [item.name for item in state.namespaces if not item.is_retained_by(stack)]:
        raise Refusal(
            f"{stack.label} is not taken down: namespaces in its state were deployed without retainOnDelete, and "
            f"would be deleted with everything in them: {', '.join(lost)}.",
            f"Name them in the setting namespaces and deploy once ({stack.command('up')}).",
        )


def _refuse_owned(api: ClusterApi, stack: Stack) -> None:
    owned = list(map(observed_namespace, api.list(f"/api/v1/namespaces?labelSelector={quote(OWNER)}")))
    if not owned:
        return
    lines = "\n".join(f"    {live.name} ({live.owner})" for live in owned)
    remedies = []
    if any(live.owner != stack.owner for live in owned):
        remedies.append(
            "Delete each application's by name first: make app-down SERVICE=... DELETE_NAMESPACE=..."
        )
    if ours := [live for live in owned if live.owner == stack.owner]:
        remedies.append(
            f"Remove the setting namespaces from Pulumi.{stack.name}.yaml, deploy that ({stack.command('up')}), which "
            "keeps them, and then delete each:"
        )
        remedies += [
            f"  kubectl annotate namespace {live.name} {ALLOW_DELETION}={live.uid} && "
            f"kubectl delete namespace {live.name}"
            for live in ours
        ]
    raise Refusal(
        f"{stack.label} is not taken down, since it protects namespaces that are in use:\n{lines}",
        "\n  ".join(remedies),
    )


def _refuse_load_balancers(api: ClusterApi, stack: Stack) -> None:
    """The engine does not know what the cluster's controller created in AWS, which would keep the network in use."""
    found = [("Ingress", item) for item in api.list("/apis/networking.k8s.io/v1/ingresses")]
    services = [("Service", item) for item in api.list("/api/v1/services")]
    found += [one for one in services if (one[1].get("spec") or {}).get("type") == "LoadBalancer"]
    if found:
        named = ((kind, item["metadata"]) for kind, item in found)
        raise Refusal(
            f"{stack.label} is not taken down, since the load balancers of these would be left behind:\n"
            + "\n".join(f"    {kind}/{one['name']} in {one['namespace']}" for kind, one in named),
            "Delete them first (kubectl delete), and wait until they no longer exist.",
        )
