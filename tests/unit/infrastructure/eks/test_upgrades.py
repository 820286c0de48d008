"""What may become of a cluster that is there: the next version, and no other cluster in its place."""

from typing import Any

import pytest

from tests.unit.infrastructure.eks.conftest import ARN, EKS, AwsGraph, run_eks
from tests.unit.shared.graph import refused


def state(**outputs: Any) -> dict[str, Any]:
    return {"root": {"type": "pulumi:pulumi:Stack", "outputs": outputs}}


@pytest.mark.parametrize(
    "change", [{"name": "other"}, {"region": "eu-west-1"}, {"account_id": "999999999999", "role_arn": None}]
)
def test_another_cluster_in_the_place_of_the_one_that_is_there_is_refused(change: dict[str, Any]) -> None:
    graph = AwsGraph(state=state(cluster_identifier=ARN))
    admins = {"profile": "platform", "access": {"admins": ["arn:aws:iam::999999999999:role/x"]}}
    eks = {**EKS, **change, **(admins if "role_arn" in change else {})}
    message = refused(lambda: run_eks(graph, eks={key: value for key, value in eks.items() if value}))
    assert f"was deployed to the cluster {ARN}" in message
    assert not graph.declared


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("1.32", "1.34", 'Set eks.version: "1.33" and deploy, then the next one.'),
        ("1.32", "1.35", 'Set eks.version: "1.33"'),
        ("1.34", "1.33", "EKS does not downgrade"),
    ],
)
def test_a_version_that_skips_one_or_goes_back_is_refused(before: str, after: str, says: str) -> None:
    graph = AwsGraph(state=state(kubernetes_version=before))
    message = refused(lambda: run_eks(graph, eks={**EKS, "version": after}))
    assert f"infrastructure/Pulumi.production.yaml sets eks.version: {after}" in message
    assert says in message
    assert not graph.declared


@pytest.mark.parametrize("before", [None, "1.33", "1.34"])
def test_the_next_version_and_the_same_one_are_taken(before: str | None) -> None:
    held = state(kubernetes_version=before) if before else {}
    graph = run_eks(AwsGraph(state=held), eks={**EKS, "version": "1.34"})
    assert graph.exports["kubernetes_version"] == "1.34"
