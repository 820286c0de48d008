"""The files beside the code: hooks call verbs that there are, editors and containers get what is pinned."""

import hashlib
import json
import re
import tomllib

import pytest
import yaml

from tests.unit.shared.graph import ROOT

MAKEFILE = (ROOT / "Makefile").read_text()
CHANGELOG = (ROOT / "CHANGELOG.md").read_text()
KINDS = ("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security")


def test_every_hook_is_a_verb_of_the_makefile() -> None:
    (repository,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    assert repository["repo"] == "local"
    for hook in repository["hooks"]:
        program, verb = hook["entry"].split()
        assert program == "make"
        assert re.search(rf"^{verb}:", MAKEFILE, re.MULTILINE), verb


@pytest.mark.parametrize(
    "file", [".vscode/settings.json", ".vscode/extensions.json", ".devcontainer/devcontainer.json"]
)
def test_an_editors_settings_are_json(file: str) -> None:
    assert json.loads((ROOT / file).read_text())


def test_the_dev_container_has_the_pinned_python_and_go() -> None:
    dockerfile = (ROOT / ".devcontainer/Dockerfile").read_text()
    python = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"].removeprefix(
        ">="
    )
    wanted = max(
        tuple(map(int, re.findall(r"^go (\d+)\.(\d+)", path.read_text(), re.MULTILINE)[0]))
        for path in (ROOT / "operations/toolchain/modules").glob("*/go.mod")
    )
    assert f"FROM python:{python}-" in dockerfile
    assert f"FROM golang:{'.'.join(map(str, wanted))}-" in dockerfile
    container = json.loads((ROOT / ".devcontainer/devcontainer.json").read_text())
    assert container["remoteUser"] in dockerfile


def test_the_editors_line_lengths_are_the_linters() -> None:
    length = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["ruff"]["line-length"]
    assert f"[*.py]\nindent_size = 4\nmax_line_length = {length}\n" in (ROOT / ".editorconfig").read_text()
    assert json.loads((ROOT / ".vscode/settings.json").read_text())["[python]"]["editor.rulers"] == [length]


def test_the_licence_is_apaches_text_word_for_word() -> None:
    words = " ".join((ROOT / "LICENSE").read_text().split())
    assert words.startswith("Apache License Version 2.0, January 2004")
    assert (
        hashlib.sha256(words.encode()).hexdigest()
        == "0ffddef9e48f8a09aed5caf2d44f7ba1c1be2d9b8e0a6f693b1635b2d5566645"
    )


def test_the_changelog_has_its_form() -> None:
    released = re.findall(r"^## \[(\d+\.\d+\.\d+)\] - (\d{4}-\d\d-\d\d)$", CHANGELOG, re.MULTILINE)
    headings = re.findall(r"^## (.+)$", CHANGELOG, re.MULTILINE)
    assert headings[0] == "[Unreleased]"
    assert len(headings) == len(released) + 1
    assert released == sorted(released, key=lambda one: tuple(map(int, one[0].split("."))), reverse=True)
    assert set(re.findall(r"^### (.+)$", CHANGELOG, re.MULTILINE)) <= set(KINDS)
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert released[0][0] == version


def test_every_verb_that_the_changelog_names_is_there() -> None:
    for verb in set(re.findall(r"`make ([a-z-]+)", CHANGELOG)):
        assert re.search(rf"^{verb}:", MAKEFILE, re.MULTILINE), verb
