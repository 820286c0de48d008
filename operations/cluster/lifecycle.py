"""Bringing a cluster up: from nothing, from a stop, from a crash, from half a creation."""

import contextlib
import shutil
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path

from operations import console
from operations.cluster import documents, kwokctl, ports, processes
from operations.cluster.api import ApiServer
from operations.cluster.atomic import write_atomically
from operations.cluster.definition import CONFIGURATION, Definition, load, move_ports, save
from operations.cluster.simulation import NODES, furnish, ready_nodes, stage_files
from shared.refusal import Refusal

_VITAL = ("etcd", "kube-apiserver")
_ATTEMPTS = 2
_SECONDS_PER_ATTEMPT = 60.0
_SECONDS_BETWEEN_LOOKS = 0.03
_LONGEST_LOG = 16 * 1024 * 1024


Command = subprocess.Popen[bytes]


class DiedError(Exception):
    """A component ended while the cluster was starting.

    Args:
        name: the component.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def bring_up(folder: Path, workdir: Path, toolchain: kwokctl.Toolchain) -> Definition:
    """Start a cluster and wait until it is ready; make it first where there is none.

    Args:
        folder: the cluster's folder, in the `clusters` folder of workdir and called like the cluster.
        workdir: kwokctl's folder. The caller holds the lock on it.
        toolchain: where the binaries are.

    Returns:
        The cluster's definition, with the ports that it has now.

    Raises:
        Refusal: it cannot be started; the message tells which component failed and what it last said.
        OSError: a file cannot be written.
    """
    processes.stop(processes.working_in(workdir, ["kwokctl"]).get("kwokctl", []))
    processes.stop(processes.strays(folder))
    failure = Refusal("", "")
    for _ in range(_ATTEMPTS):
        definition = load(folder)
        if definition is None:
            _clear_half_made(folder)
            command = _create(folder, workdir, toolchain)
        else:
            command = _start(definition, workdir, toolchain)
        try:
            return _await_ready(folder, workdir, toolchain, command)
        except DiedError as died:
            failure = _refusal(folder, workdir, died.name)
        except TimeoutError:
            failure = _refusal(folder, workdir, "kube-apiserver")
        # What runs but doesn't answer won't answer the next attempt either.
        processes.stop_all(folder)
    raise failure


def healthy(definition: Definition, api: ApiServer) -> bool:
    """Tell whether every component runs, the API server is ready and so is every simulated node.

    Args:
        definition: the cluster.
        api: its API server.
    """
    running = processes.working_in(definition.folder, processes.COMPONENTS)
    if any(component.name not in running for component in definition.components):
        return False
    if processes.strays(definition.folder) or not api.ready():
        return False
    return _nodes_ready(api)


def api_server(definition: Definition) -> ApiServer:
    """Reach the API server of a cluster with the cluster's own certificates."""
    return ApiServer(definition.server, definition.folder / "pki")


def _clear_half_made(folder: Path) -> None:
    if (folder / "etcd" / "member").exists():
        raise Refusal(
            f"{folder / CONFIGURATION} does not describe the cluster whose data stand beside it.",
            f"Put that file back from a copy, or give the data up: `make cluster-delete NAME={folder.name}`.",
        )
    shutil.rmtree(folder, ignore_errors=True)


def _create(folder: Path, workdir: Path, toolchain: kwokctl.Toolchain) -> Command:
    chosen = ports.free_ports(folder.name, len(kwokctl.PORT_OPTIONS))
    text = documents.render(kwokctl.configuration(toolchain, chosen))
    write_atomically(workdir / "create.yaml", text)
    files = [workdir / "create.yaml", *stage_files(toolchain.kwok_kustomize)]
    return kwokctl.run(
        toolchain,
        workdir,
        workdir / "kwokctl.log",
        *("create", "cluster", f"--name={folder.name}", "--kubeconfig="),
        *(f"--config={file}" for file in files),
    )


def _start(definition: Definition, workdir: Path, toolchain: kwokctl.Toolchain) -> Command:
    folder = definition.folder
    running = processes.working_in(folder, processes.COMPONENTS)
    idle = [component for component in definition.components if component.name not in running]
    taken = [port for component in idle for port in component.ports if not ports.is_free(port)]
    if taken:
        # Each component was told the others' ports when it started.
        processes.stop_all(folder)
        own = [port for component in definition.components for port in component.ports]
        moves = dict(zip(taken, ports.free_ports(folder.name, len(taken), without=own), strict=True))
        definition = move_ports(definition, moves)
        for old, new in moves.items():
            console.err.print(f"Port {old} belongs to another process by now; the cluster moves to {new}.")
    save(definition, stage_files(toolchain.kwok_kustomize))
    kwokctl.link_binaries(folder, toolchain)
    for component in idle:
        _cut(folder / "logs" / f"{component.name}.log")
    processes.align_pid_files(folder)
    return kwokctl.run(
        toolchain, workdir, workdir / "kwokctl.log", "start", "cluster", f"--name={folder.name}"
    )


def _await_ready(folder: Path, workdir: Path, toolchain: kwokctl.Toolchain, command: Command) -> Definition:
    deadline = time.monotonic() + _SECONDS_PER_ATTEMPT
    definition = _await_processes(folder, command, deadline)
    api = api_server(definition)
    restarts = 0
    furnished = False
    while time.monotonic() < deadline:
        _raise_for_the_dead(folder, _VITAL)
        furnished = furnished or (api.ready() and _furnish(api, definition))
        if furnished and _nodes_ready(api):
            try:
                _raise_for_the_dead(folder, processes.COMPONENTS)
            except DiedError:
                # The others give up where the API server is slow to come; it is there now.
                restarts += 1
                if restarts == _ATTEMPTS:
                    raise
                _await_processes(folder, _start(definition, workdir, toolchain), deadline)
            else:
                return definition
        time.sleep(_SECONDS_BETWEEN_LOOKS)
    raise TimeoutError


def _await_processes(folder: Path, command: Command, deadline: float) -> Definition:
    # Once they all run, kwokctl only waits for the API server, by starting one kubectl after another. We
    # wait more cheaply, and the two cores are wanted elsewhere.
    try:
        while time.monotonic() < deadline:
            ended = command.poll()
            if all(processes.recorded_pid(folder, name) for name in processes.COMPONENTS):
                if definition := load(folder):
                    return definition
            elif ended is not None:
                raise DiedError("kwokctl")
            time.sleep(_SECONDS_BETWEEN_LOOKS)
        raise TimeoutError
    finally:
        command.kill()
        command.wait()


def _furnish(api: ApiServer, definition: Definition) -> bool:
    return furnish(
        api,
        kubelet_port=definition.component("kwok-controller").ports[0],
        metrics_port=definition.metrics_port,
    )


def _nodes_ready(api: ApiServer) -> bool:
    nodes = ready_nodes(api)
    return nodes is not None and nodes[0] >= len(NODES)


def _raise_for_the_dead(folder: Path, names: Iterable[str]) -> None:
    for name in names:
        pid = processes.recorded_pid(folder, name)
        if pid is not None and not processes.lives(pid):
            raise DiedError(name)


def _refusal(folder: Path, workdir: Path, name: str) -> Refusal:
    log = workdir / "kwokctl.log" if name == "kwokctl" else folder / "logs" / f"{name}.log"
    return Refusal(
        f"The local cluster {folder.name} did not start: {name} failed. It last said:\n"
        f"{kwokctl.last_words(log)}",
        f"Put right what it names and run `make cluster-up` again; the whole log is {log}.",
    )


def _cut(log: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        if log.stat().st_size > _LONGEST_LOG:
            log.replace(log.with_suffix(".log.old"))
