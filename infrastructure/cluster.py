"""What stands behind the stack: a cluster that is there already, or one that this stack makes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pulumi
import yaml

from infrastructure.settings import InfrastructureSettings
from shared.cluster.kubeconfig import read_kubeconfig
from shared.held import HeldState
from shared.refusal import Refusal
from shared.settings.isolation import Peer
from shared.settings.source import settings_file
from shared.stack_name import StackName

if TYPE_CHECKING:
    from infrastructure.eks.cluster import EksCluster

_ROOT = Path(__file__).resolve().parents[1]
LOCAL_KUBECONFIG = _ROOT / ".local" / "kubeconfig"
"""Where `make cluster-up` lays the local cluster's kubeconfig."""


@dataclass(frozen=True)
class ClusterAccess:
    """How to reach a cluster.

    Args:
        kubeconfig: a kubeconfig of one context, self-contained; an output where this stack makes the cluster.
        name: what people call the cluster.
        ingress_class: the IngressClass that serves applications.
        exported: the kubeconfig that others get; the same one, as the secret that it is, where None.
        identifier: what stays for the cluster's life, where that is known without a look at it.
        ingress_controllers: where requests from outside come from; None where the cluster does not say.
    """

    kubeconfig: pulumi.Input[str] = field(repr=False)
    name: str
    ingress_class: str
    exported: pulumi.Output[str] | None = field(default=None, repr=False)
    identifier: str | None = None
    ingress_controllers: tuple[Peer, ...] | None = None

    @property
    def is_there(self) -> bool:
        """Whether the cluster is there whatever this stack does, so that it can be looked at in any case."""
        return isinstance(self.kubeconfig, str)


def make_cluster(settings: InfrastructureSettings, here: StackName, held: HeldState) -> EksCluster:
    """Declare the EKS cluster that the settings describe.

    Args:
        settings: the stack's settings.
        here: the infrastructure stack.
        held: its own state.

    Raises:
        Refusal: it is another cluster than the stack's state has, or one that EKS would not make of it.
    """
    # The AWS SDK takes two seconds to load, which no other cluster needs.
    from infrastructure.eks.cluster import EksCluster  # noqa: PLC0415
    from infrastructure.eks.upgrades import check_upgrade  # noqa: PLC0415

    if settings.eks is None:
        raise ValueError("cluster: eks goes with eks settings")
    check_upgrade(settings.eks, here, held, settings_file())
    return EksCluster(settings.eks, settings.namespaces, settings.ingress_class, here)


def access_to(cluster: EksCluster) -> ClusterAccess:
    """How to reach an EKS cluster: by a kubeconfig without a credential, which is no secret."""
    return ClusterAccess(
        kubeconfig=cluster.kubeconfig,
        name=cluster.name,
        ingress_class=cluster.ingress_class,
        exported=cluster.exported_kubeconfig,
        identifier=cluster.arn,
        ingress_controllers=cluster.ingress_sources,
    )


def find_cluster(settings: InfrastructureSettings) -> ClusterAccess:
    """Find the cluster that the settings name, which is there already.

    Raises:
        Refusal: there is no kubeconfig for it.
    """
    if settings.cluster == "local":
        if not LOCAL_KUBECONFIG.exists():
            raise Refusal(
                f"{settings_file()} sets cluster: local, but the local cluster was never started.",
                "Start it: make cluster-up",
            )
        return _access(LOCAL_KUBECONFIG, settings, ingress_class="local")
    path = Path(settings.kubeconfig_path or "").expanduser()
    return _access(path if path.is_absolute() else _ROOT / path, settings, ingress_class="nginx")


def _access(path: Path, settings: InfrastructureSettings, *, ingress_class: str) -> ClusterAccess:
    kubeconfig = read_kubeconfig(
        path, settings.kubeconfig_context, setting=f"kubeconfig_path in {settings_file()}"
    )
    return ClusterAccess(
        kubeconfig=kubeconfig,
        name=str(yaml.safe_load(kubeconfig)["contexts"][0]["context"]["cluster"]),
        ingress_class=settings.ingress_class or ingress_class,
    )
