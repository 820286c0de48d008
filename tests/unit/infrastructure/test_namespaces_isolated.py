"""Every namespace of the platform is isolated, by settings of its own and the organization's, or leaves that be."""

from collections.abc import Callable

import pytest

from shared.kube.observed import ObservedNamespace, ObservedQuota
from tests.unit.infrastructure.conftest import Live, Program, hard, inside, refusal_of
from tests.unit.shared.graph import Graph
from tests.unit.shared.isolation.objects import ISOLATION, isolation_of

OWNER, DAY, DUSK = "service-infrastructure.dev", "day-service-app.dev", "dusk-service-app.dev"
ENFORCE = "pod-security.kubernetes.io/enforce"

Quotas = Callable[..., None]


@pytest.fixture
def quotas(live: Live) -> Quotas:
    """Set which quotas the cluster's namespaces have, all of them this stack's own."""

    def has(owner: str = OWNER, **found: ObservedQuota) -> None:
        namespaces = [ObservedNamespace(name, f"uid-of-{name}-namespace", owner=owner) for name in found]
        live(*namespaces, quotas=found)

    return has


def labels(graph: Graph, namespace: str) -> dict[str, str]:
    (found,) = (item for item in graph.of("Namespace") if item.metadata["name"] == namespace)
    given: dict[str, str] = found.metadata["labels"]
    return given


def test_each_namespace_has_all_of_its_isolation_once_it_is_there(program: Program) -> None:
    graph = program(namespaces=["a", "b"])
    assert len(isolation_of(graph)) == 2 * len(ISOLATION)
    for name in ("a", "b"):
        found = {
            (item.kind, item.metadata["name"])
            for item in graph.objects
            if item.metadata.get("namespace") == name
        }
        assert found == ISOLATION
    namespaces = {item.metadata["name"]: item.urn for item in graph.of("Namespace")}
    for item in isolation_of(graph):
        assert item.retained
        assert namespaces[item.metadata["namespace"]] in item.depends_on


def test_each_namespace_is_as_its_own_settings_say_and_else_as_the_organization_does(
    program: Program,
) -> None:
    graph = program(
        organization={"profile": "small", "cost_center": "42", "isolation": {"quota": {"pods": 33}}},
        namespaces={
            "a": {"profile": "large", "team": "backend", "isolation": {"quota": {"pods": 7}}},
            "b": {},
        },
    )
    assert (hard(graph, "a")["requests.cpu"], hard(graph, "a")["pods"]) == ("32", "7")
    assert (hard(graph, "b")["requests.cpu"], hard(graph, "b")["pods"]) == ("2", "33")
    for name, profile, team in (("a", "large", "backend"), ("b", "small", "")):
        assert labels(graph, name)["platform.internal/profile"] == profile
        assert labels(graph, name)["platform.internal/team"] == team
        assert labels(graph, name)["platform.internal/cost-center"] == "42"
        assert labels(graph, name)[ENFORCE] == "restricted"
    (binding,) = (
        item for item in inside(graph, "a", "RoleBinding") if item.metadata["name"] == "platform-deploy"
    )
    assert [subject["name"] for subject in binding.inputs["subjects"]] == ["platform:backend:deploy"]


def test_a_namespace_tells_the_api_server_its_tenants_and_the_hosts_of_its_settings(program: Program) -> None:
    network = {"hosts": ["www.example.com"]}
    graph = program(
        organization={"isolation": {"network": {"hosts": ["*.shared.example.com"]}}},
        namespaces={"a": {"tenants": ["x.dev", "y.dev"], "isolation": {"network": network}}, "b": {}},
    )
    told = {item.metadata["name"]: item.metadata["annotations"] for item in graph.of("Namespace")}
    assert told["a"]["platform.internal/tenants"] == "x.dev,y.dev"
    assert told["a"]["platform.internal/hosts"] == "*.shared.example.com www.example.com"
    # Always both, so that an adoption overwrites what the owner before wrote.
    assert told["b"]["platform.internal/tenants"] == ""
    assert told["b"]["platform.internal/hosts"] == "*.shared.example.com"


def test_what_the_organization_says_is_exported_for_applications_as_it_was_written(program: Program) -> None:
    organization = {
        "profile": "small",
        "isolation": {"network": {"allow_to": [{"cidr": "10.0.0.0/8", "ports": [5432]}]}},
        "enforced": ["quota"],
    }
    exported = program(organization=organization).exports["organization"]
    assert exported["profile"] == "small"
    assert exported["enforced"] == ["quota"]
    assert exported["isolation"]["network"]["allow_to"] == [{"cidr": "10.0.0.0/8", "ports": ["5432"]}]
    assert program().exports["organization"] == {}


def test_a_namespace_that_is_left_to_its_application_has_labels_and_no_isolation_from_here(
    program: Program,
) -> None:
    graph = program(namespaces={"a": {"governed_by": "application", "profile": "small"}})
    assert isolation_of(graph) == []
    assert not graph.of("Isolation")
    assert labels(graph, "a")[ENFORCE] == "restricted"
    assert labels(graph, "a")["platform.internal/profile"] == "small"
    assert graph.exports["namespaces"]["a"]["governed_by"] == "application"


def test_what_loosens_the_organizations_word_is_refused_by_its_namespace(program: Program) -> None:
    message = refusal_of(
        program,
        organization={"enforced": ["pod_security"], "required_labels": ["team"]},
        namespaces={
            "a": {"team": "backend", "isolation": {"pod_security": {"enforce": "baseline"}}},
            "b": {},
            "c": {"team": "frontend"},
        },
    )
    assert message.startswith("Refused: 2 namespaces cannot be owned by service-infrastructure/dev:")
    assert (
        "namespaces.a.isolation.pod_security.enforce is baseline, the organization allows restricted"
        in message
    )
    assert "namespaces.b.team is not set, and the organization requires it" in message
    assert "namespaces.c" not in message


def test_a_namespace_left_to_its_application_has_its_labels_from_here_and_they_are_held_to_the_rules_too(
    program: Program,
) -> None:
    message = refusal_of(
        program,
        organization={"required_labels": ["team"]},
        namespaces={"a": {"governed_by": "application"}},
    )
    assert "namespaces.a.team is not set" in message


def test_what_an_application_governs_is_taken_over_only_when_asked_for(
    program: Program, quotas: Quotas
) -> None:
    quotas(a=ObservedQuota(DAY))
    message = refusal_of(program, namespaces={"a": {}})
    assert f"The isolation of the namespace 'a' is managed by {DAY}" in message
    assert "or leave it there (namespaces.a.governed_by: application)" in message
    assert f"is managed by {DAY}" in refusal_of(program, namespaces={"a": {"adopt_namespace_from": DUSK}})
    for item in isolation_of(program(namespaces={"a": {"adopt_namespace_from": DAY}})):
        assert item.metadata["annotations"]["platform.internal/previous-owner"] == DAY
        assert item.metadata["labels"]["platform.internal/owner"] == OWNER
    assert isolation_of(program(namespaces={"a": {"governed_by": "application"}})) == []


def test_a_quota_below_what_is_used_is_refused_with_the_numbers(program: Program, quotas: Quotas) -> None:
    quotas(a=ObservedQuota(OWNER, used={"pods": "21"}))
    message = refusal_of(program, namespaces={"a": {"profile": "small"}})
    assert "pods: 21 in use, the quota would be 20" in message
    assert "infrastructure/Pulumi.dev.yaml" in message
    assert hard(program(namespaces={"a": {"profile": "medium"}}), "a")["pods"] == "80"


def test_a_quota_is_not_lowered_below_what_is_used(program: Program, quotas: Quotas) -> None:
    quotas(a=ObservedQuota(OWNER, hard={"secrets": "100"}, used={"secrets": "51"}))
    message = refusal_of(program, namespaces={"a": {"profile": "small"}})
    assert "secrets: 51 in use, the quota would be 50" in message
    assert "Raise the quota in infrastructure/Pulumi.dev.yaml" in message
    assert hard(program(namespaces={"a": {"profile": "medium"}}), "a")["secrets"] == "100"
