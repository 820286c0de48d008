"""Malformed settings, of every type, in each of the stacks: told in one message, with nothing begun."""

import json
import string
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from operations.engine.project import StackId, infrastructure_stack, service_stack
from operations.settings.effective import check_settings, model_of
from shared.refusal import Refusal
from tests.unit.operations.settings.malformed import Leaf, leaves

STACKS = ("infrastructure", "day", "dusk")
FOLDERS = {"infrastructure": "infrastructure", "day": "apps/day", "dusk": "apps/dusk"}
_LONGEST = 40
EXAMPLE = "; for example "


def stack_of(label: str) -> StackId:
    return infrastructure_stack("dev") if label == "infrastructure" else service_stack(label, "dev")


def project_of(label: str) -> str:
    return "service-infrastructure" if label == "infrastructure" else f"{label}-service-app"


def told(workspace: Path, label: str, values: dict[str, Any]) -> list[str]:
    """Write settings beside those that are there, and take what is said about them: a line each."""
    stack = stack_of(label)
    file = stack.project.settings_file("dev")
    before = file.read_text()
    written = yaml.safe_load(before)
    written["config"] |= {f"{stack.project.name}:{name}": value for name, value in values.items()}
    file.write_text(json.dumps(written))
    there = snapshot(workspace)
    try:
        with pytest.raises(Refusal) as caught:
            check_settings(stack)
        assert snapshot(workspace) == there
    finally:
        file.write_text(before)
    head, *lines = caught.value.fact.splitlines()
    assert head == f"{FOLDERS[label]}/Pulumi.dev.yaml has {len(lines)} wrong setting{'s'[: len(lines) > 1]}:"
    assert caught.value.remedy == "Nothing was changed. Correct the file and run the command again."
    assert all(line.startswith("    ") and line.isprintable() for line in lines)
    return lines


def snapshot(workspace: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in workspace.rglob("*") if path.is_file()}


def check_line(lines: list[str], label: str, leaf: Leaf, value: Any) -> None:
    """There is a line about this setting: key, value, rule and an example that is right."""
    key = f"    {project_of(label)}:{leaf.key}"
    exact = [line for line in lines if line.startswith(f"{key} is ")]
    # What is wrong within a list or a map is told where it stands.
    assert exact or any(line.startswith(key) for line in lines), lines
    for line in exact:
        if isinstance(value, str) and len(value) < _LONGEST:
            assert line.startswith(f"{key} is {value!r}: "), line
        _, _, example = line.rpartition(EXAMPLE)
        assert leaf.takes(yaml.safe_load(example)), line


LEAVES = [
    (label, leaf)
    for label, stack in ((label, stack_of(label)) for label in STACKS)
    for leaf in leaves(model_of(stack))
]


@pytest.mark.parametrize(("label", "leaf"), LEAVES, ids=[f"{label}-{leaf.key}" for label, leaf in LEAVES])
@settings(max_examples=3, phases=[Phase.generate])
@given(data=st.data())
def test_a_wrong_value_is_told_with_its_key_its_rule_and_an_example(
    workspace: Path, label: str, leaf: Leaf, data: st.DataObject
) -> None:
    value = data.draw(leaf.values)
    name, written = leaf.settings(value)
    lines = told(workspace, label, {name: written})
    check_line(lines, label, leaf, value)
    assert all("for example" in line.lower() for line in lines), lines


@pytest.mark.parametrize("label", STACKS)
@given(data=st.data())
def test_all_wrong_values_of_a_stack_are_told_at_once(
    workspace: Path, label: str, data: st.DataObject
) -> None:
    there = [leaf for leaf in leaves(model_of(stack_of(label))) if len(leaf.path) == 1]
    chosen = data.draw(
        st.lists(st.sampled_from(there), min_size=2, max_size=6, unique_by=lambda leaf: leaf.key)
    )
    values = {leaf.key: data.draw(leaf.values) for leaf in chosen}
    lines = told(workspace, label, values)
    for leaf in chosen:
        check_line(lines, label, leaf, values[leaf.key])


@pytest.mark.parametrize("label", STACKS)
@given(data=st.data())
def test_an_unknown_setting_is_told_with_the_nearest_known_one(
    workspace: Path, label: str, data: st.DataObject
) -> None:
    known = sorted(name for name in model_of(stack_of(label)).model_fields if len(name) > len("team"))
    name = data.draw(st.sampled_from(known))
    place = data.draw(st.integers(1, len(name) - 1))
    letter = data.draw(st.sampled_from(string.ascii_lowercase))
    slip = data.draw(
        st.sampled_from([name[:place] + name[place + 1 :], name[:place] + letter + name[place:]]).filter(
            lambda slipped: slipped not in known
        )
    )
    (line,) = told(workspace, label, {slip: "1"})
    start = (
        f"    {project_of(label)}:{slip}: there is no such setting; did you mean {name}? For example {name}: "
    )
    assert line.startswith(start), line


@pytest.mark.parametrize("label", STACKS)
@given(content=st.text("config:{}[]&*!|>-\t\n 'ab\"#%@day-service-app", max_size=60))
def test_a_file_of_any_text_is_taken_or_refused(workspace: Path, label: str, content: str) -> None:
    stack = stack_of(label)
    file = stack.project.settings_file("dev")
    before = file.read_text()
    file.write_text(content)
    try:
        check_settings(stack)
    except Refusal as refusal:
        assert refusal.fact.startswith(f"{FOLDERS[label]}/Pulumi.dev.yaml")
    finally:
        file.write_text(before)
