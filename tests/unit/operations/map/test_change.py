"""A planned move drawn as before and after: the facts as they will be, and the page of both."""

from pathlib import Path

import pytest

from operations.engine.project import Project, StackId
from operations.handover.facts import Facts
from operations.handover.intent import Intent
from operations.handover.proof import Picture
from operations.map.change import StepShown, after_move
from operations.map.page import change_page
from operations.map.picture import picture
from operations.stacks.state import StateNamespace
from operations.status.disagreements import examine
from operations.status.facts import ClusterFacts
from tests.unit.operations.map.markup import read_page
from tests.unit.operations.map.workspaces import HOSTILE, NOW, deployment, live
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

NOWHERE = Path("/nowhere")
PLATFORM_STACK = StackId(Project(NOWHERE, "service-infrastructure", "infrastructure"), "dev")
DAY_STACK = StackId(Project(NOWHERE, "day-service-app", "day"), "dev")
DUSK_STACK = StackId(Project(NOWHERE, "dusk-service-app", "dusk"), "dev")

BEFORE = cluster(
    live("dev", DAY, runs=(deployment("day-service", DAY),)),
    live("other", PLATFORM),
    platform(owns("other"), holds=[held("other", PLATFORM)]),
    day(owns("dev"), holds=[held("dev", DAY)]),
    dusk(reads(DAY)),
)


def _facts(target: StackId, owner: StackId, *intents: Intent) -> Facts:
    return Facts(
        name="dev",
        platform=PLATFORM_STACK,
        target=target,
        picture=Picture("dev", "uid-1", owner.owner, "", (), {}),
        held={
            stack: StateNamespace("dev", "urn", True) if stack == owner else None
            for stack in (PLATFORM_STACK, DAY_STACK, DUSK_STACK)
        },
        intents=intents,
    )


TO_PLATFORM = _facts(
    PLATFORM_STACK, DAY_STACK, Intent(DAY_STACK, owns=True), Intent(DUSK_STACK, owns=False, source=DAY)
)


@pytest.fixture
def after() -> ClusterFacts:
    """The cluster once the namespace is the infrastructure stack's."""
    return after_move(BEFORE, TO_PLATFORM)


def test_before_and_after_a_complete_move_nothing_disagrees(after: ClusterFacts) -> None:
    assert examine(BEFORE).agrees
    assert examine(after).disagreements == ()


def test_the_new_owner_has_it_by_label_state_and_settings_and_the_old_one_lives_in_it(
    after: ClusterFacts,
) -> None:
    assert (after.live["dev"].owner, after.live["dev"].previous_owner) == (PLATFORM, DAY)
    assert after.live["dev"].workloads == BEFORE.live["dev"].workloads
    stacks = {stack.owner: stack for stack in after.stacks}
    assert stacks[PLATFORM].held("dev")
    assert stacks[PLATFORM].wants_to_own("dev")
    assert stacks[PLATFORM].wants_to_own("other")
    assert stacks[DAY].holds == ()
    for reader in (DAY, DUSK):
        wish = stacks[reader].wish("dev")
        assert wish
        assert wish.source == PLATFORM


def test_back_again_infrastructure_neither_holds_nor_reads_it(after: ClusterFacts) -> None:
    back = _facts(
        DAY_STACK,
        PLATFORM_STACK,
        Intent(PLATFORM_STACK, owns=True),
        Intent(DAY_STACK, owns=False, source=PLATFORM),
        Intent(DUSK_STACK, owns=False, source=PLATFORM),
    )
    again = after_move(after, back)
    assert examine(again).agrees
    stacks = {stack.owner: stack for stack in again.stacks}
    assert [wish.name for wish in stacks[PLATFORM].wishes] == ["other"]
    assert [one.name for one in stacks[PLATFORM].holds] == ["other"]
    assert stacks[DAY].wants_to_own("dev")


def test_the_tenants_that_the_new_owner_named_stay() -> None:
    named = cluster(
        live("dev", DAY),
        platform(owns("dev", adopt=DAY, tenants=[DAY])),
        day(owns("dev"), holds=[held("dev", DAY)]),
    )
    (first, *_) = after_move(named, TO_PLATFORM).stacks
    wish = first.wish("dev")
    assert wish
    assert (wish.tenants, wish.adopt_from) == ((DAY,), "")


def test_the_page_shows_both_and_the_plan_between(after: ClusterFacts) -> None:
    steps = [StepShown("it adopts", ("file: a = b",), "infrastructure/dev"), StepShown("it reads", (), "")]
    was, will = picture(examine(BEFORE), "was"), picture(examine(after), "will")
    root = read_page(change_page(was, will, "Moving dev", steps, NOW))
    sections = {
        section.one("h2").text: section
        for section in root.one("main").children
        if not isinstance(section, str)
    }
    assert list(sections) == ["Before", "The plan", "After"]
    owners = {
        moment: {
            card.text: lane.one("h3").text
            for lane in sections[moment].all("section", class_="lane")
            for card in lane.all("h4")
        }
        for moment in ("Before", "After")
    }
    assert owners["Before"] == {"dev": "day/dev", "other": "infrastructure/dev"}
    assert owners["After"] == {"dev": "infrastructure/dev", "other": "infrastructure/dev"}
    titles = [title.text for title in sections["The plan"].all("p", class_="title")]
    assert titles == ["it adopts", "it reads"]
    assert [code.text for code in sections["The plan"].all("code")] == ["file: a = b"]
    assert sections["The plan"].text.count("Then the update of") == 1


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_titles_and_steps_stay_text(text: str) -> None:
    shown = picture(examine(BEFORE), "was"), picture(examine(BEFORE), "will")
    root = read_page(change_page(*shown, text, [StepShown(text, (text,), text)], NOW))
    assert root.one("h1").text == " ".join(text.split())
    assert len(list(root.all("script"))) == 1
    assert not list(root.all("img"))
