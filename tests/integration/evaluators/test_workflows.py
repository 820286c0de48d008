"""The repository's GitHub workflows pass actionlint, which would tell what is wrong with them."""

from pathlib import Path

import pytest

from tests.checkout import ROOT
from tests.evaluators import actionlint

pytestmark = pytest.mark.timeout(600)
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))


@pytest.fixture(scope="module", autouse=True)
def built_actionlint() -> None:
    """Actionlint, built where it is not; skipped where there is no Go to do so."""
    actionlint.PROGRAM.demand()


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
