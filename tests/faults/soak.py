"""`make soak N=`: a long campaign of moves under fire and of edits by others, with a report at its end."""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.checkout import Checkout
from tests.cluster import LiveCluster
from tests.faults.campaign import Campaign, Round, report
from tests.faults.edits import Edits
from tests.local_cluster import checkout_with_cluster

_ENVIRONMENT, _NAMESPACE = "soak", "soak"


def main() -> int:
    """Run the campaign.

    Returns:
        0 where nothing was lost, 1 otherwise.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--moves", type=int, default=200)
    parser.add_argument("--edits", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        root = Path(folder) / "checkout"
        root.mkdir()
        with checkout_with_cluster(root) as checkout:
            rounds = _play(checkout, arguments.moves, arguments.seed) if arguments.moves else []
            _edit(checkout, arguments.edits, arguments.seed)
    return 1 if rounds and report(rounds, _say) else 0


def _play(checkout: Checkout, moves: int, seed: int) -> list[Round]:
    checkout.make("infra-up")
    checkout.settings("day", _ENVIRONMENT, {"infra_stack_name": "dev", "namespace": _NAMESPACE})
    checkout.app_up("day", _ENVIRONMENT)
    begun = time.monotonic()
    for to in ("infrastructure", "application"):
        checkout.make("namespace-move", SERVICE="day", ENV=_ENVIRONMENT, TO=to)
    duration = (time.monotonic() - begun) / 2
    _say(f"soak: {moves} moves, seed {seed}; an undisturbed move takes {duration:.1f} s here")
    campaign = Campaign(
        checkout,
        LiveCluster(checkout.kubeconfig),
        environment=_ENVIRONMENT,
        namespace=_NAMESPACE,
        seed=seed,
        duration=duration,
    )
    rounds = []
    for number in range(moves):
        rounds.append(campaign.play(number))
        last = rounds[-1]
        killed = f"{last.victim} killed after {last.after:.1f} s"
        _say(f"{number + 1}/{moves} to {last.to}: {killed}, {last.runs} more run(s), {len(last.lost)} lost")
    return rounds


def _edit(checkout: Checkout, rounds: int, seed: int) -> None:
    """Play rounds of edits; the first that is not named and restored ends the campaign."""
    checkout.make("infra-up")
    checkout.settings("day", _ENVIRONMENT, {"infra_stack_name": "dev", "namespace": _NAMESPACE})
    checkout.app_up("day", _ENVIRONMENT)
    cluster = LiveCluster(checkout.kubeconfig)
    edits = Edits(checkout, cluster, environment=_ENVIRONMENT, namespace=_NAMESPACE, seed=seed)
    for number in range(rounds):
        _say(f"{number + 1}/{rounds} {edits.play()}")
    _say(
        f"edits by others: {rounds}, each of them named, and restored or told how to go on; nothing was lost"
    )


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
