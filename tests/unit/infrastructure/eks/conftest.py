"""The infrastructure program on EKS, under SDK mocks that answer as AWS would."""

import functools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pytest
import yaml
from pulumi.runtime.mocks import MockCallArgs, MockResourceArgs

from infrastructure.eks import access
from shared.kube.kubeconfig import kubeconfig
from tests.unit.shared.graph import ROOT, Declared, EngineError, Graph, run_file

ACCOUNT = "111122223333"
REGION = "eu-central-1"
NAME = "platform-production"
ARN = f"arn:aws:eks:{REGION}:{ACCOUNT}:cluster/{NAME}"
ENDPOINT = "https://0123456789.gr7.eu-central-1.eks.amazonaws.com"
AUTHORITY = "Q0E="
DEPLOYER = f"arn:aws:iam::{ACCOUNT}:role/platform-deployer"
EKS: dict[str, Any] = {
    "account_id": ACCOUNT,
    "region": REGION,
    "owner": "platform-team",
    "cost_center": "1000",
    "version": "1.34",
    "role_arn": DEPLOYER,
    "name": NAME,
}
"""The least that an EKS cluster's settings say."""

_ANSWERS: dict[str, dict[str, Any]] = {
    "aws:ec2/launchTemplate:LaunchTemplate": {"latestVersion": 1},
    "aws:kms/key:Key": {"keyId": "0123-4567"},
}
_EXPORTED = kubeconfig(
    "c",
    {"server": ENDPOINT, "certificate-authority-data": AUTHORITY},
    {"exec": {"command": "aws", "args": ["--region", REGION]}},
)


def state_with(*letters: str, **outputs: Any) -> dict[str, Any]:
    """The state of a cluster whose network has some zones."""
    parent = "urn:pulumi:production::service-infrastructure::platform:eks:EksCluster$"
    network = f"{parent}platform:eks:Network$aws:ec2/subnet:Subnet::"
    urns = [f"{network}{kind}-{letter}" for kind in ("private", "control-plane") for letter in letters]
    urns.append(f"{parent}aws:eks/cluster:Cluster::cluster")
    root = {"type": "pulumi:pulumi:Stack", "outputs": outputs}
    return {"root": root, **{urn: {"type": "aws:x:X"} for urn in urns}}


@dataclass
class AwsGraph(Graph):
    """A graph whose AWS resources come to be, with the outputs that others are made of.

    Args:
        available: the letters of the region's zones.
        missing: the ARNs of roles that do not exist.
        asked: what AWS was asked.
        changes: what changes what pulumi-eks declares.
    """

    available: str = "abc"
    missing: tuple[str, ...] = ()
    asked: list[str] = field(default_factory=list)
    changes: list[pulumi.ResourceTransform] = field(default_factory=list)

    def call(self, args: MockCallArgs) -> Any:
        """Answer as AWS would."""
        if not args.token.startswith("aws:"):
            return super().call(args)
        self.asked.append(args.token)
        if args.token.endswith("getAvailabilityZones"):
            names = [f"{REGION}{letter}" for letter in self.available]
            return {"names": names, "zoneIds": [f"euc1-az{letter}" for letter in self.available]}
        kind, name = ("role", args.args["name"]) if "name" in args.args else ("user", args.args["userName"])
        arn = f"arn:aws:iam::{ACCOUNT}:{kind}/{ {'b': 'a/b'}.get(name, name) }"
        if arn in self.missing:
            raise EngineError("reading IAM Role: couldn't find resource")
        return {"arn": arn}

    def new_resource(self, args: MockResourceArgs) -> tuple[str, dict[str, Any]]:
        """Answer as AWS would."""
        identifier, state = super().new_resource(args)
        self.changes += args.transforms
        if args.typ.startswith("eks:"):
            return identifier, {
                "kubeconfigJson": json.dumps(yaml.safe_load(_EXPORTED)),
                "clusterSecurityGroupId": "sg-of-the-cluster",
                "oidcProviderUrl": "https://oidc.eks.eu-central-1.amazonaws.com/id/0123",
            }
        if args.typ.startswith("aws:"):
            kind = args.typ.rsplit(":", 1)[-1]
            identifier = f"{kind}-{args.name}"
            state = {
                "arn": f"arn:of:{kind}:{args.name}",
                "name": args.name,
                **state,
                **_ANSWERS.get(args.typ, {}),
            }
        return identifier, state

    def named(self, kind: str, name: str) -> Declared:
        """The one resource of a kind and logical name."""
        (found,) = (item for item in self.of(kind) if item.name == name)
        return found

    @property
    def control_plane(self) -> Declared:
        """The component of pulumi-eks."""
        return self.one("Cluster")

    def changed(self, kind: str, name: str, **props: Any) -> pulumi.ResourceTransformResult:
        """A resource that the component declares, as this program changes it."""
        (transform,) = self.changes
        args = pulumi.ResourceTransformArgs(True, kind, name, props, pulumi.ResourceOptions())
        result = transform(args)
        assert isinstance(result, pulumi.ResourceTransformResult)
        return result

    def aws(self) -> list[Declared]:
        """Everything that is declared in AWS."""
        return [item for item in self.declared if item.type.startswith("aws:")]

    def before(self, item: Declared) -> set[str]:
        """The URNs of everything that has to be there before a resource, near and far."""
        by_urn = {each.urn: each for each in self.declared}
        seen: set[str] = set()
        waiting = [item]
        while waiting:
            for urn in waiting.pop().depends_on:
                if urn not in seen:
                    seen.add(urn)
                    waiting += [by_urn[urn]] if urn in by_urn else []
        return seen


Run = Callable[..., AwsGraph]


def run_eks(graph: AwsGraph | None = None, **settings: Any) -> AwsGraph:
    """Run the program.

    Args:
        graph: where it declares.
        settings: the stack's settings; those of EKS are the least that it takes where they are not given.
    """
    graph = graph or AwsGraph()
    config = {"cluster": "eks", "eks": EKS, **settings}
    text = {
        key: json.dumps(value) if isinstance(value, dict | list) else value for key, value in config.items()
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(access, "await_access", _at_once)
        run_file(graph, "infrastructure", project="service-infrastructure", stack="production", config=text)
    return graph


async def _at_once(kubeconfig: str) -> str:
    """Access that takes effect at once."""
    return kubeconfig


@functools.cache
def _deployed(text: str) -> AwsGraph:
    return run_eks(**json.loads(text))


def deployed(**eks: Any) -> AwsGraph:
    """What is declared with some EKS settings besides the least ones; to read, not to change."""
    return _deployed(json.dumps({"eks": {**EKS, **eks}}))


def production() -> Mapping[str, Any]:
    """The settings of the repository's own production stack."""
    file = yaml.safe_load((ROOT / "infrastructure" / "Pulumi.production.yaml").read_text())
    return {key.removeprefix("service-infrastructure:"): value for key, value in file["config"].items()}


@pytest.fixture(autouse=True)
def _in_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT / "infrastructure")


@pytest.fixture
def graph() -> AwsGraph:
    """What the least settings declare; to read, not to change."""
    return deployed()
