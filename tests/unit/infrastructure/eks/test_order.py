"""In which order things are created, updated and, reversed, deleted: an emulator has no patience that could run out."""

from tests.unit.infrastructure.eks.conftest import AwsGraph


def test_nodes_come_after_all_that_each_of_them_needs(graph: AwsGraph) -> None:
    needed = set(graph.one("NodeGroup").depends_on)
    expected = [
        graph.control_plane,
        graph.named("Addon", "eks-pod-identity-agent"),
        *(graph.named("Route", f"private-{zone}") for zone in "abc"),
        *(graph.named("RolePolicyAttachment", name) for name in ("nodes-worker", "nodes-images")),
    ]
    assert {item.urn for item in expected} <= needed


def test_addons_that_need_nodes_come_after_them(graph: AwsGraph) -> None:
    for addon in ("coredns", "metrics-server"):
        assert graph.one("NodeGroup").urn in graph.named("Addon", addon).depends_on


def test_the_network_plugin_has_its_own_rights_before_it_runs_on_a_node(graph: AwsGraph) -> None:
    assert graph.named("PodIdentityAssociation", "vpc-cni").urn in graph.one("NodeGroup").depends_on


def test_the_control_plane_has_key_rights_and_logs_as_long_as_it_exists(graph: AwsGraph) -> None:
    needed = set(graph.control_plane.depends_on)
    for kind, name in (
        ("RolePolicy", "control-plane"),
        ("RolePolicyAttachment", "control-plane-cluster"),
        ("LogGroup", "control-plane"),
    ):
        assert graph.named(kind, name).urn in needed


def test_the_api_server_is_used_only_while_the_access_to_it_exists(graph: AwsGraph) -> None:
    assert graph.control_plane.urn in graph.one("kubernetes").depends_on


def test_nat_gateways_come_after_the_internet_gateway_and_are_deleted_before_it(graph: AwsGraph) -> None:
    gateway = graph.one("InternetGateway").urn
    for item in (*graph.of("NatGateway"), *graph.of("Eip")):
        assert gateway in item.depends_on, item.name


def test_the_controller_outlives_class_and_parameters_and_needs_nodes_dns_and_rights(graph: AwsGraph) -> None:
    release = graph.one("Release")
    assert release.urn in graph.one("IngressClassParams").depends_on
    assert graph.one("IngressClassParams").urn in graph.one("IngressClass").depends_on
    for needed in (
        graph.one("NodeGroup"),
        graph.named("Addon", "coredns"),
        graph.named("PodIdentityAssociation", "load-balancers"),
        graph.named("RolePolicyAttachment", "load-balancers-controller"),
    ):
        assert needed.urn in release.depends_on, needed.urn


def test_the_network_is_deleted_last_of_all(graph: AwsGraph) -> None:
    before = graph.before(graph.one("Release"))
    for kind in ("Vpc", "NatGateway", "InternetGateway", "Route", "NodeGroup", "LogGroup"):
        for item in graph.of(kind):
            assert item.urn in before or item.name == "network", item.urn
