"""What the GitHub workflows run is run: their steps, in clones without history and terminal, on a team's bucket."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml

from tests.bucket import Bucket, bucket
from tests.checkout import ROOT
from tests.cluster import LiveCluster, until
from tests.local_cluster import cluster_alone
from tests.workflows import Step

pytestmark = pytest.mark.timeout(600)
UP = {kind: Step("workflows/up.yml", "Up", kind) for kind in ("infrastructure", "applications")}
SETTINGS = {
    "infrastructure": {"cluster": "existing", "ingress_class": "local", "kubeconfig_path": ""},
    "apps/day": {"namespace": "remote"},
}


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


class Team:
    """A repository, a bucket that all jobs share, and a cluster that exists."""

    def __init__(self, folder: Path, kubeconfig: Path, bucket: Bucket) -> None:
        self.folder = folder
        self.origin = folder / "origin"
        self.bucket = bucket
        self._clones = 0
        files = git(ROOT, "ls-files", "--cached", "--others", "--exclude-standard").splitlines()
        for name in (name for name in files if (ROOT / name).is_file()):
            (self.origin / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, self.origin / name)
        for project in ("infrastructure", "apps/day", "apps/dusk"):
            (self.origin / project / "Pulumi.production.yaml").unlink()
        git(self.origin, "init", "--initial-branch", "main")
        self.before = self.commit("All files")
        SETTINGS["infrastructure"]["kubeconfig_path"] = str(kubeconfig)
        for project, values in SETTINGS.items():
            self.settings(project, values)
        self.commit("The environment remote")

    def settings(self, project: str, values: dict[str, Any]) -> None:
        """Write a project's settings of the environment `remote`."""
        name = yaml.safe_load((self.origin / project / "Pulumi.yaml").read_text())["name"]
        config = {f"{name}:{key}": value for key, value in values.items()}
        (self.origin / project / "Pulumi.remote.yaml").write_text(yaml.safe_dump({"config": config}))

    def commit(self, message: str) -> str:
        git(self.origin, "add", "--all")
        git(self.origin, "commit", "--message", message)
        return git(self.origin, "rev-parse", "HEAD")

    def clone(self, *options: str) -> Path:
        """Clone as a job's checkout does; with the packages, which a job would install."""
        self._clones += 1
        folder = self.folder / f"job-{self._clones}"
        git(self.folder, "clone", *options, f"file://{self.origin}", str(folder))
        (folder / ".venv").symlink_to(ROOT / ".venv")
        return folder

    def job(self) -> Path:
        """A clone of the last commit alone, with its tools."""
        folder = self.clone("--depth", "1")
        said = Step("actions/prepare/action.yml", "Tools").run(folder, {})
        assert "  .local/bin/pulumi\n" in said
        return folder

    def changed(self, workflow: str, **context: str) -> dict[str, Any]:
        """The stacks that a workflow finds to have changed."""
        folder = self.clone()
        output = self.folder / "output"
        output.write_text("")
        step = Step(f"workflows/{workflow}", "changed")
        step.run(folder, context, GITHUB_OUTPUT=str(output))
        return {name: json.loads(value) for name, value in (line.split("=", 1) for line in output.open())}

    @property
    def credentials(self) -> dict[str, str]:
        """What the action `prepare` leaves in a job's environment for the bucket."""
        return {name: value for name, value in self.bucket.environment.items() if name.startswith("AWS_")}

    def context(self, stack: dict[str, str]) -> dict[str, str]:
        """What GitHub's expressions stand for in a job of a stack."""
        return {
            "vars.PULUMI_BACKEND_URL": self.bucket.environment["PULUMI_BACKEND_URL"],
            "secrets.PULUMI_CONFIG_PASSPHRASE": "the team's",
            **{f"matrix.stack.{name}": value for name, value in stack.items()},
        }


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveCluster]:
    with cluster_alone(tmp_path_factory.mktemp("existing")) as made:
        yield made


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory, live: LiveCluster) -> Iterator[Team]:
    with bucket() as states:
        yield Team(tmp_path_factory.mktemp("team"), live.kubeconfig, states)


PLATFORM = {"label": "infrastructure/remote", "service": "", "environment": "remote"}
ALL = {"label": "apps/remote", "environment": "remote"}
DAY = {"label": "day/remote", "service": "day", "environment": "remote"}


@pytest.fixture(scope="module")
def deployed(team: Team) -> None:
    """What the merge changed is deployed, by `up.yml`."""
    merged = team.changed("up.yml", **{"github.event.before": team.before})
    assert merged == {"infrastructure": [PLATFORM], "applications": [ALL], "all": [PLATFORM, DAY]}
    for kind, up in UP.items():
        for stack in merged[kind]:
            up.run(team.job(), team.context(stack), **team.credentials)


@pytest.mark.usefixtures("deployed")
def test_a_merge_deploys_what_it_changed(live: LiveCluster) -> None:
    assert live.owner("remote") == "day-service-app.remote"


@pytest.mark.usefixtures("deployed")
def test_a_pull_request_is_told_its_plan_by_a_job_that_only_reads_the_backend(team: Team) -> None:
    git(team.origin, "switch", "--create", "change")
    team.settings("apps/day", {**SETTINGS["apps/day"], "image_tag": "2"})
    team.commit("A release")
    assert team.changed("preview.yml", **{"github.base_ref": "main"}) == {"changed": [DAY]}
    folder = team.job()
    team.bucket.counted()
    Step("workflows/preview.yml", "Preview").run(folder, team.context(DAY), **team.credentials)
    assert not {"PUT", "POST", "DELETE"} & set(team.bucket.counted())
    plan = (folder / "plan.md").read_text()
    assert plan.startswith("<!-- plan for day/remote -->")
    assert "Deployment/day-service" in plan
    git(team.origin, "switch", "main")


@pytest.mark.usefixtures("deployed")
def test_a_job_without_the_secret_is_refused(team: Team) -> None:
    context = {**team.context(ALL), "secrets.PULUMI_CONFIG_PASSPHRASE": ""}
    process = UP["applications"].start(team.job(), context, **team.credentials)
    text, _ = process.communicate()
    assert process.returncode, text
    assert "No passphrase was given" in text
    assert "Traceback" not in text


@pytest.mark.usefixtures("deployed")
def test_a_cancelled_job_is_gone_on_with_by_the_next_once_its_lock_is_freed(
    team: Team, live: LiveCluster
) -> None:
    team.settings("apps/dusk", {"namespace": "cancelled"})
    team.commit("Another service")
    up, context = UP["applications"], team.context(ALL)
    process = up.start(team.job(), context, **team.credentials)
    until(lambda: live.exists("cancelled"), "the update under way")
    # A runner ends every process of a cancelled job.
    for one in (*psutil.Process(process.pid).children(recursive=True), psutil.Process(process.pid)):
        one.kill()
    process.communicate()
    for key in team.bucket.keys(".pulumi/locks/"):
        # As if it had been long ago: what was locked just now is not freed by a name.
        lock = {**json.loads(team.bucket.read(key)), "timestamp": "2026-01-01T00:00:00Z"}
        team.bucket.write(key, json.dumps(lock).encode())

    process = up.start(team.job(), context, **team.credentials)
    assert process.stdout
    said = ""
    while "HOLDER=" not in said:
        said += (line := process.stdout.readline())
        assert line, said
    command = said.partition("If it has ended: ")[2]
    assert command.startswith("make unlock SERVICE=dusk ENV=remote HOLDER='")
    subprocess.run(
        ["bash", "-ec", command],
        cwd=team.job(),
        env=os.environ | team.credentials | up.variables(context),
        check=True,
        capture_output=True,
    )
    text, _ = process.communicate()
    assert process.returncode == 0, text
    assert live.owner("cancelled") == "dusk-service-app.remote"


def test_a_branch_with_a_settings_file_whose_name_is_a_command_runs_nothing(
    team: Team, tmp_path: Path
) -> None:
    git(team.origin, "switch", "--create", "hostile", "main")
    (team.origin / "apps/day/Pulumi.p'; touch ran; '.yaml").write_text("config: {}\n")
    team.commit("A name")
    folder = team.clone()
    process = Step("workflows/preview.yml", "changed").start(
        folder, {"github.base_ref": "main"}, GITHUB_OUTPUT=str(tmp_path / "output")
    )
    text, _ = process.communicate()
    assert process.returncode, text
    assert "is not a valid name of a stack or service" in text
    assert not (tmp_path / "output").exists()
    assert not list(folder.rglob("ran"))
    git(team.origin, "switch", "main")
