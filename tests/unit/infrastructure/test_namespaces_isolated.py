"""Every namespace of the platform is isolated, by settings of its own and the organization's, or leaves that be."""

from collections.abc import Callable
from typing import Any

import pytest

from infrastructure import provision
from shared.cluster.live import LiveCluster, LiveNamespace
from shared.cluster.tenancy import LiveQuota
from tests.unit.infrastructure.conftest import IDENTIFIER, Live, Program, hard, inside, refusal_of
from tests.unit.shared.graph import Graph
from tests.unit.shared.isolation.objects import ISOLATION, isolation_of

OWNER, DAY, DUSK = "service-infrastructure.dev", "day-service-app.dev", "dusk-service-app.dev"
ENFORCE = "pod-security.kubernetes.io/enforce"

Quotas = Callable[..., None]


@pytest.fixture
def quotas(live: Live, monkeypatch: pytest.MonkeyPatch) -> Quotas:
    """Set which quotas the cluster's namespaces have, all of them this stack's own."""

    def has(owner: str = OWNER, **found: LiveQuota) -> None:
        namespaces = {name: LiveNamespace(name, f"uid-of-{name}-namespace", owner=owner) for name in found}
        cluster = LiveCluster(IDENTIFIER, namespaces, found)
        monkeypatch.setattr(provision, "look", lambda *_, **__: cluster)

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
    assert message.startswith(f"Refused: 2 namespaces cannot be owned by {OWNER}:")
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
    quotas(a=LiveQuota(DAY))
    message = refusal_of(program, namespaces={"a": {}})
    assert f"The isolation of the namespace 'a' is governed by {DAY}" in message
    assert "or leave it there (namespaces.a.governed_by: application)" in message
    assert f"is governed by {DAY}" in refusal_of(program, namespaces={"a": {"adopt_from": DUSK}})
    for item in isolation_of(program(namespaces={"a": {"adopt_from": DAY}})):
        assert item.metadata["annotations"]["platform.internal/previous-owner"] == DAY
        assert item.metadata["labels"]["platform.internal/owner"] == OWNER
    assert isolation_of(program(namespaces={"a": {"governed_by": "application"}})) == []


def test_a_quota_below_what_is_used_is_refused_with_the_numbers(program: Program, quotas: Quotas) -> None:
    quotas(a=LiveQuota(OWNER, used={"pods": "21"}))
    message = refusal_of(program, namespaces={"a": {"profile": "small"}})
    assert "pods: 21 in use, the quota would be 20" in message
    assert "infrastructure/Pulumi.dev.yaml" in message
    assert hard(program(namespaces={"a": {"profile": "medium"}}), "a")["pods"] == "80"


@pytest.mark.parametrize(
    ("value", "manager", "forced"),
    [("baseline", DAY, True), ("restricted", DAY, False), ("baseline", OWNER, False)],
)
def test_a_label_that_somebody_else_gave_is_replaced_by_force(
    program: Program, live: Live, value: str, manager: str, forced: bool
) -> None:
    live(
        LiveNamespace(
            "a", "uid-1", owner=OWNER, labels={ENFORCE: value}, labelled={manager: frozenset({ENFORCE})}
        )
    )
    annotations = program(namespaces=["a"]).one("Namespace").metadata["annotations"]
    assert ("pulumi.com/patchForce" in annotations) is forced


def test_isolation_goes_where_the_server_says_that_the_namespace_is(program: Program) -> None:
    graph = Graph()
    answer = graph.new_resource

    def elsewhere(args: Any) -> tuple[str, dict[str, Any]]:
        name, state = answer(args)
        if state.get("kind") == "Namespace":
            state["metadata"]["name"] = "elsewhere"
        return name, state

    graph.new_resource = elsewhere  # type: ignore[method-assign]
    program(graph, namespaces=["a"])
    assert {item.metadata["namespace"] for item in isolation_of(graph)} == {"elsewhere"}
