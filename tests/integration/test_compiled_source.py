"""A set-up compiles no more Go source than when it was last counted, with the Go that the docs ask for."""

import re
import shutil
import subprocess

import pytest

from operations.toolchain.tools import MODULES
from tests.checkout import ROOT
from tests.compiled_source import BYTES, distinct, of_setup

MOST = 231 * BYTES


@pytest.mark.skipif(shutil.which("go") is None, reason="there is no Go on PATH")
def test_a_set_up_compiles_no_more_distinct_source_than_before() -> None:
    try:
        source = distinct(of_setup())
    except subprocess.CalledProcessError:
        pytest.skip("the modules were not downloaded, since the tools were not built here")
    assert 100 * BYTES < source.size <= MOST, f"{source.size / BYTES:.0f} MB in {source.packages} packages"


def test_the_newest_go_that_a_tool_requires_is_what_docs_messages_and_pipelines_name() -> None:
    required = max(
        (re.findall(r"^go (\S+)$", file.read_text(), re.MULTILINE)[0] for file in MODULES.glob("*/go.mod")),
        key=lambda version: [int(part) for part in version.split(".")],
    )
    for name in (
        "README.md",
        "docs/first-steps.md",
        "docs/troubleshooting.md",
        "operations/toolchain/source.py",
        "operations/toolchain/modules/faults.toml",
        ".github/actions/prepare/action.yml",
        ".devcontainer/Dockerfile",
    ):
        named = re.findall(r"(?:Go |golang:|go-version: \">=)(1\.\d+(?:\.\d+)?)", (ROOT / name).read_text())
        assert set(named) == {required}, name
