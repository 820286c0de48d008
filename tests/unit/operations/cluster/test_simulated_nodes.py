"""Nodes of an older checkout are told from those that this one makes."""

from typing import Any

import pytest

from operations.cluster.simulation import nodes_current

NOW = {"cpu": "8", "memory": "32Gi", "ephemeral-storage": "100Gi", "pods": "110"}


class Api:
    """An API server with some nodes; None where it does not answer."""

    def __init__(self, *capacities: dict[str, str]) -> None:
        self._nodes = [{"status": {"capacity": capacity}} for capacity in capacities]

    def get(self, _: str) -> dict[str, Any]:
        return {"items": self._nodes}


@pytest.mark.parametrize("lacks", NOW)
def test_a_node_that_lacks_something_is_of_an_older_checkout(lacks: str) -> None:
    older = {name: value for name, value in NOW.items() if name != lacks}
    api: Any = Api(NOW, older)
    assert not nodes_current(api)


def test_nodes_that_have_it_all_are_current_whatever_else_they_have() -> None:
    api: Any = Api(NOW, {**NOW, "hugepages-2Mi": "0"})
    assert nodes_current(api)
