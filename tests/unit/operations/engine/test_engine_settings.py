"""The settings' copy for the engine: its salt stays there, and the file that people commit stays as it is."""

import stat
from pathlib import Path

import pytest
import yaml

from operations.engine.project import StackId
from operations.engine.settings import are_changed, engine_settings

SALT = "encryptionsalt: v1:salt\n"


def source(stack: StackId) -> Path:
    return stack.project.settings_file(stack.environment)


def read(path: Path) -> dict[str, object]:
    document: dict[str, object] = yaml.safe_load(path.read_text())
    return document


def test_the_engine_gets_a_copy_outside_of_the_project(stack: StackId, checkout: Path) -> None:
    copy = engine_settings(stack)
    assert copy == checkout / ".local" / "settings" / "day-service-app" / "Pulumi.dev.yaml"
    assert read(copy) == read(source(stack))
    assert read(copy.parent / "Pulumi.yaml")["name"] == "day-service-app"


def test_what_the_engine_writes_is_kept_and_the_settings_file_stays_untouched(stack: StackId) -> None:
    before = source(stack).read_bytes()
    copy = engine_settings(stack)
    copy.write_text(copy.read_text() + SALT)
    assert read(engine_settings(stack))["encryptionsalt"] == "v1:salt"
    assert source(stack).read_bytes() == before


def test_changed_settings_reach_the_engine_with_the_kept_salt(stack: StackId) -> None:
    copy = engine_settings(stack)
    copy.write_text(copy.read_text() + SALT)
    source(stack).write_text("config:\n  day-service-app:image_tag: two\n")
    assert read(engine_settings(stack)) == {
        "config": {"day-service-app:image_tag": "two"},
        "encryptionsalt": "v1:salt",
    }


def test_a_setting_that_was_removed_does_not_come_back(stack: StackId) -> None:
    engine_settings(stack)
    source(stack).write_text("config: {}\n")
    assert read(engine_settings(stack)) == {"config": {}}


@pytest.mark.parametrize("own", ["secretsprovider: awskms://key\n", "encryptionsalt: v1:shared\n"])
def test_a_file_that_says_how_it_is_encrypted_wins(stack: StackId, own: str) -> None:
    copy = engine_settings(stack)
    copy.write_text(copy.read_text() + SALT)
    source(stack).write_text(source(stack).read_text() + own)
    assert engine_settings(stack).read_text() == source(stack).read_text()


def test_a_file_without_its_last_line_break_keeps_its_last_setting(stack: StackId) -> None:
    copy = engine_settings(stack)
    copy.write_text(copy.read_text() + SALT)
    source(stack).write_text("config:\n  day-service-app:image_tag: two")
    assert read(engine_settings(stack))["config"] == {"day-service-app:image_tag": "two"}


@pytest.mark.parametrize("broken", ["[", "text", "", "- a\n"])
def test_a_broken_settings_file_reaches_the_engine_as_it_is(stack: StackId, broken: str) -> None:
    source(stack).write_text(broken)
    assert engine_settings(stack).read_text().rstrip("\n") == broken.rstrip("\n")


def test_the_copy_is_its_owners_alone(stack: StackId, checkout: Path) -> None:
    engine_settings(stack)
    assert stat.S_IMODE((checkout / ".local").stat().st_mode) == 0o700


def test_two_runs_at_once_do_not_take_each_others_copy_away(
    stack: StackId, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace = Path.replace
    nested: list[Path] = []

    def interrupted(self: Path, target: Path) -> Path:
        if not nested:
            nested.append(target)
            engine_settings(stack)
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", interrupted)
    assert read(engine_settings(stack)) == read(source(stack))


def test_settings_are_news_until_their_first_run_and_after_each_change(stack: StackId) -> None:
    assert are_changed(stack)
    engine_settings(stack, salt="v1:salt")
    assert not are_changed(stack)
    source(stack).write_text(f"# a comment\n{source(stack).read_text()}")
    assert not are_changed(stack)
    source(stack).write_text("config:\n  day-service-app:image_tag: two\n")
    assert are_changed(stack)
