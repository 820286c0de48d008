"""What AWS identifies by a principal or a service account is called after it, whatever the settings call it."""

from typing import Any

import pulumi

from tests.unit.infrastructure.eks.conftest import ACCOUNT, EKS, AwsGraph, deployed, run_eks

ROLE = f"arn:aws:iam::{ACCOUNT}:role/backend"
POLICY = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"


def names(graph: AwsGraph, *kinds: str) -> dict[str, set[str]]:
    return {kind: {item.name for item in graph.of(kind)} for kind in kinds}


def with_team(name: str) -> AwsGraph:
    eks = {**EKS, "access": {"teams": {name: {"principal_arn": ROLE}}}}
    return run_eks(eks=eks, namespaces={"a": {"team": name}, "b": {"team": "other"}, "c": {"team": name}})


def entries(graph: AwsGraph) -> dict[str, Any]:
    found: dict[str, Any] = graph.control_plane.inputs["accessEntries"]
    return found


def test_a_renamed_team_keeps_its_entry_and_its_policy() -> None:
    one, other = entries(with_team("backend")), entries(with_team("storage"))
    assert {name: set(entry["accessPolicies"]) for name, entry in one.items()} == {
        name: set(entry["accessPolicies"]) for name, entry in other.items()
    }


def test_a_team_that_becomes_an_administrator_keeps_its_entry_and_leaves_the_teams_group() -> None:
    team, admin = with_team("backend"), deployed(access={"admins": [ROLE]})
    groups = [entries(graph)[f"{ACCOUNT}/role/backend"]["kubernetesGroups"] for graph in (team, admin)]
    assert groups == [["platform:backend:deploy"], ["platform:administrators"]]


def test_a_team_views_its_own_namespaces_alone() -> None:
    (policy,) = entries(with_team("backend"))[f"{ACCOUNT}/role/backend"]["accessPolicies"].values()
    assert policy["accessScope"] == {"type": "namespace", "namespaces": ["a", "c"]}


def test_principals_that_read_alike_have_entries_of_their_own() -> None:
    alike = [f"arn:aws:iam::{ACCOUNT}:role/a/b", f"arn:aws:iam::{ACCOUNT}:role/a-b"]
    alike.append("arn:aws:iam::999999999999:role/a-b")
    assert len(entries(deployed(access={"admins": alike}))) == 4


def test_a_renamed_workload_identity_keeps_its_role_and_association() -> None:
    wanted: dict[str, Any] = {"namespace": "dusk", "service_account": "reports", "policy_arns": [POLICY]}
    one, other = (deployed(workload_identities={name: wanted}) for name in ("reports", "statements"))
    kinds = ("PodIdentityAssociation", "Role", "RolePolicyAttachment")
    assert names(one, *kinds) == names(other, *kinds)


def test_what_was_declared_without_pulumi_eks_keeps_its_identity() -> None:
    """The names that this program gave in earlier versions, for what a component declares now."""
    graph, entry = deployed(access={"teams": {"backend": {"principal_arn": ROLE}}}), f"{ACCOUNT}/role/backend"
    names = {
        ("eks/cluster:Cluster", "cluster-eksCluster"): ["cluster"],
        ("eks/addon:Addon", "cluster-vpc-cni"): ["vpc-cni"],
        ("eks/addon:Addon", "coredns"): ["coredns"],
        ("eks/accessEntry:AccessEntry", f"cluster-{entry}"): [entry],
        (
            "eks/accessPolicyAssociation:AccessPolicyAssociation",
            f"cluster-{entry}-AmazonEKSViewPolicy",
        ): [f"{entry}/AmazonEKSViewPolicy"],
    }
    for (kind, name), before in names.items():
        aliases = graph.changed(f"aws:{kind}", name).opts.aliases
        assert isinstance(aliases, list)
        assert [alias.name for alias in aliases if isinstance(alias, pulumi.Alias)] == before
