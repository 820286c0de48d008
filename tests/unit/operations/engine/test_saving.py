"""A state is saved once at the end only where nothing but Kubernetes objects is in it, and they are many."""

from pathlib import Path

import pytest

from operations.engine import saving as module
from operations.engine.project import Project, StackId
from operations.engine.saving import VARIABLE, saving


def stack(label: str) -> StackId:
    return StackId(Project(Path("/nowhere"), f"{label}-project", label), "dev")


@pytest.mark.parametrize(
    ("label", "cluster", "once"),
    [
        ("infrastructure", "local", True),
        ("infrastructure", "existing", True),
        ("infrastructure", "eks", False),
        ("infrastructure", None, False),
        ("day", "local", False),
    ],
)
def test_what_a_cloud_made_is_never_out_of_the_state(
    monkeypatch: pytest.MonkeyPatch, label: str, cluster: str | None, once: bool
) -> None:
    monkeypatch.setattr(module, "own_setting", lambda *_: cluster)
    assert (VARIABLE in saving(stack(label))) is once
