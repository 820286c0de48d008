"""Commands read a stack's settings as its program does, and show where each comes from."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from operations import reference
from operations.checkout import all_stacks, infrastructure_stack, service_stack, settings_file
from operations.settings import Effective, as_json, effective, model_of, read_settings, show
from shared.config.application import ApplicationSettings
from shared.errors import Refusal
from shared.stacks import Stack
from tests.unit.shared.graph import ROOT

DAY = "day-service-app"
FILE = "apps/day/Pulumi.dev.yaml"


@pytest.fixture
def day(projects: Path) -> Stack:
    return service_stack("day", "dev")


def write(stack: Stack, text: str) -> None:
    settings_file(stack).write_text(text)


def refusal_of(stack: Stack, text: str) -> str:
    write(stack, text)
    with pytest.raises(Refusal) as caught:
        read_settings(stack)
    return str(caught.value)


def found(stack: Stack, name: str) -> Effective:
    return next(one for one in effective(stack) if one.name == name)


@pytest.mark.parametrize("stack", all_stacks(), ids=str)
def test_every_settings_file_of_the_checkout_is_right(stack: Stack) -> None:
    assert isinstance(read_settings(stack), model_of(stack))


def test_a_service_has_settings_of_its_own_and_other_defaults(day: Stack) -> None:
    write(day, f"config:\n  {DAY}:log_level: debug\n")
    assert read_settings(day).model_dump(include={"log_level", "namespace_pattern"}) == {
        "log_level": "debug",
        "namespace_pattern": "environment",
    }
    assert "log_level is 'loud'" in refusal_of(day, f"config:\n  {DAY}:log_level: loud\n")


def test_a_service_without_own_settings_has_those_of_every_application(projects: Path, day: Stack) -> None:
    (projects / "apps/day/settings.py").unlink()
    assert model_of(day) is ApplicationSettings


@pytest.mark.parametrize("text", ["no", "off", "n", "false", "0", "False"])
def test_a_flag_means_to_a_command_what_it_means_to_the_program(day: Stack, text: str) -> None:
    write(day, f"config:\n  {DAY}:create_namespace: {text}\n")
    program = ApplicationSettings.model_validate({"create_namespace": text})
    assert read_settings(day).model_dump()["create_namespace"] is program.create_namespace is False


def test_a_changed_file_is_read_again(day: Stack) -> None:
    for value in (3, 4):
        write(day, f"config:\n  {DAY}:replicas: {value}\n")
        assert found(day, "replicas").value == value


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "  service-infrastructure:cluster: eks",
            f"{FILE}, line 2: service-infrastructure:cluster is a setting of another project",
        ),
        (f"  {DAY}:replicas: 0\n  {DAY}:zzz: 1", f"{FILE} has 2 invalid settings"),
        (f"  {DAY}:zzz: {{secure: v1:x}}", "zzz: there is no such setting"),
        (f"  {DAY}:create_namespace: {{secure: v1:x}}", f"{FILE} has an encrypted value in create_namespace"),
        (
            f"  {DAY}:namespace_pattern: environment\n  {DAY}:image_tag: 1.10",
            "image_tag is 1.1: must be in quotes",
        ),
    ],
)
def test_wrong_settings_are_refused_before_anything_runs(day: Stack, text: str, told: str) -> None:
    assert told in refusal_of(day, f"config:\n{text}\n")


def test_a_name_that_cannot_be_a_namespace_is_refused(projects: Path) -> None:
    file = projects / f"apps/dusk/Pulumi.{'x' * 60}.yaml"
    file.write_text("config: {}\n")
    with pytest.raises(Refusal, match="has 73 characters"):
        read_settings(service_stack("dusk", "x" * 60))


def test_a_required_setting_may_come_from_elsewhere(projects: Path) -> None:
    stack = infrastructure_stack("dev")
    write(stack, "environment: [shared]\nconfig: {}\n")
    assert read_settings(stack).model_dump()["cluster"] is None
    assert "cluster: is required" in refusal_of(stack, "config: {}\n")


def test_each_setting_has_its_origin(day: Stack) -> None:
    write(day, f"# ours\nconfig:\n  {DAY}:replicas: 7\n  {DAY}:team:\n")
    assert found(day, "replicas") == Effective("replicas", 7, False, "settings", FILE, 3)
    assert found(day, "team") == Effective("team", None, False, "program")
    assert found(day, "namespace") == Effective("namespace", "dev", False, "pattern")
    assert found(day, "isolation").value == {}


def test_a_secret_is_masked_in_every_form(day: Stack) -> None:
    write(day, f"config:\n  {DAY}:database_host:\n    secure: v1:hunter2\n")
    assert found(day, "database_host") == Effective("database_host", None, True, "settings", FILE, 2)
    told = printed(day) + json.dumps(as_json(day))
    assert "[secret]" in told
    assert "hunter2" not in told


def printed(stack: Stack) -> str:
    stream = io.StringIO()
    show(stack, Console(width=200, file=stream))
    return stream.getvalue()


@pytest.mark.parametrize("stack", all_stacks(), ids=str)
def test_the_table_is_80_columns_wide_and_scripts_get_the_same(stack: Stack) -> None:
    data: dict[str, Any] = json.loads(json.dumps(as_json(stack)))
    lines = printed(stack).splitlines()
    assert max(map(len, lines)) <= 80
    assert (data["stack"], data["environment"]) == (stack.owner, stack.name)
    for one in data["settings"]:
        assert set(one) == {"name", "value", "secret", "source", "file", "line"}
        assert any(line.startswith(f"{one['name']} ") for line in lines)


def test_the_reference_in_the_docs_is_current_and_tells_what_every_setting_means() -> None:
    text = (ROOT / reference.FILE).read_text()
    assert text.partition(reference.BEGIN)[2].partition(reference.END)[0].strip() == reference.render(), (
        "make docs"
    )
    rows = [row for row in reference.render().splitlines() if row.startswith("| `")]
    assert all(row.rsplit("|", 2)[1].strip() for row in rows), [row for row in rows if row.endswith("|  |")]


def test_what_is_around_the_reference_stays(projects: Path) -> None:
    file = projects / reference.FILE
    file.parent.mkdir()
    file.write_text(f"before\n{reference.BEGIN}\nold\n{reference.END}\nafter\n")
    assert reference.update()
    assert file.read_text().startswith(f"before\n{reference.BEGIN}\n")
    assert file.read_text().endswith(f"{reference.END}\nafter\n")
    assert not reference.update()
