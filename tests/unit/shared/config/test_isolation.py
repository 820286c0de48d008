"""The settings of isolation: what each kind of field takes, and what it refuses before anything happens."""

from typing import Any

import pytest

from infrastructure.settings import InfrastructureSettings
from shared.config.isolation import (
    ORDERED_LIMITS,
    AccessSettings,
    IsolationSettings,
    LimitSettings,
    Peer,
    PlatformNamespace,
    PodSecuritySettings,
    QuotaSettings,
)
from shared.config.model import Settings, parse
from shared.errors import Refusal

Model = type[Settings]
ACCEPTED: list[tuple[Model, str, Any]] = [
    *((QuotaSettings, "requests_cpu", value) for value in ("250m", "1.5", 2, "10Gi")),
    *((PodSecuritySettings, "version", value) for value in ("latest", "v1.31", "v1.9")),
    (AccessSettings, "read_groups", ["backend", "a:b"]),
    (IsolationSettings, "cost_center", "DE_42.a"),
    (PlatformNamespace, "tenants", ["day-service-app.dev"]),
]
REFUSED: list[tuple[Model, str, Any]] = [
    *((QuotaSettings, "requests_cpu", value) for value in (0, "-1", "much", "1Zi", True, "")),
    *((QuotaSettings, "pods", value) for value in (0, 1.5, "many")),
    *((PodSecuritySettings, "version", value) for value in ("1.31", "v2.0", "v1", "newest", "v1.31.2")),
    *((AccessSettings, "read_groups", [value]) for value in ("", "system:masters", "x" * 254)),
    *((IsolationSettings, "team", value) for value in ("Backend", "-a", "a_b", "x" * 64)),
    *((IsolationSettings, "cost_center", value) for value in ("-42", "a b", 1.5)),
    (PlatformNamespace, "tenants", ["day"]),
]


def wrong(model: Model, values: dict[str, Any]) -> str:
    with pytest.raises(Refusal) as caught:
        parse(model, values, file="apps/day/Pulumi.dev.yaml")
    return caught.value.fact


def named(value: Any) -> str:
    return value.__name__ if isinstance(value, type) else repr(value)[:30]


@pytest.mark.parametrize(("model", "name", "value"), ACCEPTED, ids=named)
def test_a_value_of_the_fields_kind_is_taken(model: Model, name: str, value: Any) -> None:
    taken = getattr(model.model_validate({name: value}), name)
    assert str(taken) == str(tuple(value) if isinstance(value, list) else value)


@pytest.mark.parametrize(("model", "name", "value"), REFUSED, ids=named)
def test_another_value_is_refused_by_the_fields_name(model: Model, name: str, value: Any) -> None:
    assert f"    {name}" in wrong(model, {name: value})


@pytest.mark.parametrize(("low", "high"), ORDERED_LIMITS)
def test_figures_that_contradict_each_other_are_refused_with_both(low: str, high: str) -> None:
    told = wrong(LimitSettings, {low: "2001m", high: "2"})
    assert f"{low} (2001m) must not be more than {high} (2)" in told
    LimitSettings.model_validate({low: "2000m", high: "2"})


def ports(*values: Any) -> Peer:
    return Peer.model_validate({"namespace": "other", "ports": values})


@pytest.mark.parametrize("port", [1, 65535, "53/UDP", "8000-8000", "8000-8100/SCTP", "http"])
def test_a_port_or_a_range_of_any_protocol_is_taken(port: Any) -> None:
    assert ports(port).ports == (str(port),)


@pytest.mark.parametrize("port", [0, 65536, "8100-8000", "53/udp", "53/ICMP", "", "1-2-3", "53/", 5.5])
def test_no_other_port_is(port: Any) -> None:
    assert "    ports" in wrong(Peer, {"namespace": "other", "ports": [port]})


@pytest.mark.parametrize("cidr", ["10.0.0.1/8", "10.0.0.0/33", "10.0.0", "anywhere", "fd00::1/8"])
def test_a_network_with_host_bits_or_of_no_kind_is_refused(cidr: str) -> None:
    assert "must be a network such as 10.0.0.0/8" in wrong(Peer, {"cidr": cidr})


@pytest.mark.parametrize(
    ("peer", "told"),
    [
        ({}, "must have either namespace or cidr"),
        ({"namespace": "other", "cidr": "10.0.0.0/8"}, "must have either namespace or cidr"),
        ({"namespace": "other", "excluding": ["10.0.0.0/8"]}, "excluding goes with cidr"),
        ({"cidr": "10.0.0.0/8", "excluding": ["11.0.0.0/16"]}, "11.0.0.0/16, which is not within cidr"),
        ({"cidr": "10.0.0.0/8", "excluding": ["fd00::/16"]}, "fd00::/16, which is not within cidr"),
        ({"cidr": "10.0.0.0/8", "excluding": ["0.0.0.0/0"]}, "which is not within cidr (10.0.0.0/8)"),
    ],
)
def test_a_peer_is_a_namespace_or_a_network_less_what_is_within_it(peer: dict[str, Any], told: str) -> None:
    assert told in wrong(Peer, peer)
    assert Peer(cidr="10.0.0.0/8", excluding=("10.1.0.0/16", "10.0.0.0/8")).excluding


@pytest.mark.parametrize("name", ["adopt_namespace_from", "adopt_from"])
def test_a_namespace_of_infrastructure_is_adopted_by_either_name_of_the_setting(name: str) -> None:
    taken = InfrastructureSettings.model_validate(
        {"cluster": "local", "namespaces": {"dev": {name: "day-service-app/dev"}}}
    )
    assert taken.namespaces["dev"].adopt_namespace_from == "day-service-app.dev"


def test_namespaces_of_infrastructure_may_be_a_list_of_names() -> None:
    written: tuple[Any, ...] = (["a", "b"], {"a": None, "b": {}})
    for namespaces in written:
        taken = InfrastructureSettings.model_validate({"cluster": "local", "namespaces": namespaces})
        assert taken.namespaces == {"a": PlatformNamespace(), "b": PlatformNamespace()}


@pytest.mark.parametrize(
    "namespaces",
    ["a", 5, {"A": {}}, {"a": {"owner": "x"}}, {"a": []}, [["a"]], {"a": {"tenants": "b.dev"}}],
)
def test_namespaces_of_another_shape_are_refused(namespaces: Any) -> None:
    assert "    namespaces" in wrong(InfrastructureSettings, {"cluster": "local", "namespaces": namespaces})
