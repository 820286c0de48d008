"""The checklist's items on the network, read from the resource graph."""

import ipaddress
from itertools import combinations

import pytest

from tests.unit.infrastructure.eks.conftest import AwsGraph, deployed
from tests.unit.shared.graph import Declared

ELB, INTERNAL_ELB = "kubernetes.io/role/elb", "kubernetes.io/role/internal-elb"


def subnets(graph: AwsGraph, kind: str) -> list[Declared]:
    return [item for item in graph.of("Subnet") if item.name.startswith(f"{kind}-")]


def identifiers(items: list[Declared]) -> set[str]:
    return {f"Subnet-{item.name}" for item in items}


def test_the_network_spans_three_zones_with_three_kinds_of_subnets(graph: AwsGraph) -> None:
    for kind in ("public", "private", "control-plane"):
        zones = {item.inputs["availabilityZone"] for item in subnets(graph, kind)}
        assert zones == {"eu-central-1a", "eu-central-1b", "eu-central-1c"}, kind


def test_no_two_subnets_overlap_and_all_lie_within_the_vpc(graph: AwsGraph) -> None:
    vpc = ipaddress.IPv4Network(graph.one("Vpc").inputs["cidrBlock"])
    networks = [ipaddress.IPv4Network(item.inputs["cidrBlock"]) for item in graph.of("Subnet")]
    assert len(networks) == 9
    assert all(network.subnet_of(vpc) for network in networks)
    assert not any(one.overlaps(other) for one, other in combinations(networks, 2))


def test_no_subnet_gives_out_public_addresses(graph: AwsGraph) -> None:
    assert {item.inputs["mapPublicIpOnLaunch"] for item in graph.of("Subnet")} == {False}


def test_load_balancers_find_their_subnets_by_tags(graph: AwsGraph) -> None:
    assert {item.inputs["tags"].get(ELB) for item in subnets(graph, "public")} == {"1"}
    assert {item.inputs["tags"].get(INTERNAL_ELB) for item in subnets(graph, "private")} == {"1"}
    tagged = {item.name for item in graph.of("Subnet") if {ELB, INTERNAL_ELB} & set(item.inputs["tags"])}
    assert tagged == {item.name for kind in ("public", "private") for item in subnets(graph, kind)}


def way_out(graph: AwsGraph, subnet: Declared) -> dict[str, str]:
    """Where a subnet's packets for the internet go."""
    tables = [
        item.inputs["routeTableId"]
        for item in graph.of("RouteTableAssociation")
        if item.inputs["subnetId"] == f"Subnet-{subnet.name}"
    ]
    assert len(tables) == 1, subnet.name
    found = [item.inputs for item in graph.of("Route") if item.inputs["routeTableId"] == tables[0]]
    return {key: route[key] for route in found for key in ("gatewayId", "natGatewayId") if key in route}


def test_there_is_one_nat_gateway_per_zone_and_each_zone_uses_its_own(graph: AwsGraph) -> None:
    assert len(graph.of("NatGateway")) == len(graph.of("Eip")) == 3
    for zone in "abc":
        (subnet,) = (item for item in subnets(graph, "private") if item.name.endswith(f"-{zone}"))
        assert way_out(graph, subnet) == {"natGatewayId": f"NatGateway-nat-{zone}"}
        assert graph.named("NatGateway", f"nat-{zone}").inputs["subnetId"] == f"Subnet-public-{zone}"


def test_one_nat_gateway_for_all_zones_is_a_setting() -> None:
    graph = deployed(nat_gateways="one")
    assert len(graph.of("NatGateway")) == len(graph.of("Eip")) == 1
    ways = {way_out(graph, item)["natGatewayId"] for item in subnets(graph, "private")}
    assert ways == {"NatGateway-nat-a"}


def test_public_subnets_reach_the_internet_and_control_plane_subnets_do_not(graph: AwsGraph) -> None:
    assert all(
        way_out(graph, item) == {"gatewayId": "InternetGateway-internet"} for item in subnets(graph, "public")
    )
    assert all(way_out(graph, item) == {} for item in subnets(graph, "control-plane"))


def test_nat_gateways_come_after_the_internet_gateway_and_go_before_it(graph: AwsGraph) -> None:
    gateway = graph.one("InternetGateway").urn
    for item in (*graph.of("NatGateway"), *graph.of("Eip")):
        assert gateway in item.depends_on, item.name


def test_s3_is_reached_by_a_gateway_endpoint_from_every_private_route_table(graph: AwsGraph) -> None:
    storage = graph.named("VpcEndpoint", "s3").inputs
    assert storage["vpcEndpointType"] == "Gateway"
    assert storage["serviceName"] == "com.amazonaws.eu-central-1.s3"
    assert set(storage["routeTableIds"]) == {f"RouteTable-private-{zone}" for zone in "abc"}


@pytest.mark.parametrize("service", ["ecr.api", "ecr.dkr"])
def test_ecr_is_reached_by_interface_endpoints_in_every_private_subnet(graph: AwsGraph, service: str) -> None:
    endpoint = graph.named("VpcEndpoint", service).inputs
    assert endpoint["vpcEndpointType"] == "Interface"
    assert endpoint["serviceName"] == f"com.amazonaws.eu-central-1.{service}"
    assert endpoint["privateDnsEnabled"] is True
    assert set(endpoint["subnetIds"]) == identifiers(subnets(graph, "private"))
    entrance = graph.named("SecurityGroup", "endpoints").inputs
    assert endpoint["securityGroupIds"] == ["SecurityGroup-endpoints"]
    assert entrance["ingress"] == [
        {"protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlocks": ["10.0.0.0/16"]}
    ]


def test_further_endpoints_are_a_setting() -> None:
    graph = deployed(interface_endpoints=["sts", "ecr.api"])
    assert {item.name for item in graph.of("VpcEndpoint")} == {"s3", "ecr.api", "ecr.dkr", "sts"}


def test_names_of_private_endpoints_resolve_in_the_vpc(graph: AwsGraph) -> None:
    vpc = graph.one("Vpc").inputs
    assert vpc["enableDnsHostnames"] is vpc["enableDnsSupport"] is True


def test_all_connections_are_recorded_by_flow_logs_with_a_retention(graph: AwsGraph) -> None:
    flow, group = graph.one("FlowLog").inputs, graph.named("LogGroup", "network")
    assert flow["trafficType"] == "ALL"
    assert flow["vpcId"] == "Vpc-vpc"
    assert flow["logDestination"] == f"arn:of:LogGroup:{group.name}"
    assert flow["logDestinationType"] == "cloud-watch-logs"
    assert flow["iamRoleArn"] == "arn:of:Role:flow-logs"
    assert group.inputs["retentionInDays"] == 90


def test_flow_logs_cannot_bring_back_a_log_group_that_is_gone(graph: AwsGraph) -> None:
    assert "CreateLogGroup" not in graph.named("RolePolicy", "flow-logs").inputs["policy"]
    assert graph.named("RolePolicy", "flow-logs").urn in graph.one("FlowLog").depends_on


def test_the_default_security_group_lets_nothing_through(graph: AwsGraph) -> None:
    assert not {"ingress", "egress"} & set(graph.one("DefaultSecurityGroup").inputs)
