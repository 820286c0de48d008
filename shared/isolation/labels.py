"""The labels of a namespace itself: the standard that its pods are held to, its size, its team, its costs.

They stand on the Namespace, so they are its owner's, whoever governs the rest.
"""

from collections.abc import Mapping

from shared.cluster.live import LiveNamespace
from shared.isolation.resolution import Resolved
from shared.labels import COST_CENTER, PROFILE, TEAM

_POD_SECURITY = "pod-security.kubernetes.io"

ENFORCE = f"{_POD_SECURITY}/enforce"
"""Label: the Pod Security Standard without which a pod is refused."""


def namespace_labels(resolved: Resolved) -> dict[str, str]:
    """The labels that a namespace has by its isolation; always the same ones, empty where nobody said anything.

    A label that went would stay with whoever owned the namespace before, and so on the live object.

    Source: https://kubernetes.io/docs/concepts/security/pod-security-admission/#pod-security-admission-labels-for-namespaces
    """
    security = resolved.pod_security
    labels = {
        PROFILE: resolved.profile.value,
        TEAM: resolved.team or "",
        COST_CENTER: resolved.cost_center or "",
    }
    for mode in ("enforce", "audit", "warn"):
        labels[f"{_POD_SECURITY}/{mode}"] = getattr(security, mode)
        labels[f"{_POD_SECURITY}/{mode}-version"] = str(security.version)
    return labels


def contested(labels: Mapping[str, str], live: LiveNamespace | None, owner: str) -> bool:
    """Whether a label has another value on the live namespace, and somebody else than its owner gave it that.

    Args:
        labels: as they are to be.
        live: the live namespace, if there is one.
        owner: its owner, which is its field manager.
    """
    if live is None:
        return False
    return any(
        live.labels.get(name, value) != value and name in live.labelled_by_others(owner)
        for name, value in labels.items()
    )
