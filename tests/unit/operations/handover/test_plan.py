"""The plan of a handover fits the facts, from whatever point the handover stands at."""

from typing import Any

import pytest

from operations.handover.facts import Facts
from operations.handover.intent import Intent
from operations.handover.plan import make_plan
from operations.handover.settings_file import ABSENT
from shared.refusal import Refusal
from tests.unit.operations.handover.world import World


def test_the_new_owner_adopts_before_the_old_one_lets_go_and_ends_without_a_take_over(world: World) -> None:
    facts = world.facts(
        target=world.platform,
        owner=world.day.owner,
        holders=(world.day,),
        intents=(Intent(world.day, owns=True),),
    )
    adopts, lets_go, settles = make_plan(facts, "")
    assert (adopts.stack, lets_go.stack, settles.stack) == (world.platform, world.day, world.platform)
    assert adopts.changes == {"namespaces": {"dev": {"adopt_from": world.day.owner}}}
    assert lets_go.changes["create_namespace"] is False
    assert lets_go.changes["namespace_source"] is ABSENT
    assert settles.changes == {"namespaces": {"dev": {}}}
    assert [step.updates for step in (adopts, lets_go, settles)] == [True, True, False]


def test_back_to_the_application_the_platform_keeps_its_other_namespaces(world: World) -> None:
    world.settings(world.platform, namespaces={"dev": {"tenants": ["x.y"]}, "other": {}})
    facts = world.facts(
        target=world.day,
        owner=world.platform.owner,
        holders=(world.platform,),
        intents=(
            Intent(world.platform, owns=True),
            Intent(world.day, owns=False, source=world.platform.owner),
        ),
    )
    adopts, lets_go, settles = make_plan(facts, "")
    assert adopts.changes["adopt_namespace_from"] == world.platform.owner
    assert adopts.changes["create_namespace"] is True
    assert lets_go.changes == {"namespaces": {"other": {}}}
    assert settles.changes == {"adopt_namespace_from": ABSENT}


def test_what_a_namespaces_settings_say_besides_stays(world: World) -> None:
    world.settings(world.platform, namespaces={"dev": {"tenants": ["day-service-app.dev"]}})
    facts = world.facts(
        target=world.platform,
        owner=world.day.owner,
        holders=(world.day,),
        intents=(Intent(world.day, owns=True),),
    )
    adopts, *_, settles = make_plan(facts, "")
    assert adopts.changes["namespaces"]["dev"]["tenants"] == ["day-service-app.dev"]
    assert settles.changes["namespaces"]["dev"] == {"tenants": ["day-service-app.dev"]}


def test_killed_during_or_after_the_adoption_it_is_made_sure_of_before_the_old_owner_lets_go(
    world: World,
) -> None:
    world.settings(world.platform, namespaces={"dev": {"adopt_from": world.day.owner}})
    facts = world.facts(
        target=world.platform,
        owner=world.platform.owner,
        previous=world.day.owner,
        holders=(world.platform, world.day),
        intents=(Intent(world.platform, owns=True), Intent(world.day, owns=True)),
    )
    assert [step.stack for step in make_plan(facts, "")] == [world.platform, world.day, world.platform]


def test_killed_before_its_state_was_written_the_new_owner_runs_again(world: World) -> None:
    world.settings(world.platform, namespaces={"dev": {"adopt_from": world.day.owner}})
    facts = world.facts(
        target=world.platform,
        owner=world.platform.owner,
        previous=world.day.owner,
        holders=(world.day,),
        intents=(Intent(world.platform, owns=True), Intent(world.day, owns=True)),
    )
    assert [step.stack for step in make_plan(facts, "")] == [world.platform, world.day, world.platform]


def test_killed_in_its_last_step_the_setting_of_the_take_over_goes(world: World) -> None:
    world.settings(world.platform, namespaces={"dev": {"adopt_from": world.day.owner}})
    facts = world.facts(
        target=world.platform,
        owner=world.platform.owner,
        holders=(world.platform,),
        intents=(
            Intent(world.platform, owns=True),
            Intent(world.day, owns=False, source=world.platform.owner),
        ),
    )
    adopts, settles = make_plan(facts, "")
    assert adopts.updates
    assert settles.changes == {"namespaces": {"dev": {}}}
    assert not settles.updates


def test_a_complete_handover_leaves_nothing_to_do(world: World) -> None:
    world.settings(world.platform, namespaces={"dev": {}})
    facts = world.facts(
        target=world.platform,
        owner=world.platform.owner,
        holders=(world.platform,),
        intents=(
            Intent(world.platform, owns=True),
            Intent(world.day, owns=False, source=world.platform.owner),
        ),
    )
    assert make_plan(facts, "") == []


def test_a_reader_of_the_old_owner_reads_from_the_new_one_without_an_update(world: World) -> None:
    facts = world.facts(
        target=world.platform,
        owner=world.day.owner,
        holders=(world.day,),
        intents=(Intent(world.day, owns=True), Intent(world.dusk, owns=False, source=world.day.owner)),
    )
    reads = next(step for step in make_plan(facts, "") if step.stack == world.dusk)
    assert reads.changes == {"namespace_source": ABSENT}
    assert not reads.updates


@pytest.mark.parametrize(
    ("owner", "from_owner", "told"),
    [
        ("day-service-app.dev", "somebody.else", "is owned by day-service-app.dev"),
        ("", "", "Nobody owns"),
        ("stranger.dev", "", "is no stack of this checkout"),
    ],
)
def test_facts_that_do_not_fit_are_refused(world: World, owner: str, from_owner: str, told: str) -> None:
    facts = world.facts(
        target=world.platform, owner=owner, holders=(world.day,), intents=(Intent(world.day, owns=True),)
    )
    with pytest.raises(Refusal, match=told):
        make_plan(facts, from_owner)


def test_only_a_stack_that_lives_in_a_namespace_may_own_it(world: World) -> None:
    facts = world.facts(
        target=world.dusk,
        owner=world.day.owner,
        holders=(world.day,),
        intents=(Intent(world.day, owns=True),),
    )
    with pytest.raises(Refusal, match="does not live in the namespace"):
        make_plan(facts, "")


def steps_of(facts: Facts) -> list[dict[str, Any]]:
    return [dict(step.changes) for step in make_plan(facts, "")]


ISOLATED = {"profile": "large", "cost_center": "cc-1", "isolation": {"quota": {"pods": 120}}}


def test_the_isolation_of_a_namespace_moves_with_it_to_infrastructure(world: World) -> None:
    world.settings(world.day, namespace="dev", team="backend", **ISOLATED)
    facts = world.facts(
        target=world.platform,
        owner=world.day.owner,
        holders=(world.day,),
        intents=(Intent(world.day, owns=True),),
    )
    adopts, lets_go, settles = steps_of(facts)
    entry = {"team": "backend", **ISOLATED}
    assert adopts["namespaces"]["dev"] == {**entry, "adopt_from": world.day.owner}
    assert settles["namespaces"]["dev"] == entry
    assert {key for key, value in lets_go.items() if value is ABSENT} >= set(ISOLATED)
    assert "team" not in lets_go


def test_the_isolation_of_a_namespace_moves_back_with_it(world: World) -> None:
    world.settings(world.platform, namespaces={"dev": {"tenants": ["day-service-app.dev"], **ISOLATED}})
    world.settings(world.day, namespace="dev", create_namespace=False)
    facts = world.facts(
        target=world.day,
        owner=world.platform.owner,
        holders=(world.platform,),
        intents=(
            Intent(world.platform, owns=True),
            Intent(world.day, owns=False, source=world.platform.owner),
        ),
    )
    adopts = steps_of(facts)[0]
    assert {key: adopts[key] for key in ISOLATED} == ISOLATED
    assert "tenants" not in adopts


def test_what_the_new_owner_says_of_isolation_comes_first(world: World) -> None:
    world.settings(world.day, namespace="dev", **ISOLATED)
    world.settings(world.platform, namespaces={"dev": {"profile": "small"}})
    facts = world.facts(
        target=world.platform,
        owner=world.day.owner,
        holders=(world.day,),
        intents=(Intent(world.day, owns=True),),
    )
    assert steps_of(facts)[0]["namespaces"]["dev"]["profile"] == "small"


def test_an_application_that_governs_goes_on_governing(world: World) -> None:
    world.settings(world.day, namespace="dev", governed_by="application", **ISOLATED)
    facts = world.facts(
        target=world.platform,
        owner=world.day.owner,
        holders=(world.day,),
        intents=(Intent(world.day, owns=True),),
    )
    adopts, lets_go, _ = steps_of(facts)
    assert adopts["namespaces"]["dev"]["governed_by"] == "application"
    assert not set(lets_go) & set(ISOLATED)


def test_an_adoption_whose_update_was_cut_short_is_run_again_before_anybody_lets_go(world: World) -> None:
    world.settings(world.platform, namespaces={"dev": {"adopt_from": world.day.owner}})
    facts = world.facts(
        target=world.platform,
        owner=world.platform.owner,
        holders=(world.platform, world.day),
        intents=(Intent(world.platform, owns=True), Intent(world.day, owns=True)),
        exported=False,
    )
    first, second, *_ = make_plan(facts, "")
    assert (first.stack, first.updates) == (world.platform, True)
    assert second.stack == world.day


def test_a_protected_namespace_is_not_moved(world: World) -> None:
    facts = world.facts(
        target=world.platform,
        owner=world.day.owner,
        holders=(world.day,),
        intents=(Intent(world.day, owns=True),),
        protected=True,
    )
    with pytest.raises(Refusal, match=r"is protected by day-service-app\.dev"):
        make_plan(facts, "")


def test_an_interrupted_move_is_undone_by_moving_back_even_after_a_round_trip(world: World) -> None:
    world.settings(world.platform, namespaces={"dev": {"adopt_from": world.day.owner}})
    world.settings(world.day, namespace="dev", **ISOLATED)
    facts = world.facts(
        target=world.day,
        owner=world.platform.owner,
        previous=world.day.owner,
        holders=(world.platform, world.day),
        taken_from={world.day: world.platform.owner},
        intents=(Intent(world.platform, owns=True), Intent(world.day, owns=True)),
    )
    completes, lets_go, adopts, drops, settles = make_plan(facts, "")
    assert (completes.stack, dict(completes.changes), completes.updates) == (world.platform, {}, True)
    assert lets_go.stack == world.day
    assert lets_go.changes["create_namespace"] is False
    assert lets_go.changes["namespace_source"] is ABSENT
    assert adopts.changes["adopt_namespace_from"] == world.platform.owner
    assert {key: adopts.changes[key] for key in ISOLATED} == ISOLATED
    assert (drops.stack, settles.stack) == (world.platform, world.day)


def test_a_namespace_that_an_owner_would_delete_by_letting_go_is_not_moved(world: World) -> None:
    facts = world.facts(
        target=world.platform,
        owner="",
        holders=(world.day,),
        intents=(Intent(world.day, owns=True),),
        retained=False,
    )
    with pytest.raises(Refusal, match="letting go of it would delete it") as caught:
        make_plan(facts, "unowned")
    assert "Deploy day/dev once" in caught.value.remedy
