"""The repository's GitHub workflows pass actionlint and zizmor, which would tell what is wrong with them."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.checkout import ROOT
from tests.evaluators import actionlint

pytestmark = pytest.mark.timeout(600)
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_is_clean(workflow: Path) -> None:
    assert actionlint.findings(workflow.read_text(), workflow.name) == ""


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("needs: stacks", "needs: stack", 'needs job "stack" which does not exist'),
        ("matrix.stack.label", "matrix.stacks.label", 'property "stacks" is not defined'),
        ("runs-on:", "run-on:", 'unexpected key "run-on"'),
        ("needs.stacks.outputs.changed", "needs.stacks.outputs.change", 'property "change" is not defined'),
        ("id-token: write", "id-tokens: write", 'unknown permission scope "id-tokens"'),
    ],
)
def test_a_mistake_is_found(before: str, after: str, told: str) -> None:
    text = (ROOT / ".github/workflows/preview.yml").read_text()
    assert before in text
    assert told in actionlint.findings(text.replace(before, after), "preview.yml")


def zizmor(folder: Path) -> "subprocess.CompletedProcess[str]":
    program = Path(sys.executable).with_name("zizmor")
    offline = [str(program), "--offline", "--no-progress", "--format=plain", str(folder)]
    return subprocess.run(offline, capture_output=True, text=True, check=False)


def test_zizmor_finds_nothing_insecure_without_a_network() -> None:
    done = zizmor(ROOT / ".github")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("test -s plan.md ||", "echo ${{ github.head_ref }} ||", "template-injection"),
        ("  pull_request:\n", "  pull_request_target:\n", "dangerous-triggers"),
    ],
)
def test_zizmor_finds_what_would_let_somebody_in(tmp_path: Path, before: str, after: str, told: str) -> None:
    shutil.copytree(ROOT / ".github", tmp_path / ".github")
    workflow = tmp_path / ".github/workflows/preview.yml"
    text = workflow.read_text()
    assert before in text
    workflow.write_text(text.replace(before, after))
    done = zizmor(tmp_path / ".github")
    assert done.returncode != 0
    assert told in done.stdout
