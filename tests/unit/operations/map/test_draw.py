"""Where a page is written: whole, readable by its owner alone, and never over a folder."""

from pathlib import Path
from typing import Any

import pytest

from operations.map import draw
from operations.status.facts import StackFacts
from operations.status.gather import Gathered
from shared.refusal import Refusal
from tests.unit.operations.map.markup import read_page
from tests.unit.operations.map.workspaces import mixed

LIVE = StackFacts("day-service-app.live", "live", "day")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout of which the mixed cluster and a stack on none are known."""
    asked: list[Any] = []
    monkeypatch.setattr(draw, "ROOT", tmp_path)
    monkeypatch.setattr(draw, "platforms_of", lambda _: asked)
    monkeypatch.setattr(draw, "gather_all", lambda *_, with_workloads: Gathered([mixed()], [LIVE]))
    return tmp_path


def test_the_page_is_written_whole_and_for_its_owner_alone(folder: Path) -> None:
    (folder / "map.html").write_text("old")
    file = draw.draw_map("", "map.html", toolchain=None)  # type: ignore[arg-type]
    assert file == folder / "map.html"
    assert file.stat().st_mode & 0o777 == 0o600
    assert "day/live" in read_page(file.read_text("utf-8")).text
    assert [one.name for one in folder.iterdir()] == ["map.html"]


def test_stacks_of_another_environment_are_left_out(folder: Path) -> None:
    file = draw.draw_map("dev", "map.html", toolchain=None)  # type: ignore[arg-type]
    assert "day/live" not in file.read_text("utf-8")


def test_a_page_that_cannot_be_written_leaves_the_old_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = folder / "map.html"
    old.write_text("old")

    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        draw.write_page(old, "new")
    assert old.read_text() == "old"
    assert [one.name for one in folder.iterdir()] == ["map.html"]


@pytest.mark.parametrize(
    ("out", "told"), [("here", "is a folder"), ("nowhere/map.html", "in no folder that exists")]
)
def test_a_place_where_no_file_can_be_is_refused_before_the_look(folder: Path, out: str, told: str) -> None:
    (folder / "here").mkdir()
    with pytest.raises(Refusal, match=told):
        draw.draw_map("", out, toolchain=None)  # type: ignore[arg-type]
