"""The plan of a move fits the facts, from whatever point the move is at; its proof names whatever was lost."""

from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import pytest

from operations.engine.events import Step as EngineStep
from operations.facts import StackFacts
from operations.move import move as module
from operations.move.move import move
from operations.move.plan import Facts, Snapshot, Step, given_up, losses, make_plan
from operations.stacks.namespace import LiveObject
from shared.config.files import ABSENT
from shared.config.isolation import GovernedBy
from shared.errors import Failure, Refusal
from shared.ownership.claim import Claim
from shared.stacks import Stack
from shared.state import State, StateObject

PLATFORM = Stack("service-infrastructure", "dev")
DAY, DUSK = Stack("day-service-app", "dev"), Stack("dusk-service-app", "dev")
DEPLOYMENT = LiveObject("Deployment", "day-service", DAY.owner, "deployment-uid")
BEFORE = Snapshot("dev", "namespace-uid", DAY.owner, "", objects=(DEPLOYMENT,), pods={"pod-uid": 1})
ISOLATION: dict[str, Any] = {
    "profile": "large",
    "team": "backend",
    "cost_center": "cc-1",
    "isolation": {"quota": {"pods": 120}},
}


def in_state(
    stack: Stack, previous_owner: str = "", *, retained: bool = True, protected: bool = False
) -> StateObject:
    """The Namespace in a stack's state."""
    return StateObject(
        "urn",
        "kubernetes:core/v1:Namespace",
        "dev",
        owner=stack.owner,
        previous_owner=previous_owner,
        protected=protected,
        retained=retained,
    )


def facts(
    target: Stack,
    owner: str,
    *,
    claims: dict[Stack, Stack],
    states: tuple[Stack, ...] = (),
    written: dict[Stack, dict[str, Any]] | None = None,
    previous: str = "",
    exported: bool = True,
) -> Facts:
    """Facts by values: `claims` has for each stack the owner that its settings name, itself where it asks to own it."""
    stacks = (PLATFORM, DAY, DUSK)
    own = {stack: (written or {}).get(stack, {}) for stack in stacks}
    said = {**own, PLATFORM: own[PLATFORM].get("namespaces", {}).get("dev", {})}
    named = {
        stack: Claim(
            "dev",
            stack,
            whose,
            "",
            adopt_from=said[stack].get("adopt_namespace_from") or said[stack].get("adopt_from") or "",
            managed_by=GovernedBy(said[stack].get("governed_by", "owner")),
        )
        for stack, whose in claims.items()
    }
    exports: dict[Stack, Any] = {target: {"namespaces": {"dev": {}}}} if exported else {}
    known = {
        stack: StackFacts(
            stack,
            "",
            PLATFORM,
            (named[stack],) if stack in named else (),
            state=State((in_state(stack),) if stack in states else (), exports.get(stack, {})),
        )
        for stack in stacks
    }
    return Facts(
        platform=PLATFORM,
        target=target,
        snapshot=replace(BEFORE, owner=owner, previous_owner=previous),
        stacks=known,
        written=own,
    )


def having(found: Facts, namespace: StateObject) -> Facts:
    """The same with another Namespace in the state of the application."""
    day = replace(found.stacks[DAY], state=State((namespace,)))
    return replace(found, stacks={**found.stacks, DAY: day})


def entry(**settings: Any) -> dict[str, Any]:
    """Infrastructure's settings with an entry of the namespace."""
    return {"namespaces": {"dev": settings}}


def there(**changes: Any) -> Facts:
    """A move from the application to infrastructure, before its first step."""
    return facts(PLATFORM, DAY.owner, **{"claims": {DAY: DAY}, "states": (DAY,), **changes})


def back(**changes: Any) -> Facts:
    """A move from infrastructure to the application, before its first step."""
    claims = {PLATFORM: PLATFORM, DAY: PLATFORM}
    return facts(DAY, PLATFORM.owner, **{"claims": claims, "states": (PLATFORM,), **changes})


def adopted(**changes: Any) -> Facts:
    """A move to infrastructure whose first step has adopted the namespace."""
    claims = {PLATFORM: PLATFORM, DAY: DAY}
    return facts(PLATFORM, PLATFORM.owner, **{"claims": claims, "states": (PLATFORM, DAY), **changes})


def stacks_of(steps: list[Step]) -> list[tuple[Stack, bool]]:
    return [(step.stack, step.updates) for step in steps]


def test_the_new_owner_adopts_before_the_old_one_releases() -> None:
    steps = make_plan(there(), "")
    assert stacks_of(steps) == [(PLATFORM, True), (DAY, True), (PLATFORM, False)]
    adopts, releases, completes = (step.changes for step in steps)
    assert adopts == entry(adopt_namespace_from=DAY.owner)
    assert releases["create_namespace"] is False
    assert releases["namespace_source"] is ABSENT
    assert completes == entry()


@pytest.mark.parametrize("explicit", [False, True])
def test_back_to_the_application_infrastructure_keeps_its_other_namespaces(explicit: bool) -> None:
    """A setting that only says the default is not left behind, unless the file had it."""
    written = {
        PLATFORM: {"namespaces": {"dev": {"tenants": ["x.y"]}, "other": {}}},
        DAY: {"create_namespace": explicit},
    }
    steps = make_plan(back(written=written), "")
    assert stacks_of(steps) == [(DAY, True), (PLATFORM, True), (DAY, False)]
    adopts, releases, completes = (step.changes for step in steps)
    assert adopts["adopt_namespace_from"] == PLATFORM.owner
    assert adopts["create_namespace"] is (True if explicit else ABSENT)
    assert releases == {"namespaces": {"other": {}}}
    assert completes == {"adopt_namespace_from": ABSENT}


def test_from_one_application_to_another_that_uses_it() -> None:
    steps = make_plan(facts(DUSK, DAY.owner, claims={DAY: DAY, DUSK: DAY}, states=(DAY,)), "")
    assert stacks_of(steps) == [(DUSK, True), (DAY, True), (DUSK, False)]
    assert steps[1].changes["namespace_source"] == "dusk-service-app/dev"


def test_a_reader_of_the_old_owner_reads_from_the_new_one_without_an_update() -> None:
    (reads,) = (step for step in make_plan(there(claims={DAY: DAY, DUSK: DAY}), "") if step.stack == DUSK)
    assert (reads.changes, reads.updates) == ({"namespace_source": ABSENT}, False)


@pytest.mark.parametrize("setting", ["adopt_namespace_from", "adopt_from"])
@pytest.mark.parametrize(
    "changes",
    [{"previous": DAY.owner}, {"previous": DAY.owner, "states": (DAY,)}, {"exported": False}],
    ids=["after the adoption", "before its state was saved", "before it was exported"],
)
def test_killed_during_or_after_the_adoption_that_is_run_again_before_the_old_owner_releases(
    changes: Any, setting: str
) -> None:
    steps = make_plan(adopted(written={PLATFORM: entry(**{setting: DAY.owner})}, **changes), "")
    assert stacks_of(steps) == [(PLATFORM, True), (DAY, True), (PLATFORM, False)]
    assert steps[-1].changes == entry()


def test_killed_in_its_last_step_the_setting_of_the_adoption_is_removed() -> None:
    complete: dict[str, Any] = {"claims": {PLATFORM: PLATFORM, DAY: PLATFORM}, "states": (PLATFORM,)}
    steps = make_plan(adopted(written={PLATFORM: entry(adopt_from=DAY.owner)}, **complete), "")
    assert stacks_of(steps) == [(PLATFORM, True), (PLATFORM, False)]
    assert steps[-1].changes == entry()
    assert make_plan(adopted(written={PLATFORM: entry()}, **complete), "") == []


def test_an_interrupted_move_is_undone_by_moving_back_even_after_a_round_trip() -> None:
    found = back(
        claims={PLATFORM: PLATFORM, DAY: DAY},
        written={PLATFORM: entry(adopt_from=DAY.owner), DAY: ISOLATION},
        previous=DAY.owner,
    )
    steps = make_plan(having(found, in_state(DAY, PLATFORM.owner)), "")
    expected = [(PLATFORM, True), (DAY, True), (DAY, True), (PLATFORM, True), (DAY, False)]
    assert stacks_of(steps) == expected
    assert steps[0].changes == {}
    assert steps[1].changes["create_namespace"] is False
    assert steps[1].changes["namespace_source"] is ABSENT
    assert steps[2].changes["adopt_namespace_from"] == PLATFORM.owner
    assert steps[2].changes["isolation"] == ISOLATION["isolation"]
    assert steps[2].copies["isolation",] == (DAY, ("isolation",))


@pytest.mark.parametrize(
    ("found", "from_owner", "told"),
    [
        (there(), "somebody.else", r"is owned by day-service-app\.dev"),
        (facts(PLATFORM, "", claims={DAY: DAY}), "", "No stack owns"),
        (facts(PLATFORM, "stranger.dev", claims={DAY: DAY}), "", "is not a stack of this checkout"),
        (facts(DUSK, DAY.owner, claims={DAY: DAY}, states=(DAY,)), "", "does not use the namespace"),
    ],
)
def test_facts_that_do_not_fit_are_refused(found: Facts, from_owner: str, told: str) -> None:
    with pytest.raises(Refusal, match=told):
        make_plan(found, from_owner)


@pytest.mark.parametrize(
    ("namespace", "told"),
    [
        (in_state(DAY, protected=True), r"is protected by day-service-app\.dev"),
        (in_state(DAY, retained=False), "no longer declaring it would delete it"),
    ],
)
def test_a_namespace_that_its_owner_cannot_release_is_not_moved(namespace: StateObject, told: str) -> None:
    with pytest.raises(Refusal, match=told):
        make_plan(having(there(), namespace), "")


def test_isolation_moves_with_its_namespace_to_infrastructure_and_an_application_keeps_its_team() -> None:
    steps = make_plan(there(written={DAY: {"namespace": "dev", "replicas": 3, **ISOLATION}}), "")
    adopts, releases, completes = (step.changes for step in steps)
    assert adopts == entry(**ISOLATION, adopt_namespace_from=DAY.owner)
    assert completes == entry(**ISOLATION)
    assert {key for key, value in releases.items() if value is ABSENT} >= set(ISOLATION) - {"team"}
    assert "team" not in releases


def test_isolation_moves_back_with_its_namespace_and_what_an_application_cannot_say_is_named() -> None:
    own = {"tenants": [DAY.owner], "governed_by": "application", "adopt_from": "unowned", **ISOLATION}
    found = back(written={PLATFORM: entry(**own)})
    adopts = make_plan(found, "")[0].changes
    assert adopts.items() >= ISOLATION.items()
    assert not {"tenants", "governed_by"} & set(adopts)
    assert given_up(found) == {"tenants": [DAY.owner]}
    assert given_up(replace(found, target=PLATFORM)) == {}


def test_a_setting_is_carried_as_the_file_of_the_old_owner_writes_it() -> None:
    there_ = make_plan(there(written={DAY: ISOLATION}), "")[0].copies
    assert there_["namespaces", "dev", "team"] == (DAY, ("team",))
    back_ = make_plan(back(written={PLATFORM: entry(**ISOLATION)}), "")[0].copies
    assert back_["isolation",] == (PLATFORM, ("namespaces", "dev", "isolation"))
    assert {keys[-1] for keys in there_} == {keys[-1] for keys in back_} == set(ISOLATION)


def test_what_the_new_owner_says_of_isolation_comes_first() -> None:
    own = {"profile": "small", "tenants": [DAY.owner]}
    adopts = make_plan(there(written={DAY: ISOLATION, PLATFORM: entry(**own)}), "")[0].changes
    assert adopts == entry(**{**ISOLATION, **own}, adopt_namespace_from=DAY.owner)


def test_an_application_that_manages_isolation_goes_on_doing_so_under_infrastructure() -> None:
    steps = make_plan(there(written={DAY: {"governed_by": "application", **ISOLATION}}), "")
    assert steps[0].changes["namespaces"]["dev"]["governed_by"] == "application"
    assert not set(steps[1].changes) & set(ISOLATION)


def test_the_same_objects_under_another_owner_are_no_loss() -> None:
    assert losses(BEFORE, replace(BEFORE, owner=PLATFORM.owner)) == []


@pytest.mark.parametrize(
    ("after", "told"),
    [
        ({"uid": "another"}, "recreated"),
        ({"objects": ()}, "Deployment/day-service no longer exists"),
        ({"objects": (replace(DEPLOYMENT, uid="new"),)}, "Deployment/day-service no longer exists"),
        ({"pods": {}}, "a pod no longer exists"),
        ({"pods": {"pod-uid": 2}}, "restarted"),
        ({"terminating": True}, "is being deleted"),
        (None, "the namespace no longer exists"),
    ],
)
def test_whatever_is_lost_recreated_or_restarted_is_named(after: Any, told: str) -> None:
    assert told in "\n".join(losses(BEFORE, replace(BEFORE, **after) if after else None))


def planned(operation: str, kind: str, name: str) -> EngineStep:
    """What the preview of a stack says of one of its objects."""
    place = "platform:isolation:Isolation$" if name.startswith("platform-") else ""
    return EngineStep(operation, f"urn:pulumi:dev::p::{place}kubernetes:x:{kind}::{name}", kind, name, "dev")


IMAGE, QUOTA = (
    planned("update", "Deployment", "day-service"),
    planned("update", "ResourceQuota", "platform-quota"),
)
SAME = planned("same", "Service", "day-service")


@pytest.mark.parametrize(
    ("found", "steps", "told"),
    [
        (there(), [SAME], ""),
        (there(), [SAME, IMAGE], "day/dev:  ~ update Deployment/day-service in dev"),
        (there(), [SAME, QUOTA], "ResourceQuota/platform-quota"),
        (there(), [IMAGE, planned("update", "Namespace", "dev")], "Namespace/dev"),
        (adopted(), [SAME, QUOTA, planned("create", "Namespace", "dev")], ""),
        (adopted(), [SAME, IMAGE], "Deployment/day-service"),
        (there(), [planned("create", "Deployment", "day-service")], ""),
        (
            there(),
            [replace(SAME, operation="update", urn="urn:pulumi:dev::p::pulumi:providers:kubernetes::x")],
            "",
        ),
        (there(), None, ""),
    ],
)
def test_a_move_is_refused_with_what_it_would_deploy_that_is_not_deployed_yet(
    found: Facts, steps: list[EngineStep] | None, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Engine:
        def __init__(self, stack: Stack, _: object) -> None:
            self.stack = stack

        def preview(self) -> tuple[EngineStep, ...]:
            if steps is None:
                raise Refusal("Another stack owns it.", "")
            return tuple(steps if self.stack == DAY else [SAME])

    monkeypatch.setattr(module, "EngineStack", Engine)
    check: Any = module._refuse_undeployed
    if not told:
        check(found, make_plan(there(), ""), None)
        return
    with pytest.raises(Refusal) as caught:
        check(found, make_plan(there(), ""), None)
    assert told in caught.value.fact
    assert "make app-up SERVICE=day ENV=dev" in caught.value.remedy
    assert "infra-up" not in caught.value.remedy


@pytest.mark.parametrize(
    ("refuses", "error"),
    [
        ("make_plan", Refusal),
        ("_refuse_undeployed", Refusal),
        ("trial of the second step", Refusal),
        ("change_settings of the first step", Refusal),
        ("deploy", Failure),
        ("change_settings of the second step", Failure),
        ("kubeconfig_of", Failure),
        ("take_snapshot", Failure),
        ("vanished", Failure),
    ],
)
def test_only_what_is_refused_before_the_first_change_is_a_refusal(
    refuses: str, error: type[Exception], monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    begun: list[str] = []

    def act(name: str, result: Any = None) -> Any:
        def call(*_: Any, is_trial: bool = False, **__: Any) -> Any:
            what = "trial" if is_trial else name
            begun.append(what)
            position = "first" if begun.count(what) == 1 else "second"
            if refuses in (name, f"{what} of the {position} step"):
                raise Refusal("No.", "Nothing was changed. Correct it.")
            return result

        return call

    steps = make_plan(there(), "")
    answers = {"make_plan": steps, "take_snapshot": None if refuses == "vanished" else BEFORE}
    acting = (
        "make_plan",
        "_refuse_undeployed",
        "change_settings",
        "deploy",
        "kubeconfig_of",
        "take_snapshot",
    )
    for name in acting:
        monkeypatch.setattr(module, name, act(name, answers.get(name)))
    monkeypatch.setattr(module, "gather", lambda *_: there())
    monkeypatch.setattr(module, "local_folder", lambda name: tmp_path)
    monkeypatch.setattr(module, "cluster_api", lambda _: nullcontext())
    with pytest.raises(error) as caught:
        move(DAY, None, to="infrastructure")  # type: ignore[arg-type]
    assert isinstance(caught.value, Failure) == (error is Failure)
    assert ("Nothing was changed" in str(caught.value)) == (error is Refusal)
