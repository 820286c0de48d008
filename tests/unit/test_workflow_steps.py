"""What the workflows' shell steps do, taken from the files and run with programs that record how they are called."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.checkout import ROOT
from tests.workflows import Step

pytestmark = pytest.mark.skipif(
    shutil.which("jq") is None, reason="the steps need jq, which GitHub's runners have"
)

Run = Callable[..., "subprocess.CompletedProcess[str]"]
TOKEN = "token-of-the-job"  # noqa: S105 - nobody's
MARKER = "<!-- plan for day/production -->"


@pytest.fixture
def step(tmp_path: Path) -> Run:
    """Run a step as GitHub does; `programs` are scripts that stand in for those of the runner."""

    def run(file: str, name: str, programs: dict[str, str], **variables: str) -> Any:
        tools = tmp_path / "bin"
        tools.mkdir()
        for program, text in programs.items():
            # The command line is what every user of the machine can read.
            (tools / program).write_text(f'#!/bin/bash\necho "{program} $*" >> {tmp_path}/calls\n{text}\n')
            (tools / program).chmod(0o755)
        return subprocess.run(
            Step(file, name).shell,
            cwd=tmp_path,
            env={"PATH": f"{tools}:{os.environ['PATH']}", "TMPDIR": str(tmp_path), **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_the_request_token_is_on_no_command_line(step: Run, tmp_path: Path) -> None:
    done = step(
        "actions/prepare/action.yml",
        "Pulumi Cloud, by OIDC",
        {"make": "", "curl": f'cat > {tmp_path}/stdin; echo \'{{"value": "identity"}}\'', "pulumi": ""},
        ACTIONS_ID_TOKEN_REQUEST_TOKEN=TOKEN,
        ACTIONS_ID_TOKEN_REQUEST_URL="https://identity.test/?a=b",
        ORGANIZATION="ours",
        PULUMI_BACKEND_URL="https://api.pulumi.com",
    )
    assert done.returncode == 0, done.stderr
    calls = (tmp_path / "calls").read_text()
    assert "https://identity.test/?a=b&audience=urn:pulumi:org:ours" in calls
    assert "--oidc-token file:///" in calls
    assert TOKEN not in calls
    assert (tmp_path / "stdin").read_text() == f'header = "Authorization: bearer {TOKEN}"\n'


@pytest.mark.parametrize(
    ("comments", "call"),
    [
        ([], "--method POST all"),
        (
            [("github-actions[bot]", "something else"), ("github-actions[bot]", MARKER)],
            "--method PATCH one/2",
        ),
        ([("a-person", MARKER)], "--method POST all"),
        ([("a-person", MARKER), ("github-actions[bot]", MARKER)], "--method PATCH one/2"),
        ([("dependabot[bot]", MARKER), ("a-person", f"see {MARKER}")], "--method POST all"),
    ],
)
def test_only_the_workflows_own_comment_is_edited(
    step: Run, tmp_path: Path, comments: list[tuple[str, str]], call: str
) -> None:
    (tmp_path / "plan.md").write_text(f"{MARKER}The plan.")
    listed = [
        {"id": number, "user": {"login": login}, "body": f"{body} an older plan"}
        for number, (login, body) in enumerate(comments, start=1)
    ]
    (tmp_path / "comments").write_text(json.dumps(listed))
    gh = f'[ "$3" != --paginate ] || jq --raw-output "$5" {tmp_path}/comments'
    variables = {"LABEL": "day/production", "COMMENTS": "all", "COMMENT": "one"}
    done = step("workflows/preview.yml", "Comment", {"gh": gh}, **variables)
    assert done.returncode == 0, done.stderr
    changes = [line for line in (tmp_path / "calls").read_text().splitlines() if "--method" in line]
    assert len(changes) == 1
    assert call in changes[0]


REVIEWED = {"protection_rules": [{"type": "wait_timer"}, {"type": "required_reviewers"}]}
RESTRICTED = {"protection_rules": [], "deployment_branch_policy": {"protected_branches": True}}
OPEN: dict[str, Any] = {"protection_rules": [], "deployment_branch_policy": None}


@pytest.mark.parametrize(
    ("workflow", "environments", "allowed", "refused"),
    [
        ("preview.yml", {"production-preview": REVIEWED, "test-preview": REVIEWED}, "", []),
        ("preview.yml", {"production-preview": OPEN, "test-preview": REVIEWED}, "", ["production-preview"]),
        ("preview.yml", {"production": REVIEWED}, "", ["production-preview", "test-preview"]),
        ("preview.yml", {"production-preview": REVIEWED}, "other, test-preview", []),
        ("up.yml", {"production": RESTRICTED, "test": RESTRICTED}, "", []),
        ("up.yml", {"production": REVIEWED, "test": OPEN}, "test", ["production"]),
        ("up.yml", {}, "", ["production", "test"]),
    ],
)
def test_an_environment_that_is_not_protected_is_refused_before_any_job_has_its_secrets(
    step: Run,
    tmp_path: Path,
    workflow: str,
    environments: dict[str, Any],
    allowed: str,
    refused: list[str],
) -> None:
    jobs = yaml.safe_load((ROOT / ".github" / "workflows" / workflow).read_text())["jobs"]
    (given,) = (one["with"] for one in jobs["stacks"]["steps"] if "protected" in one.get("uses", ""))
    for name, found in environments.items():
        (tmp_path / name).write_text(json.dumps(found))
    stacks = [{"environment": name} for name in ("production", "test", "production")]
    done = step(
        "actions/protected/action.yml",
        "Environments",
        {"gh": f'cat {tmp_path}/"${{2##*/}}"'},
        GITHUB_REPOSITORY="owner/name",
        STACKS=json.dumps(stacks),
        SUFFIX=given.get("suffix", ""),
        PROTECTION=given["protection"],
        REMEDY=given["remedy"],
        ALLOWED=allowed,
    )
    told = [line for line in done.stdout.splitlines() if line.startswith("::error::")]
    assert [line.split("'")[1] for line in told] == refused
    assert all(given["remedy"] in line for line in told)
    assert done.returncode == bool(refused)
