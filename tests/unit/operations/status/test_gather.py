"""Which stacks and clusters belong together, and which are asked for."""

import pytest

from operations.status import facts as module
from operations.status.disagreements import statuses
from operations.status.facts import ClusterFacts, Live, gather
from shared.errors import Refusal
from shared.kube.observed import ObservedCluster
from shared.stacks import Stack
from tests.unit.operations.status.cluster_facts import ACTIVE
from tests.unit.operations.workspace import DAY, PLATFORM, TOOLCHAIN, Workspace

LIVE = Stack(PLATFORM.project, "live")
DAY_LIVE, DAY_TEST = Stack(DAY.project, "live"), Stack(DAY.project, "test")


@pytest.fixture(autouse=True)
def environments(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two environments, and one that shares the first one's cluster; nothing is deployed yet."""
    for stack in (PLATFORM, LIVE, DAY, DAY_LIVE):
        workspace.settings(stack)
    workspace.settings(DAY_TEST, infra_stack_name="dev")
    monkeypatch.setattr(module, "observe_all", _observed)


def _observed(kubeconfig: str, **_: bool) -> Live:
    if kubeconfig == "kubeconfig-silent":
        raise Refusal("It does not answer.", "Start it.")
    return Live(ObservedCluster(kubeconfig.removeprefix("kubeconfig-")), ACTIVE)


def _gathered() -> dict[str, ClusterFacts]:
    return {cluster.identifier: cluster for cluster in gather(TOOLCHAIN)[0]}


def test_stacks_belong_to_the_cluster_that_their_infrastructure_stack_exports(workspace: Workspace) -> None:
    workspace.deployed(PLATFORM, "one")
    workspace.deployed(LIVE, "two")
    gathered = _gathered()
    assert [facts.stack for facts in gathered["one"].stacks] == [PLATFORM, DAY, DAY_TEST]
    assert [facts.stack for facts in gathered["two"].stacks] == [LIVE, DAY_LIVE]
    assert (gathered["one"].name, gathered["one"].infrastructure) == ("name-one", (PLATFORM,))


def test_an_infrastructure_stack_of_another_project_has_its_cluster_too(workspace: Workspace) -> None:
    other = Stack("other-infra", "dev")
    workspace.settings(DAY_TEST, infra_stack_name="other-infra/dev")
    workspace.deployed(PLATFORM, "one")
    workspace.deployed(other, "two")
    gathered = _gathered()
    assert [facts.stack for facts in gathered["two"].stacks] == [DAY_TEST, other]
    assert [one.cluster.identifier for one in statuses("day", "test", TOOLCHAIN)] == ["two"]


def test_a_state_stays_with_its_cluster_when_settings_lead_to_another(workspace: Workspace) -> None:
    workspace.deployed(PLATFORM, "one")
    workspace.deployed(LIVE, "two")
    workspace.state(DAY_TEST, "two", "kept")
    one, two = (_gathered()[cluster].stack(DAY_TEST.owner) for cluster in ("one", "two"))
    assert one
    assert two
    assert (len(one.claims), one.state.namespaces) == (1, ())
    assert (two.claims, [item.name for item in two.state.namespaces]) == ((), ["kept"])


def test_stacks_without_settings_come_from_their_states(workspace: Workspace) -> None:
    night = Stack("night-service-app", "dev")
    workspace.deployed(PLATFORM, "one")
    workspace.state(night, "one", "foreign")
    facts = _gathered()["one"].stack(night.owner)
    assert facts
    assert (facts.file, facts.state.namespaces[0].owner) == ("", night.owner)


def test_stacks_on_no_deployed_cluster_are_apart(workspace: Workspace) -> None:
    older = Stack(DAY.project, "older")
    workspace.deployed(PLATFORM, "one")
    workspace.state(older, "gone")
    assert [facts.stack for facts in gather(TOOLCHAIN)[1]] == [LIVE, DAY_LIVE, older]


def test_a_cluster_that_does_not_answer_does_not_break_the_others(workspace: Workspace) -> None:
    workspace.deployed(PLATFORM, "silent")
    workspace.deployed(LIVE, "two")
    gathered = _gathered()
    assert str(gathered["silent"].fault).startswith("It does not answer.")
    assert gathered["two"].live


@pytest.mark.parametrize(
    ("service", "environment", "clusters"),
    [
        ("", "", ["one", "two"]),
        ("", "dev", ["one"]),
        ("", "test", ["one"]),
        ("day", "test", ["one"]),
        ("day", "live", ["two"]),
        ("day", "", ["one", "two"]),
    ],
)
def test_service_and_environment_choose_the_clusters(
    workspace: Workspace, service: str, environment: str, clusters: list[str]
) -> None:
    workspace.deployed(PLATFORM, "one")
    workspace.deployed(LIVE, "two")
    found = statuses(service, environment, TOOLCHAIN)
    assert [status.cluster.identifier for status in found] == clusters


@pytest.mark.parametrize(
    ("service", "environment", "words"),
    [
        ("", "", "make infra-up ENV=dev"),
        ("", "live", "make infra-up ENV=live"),
        ("day", "test", "make infra-up ENV=dev"),
        ("night", "", "There is no service 'night'"),
        ("day", "never", "day has no environment 'never'"),
        ("", "never", "infrastructure has no environment 'never'"),
    ],
)
def test_nothing_to_observe_is_refused(service: str, environment: str, words: str) -> None:
    with pytest.raises(Refusal, match=words):
        statuses(service, environment, TOOLCHAIN)
