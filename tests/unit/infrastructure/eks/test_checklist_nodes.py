"""The checklist's items on nodes and add-ons, and the order in which they come to be."""

import json
from typing import Any

import pytest

from infrastructure.eks.versions import ADDON_NAMES, ADDONS
from tests.unit.infrastructure.eks.conftest import AwsGraph, deployed

GENERAL: dict[str, Any] = {"instance_types": ["m7i.large"], "min_size": 3, "max_size": 6}


def group(name: str = "general", graph: AwsGraph | None = None, **settings: Any) -> dict[str, Any]:
    """A node group's inputs, with some settings."""
    if graph is None:
        others = {} if name == "general" else {"general": GENERAL}
        graph = deployed(node_groups={**others, name: {**GENERAL, **settings}})
    return graph.named("NodeGroup", name).inputs


def test_nodes_answer_to_imds_version_2_alone_and_to_no_pod(graph: AwsGraph) -> None:
    options = graph.one("LaunchTemplate").inputs["metadataOptions"]
    assert options["httpTokens"] == "required"
    assert options["httpPutResponseHopLimit"] == 1


def test_every_node_group_uses_the_latest_version_of_its_own_template() -> None:
    graph = deployed(node_groups={"general": GENERAL, "spot": {**GENERAL, "capacity_type": "SPOT"}})
    for name in ("general", "spot"):
        used = group(name, graph)["launchTemplate"]
        assert used == {"id": f"LaunchTemplate-{name}", "version": "1"}


def test_nodes_are_in_private_subnets_over_three_zones_without_public_addresses(graph: AwsGraph) -> None:
    assert set(group(graph=graph)["subnetIds"]) == {f"Subnet-private-{zone}" for zone in "abc"}
    (interface,) = graph.one("LaunchTemplate").inputs["networkInterfaces"]
    assert interface["associatePublicIpAddress"] == "false"
    assert interface["securityGroups"] == ["sg-of-the-cluster"]


def test_disks_are_encrypted_and_as_large_as_settings_say() -> None:
    graph = deployed(node_groups={"general": {**GENERAL, "disk_size": 80}})
    (mapping,) = graph.one("LaunchTemplate").inputs["blockDeviceMappings"]
    assert mapping["ebs"]["encrypted"] == "true"
    assert (mapping["ebs"]["volumeSize"], mapping["ebs"]["volumeType"]) == (80, "gp3")


def test_what_a_template_may_not_say_stands_in_the_node_group_and_the_other_way_round(
    graph: AwsGraph,
) -> None:
    """https://docs.aws.amazon.com/eks/latest/userguide/launch-templates.html."""
    assert not {"instanceType", "imageId", "iamInstanceProfile"} & set(graph.one("LaunchTemplate").inputs)
    assert not {"diskSize", "remoteAccess", "nodeGroupName"} & set(group(graph=graph))
    assert "subnetId" not in graph.one("LaunchTemplate").inputs["networkInterfaces"][0]


def test_nodes_are_updated_a_few_at_a_time_and_repaired(graph: AwsGraph) -> None:
    assert group(graph=graph)["updateConfig"] == {"maxUnavailablePercentage": 33}
    assert group(graph=graph)["nodeRepairConfig"] == {"enabled": True}
    assert group(max_unavailable_percentage=10)["updateConfig"] == {"maxUnavailablePercentage": 10}


def test_a_node_group_is_as_settings_say() -> None:
    found = group(
        "batch",
        instance_types=["c7i.xlarge", "c6i.xlarge"],
        capacity_type="SPOT",
        min_size=0,
        max_size=20,
        desired_size=2,
        labels={"workload": "batch"},
        taints=[{"key": "workload", "value": "batch", "effect": "NO_SCHEDULE"}],
    )
    assert found["instanceTypes"] == ["c7i.xlarge", "c6i.xlarge"]
    assert found["capacityType"] == "SPOT"
    assert found["scalingConfig"] == {"minSize": 0, "maxSize": 20, "desiredSize": 2}
    assert found["labels"] == {"workload": "batch"}
    assert found["taints"] == [{"key": "workload", "value": "batch", "effect": "NO_SCHEDULE"}]


@pytest.mark.parametrize(
    ("instance_type", "image"),
    [
        ("m7i.large", "AL2023_x86_64_STANDARD"),
        ("g4dn.xlarge", "AL2023_x86_64_STANDARD"),
        ("m7i-flex.large", "AL2023_x86_64_STANDARD"),
        ("m7g.large", "AL2023_ARM_64_STANDARD"),
        ("c7gn.16xlarge", "AL2023_ARM_64_STANDARD"),
        ("a1.large", "AL2023_ARM_64_STANDARD"),
    ],
)
def test_the_image_fits_the_processor(instance_type: str, image: str) -> None:
    assert group(instance_types=[instance_type])["amiType"] == image


def test_an_autoscalers_figure_is_left_alone_where_settings_say_that_there_is_one() -> None:
    graph = deployed(node_groups={"general": {**GENERAL, "autoscaled": True}})
    assert graph.one("NodeGroup").ignore_changes == ("scalingConfig.desiredSize",)
    assert deployed().one("NodeGroup").ignore_changes == ()


def test_nodes_run_the_clusters_version_or_one_that_settings_hold_them_at(graph: AwsGraph) -> None:
    assert group(graph=graph)["version"] == "1.34"
    assert group(version="1.33")["version"] == "1.33"


def test_a_node_group_is_replaced_before_it_goes(graph: AwsGraph) -> None:
    """A physical name of its own would make the engine delete first."""
    assert not {"nodeGroupName", "nodeGroupNamePrefix"} & set(group(graph=graph))


@pytest.mark.parametrize("version", ADDONS)
def test_every_addon_is_pinned_for_every_version(version: str) -> None:
    graph = deployed(version=version)
    pinned = {item.inputs["addonName"]: item.inputs["addonVersion"] for item in graph.of("Addon")}
    assert pinned == dict(ADDONS[version])
    assert (
        set(pinned)
        == set(ADDON_NAMES)
        == {
            "coredns",
            "kube-proxy",
            "vpc-cni",
            "eks-pod-identity-agent",
            "metrics-server",
        }
    )


@pytest.mark.parametrize("version", ADDONS)
def test_kube_proxy_is_of_the_clusters_version(version: str) -> None:
    assert ADDONS[version]["kube-proxy"].startswith(f"v{version}.")


def test_another_addon_version_is_a_setting() -> None:
    graph = deployed(addon_versions={"coredns": "v1.14.2-eksbuild.4"})
    assert graph.named("Addon", "coredns").inputs["addonVersion"] == "v1.14.2-eksbuild.4"


def test_network_policies_are_enforced(graph: AwsGraph) -> None:
    values = json.loads(graph.named("Addon", "vpc-cni").inputs["configurationValues"])
    assert values == {"enableNetworkPolicy": "true"}


@pytest.mark.parametrize("addon", ["vpc-cni", "kube-proxy", "eks-pod-identity-agent"])
def test_nodes_wait_for_what_each_of_them_needs(graph: AwsGraph, addon: str) -> None:
    assert graph.named("Addon", addon).urn in graph.one("NodeGroup").depends_on


@pytest.mark.parametrize("addon", ["coredns", "metrics-server"])
def test_addons_that_need_nodes_come_after_them(graph: AwsGraph, addon: str) -> None:
    assert graph.one("NodeGroup").urn in graph.named("Addon", addon).depends_on


def test_an_upgrade_goes_from_the_control_plane_over_the_addons_to_the_nodes(graph: AwsGraph) -> None:
    cluster = graph.named("Cluster", "cluster").urn
    for addon in ("vpc-cni", "kube-proxy", "eks-pod-identity-agent"):
        assert cluster in graph.named("Addon", addon).depends_on
    assert cluster in graph.one("NodeGroup").depends_on


def test_nodes_reach_the_internet_and_have_their_rights_as_long_as_they_are_there(graph: AwsGraph) -> None:
    needed = set(graph.one("NodeGroup").depends_on)
    for zone in "abc":
        assert graph.named("Route", f"private-{zone}").urn in needed
        assert graph.named("RouteTableAssociation", f"private-{zone}").urn in needed
    for attachment in ("nodes-worker", "nodes-images"):
        assert graph.named("RolePolicyAttachment", attachment).urn in needed


def test_the_node_role_may_do_no_more_than_a_node_needs(graph: AwsGraph) -> None:
    attached = {
        item.inputs["policyArn"].rsplit("/", 1)[-1]
        for item in graph.of("RolePolicyAttachment")
        if item.name.startswith("nodes-")
    }
    assert attached == {"AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly"}
