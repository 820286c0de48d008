"""The stacks that a change is about: by its files, without those on a checkout's own cluster."""

import subprocess
from pathlib import Path

import pytest

from operations import changed
from operations.changed import changed_files, changed_stacks
from shared.errors import Refusal
from shared.stacks import Stack
from tests.unit.operations.workspace import DAY, DUSK, PLATFORM, Workspace


@pytest.fixture
def root(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout: dev on a local cluster, production on EKS, and staging of day on dev's."""
    for project in (DAY.project, DUSK.project, PLATFORM.project):
        workspace.settings(Stack(project, "dev"))
        workspace.settings(
            Stack(project, "production"), **{"cluster": "eks"} if project == PLATFORM.project else {}
        )
    workspace.settings(Stack(DAY.project, "staging"), infra_stack_name="dev")
    workspace.settings(Stack(DUSK.project, "remote"), infra_stack_name="other/elsewhere")
    (workspace.root / "apps/day/__main__.py").touch()
    monkeypatch.setattr(changed, "ROOT", workspace.root)
    return workspace.root


def labels(*files: str) -> list[str]:
    return [stack.label for stack in changed_stacks(files)]


@pytest.mark.parametrize(
    ("file", "stacks"),
    [
        ("apps/day/Pulumi.production.yaml", ["day/production"]),
        ("apps/day/__main__.py", ["day/production"]),
        ("apps/dusk/Pulumi.yaml", ["dusk/production", "dusk/remote"]),
        ("apps/dusk/Pulumi.remote.yaml", ["dusk/remote"]),
        ("apps/day/Pulumi.dev.yaml", []),
        ("apps/day/Pulumi.staging.yaml", []),
        ("infrastructure/eks/network.py", ["infrastructure/production"]),
        ("infrastructure/Pulumi.dev.yaml", []),
        (
            "shared/naming.py",
            ["infrastructure/production", "day/production", "dusk/production", "dusk/remote"],
        ),
        (
            "requirements.txt",
            ["infrastructure/production", "day/production", "dusk/production", "dusk/remote"],
        ),
        ("README.md", []),
        ("tests/unit/test_workflows.py", []),
        ("apps/daylight/Pulumi.production.yaml", []),
        ("apps/day/data/Pulumi.production.yaml", ["day/production"]),
    ],
)
def test_a_file_is_about_the_stacks_that_run_on_it(root: Path, file: str, stacks: list[str]) -> None:
    assert labels(file) == stacks


def test_a_stack_is_named_once_and_infrastructure_comes_first(root: Path) -> None:
    files = ("apps/day/__main__.py", "apps/day/Pulumi.production.yaml", "infrastructure/cluster.py")
    assert labels(*files) == ["infrastructure/production", "day/production"]


def git(root: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True)


def test_what_changed_is_asked_of_git(root: Path) -> None:
    git(root, "init", "--initial-branch", "main")
    git(root, "add", ".")
    git(root, "commit", "--message", "one")
    git(root, "switch", "--create", "change")
    (root / "apps/day/é b.py").write_text("")
    (root / "apps/dusk/Pulumi.production.yaml").rename(root / "apps/dusk/Pulumi.live.yaml")
    git(root, "add", "--all")
    git(root, "commit", "--message", "two")
    assert set(changed_files("main")) == {
        "apps/day/é b.py",
        "apps/dusk/Pulumi.production.yaml",
        "apps/dusk/Pulumi.live.yaml",
    }


@pytest.mark.parametrize("base", ["nothing", "--output=made", ""])
def test_a_commit_that_is_not_there_is_refused(root: Path, base: str) -> None:
    git(root, "init")
    with pytest.raises(Refusal, match="git cannot tell what changed since"):
        changed_files(base)
    assert not (root / "made...HEAD").exists()
