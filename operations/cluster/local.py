"""The local cluster of one checkout, and what can be done with it."""

import contextlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from operations import console, paths
from operations.cluster import processes
from operations.cluster.atomic import write_atomically
from operations.cluster.definition import Definition, follow_folder, load
from operations.cluster.kubeconfig import kubeconfig_text, write_kubeconfig
from operations.cluster.kwokctl import Toolchain
from operations.cluster.lifecycle import api_server, bring_up, healthy
from operations.cluster.naming import cluster_name
from operations.cluster.status import ClusterStatus, inspect, system_uid
from shared.refusal import Refusal

_SECONDS_TO_WAIT_FOR_OTHERS = 300.0
_LEAST_FREE_BYTES = 256 * 1024 * 1024
"""etcd sets 64 MB aside for its log at its first start, and a full disk costs it its data's last writes."""


@dataclass(frozen=True)
class LocalCluster:
    """A control plane of upstream binaries with simulated nodes.

    Args:
        root: the checkout's root folder, after which the cluster is named.
        local: where the checkout keeps what it made for itself; the cluster's files go to `cluster` in it.
    """

    root: Path
    local: Path

    @classmethod
    def of_checkout(cls) -> "LocalCluster":
        """Find the cluster of this checkout, whether or not it exists yet."""
        return cls(paths.ROOT, paths.LOCAL)

    @property
    def name(self) -> str:
        """The cluster's name, which is also its context's in the kubeconfig."""
        return cluster_name(self.root)

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig, mode 0600; there once the cluster was up."""
        return self.local / paths.KUBECONFIG.name

    @property
    def workdir(self) -> Path:
        """The folder of kwokctl, with this checkout's clusters."""
        return self.local / "cluster"

    @property
    def folder(self) -> Path:
        """The cluster's folder: its data, certificates, logs and pid files."""
        return self.workdir / "clusters" / self.name

    def up(self, toolchain: Toolchain) -> ClusterStatus:
        """Make the cluster run and answer, whatever state it is in; its data stay.

        Returns at once where it runs and is healthy. Otherwise it starts what is missing, moves ports that
        others took meanwhile, and waits until the API server and the nodes are ready. It doesn't wait for
        the metrics API, which has its first figures about a minute later.

        Args:
            toolchain: where the binaries are.

        Returns:
            The cluster as it is now.

        Raises:
            Refusal: it cannot be started. Its data are untouched.
        """
        with self._alone():
            definition = load(self.folder)
            if definition is None or not healthy(definition, api_server(definition)):
                self._settle()
                with console.step(f"Start the local cluster {self.name}"):
                    definition = bring_up(self.folder, self.workdir, toolchain)
            self._remember(definition)
            return inspect(self.name, self.folder, self.kubeconfig)

    def down(self) -> bool:
        """End every process of the cluster and keep its data.

        Returns:
            Whether there was anything to end.

        Raises:
            Refusal: another command holds the cluster for too long.
        """
        if not self.workdir.exists():
            return False
        with self._alone():
            return self._stop() > 0

    def delete(self, name: str) -> None:
        """Remove the cluster with every namespace in it. Nothing else ever does.

        Args:
            name: the cluster's exact name, as a sign that it is meant.

        Raises:
            Refusal: the name is not this cluster's, or there is no such cluster.
        """
        if name != self.name:
            raise Refusal(
                f"This checkout's cluster is called {self.name}, not {name or 'nothing'}; it stays.",
                f"To lose it with all its data, run `make cluster-delete NAME={self.name}`.",
            )
        if not self.folder.exists():
            raise Refusal(f"There is no local cluster {self.name}.", "Nothing has to be done.")
        with self._alone():
            self._stop()
            # First out of sight in one step: a cluster that is half there would be neither.
            self.folder.rename(self._trash)
            self.kubeconfig.unlink(missing_ok=True)
            shutil.rmtree(self._trash, ignore_errors=True)

    def status(self) -> ClusterStatus:
        """Look at the cluster without changing anything."""
        return inspect(self.name, self.folder, self.kubeconfig)

    @property
    def _trash(self) -> Path:
        return self.workdir / "deleted"

    def _stop(self) -> int:
        processes.stop(processes.working_in(self.workdir, ["kwokctl"]).get("kwokctl", []))
        return processes.stop_all(self.folder)

    def _settle(self) -> None:
        shutil.rmtree(self._trash, ignore_errors=True)
        if (free := shutil.disk_usage(self.workdir).free) < _LEAST_FREE_BYTES:
            raise Refusal(
                f"The disk of {self.workdir} has {free // 1024**2} MB left; the local cluster needs"
                f" {_LEAST_FREE_BYTES // 1024**2} MB.",
                "Free some space, then run `make cluster-up` again.",
            )
        self.folder.parent.mkdir(mode=0o700, exist_ok=True)
        others = [folder for folder in self.folder.parent.iterdir() if load(folder) is not None]
        if not self.folder.exists() and len(others) == 1:
            # The checkout's folder was moved or renamed, and the cluster with it: its data go along.
            processes.stop_all(others[0])
            others[0].rename(self.folder)
            console.err.print(
                f"The cluster {others[0].name} is called {self.name} now, as its checkout moved."
            )
        if self.folder.exists() and not processes.working_in(self.folder, processes.COMPONENTS):
            follow_folder(self.folder)

    def _remember(self, definition: Definition) -> None:
        text = kubeconfig_text(self.name, definition.server, self.folder / "pki")
        write_kubeconfig(self.kubeconfig, text)
        identity = self.folder / "identifier"
        uid = system_uid(api_server(definition))
        before = identity.read_text("utf-8") if identity.exists() else uid
        if uid is not None and uid != before:
            console.err.print(f"The cluster has lost its data: its identifier was {before} and is {uid}.")
        if uid is not None and (uid != before or not identity.exists()):
            write_atomically(identity, uid)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        try:
            self.local.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.workdir.mkdir(mode=0o700, exist_ok=True)
            lock = FileLock(self.workdir / "lock")
            try:
                lock.acquire(timeout=0)
            except Timeout:
                console.err.print(f"Another command is at work on the cluster {self.name}; waiting for it.")
                lock.acquire(timeout=_SECONDS_TO_WAIT_FOR_OTHERS)
            try:
                yield
            finally:
                lock.release()
        except Timeout:
            raise Refusal(
                f"Another command has held the cluster {self.name} for over five minutes.",
                "End that command, then run this one again.",
            ) from None
        except OSError as error:
            raise Refusal(
                f"The local cluster's files cannot be written: {error.strerror}: {error.filename}.",
                f"Make {self.workdir} writable with space on its disk, then run the command again.",
            ) from error
