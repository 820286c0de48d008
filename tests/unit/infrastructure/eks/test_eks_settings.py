"""Wrong EKS settings are refused before anything is declared, all at once, each with its name."""

from typing import Any

import pytest

from infrastructure.settings import InfrastructureSettings
from shared.config.model import parse
from shared.errors import Refusal
from tests.unit.infrastructure.eks.conftest import ACCOUNT, EKS

ROLE = f"arn:aws:iam::{ACCOUNT}:role/x"
IDENTITY = {
    "namespace": "dusk",
    "service_account": "reports",
    "policy_arns": ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"],
}
GROUP: dict[str, Any] = {"min_size": 3, "max_size": 6}


FILE = "infrastructure/Pulumi.production.yaml"


def parsed(eks: dict[str, Any]) -> InfrastructureSettings:
    given = {key: value for key, value in eks.items() if value is not None}
    return parse(InfrastructureSettings, {"cluster": "eks", "eks": given}, file=FILE)


def refusal_of(**eks: Any) -> str:
    with pytest.raises(Refusal) as caught:
        parsed({**EKS, **eks})
    assert caught.value.fact.startswith(f"{FILE} has ")
    return caught.value.fact


def group(**settings: Any) -> dict[str, Any]:
    """Settings of one node group, named a."""
    return {"node_groups": {"a": settings}}


WRONG: list[tuple[dict[str, Any], str, str]] = [
    # A setting that is wrong by itself.
    ({"cidr": "10.0.0.0/24"}, "eks.cidr is '10.0.0.0/24'", "too small for the zones"),
    ({"cidr": "10.0.0.0/22"}, "eks.cidr", "too small for the zones"),
    ({"cidr": "10.0.0.0/8"}, "eks.cidr", "at most a /16"),
    ({"cidr": "10.0.0.1/16"}, "eks.cidr", "host bits"),
    ({"cidr": "8.8.0.0/16"}, "eks.cidr", "private network"),
    ({"cidr": "everything"}, "eks.cidr", "IPv4 network"),
    ({"version": "1.12"}, "eks: version 1.12 has no pinned add-ons", "1.32, 1.33, 1.34, 1.35, 1.36"),
    ({"version": 1.3}, "eks.version", "in quotes"),
    ({"version": "latest"}, "eks.version", "in quotes"),
    ({"account_id": 111122223333}, "eks.account_id", "must be a valid string"),
    ({"account_id": "1234"}, "eks.account_id is '1234'", "twelve digits"),
    ({"account_id": None}, "eks.account_id", "is required"),
    ({"region": "Frankfurt"}, "eks.region", "AWS region"),
    ({"region": None}, "eks.region", "is required"),
    ({"owner": ""}, "eks.owner", "must be a text of letters, digits"),
    ({"cost_center": None}, "eks.cost_center", "is required"),
    ({"role_arn": "platform-deployer"}, "eks.role_arn", "ARN of an IAM role"),
    ({"name": "-platform"}, "eks.name", "beginning with a letter or digit"),
    ({"upgrade_policy": "NONE"}, "eks.upgrade_policy", "'STANDARD' or 'EXTENDED'"),
    ({"log_retention_days": 100}, "eks.log_retention_days is 100", "must be 1, 3,"),
    ({"nat_gateways": "two"}, "eks.nat_gateways", "'per-zone' or 'one'"),
    ({"public_access_cidrs": ["home"]}, "eks.public_access_cidrs.0", "IPv4 network"),
    ({"endpoints": {"kubernetes": "http://x"}}, "eks.endpoints", "does not know: kubernetes"),
    ({"endpoints": {"eks": "localhost"}}, "eks.endpoints.eks", "a URL"),
    ({"node_groups": {}}, "eks.node_groups: ", "must have at least 1"),
    (group(instance_types=["large"]), "eks.node_groups.a.instance_types.0", "EC2 instance type"),
    (group(instance_types=["t3.nano"]), "eks.node_groups.a.instance_types.0", "too few pods"),
    (group(instance_types=[]), "eks.node_groups.a.instance_types", "must have at least 1"),
    (group(disk_size=5), "eks.node_groups.a.disk_size is 5", "must be greater than or equal to 20"),
    (group(capacity_type="spot"), "eks.node_groups.a.capacity_type", "'ON_DEMAND' or 'SPOT'"),
    (group(max_sise=5), "eks.node_groups.a.max_sise", "did you mean max_size?"),
    (
        group(labels={"kubernetes.io/role": "x"}),
        "eks.node_groups.a.labels",
        "kubernetes.io, which is reserved",
    ),
    (group(taints=[{"key": "x", "effect": "NoSchedule"}]), "eks.node_groups.a.taints.0.effect", ""),
    ({"addon_versions": {"coredns": "1.13"}}, "eks.addon_versions.coredns", "an add-on's version"),
    ({"addon_versions": {"core-dns": "v1.13.2-eksbuild.4"}}, "eks.addon_versions", "coredns"),
    (
        {"access": {"admins": [f"arn:aws:sts::{ACCOUNT}:assumed-role/x/y"]}},
        "eks.access.admins.0",
        "not of a session (sts, assumed-role)",
    ),
    (
        {"access": {"teams": {"a": {"principal_arn": ROLE, "groups": ["system:masters"]}}}},
        "eks.access.teams.a.groups.0",
        "system:",
    ),
    ({"tags": {"owner": "a,b"}}, "eks.tags.owner", "letters, digits, spaces"),
    ({"tags": {"a=b": "x"}}, "eks.tags.a=b", "a tag's key"),
    ({"cost_center": "R&D"}, "eks.cost_center", "letters, digits, spaces"),
    (
        {"workload_identities": {"a": IDENTITY, "b": IDENTITY}},
        "workload_identities has dusk/reports more than once",
        "one identity",
    ),
    (
        {
            "workload_identities": {
                "a": {**IDENTITY, "namespace": "kube-system", "service_account": "aws-node"}
            }
        },
        "workload_identities has kube-system/aws-node",
        "the platform's own",
    ),
    ({"tags": {"aws:owner": "x"}}, "eks.tags.aws:owner", "does not begin with aws:"),
    # Settings that contradict each other.
    (
        {"public_access_cidrs": ["0.0.0.0/0"]},
        "public_access_cidrs has 0.0.0.0/0 in production",
        "name the networks",
    ),
    ({"zones": ["eu-central-1a", "eu-central-1b"]}, "zones has 2 of them", "production needs 3 or more"),
    ({"zones": ["eu-central-1a"], "production": False}, "zones has 1 of them", "EKS needs 2 or more"),
    (
        {"zones": ["eu-central-1a", "eu-central-1b", "eu-west-1c"]},
        "zones has eu-west-1c",
        "not in region eu-central-1",
    ),
    (
        {"zones": [f"eu-central-1{letter}" for letter in "aabc"]},
        "zones names a zone more than once",
        "name each once",
    ),
    (
        group(min_size=7, max_size=3),
        "eks.node_groups.a: min_size (7) must not be more than max_size (3)",
        "raise max_size",
    ),
    (
        group(**GROUP, desired_size=9),
        "eks.node_groups.a: desired_size (9) must be between",
        "change one of them",
    ),
    (
        group(instance_types=["m7i.large", "m7g.large"]),
        "eks.node_groups.a: instance_types",
        "two processor architectures",
    ),
    (group(**GROUP, version="1.35"), "node_groups has a at 1.35", "never newer"),
    (
        {"version": "1.35", "node_groups": {"a": {**GROUP, "version": "1.31"}}},
        "node_groups has a at 1.31",
        "at most 3 versions older",
    ),
    (
        group(**GROUP, taints=[{"key": "x", "effect": "NO_SCHEDULE"}]),
        "node_groups are all tainted",
        "need one without a taint",
    ),
    (group(min_size=0), "node_groups without a taint start with no nodes", "need one"),
    ({"role_arn": None, "access": {"admins": [ROLE]}}, "profile and role_arn are not set", "not given"),
    ({"role_arn": None, "profile": "platform"}, "access names no admins", "would have no administrator"),
    (
        {"role_arn": "arn:aws:iam::999999999999:role/x"},
        f"role_arn is in another account than account_id ({ACCOUNT})",
        "a role of that account",
    ),
    ({"access": {"admins": [EKS["role_arn"]]}}, "role/platform-deployer more than once", "one access entry"),
    (
        {"access": {"admins": [ROLE], "teams": {"a": {"principal_arn": ROLE}}}},
        "role/x more than once",
        "one access entry",
    ),
]


@pytest.mark.parametrize(("wrong", "names", "says"), WRONG, ids=[str(item[0]) for item in WRONG])
def test_a_wrong_setting_is_refused_with_its_name_and_its_rule(
    wrong: dict[str, Any], names: str, says: str
) -> None:
    _, line = refusal_of(**wrong).splitlines()
    assert names in line
    assert says in line


def test_all_that_is_wrong_is_told_at_once() -> None:
    message = refusal_of(
        cidr="10.0.0.0/28",
        version="latest",
        node_groups={"a": {"min_size": 7, "max_size": 3}, "b": {"instance_types": ["large"]}},
    )
    for part in ("eks.cidr", "eks.version", "eks.node_groups.a: min_size (7)", "instance_types.0"):
        assert part in message, part


def test_eks_without_its_settings_is_refused() -> None:
    with pytest.raises(Refusal, match=r"eks\.account_id: is required"):
        parsed({})
    with pytest.raises(Refusal, match="cluster is eks, which needs the setting eks"):
        parse(InfrastructureSettings, {"cluster": "eks"}, file=FILE)


@pytest.mark.parametrize(
    "right",
    [
        {"production": False, "public_access_cidrs": ["0.0.0.0/0"]},
        {"production": False, "zones": ["eu-central-1a", "eu-central-1b"], "nat_gateways": "one"},
        {"version": 1.34},
        {"cidr": "172.16.0.0/21"},
        {"zones": ["eu-central-1c", "eu-central-1a", "eu-central-1b"]},
        {"role_arn": None, "profile": "platform", "access": {"admins": [ROLE]}},
        {"node_groups": {"a": GROUP, "b": {"min_size": 0, "taints": [{"key": "x", "effect": "NO_EXECUTE"}]}}},
    ],
    ids=str,
)
def test_what_is_right_is_taken(right: dict[str, Any]) -> None:
    assert parsed({**EKS, **right}).eks
