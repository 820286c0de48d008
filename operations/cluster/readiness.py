"""When a cluster counts as up, and who died while it was starting."""

import time
from collections.abc import Callable, Iterable

from operations.cluster import processes
from operations.cluster.api import ApiServer
from operations.cluster.definition import Definition, load
from operations.cluster.kwokctl import Command
from operations.cluster.simulation import NODES, furnish, nodes_current, ready_nodes
from operations.cluster.site import Site

_VITAL = ("etcd", "kube-apiserver")
_RESTARTS = 2
_SECONDS = 60.0
_SECONDS_BETWEEN_LOOKS = 0.03


class DiedError(Exception):
    """A component, or kwokctl itself, ended while the cluster was starting.

    Args:
        name: what ended.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def api_server(site: Site, definition: Definition) -> ApiServer:
    """Reach the API server of a cluster with the cluster's own certificates."""
    return ApiServer(definition.server, site.pki)


def healthy(site: Site, definition: Definition) -> bool:
    """Tell whether every component runs, the API server is ready and so is every simulated node."""
    running = processes.working_in(site.folder, processes.COMPONENTS)
    if any(component.name not in running for component in definition.components):
        return False
    if definition.moved or processes.strays(site.folder):
        return False
    api = api_server(site, definition)
    return api.ready() and _nodes_ready(api) and nodes_current(api)


def await_ready(site: Site, command: Command, start: Callable[[Definition], Command]) -> Definition:
    """Wait until a cluster that kwokctl is starting is up, and furnish it as soon as it takes requests.

    Args:
        site: the cluster.
        command: the kwokctl that starts it.
        start: starts what is missing.

    Returns:
        The cluster's definition.

    Raises:
        DiedError: a component ended.
        TimeoutError: all of them run, and after a minute the API server or a node is not ready.
    """
    deadline = time.monotonic() + _SECONDS
    definition = _await_processes(site, command, deadline)
    api = api_server(site, definition)
    restarts = 0
    furnished = False
    while time.monotonic() < deadline:
        _raise_for_the_dead(site, _VITAL)
        furnished = furnished or (api.ready() and _furnish(api, definition))
        if furnished and _nodes_ready(api):
            try:
                _raise_for_the_dead(site, processes.COMPONENTS)
            except DiedError:
                # The others give up where the API server is slow to come; it is there now.
                restarts += 1
                if restarts == _RESTARTS:
                    raise
                definition = _await_processes(site, start(definition), deadline)
            else:
                return definition
        time.sleep(_SECONDS_BETWEEN_LOOKS)
    raise TimeoutError


def _await_processes(site: Site, command: Command, deadline: float) -> Definition:
    # Once they all run, kwokctl only waits for the API server, by starting one kubectl after another. We
    # wait more cheaply, and the two cores are wanted elsewhere.
    try:
        while time.monotonic() < deadline:
            ended = command.poll()
            if all(processes.recorded_pid(site.folder, name) for name in processes.COMPONENTS):
                if definition := load(site.folder):
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
        metrics_port=definition.component("metrics-server").ports[0],
    )


def _nodes_ready(api: ApiServer) -> bool:
    nodes = ready_nodes(api)
    return nodes is not None and nodes[0] >= len(NODES)


def _raise_for_the_dead(site: Site, names: Iterable[str]) -> None:
    for name in names:
        pid = processes.recorded_pid(site.folder, name)
        if pid is None or not processes.lives(pid):
            raise DiedError(name)
