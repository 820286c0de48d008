"""What integration and fault tests stand on: one checkout with a running cluster for the whole session."""

import signal
from collections.abc import Iterator

import pytest

from tests.checkout import Checkout
from tests.cluster import LiveCluster
from tests.local_cluster import checkout_with_cluster


def pytest_sessionstart(session: pytest.Session) -> None:
    """End on every signal that stops as on Ctrl-C, so that no cluster is left running.

    A background's runner ignores some of them; the commands under test would inherit that.
    """
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """A checkout of its own with its cluster and its infrastructure stack up."""
    with checkout_with_cluster(tmp_path_factory.mktemp("checkout")) as made:
        made.make("infra-up")
        LiveCluster(made.kubeconfig).wait_for_policies()
        yield made


@pytest.fixture(scope="session")
def cluster(checkout: Checkout) -> LiveCluster:
    """The checkout's live cluster."""
    return LiveCluster(checkout.kubeconfig)
