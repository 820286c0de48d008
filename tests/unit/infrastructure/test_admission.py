"""The admission policies and roles: files for kubectl, declared as they are, on clusters that can have them."""

from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from infrastructure.admission import check_admission
from shared.config.isolation import IsolationSettings, OrganizationSettings, Profile
from shared.errors import Refusal
from shared.isolation.objects import hard_limits
from shared.isolation.resolution import resolve
from shared.kube.observed import ObservedCluster
from shared.stacks import Stack
from tests.unit.shared.graph import ROOT

POLICIES = sorted(
    f"{file.stem}.platform.internal"
    for file in (ROOT / "infrastructure" / "policies").glob("*.yaml")
    if not file.stem.startswith("role-")
)
HERE = Stack("service-infrastructure", "dev")
ME = HERE.owner


def documents(kind: str) -> dict[str, dict[str, Any]]:
    """The documents of a kind in infrastructure/policies, by name."""
    files = (ROOT / "infrastructure" / "policies").glob("*.yaml")
    found = [document for file in files for document in yaml.safe_load_all(file.read_text())]
    return {item["metadata"]["name"]: item for item in found if item["kind"] == kind}


def rights(role: str) -> Iterator[tuple[str, str, str]]:
    """Each group, resource and verb of a role."""
    for rule in documents("ClusterRole")[role]["rules"]:
        assert set(rule) == {"apiGroups", "resources", "verbs"}
        for group in rule["apiGroups"]:
            for resource in rule["resources"]:
                yield from ((group, resource, verb) for verb in rule["verbs"])


def test_every_policy_is_active_by_a_binding_that_denies() -> None:
    policies = documents("ValidatingAdmissionPolicy")
    assert policies.keys() == set(POLICIES)
    assert all(policy["spec"]["failurePolicy"] == "Fail" for policy in policies.values())
    for name, binding in documents("ValidatingAdmissionPolicyBinding").items():
        parameters = {key: value for key, value in binding["spec"].items() if key == "paramRef"}
        assert binding["spec"] == {"policyName": name, "validationActions": ["Deny"], **parameters}
        # What has parameters and finds none denies; and it has them from every object of that kind.
        needed = {"selector": {}, "parameterNotFoundAction": "Deny"}
        assert parameters == ({"paramRef": needed} if "paramKind" in policies[name]["spec"] else {})


@pytest.mark.parametrize("name", POLICIES)
def test_a_refusal_is_never_taken_for_missing_rights(name: str) -> None:
    for validation in documents("ValidatingAdmissionPolicy")[name]["spec"]["validations"]:
        assert validation["reason"] == "Invalid"
        assert validation["messageExpression"].startswith('"Refused: ')


@pytest.mark.parametrize("name", sorted(set(POLICIES) - {"owner-change.platform.internal"}))
def test_a_policy_says_nothing_about_what_has_no_owner(name: str) -> None:
    """By its selector or its conditions; the policy on changed owners has none for objects that had no owner."""
    spec = documents("ValidatingAdmissionPolicy")[name]["spec"]
    owned = {
        "matchExpressions": [
            {"key": "platform.internal/owner", "operator": "Exists"},
            {"key": "platform.internal/owner", "operator": "NotIn", "values": [""]},
        ]
    }
    conditions = {condition["name"] for condition in spec.get("matchConditions", ())}
    assert spec["matchConstraints"].get("namespaceSelector") == owned or "owned" in conditions


def test_a_reader_changes_nothing() -> None:
    assert {verb for *_, verb in rights("platform-read")} == {"get", "list", "watch"}
    assert set(rights("platform-read")) < set(rights("platform-deploy"))


@pytest.mark.parametrize("profile", list(Profile))
def test_every_kind_that_a_deployer_may_create_is_counted_in_every_profile(profile: Profile) -> None:
    hard = hard_limits(resolve(IsolationSettings(profile=profile), OrganizationSettings()))
    for group, resource, verb in rights("platform-deploy"):
        if verb == "create" and "/" not in resource:
            assert hard.keys() & {resource, f"count/{resource}{group and '.'}{group}"}, resource
    # And what controllers create from it.
    assert hard.keys() >= {"count/pods", "count/replicasets.apps", "count/controllerrevisions.apps"}


def cluster(version: str, provisioner: str = "") -> ObservedCluster:
    return ObservedCluster("cluster-1", version=version, provisioner=provisioner)


def refusal_of(found: ObservedCluster) -> Refusal:
    with pytest.raises(Refusal) as caught:
        check_admission(found, HERE)
    return caught.value


@pytest.mark.parametrize("version", ["v1.29.4", "v1.9.0", "v0.99.0"])
def test_a_cluster_that_is_too_old_for_the_policies_is_refused(version: str) -> None:
    assert f"runs Kubernetes {version}; the admission policies need 1.30" in refusal_of(cluster(version)).fact


@pytest.mark.parametrize("version", ["v1.30.0", "v1.31.2-eks-abc", "v1.36.3", "v2.0.0"])
@pytest.mark.parametrize("provisioner", ["", ME])
def test_a_cluster_that_can_have_the_policies_is_accepted(version: str, provisioner: str) -> None:
    check_admission(cluster(version, provisioner), HERE)


def test_a_cluster_that_another_stack_provisions_is_refused_with_both_ways_out() -> None:
    refusal = refusal_of(cluster("v1.36.3", "platform.shared"))
    assert f"provisioned by platform.shared, so {HERE} cannot" in refusal.fact
    assert "infra_stack_name: platform/shared" in refusal.remedy
