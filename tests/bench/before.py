"""The version before beside today's: the daily verbs of both, as users call them, each on a cluster of its own."""

import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.measure import Contender
from tests.checkout import ROOT, Checkout

NOW, BEFORE = "today", "before"


class Version:
    """A checkout of one version with everything up, and a day service in an environment of its own."""

    def __init__(self, name: str, checkout: Checkout) -> None:
        self.name, self.checkout = name, checkout
        self.environments = self.tags = 0

    @property
    def environment(self) -> str:
        """The environment that is measured in."""
        return f"bench{self.environments}"

    def change_value(self) -> None:
        """Give the service another image."""
        self.tags += 1
        values = {"namespace": self.environment, "image_tag": f"1.0.{self.tags}"}
        self.checkout.settings("day", self.environment, {"infra_stack_name": "dev", **values})

    def new_environment(self) -> None:
        """Declare the service in an environment where it never was."""
        self.environments += 1
        self.change_value()

    def app_up(self) -> None:
        """Deploy the service."""
        self.checkout.app_up("day", self.environment)

    def move_there_and_back(self) -> None:
        """Move its namespace to the infrastructure stack and back."""
        for owner in ("infrastructure", "application"):
            self.checkout.make("namespace-move", SERVICE="day", ENV=self.environment, TO=owner)


def daily_verbs(versions: Sequence[Version]) -> Iterator[tuple[str, list[Contender]]]:
    """The daily verbs, in an order in which each finds what it needs."""
    yield "first_deployment", [Contender(it.name, it.app_up, it.new_environment) for it in versions]
    yield "nothing_to_do", [Contender(it.name, it.app_up) for it in versions]
    yield "one_value", [Contender(it.name, it.app_up, it.change_value) for it in versions]
    yield "move_there_and_back", [Contender(it.name, it.move_there_and_back) for it in versions]
    for target in ("namespace-status", "overview", "apps-up"):
        yield (
            target.replace("-", "_"),
            [Contender(it.name, partial(it.checkout.make, target)) for it in versions],
        )


@contextmanager
def versions(commit: str) -> Iterator[list[Version]]:
    """Today's version and that of a commit, each with its own packages, cluster and states."""
    with TemporaryDirectory(prefix="bench-") as temporary, ExitStack() as stack:
        today = Path(temporary) / NOW
        today.mkdir()
        before = stack.enter_context(_work_tree(commit, Path(temporary) / BEFORE))
        found = [
            Version(NOW, stack.enter_context(_up(Checkout.create(today)))),
            # It creates its .venv as a user's checkout of that version does.
            Version(BEFORE, stack.enter_context(_up(Checkout.prepared(before)))),
        ]
        yield found


@contextmanager
def _work_tree(commit: str, folder: Path) -> Iterator[Path]:
    tree = ["git", "-C", str(ROOT), "worktree"]
    subprocess.run([*tree, "add", "--quiet", "--detach", str(folder), commit], check=True)
    try:
        yield folder
    finally:
        subprocess.run([*tree, "remove", "--force", str(folder)], check=True)


@contextmanager
def _up(checkout: Checkout) -> Iterator[Checkout]:
    try:
        checkout.make("up")
        yield checkout
    finally:
        status: Mapping[str, str] = json.loads(checkout.make("cluster-status", FORMAT="json", code=None).text)
        checkout.make("cluster-delete", NAME=status["name"])
