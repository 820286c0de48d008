"""The guards: what the two policies match, demand and say, and the clusters that cannot have them."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from infrastructure import guards
from infrastructure.guards import check_guards
from shared.policies import DELETION_GUARD, GUARDS, LABEL_GUARD, OWNER_GUARD
from shared.refusal import Refusal
from tests.unit.infrastructure.conftest import Program
from tests.unit.shared.graph import Declared, Graph

ME = "service-infrastructure.dev"
OWNER_LABEL = "metadata.?labels[?'platform.internal/owner'].orValue('')"
PREVIOUS = "metadata.?annotations[?'platform.internal/previous-owner'].orValue('')"
ALLOW = "metadata.?annotations[?'platform.internal/allow-deletion'].orValue('')"


@pytest.fixture
def graph(program: Program) -> Graph:
    return program()


def policy(graph: Graph, name: str) -> Declared:
    (found,) = (item for item in graph.of("ValidatingAdmissionPolicy") if item.metadata["name"] == name)
    return found


def rules(graph: Graph, name: str) -> dict[tuple[str, str], list[str]]:
    found = policy(graph, name).inputs["spec"]["matchConstraints"]["resourceRules"]
    return {
        (group, resource): rule["operations"]
        for rule in found
        for group in rule["apiGroups"]
        for resource in rule["resources"]
    }


@pytest.mark.parametrize("name", [DELETION_GUARD, OWNER_GUARD])
def test_each_guard_is_in_force_by_one_binding_that_denies(graph: Graph, name: str) -> None:
    bindings = [
        item.inputs["spec"]
        for item in graph.of("ValidatingAdmissionPolicyBinding")
        if item.inputs["spec"]["policyName"] == name
    ]
    assert bindings == [{"policyName": name, "validationActions": ["Deny"]}]
    assert policy(graph, name).inputs["spec"]["failurePolicy"] == "Fail"


@pytest.mark.parametrize("name", [DELETION_GUARD, OWNER_GUARD])
def test_a_guards_refusal_is_never_taken_for_a_lack_of_rights(graph: Graph, name: str) -> None:
    (validation,) = policy(graph, name).inputs["spec"]["validations"]
    assert validation["reason"] == "Invalid"
    assert '"Refused: ' in validation["messageExpression"]


def test_the_guards_that_are_looked_for_are_those_that_infrastructure_installs(graph: Graph) -> None:
    assert GUARDS == (DELETION_GUARD, OWNER_GUARD, LABEL_GUARD)
    assert {item.metadata["name"] for item in graph.of("ValidatingAdmissionPolicy")} == set(GUARDS)


def test_the_deletion_guard_watches_deletions_of_owned_namespaces(graph: Graph) -> None:
    assert rules(graph, DELETION_GUARD) == {("", "namespaces"): ["DELETE"]}
    conditions = policy(graph, DELETION_GUARD).inputs["spec"]["matchConditions"]
    assert [item["expression"] for item in conditions] == [f"oldObject.{OWNER_LABEL} != ''"]


def test_a_deletion_has_to_name_the_namespaces_uid(graph: Graph) -> None:
    (validation,) = policy(graph, DELETION_GUARD).inputs["spec"]["validations"]
    assert validation["expression"] == f"oldObject.{ALLOW} == oldObject.metadata.uid"
    assert f"oldObject.{OWNER_LABEL}" in validation["messageExpression"]
    assert "platform.internal/allow-deletion" in validation["messageExpression"]
    assert "oldObject.metadata.uid" in validation["messageExpression"]


def test_the_owner_guard_watches_every_kind_that_stacks_own(graph: Graph) -> None:
    assert rules(graph, OWNER_GUARD) == {
        (group, resource): ["UPDATE"]
        for group, resource in (
            ("", "namespaces"),
            ("", "namespaces/status"),
            ("", "namespaces/finalize"),
            ("", "configmaps"),
            ("", "services"),
            ("", "serviceaccounts"),
            ("", "resourcequotas"),
            ("", "limitranges"),
            ("apps", "deployments"),
            ("autoscaling", "horizontalpodautoscalers"),
            ("policy", "poddisruptionbudgets"),
            ("networking.k8s.io", "ingresses"),
            ("networking.k8s.io", "networkpolicies"),
            ("rbac.authorization.k8s.io", "rolebindings"),
        )
    }


def test_the_owner_guard_watches_changes_of_an_owner_and_nothing_else(graph: Graph) -> None:
    conditions = policy(graph, OWNER_GUARD).inputs["spec"]["matchConditions"]
    assert [item["expression"] for item in conditions] == [
        f"oldObject.{OWNER_LABEL} != ''",
        f"object.{OWNER_LABEL} != oldObject.{OWNER_LABEL}",
    ]


def test_an_owner_changes_only_by_naming_the_one_before(graph: Graph) -> None:
    (validation,) = policy(graph, OWNER_GUARD).inputs["spec"]["validations"]
    assert validation["expression"] == f"object.{PREVIOUS} == oldObject.{OWNER_LABEL}"
    assert "adopt_namespace_from" in validation["messageExpression"]
    assert "platform.internal/previous-owner" in validation["messageExpression"]


def test_the_label_guard_watches_every_way_in_which_a_namespaces_labels_change(graph: Graph) -> None:
    assert rules(graph, LABEL_GUARD) == {
        ("", "namespaces"): ["CREATE", "UPDATE"],
        ("", "namespaces/status"): ["UPDATE"],
        ("", "namespaces/finalize"): ["UPDATE"],
    }


def test_both_quotes_of_a_message_close(graph: Graph) -> None:
    for name in GUARDS:
        (validation,) = policy(graph, name).inputs["spec"]["validations"]
        assert validation["messageExpression"].count('"') % 2 == 0


Answers = Callable[..., None]


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Answers:
    """Set which Kubernetes the cluster runs, and who installed its guards."""

    def runs(major: str, minor: str, installed_by: str | None = None) -> None:
        class Api:
            def get(self, path: str) -> Mapping[str, Any] | None:
                if path == "/version":
                    return {"major": major, "minor": minor, "gitVersion": f"v{major}.{minor}.0"}
                assert path.endswith(f"/validatingadmissionpolicies/{OWNER_GUARD}")
                labels = {"platform.internal/owner": installed_by}
                return None if installed_by is None else {"metadata": {"labels": labels}}

        @contextlib.contextmanager
        def connected(_: str) -> Iterator[Api]:
            yield Api()

        monkeypatch.setattr(guards, "cluster_api", connected)
        monkeypatch.setattr(guards, "mocked", lambda: False)

    return runs


@pytest.mark.parametrize(("major", "minor"), [("1", "29"), ("1", "9"), ("0", "99")])
def test_a_cluster_that_is_too_old_for_the_guards_is_refused(
    cluster: Answers, major: str, minor: str
) -> None:
    cluster(major, minor)
    with pytest.raises(Refusal) as caught:
        check_guards("given", ME)
    assert f"runs Kubernetes v{major}.{minor}.0; the guards need 1.30 or later" in caught.value.fact


@pytest.mark.parametrize(("major", "minor"), [("1", "30"), ("1", "31+"), ("1", "36"), ("2", "0")])
def test_a_cluster_that_can_have_the_guards_is_accepted(cluster: Answers, major: str, minor: str) -> None:
    cluster(major, minor)
    check_guards("given", ME)


def test_guards_that_another_stack_installed_are_refused_with_both_ways_out(cluster: Answers) -> None:
    cluster("1", "36", "platform.shared")
    with pytest.raises(Refusal) as caught:
        check_guards("given", ME)
    assert f"provisioned by platform.shared already, so {ME} cannot" in caught.value.fact
    assert "infra_stack_name: platform/shared" in caught.value.remedy
    assert "a cluster of its own" in caught.value.remedy


def test_ones_own_guards_are_no_obstacle(cluster: Answers) -> None:
    cluster("1", "36", ME)
    check_guards("given", ME)
