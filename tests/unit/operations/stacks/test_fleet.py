"""All services of an environment: each gets its turn, and the worst of them is the result."""

from pathlib import Path

import pytest

from operations.engine.faults import EngineFailure
from operations.engine.project import Project, StackId
from operations.stacks import fleet
from operations.stacks.fleet import for_each, stacks_of
from shared.refusal import Refusal

STACKS = [StackId(Project(Path("/nowhere"), f"{name}-service-app", name), "dev") for name in "abc"]
ENDS = {
    "well": None,
    "failed": EngineFailure("a/dev: update", ["broken"]),
    "refused": Refusal("Wrong.", "Do that."),
}


@pytest.mark.parametrize(
    ("ends", "code"),
    [
        (("well", "well", "well"), 0),
        (("well", "failed", "well"), 1),
        (("refused", "well", "well"), 2),
        (("failed", "refused", "well"), 2),
        (("refused", "failed", "failed"), 2),
    ],
)
def test_the_worst_end_is_the_result_and_everyone_gets_a_turn(ends: tuple[str, ...], code: int) -> None:
    turns: list[StackId] = []

    def verb(stack: StackId) -> None:
        turns.append(stack)
        error = ENDS[ends[STACKS.index(stack)]]
        if error:
            raise error

    assert for_each(STACKS, verb) == code
    assert sorted(stack.label for stack in turns) == ["a/dev", "b/dev", "c/dev"]


def test_who_reads_a_namespace_comes_after_those_who_own_theirs(tmp_path: Path) -> None:
    stacks = [StackId(Project(tmp_path / name, f"{name}-service-app", name), "dev") for name in "abc"]
    for stack in stacks:
        stack.project.folder.mkdir()
        owns = str(stack.project.label != "a").lower()
        stack.project.settings_file("dev").write_text(
            f"config:\n  {stack.project.name}:create_namespace: {owns}\n"
        )
    turns: list[str] = []
    for_each(stacks, lambda stack: turns.append(stack.project.label))
    assert turns[-1] == "a"


def test_nobody_is_well() -> None:
    assert for_each([], lambda stack: None) == 0


def test_a_service_without_settings_for_the_environment_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    projects = {}
    for name, environments in (("day", ("dev", "production")), ("dusk", ("dev",))):
        folder = tmp_path / name
        folder.mkdir()
        for environment in environments:
            (folder / f"Pulumi.{environment}.yaml").write_text("config: {}\n")
        projects[name] = Project(folder, f"{name}-service-app", name)
    monkeypatch.setattr(fleet, "services", lambda: projects)
    assert [stack.label for stack in stacks_of("dev")] == ["day/dev", "dusk/dev"]
    assert [stack.label for stack in stacks_of("production")] == ["day/production"]
    assert stacks_of("staging") == []
