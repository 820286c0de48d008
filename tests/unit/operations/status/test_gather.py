"""Which stacks and clusters belong together, and which are asked for."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from operations.engine import project
from operations.status import gather, live, scope, wishes
from operations.status.checkpoints import StateFacts
from operations.status.facts import ClusterFacts, GuardFacts, HeldFacts
from shared.policies import GUARDS
from shared.refusal import Refusal

PLATFORM, DAY = "service-infrastructure", "day-service-app"
TOOLCHAIN: Any = None


def _state(name: str, environment: str, cluster: str, *holds: str) -> tuple[str, StateFacts]:
    exported = {"cluster_identifier": cluster, "cluster_name": f"name-{cluster}"}
    if name == PLATFORM:
        exported["kubeconfig"] = f"kubeconfig-{cluster}"
    state = StateFacts(name, environment, cluster, tuple(HeldFacts(held) for held in holds), exported)
    return state.owner, state


@pytest.fixture
def states(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, StateFacts]:
    """A checkout with two environments and one that shares the first one's cluster; nothing is deployed yet."""
    for module in (project, wishes):
        monkeypatch.setattr(module, "ROOT", tmp_path)
    settings = {
        "infrastructure": (PLATFORM, {"dev": {"cluster": "local"}, "live": {"cluster": "eks"}}),
        "apps/day": (DAY, {"dev": {}, "live": {}, "test": {"infra_stack_name": "dev"}}),
    }
    for folder, (name, environments) in settings.items():
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "Pulumi.yaml").write_text(yaml.safe_dump({"name": name}))
        for environment, values in environments.items():
            config = {"config": {f"{name}:{key}": value for key, value in values.items()}}
            (tmp_path / folder / f"Pulumi.{environment}.yaml").write_text(yaml.safe_dump(config))
    made: dict[str, StateFacts] = {}
    monkeypatch.setattr(gather, "read_states", lambda *_: made)
    monkeypatch.setattr(live, "read_live", _look)
    return made


def _look(kubeconfig: str, **_: bool) -> live.LiveFacts:
    if kubeconfig == "kubeconfig-silent":
        raise Refusal("It does not answer.", "Start it.")
    guards = tuple(GuardFacts(name) for name in GUARDS)
    return live.LiveFacts(kubeconfig.removeprefix("kubeconfig-"), {}, guards)


def _gathered() -> dict[str, ClusterFacts]:
    return {cluster.identifier: cluster for cluster in gather.gather(TOOLCHAIN, lambda _: True)}


def test_stacks_belong_to_the_cluster_that_their_infrastructure_stack_exports(
    states: dict[str, StateFacts],
) -> None:
    states.update([_state(PLATFORM, "dev", "one"), _state(PLATFORM, "live", "two")])
    gathered = _gathered()
    assert [stack.label for stack in gathered["one"].stacks] == ["infrastructure/dev", "day/dev", "day/test"]
    assert [stack.label for stack in gathered["two"].stacks] == ["infrastructure/live", "day/live"]
    assert gathered["one"].name == "name-one"


def test_a_state_stays_with_its_cluster_when_settings_lead_to_another(states: dict[str, StateFacts]) -> None:
    states.update([_state(PLATFORM, "dev", "one"), _state(PLATFORM, "live", "two")])
    states.update([_state(DAY, "test", "two", "kept")])
    one, two = _gathered()["one"].stack(f"{DAY}.test"), _gathered()["two"].stack(f"{DAY}.test")
    assert one
    assert two
    assert (len(one.wishes), one.holds) == (1, ())
    assert (two.wishes, [held.name for held in two.holds]) == ((), ["kept"])


def test_stacks_without_settings_come_from_their_states(states: dict[str, StateFacts]) -> None:
    states.update([_state(PLATFORM, "dev", "one"), _state(DAY, "old", "one", "left")])
    states.update([_state("night-service-app", "dev", "one", "foreign")])
    stacks = {stack.owner: stack for stack in _gathered()["one"].stacks}
    assert (stacks[f"{DAY}.old"].label, stacks[f"{DAY}.old"].file) == ("day/old", "")
    assert stacks["night-service-app.dev"].label == "night-service-app.dev"


def test_stacks_on_no_deployed_cluster_are_apart(states: dict[str, StateFacts]) -> None:
    states.update([_state(PLATFORM, "dev", "one"), _state(DAY, "old", "one"), _state(DAY, "older", "gone")])
    found = gather.gather_all(TOOLCHAIN, lambda _: True)
    assert [stack.owner for stack in found.apart] == [f"{PLATFORM}.live", f"{DAY}.live", f"{DAY}.older"]
    assert [wish.name for wish in found.apart[1].wishes] == ["day-service-live"]


def test_a_cluster_that_does_not_answer_does_not_break_the_others(states: dict[str, StateFacts]) -> None:
    states.update([_state(PLATFORM, "dev", "silent"), _state(PLATFORM, "live", "two")])
    gathered = _gathered()
    assert gathered["silent"].silence.startswith("It does not answer.")
    assert gathered["two"].silence == ""


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
    states: dict[str, StateFacts], service: str, environment: str, clusters: list[str]
) -> None:
    states.update([_state(PLATFORM, "dev", "one"), _state(PLATFORM, "live", "two")])
    found = scope.statuses(service, environment, TOOLCHAIN)
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
def test_nothing_to_look_at_is_refused(
    states: dict[str, StateFacts], service: str, environment: str, words: str
) -> None:
    with pytest.raises(Refusal, match=words):
        scope.statuses(service, environment, TOOLCHAIN)
