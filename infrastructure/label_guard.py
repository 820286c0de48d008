"""The label guard: nobody owns a namespace that lacks what the organization requires of each."""

from collections.abc import Sequence
from typing import Any

from infrastructure.admission import label
from shared.isolation.labels import ENFORCE
from shared.labels import COST_CENTER, TEAM
from shared.settings.isolation import OrganizationSettings

_LABELS = {"team": TEAM, "cost_center": COST_CENTER}


def required_labels(organization: OrganizationSettings) -> list[str]:
    """The labels that an owned namespace must have: how pods are secured, and what the organization adds."""
    return [ENFORCE, *(_LABELS[name] for name in organization.required_labels)]


def label_guard(organization: OrganizationSettings) -> dict[str, Any]:
    """The policy's spec.

    A namespace that was owned before its organization required a label can still be changed otherwise, and gets the
    label with its owner's next deployment.
    """
    required = required_labels(organization)
    missing = _missing("object", required)
    return {
        "failure_policy": "Fail",
        "match_constraints": {
            "resource_rules": [
                _rule(["CREATE", "UPDATE"], ["namespaces"]),
                # The subresources of a namespace can change its labels too.
                _rule(["UPDATE"], ["namespaces/status", "namespaces/finalize"]),
            ]
        },
        "match_conditions": [
            {"name": "owned", "expression": f"{label('object')} != ''"},
            {
                "name": "changed",
                "expression": f"oldObject == null || {label('object')} != {label('oldObject')} || "
                f"{missing} != {_missing('oldObject', required)}",
            },
        ],
        "validations": [
            {
                "expression": f"{missing}.size() == 0",
                "message_expression": '"Refused: the namespace \'" + object.metadata.name + "\' of " + '
                f"{label('object')} + \" lacks the labels \" + {missing}.join(', ') + "
                '", which the organization requires. In the settings of its owner, set them '
                '(team, cost_center, isolation.pod_security)"',
                # Not Forbidden: the Kubernetes provider takes that for a lack of rights at preview, and goes on.
                "reason": "Invalid",
            }
        ],
    }


def _rule(operations: list[str], resources: list[str]) -> dict[str, list[str]]:
    return {"api_groups": [""], "api_versions": ["v1"], "operations": operations, "resources": resources}


def _missing(which: str, required: Sequence[str]) -> str:
    """The CEL expression for those of the required labels that an object lacks."""
    names = ", ".join(f"'{name}'" for name in required)
    return f"[{names}].filter(name, {which}.metadata.?labels[?name].orValue('') == '')"
