"""Changes of a running cluster: zones, versions and node groups; what stays, and what is replaced in which order."""

from tests.eks.production import Emulator, Platform

SUBNETS = "Subnet/private-c,Subnet/public-c"


def zones(*letters: str) -> list[str]:
    return [f"eu-central-1{letter}" for letter in letters]


def test_nodes_leave_and_enter_zones_while_the_control_plane_stays(as_it_was: Platform) -> None:
    as_it_was.change(production=False, zones=zones("a", "b"))
    assert "Subnet/private-c" in as_it_was.refused("infra-up", ENV="production")
    as_it_was.up(ALLOW=SUBNETS)
    assert not as_it_was.preview()
    as_it_was.change(zones=zones("a", "b", "c"))
    as_it_was.up()
    assert not as_it_was.preview()


def test_a_zone_that_does_not_exist_is_refused(as_it_was: Platform) -> None:
    as_it_was.change(zones=zones("a", "b", "f"))
    assert "can have no EKS cluster: eu-central-1f" in as_it_was.refused("infra-preview", ENV="production")


def test_a_node_group_is_replaced_by_one_that_is_there_first(as_it_was: Platform, emulator: Emulator) -> None:
    groups = as_it_was.settings_of()["eks"]["node_groups"]
    as_it_was.change(node_groups={"general": {**groups["general"], "capacity_type": "SPOT"}})
    done = as_it_was.up()
    assert done["replaced"] == 1
    assert len(emulator.cluster().core.list_node().items) == 3


def test_an_upgrade_is_in_place(platform: Platform) -> None:
    platform.change(version="1.36")
    done = platform.up()
    assert set(done) == {"updated"}
    assert not platform.preview()
    platform.change(version="1.35")
    assert "EKS does not downgrade" in platform.refused("infra-up", ENV="production")
    platform.change(version="1.36")
