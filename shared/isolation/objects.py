"""The objects that isolate a namespace, as plain manifests.

The set of objects never changes, so that removing a rule changes an object and never leaves one behind.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from shared.config.isolation import Peer
from shared.isolation.resolution import Resolved
from shared.labels import COST_CENTER, HOSTS, PROFILE, TEAM, TENANTS

DEPLOY = "platform-deploy"
"""The ClusterRole of deployers, and each namespace's RoleBinding to it."""

READ = "platform-read"
"""The ClusterRole of readers, and each namespace's RoleBinding to it."""

_POD_SECURITY = "pod-security.kubernetes.io"

ENFORCE = f"{_POD_SECURITY}/enforce"
"""Label: the Pod Security Standard below which a pod is refused."""

_API_GROUP = "rbac.authorization.k8s.io"

_NAMESPACE_NAME = "kubernetes.io/metadata.name"
"""Label of every namespace, set by the API server itself."""

_FIXED: dict[str, Any] = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text())


def namespace_labels(resolved: Resolved) -> dict[str, str]:
    """The labels that isolation sets on the namespace itself; always the same ones, empty where nothing is set.

    A label that is no longer applied would still belong to the previous owner, and stay on the live object.

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


def namespace_annotations(resolved: Resolved, tenants: Sequence[str], *hosts: str) -> dict[str, str]:
    """What the admission policies read from the namespace itself; always the same ones, as with the labels.

    `hosts` are those of the application that owns it, besides those in the settings of its isolation.
    """
    return {HOSTS: " ".join((*hosts, *resolved.network.hosts)), TENANTS: ",".join(tenants)}


def hard_limits(resolved: Resolved) -> dict[str, str]:
    """A quota's figures by their names in a ResourceQuota."""
    named = {name: str(getattr(resolved.quota, setting)) for setting, name in _FIXED["quota"].items()}
    objects = resolved.quota.objects or 0
    return {**named, **{f"count/{kind}": str(factor * objects) for kind, factor in _FIXED["counted"].items()}}


def limit_range(resolved: Resolved) -> dict[str, Any]:
    """The LimitRange's spec, with Kubernetes' own names.

    Without defaults the maximum is for a pod as a whole, since a container's maximum becomes the limit of a container
    without limits, which is to be refused: SetDefaults_LimitRangeItem in
    https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/apis/core/v1/defaults.go
    """
    limits = resolved.limits
    most = {"cpu": limits.max_cpu, "memory": limits.max_memory}
    if not limits.defaults:
        return {"limits": [{"type": "Pod", "max": most}]}
    container = {
        "type": "Container",
        "max": most,
        "default": {"cpu": limits.default_cpu, "memory": limits.default_memory},
        "defaultRequest": {"cpu": limits.default_cpu_request, "memory": limits.default_memory_request},
    }
    return {"limits": [container]}


def network_policies(resolved: Resolved) -> dict[str, dict[str, Any]]:
    """The NetworkPolicies' specs by name, with Kubernetes' own names."""
    network = resolved.network
    varying = {
        "platform-ingress-controller": {"ingress": _rules(network.ingress_controllers or (), "from")},
        "platform-exceptions": {
            "ingress": _rules(network.allow_from, "from"),
            "egress": _rules(network.allow_to, "to"),
        },
    }
    return {name: {**spec, **varying.get(name, {})} for name, spec in _FIXED["network_policies"].items()}


def role_bindings(resolved: Resolved, tenants: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The RoleBindings' subjects and role reference by name.

    Subjects are the team's groups, those in the settings, and `tenants`: the stacks, as `<project>.<stack>`, that
    deploy with a credential of their own.
    """
    bindings: dict[str, dict[str, Any]] = {}
    access = resolved.access
    for role, groups, users in ((DEPLOY, access.deploy_groups, tenants), (READ, access.read_groups, ())):
        team = (team_group(resolved.team, role),) if resolved.team else ()
        subjects = [("Group", name) for name in dict.fromkeys((*team, *groups))]
        subjects += [("User", name) for name in users]
        bindings[role] = {
            "subjects": [{"api_group": _API_GROUP, "kind": kind, "name": name} for kind, name in subjects],
            "role_ref": {"api_group": _API_GROUP, "kind": "ClusterRole", "name": role},
        }
    return bindings


def team_group(team: str, role: str) -> str:
    """The group of a team's people for DEPLOY or READ, such as `platform:backend:deploy`."""
    return f"platform:{team}:{role.removeprefix('platform-')}"


def _rules(peers: Sequence[Peer], direction: str) -> list[dict[str, Any]]:
    """A rule for each peer, since peers and ports of one rule multiply."""
    return [
        {direction: [_peer(peer)], **({"ports": list(map(_port, peer.ports))} if peer.ports else {})}
        for peer in peers
    ]


def _peer(peer: Peer) -> dict[str, Any]:
    if peer.namespace:
        return {"namespaceSelector": {"matchLabels": {_NAMESPACE_NAME: peer.namespace}}}
    excluding = {"except": list(peer.excluding)} if peer.excluding else {}
    return {"ipBlock": {"cidr": peer.cidr, **excluding}}


def _port(port: int | str) -> dict[str, Any]:
    ports, _, protocol = str(port).partition("/")
    first, _, last = ports.partition("-")
    if not first.isdigit():
        return {"protocol": "TCP", "port": str(port)}
    end = {"endPort": int(last)} if last else {}
    return {"protocol": protocol or "TCP", "port": int(first), **end}
