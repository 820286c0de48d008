"""The docs name only what exists: files, headings, tests, settings' messages and make's verbs."""

import ast
import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
DOCS = [ROOT / "README.md", ROOT / "Pulumi.workspace.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.fixture(params=DOCS, ids=lambda file: file.name)
def text(request: pytest.FixtureRequest) -> tuple[Path, str]:
    """One of the docs."""
    return request.param, request.param.read_text()


def test_every_link_leads_to_a_file_and_a_heading(text: tuple[Path, str]) -> None:
    file, content = text
    for target, _, anchor in (link.partition("#") for link in re.findall(r"\]\(([^)\s]+)\)", content)):
        if target.startswith("http"):
            continue
        found = (file.parent / target).resolve() if target else file
        assert found.is_file(), f"{file.name} links to {target}"
        assert not anchor or anchor in _anchors(found.read_text()), f"{target} has no heading #{anchor}"


def test_every_file_that_is_named_exists(text: tuple[Path, str]) -> None:
    file, content = text
    folders = "docs|infrastructure|operations|shared|templates|tests"
    for named in re.findall(rf"`((?:{folders})/[\w./-]+)`", content):
        assert (ROOT / named).exists(), f"{file.name} names {named}"


def test_every_message_that_is_explained_is_one_of_the_codes() -> None:
    told = _texts()
    rows = re.findall(r"^\| (`.*?) \| ", (ROOT / "docs" / "troubleshooting.md").read_text(), re.MULTILINE)
    for message in re.findall(r"`([^`]+)`", " ".join(rows)):
        for part in message.split("…"):
            assert part.strip() in told, f"no code says '{part.strip()}', as in: {message}"


def _anchors(markdown: str) -> set[str]:
    """The headings, as GitHub makes anchors of them."""
    headings = re.findall(r"^#+ (.+)$", markdown, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _texts() -> str:
    """Every text of the product and of its policies, with nothing in place of what a message is given."""
    files = [
        file
        for folder in ("shared", "operations", "infrastructure")
        for file in (ROOT / folder).rglob("*.py")
    ]
    texts = [_text(node) for file in files for node in ast.walk(ast.parse(file.read_text()))]
    policies = [
        " ".join(file.read_text().split()) for file in (ROOT / "infrastructure" / "policies").glob("*.yaml")
    ]
    faults = (ROOT / "operations" / "engine" / "faults.yaml").read_text()
    known = [re.sub(r"\{\d\}", "\n", row["fact"]) for row in yaml.safe_load(faults)]
    return "\n".join([*texts, *policies, *known])


def _text(node: ast.AST) -> str:
    """A text, however it is put together; what it is given is a line's end, which no message has within a part."""
    match node:
        case ast.Constant(value=str(value)):
            return value
        case ast.JoinedStr(values=values):
            return "".join(_text(value) or "\n" for value in values)
        case ast.BinOp(left=left, right=right):
            return _text(left) + _text(right)
        case _:
            return ""
