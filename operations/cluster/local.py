"""The local cluster of one checkout, and what can be done with it."""

import contextlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from operations import console, paths
from operations.cluster.atomic import write_atomically
from operations.cluster.definition import Definition, load
from operations.cluster.kubeconfig import kubeconfig_text, write_kubeconfig
from operations.cluster.kwokctl import Toolchain
from operations.cluster.lifecycle import bring_up, take_down
from operations.cluster.naming import cluster_name
from operations.cluster.readiness import api_server, healthy
from operations.cluster.site import Site
from operations.cluster.status import ClusterStatus, inspect, remembered_identifier, system_uid
from shared.refusal import Refusal

_SECONDS_TO_WAIT_FOR_OTHERS = 300.0


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
    def site(self) -> Site:
        """Where the cluster's files stand."""
        return Site(self.name, self.local / "cluster")

    def up(self, toolchain: Toolchain) -> ClusterStatus:
        """Make the cluster run and answer, whatever state it is in; its data stay.

        Returns at once where it runs and is healthy. Otherwise it starts what is missing, moves ports that
        others took meanwhile, and waits until the API server and the nodes are ready. It doesn't wait for
        the metrics API, which has its first figures about half a minute later.

        Args:
            toolchain: where the binaries are.

        Returns:
            The cluster as it is now.

        Raises:
            Refusal: it cannot be started. Its data are untouched.
        """
        with self._alone():
            definition = load(self.site.folder)
            if definition is None or not healthy(self.site, definition):
                with console.step(f"Start the local cluster {self.name}"):
                    definition = bring_up(self.site, toolchain)
            self._remember(definition)
            return self.status()

    def down(self) -> bool:
        """End every process of the cluster and keep its data.

        Returns:
            Whether there was anything to end.

        Raises:
            Refusal: another command holds the cluster for too long.
        """
        if not self.site.workdir.exists():
            return take_down(self.site) > 0
        with self._alone():
            return take_down(self.site) > 0

    def delete(self, name: str) -> None:
        """Remove the cluster with every namespace in it. Nothing else ever does.

        Args:
            name: the cluster's exact name, as a sign that it is meant.

        Raises:
            Refusal: the name is not this cluster's, or there is no such cluster.
        """
        if name != self.name:
            raise Refusal(
                f"This checkout's cluster is called {self.name}; {name or 'no name'} was given, and it stays.",
                f"To lose it with all its data, run `make cluster-delete NAME={self.name}`.",
            )
        if not self.site.folder.exists():
            raise Refusal(f"There is no local cluster {self.name}.", "Nothing has to be done.")
        with self._alone():
            take_down(self.site)
            shutil.rmtree(self.site.trash, ignore_errors=True)
            # First out of sight in one step: a cluster that is half there would be neither.
            self.site.folder.rename(self.site.trash)
            self.kubeconfig.unlink(missing_ok=True)
            shutil.rmtree(self.site.trash, ignore_errors=True)

    def status(self) -> ClusterStatus:
        """Look at the cluster without changing anything."""
        return inspect(self.site, self.kubeconfig)

    def _remember(self, definition: Definition) -> None:
        text = kubeconfig_text(self.name, definition.server, self.site.pki)
        write_kubeconfig(self.kubeconfig, text)
        uid = system_uid(api_server(self.site, definition))
        before = remembered_identifier(self.site)
        if uid is None or uid == before:
            return
        if before is not None:
            console.err.print(f"The cluster has lost its data: its identifier was {before} and is {uid}.")
        write_atomically(self.site.identifier, uid)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        try:
            self.local.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.site.workdir.mkdir(mode=0o700, exist_ok=True)
            lock = FileLock(self.site.lock)
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
                f"Make {self.site.workdir} writable with space on its disk, then run the command again.",
            ) from error
