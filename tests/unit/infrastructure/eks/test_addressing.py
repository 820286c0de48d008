"""Addresses: room for every subnet, none that overlaps, and none that ever moves."""

import ipaddress
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from infrastructure.eks.network import Zone, divide

LETTERS = st.lists(st.sampled_from("abcdef"), min_size=1, max_size=6, unique=True)
VPCS = st.builds(
    lambda place, prefix: str(
        ipaddress.IPv4Network((int(ipaddress.IPv4Address("10.0.0.0")) + place * 2**16, prefix))
    ),
    st.integers(0, 255),
    st.integers(16, 21),
)


def zoned(vpc: str, letters: list[str]) -> dict[str, Zone]:
    return {item.name: item for item in divide(vpc, [f"eu-central-1{letter}" for letter in letters])}


@given(VPCS, LETTERS)
def test_every_zone_has_room_and_no_two_subnets_overlap(vpc: str, letters: list[str]) -> None:
    whole = ipaddress.IPv4Network(vpc)
    found = zoned(vpc, letters)
    networks = [
        ipaddress.IPv4Network(network)
        for item in found.values()
        for network in (item.private, item.public, item.control_plane)
    ]
    assert len(found) == len(letters)
    assert all(network.subnet_of(whole) for network in networks)
    assert not any(one.overlaps(other) for one, other in combinations(networks, 2))
    for item in found.values():
        assert ipaddress.IPv4Network(item.private).num_addresses >= 256
        assert ipaddress.IPv4Network(item.public).prefixlen <= 27
        assert ipaddress.IPv4Network(item.control_plane).prefixlen == 28


@given(VPCS, LETTERS, LETTERS)
def test_a_zones_subnets_stay_whatever_other_zones_there_are(
    vpc: str, before: list[str], after: list[str]
) -> None:
    one, other = zoned(vpc, before), zoned(vpc, after)
    assert {zone: one[zone] for zone in one.keys() & other.keys()} == {
        zone: other[zone] for zone in one.keys() & other.keys()
    }
