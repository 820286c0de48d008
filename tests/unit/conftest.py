"""What every unit test stands on: nothing ambient, and property tests that leave nothing behind."""

import os
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis.configuration import set_hypothesis_home_dir

set_hypothesis_home_dir(Path(__file__).parents[2] / ".hypothesis")
settings.register_profile("quick", max_examples=40, deadline=None, derandomize=True, database=None)
settings.load_profile("quick")


@pytest.fixture(autouse=True)
def nothing_ambient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away what a person's shell or the engine could have set."""
    for name in os.environ:
        if name.startswith("PULUMI_") or name in ("ALLOW", "KUBECONFIG", "KUBE_CONTEXT"):
            monkeypatch.delenv(name)
