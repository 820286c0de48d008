"""Ports are free, below the ephemeral range, and the same for a name as long as they are free."""

import socket

import pytest

from operations.cluster import ports
from shared.refusal import Refusal


def test_they_are_free_and_distinct_and_stay_the_same() -> None:
    chosen = ports.free_ports("any", 7)
    assert len(set(chosen)) == 7
    assert all(port in ports.RANGE and ports.is_free(port) for port in chosen)
    assert ports.free_ports("any", 7) == chosen


def test_a_taken_port_and_an_excluded_one_are_passed_over() -> None:
    first, second = ports.free_ports("any", 2)
    with socket.create_server(("127.0.0.1", first)):
        assert not ports.is_free(first)
        assert set(ports.free_ports("any", 3, without=[second])).isdisjoint({first, second})


def test_a_port_taken_on_every_address_is_not_free() -> None:
    (port,) = ports.free_ports("any", 1)
    with socket.create_server(("0.0.0.0", port)):  # noqa: S104 - what another program may do
        assert not ports.is_free(port)


def test_none_left_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "is_free", lambda port: port == 20000)
    with pytest.raises(Refusal) as caught:
        ports.free_ports("any", 7)
    assert "needs 7 free ports" in caught.value.fact
    assert "1 are free" in caught.value.fact
