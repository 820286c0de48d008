"""The ground that contenders meet on: a checkout with its cluster up, and how to run commands there."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from operations.toolchain import locate
from operations.toolchain.commands import build_helm
from tests.checkout import Checkout
from tests.cluster import LiveCluster
from tests.local_cluster import remove_cluster


class Ground:
    """A checkout with its cluster and infrastructure stack up.

    Args:
        checkout: the checkout.
        folder: where rendered objects go.
    """

    def __init__(self, checkout: Checkout, folder: Path) -> None:
        self.checkout, self.folder = checkout, folder
        self.cluster = LiveCluster(checkout.kubeconfig)
        self.kubectl, self.helm = locate().path("kubectl"), build_helm()
        self._environment = {
            **checkout.environment,
            "KUBECONFIG": str(checkout.kubeconfig),
            "HELM_CACHE_HOME": str(folder / "helm"),
        }
        self._pulumi = self._pulumi_environment()

    def call(self, *command: object, codes: tuple[int, ...] = (0,)) -> None:
        """Run a competitor's command."""
        self._run([str(part) for part in command], self._environment, self.folder, codes)

    def pulumi(self, project: Path, *arguments: object) -> None:
        """Run plain `pulumi` in a project's folder."""
        command = ["pulumi", *(str(part) for part in arguments), "--non-interactive"]
        self._run(command, self._pulumi, project, (0,))

    def state(self, project: str, stack: str) -> Mapping[str, Any]:
        """A stack's state, as the engine exports it."""
        file = self.checkout.root / ".local/state/.pulumi/stacks" / project / f"{stack}.json"
        return {"deployment": json.loads(file.read_text())["checkpoint"]["latest"]}

    def remove_namespace(self, name: str) -> None:
        """Delete a namespace with everything in it, whoever owns it, and wait until it is gone."""
        if self.cluster.exists(name):
            self.cluster.delete_namespace(name)

    @staticmethod
    def _run(
        command: list[str], environment: Mapping[str, str], folder: Path, codes: tuple[int, ...]
    ) -> None:
        done = subprocess.run(
            command, env=environment, cwd=folder, capture_output=True, text=True, check=False
        )
        assert done.returncode in codes, f"{command}\n{done.stdout}\n{done.stderr}"

    def _pulumi_environment(self) -> dict[str, str]:
        exported = self.checkout.make("env").text
        output = subprocess.run(
            ["bash", "-c", f"set -a\n{exported}\nenv -0"],
            env=self.checkout.environment,
            capture_output=True,
            check=True,
        ).stdout.decode()
        environment = dict(item.split("=", 1) for item in output.split("\0") if "=" in item)
        # It would leave plain runs without compiled modules, which make's runs have.
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        return environment


@contextmanager
def prepared_ground() -> Iterator[Ground]:
    """A checkout of its own with its cluster up, for as long as the bench runs."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    # Where it is ignored, as under nohup in the background, the engine waits 5 s for each language host that it ends.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with TemporaryDirectory(prefix="bench-") as temporary:
        folder = Path(temporary)
        (folder / "checkout").mkdir()
        try:
            checkout = Checkout.create(folder / "checkout")
            checkout.make("cluster-up")
            checkout.make("infra-up")
            yield Ground(checkout, folder)
        finally:
            remove_cluster(folder / "checkout")
