"""Every part of the AWS SDK that is used is one that mypy reads, so that a wrong argument is found before a run."""

import re
import tomllib
from typing import Any

import pulumi_aws
import pytest

from tests.unit.shared.graph import ROOT

_PARTS = re.compile(r"\baws\.([a-z]\w*)\.[A-Z]")


def used() -> set[str]:
    texts = [file.read_text() for file in (ROOT / "infrastructure").rglob("*.py")]
    return {part for text in texts for part in _PARTS.findall(text)}


def read_by_mypy() -> set[str]:
    settings: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mypy"]
    (followed,) = (
        item["module"]
        for item in settings["overrides"]
        if item.get("follow_imports") == "normal" and "pulumi_aws" in item["module"]
    )
    return {name.split(".")[1] for name in followed if name.endswith(".*")}


def test_every_part_that_is_used_is_read_by_mypy() -> None:
    assert used() <= read_by_mypy()
    assert len(used()) >= 5


@pytest.mark.parametrize("part", sorted(read_by_mypy()))
def test_no_part_is_read_for_nothing(part: str) -> None:
    assert part in used()
    assert hasattr(pulumi_aws, part)
