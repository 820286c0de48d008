"""The infrastructure program on EKS, under SDK mocks that answer as AWS would."""

import functools
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
import yaml
from pulumi.runtime.mocks import MockResourceArgs

from tests.unit.shared.graph import ROOT, Declared, Graph, run_file

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
    "aws:eks/cluster:Cluster": {
        "arn": ARN,
        "endpoint": ENDPOINT,
        "certificateAuthority": {"data": AUTHORITY},
        "identities": [{"oidcs": [{"issuer": "https://oidc.eks.eu-central-1.amazonaws.com/id/0123"}]}],
    },
    "aws:ec2/launchTemplate:LaunchTemplate": {"latestVersion": 1},
    "aws:kms/key:Key": {"keyId": "0123-4567"},
}
_NETWORK = {"clusterSecurityGroupId": "sg-of-the-cluster"}


class AwsGraph(Graph):
    """A graph whose AWS resources come to be, with the outputs that others are made of."""

    def new_resource(self, args: MockResourceArgs) -> tuple[str, dict[str, Any]]:
        """Answer as AWS would."""
        identifier, state = super().new_resource(args)
        if args.typ.startswith("aws:"):
            kind = args.typ.rsplit(":", 1)[-1]
            identifier = f"{kind}-{args.name}"
            state = {
                "arn": f"arn:of:{kind}:{args.name}",
                "name": args.name,
                **state,
                **_ANSWERS.get(args.typ, {}),
            }
        if args.typ == "aws:eks/cluster:Cluster":
            state["vpcConfig"] = {**state["vpcConfig"], **_NETWORK}
        return identifier, state

    def named(self, kind: str, name: str) -> Declared:
        """The one resource of a kind and logical name."""
        (found,) = (item for item in self.of(kind) if item.name == name)
        return found

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


def run_eks(graph: AwsGraph | None = None, *, stack: str = "production", **settings: Any) -> AwsGraph:
    """Run the program.

    Args:
        graph: where it declares.
        stack: the stack.
        settings: the stack's settings; those of EKS are the least that it takes where they are not given.
    """
    graph = graph or AwsGraph()
    config = {"cluster": "eks", "eks": EKS, **settings}
    text = {
        key: json.dumps(value) if isinstance(value, dict | list) else value for key, value in config.items()
    }
    run_file(graph, "infrastructure", project="service-infrastructure", stack=stack, config=text)
    return graph


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
