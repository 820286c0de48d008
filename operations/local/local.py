"""The local cluster of one checkout, and what can be done with it."""

import contextlib
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import psutil
from filelock import FileLock, Timeout

from operations import checkout, console
from operations.local.control_plane import COMPONENTS, ControlPlane
from operations.local.kwokctl import Kwokctl
from operations.toolchain import Toolchain
from shared.atomic import write_whole
from shared.errors import Failure, PlatformError, Refusal
from shared.kube.client import cluster_api
from shared.kube.kubeconfig import server_of

_LONGEST_NAME = 40
_HASH_LENGTH = 8
_SECONDS_TO_WAIT_FOR_OTHERS = 300.0

State = Literal["absent", "stopped", "partly running", "starting", "running"]


@dataclass(frozen=True)
class ComponentStatus:
    """One process of the cluster; its ports are TCP ports on which it listens."""

    name: str
    alive: bool
    pid: int | None
    ports: tuple[int, ...]


@dataclass(frozen=True)
class ClusterStatus:
    """The cluster as observed; what the API server alone knows is None while it does not answer.

    It is `running` where every process runs and the API server answers. The identifier, the UID of namespace
    kube-system, stays for the cluster's life and is known while it is stopped.
    """

    name: str
    state: State
    identifier: str | None
    kubeconfig: Path
    server: str | None
    kubernetes_version: str | None
    nodes_ready: int | None
    nodes: int | None
    metrics_ready: bool
    components: tuple[ComponentStatus, ...]

    @property
    def healthy(self) -> bool:
        """Whether it runs and every node is ready."""
        return self.state == "running" and bool(self.nodes) and self.nodes == self.nodes_ready

    def table(self) -> str:
        """For people: the cluster, then its processes if it has any."""
        metrics = "ready" if self.metrics_ready else "not yet: about half a minute after a start"
        facts = {
            "Cluster": self.name,
            "State": self.state,
            "Identifier": self.identifier,
            "Server": self.server,
            "Kubeconfig": self.server and checkout.shown(self.kubeconfig),
            "Kubernetes": self.kubernetes_version,
            "Nodes": self.nodes and f"{self.nodes_ready} of {self.nodes} ready",
            "Metrics": self.nodes and metrics,
        }
        lines = [f"{label:<11} {value}" for label, value in facts.items() if value]
        if self.components:
            lines += ["", f"{'Component':<24} {'State':<8} {'PID':<8} Ports"]
        for each in self.components:
            state, ports = "running" if each.alive else "stopped", ", ".join(map(str, each.ports))
            lines.append(f"{each.name:<24} {state:<8} {each.pid or '-':<8} {ports}".rstrip())
        return "\n".join(lines)


@dataclass(frozen=True)
class LocalCluster:
    """A control plane of upstream programs with simulated nodes; Refusal where another command is at work on it.

    It is named after the checkout's root folder, and its files are in the folder `local/cluster`.
    """

    root: Path
    local: Path

    @classmethod
    def of_checkout(cls) -> "LocalCluster":
        """The cluster of this checkout, whether or not it exists yet."""
        return cls(checkout.ROOT, checkout.LOCAL)

    @property
    def name(self) -> str:
        """Its name and its context's, an RFC 1123 label: the folder's, and a hash of its path (`platform-1f0c9a3b`)."""
        root = self.root.resolve()
        digest = hashlib.sha256(str(root).encode()).hexdigest()[:_HASH_LENGTH]
        readable = re.sub(r"[^a-z0-9]+", "-", root.name.lower()).strip("-") or "checkout"
        return f"{readable[: _LONGEST_NAME - _HASH_LENGTH - 1].rstrip('-')}-{digest}"

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig, mode 0600; there once the cluster was up."""
        return self.local / "kubeconfig"

    @property
    def plane(self) -> ControlPlane:
        """Its data and processes."""
        return ControlPlane(self.local / "cluster")

    def up(self, toolchain: Toolchain) -> ClusterStatus:
        """Make the cluster run as this checkout describes it, whatever state it is in; its data stay.

        The metrics API, which it doesn't wait for, has its first figures about half a minute after a start. Failure
        where it cannot be started; its data are untouched.
        """
        kwokctl = Kwokctl(self.plane, toolchain)
        with self._locked():
            status = self.status()
            if status.healthy and kwokctl.is_current():
                return status
            if status.state == "starting":  # nobody starts it, so something hangs
                self.plane.stop()
            with console.step(f"Start the local cluster {self.name}"):
                kwokctl.start()
            kubeconfig = kwokctl.kubeconfig().replace("kwok-local", self.name)
            write_whole(self.kubeconfig, kubeconfig.encode(), mode=0o600)
            if status.server not in (None, server := server_of(kubeconfig)):
                console.err.print(f"The address of the cluster was {status.server} and is now {server}.")
            return self.status()

    def down(self) -> bool:
        """End every process of the cluster and keep its data; whether there was anything to end."""
        with self._locked():
            return self.plane.stop() > 0

    def delete(self, name: str) -> None:
        """Remove the cluster with every namespace in it, by its exact name. Nothing else ever does."""
        if name != self.name:
            raise Refusal(
                f"This checkout's cluster is called {self.name}, not {name or '(no name given)'}.",
                f"To delete it with all its data, run `make cluster-delete NAME={self.name}`.",
            )
        if not self.plane.home.exists():
            raise Refusal(f"There is no local cluster {self.name}.", "Nothing has to be done.")
        with self._locked():
            self.plane.remove()
            self.kubeconfig.unlink(missing_ok=True)

    def status(self) -> ClusterStatus:
        """Observe the cluster without changing anything; it need not exist."""
        plane, running = self.plane, self.plane.processes()
        access = self.kubeconfig.read_text("utf-8") if self.kubeconfig.exists() else ""
        version: Any = None
        nodes: Any = None
        metrics: Any = None
        if access and {"etcd", "kube-apiserver"} <= running.keys():
            with contextlib.suppress(PlatformError), cluster_api(access) as api:
                version = api.get("/version")
                nodes = api.get("/api/v1/nodes")
                metrics = api.get("/apis/metrics.k8s.io/v1beta1/nodes")
        exists = plane.identifier is not None or bool(running)
        state: State = "partly running" if running else "stopped" if exists else "absent"
        if running.keys() >= COMPONENTS.keys():
            state = "running" if nodes else "starting"
        return ClusterStatus(
            name=self.name,
            state=state,
            identifier=plane.identifier,
            kubeconfig=self.kubeconfig,
            server=server_of(access) if access else None,
            kubernetes_version=version and str(version["gitVersion"]),
            nodes_ready=nodes and sum(map(_is_ready, nodes["items"])),
            nodes=nodes and len(nodes["items"]),
            metrics_ready=bool(metrics and metrics["items"]),
            components=tuple(_component(each, running.get(each)) for each in COMPONENTS) if exists else (),
        )

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """Be the only command that is at work on the cluster."""
        lock = FileLock(self.local / "cluster.lock")
        try:
            self.plane.home.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.local.chmod(0o700)
            try:
                lock.acquire(timeout=0)
            except Timeout:
                console.err.print(f"Another command is at work on the cluster {self.name}; waiting for it.")
                lock.acquire(timeout=_SECONDS_TO_WAIT_FOR_OTHERS)
            yield
        except Timeout:
            raise Refusal(
                f"Another command has been at work on the cluster {self.name} for over five minutes.",
                "End that command, then run this one again.",
            ) from None
        except OSError as error:
            raise Failure(
                f"The local cluster's files cannot be written: {error.strerror}: {error.filename}.",
                f"Make {self.plane.home} writable with space on its disk, then run the command again.",
            ) from error
        finally:
            lock.release()


def _is_ready(node: dict[str, Any]) -> bool:
    conditions = node.get("status", {}).get("conditions", ())
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


def _component(name: str, process: psutil.Process | None) -> ComponentStatus:
    if process is None:
        return ComponentStatus(name, alive=False, pid=None, ports=())
    try:
        sockets = process.net_connections("tcp")
    except psutil.Error:
        sockets = []
    ports = {socket.laddr.port for socket in sockets if socket.status == psutil.CONN_LISTEN}
    return ComponentStatus(name, alive=True, pid=process.pid, ports=tuple(sorted(ports)))
