"""`make bench`: first deployment, nothing to do, one change and a move, against helm, kubectl and plain Pulumi."""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from operations.toolchain import locate
from operations.toolchain.commands import build_helm
from tests.bench.measure import Contender, Timing, alternate
from tests.bench.rendered import rendered_objects, write_chart, write_manifest
from tests.checkout import ROOT, Checkout
from tests.cluster import LiveCluster
from tests.local_cluster import remove_cluster

_ENVIRONMENT = "bench"


class Bench:
    """The contenders on one control plane.

    Args:
        checkout: a checkout with its cluster and infrastructure stack up.
        folder: where rendered objects go.
    """

    def __init__(self, checkout: Checkout, folder: Path) -> None:
        self.checkout, self.folder = checkout, folder
        self.cluster = LiveCluster(checkout.kubeconfig)
        self.kubectl, self.helm = locate().path("kubectl"), build_helm()
        self.environment = {
            **checkout.environment,
            "KUBECONFIG": str(checkout.kubeconfig),
            "HELM_CACHE_HOME": str(folder / "helm"),
        }
        self.settings("1.0.0")
        checkout.app_up("day", _ENVIRONMENT)
        state_file = checkout.root / ".local/state/.pulumi/stacks/day-service-app" / f"{_ENVIRONMENT}.json"
        self.state = {"deployment": json.loads(state_file.read_text())["checkpoint"]["latest"]}
        self.plain = self._plain_environment()
        self.tags = 0
        self.plain_up()

    def settings(self, tag: str) -> None:
        """Set the image's tag."""
        self.checkout.settings(
            "day", _ENVIRONMENT, {"infra_stack_name": "dev", "namespace": "bench", "image_tag": tag}
        )

    def call(self, *command: object) -> None:
        """Run a competitor's command."""
        done = subprocess.run(
            [str(part) for part in command], env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"

    def app_up(self) -> None:
        """Our verb, through make, with the plan gate."""
        self.checkout.app_up("day", _ENVIRONMENT)

    def plain_up(self) -> None:
        """Plain `pulumi up` of the same program: preview and update."""
        settings = self.checkout.root / ".local/settings/day-service-app" / f"Pulumi.{_ENVIRONMENT}.yaml"
        done = subprocess.run(
            [
                "pulumi",
                "up",
                "--yes",
                "--non-interactive",
                "--stack",
                _ENVIRONMENT,
                "--config-file",
                settings,
            ],
            cwd=self.checkout.root / "apps" / "day",
            env=self.plain,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"

    def helm_up(self, release: str) -> None:
        """`helm upgrade --install --wait` of the same objects."""
        self.call(
            *(self.helm, "upgrade", "--install", "--wait", "--create-namespace", "--namespace", release),
            *(release, self.folder / release),
        )

    def kubectl_up(self, release: str) -> None:
        """`kubectl apply --server-side` of the same objects, and the rollout's end."""
        self.call(self.kubectl, "apply", "--server-side", "-f", self.folder / f"{release}.yaml")
        self.call(self.kubectl, "rollout", "status", "deployment/day-service", "-n", release)

    def render(self, release: str, tag: str = "1.0.0") -> None:
        """Render the objects anew for the competitors."""
        objects = rendered_objects(self.state, namespace=release)
        text = json.dumps(objects).replace(":1.0.0", f":{tag}")
        write_manifest(json.loads(text), self.folder / f"{release}.yaml")
        write_chart(json.loads(text), self.folder / release)

    def take_down(self) -> None:
        """Delete our deployment with its namespace and its state."""
        if self.cluster.exists("bench"):
            self.checkout.make("app-down", SERVICE="day", ENV=_ENVIRONMENT, DELETE_NAMESPACE="bench")
        self.checkout.make("app-forget", SERVICE="day", ENV=_ENVIRONMENT)
        self.settings("1.0.0")

    def remove(self, release: str) -> None:
        """Delete a competitor's namespace."""
        if self.cluster.exists(release):
            self.cluster.core.delete_namespace(release)
            self.call(self.kubectl, "wait", "--for=delete", f"namespace/{release}", "--timeout=60s")
        self.render(release)

    def next_tag(self) -> str:
        """A tag that no deployment has had yet."""
        self.tags += 1
        return f"1.0.{self.tags}"

    def _plain_environment(self) -> dict[str, str]:
        exported = self.checkout.make("env").text
        script = f"set -a\n{exported}\nenv -0"
        output = subprocess.run(
            ["bash", "-c", script], env=self.checkout.environment, capture_output=True, check=True
        ).stdout.decode()
        environment = dict(item.split("=", 1) for item in output.split("\0") if "=" in item)
        # It would leave the plain run without compiled modules, which make's runs have.
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        return environment


def first_deployment(bench: Bench) -> list[Contender]:
    """From nothing to ready."""
    return [
        Contender("make app-up", bench.app_up, bench.take_down),
        Contender("helm --wait", lambda: bench.helm_up("by-helm"), lambda: bench.remove("by-helm")),
        Contender(
            "kubectl apply", lambda: bench.kubectl_up("by-kubectl"), lambda: bench.remove("by-kubectl")
        ),
    ]


def nothing_to_do(bench: Bench) -> list[Contender]:
    """The same once more."""
    return [
        Contender("make app-up", bench.app_up),
        Contender("plain pulumi up", bench.plain_up),
        Contender("helm --wait", lambda: bench.helm_up("by-helm")),
        Contender("kubectl apply", lambda: bench.kubectl_up("by-kubectl")),
    ]


def one_change(bench: Bench) -> list[Contender]:
    """Another image."""
    return [
        Contender("make app-up", bench.app_up, lambda: bench.settings(bench.next_tag())),
        Contender(
            "helm --wait",
            lambda: bench.helm_up("by-helm"),
            lambda: bench.render("by-helm", bench.next_tag()),
        ),
        Contender(
            "kubectl apply",
            lambda: bench.kubectl_up("by-kubectl"),
            lambda: bench.render("by-kubectl", bench.next_tag()),
        ),
    ]


def move(bench: Bench) -> list[Contender]:
    """The namespace to the infrastructure stack and back, each a contender, beside an update with nothing to do."""

    def to(where: str) -> None:
        bench.checkout.make("namespace-move", SERVICE="day", ENV=_ENVIRONMENT, TO=where)

    return [
        Contender("make namespace-move there", lambda: to("infrastructure")),
        Contender("make namespace-move back", lambda: to("application")),
        Contender("make app-up, nothing to do", bench.app_up),
    ]


def main() -> int:
    """Run the bench, print ratios and write `bench-results/bench.json`.

    Returns:
        0.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    results: dict[str, Mapping[str, Timing]] = {}
    with tempfile.TemporaryDirectory(prefix="bench-") as temporary:
        folder = Path(temporary)
        (folder / "checkout").mkdir()
        try:
            checkout = Checkout.create(folder / "checkout")
            checkout.make("cluster-up")
            checkout.make("infra-up")
            bench = Bench(checkout, folder)
            for scenario in (first_deployment, nothing_to_do, one_change, move):
                _say(f"{scenario.__name__.replace('_', ' ')}:")
                results[scenario.__name__] = alternate(scenario(bench), rounds, _say)
        finally:
            remove_cluster(folder / "checkout")
    _report(results)
    return 0


def _report(results: Mapping[str, Mapping[str, Timing]]) -> None:
    document = {
        "machine": {"cores": os.cpu_count(), "system": platform.platform(), "load": os.getloadavg()},
        "seconds": {
            scenario: {name: timing.samples for name, timing in timings.items()}
            for scenario, timings in results.items()
        },
    }
    file = ROOT / "bench-results" / "bench.json"
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(document, indent=1))
    for scenario, timings in results.items():
        _say(f"\n{scenario.replace('_', ' ')} (median, spread, ratio of the first to each)")
        ours = next(iter(timings.values()))
        for name, timing in timings.items():
            ratio = ours.median / timing.median
            _say(f"  {name:28} {timing.median:6.2f} s  ±{timing.spread / 2:.2f}  {ratio:5.2f}")
    _say(f"\nwritten: {file.relative_to(ROOT)}")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
