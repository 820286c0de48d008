"""The GitHub workflows: pinned actions, no long-lived key, few permissions, one run a stack, verbs that there are."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.unit.shared.graph import ROOT

FILES = sorted([*(ROOT / ".github").rglob("*.yml")])
WORKFLOWS = {
    path.name: yaml.safe_load(path.read_text()) for path in sorted((ROOT / ".github/workflows").glob("*.yml"))
}
JOBS = [(name, job) for name, workflow in WORKFLOWS.items() for job in workflow["jobs"]]
_PINNED = re.compile(r"uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.name)
def test_every_action_is_pinned_by_its_commit_with_its_version(file: Path) -> None:
    used = [line.strip().removeprefix("- ") for line in file.read_text().splitlines() if "uses:" in line]
    assert used
    for line in used:
        assert _PINNED.fullmatch(line) or line == "uses: ./.github/actions/prepare", line


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.name)
def test_no_long_lived_key_is_held(file: Path) -> None:
    text = file.read_text()
    assert "ACCESS_KEY" not in text
    assert "ACCESS_TOKEN" not in text
    assert set(re.findall(r"secrets\.(\w+)", text)) <= {"PULUMI_CONFIG_PASSPHRASE"}


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_grants_nothing_and_each_job_what_it_needs(name: str) -> None:
    assert WORKFLOWS[name]["permissions"] == {}
    for key, job in WORKFLOWS[name]["jobs"].items():
        granted = {"contents": "read"}
        if "matrix" in job.get("strategy", {}):
            granted["id-token"] = "write"
        if key == "preview":
            granted["pull-requests"] = "write"
        assert job["permissions"] == granted, key


@pytest.mark.parametrize(("name", "key"), JOBS)
def test_nobody_keeps_the_checkouts_credential(name: str, key: str) -> None:
    first = WORKFLOWS[name]["jobs"][key]["steps"][0]
    assert first["uses"].startswith("actions/checkout@")
    assert first["with"]["persist-credentials"] is False


@pytest.mark.parametrize("key", ["infrastructure", "applications"])
def test_one_up_at_a_time_works_on_a_stack_and_none_is_cut_off(key: str) -> None:
    assert WORKFLOWS["up.yml"]["jobs"][key]["concurrency"] == {
        "group": "up-${{ matrix.stack.label }}",
        "cancel-in-progress": False,
    }


def test_infrastructure_comes_before_applications() -> None:
    assert "infrastructure" in WORKFLOWS["up.yml"]["jobs"]["applications"]["needs"]


def test_a_forks_code_gets_no_credentials() -> None:
    condition = WORKFLOWS["preview.yml"]["jobs"]["stacks"]["if"]
    assert "github.event.pull_request.head.repo.full_name == github.repository" in condition
    assert "pull_request_target" not in str(WORKFLOWS)


@pytest.mark.parametrize(("name", "key"), JOBS)
def test_no_script_is_built_from_what_others_write(name: str, key: str) -> None:
    for step in WORKFLOWS[name]["jobs"][key]["steps"]:
        assert "${{" not in step.get("run", ""), step


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.name)
def test_every_verb_is_one_of_the_makefile(file: Path) -> None:
    verbs = set(re.findall(r"^([a-z-]+):.*##|^(venv):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    known = {verb for pair in verbs for verb in pair if verb}
    called = set(re.findall(r"\bmake (?:-s )?([a-z-]+)", file.read_text()))
    assert called
    assert called <= known


def test_the_comments_marker_is_the_previews() -> None:
    from operations.gate.markdown import marker  # noqa: PLC0415

    comment: dict[str, Any] = WORKFLOWS["preview.yml"]["jobs"]["preview"]["steps"][-1]
    assert f'marker="{marker("$LABEL")}"' in comment["run"]
