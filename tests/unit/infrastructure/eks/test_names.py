"""What AWS identifies by a principal or a service account is called after it, whatever the settings call it."""

from typing import Any

import pulumi

from tests.unit.infrastructure.eks.conftest import ACCOUNT, EKS, AwsGraph, deployed, run_eks

ROLE = f"arn:aws:iam::{ACCOUNT}:role/backend"


def entries(graph: AwsGraph) -> dict[str, Any]:
    found: dict[str, Any] = graph.control_plane.inputs["accessEntries"]
    return found


def test_principals_that_read_alike_have_entries_of_their_own() -> None:
    alike = [f"arn:aws:iam::{ACCOUNT}:role/a/b", f"arn:aws:iam::{ACCOUNT}:role/a-b"]
    alike.append("arn:aws:iam::999999999999:role/a-b")
    assert len(entries(deployed(access={"admins": alike}))) == 4


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


def test_a_team_views_its_own_namespaces_alone() -> None:
    teams = {"backend": {"principal_arn": ROLE}}
    namespaces = {"a": {"team": "backend"}, "b": {"team": "other"}}
    entry = entries(run_eks(eks={**EKS, "access": {"teams": teams}}, namespaces=namespaces))
    (policy,) = entry[f"{ACCOUNT}/role/backend"]["accessPolicies"].values()
    assert policy["accessScope"] == {"type": "namespace", "namespaces": ["a"]}
