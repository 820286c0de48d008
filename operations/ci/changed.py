"""The stacks that a change is about, as far as a pipeline can reach their clusters."""

import subprocess
from collections.abc import Iterable
from pathlib import PurePosixPath

from operations.engine.project import Project, StackId, all_stacks, own_setting
from operations.paths import ROOT
from operations.stacks.connection import infrastructure_of
from shared.refusal import Refusal

_EVERYBODYS = ("shared/", "operations/", "requirements.txt")
"""What every stack runs on."""


def changed_files(base: str) -> list[str]:
    """The files that differ from where this commit left another one.

    Args:
        base: the other commit, such as `origin/main`.

    Raises:
        Refusal: git knows no such commit, or the checkout is none of git's.
    """
    done = subprocess.run(
        ["git", "diff", "--name-only", "-z", "--no-renames", "--end-of-options", f"{base}...HEAD", "--"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Refusal(
            f"git cannot tell what changed since '{base}': {' '.join(done.stderr.split())}",
            "Set BASE to a commit that is there, for example BASE=origin/main, and fetch the whole history.",
        )
    return [name for name in done.stdout.split("\0") if name]


def changed_stacks(files: Iterable[str]) -> list[StackId]:
    """The stacks that changed files are about, infrastructure first; those on a checkout's local cluster left out.

    Args:
        files: the files, relative to the checkout.

    Raises:
        Refusal: a settings file cannot be read.
    """
    there = list(files)
    found = [
        stack
        for stack in all_stacks()
        if any(_concerns(file, stack.project, stack.environment) for file in there)
    ]
    return [stack for stack in found if not _is_local(stack)]


def _concerns(file: str, project: Project, environment: str) -> bool:
    if file.startswith(_EVERYBODYS):
        return True
    path, folder = PurePosixPath(file), project.folder.relative_to(ROOT).as_posix()
    if not path.is_relative_to(folder):
        return False
    of_one_stack = path.parent.as_posix() == folder and path.match("Pulumi.*.yaml")
    return not of_one_stack or path.name == f"Pulumi.{environment}.yaml"


def _is_local(stack: StackId) -> bool:
    """Whether its cluster is one that a checkout makes for itself, which a pipeline's checkout has none of."""
    try:
        platform = stack if stack.is_infrastructure else infrastructure_of(stack)
    except Refusal:
        # Another checkout's infrastructure stack, in the same backend.
        return False
    return own_setting(platform, "cluster") == "local"
