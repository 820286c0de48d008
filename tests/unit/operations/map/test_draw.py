"""Where a page is written, and a planned move drawn as before and after."""

from pathlib import Path

import pytest

from operations.map import page
from operations.map.page import after_move, draw_map, draw_move
from operations.move.plan import Facts, Step
from operations.status.disagreements import examine
from operations.status.facts import ClusterFacts
from shared.errors import Refusal
from shared.stacks import Stack
from tests.markup import read_page
from tests.unit.operations.status.cluster_facts import cluster, live, owns, stack, uses
from tests.unit.operations.test_move import facts
from tests.unit.operations.workspace import DAY, DUSK, PLATFORM, TOOLCHAIN

BEFORE = cluster(
    live(DAY),
    stack(PLATFORM),
    stack(DAY, owns(DAY), has="labelled"),
    stack(DUSK, uses(DUSK, DAY)),
)
MOVE = facts(PLATFORM, DAY.owner, claims={DAY: DAY, DUSK: DAY}, states=(DAY,))
PLAN = [Step("service-infrastructure.dev adopts it", PLATFORM, {"namespaces": "…"})]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with one cluster and a stack on none."""
    apart = [stack(Stack(DAY.project, "live"))]
    monkeypatch.setattr(page, "ROOT", tmp_path)
    monkeypatch.setattr(page, "asked_for", lambda *_: ([], [PLATFORM]))
    monkeypatch.setattr(page, "gather", lambda *_, with_workloads: ([BEFORE], apart))
    return tmp_path


def test_the_page_is_written_whole_and_for_its_owner_alone(folder: Path) -> None:
    (folder / "map.html").write_text("old")
    file = draw_map("", "map.html", TOOLCHAIN)
    assert file == folder / "map.html"
    assert file.stat().st_mode & 0o777 == 0o600
    assert "day/live" in read_page(file.read_text("utf-8")).text


def test_stacks_of_another_environment_are_left_out(folder: Path) -> None:
    assert "day/live" not in draw_map("dev", "map.html", TOOLCHAIN).read_text("utf-8")


@pytest.mark.parametrize(
    ("before", "move"),
    [
        (BEFORE, MOVE),
        (
            cluster(
                live(PLATFORM),
                stack(PLATFORM, owns(PLATFORM, tenants=[DAY, DUSK]), has="labelled"),
                stack(DAY, uses(DAY, PLATFORM)),
                stack(DUSK, uses(DUSK, PLATFORM)),
            ),
            facts(
                DAY,
                PLATFORM.owner,
                claims={PLATFORM: PLATFORM, DAY: PLATFORM, DUSK: PLATFORM},
                states=(PLATFORM,),
            ),
        ),
    ],
    ids=["to infrastructure", "to an application"],
)
def test_before_and_after_a_complete_move_nothing_disagrees(before: ClusterFacts, move: Facts) -> None:
    assert examine(before).disagreements == ()
    assert before.live
    after = after_move(before, before.live, move)
    assert examine(after).disagreements == ()
    assert after.live
    namespace = after.live.cluster.namespaces["dev"]
    assert namespace.owner == move.target.owner
    assert namespace.previous_owner != namespace.owner


def test_a_move_whose_cluster_does_not_answer_is_not_drawn(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "gather", lambda *_, with_workloads: ([], []))
    with pytest.raises(Refusal, match="does not answer"):
        draw_move(MOVE, PLAN, "move.html", TOOLCHAIN)
