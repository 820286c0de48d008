"""Bringing a cluster up: from nothing, from a stop, from a crash, from half a creation."""

import contextlib
import shutil
from pathlib import Path

from operations import console
from operations.cluster import documents, kwokctl, ports, processes
from operations.cluster.atomic import write_atomically
from operations.cluster.definition import (
    CONFIGURATION,
    Definition,
    follow_folder,
    load,
    move_ports,
    save,
    with_flags,
)
from operations.cluster.readiness import DiedError, await_ready
from operations.cluster.simulation import stage_files
from operations.cluster.site import Site
from shared.refusal import Refusal

_ATTEMPTS = 2
_LONGEST_LOG = 16 * 1024 * 1024
_LEAST_FREE_BYTES = 256 * 1024 * 1024
"""etcd sets 64 MB aside for its log at its first start, and a full disk costs it its data's last writes."""


def bring_up(site: Site, toolchain: kwokctl.Toolchain) -> Definition:
    """Start a cluster and wait until it is ready; make it first where there is none.

    Args:
        site: the cluster. The caller holds its lock.
        toolchain: where the binaries are.

    Returns:
        The cluster's definition, with the ports that it has now.

    Raises:
        Refusal: it cannot be started; the message tells which component failed and what it last said.
        OSError: a file cannot be written.
    """
    _settle(site)
    failed = ""
    for _ in range(_ATTEMPTS):
        definition = load(site.folder)
        command = _start(site, definition, toolchain) if definition else _create(site, toolchain)
        try:
            return await_ready(site, command, lambda known: _start(site, known, toolchain))
        except DiedError as died:
            failed = died.name
        except TimeoutError:
            failed = "kube-apiserver"
        # What runs but doesn't answer won't answer the next attempt either.
        processes.stop_all(site.folder)
    log = site.kwokctl_log if failed == "kwokctl" else site.component_log(failed)
    raise Refusal(
        f"The local cluster {site.name} did not start: {failed} failed. It last said:\n{kwokctl.last_words(log)}",
        f"Put right what it names and run `make cluster-up` again; the whole log is {log}.",
    )


def take_down(site: Site) -> int:
    """End every process that works for a cluster, a kwokctl whose command was killed among them.

    Args:
        site: the cluster, of which nothing but the processes may be left.

    Returns:
        How many components there were.
    """
    processes.stop(processes.working_in(site.workdir, ["kwokctl"]).get("kwokctl", []))
    return processes.stop_all(site.folder)


def _settle(site: Site) -> None:
    processes.stop(processes.working_in(site.workdir, ["kwokctl"]).get("kwokctl", []))
    processes.stop(processes.strays(site.folder))
    shutil.rmtree(site.trash, ignore_errors=True)
    if (free := shutil.disk_usage(site.workdir).free) < _LEAST_FREE_BYTES:
        raise Refusal(
            f"The disk of {site.workdir} has {free // 1024**2} MB left; the local cluster needs"
            f" {_LEAST_FREE_BYTES // 1024**2} MB.",
            "Free some space, then run `make cluster-up` again.",
        )
    definition = load(site.folder)
    if definition is not None and definition.moved:
        # The checkout's folder was moved or renamed, and the cluster with it, perhaps while it ran.
        processes.stop_all(site.folder)
        follow_folder(definition)


def _clear_half_made(folder: Path) -> None:
    if (folder / "etcd" / "member").exists():
        raise Refusal(
            f"{folder / CONFIGURATION} does not describe the cluster whose data stand beside it.",
            "Put that file back from a copy, or give the data up with `make cluster-delete` and the name that"
            " `make cluster-status` shows.",
        )
    processes.stop_all(folder)
    shutil.rmtree(folder, ignore_errors=True)


def _create(site: Site, toolchain: kwokctl.Toolchain) -> kwokctl.Command:
    _clear_half_made(site.folder)
    chosen = ports.free_ports(site.name, len(kwokctl.PORT_OPTIONS))
    write_atomically(site.creation, documents.render(kwokctl.configuration(toolchain, chosen, site.pki)))
    files = [site.creation, *stage_files(toolchain.kwok_kustomize)]
    return kwokctl.run(
        toolchain,
        site,
        *("create", "cluster", "--kubeconfig="),
        *(f"--config={file}" for file in files),
    )


def _start(site: Site, definition: Definition, toolchain: kwokctl.Toolchain) -> kwokctl.Command:
    running = processes.working_in(site.folder, processes.COMPONENTS)
    idle = [component for component in definition.components if component.name not in running]
    taken = [port for component in idle for port in component.ports if not ports.is_free(port)]
    if taken:
        # Each component was told the others' ports when it started.
        processes.stop_all(site.folder)
        own = [port for component in definition.components for port in component.ports]
        moves = dict(zip(taken, ports.free_ports(site.name, len(taken), without=own), strict=True))
        definition = move_ports(definition, moves)
        for old, new in moves.items():
            console.err.print(f"Port {old} belongs to another process by now; the cluster moves to {new}.")
    # A cluster that was made before it signed anything learns it at its next start.
    definition = with_flags(definition, "kube-controller-manager", kwokctl.signer(site.pki))
    save(definition, stage_files(toolchain.kwok_kustomize))
    kwokctl.link_binaries(site.folder, toolchain)
    for component in idle:
        _cut(site.component_log(component.name))
    processes.align_pid_files(site.folder)
    return kwokctl.run(toolchain, site, "start", "cluster")


def _cut(log: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        if log.stat().st_size > _LONGEST_LOG:
            log.replace(log.with_suffix(".log.old"))
