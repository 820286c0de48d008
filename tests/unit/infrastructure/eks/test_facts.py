"""What AWS is asked before anything is planned: zones that exist, and principals that exist."""

from tests.unit.infrastructure.eks.conftest import ACCOUNT, EKS, AwsGraph, run_eks, state_with
from tests.unit.shared.graph import refused


def zones(graph: AwsGraph, kind: str) -> str:
    return "".join(sorted(item.name[-1] for item in graph.of("Subnet") if item.name.startswith(f"{kind}-")))


def test_a_network_without_zones_in_its_settings_has_the_regions_first_three() -> None:
    graph = run_eks(AwsGraph(available="acdf"))
    assert zones(graph, "private") == zones(graph, "control-plane") == "acd"


def test_a_network_stays_in_its_zones_whatever_others_there_are_by_now() -> None:
    graph = run_eks(AwsGraph(available="abcdef", state=state_with("b", "d", "e")))
    assert zones(graph, "private") == "bde"
    assert not graph.asked


def test_a_region_with_too_few_zones_is_refused() -> None:
    message = refused(lambda: run_eks(AwsGraph(available="ab")))
    assert "eu-central-1 has 2 zones for this account" in message


def test_principals_that_do_not_exist_are_refused_all_at_once() -> None:
    roles = {name: f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in ("on-call", "day", "elsewhere")}
    elsewhere = "arn:aws:iam::999999999999:role/elsewhere"
    access = {"admins": [roles["on-call"], elsewhere], "teams": {"day": {"principal_arn": roles["day"]}}}
    graph = AwsGraph(missing=(roles["on-call"], roles["day"]))
    message = refused(lambda: run_eks(graph, eks={**EKS, "access": access}))
    assert f"eks.access.admins: {roles['on-call']}" in message
    assert f"eks.access.teams.day: {roles['day']}" in message
    assert elsewhere not in message
    assert not graph.aws()
