"""Owners become lanes, and whoever else has to do with a namespace stands beside it."""

from dataclasses import replace

from operations.map.cards import Card
from operations.map.picture import ClusterPicture
from operations.status.facts import ClusterFacts
from tests.unit.operations.map.workspaces import NIGHT, deployment, drawn, live, many, mixed
from tests.unit.operations.status.cluster_facts import (
    DAY,
    DUSK,
    PLATFORM,
    cluster,
    day,
    dusk,
    held,
    owns,
    platform,
    reads,
)


def _lanes(picture: ClusterPicture) -> dict[str, list[str]]:
    return {
        lane.owner.label if lane.owner else "nobody": [card.name for card in lane.cards]
        for lane in picture.lanes
    }


def _card(facts: ClusterFacts, name: str) -> Card:
    (picture,) = drawn(facts)
    return next(card for card in picture.cards if card.name == name)


def _near(card: Card) -> list[tuple[str, str]]:
    return [(near.stack.label, near.say) for near in card.neighbours]


def test_infrastructure_comes_first_unknown_owners_late_and_nobody_last() -> None:
    (picture,) = drawn(mixed())
    assert _lanes(picture) == {
        "infrastructure/dev": ["data", "shared"],
        "dusk/dev": ["dusk-service-dev"],
        "gone-service-app.dev": ["left-behind"],
        "nobody": ["sandbox"],
    }
    assert list(_lanes(picture)) == ["infrastructure/dev", "dusk/dev", "gone-service-app.dev", "nobody"]


def test_who_else_has_to_do_with_it_stands_beside_it_once() -> None:
    assert _near(_card(mixed(), "shared")) == [("day/dev", "reads"), ("dusk/dev", "tenant")]
    assert _near(_card(mixed(), "data")) == [("day/dev", "holds")]
    both = cluster(live("dev", DAY), day(owns(), holds=[held(owner=DAY)]), dusk(owns()))
    assert _near(_card(both, "dev")) == [("dusk/dev", "claims")]


def test_what_is_not_on_the_cluster_stands_with_who_is_to_own_it() -> None:
    card = _card(cluster(day(owns()), dusk(reads(DAY))), "dev")
    assert (card.presence, card.owner and card.owner.owner) == ("absent", DAY)
    assert _near(card) == [("dusk/dev", "reads")]
    read = _card(cluster(dusk(reads(PLATFORM))), "dev")
    assert read.owner
    assert read.owner.owner == PLATFORM


def test_of_a_silent_cluster_the_states_are_shown() -> None:
    silent = cluster(
        day(reads(PLATFORM), holds=[held(owner=DAY)]),
        platform(owns()),
        silence="It does not answer.\n  Start it.",
    )
    card = _card(silent, "dev")
    assert (card.presence, card.owner and card.owner.owner) == ("unknown", DAY)
    assert _near(card) == [("infrastructure/dev", "claims")]


def test_a_live_namespace_without_a_label_is_nobodys_whoever_holds_it() -> None:
    card = _card(cluster(live("dev"), day(owns(), holds=[held(owner=DAY)])), "dev")
    assert card.owner is None
    assert _near(card) == [("day/dev", "holds")]
    assert card.disagreements == 1


def test_disagreements_lead_to_their_namespaces_and_notes_are_apart() -> None:
    (picture,) = drawn(mixed())
    targets = [one.target for one in picture.disagreements]
    anchors = {card.name: card.anchor for card in picture.cards}
    assert targets == [anchors["data"], anchors["left-behind"], anchors["shared"], ""]
    assert [one.what.kind for one in picture.notes] == ["foreign"]
    assert {card.name: card.disagreements for card in picture.cards} == {
        "data": 1,
        "shared": 1,
        "dusk-service-dev": 0,
        "left-behind": 1,
        "sandbox": 0,
    }


def test_flags_words_and_stacks_are_what_the_filter_asks_for() -> None:
    (picture,) = drawn(mixed())
    cards = {card.name: card for card in picture.cards}
    assert cards["shared"].flags == "disagreeing unready moved tight"
    assert cards["sandbox"].flags == "unowned"
    assert cards["dusk-service-dev"].flags == "unready"
    for word in ("shared", "dusk-worker", "day/dev", DAY, "infrastructure/dev"):
        assert word in cards["shared"].words
    numbers = {chip.label: str(chip.number) for chip in picture.known.values()}
    assert cards["shared"].stacks.split() == [
        numbers["infrastructure/dev"],
        numbers["day/dev"],
        numbers["dusk/dev"],
    ]
    assert [lane.needs_a_look for lane in picture.lanes] == [True, True, True, False]


def test_the_latest_handover_comes_first() -> None:
    first = live("first", DAY, previous=PLATFORM)
    second = replace(live("second", DAY, previous=DUSK), taken_over="2026-11-24T11:50:00Z")
    untimed = replace(live("untimed", DAY, previous=DUSK), taken_over="")
    (picture,) = drawn(cluster(first, untimed, second, live("never", DAY), day()))
    assert [card.name for card in picture.handovers] == ["second", "first", "untimed"]


def test_every_stack_has_one_colour_wherever_it_appears() -> None:
    (picture,) = drawn(mixed())
    (alone,) = drawn(cluster(live("dev", DAY, runs=(deployment("x", NIGHT),)), day()))
    assert picture.known[DAY].hue == alone.known[DAY].hue
    assert {chip.owner: chip.hue for chip in picture.known.values()} == {
        PLATFORM: "platform",
        DAY: "0",
        DUSK: "1",
        NIGHT: "2",
        "gone-service-app.dev": "3",
    }
    assert alone.known[NIGHT].kind == "not of this checkout"


def test_roles_of_a_stack() -> None:
    (picture,) = drawn(mixed())
    roles = {
        stack.owner: [[card.name for card in cards] for cards in picture.roles(stack)]
        for stack in picture.facts.stacks
    }
    assert roles[PLATFORM] == [["data", "shared"], []]
    assert roles[DAY] == [[], ["shared"]]


def test_200_namespaces_of_50_services() -> None:
    (picture,) = drawn(many())
    assert len(picture.cards) == 200
    assert len(picture.lanes) == 51
    assert len({card.anchor for card in picture.cards}) == 200
