"""The stacks that a change is about, as far as a pipeline can reach their clusters."""

import subprocess
from collections.abc import Iterable
from pathlib import PurePosixPath

from operations.checkout import ROOT, all_stacks, project_folder
from operations.facts import is_local
from shared.errors import Refusal
from shared.stacks import Stack

_ALL = ("shared/", "operations/", "requirements.txt")
"""What every stack runs on."""


def changed_files(base: str) -> list[str]:
    """The files that changed since this commit's branch left another commit's, such as `origin/main`."""
    command = ["git", "diff", "--name-only", "-z", "--no-renames", "--end-of-options", f"{base}...HEAD", "--"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        fact = f"git cannot tell what changed since '{base}': {' '.join(done.stderr.split())}"
        remedy = "Set BASE to an existing commit, for example BASE=origin/main, and fetch the whole history."
        raise Refusal(fact, remedy)
    return [name for name in done.stdout.split("\0") if name]


def changed_stacks(files: Iterable[str]) -> list[Stack]:
    """The stacks that changed files are about, infrastructure first, without those on a checkout's local cluster."""
    changed = list(files)
    found = [stack for stack in all_stacks() if any(_concerns(file, stack) for file in changed)]
    # A pipeline's checkout has no local cluster.
    return [stack for stack in found if not is_local(stack)]


def as_matrix(stacks: Iterable[Stack]) -> dict[str, list[dict[str, str]]]:
    """Stacks for a pipeline's matrix, which relies on these keys; `service` is empty for infrastructure."""
    found: dict[str, list[dict[str, str]]] = {"infrastructure": [], "applications": []}
    for stack in stacks:
        service = "" if stack.is_infrastructure else stack.service
        job = {"label": stack.label, "service": service, "environment": stack.name}
        found["applications" if service else "infrastructure"].append(job)
    return found


def _concerns(file: str, stack: Stack) -> bool:
    path, folder = PurePosixPath(file), project_folder(stack).relative_to(ROOT).as_posix()
    is_own = path.name == f"Pulumi.{stack.name}.yaml"
    of_another = path.parent.as_posix() == folder and path.match("Pulumi.*.yaml") and not is_own
    return file.startswith(_ALL) or (path.is_relative_to(folder) and not of_another)
