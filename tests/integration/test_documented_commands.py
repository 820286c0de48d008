"""Every command that the docs show is run: the README's as a newcomer would, each other verb by some test."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from operations.toolchain import locate
from tests.checkout import ROOT, Checkout
from tests.cluster import LiveCluster
from tests.integration.conftest import delete_namespaces

README = ROOT / "README.md"
DOCS = [README, ROOT / "Pulumi.workspace.md", *(ROOT / "docs").glob("*.md")]

_NOT_RUN_HERE = {"make test": "it is what runs this", "make test-eks": "it runs tests of its own"}
_REFUSED = {"KUBECONFIG=.local/kubeconfig kubectl delete namespace dev"}
_RUN_BY_NOBODY = {
    "cross-compile": "it compiles all tools once more, for another machine",
    "changed-stacks": "it is for a git repository, which the tests' checkout is not",
    "lint": "it judges the code, and nothing that is deployed",
    "requirements": "it asks package registries for what is new",
    "test-eks": "it is a suite of its own, which needs the AWS provider's plugin",
    "test-integration": "it is what runs this",
    "test-unit": "it is a part of what runs this",
}


def shown(file: Path) -> list[str]:
    """The commands in a file's blocks, in order; one that is shown with its output, after a `$`, is an example."""
    blocks = re.findall(r"^```(\w*)\n(.*?)^```", file.read_text(), re.MULTILINE | re.DOTALL)
    commands = "\n".join(block for language, block in blocks if not language)
    lines = [line.split("  #")[0].strip() for line in commands.splitlines()]
    return [line for line in lines if line.startswith(("make", "KUBECONFIG="))]


def verbs() -> set[str]:
    """The Makefile's verbs that the docs name as commands."""
    text = "\n".join(file.read_text() for file in DOCS)
    return set(re.findall(r"(?:`|^|then |and )make ([a-z][a-z-]+)", text, re.MULTILINE))


@pytest.fixture
def newcomer(checkout: Checkout, cluster: LiveCluster) -> Iterator[Checkout]:
    """A checkout as a fresh clone is; afterwards it is as it was, without a service or a namespace."""
    files = [checkout.settings_file(service, "dev") for service in ("day", "dusk", "infrastructure")]
    before = {file: file.read_text() for file in files}
    yield checkout
    for service in ("day", "dusk", "dawn"):
        checkout.make("app-down", code=None, SERVICE=service, ENV="dev")
        state = checkout.root / ".local" / "state" / ".pulumi" / "stacks" / f"{service}-service-app"
        for file in state.glob("dev.json*"):
            file.unlink()
    shutil.rmtree(checkout.root / "apps" / "dawn", ignore_errors=True)
    for file, text in before.items():
        file.write_text(text)
    checkout.make("infra-up")
    delete_namespaces(cluster)


@pytest.mark.timeout(900)
def test_the_readme_works_from_top_to_bottom(newcomer: Checkout, cluster: LiveCluster) -> None:
    kubectl = locate().path("kubectl").parent
    environment = {**newcomer.environment, "PATH": f"{kubectl}{os.pathsep}{os.environ['PATH']}"}
    commands = [command for command in shown(README) if command not in _NOT_RUN_HERE]
    assert len(commands) > 12
    for command in commands:
        run = subprocess.run(
            ["bash", "-c", command],
            cwd=newcomer.root,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        text = run.stdout + run.stderr
        assert (run.returncode != 0) is (command in _REFUSED), f"{command}\n{text}"
        assert "Traceback" not in text, f"{command}\n{text}"
    assert (newcomer.root / ".local" / "map.html").is_file()
    assert (newcomer.root / ".local" / "move.html").is_file()
    assert cluster.owner("dev") == "day-service-app.dev"
    deployment = cluster.apps.read_namespaced_deployment("dawn-service", "dawn-service-dev")
    assert deployment.status.ready_replicas


def test_every_verb_that_is_documented_is_there_and_run_by_a_test() -> None:
    makefile = (ROOT / "Makefile").read_text()
    tests = "\n".join(file.read_text() for file in (ROOT / "tests").rglob("*.py"))
    for verb in sorted(verbs()):
        assert re.search(rf"^{verb}:", makefile, re.MULTILINE), f"there is no make {verb}"
        assert f'"{verb}"' in tests or verb in _RUN_BY_NOBODY, f"no test runs make {verb}"


@pytest.mark.parametrize(
    ("verb", "variables", "says"),
    [
        ("cluster-status", {}, "kube-apiserver"),
        ("cluster-status", {"FORMAT": "json"}, '"components"'),
        ("help", {}, "namespace-move"),
    ],
)
def test_a_verb_that_only_looks_changes_nothing(
    checkout: Checkout, verb: str, variables: dict[str, str], says: str
) -> None:
    def files() -> dict[Path, bytes]:
        return {file: file.read_bytes() for file in checkout.root.glob("apps/*/*") if file.is_file()}

    before = files()
    assert says in checkout.make(verb, **variables).text
    assert files() == before


def test_nothing_is_deleted_or_forgotten_that_was_not_named(checkout: Checkout, cluster: LiveCluster) -> None:
    assert "cluster is called" in checkout.refused("cluster-delete", NAME="another")
    assert "nowhere" in checkout.refused("infra-forget", ENV="nowhere")
    assert cluster.exists("kube-system")
