"""What the API server itself enforces: the admission policies and roles of policies/*.yaml."""

import re
from pathlib import Path
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
import yaml

from shared.config.isolation import OrganizationSettings
from shared.errors import Refusal
from shared.isolation.objects import ENFORCE
from shared.kube.observed import ObservedCluster
from shared.labels import COST_CENTER, FIELD_MANAGER, OWNER, TEAM
from shared.stacks import Stack, stack_of

_FOLDER = Path(__file__).parent / "policies"
_OLDEST = (1, 30)
"""Kubernetes in which ValidatingAdmissionPolicy is stable:
https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/"""

_LABELS = {"team": TEAM, "cost_center": COST_CENTER}


def check_admission(cluster: ObservedCluster, stack: Stack) -> None:
    """Refuse a cluster that cannot have the admission policies, or whose policies another stack declares."""
    version = re.match(r"v?(\d+)\.(\d+)", cluster.version)
    if not version or (int(version[1]), int(version[2])) < _OLDEST:
        raise Refusal(
            f"The cluster runs Kubernetes {cluster.version or '(unknown)'}; the admission policies need 1.30 or later.",
            "Upgrade the cluster first; without the policies a namespace can be lost.",
        )
    if cluster.provisioner not in ("", stack.owner):
        raise Refusal(
            f"This cluster is already provisioned by {cluster.provisioner}, so {stack} cannot provision it too.",
            f"Deploy applications to it with infra_stack_name: {stack_of(cluster.provisioner)}, "
            "or give this stack a cluster of its own.",
        )


def declare_policies(
    owner: str, organization: OrganizationSettings, ingress_class: str, provider: kubernetes.Provider
) -> list[pulumi.Resource]:
    """Declare the admission policies, their bindings and the roles; every namespace has to come after them.

    `owner` is the infrastructure stack, as `<project>.<stack>`.
    """
    admission = kubernetes.admissionregistration.v1
    kinds: dict[str, tuple[Any, str]] = {
        "ValidatingAdmissionPolicy": (admission.ValidatingAdmissionPolicy, "-policy"),
        "ValidatingAdmissionPolicyBinding": (admission.ValidatingAdmissionPolicyBinding, "-binding"),
        "ClusterRole": (kubernetes.rbac.v1.ClusterRole, ""),
    }
    # By the names of the policies' variables. In CEL a list of texts is written as in Python.
    allowed = {
        "ingress_classes": [ingress_class],
        "allowed_annotations": list(organization.annotations),
        "allowed_tolerations": list(organization.tolerations),
        "external_names": list(organization.external_names),
        "priority_classes": list(organization.priority_classes),
    }
    required = [ENFORCE, *(_LABELS[name] for name in organization.required_labels)]
    declared: list[pulumi.Resource] = []
    for file in sorted(_FOLDER.glob("*.yaml")):
        text = file.read_text().replace(str([ENFORCE]), str(required))
        before: list[pulumi.Resource] = []
        for document in yaml.safe_load_all(text):
            kind, name = document["kind"], document["metadata"]["name"]
            metadata = {
                "name": name,
                "labels": {"managed-by": "pulumi", OWNER: owner},
                "annotations": {FIELD_MANAGER: owner},
            }
            for variable in document.get("spec", {}).get("variables", ()):
                if variable["name"] in allowed:
                    variable["expression"] = str(allowed[variable["name"]])
            content = {key: document[key] for key in document.keys() & {"spec", "rules"}}
            # A binding comes after its policy.
            options = pulumi.ResourceOptions(provider=provider, depends_on=list(before))
            resource, suffix = kinds[kind]
            before.append(resource(f"{name}{suffix}", metadata=metadata, **content, opts=options))
        declared += before
    return declared
