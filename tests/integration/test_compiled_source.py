"""A set-up compiles no more Go source than when it was last counted: each package more is time for everybody."""

import shutil
import subprocess

import pytest

from tests.compiled_source import BYTES, distinct, of_setup

MOST = 236 * BYTES


@pytest.mark.skipif(shutil.which("go") is None, reason="there is no Go on PATH")
def test_a_set_up_compiles_no_more_distinct_source_than_before() -> None:
    try:
        source = distinct(of_setup())
    except subprocess.CalledProcessError:
        pytest.skip("the modules were not downloaded, since the tools were not built here")
    assert 100 * BYTES < source.size <= MOST, f"{source.size / BYTES:.0f} MB in {source.packages} packages"
