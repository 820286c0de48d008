"""The two roles that people and pipelines have in a namespace, declared once for the whole cluster."""

from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from shared.isolation.access import DEPLOY, READ
from shared.labels import FIELD_MANAGER, OWNER

_LOOK = ["get", "list", "watch"]
_CHANGE = [*_LOOK, "create", "update", "patch", "delete"]

_SERVICE = {
    "": ["configmaps", "services", "serviceaccounts", "persistentvolumeclaims"],
    "apps": ["deployments", "deployments/scale", "statefulsets", "statefulsets/scale"],
    "autoscaling": ["horizontalpodautoscalers"],
    "batch": ["jobs", "cronjobs"],
    "networking.k8s.io": ["ingresses"],
    "policy": ["poddisruptionbudgets"],
}
"""What a service is made of."""

_SEEN = {
    "": ["namespaces", "pods", "pods/log", "events", "endpoints", "resourcequotas", "limitranges"],
    "apps": ["replicasets", "daemonsets"],
    "discovery.k8s.io": ["endpointslices"],
    "metrics.k8s.io": ["pods"],
    "networking.k8s.io": ["networkpolicies"],
    "rbac.authorization.k8s.io": ["roles", "rolebindings"],
}
"""What is looked at and not changed: its isolation, and what controllers make."""


def _rules(resources: dict[str, list[str]], verbs: list[str]) -> list[dict[str, Any]]:
    return [{"api_groups": [group], "resources": names, "verbs": verbs} for group, names in resources.items()]


_RULES = {
    READ: [*_rules(_SERVICE, _LOOK), *_rules(_SEEN, _LOOK)],
    DEPLOY: [
        *_rules(_SERVICE, _CHANGE),
        *_rules(_SEEN, _LOOK),
        # A pod that hangs is taken away; its Deployment makes another.
        {"api_groups": [""], "resources": ["pods"], "verbs": ["delete"]},
    ],
}
"""Neither has secrets, exec, or a verb that gives rights (bind, escalate, impersonate). Still, who deploys chooses what
pods run, and may have them mount any secret of the namespace and act as any of its service accounts: what a deployer
must not reach does not belong into its namespace.
https://kubernetes.io/docs/concepts/security/rbac-good-practices/#workload-creation"""


def declare_roles(owner: str, provider: kubernetes.Provider) -> list[pulumi.Resource]:
    """Declare the ClusterRoles that each namespace's RoleBindings refer to.

    Args:
        owner: the infrastructure stack, as `<project>.<stack>`.
        provider: the connection to the cluster.
    """
    return [
        kubernetes.rbac.v1.ClusterRole(
            name,
            metadata={
                "name": name,
                "labels": {"managed-by": "pulumi", OWNER: owner},
                "annotations": {FIELD_MANAGER: owner},
            },
            rules=rules,
            opts=pulumi.ResourceOptions(provider=provider),
        )
        for name, rules in _RULES.items()
    ]
