"""Removing a test's local cluster, whatever state the test left it in."""

from pathlib import Path

from operations.cluster.local import LocalCluster


def remove_cluster(root: Path) -> None:
    """Stop a checkout's cluster and delete its data; nothing is left running."""
    cluster = LocalCluster(root, root / ".local")
    cluster.delete(cluster.name)
