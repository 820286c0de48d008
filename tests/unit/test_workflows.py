"""The GitHub workflows: pinned actions, no long-lived key, few permissions, one run a stack, verbs that there are."""

import re
from pathlib import Path

import pytest
import yaml

from tests.unit.shared.graph import ROOT

FILES = sorted([*(ROOT / ".github").rglob("*.yml")])
WORKFLOWS = {
    path.name: yaml.safe_load(path.read_text()) for path in sorted((ROOT / ".github/workflows").glob("*.yml"))
}
JOBS = [(name, job) for name, workflow in WORKFLOWS.items() for job in workflow["jobs"]]
ACTIONS = {
    path.parent.name: yaml.safe_load(path.read_text()) for path in (ROOT / ".github/actions").rglob("*.yml")
}
_OWN = re.compile(r"uses: \./\.github/actions/\w+ # zizmor: ignore\[self-repository\] .+")
_PINNED = re.compile(r"uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.name)
def test_every_action_is_pinned_by_its_commit_with_its_version(file: Path) -> None:
    used = [line.strip().removeprefix("- ") for line in file.read_text().splitlines() if "uses:" in line]
    assert used or file.parent.name == "protected"
    for line in used:
        assert _PINNED.fullmatch(line) or _OWN.fullmatch(line), line


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
        if key == "stacks":
            granted["actions"] = "read"
        assert job["permissions"] == granted, key
        assert job["steps"][0]["with"]["persist-credentials"] is False, key


@pytest.mark.parametrize("key", ["infrastructure", "applications"])
def test_one_up_at_a_time_works_on_a_stack_and_none_is_cut_off(key: str) -> None:
    assert WORKFLOWS["up.yml"]["jobs"][key]["concurrency"] == {
        "group": "up-${{ matrix.stack.label }}",
        "cancel-in-progress": False,
    }


def test_infrastructure_comes_before_applications_which_go_by_the_order_of_apps_up() -> None:
    jobs = WORKFLOWS["up.yml"]["jobs"]
    assert "infrastructure" in jobs["applications"]["needs"]
    (step,) = (step for step in jobs["applications"]["steps"] if step.get("name") == "Up")
    assert step["run"] == 'make -s apps-up ENV="$ENV"'
    assert step["env"].keys() == {"ENV", "PULUMI_CONFIG_PASSPHRASE"}


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
    assert called or file.parent.name == "protected"
    assert called <= known


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.name)
def test_the_passphrase_is_in_the_environment_of_the_step_that_runs_a_stack_and_of_no_other(
    file: Path,
) -> None:
    document = yaml.safe_load(file.read_text())
    jobs = list(document.get("jobs", {}).values()) or [document["runs"]]
    for job in jobs:
        for step in job["steps"]:
            runs_a_stack = step.get("name") in ("Preview", "Up")
            assert ("PULUMI_CONFIG_PASSPHRASE" in step.get("env", {})) is runs_a_stack, step
            without = {key: value for key, value in step.items() if key != "env" or not runs_a_stack}
            assert "secrets." not in str(without)
        assert "secrets." not in str({key: value for key, value in job.items() if key != "steps"})


@pytest.mark.parametrize(
    ("workflow", "key", "suffix", "protection"),
    [
        ("preview.yml", "preview", "-preview", "required_reviewers"),
        ("up.yml", "infrastructure", "", ".deployment_branch_policy != null"),
        ("up.yml", "applications", "", ".deployment_branch_policy != null"),
    ],
)
def test_a_job_has_an_environment_that_reviewers_or_branches_protect_before_it_begins(
    workflow: str, key: str, suffix: str, protection: str
) -> None:
    jobs = WORKFLOWS[workflow]["jobs"]
    assert jobs[key]["environment"] == f"${{{{ matrix.stack.environment }}}}{suffix}"
    assert "stacks" in jobs[key]["needs"]
    check = next(step for step in jobs["stacks"]["steps"] if "protected" in step.get("uses", ""))
    assert check["with"].get("suffix", "") == suffix
    assert protection in check["with"]["protection"]


def test_previews_and_deployments_share_no_runner() -> None:
    jobs = WORKFLOWS["preview.yml"]["jobs"]
    assert jobs["preview"]["runs-on"] == "${{ vars.PREVIEW_RUNNER || 'ubuntu-24.04' }}"
    refusal = next(step for step in jobs["stacks"]["steps"] if "runner" in step.get("name", ""))
    assert refusal["if"] == "vars.PREVIEW_RUNNER != '' && vars.PREVIEW_RUNNER == vars.RUNNER"
    assert "exit 1" in refusal["run"]
    for job in WORKFLOWS["up.yml"]["jobs"].values():
        assert "PREVIEW_RUNNER" not in str(job["runs-on"])


def test_what_a_job_runs_from_caches_and_logs_in_to_is_in_folders_that_end_with_it() -> None:
    steps = ACTIONS["prepare"]["runs"]["steps"]
    names = [step.get("name", step.get("uses", "").partition("@")[0]) for step in steps]
    assert names.index("Own folders") < min(names.index("actions/cache"), names.index("Tools"))
    (cache,) = (step for step in steps if step.get("uses", "").startswith("actions/cache@"))
    assert cache["with"]["path"].startswith("${{ runner.temp }}/")
    assert "sha256sum" in steps[names.index("Tools")]["run"]
