"""An environment as a whole: brought up from whatever is there, its services in parallel, and shown as a table."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from urllib.parse import quote

from rich.box import SIMPLE_HEAD
from rich.table import Table

from infrastructure.settings import InfrastructureSettings
from operations.checkout import all_stacks, infrastructure, infrastructure_stack, stacks_of
from operations.console import err, out
from operations.engine.events import Step
from operations.facts import claims_of, cluster_of, is_local, kubeconfig_of, state_of
from operations.gate import enforce, judge
from operations.local.local import LocalCluster
from operations.settings import read_settings
from operations.stacks.deploy import deploy, plan, show_plan, update
from operations.stacks.parallel import FAILED, REFUSED, one_by_one, owners_first, readers_first, run_all
from operations.stacks.take_down import take_objects_down, tell_kept
from operations.toolchain import Toolchain
from shared.errors import PlatformError, Refusal, after_changes
from shared.kube.client import ClusterApi, cluster_api
from shared.kube.observed import observed_namespace
from shared.labels import OWNER
from shared.stacks import Stack

_PATIENCE = timedelta(minutes=3)
"""How long a load balancer may take to get its address."""


def bring_up(environment: str, toolchain: Toolchain) -> int:
    """Bring an environment up: the local cluster where it uses that, infrastructure, all services; the exit code.

    Infrastructure of another checkout is deployed there.
    """
    changed, services = False, stacks_of(environment)
    own = [stack for stack in infrastructure() if stack.name == environment]
    # An environment without infrastructure of its own is on the clusters that its services name.
    clusters = own or list(dict.fromkeys(map(cluster_of, services))) or [infrastructure_stack(environment)]
    for stack in clusters:
        if stack not in all_stacks():
            err.print(f"{stack} is deployed from its own checkout.", markup=False)
            continue
        settings = read_settings(stack)
        if isinstance(settings, InfrastructureSettings) and settings.cluster == "local":
            local = LocalCluster.of_checkout()
            changed = changed or not local.status().healthy
            status = local.up(toolchain)
            out.print(f"{status.name}: Kubernetes {status.kubernetes_version}, {status.server}")
        with after_changes(changed=changed):
            changed = any(step.is_change for step in deploy(stack, toolchain)) or changed
    with after_changes(changed=changed):
        code = deploy_all(services, toolchain)
    with after_changes():
        show_overview(environment, toolchain)
    return FAILED if code == REFUSED and changed else code


def select(environment: str, only: str = "") -> list[Stack]:
    """The stacks of an environment's services, or of those among them that `only` names, separated by commas."""
    known = {stack.service: stack for stack in stacks_of(environment)}
    if not known:
        raise Refusal(
            f"No service has settings for the environment '{environment}'.",
            f"Name another one by ENV, or write apps/<service>/Pulumi.{environment}.yaml.",
        )
    named = list(dict.fromkeys(name for part in only.split(",") if (name := part.strip())))
    unknown = [name for name in named if name not in known]
    if unknown or (only.strip() and not named):
        raise Refusal(
            f"ONLY names {', '.join(unknown) or 'nothing'}; "
            f"the services of the environment '{environment}' are {', '.join(known)}.",
            f"Name some of them: ONLY={','.join(known)}",
        )
    return [known[name] for name in named] or list(known.values())


def deploy_all(
    stacks: Sequence[Stack], toolchain: Toolchain, *, allow: str = "", parallel: int | None = None
) -> int:
    """Deploy several services, owners of namespaces before those who read them, one at a time in each namespace.

    Refusal where services read from each other in a circle; any other trouble is told, and is in the exit code.
    """
    settings = {stack: claims_of(stack) for stack in stacks}
    needs = owners_first(settings)
    waits = one_by_one(needs, settings)
    code = run_all("apps-up", needs, lambda one: update(one, toolchain, allow=allow), parallel, waits=waits)
    tell_unserved(stacks, toolchain)
    return code


def preview_all(
    stacks: Sequence[Stack], toolchain: Toolchain, *, allow: str = "", parallel: int | None = None
) -> int:
    """Show what deploying several services would do, in any order, since nothing changes.

    The plans are shown at the end: a live display would wipe out what is printed next to it.
    """
    plans: dict[Stack, tuple[Step, ...]] = {}

    def verb(stack: Stack) -> tuple[Step, ...]:
        steps = plans[stack] = plan(stack, toolchain, allow=allow)
        enforce(stack.label, judge(steps, allow))
        return steps

    def show_all() -> None:
        for stack in stacks:
            if stack in plans:
                show_plan(stack, plans[stack], allow)

    needs = {stack: frozenset[Stack]() for stack in stacks}
    return run_all("apps-preview", needs, verb, parallel, deploys=False, show_all=show_all)


def take_all_down(stacks: Sequence[Stack], toolchain: Toolchain, *, parallel: int | None = None) -> int:
    """Take several services down, those that read a namespace before its owner; all namespaces stay."""
    kept: dict[Stack, list[str]] = {}

    def verb(stack: Stack) -> tuple[Step, ...]:
        steps, kept[stack] = take_objects_down(stack, toolchain)
        return steps

    code = run_all("apps-down", readers_first({stack: claims_of(stack) for stack in stacks}), verb, parallel)
    for stack, names in kept.items():
        for name in names:
            tell_kept(stack, name)
    return code


def show_overview(environment: str, toolchain: Toolchain) -> None:
    """Print a table of an environment's services, from what they export and the live cluster."""
    table = Table(title=f"Environment {environment}", title_justify="left", box=SIMPLE_HEAD)
    for heading in ("Stack", "Namespace", "Its live owner", "Pods ready"):
        table.add_column(heading, overflow="fold")
    kubeconfigs = cache(lambda stack: kubeconfig_of(stack, toolchain))
    rows = [_row(stack, toolchain, kubeconfigs) for stack in stacks_of(environment)]
    for *cells, _ in rows:
        table.add_row(*cells)
    out.print(table)
    for label, *_, url in rows:
        out.print(f"  {label}  {url}")


def _row(stack: Stack, toolchain: Toolchain, kubeconfigs: Callable[[Stack], str]) -> tuple[str, ...]:
    exported = state_of(stack, toolchain).outputs
    # The original document's programs export no namespace.
    name, url = exported.get("namespace"), str(exported.get("url", "-"))
    if not name:
        return (stack.label, "-", "-", "-" if exported else "not deployed", url)
    ours = quote(f"{OWNER}={stack.owner}")
    with cluster_api(kubeconfigs(cluster_of(stack))) as api:
        live = api.get(f"/api/v1/namespaces/{name}")
        running = [
            item.get("status") or {}
            for kind in ("deployments", "statefulsets")
            for item in api.list(f"/apis/apps/v1/namespaces/{name}/{kind}?labelSelector={ours}")
        ]
    figures = [sum(each.get(name, 0) for each in running) for name in ("readyReplicas", "replicas")]
    ready = "/".join(map(str, figures)) if running else "-"
    owner = (observed_namespace(live).owner or "no stack") if live else "(does not exist)"
    return (stack.label, name, owner, ready, url)


def unserved(api: ClusterApi, now: datetime) -> list[str]:
    """A line for each Ingress of a stack that has had no address for minutes."""
    lines: list[str] = []
    for item in api.list(f"/apis/networking.k8s.io/v1/ingresses?labelSelector={quote(OWNER)}"):
        metadata, served = item["metadata"], (item.get("status") or {}).get("loadBalancer") or {}
        age = now - datetime.fromisoformat(metadata["creationTimestamp"])
        if not served.get("ingress") and age > _PATIENCE and "deletionTimestamp" not in metadata:
            lines.append(
                f"Ingress {metadata['name']} in {metadata['namespace']} has had no address for "
                f"{age.total_seconds() / 60:.0f} minutes, so it cannot be reached. See: "
                f"kubectl -n {metadata['namespace']} describe ingress {metadata['name']}, "
                f"then the log of the controller of class {item['spec'].get('ingressClassName', '(none)')}."
            )
    return lines


def tell_unserved(stacks: Iterable[Stack], toolchain: Toolchain) -> None:
    """Tell of the Ingresses without an address on the clusters of some stacks; never fails, since it comes last.

    The local cluster gives each its address at once; to ask it would cost every run the reading of its state.
    """
    known, asked = all_stacks(), set[Stack]()
    for stack in stacks:
        with suppress(PlatformError):  # the command itself told why settings or a cluster cannot be read
            is_ours = stack in known  # or the infrastructure stack of another checkout
            infrastructure = cluster_of(stack) if is_ours else stack
            if infrastructure in asked or (is_ours and is_local(stack)):
                continue
            asked.add(infrastructure)
            with cluster_api(kubeconfig_of(infrastructure, toolchain)) as api:
                lines = unserved(api, datetime.now(UTC))
            for line in lines:
                err.print(line, style="yellow", markup=False, soft_wrap=True)
