"""A checkout of its own whose production stack is deployed to the emulated AWS, driven by make as a person would."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import yaml

from infrastructure.eks.versions import LOAD_BALANCER_CONTROLLER_CHART
from operations.toolchain import locate
from tests.checkout import ROOT, Checkout
from tests.cluster import LiveCluster
from tests.evaluators.environment import python

ACCOUNT, REGION, NAME = "111122223333", "eu-central-1", "platform-production"
DEPLOYER = f"arn:aws:iam::{ACCOUNT}:role/platform-deployer"
ROLES = ("platform-deployer", "platform-on-call", "team-day", "team-dusk", "team-third")
PLUGIN, EKS_PLUGIN = "resource-aws-v7.51.1", "resource-eks-v4.4.0"
HOW_TO_GET_ONE = "there is no AWS provider plugin: pulumi plugin install resource aws 7.51.1"
_HERE = Path(__file__).parent
_PROGRAMS = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok")


def plugin_folder(plugin: str = PLUGIN) -> Path:
    """Where Pulumi keeps a plugin; the AWS provider's by default."""
    home = os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi"
    return Path(home) / "plugins" / plugin


class Emulator:
    """The emulated AWS, as its process tells of it.

    Args:
        told: what it printed at its start.
    """

    def __init__(self, told: Mapping[str, str], programs: Path) -> None:
        self._told, self._programs = told, programs

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables of whoever uses it: endpoints, a credential, the chart's repository."""
        return {
            "AWS_ENDPOINT_URL": self._told["aws"],
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "HTTPS_PROXY": self._told["proxy"],
            "NO_PROXY": "127.0.0.1,localhost",
            "SSL_CERT_FILE": self._told["authority"],
            "PATH": f"{self._programs}{os.pathsep}{os.environ['PATH']}",
        }

    def inventory(self) -> dict[str, list[str]]:
        """What there is in the account, by kind; empty where a stack left nothing."""
        return dict(self._ask(f"inventory/{ACCOUNT}/{REGION}"))

    def access(self, name: str = NAME) -> dict[str, Any]:
        """Who has which access to a cluster, by principal; and which service accounts have an identity."""
        return dict(self._ask(f"access/{ACCOUNT}/{REGION}/{name}"))

    def cluster(self, name: str = NAME) -> LiveCluster:
        """A cluster, as its administrator sees it."""
        return LiveCluster(Path(self._ask(f"cluster/{ACCOUNT}/{name}")["kubeconfig"]))

    def delay_access(self, seconds: float) -> None:
        """Let access entries take effect with a delay."""
        self._ask("delay", seconds)

    def hold_creations(self, held: bool) -> None:
        """Let what creates a cluster or a node group not come to its end, or let it."""
        self._ask("creation", held)

    def _ask(self, path: str, body: Any = None) -> Any:
        request = Request(
            f"{self._told['control']}/{path}", data=json.dumps(body).encode() if body is not None else None
        )
        with urlopen(request, timeout=30) as answer:
            return json.loads(answer.read())


@contextmanager
def emulated(home: Path) -> Iterator[Emulator]:
    """Run the emulator in a folder, with the roles that the settings name."""
    program = python("eks", _HERE / "requirements.txt")
    programs = home / "bin"
    programs.mkdir(parents=True)
    (programs / "aws").symlink_to(program.parent / "aws")
    tools = locate()
    paths = {name: str(tools.path(name)) for name in _PROGRAMS}
    paths["stages"] = str(ROOT / "operations" / "local" / "cluster" / "nodes-and-pods.yaml")
    command: list[str | Path] = [
        program,
        "-m",
        "emulator",
        home / "clusters",
        json.dumps(paths),
        LOAD_BALANCER_CONTROLLER_CHART,
    ]
    with (home / "emulator.log").open("w") as log:
        process = subprocess.Popen(
            command, cwd=_HERE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
        )
    try:
        assert process.stdout
        line = process.stdout.readline()
        assert line, (home / "emulator.log").read_text()[-2000:]
        emulator = Emulator(json.loads(line), programs)
        create_roles(emulator, program)
        yield emulator
    finally:
        assert process.stdin
        process.stdin.close()
        process.wait(60)


def create_roles(emulator: Emulator, program: Path) -> None:
    """Create the roles in the account, which moto takes from the role that is assumed."""
    script = (
        "import boto3, sys\n"
        f"role = boto3.client('sts', '{REGION}').assume_role(RoleArn='arn:aws:iam::{ACCOUNT}:role/setup',"
        " RoleSessionName='setup')['Credentials']\n"
        f"iam = boto3.client('iam', '{REGION}', aws_access_key_id=role['AccessKeyId'],"
        " aws_secret_access_key=role['SecretAccessKey'], aws_session_token=role['SessionToken'])\n"
        "[iam.create_role(RoleName=name, AssumeRolePolicyDocument='{}') for name in sys.argv[1:]]\n"
    )
    environment = {**os.environ, **emulator.environment}
    subprocess.run([program, "-c", script, *ROLES], check=True, env=environment)


class Platform(Checkout):
    """A checkout whose `production` stacks are deployed to the emulated AWS."""

    emulator: Emulator

    @classmethod
    def deploy_to(cls, root: Path, emulator: Emulator) -> "Platform":
        """Create the checkout; nothing is deployed yet."""
        platform = cls(Checkout.create(root).root)
        platform.emulator = emulator
        platform._use(PLUGIN, plugin_folder())
        platform.use_eks(real=plugin_folder(EKS_PLUGIN).exists())
        return platform

    def use_eks(self, *, real: bool) -> None:
        """Use pulumi-eks' own plugin, or the one that stands in for it."""
        if not real:
            self._stand_in.mkdir(exist_ok=True)
            program = self._stand_in / "pulumi-resource-eks"
            program.write_text(f'#!/bin/sh\nexec {sys.executable} {_HERE / "stand_in.py"} "$@"\n')
            program.chmod(0o755)
        self._use(EKS_PLUGIN, plugin_folder(EKS_PLUGIN) if real else self._stand_in)

    @property
    def plugins(self) -> Path:
        """Where the engine finds its plugins."""
        return self.root / ".local" / "pulumi-home" / "plugins"

    @property
    def _stand_in(self) -> Path:
        return self.root / ".local" / "stand-in"

    def _use(self, name: str, source: Path) -> None:
        """Let the engine find a plugin; it does not follow a link to a folder."""
        plugin = self.plugins / name
        shutil.rmtree(plugin, ignore_errors=True)
        plugin.mkdir(parents=True)
        for file in source.iterdir():
            (plugin / file.name).symlink_to(file)

    @property
    def environment(self) -> dict[str, str]:
        """The environment for its commands."""
        kept = {key: value for key, value in super().environment.items() if not key.startswith("AWS_")}
        return {**kept, **self.emulator.environment}

    def change(self, environment: str = "production", **eks: Any) -> None:
        """Change settings of the EKS cluster, or remove them by None."""
        self.configure(environment, eks={**self.settings_of(environment)["eks"], **eks})

    def configure(self, environment: str = "production", **settings: Any) -> None:
        """Change settings of the infrastructure stack, or remove them by None."""
        known = {**self.settings_of(environment), **settings}
        if isinstance(known.get("eks"), dict):
            known["eks"] = {key: value for key, value in known["eks"].items() if value is not None}
        self.settings("infrastructure", environment, {k: v for k, v in known.items() if v is not None})

    def settings_of(self, environment: str = "production") -> dict[str, Any]:
        """The infrastructure stack's settings."""
        content = yaml.safe_load(self.settings_file("infrastructure", environment).read_text())
        return {key.partition(":")[2]: value for key, value in content["config"].items()}

    def reset(self) -> None:
        """Put the repository's own settings of production back, with a namespace for each team."""
        source = ROOT / "infrastructure" / "Pulumi.production.yaml"
        self.settings_file("infrastructure", "production").write_text(source.read_text())
        self.configure(namespaces={"reports": {"team": "day"}})

    def up(self, **variables: str) -> dict[str, int]:
        """Deploy the infrastructure stack; how many resources had which operation."""
        return tally(self.make("infra-up", ENV="production", **variables).text)

    def preview(self, **variables: str) -> dict[str, int]:
        """Preview the infrastructure stack."""
        text = self.make("infra-preview", ENV="production", **variables).text
        sys.stdout.write(text)  # pytest shows it where the test fails
        return tally(text)


def tally(text: str) -> dict[str, int]:
    """How many resources had which operation, as the last line of a command says it."""
    lines = [line for line in text.splitlines() if line.startswith("infrastructure/")]
    assert lines, text
    found = re.findall(r"(\d+) ([a-z-]+)", lines[-1])
    return {name: int(count) for count, name in found if name != "unchanged"}
