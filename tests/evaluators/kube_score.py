"""What kube-score finds in manifests."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import yaml

from tests.evaluators import go_program


class Grade(IntEnum):
    """How bad a finding is, by kube-score's own numbers."""

    CRITICAL = 1
    WARNING = 5
    ALMOST_OK = 7


@dataclass(frozen=True)
class Finding:
    """A check that an object does not pass.

    Args:
        object: the object, as `<kind>/<group>/<version>/<namespace>/<name>`.
        check: the check's identifier.
        grade: how bad it is.
        comment: what is wrong.
    """

    object: str
    check: str
    grade: Grade
    comment: str


def score(manifests: Sequence[Mapping[str, Any]], *, kubernetes: str) -> list[Finding]:
    """All that kube-score finds by the checks that it makes without being told to.

    Annotations by which an object asks for less are not heard.

    Args:
        manifests: the objects of one namespace, since some checks look for one object that another one needs.
        kubernetes: the minor version of Kubernetes that they are for, as `1.36`.

    Raises:
        ValueError: kube-score cannot read them, or knows none of them.
        Refusal: it must be built and cannot be.
    """
    done = go_program.run(
        "kube-score",
        "score",
        "--output-format",
        "json",
        "--kubernetes-version",
        f"v{kubernetes}",
        "--disable-ignore-checks-annotations",
        "-",
        asked=yaml.safe_dump_all(manifests),
    )
    # 1 is for critical findings as well as for errors; only findings are JSON.
    scored = json.loads(done.stdout) if done.stdout.startswith("[") else None
    if not scored:
        raise ValueError(done.stderr.strip() or "kube-score knows none of these objects.")
    return [
        Finding(
            scored_object["object_name"],
            result["check"]["id"],
            Grade(result["grade"]),
            "; ".join(comment["summary"] for comment in result["comments"] or ()),
        )
        for scored_object in scored
        for result in scored_object["checks"]
        if not result["skipped"] and result["grade"] in list(Grade)
    ]
