"""Where a cluster's files stand."""

from dataclasses import dataclass
from pathlib import Path

_CLUSTER = "local"
"""What kwokctl calls the one cluster of its folder. The name that users see follows the checkout's folder and
may change with it; this one stays, and so do the data when the checkout moves."""


@dataclass(frozen=True)
class Site:
    """The folders and files of one cluster.

    Args:
        name: the cluster's name.
        workdir: kwokctl's folder (KWOK_WORKDIR), for this cluster alone.
    """

    name: str
    workdir: Path

    @property
    def kwokctl_name(self) -> str:
        """What kwokctl calls the cluster."""
        return _CLUSTER

    @property
    def folder(self) -> Path:
        """The cluster's own folder: its data, certificates, logs and pid files."""
        return self.workdir / "clusters" / _CLUSTER

    @property
    def pki(self) -> Path:
        """The certificates."""
        return self.folder / "pki"

    @property
    def identifier(self) -> Path:
        """Remembers the cluster's identifier while it is stopped."""
        return self.folder / "identifier"

    @property
    def creation(self) -> Path:
        """What kwokctl makes the cluster from."""
        return self.workdir / "create.yaml"

    @property
    def kwokctl_log(self) -> Path:
        """What kwokctl said last."""
        return self.workdir / "kwokctl.log"

    @property
    def lock(self) -> Path:
        """Held by the one command that may change the cluster."""
        return self.workdir / "lock"

    @property
    def trash(self) -> Path:
        """Where a deleted cluster goes in one step before its files are removed one by one."""
        return self.workdir / "deleted"

    def component_log(self, component: str) -> Path:
        """What a component said.

        Args:
            component: its name.
        """
        return self.folder / "logs" / f"{component}.log"
