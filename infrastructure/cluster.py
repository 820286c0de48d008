"""What stands behind the stack: a cluster that is there already, found by its kubeconfig."""

from dataclasses import dataclass, field
from pathlib import Path

import yaml

from infrastructure.settings import InfrastructureSettings
from shared.cluster.kubeconfig import read_kubeconfig
from shared.refusal import Refusal
from shared.settings.source import settings_file

_ROOT = Path(__file__).resolve().parents[1]
LOCAL_KUBECONFIG = _ROOT / ".local" / "kubeconfig"
"""Where `make cluster-up` lays the local cluster's kubeconfig."""


@dataclass(frozen=True)
class ClusterAccess:
    """How to reach a cluster.

    Args:
        kubeconfig: a kubeconfig of one context, self-contained; holds a credential.
        name: what people call the cluster.
        ingress_class: the IngressClass that serves applications.
    """

    kubeconfig: str = field(repr=False)
    name: str
    ingress_class: str


def find_cluster(settings: InfrastructureSettings) -> ClusterAccess:
    """Find the cluster that the settings name.

    Raises:
        Refusal: there is no kubeconfig for it, or this kind of cluster cannot be made yet.
    """
    if settings.cluster == "eks":
        raise Refusal(
            f"{settings_file()} sets cluster: eks, which this version cannot provision yet.",
            "Set cluster: local, or cluster: existing with kubeconfig_path for an EKS cluster that you have.",
        )
    if settings.cluster == "local":
        if not LOCAL_KUBECONFIG.exists():
            raise Refusal(
                f"{settings_file()} sets cluster: local, but the local cluster was never started.",
                "Start it: make cluster-up",
            )
        return _access(LOCAL_KUBECONFIG, settings, ingress_class="local")
    if not settings.kubeconfig_path:
        raise Refusal(
            f"{settings_file()} sets cluster: existing, but no kubeconfig_path.",
            "Set kubeconfig_path to the cluster's kubeconfig file.",
        )
    path = Path(settings.kubeconfig_path).expanduser()
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
