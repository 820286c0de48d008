"""The cluster's processes, found by what they are and where they work, not by a pid that somebody wrote."""

import contextlib
import time
from collections.abc import Iterable
from pathlib import Path

import psutil

COMPONENTS = (
    "etcd",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kwok-controller",
    "metrics-server",
)
"""The components' names, which are also the file names of their binaries in the cluster's folder."""

_SECONDS_TO_STOP = 3.0


def working_in(folder: Path, names: Iterable[str]) -> dict[str, list[psutil.Process]]:
    """Find the living processes of some programs whose working folder is the given one.

    kwokctl gives each component the cluster's folder as its working folder. A shell or an editor that
    somebody has open there is not one of the programs.

    Args:
        folder: the working folder, existing or not (a process outlives its folder's deletion).
        names: file names of programs.

    Returns:
        The processes by program; programs without one are left out.
    """
    wanted = set(names)
    found: dict[str, list[psutil.Process]] = {}
    place = str(folder.resolve())
    for process in psutil.process_iter():
        try:
            if process.cwd() != place:
                continue
            command = process.cmdline()  # empty for a zombie, which nobody has to stop any more
        except psutil.Error:
            continue
        if command and (name := Path(command[0]).name) in wanted:
            found.setdefault(name, []).append(process)
    return found


def strays(folder: Path) -> list[psutil.Process]:
    """Find components that hold on to a deleted folder of the same path: somebody removed it under them.

    Args:
        folder: the cluster's folder, existing or not.
    """
    return [
        process
        for processes in working_in(folder, COMPONENTS).values()
        for process in processes
        if not _holds(process, folder)
    ]


def _holds(process: psutil.Process, folder: Path) -> bool:
    try:
        return Path(f"/proc/{process.pid}/cwd").samefile(folder)
    except OSError:
        # Without /proc nothing tells the two folders apart; without the folder they certainly differ.
        return folder.exists()


def align_pid_files(folder: Path) -> None:
    """Make the pid files say what really runs, since kwokctl believes any pid that is alive.

    A file that names a process of somebody else (after a reboot) or none (after a kill) is removed; a
    component whose pid was never written down (kwokctl was killed just then) is entered.

    Args:
        folder: the cluster's folder.

    Raises:
        OSError: a pid file cannot be written.
    """
    pids = folder / "pids"
    pids.mkdir(mode=0o750, exist_ok=True)
    running = working_in(folder, COMPONENTS)
    for name in COMPONENTS:
        path = pids / f"{name}.pid"
        processes = running.get(name, [])
        if not processes:
            path.unlink(missing_ok=True)
            continue
        kept = next(
            (process for process in processes if process.pid == recorded_pid(folder, name)), processes[0]
        )
        stop(process for process in processes if process is not kept)
        path.write_text(str(kept.pid), encoding="utf-8")


def recorded_pid(folder: Path, name: str) -> int | None:
    """Read the pid that kwokctl wrote down for a component.

    Args:
        folder: the cluster's folder.
        name: the component.

    Returns:
        The pid, whether or not it is alive; None where the file is missing or holds no number.
    """
    try:
        return int((folder / "pids" / f"{name}.pid").read_text("utf-8"))
    except (OSError, ValueError):
        return None


def lives(pid: int) -> bool:
    """Tell whether a process exists and has not ended, a zombie counting as ended.

    Args:
        pid: its number.
    """
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def stop(processes: Iterable[psutil.Process], *, politely: bool = False) -> None:
    """End processes and wait until they are gone.

    Args:
        processes: which ones; those that are gone already do no harm.
        politely: first by a signal that lets them finish, for up to three seconds.
    """
    listed = list(processes)
    for process in listed if politely else ():
        with contextlib.suppress(psutil.Error):
            process.terminate()
            process.resume()  # a stopped process acts on no signal
    for process in _outliving(listed) if politely else listed:
        with contextlib.suppress(psutil.Error):
            process.kill()
    _outliving(listed)


def _outliving(listed: list[psutil.Process]) -> list[psutil.Process]:
    # psutil.wait_procs would wait for zombies, too, which are somebody else's to collect.
    deadline = time.monotonic() + _SECONDS_TO_STOP
    while True:
        alive = [process for process in listed if process.is_running() and lives(process.pid)]
        if not alive or time.monotonic() > deadline:
            return alive
        time.sleep(0.02)


def stop_all(folder: Path) -> int:
    """End every component that works in a folder.

    etcd goes last and in its own time. The others keep nothing that is not in etcd, and the API server
    would take a second to say good-bye.

    Args:
        folder: the cluster's folder, existing or not.

    Returns:
        How many there were.
    """
    running = working_in(folder, COMPONENTS)
    store = running.pop("etcd", [])
    others = [process for processes in running.values() for process in processes]
    stop(others)
    stop(store, politely=True)
    for name in COMPONENTS:
        with contextlib.suppress(OSError):
            (folder / "pids" / f"{name}.pid").unlink()
    return len(others) + len(store)
