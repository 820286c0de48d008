"""Removing a test's local cluster, whatever state the test left it in."""

import contextlib
from pathlib import Path

import psutil

from operations.cluster.local import LocalCluster
from operations.engine.orphans import running_plugins


def remove_cluster(root: Path) -> None:
    """Stop a checkout's cluster and delete its data; nothing is left running."""
    _end_providers(root)
    cluster = LocalCluster(root, root / ".local")
    cluster.delete(cluster.name)


def _end_providers(root: Path) -> None:
    """End the provider plugins whose engine a test killed: they wait for it for good."""
    for process in running_plugins([root / ".local" / "bin"]):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
