"""The settings of isolation: what each field takes, and what it refuses before anything happens."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from shared.refusal import Refusal
from shared.settings.isolation import (
    AccessSettings,
    IsolationSettings,
    LimitSettings,
    NetworkSettings,
    OrganizationSettings,
    Peer,
    PodSecuritySettings,
    QuotaSettings,
)
from shared.settings.source import Settings, parse

Model = type[Settings]
QUANTITIES: list[tuple[Model, str]] = [
    *((QuotaSettings, name) for name in ("requests_cpu", "requests_memory", "limits_cpu", "limits_memory")),
    (QuotaSettings, "requests_storage"),
    *((LimitSettings, name) for name in LimitSettings.model_fields if name != "defaults"),
]
COUNTS = [
    name for name in QuotaSettings.model_fields if (QuotaSettings, name) not in QUANTITIES and name != "pods"
]
ACCEPTED: list[tuple[Model, str, Any]] = [
    *((model, name, value) for model, name in QUANTITIES for value in ("250m", "1.5", 2, "10Gi")),
    *((QuotaSettings, name, value) for name in COUNTS for value in (0, 1, 5000)),
    (QuotaSettings, "pods", 1),
    *((LimitSettings, "defaults", value) for value in (True, False)),
    *(
        (PodSecuritySettings, mode, level)
        for mode in ("enforce", "audit", "warn")
        for level in ("privileged", "baseline", "restricted")
    ),
    *((PodSecuritySettings, "version", value) for value in ("latest", "v1.31", "v1.9")),
    *((AccessSettings, name, ["backend", "a:b"]) for name in ("deploy_groups", "read_groups")),
    *((IsolationSettings, "profile", value) for value in ("small", "medium", "large")),
    (IsolationSettings, "team", "backend"),
    (IsolationSettings, "cost_center", "DE_42.a"),
    *((IsolationSettings, "governed_by", value) for value in ("owner", "application")),
    (OrganizationSettings, "profile", "large"),
    (OrganizationSettings, "cost_center", "42"),
    (OrganizationSettings, "enforced", ["profile", "quota", "limits", "network", "access", "pod_security"]),
    (OrganizationSettings, "required_labels", ["team", "cost_center"]),
]
REFUSED: list[tuple[Model, str, Any]] = [
    *((model, name, value) for model, name in QUANTITIES for value in (0, "-1", "much", "1Zi", True, "")),
    *((QuotaSettings, name, value) for name in COUNTS for value in (-1, 1.5, "many")),
    *((QuotaSettings, "pods", value) for value in (0, -1)),
    (LimitSettings, "defaults", "perhaps"),
    *(
        (PodSecuritySettings, mode, value)
        for mode in ("enforce", "audit", "warn")
        for value in ("strict", "Restricted", "")
    ),
    *((PodSecuritySettings, "version", value) for value in ("1.31", "v2.0", "v1", "newest", "v1.31.2")),
    *(
        (AccessSettings, name, [value])
        for name in ("deploy_groups", "read_groups")
        for value in ("", "system:masters", "x" * 254)
    ),
    *((AccessSettings, name, "backend") for name in ("deploy_groups", "read_groups")),
    *((IsolationSettings, "profile", value) for value in ("tiny", "Small", 1)),
    *((IsolationSettings, "team", value) for value in ("Backend", "-a", "a_b", "x" * 64)),
    *((IsolationSettings, "cost_center", value) for value in ("-42", "a b", "x" * 64)),
    *((IsolationSettings, "governed_by", value) for value in ("nobody", True)),
    (OrganizationSettings, "profile", "tiny"),
    (OrganizationSettings, "enforced", ["everything"]),
    (OrganizationSettings, "required_labels", ["owner"]),
]


def wrong(model: Model, values: dict[str, Any]) -> str:
    with pytest.raises(Refusal) as caught:
        parse(model, values, project="day-service-app", file="apps/day/Pulumi.dev.yaml")
    return caught.value.fact


def named(value: Any) -> str:
    return value.__name__ if isinstance(value, type) else repr(value)[:30]


@pytest.mark.parametrize(("model", "name", "value"), ACCEPTED, ids=named)
def test_a_value_of_the_fields_kind_is_taken(model: Model, name: str, value: Any) -> None:
    taken = getattr(model.model_validate({name: value}), name)
    expected = tuple(value) if isinstance(value, list) else value
    assert str(taken) == str(expected)


@pytest.mark.parametrize(("model", "name", "value"), REFUSED, ids=named)
def test_another_value_is_refused_by_the_fields_name(model: Model, name: str, value: Any) -> None:
    assert f"day-service-app:{name}" in wrong(model, {name: value})


def test_every_field_is_tried_both_ways() -> None:
    for tried in (ACCEPTED, REFUSED):
        fields = {(model, name) for model, name, _ in tried}
        for model in (QuotaSettings, LimitSettings, PodSecuritySettings, AccessSettings):
            assert {(model, name) for name in model.model_fields} <= fields


@pytest.mark.parametrize(
    "model",
    [
        QuotaSettings,
        LimitSettings,
        NetworkSettings,
        AccessSettings,
        PodSecuritySettings,
        Peer,
        IsolationSettings,
        OrganizationSettings,
    ],
)
def test_what_is_not_declared_is_refused(model: Model) -> None:
    assert "day-service-app:gpus" in wrong(model, {"gpus": 1})


@pytest.mark.parametrize(
    ("low", "high"),
    [
        ("default_cpu_request", "default_cpu"),
        ("default_memory_request", "default_memory"),
        ("default_cpu", "max_cpu"),
        ("default_memory", "max_memory"),
    ],
)
def test_figures_that_contradict_each_other_are_refused_with_both(low: str, high: str) -> None:
    assert f"{low} (2001m) must not be more than {high} (2)" in wrong(
        LimitSettings, {low: "2001m", high: "2"}
    )
    LimitSettings.model_validate({low: "2000m", high: "2"})


def ports(*values: Any) -> Peer:
    return Peer.model_validate({"namespace": "other", "ports": values})


@pytest.mark.parametrize(
    "port", [1, 65535, "5432", "53/UDP", "53/TCP", "3868/SCTP", "8000-8100", "8000-8000", "8000-8100/UDP"]
)
def test_a_port_or_a_range_of_any_protocol_is_taken(port: Any) -> None:
    assert ports(port).ports == (str(port),)


@pytest.mark.parametrize(
    "port",
    [
        0,
        -1,
        65536,
        "65536",
        "0-10",
        "10-65536",
        "8100-8000",
        "53/udp",
        "53/ICMP",
        "http",
        "",
        "1-2-3",
        "53/",
        5.5,
    ],
)
def test_no_other_port_is(port: Any) -> None:
    told = wrong(Peer, {"namespace": "other", "ports": [port]})
    assert "day-service-app:ports" in told


@given(some.integers(1, 65535), some.integers(1, 65535))
def test_a_range_goes_from_the_lower_port_to_the_higher(first: int, last: int) -> None:
    if first <= last:
        assert ports(f"{first}-{last}").ports == (f"{first}-{last}",)
    else:
        with pytest.raises(ValueError, match="must be a port"):
            ports(f"{first}-{last}")


@pytest.mark.parametrize("cidr", ["10.0.0.0/8", "0.0.0.0/0", "192.0.2.7/32", "fd00::/8", "::/0"])
def test_a_network_is_one_in_cidr_notation(cidr: str) -> None:
    assert Peer(cidr=cidr).cidr == cidr


@pytest.mark.parametrize("cidr", ["10.0.0.1/8", "10.0.0.0/33", "10.0.0", "anywhere", "fd00::1/8"])
def test_a_network_with_host_bits_or_of_no_kind_is_refused(cidr: str) -> None:
    assert "must be a network such as 10.0.0.0/8" in wrong(Peer, {"cidr": cidr})


def test_an_address_alone_is_the_network_of_that_one() -> None:
    assert Peer(cidr="10.0.0.1").cidr == "10.0.0.1/32"


@pytest.mark.parametrize(
    ("peer", "told"),
    [
        ({}, "must have either namespace or cidr"),
        ({"ports": [1]}, "must have either namespace or cidr"),
        ({"namespace": "other", "cidr": "10.0.0.0/8"}, "must have either namespace or cidr"),
        ({"namespace": "other", "excluding": ["10.0.0.0/8"]}, "excluding goes with cidr"),
        (
            {"cidr": "10.0.0.0/8", "excluding": ["11.0.0.0/16"]},
            "excluding has 11.0.0.0/16, which is not within cidr (10.0.0.0/8)",
        ),
        (
            {"cidr": "10.0.0.0/8", "excluding": ["fd00::/16"]},
            "excluding has fd00::/16, which is not within cidr (10.0.0.0/8)",
        ),
        ({"cidr": "10.0.0.0/8", "excluding": ["0.0.0.0/0"]}, "which is not within cidr"),
    ],
)
def test_a_peer_is_a_namespace_or_a_network_less_what_is_within_it(peer: dict[str, Any], told: str) -> None:
    assert told in wrong(Peer, peer)


def test_networks_within_a_network_can_be_excluded() -> None:
    peer = Peer(cidr="10.0.0.0/8", excluding=("10.1.0.0/16", "10.0.0.0/8"))
    assert peer.excluding == ("10.1.0.0/16", "10.0.0.0/8")


@pytest.mark.parametrize("name", ["ingress_controllers", "allow_from", "allow_to"])
def test_connections_are_lists_of_peers(name: str) -> None:
    taken = getattr(NetworkSettings.model_validate({name: [{"namespace": "other"}]}), name)
    assert taken == (Peer(namespace="other"),)
    assert f"day-service-app:{name}" in wrong(NetworkSettings, {name: [{"namespace": "Not A Name"}]})
    assert f"day-service-app:{name}" in wrong(NetworkSettings, {name: "other"})


@pytest.mark.parametrize(
    ("isolation", "place"),
    [
        ({"quota": {"pods": 0}}, "isolation.quota.pods"),
        ({"limits": {"max_cpu": "much"}}, "isolation.limits.max_cpu"),
        ({"pod_security": {"enforce": "none"}}, "isolation.pod_security.enforce"),
        ({"access": {"read_groups": ["system:masters"]}}, "isolation.access.read_groups"),
        ({"network": {"allow_to": [{"cidr": "x"}]}}, "isolation.network.allow_to"),
        ({"quotas": {}}, "isolation.quotas"),
    ],
)
def test_a_mistake_deep_in_the_settings_is_told_with_its_place(isolation: Any, place: str) -> None:
    assert f"day-service-app:{place}" in wrong(IsolationSettings, {"isolation": isolation})
