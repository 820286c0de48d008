"""A test's own local cluster, and its removal, whatever state the test left it in."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import psutil

from operations.engine.recovery import running_plugins
from operations.local.local import LocalCluster
from operations.toolchain import locate
from tests.checkout import Checkout
from tests.cluster import LiveCluster


@contextlib.contextmanager
def checkout_with_cluster(root: Path) -> Iterator[Checkout]:
    """A checkout in an empty folder with its cluster running; nothing is left running after it."""
    try:
        checkout = Checkout.create(root)
        checkout.make("cluster-up")
        yield checkout
    finally:
        remove_cluster(root)


@contextlib.contextmanager
def cluster_alone(root: Path) -> Iterator[LiveCluster]:
    """A cluster in an empty folder, which no checkout has started; nothing is left running after it."""
    made = LocalCluster(root, root / ".local")
    try:
        made.up(locate())
        yield LiveCluster(made.kubeconfig)
    finally:
        remove_cluster(root)


def remove_cluster(root: Path) -> None:
    """Stop a checkout's cluster and delete its data; nothing is left running."""
    _end_providers(root)
    cluster = LocalCluster(root, root / ".local")
    cluster.delete(cluster.name)


def _end_providers(root: Path) -> None:
    """End the provider plugins whose engine a test killed: they wait for it for good."""
    for process in running_plugins(root / ".local" / "bin"):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
