"""The reading of facts for operations: what settings claim, what states have, and how a cluster is reached.

Status, map, doctor, move and the verbs on stacks all read here, so that no two of them can disagree.
"""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field

from infrastructure.eks.configuration import EksSettings
from infrastructure.settings import InfrastructureSettings
from operations import checkout
from operations.checkout import all_stacks, project_folder, settings_file, shown
from operations.engine.environment import backend_folder, engine_environment, read_state_file, state_files
from operations.engine.stack import EngineStack
from operations.engine.unfinished import Ask, aws_cli
from operations.settings import own_settings, read_file, read_settings
from operations.toolchain import Toolchain
from shared.config.application import NamespaceSettings
from shared.config.model import parse
from shared.errors import PlatformError, Refusal
from shared.kube.client import cluster_api
from shared.kube.observed import cluster_identifier
from shared.ownership.claim import Claim, application_claim, infrastructure_of, platform_claims
from shared.stacks import INFRASTRUCTURE_PROJECT, Stack
from shared.state import State, exported_state

_AT_ONCE = 4
"""Runs of the engine that only wait for a backend over the network."""


@dataclass(frozen=True)
class StackFacts:
    """What a stack's settings and its state say of clusters and namespaces.

    Args:
        file: its settings file, relative to the checkout; empty where the checkout has none.
        infrastructure: the infrastructure stack whose cluster it is deployed to; itself where it is one, or where
            there are no settings that tell.
        claims: the namespaces that it owns or uses; none where the settings have a fault.
        fault: why they cannot be used; None where they can.
        state: empty where it was not read.
    """

    stack: Stack
    file: str
    infrastructure: Stack
    claims: tuple[Claim, ...] = ()
    fault: Refusal | None = None
    state: State = field(default_factory=State)

    def claim(self, name: str) -> Claim | None:
        """Its claim to a namespace, if it has one."""
        return next((claim for claim in self.claims if claim.name == name), None)


def claims_of(stack: Stack) -> StackFacts:
    """What a stack's settings say of clusters and namespaces; settings that cannot be used are told, not raised."""
    file, infrastructure = shown(settings_file(stack)), Stack(INFRASTRUCTURE_PROJECT, stack.name)
    try:
        infrastructure = cluster_of(stack)
        settings = read_settings(stack)
        if isinstance(settings, NamespaceSettings):
            claims = [application_claim(settings, stack.service_name, stack, file)]
        else:
            claims = [*platform_claims(settings.namespaces, stack, file)]
    except Refusal as fault:
        return StackFacts(stack, file, infrastructure, fault=fault)
    return StackFacts(stack, file, infrastructure, tuple(claims))


def all_claims() -> dict[Stack, StackFacts]:
    """What the settings of every stack of the checkout say."""
    return {stack: claims_of(stack) for stack in all_stacks()}


def cluster_of(stack: Stack) -> Stack:
    """The infrastructure stack whose cluster a stack is deployed to; Refusal where its file does not tell.

    Other faults of its settings do not matter here: a stack with a wrong setting can still be taken down.
    """
    if stack.is_infrastructure:
        return stack
    found, name = read_file(stack), "infra_stack_name"
    if name in found.secret or (found.imports and name not in found.values):
        why = "is encrypted" if name in found.secret else "may be imported (environment)"
        fact = f"The setting {name} of {found.file} {why}, so commands cannot tell which cluster {stack.label} is on."
        remedy = f"Write it in plain text into that file: {stack.project}:{name}: <project>/<stack>"
        raise Refusal(fact, remedy)
    own = {name: found.values[name]} if name in found.values else {}
    return infrastructure_of(parse(NamespaceSettings, own, file=found.file), stack, found.file)


def eks_of(stack: Stack) -> EksSettings | None:
    """The settings of the EKS cluster that a stack creates, if it does; Refusal where its settings have a fault."""
    settings = read_settings(stack)
    return (
        settings.eks if isinstance(settings, InfrastructureSettings) and settings.cluster == "eks" else None
    )


def aws_of(stack: Stack) -> Ask:
    """How AWS is asked about the cluster that a stack creates; Refusal where its settings no longer tell."""
    if settings := eks_of(stack):
        return aws_cli(settings)
    fact = f"A killed run of {stack.label} was creating resources in AWS, which its file no longer names."
    raise Refusal(fact, "Put the setting eks back, and run the command again.")


def is_local(stack: Stack) -> bool:
    """Whether a stack's cluster is the one that each checkout creates for itself."""
    infrastructure = cluster_of(stack)
    # It may be another checkout's, in the same backend.
    return infrastructure in all_stacks() and own_settings(infrastructure).get("cluster") == "local"


def state_of(stack: Stack, toolchain: Toolchain) -> State:
    """A stack's state, secrets encrypted; empty where it was never deployed."""
    return exported_state(EngineStack(stack, toolchain).state())


def states(stacks: Iterable[Stack], toolchain: Toolchain) -> dict[Stack, State]:
    """The states of stacks that have any resource; where the backend is a folder, those of all others in it too."""
    wanted, folder = list(stacks), backend_folder(engine_environment()["PULUMI_BACKEND_URL"])
    if folder and folder.is_dir():
        read = {stack: read_state_file(file) for stack, file in state_files(folder).items()}
        found = {
            stack: exported_state(state) if state else state_of(stack, toolchain)
            for stack, state in read.items()
            if state or project_folder(stack).is_dir()
        }
    else:
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            found = dict(zip(wanted, pool.map(lambda stack: state_of(stack, toolchain), wanted), strict=True))
    return {stack: state for stack, state in found.items() if state.urns or state.outputs}


def kubeconfig_of(infrastructure: Stack, toolchain: Toolchain, state: State | None = None) -> str:
    """The kubeconfig of an infrastructure stack's cluster: the local cluster's own, or the one that the stack exports.

    Refusal where it exports none; Failure where it is a secret of another passphrase or key.
    """
    state, file = state or state_of(infrastructure, toolchain), checkout.LOCAL / "kubeconfig"
    if state.cluster and file.exists():
        # To decrypt a secret, the engine derives a key: 0.3 s of CPU, which is half of what an overview takes.
        local = file.read_text()
        with suppress(PlatformError), cluster_api(local) as api:
            if cluster_identifier(api) == state.cluster:
                return local
    return exported_kubeconfig(infrastructure, toolchain, state)


def exported_kubeconfig(infrastructure: Stack, toolchain: Toolchain, state: State) -> str:
    """The kubeconfig that an infrastructure stack exports."""
    exported = state.outputs.get("kubeconfig")
    if isinstance(exported, str) and exported:
        return exported
    if exported:
        return str(EngineStack(infrastructure, toolchain).outputs(show_secrets=True)["kubeconfig"])
    raise Refusal(f"The stack {infrastructure} exports no kubeconfig.", deploy_first(infrastructure))


def deploy_first(infrastructure: Stack) -> str:
    """The remedy where an infrastructure stack is not deployed; it may be another checkout's."""
    if infrastructure in all_stacks():
        return f"Deploy it first: {infrastructure.command('up')}"
    elsewhere = "deploy it from its own checkout, or correct infra_stack_name"
    return f"This checkout has no settings of it: {elsewhere}."
