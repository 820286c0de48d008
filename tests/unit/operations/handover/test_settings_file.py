"""A settings file is changed as a person would change it."""

from pathlib import Path

import pytest

from operations.engine.project import Project, StackId
from operations.handover.settings_file import ABSENT, change_settings, read_settings

TEXT = """\
# Owned by team day.
config:
  day-service-app:namespace: dev  # one for all
  other:key: "kept"

  day-service-app:cache_ttl: 60
"""


@pytest.fixture
def stack(tmp_path: Path) -> StackId:
    (tmp_path / "Pulumi.dev.yaml").write_text(TEXT)
    return StackId(Project(tmp_path, "day-service-app", "day"), "dev")


def test_comments_order_quotes_and_blank_lines_stay(stack: StackId) -> None:
    assert change_settings(stack, {"create_namespace": False, "cache_ttl": ABSENT})
    text = stack.project.settings_file("dev").read_text()
    assert text.startswith("# Owned by team day.\nconfig:\n  day-service-app:namespace: dev  # one for all\n")
    assert 'other:key: "kept"' in text
    assert "cache_ttl" not in text
    assert text.rstrip().endswith("day-service-app:create_namespace: false")


def test_a_change_that_changes_nothing_leaves_the_file_alone(stack: StackId) -> None:
    file = stack.project.settings_file("dev")
    before = file.stat().st_mtime_ns
    assert not change_settings(stack, {"namespace": "dev", "team": ABSENT})
    assert file.stat().st_mtime_ns == before
    assert file.read_text() == TEXT


def test_only_the_projects_own_settings_are_read(stack: StackId) -> None:
    assert read_settings(stack) == {"namespace": "dev", "cache_ttl": 60}


def test_a_file_without_settings_gets_some(stack: StackId) -> None:
    stack.project.settings_file("dev").write_text("")
    assert change_settings(stack, {"namespace": "dev"})
    assert read_settings(stack) == {"namespace": "dev"}


MAP = """\
config:
  service-infrastructure:namespaces:
    # The shared one.
    shared:
      team: platform  # for now
    billing:  # audited
    staging: {}
"""


def test_of_a_map_the_entry_that_changes_is_touched_and_the_comments_of_the_others_stay(
    tmp_path: Path,
) -> None:
    (tmp_path / "Pulumi.dev.yaml").write_text(MAP)
    stack = StackId(Project(tmp_path, "service-infrastructure", "infrastructure"), "dev")
    before: dict[str, dict[str, str]] = {"shared": {"team": "platform"}, "billing": {}, "staging": {}}
    change_settings(stack, {"namespaces": {**before, "moved": {"adopt_from": "a.b"}}})
    change_settings(stack, {"namespaces": {**before, "moved": {}}})
    text = (tmp_path / "Pulumi.dev.yaml").read_text()
    assert text == MAP + "    moved: {}\n"
    change_settings(stack, {"namespaces": before})
    assert (tmp_path / "Pulumi.dev.yaml").read_text() == MAP
