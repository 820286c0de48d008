"""The control plane in one folder: its data, and its processes as they really run.

`etcd` and `pki` in the folder are the cluster; `identifier` is there once it was up. `clusters/local` is what kwokctl
derives from a configuration, and can be derived again.
"""

import contextlib
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

COMPONENTS = {
    "etcd": "etcd",
    "kube-apiserver": "kube-apiserver",
    "kube-controller-manager": "kube-controller-manager",
    "kube-scheduler": "kube-scheduler",
    "kwok-controller": "kwok",
    "metrics-server": "metrics-server",
}
"""Each process of a cluster, and the program that it is."""

_SECONDS_TO_END = 10.0


@dataclass(frozen=True)
class ControlPlane:
    """A control plane, whether or not it exists; only its owner may enter its folder."""

    home: Path

    @property
    def folder(self) -> Path:
        """What kwokctl derived: configuration, certificates in use, logs, pids. Every component works in it."""
        return self.home / "clusters" / "local"

    @property
    def identifier(self) -> str | None:
        """The UID of its namespace kube-system; None until it was up for the first time."""
        file = self.home / "identifier"
        return file.read_text("utf-8") if file.exists() else None

    def processes(self) -> dict[str, psutil.Process]:
        """The components that run, by name, and a kwokctl whose command was killed."""
        found = dict(self._found())
        return {name: found[name] for name in (*COMPONENTS, "kwokctl") if name in found}

    def _found(self) -> Iterator[tuple[str, psutil.Process]]:
        """The cluster's processes, with more than one of a name while kwokctl is starting them.

        They are known by program and working folder, which outlives the folder's removal: a recorded pid may belong
        to another process by now. One that has no command line, and so no name, is just being started.
        """
        folders = {str(self.home.resolve()), str(self.folder.resolve())}
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if process.cwd() in folders:
                    name = Path((process.cmdline() or [""])[0]).name
                    if name in ("", "kwokctl", *COMPONENTS):
                        yield name, process

    def ended(self, *names: str) -> str:
        """The first of some components that was started and does not run any more."""
        for name in names:
            file = self.folder / "pids" / f"{name}.pid"
            if file.exists() and (pid := file.read_text("utf-8")) and not _alive(int(pid)):
                return name
        return ""

    def record_pids(self) -> None:
        """Tell kwokctl what runs: it believes any recorded pid that is alive, also one from before a restart."""
        running = self.processes()
        for name in COMPONENTS:
            file = self.folder / "pids" / f"{name}.pid"
            file.unlink(missing_ok=True)
            if name in running:
                file.write_text(str(running[name].pid), "utf-8")

    def stop(self, *names: str) -> int:
        """Kill processes, all where none is named, and wait for their end; the count of those that there were.

        etcd's log on the disk has all that the API server confirmed. `kwokctl stop` would kill whatever process has
        a recorded pid, and does not wait.
        """
        ended: set[int] = set()
        deadline = time.monotonic() + _SECONDS_TO_END
        # Until none is found: the first look misses what kwokctl starts in that moment.
        while time.monotonic() < deadline:
            running = [process for name, process in self._found() if not names or name in names]
            if not running and not any(map(_alive, ended)):
                break
            for process in running:
                ended.add(process.pid)
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
            time.sleep(0.02)
        return len(ended)

    def clear(self) -> None:
        """Stop it and remove what kwokctl derived, with data and certificates where it never was up."""
        self.stop()
        if (self.folder / "identifier").exists():  # the version before kept the data here
            for name in ("etcd", "pki", "identifier"):
                if (self.folder / name).exists():
                    (self.folder / name).rename(self.home / name)
        derived = ("clusters", "cache") if self.identifier else ("clusters", "cache", "etcd", "pki")
        for name in derived:
            shutil.rmtree(self.home / name, ignore_errors=True)

    def remove(self) -> None:
        """Remove it with its data."""
        self.stop()
        # Without it, what a kill leaves of the rest is not taken for a cluster.
        for folder in (self.home, self.folder):
            (folder / "identifier").unlink(missing_ok=True)
        shutil.rmtree(self.home)


def _alive(pid: int) -> bool:
    try:
        process = psutil.Process(pid)
        # A zombie whose threads have not all ended still has its ports.
        return bool(process.status() != psutil.STATUS_ZOMBIE or process.num_threads() > 1)
    except psutil.Error:
        return False
