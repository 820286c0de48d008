"""The ground that contenders meet on: a checkout with its cluster up, and how to run commands there."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from operations.toolchain import locate
from operations.toolchain.setup import provide
from operations.toolchain.tools import builds
from tests.checkout import Checkout
from tests.cluster import LiveCluster
from tests.local_cluster import checkout_with_cluster


class Ground:
    """A checkout with its cluster and infrastructure stack up, and a folder for what is rendered."""

    def __init__(self, checkout: Checkout, folder: Path) -> None:
        self.checkout, self.folder = checkout, folder
        self.cluster = LiveCluster(checkout.kubeconfig)
        self.kubectl, self.helm = locate().path("kubectl"), provide([builds()["helm"]])["helm"]
        self._environment = {
            **checkout.environment,
            "KUBECONFIG": str(checkout.kubeconfig),
            "HELM_CACHE_HOME": str(folder / "helm"),
        }
        exported = checkout.by_hand("env -0").split("\0")
        self._pulumi = dict(item.split("=", 1) for item in exported if "=" in item)

    def call(self, *command: object, codes: tuple[int, ...] = (0,)) -> None:
        """Run a competitor's command."""
        self._run([str(part) for part in command], self._environment, self.folder, codes)

    def pulumi(self, project: Path, *arguments: object) -> None:
        """Run plain `pulumi` in a project's folder."""
        command = ["pulumi", *(str(part) for part in arguments), "--non-interactive"]
        self._run(command, self._pulumi, project, (0,))

    def state(self, service: str, stack: str) -> Mapping[str, Any]:
        """A service's state, as the engine exports it."""
        text = self.checkout.by_hand(f"cd apps/{service} && pulumi stack export --stack {stack}")
        state: Mapping[str, Any] = json.loads(text)
        return state

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


@contextmanager
def prepared_ground() -> Iterator[Ground]:
    """A checkout of its own with its cluster up, for as long as the bench runs."""
    with TemporaryDirectory(prefix="bench-") as temporary:
        folder = Path(temporary)
        (folder / "checkout").mkdir()
        with checkout_with_cluster(folder / "checkout") as checkout:
            checkout.make("infra-up")
            yield Ground(checkout, folder)
