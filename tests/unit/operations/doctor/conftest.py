"""A checkout of its own for the doctor to look at, in which everything is well."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from operations import paths
from operations.doctor.finding import Finding
from operations.doctor.workplace import Visit, Workplace
from operations.engine.project import Project, StackId
from operations.status.facts import GuardFacts
from shared.policies import GUARDS

PLATFORM = StackId(Project(Path("/nowhere"), "service-infrastructure", "infrastructure"), "dev")

WELL = Visit(
    PLATFORM,
    "https://127.0.0.1:1",
    secret=True,
    opened=True,
    version="v1.36.3",
    ahead=0.2,
    guards=tuple(GuardFacts(name) for name in GUARDS),
)
"""A cluster on which all is well."""

SILENT = Visit(
    PLATFORM,
    "https://127.0.0.1:1",
    secret=True,
    opened=True,
    silence=("The cluster at https://127.0.0.1:1 does not answer.", "Start it (make cluster-up)."),
)


@pytest.fixture
def local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The `.local` of a checkout with one state, a passphrase and a kubeconfig, of the right modes."""
    for name in ("PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / ".local"
    monkeypatch.setattr(paths, "LOCAL", folder)
    stacks = folder / "state" / ".pulumi" / "stacks" / "day-service-app"
    stacks.mkdir(parents=True)
    for made in (folder, folder / "state"):
        made.chmod(0o700)
    (stacks / "dev.json").write_text(json.dumps({"version": 3, "checkpoint": {"latest": None}}))
    for name in ("passphrase", "kubeconfig"):
        (folder / name).touch(mode=0o600)
        (folder / name).write_text("secret")
    return folder


@pytest.fixture
def workplace(local: Path) -> Workplace:
    """That checkout, which has no cluster yet."""
    return meeting()


def meeting(*visits: Visit) -> Workplace:
    """The checkout as it is, with the clusters as they were visited."""
    made = Workplace()
    made.__dict__["_visits"] = list(visits)
    return made


Judge = Callable[[Workplace], object]


def only(findings: object) -> Finding:
    """The one finding."""
    found = list(findings)  # type: ignore[call-overload]
    assert len(found) == 1, found
    assert isinstance(found[0], Finding)
    assert found[0].looked_at
    assert (found[0].level == "ok") == (not found[0].remedy)
    return found[0]
