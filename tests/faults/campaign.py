"""A campaign: a namespace moved back and forth, each time with one fault, by a seeded schedule."""

import json
import random
import subprocess
from collections.abc import Callable
from dataclasses import dataclass

from operations.engine.recovery import running_plugins
from tests.checkout import Checkout
from tests.cluster import LiveCluster
from tests.faults.striking import Victim, strike

_TRIES = 6
_SOONER = 0.9
_ISOLATION_OBJECTS = 9
_CHANGES = ("updated", "created", "deleted", "replaced", "kept")
_TO = ("infrastructure", "application")


@dataclass(frozen=True)
class Round:
    """One move with its fault.

    Args:
        number: the round's number, from 0.
        to: where the namespace was to go.
        victim: what was killed.
        after: seconds from the command's start to the moment from which on it was to be killed.
        runs: how many runs of the same command it took after the kill.
        lost: what is not as it was, a line each.
    """

    number: int
    to: str
    victim: str
    after: float
    runs: int
    lost: tuple[str, ...]


class Campaign:
    """Moves one application's namespace between the application and the infrastructure stack.

    Args:
        checkout: the checkout, with the application deployed.
        cluster: its cluster.
        environment: the application's environment; the service is day.
        namespace: the namespace.
        seed: of the schedule.
        duration: how long an undisturbed move takes here, in seconds; kills come within that time.
    """

    def __init__(
        self,
        checkout: Checkout,
        cluster: LiveCluster,
        *,
        environment: str,
        namespace: str,
        seed: int,
        duration: float,
    ) -> None:
        self._checkout, self._cluster = checkout, cluster
        self._environment, self._namespace = environment, namespace
        self._random = random.Random(seed)  # noqa: S311 - a schedule, to be repeated
        self._duration = duration
        self._at = 0
        self._before = self._uids()

    def play(self, number: int, victim: Victim | None = None) -> Round:
        """Play one round: a move that is struck, and finished by the same command.

        A move that ends before its kill is none; the next one, back, is struck earlier.

        Args:
            number: the round's number.
            victim: what to kill; by the schedule where None.
        """
        victim = victim or self._random.choice(list(Victim))
        while True:
            to = _TO[self._at % len(_TO)]
            self._at += 1
            after = self._random.uniform(0.1, self._duration)
            if self._struck(to, victim, after):
                runs = self._finish(to)
                return Round(number, to, victim, after, runs, tuple(self._losses(to)))
            self._duration *= _SOONER

    def _struck(self, to: str, victim: Victim, after: float) -> bool:
        process = self._checkout.start("namespace-move", SERVICE="day", ENV=self._environment, TO=to)
        try:
            text, _ = process.communicate(timeout=after)
        except subprocess.TimeoutExpired:
            struck = strike(process, victim)
            text, _ = process.communicate()
        else:
            struck = False
        assert struck or process.returncode == 0, text
        return struck

    def _finish(self, to: str) -> int:
        text = ""
        for attempt in range(1, _TRIES + 1):
            run = self._checkout.make(
                "namespace-move", code=None, SERVICE="day", ENV=self._environment, TO=to
            )
            text = run.text
            if run.code == 0:
                return attempt
        raise AssertionError(f"{_TRIES} runs of the same command did not finish the move:\n{text}")

    def _losses(self, to: str) -> list[str]:
        after = self._uids()
        lost = [
            f"{key} was {uid}, is {after.get(key)}"
            for key, uid in self._before.items()
            if after.get(key) != uid
        ]
        owner = {
            "infrastructure": "service-infrastructure.dev",
            "application": f"day-service-app.{self._environment}",
        }[to]
        if self._cluster.owner(self._namespace) != owner:
            lost.append(f"the owner is {self._cluster.owner(self._namespace)}, not {owner}")
        programs = self._checkout.root / ".local" / "bin"
        lost += [f"provider {plugin.pid} still runs" for plugin in running_plugins(programs)]
        lost += [f"{folder} was left behind" for folder in self._checkout.left_behind]
        for target, variables in self._owners():
            text = self._checkout.make(target, **variables).text
            lost += [
                f"{target}: {line}" for line in text.splitlines() if any(word in line for word in _CHANGES)
            ]
        return lost + self._disagreements()

    def _disagreements(self) -> list[str]:
        """What states, settings and the cluster do not agree on, as namespace-status sees it."""
        run = self._checkout.make(
            "namespace-status", code=None, SERVICE="day", ENV=self._environment, FORMAT="json"
        )
        document, _ = json.JSONDecoder().raw_decode(run.text)
        found = [one["fact"] for cluster in document["clusters"] for one in cluster["disagreements"]]
        assert document["agree"] is not bool(found), run.text
        return [f"namespace-status: {fact}" for fact in found]

    def _uids(self) -> dict[str, str]:
        """The namespace, its workloads and its isolation."""
        isolation = self._cluster.isolation_uids(self._namespace)
        assert len(isolation) == _ISOLATION_OBJECTS, isolation
        return {**self._cluster.uids(self._namespace), **isolation}

    def _owners(self) -> list[tuple[str, dict[str, str]]]:
        return [("infra-preview", {}), ("app-preview", {"SERVICE": "day", "ENV": self._environment})]


def report(rounds: list[Round], say: Callable[[str], object]) -> int:
    """Sum a campaign up.

    Args:
        rounds: what was played.
        say: is given each line.

    Returns:
        How many objects were lost or wrong.
    """
    lost = sum(len(one.lost) for one in rounds)
    by_victim = {victim: sum(one.victim == victim for one in rounds) for victim in Victim}
    say(
        f"moves with a kill: {len(rounds)} "
        f"({', '.join(f'{count} {victim}' for victim, count in by_victim.items())})"
    )
    say(f"runs after the kill: at most {max(one.runs for one in rounds)}")
    say(f"objects lost, replaced or in disagreement: {lost}")
    for one in rounds:
        for line in one.lost:
            say(f"  round {one.number} (to {one.to}, {one.victim} after {one.after:.2f} s): {line}")
    return lost
