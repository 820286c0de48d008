"""The guards: the admission policies by which the API server itself protects what is owned."""

from collections.abc import Sequence
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from infrastructure.admission import annotation, install_policy, label
from infrastructure.label_guard import label_guard
from shared.cluster.api import cluster_api
from shared.cluster.live import mocked
from shared.labels import ALLOW_DELETION, OWNER, PREVIOUS_OWNER
from shared.policies import DELETION_GUARD, LABEL_GUARD, OWNER_GUARD
from shared.refusal import Refusal
from shared.settings.isolation import OrganizationSettings

_POLICIES = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies"
_OLDEST = (1, 30)
"""Kubernetes in which ValidatingAdmissionPolicy is stable:
https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/"""


_OWNED = {"name": "owned", "expression": f"{label('oldObject')} != ''"}

_DELETION_SPEC: dict[str, Any] = {
    "failure_policy": "Fail",
    "match_constraints": {
        "resource_rules": [
            {
                "api_groups": [""],
                "api_versions": ["v1"],
                "operations": ["DELETE"],
                "resources": ["namespaces"],
            }
        ]
    },
    "match_conditions": [_OWNED],
    "validations": [
        {
            "expression": f"{annotation('oldObject', ALLOW_DELETION)} == oldObject.metadata.uid",
            "message_expression": (
                f'"Refused: the namespace \'" + oldObject.metadata.name + "\' is owned by " + '
                f'{label("oldObject")} + " and is not deleted by accident. To delete it with everything in it, '
                f'set its annotation {ALLOW_DELETION} to its UID, " + oldObject.metadata.uid'
            ),
            # Not Forbidden: the Kubernetes provider takes that for a lack of rights at preview, and goes on.
            "reason": "Invalid",
        }
    ],
}

_OWNER_SPEC: dict[str, Any] = {
    "failure_policy": "Fail",
    "match_constraints": {
        "resource_rules": [
            {
                "api_groups": [group],
                "api_versions": ["*"],
                "operations": ["UPDATE"],
                "resources": resources,
            }
            for group, resources in {
                # The subresources of a namespace can change its labels too.
                "": [
                    "namespaces",
                    "namespaces/status",
                    "namespaces/finalize",
                    "configmaps",
                    "services",
                    "serviceaccounts",
                    "resourcequotas",
                    "limitranges",
                ],
                "apps": ["deployments"],
                "autoscaling": ["horizontalpodautoscalers"],
                "policy": ["poddisruptionbudgets"],
                "networking.k8s.io": ["ingresses", "networkpolicies"],
                "rbac.authorization.k8s.io": ["rolebindings"],
            }.items()
        ]
    },
    "match_conditions": [
        _OWNED,
        {"name": "changed", "expression": f"{label('object')} != {label('oldObject')}"},
    ],
    "validations": [
        {
            "expression": f"{annotation('object', PREVIOUS_OWNER)} == {label('oldObject')}",
            "message_expression": (
                '"Refused: \'" + oldObject.metadata.name + "\' is owned by " + '
                f'{label("oldObject")} + ". Whoever takes it over has to name that owner in the annotation '
                f"{PREVIOUS_OWNER} (in an application's settings: adopt_namespace_from)\""
            ),
            "reason": "Invalid",
        }
    ],
}


def check_guards(kubeconfig: str, owner: str) -> None:
    """Refuse a cluster that cannot have the guards, or whose guards another stack installed.

    Args:
        kubeconfig: a kubeconfig of one context, as YAML.
        owner: the infrastructure stack, as `<project>.<stack>`.

    Raises:
        Refusal: the cluster is older than Kubernetes 1.30, or another infrastructure stack provisions it.
    """
    if mocked():
        return
    with cluster_api(kubeconfig) as api:
        version = api.get("/version") or {}
        policy = api.get(f"{_POLICIES}/{OWNER_GUARD}") or {}
    if (int(version["major"]), int(version["minor"].rstrip("+"))) < _OLDEST:
        raise Refusal(
            f"The cluster runs Kubernetes {version['gitVersion']}; the guards need 1.30 or later.",
            "Upgrade the cluster first; without the guards a namespace can be lost.",
        )
    installed_by = policy.get("metadata", {}).get("labels", {}).get(OWNER, "")
    if installed_by not in ("", owner):
        raise Refusal(
            f"This cluster is provisioned by {installed_by} already, so {owner} cannot provision it too.",
            f"Deploy applications to it with infra_stack_name: {installed_by.replace('.', '/', 1)}, "
            "or give this stack a cluster of its own.",
        )


def install_guards(
    owner: str, organization: OrganizationSettings, provider: kubernetes.Provider
) -> Sequence[pulumi.Resource]:
    """Install the policies and put them in force.

    Args:
        owner: the infrastructure stack, as `<project>.<stack>`.
        organization: what the organization requires of every namespace.
        provider: the connection to the cluster.

    Returns:
        The policies and bindings, for what has to come after them.
    """
    policies = {
        DELETION_GUARD: _DELETION_SPEC,
        OWNER_GUARD: _OWNER_SPEC,
        LABEL_GUARD: label_guard(organization),
    }
    return [
        resource
        for name, spec in policies.items()
        for resource in install_policy(name, spec, owner, provider)
    ]
