"""What checkov's Kubernetes checks find in manifests."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.evaluators.environment import python

REQUIREMENTS = Path(__file__).parent / "checkov-requirements.txt"
"""What checkov runs on: its requirements contradict the repository's own."""

_SECONDS = 300
_OPTIONS = ("--framework", "kubernetes", "--skip-download", "--output", "json", "--compact")
_REMOTE = ("BC_", "CKV_", "CHECKOV_", "PRISMA_")


@dataclass(frozen=True)
class Failed:
    """A check that an object does not pass.

    Args:
        check_id: the check's identifier.
        name: what it checks.
        object: the object, as `<kind>.<namespace>.<name>`.
        file: the file that holds it.
    """

    check_id: str
    name: str
    object: str
    file: str


@dataclass(frozen=True)
class Report:
    """What came of one run.

    Args:
        passed: the identifiers of checks that some object passed.
        failed: what failed.
    """

    passed: frozenset[str]
    failed: tuple[Failed, ...]


def check(manifests: Path) -> Report:
    """Run all of checkov's own checks of Kubernetes objects, without the network and without anybody's settings.

    Args:
        manifests: a folder of YAML files, and of nothing else.

    Raises:
        ValueError: checkov cannot read a file, or finds nothing to check.
        Refusal: its environment must be made and cannot be.
    """
    program = python("checkov", REQUIREMENTS)
    with TemporaryDirectory() as home:
        # It reads settings files from HOME and the current folder, and an API key from the environment.
        kept = {key: value for key, value in os.environ.items() if not key.startswith(_REMOTE)}
        done = subprocess.run(
            [program, "-I", "-m", "checkov.main", *_OPTIONS, "--directory", str(manifests)],
            capture_output=True,
            text=True,
            check=False,
            timeout=_SECONDS,
            cwd=home,
            env=kept | {"HOME": home},
        )
    try:
        report = json.loads(done.stdout)
        results, unread = report["results"], report["summary"]["parsing_errors"]
    except (ValueError, KeyError, TypeError):
        raise ValueError(f"checkov checked nothing in {manifests}: {done.stdout}{done.stderr}") from None
    if unread:
        raise ValueError(f"checkov cannot read {unread} of the files in {manifests}")
    return Report(
        frozenset(item["check_id"] for item in results["passed_checks"]),
        tuple(
            Failed(
                item["check_id"], item["check_name"], item["resource"], item["file_path"].rsplit("/", 1)[-1]
            )
            for item in results["failed_checks"]
        ),
    )
