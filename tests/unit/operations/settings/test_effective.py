"""Effective settings: each value as the program gets it, with the file and line that it came from."""

import json
from typing import Any

import pytest
import yaml
from rich.console import Console

from operations.engine.project import StackId
from operations.settings.effective import Effective, Source, check_settings, effective
from operations.settings.show import as_json, show
from shared.refusal import Refusal

DAY = "day-service-app"


def write(stack: StackId, text: str) -> None:
    stack.project.settings_file("dev").write_text(text)


def found(stack: StackId) -> dict[str, Effective]:
    return {one.name: one for one in effective(stack)}


def refusal_of(stack: StackId, text: str) -> str:
    write(stack, text)
    with pytest.raises(Refusal) as caught:
        check_settings(stack)
    return str(caught.value)


def test_the_stacks_own_file_comes_first_with_its_line(day: StackId) -> None:
    write(day, f"# ours\nconfig:\n  {DAY}:replicas: 7\n")
    assert found(day)["replicas"] == Effective("replicas", 7, Source.SETTINGS, "apps/day/Pulumi.dev.yaml", 3)


def test_then_the_projects_default_with_its_line(day: StackId) -> None:
    write(day, "config: {}\n")
    one = found(day)["log_level"]
    assert (one.value, one.source, one.file) == ("info", Source.PROJECT, "apps/day/Pulumi.yaml")
    lines = (day.project.folder / "Pulumi.yaml").read_text().splitlines()
    assert lines[one.line - 1] == "    default: info"
    assert "log_level:" in lines[one.line - 3]


def test_then_the_programs_own(platform: StackId) -> None:
    assert found(platform)["namespaces"] == Effective("namespaces", {}, Source.PROGRAM)


def test_an_empty_setting_takes_the_programs_own(day: StackId) -> None:
    write(day, f"config:\n  {DAY}:log_level:\n")
    assert found(day)["log_level"] == Effective("log_level", "info", Source.PROGRAM)


def test_a_namespace_that_nobody_names_comes_from_the_pattern(day: StackId) -> None:
    write(day, f"config:\n  {DAY}:namespace_pattern: service-environment\n")
    assert found(day)["namespace"] == Effective("namespace", "day-service-dev", Source.PATTERN)


def test_a_pattern_that_makes_no_namespace_is_told_with_an_example(day: StackId) -> None:
    message = refusal_of(day, f"config:\n  {DAY}:namespace_pattern: team-environment\n")
    assert (
        "the pattern team-environment needs the setting team; for example namespace: day-service-dev"
        in message
    )


def test_a_secret_is_masked_in_every_form(day: StackId) -> None:
    write(day, f"config:\n  {DAY}:database_host:\n    secure: v1:hunter2\n")
    console = Console(width=80, record=True, file=open("/dev/null", "w"))  # noqa: SIM115, PTH123
    show(day, effective(day), console)
    told = console.export_text() + json.dumps(as_json(day, effective(day)))
    assert "hunter2" not in told
    assert "[secret]" in told
    assert found(day)["database_host"].secret


def test_what_a_secret_holds_is_left_to_the_program(platform: StackId) -> None:
    write(platform, "config:\n  service-infrastructure:cluster:\n    secure: v1:x\n")
    assert found(platform)["cluster"].secret


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (f"{DAY}:replicas: two", f"{DAY}:replicas is 'two': must be a whole number; for example 2"),
        (f"{DAY}:replicas: 1_0", f"{DAY}:replicas is '1_0': must be a whole number; for example 2"),
        (f"{DAY}:replicas: 2.0", f"{DAY}:replicas is '2.0': must be a whole number; for example 2"),
        (
            f"{DAY}:feature_new_ui: yes",
            f"{DAY}:feature_new_ui is 'yes': must be true or false; for example false",
        ),
        ("replicas: 2", "replicas in line 2: the project stands before a setting's name"),
        ("dusk-service-app:replicas: 2", "is a setting of another project, dusk-service-app"),
        ("day-servce-app:replicas: 2", f"there is no such project; did you mean {DAY}:replicas?"),
        (f"{DAY}:", f"{DAY} in line 2: the project stands before a setting's name"),
        ("[a, b]: 1", "line 2: a setting's key is a text"),
    ],
)
def test_what_the_engine_would_refuse_or_overlook_is_told(day: StackId, line: str, told: str) -> None:
    message = refusal_of(day, f"config:\n  {line}\n")
    assert told in message
    assert message.startswith("apps/day/Pulumi.dev.yaml has 1 wrong setting:")
    assert "for example" in message or "did you mean" in message


def test_a_required_setting_is_told_where_the_project_gives_no_default(day: StackId) -> None:
    file = day.project.folder / "Pulumi.yaml"
    before = file.read_text()
    file.write_text(before.replace("    default: info\n", ""))
    try:
        assert f"{DAY}:log_level: is required; for example info" in refusal_of(day, "config: {}\n")
    finally:
        file.write_text(before)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("confg: {}\n", "confg in line 1 is unknown: settings stand under config; did you mean config?"),
        (f"{DAY}:replicas: 2\n", f"{DAY}:replicas in line 1 is unknown: settings stand under config"),
        ("config: [a]\n", "config in line 1 is no map"),
        ("config: text\n", "config in line 1 is no map"),
        (f"config:\n  {DAY}:team: a\n  {DAY}:team: b\n", f"{DAY}:team stands in lines 2, 3"),
    ],
)
def test_a_wrong_form_is_told_with_its_line(day: StackId, text: str, told: str) -> None:
    assert told in refusal_of(day, text)


def test_form_and_values_are_told_together(day: StackId) -> None:
    message = refusal_of(day, f"confg: 1\nconfig:\n  {DAY}:replicas: x\n  replicas: 1\n  {DAY}:zz: 1\n")
    assert message.startswith("apps/day/Pulumi.dev.yaml has 4 wrong settings:")


@pytest.mark.parametrize(
    "text", ["", "config:\n", "config: {}\nsecretsprovider: awskms://x\nencryptedkey: k\n"]
)
def test_a_file_without_settings_is_right(day: StackId, text: str) -> None:
    write(day, text)
    check_settings(day)


def test_settings_of_providers_are_none_of_ours(day: StackId) -> None:
    write(day, "config:\n  aws:region: eu-central-1\n  pulumi:tags: {a: b}\n")
    check_settings(day)


def test_where_settings_are_imported_only_the_form_is_judged(platform: StackId) -> None:
    write(platform, "environment: [shared]\nconfig: {}\n")
    check_settings(platform)
    assert "confg" in refusal_of(platform, "environment: [shared]\nconfg: {}\n")


def test_the_table_is_80_columns_wide_and_has_every_setting(stack: StackId) -> None:
    console = Console(width=200, record=True, file=open("/dev/null", "w"))  # noqa: SIM115, PTH123
    settings = effective(stack)
    show(stack, settings, console)
    lines = console.export_text().splitlines()
    assert max(map(len, lines)) <= 80
    assert all(any(line.startswith(f"{one.name} ") for line in lines) for one in settings)


def test_the_json_has_every_setting_with_its_source(stack: StackId) -> None:
    told: dict[str, Any] = json.loads(json.dumps(as_json(stack, effective(stack))))
    assert told["stack"] == stack.owner
    assert told["service"] == (None if stack.project.label == "infrastructure" else stack.project.label)
    own = yaml.safe_load(stack.project.settings_file("dev").read_text())["config"]
    names = {key.split(":", 1)[1] for key in own}
    assert {one["name"] for one in told["settings"] if one["source"] == "settings"} == names
    assert all((one["file"] is None) == (one["line"] is None) for one in told["settings"])
