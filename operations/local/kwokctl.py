"""kwokctl starts the control plane; where its configuration does not fit any more, it derives it again."""

import contextlib
import hashlib
import os
import re
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from operations.local.control_plane import COMPONENTS, ControlPlane
from operations.toolchain import Toolchain
from operations.toolchain.tools import cache_folder
from shared.atomic import write_whole
from shared.errors import Failure

_SOURCES = Path(__file__).parent / "cluster"
"""Files of YAML; each of them, changed, makes the next start derive all again."""
_CONFIGURATION = ("kwokctl", "nodes-and-pods", "ingress-address", "usage", "kubelet-metrics")
_VITAL = ("etcd", "kube-apiserver")
"""The others end where the API server is slow to come, and only have to be started again."""
_ATTEMPTS = 3
_SECONDS = 60.0


@dataclass(frozen=True)
class Kwokctl:
    """The kwokctl of a tool chain, for one control plane."""

    plane: ControlPlane
    toolchain: Toolchain

    def is_current(self) -> bool:
        """Whether what kwokctl derived is complete, and what this checkout and these tools would give."""
        stamp = self.plane.folder / "stamp"
        return stamp.exists() and stamp.read_text("utf-8") == self._digest()

    def start(self) -> None:
        """Start what does not run, and wait until the API server and all nodes are ready.

        Failure where a component ends again and again; the data are untouched.
        """
        failed = ""
        for attempt in range(_ATTEMPTS):
            self.plane.stop("kwokctl")
            # A port that another process took is changed by deriving all again.
            if failed in _VITAL or attempt == _ATTEMPTS - 1 or not self.is_current():
                self._prepare()
            self.plane.record_pids()
            # Two at once would pick the same ports, of which kwok listens on its own last of all.
            with FileLock(_users_folder() / "start.lock"):
                failed = self._run() or self._await_ready()
            if not failed:
                return
        self.plane.stop()
        logs = self.plane.home if failed == "kwokctl" else self.plane.folder / "logs"
        raise Failure(
            f"The local cluster did not start: {failed} failed. It last said:\n{last_words(logs / f'{failed}.log')}",
            f"Fix what it names and run `make cluster-up` again; the whole log is {logs / f'{failed}.log'}.",
        )

    def kubeconfig(self) -> str:
        """The administrator's kubeconfig, complete in itself; its context is called `kwok-local`."""
        return self._output("kwokctl", "get", "kubeconfig", "--name=local")

    def _prepare(self) -> None:
        self.plane.clear()
        self.plane.folder.mkdir(parents=True)
        if self.plane.identifier:
            shutil.copytree(self.plane.home / "pki", self.plane.folder / "pki")
        shutil.copytree(_SOURCES / "metrics-service", self.plane.home / "metrics-service", dirs_exist_ok=True)
        parts = [(_SOURCES / f"{name}.yaml").read_text("utf-8") for name in _CONFIGURATION]
        (self.plane.home / "create.yaml").write_text("\n---\n".join(parts), "utf-8")

    def _run(self) -> str:
        """Let kwokctl start what is missing; the name of what failed, if anything did."""
        deadline = time.monotonic() + _SECONDS
        log = self.plane.home / "kwokctl.log"
        with log.open("wb") as output:  # not a pipe: the components outlive the command
            command = subprocess.Popen(
                self._create(),
                cwd=self.plane.home,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        try:
            while command.poll() is None:
                if ended := self.plane.ended(*_VITAL):
                    return ended
                if time.monotonic() > deadline:
                    return "kube-apiserver"
                time.sleep(0.1)
        finally:
            command.kill()
            command.wait()
        return "kwokctl" if command.returncode else ""

    def _await_ready(self) -> str:
        """Wait for the API server and the nodes; the name of what failed, if anything did."""
        (self.plane.folder / "stamp").write_text(self._digest(), "utf-8")
        deadline = time.monotonic() + _SECONDS
        while time.monotonic() < deadline and not self.plane.ended(*_VITAL):
            with contextlib.suppress(subprocess.CalledProcessError):
                self._kubectl("get", "--raw=/readyz")
                # Started again before that, the others would end again.
                if not self.plane.ended(*COMPONENTS):
                    self._complete()
                return self.plane.ended(*COMPONENTS)
            time.sleep(0.1)
        return self.plane.ended(*_VITAL) or "kube-apiserver"

    def _complete(self) -> None:
        """Add the cluster's own objects; keep what makes it this cluster where a failed start can't take it along."""
        definition = (self.plane.folder / "kwok.yaml").read_text("utf-8")
        port = re.findall(r"metricsServerPort: (\d+)", definition)[0]
        objects = (_SOURCES / "objects.yaml").read_text("utf-8").replace("port: 443", f"port: {port}")
        server_side = ("--server-side", "--force-conflicts", "--field-manager=local-cluster")
        self._kubectl("apply", *server_side, "--filename=-", text=objects)
        self._kubectl("wait", "--for=condition=Ready", "node", "--all", "--timeout=2s")
        if not self.plane.identifier:
            shutil.copytree(self.plane.folder / "pki", self.plane.home / "pki", dirs_exist_ok=True)
            identifier = self._kubectl("get", "namespace", "kube-system", "--output=jsonpath={.metadata.uid}")
            write_whole(self.plane.home / "identifier", identifier.encode())

    def _create(self) -> list[str]:
        kwokctl = str(self.toolchain.path("kwokctl"))
        configuration = f"--config={self._plain_home() / 'create.yaml'}"
        binaries = [f"--{name}-binary={self.toolchain.path(program)}" for name, program in COMPONENTS.items()]
        return [kwokctl, "create", "cluster", "--name=local", "--kubeconfig=", configuration, *binaries]

    def _digest(self) -> str:
        sources = [path.read_text("utf-8") for path in sorted(_SOURCES.rglob("*.yaml"))]
        return hashlib.sha256("\n".join([*self._create(), *sources]).encode()).hexdigest()

    def _kubectl(self, *arguments: str, text: str = "") -> str:
        access = f"--kubeconfig={self.plane.folder / 'kubeconfig.yaml'}"
        return self._output("kubectl", access, "--request-timeout=10s", *arguments, text=text)

    def _output(self, program: str, *arguments: str, text: str = "") -> str:
        return subprocess.run(
            [self.toolchain.path(program), *arguments],
            cwd=self.plane.home,
            env=self._environment(),
            input=text,
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    def _environment(self) -> dict[str, str]:
        # Nothing of the user's: no KUBECONFIG, KWOK_* or proxy, and no preferences or caches in the home folder.
        # kwokctl takes the kubectl that is first on PATH.
        path = os.pathsep.join((str(self.toolchain.path("kubectl").parent), os.defpath))
        return {"PATH": path, "HOME": str(self.plane.home), "KWOK_WORKDIR": str(self._plain_home())}

    def _plain_home(self) -> Path:
        """The folder by a path that kwokctl takes: where its own has other than plain characters, a link to it."""
        home = self.plane.home
        if re.fullmatch(r"[A-Za-z0-9/._+@~-]+", str(home)):
            return home
        link = _users_folder() / hashlib.sha256(str(home).encode()).hexdigest()[:12]
        if not link.is_symlink():
            link.symlink_to(home)
        return link


def last_words(log: Path, count: int = 3) -> str:
    """The end of a log: the lines that tell of an error, if any do."""
    if not log.exists():
        return "    (no log was written)"
    lines = log.read_text("utf-8", errors="replace").splitlines()[-200:]
    error = re.compile(r'[EF]\d{4} |Error|error|panic|.*"level":"(ERROR|fatal)')
    told = [line for line in lines if error.match(line)] or lines or ["(the log is empty)"]
    return "\n".join(f"    {line.strip()[:300]}" for line in told[-count:])


def _users_folder() -> Path:
    folder = cache_folder() / "clusters"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder
