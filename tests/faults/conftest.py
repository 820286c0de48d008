"""A deployed application whose namespace is about to be moved under fire."""

from collections.abc import Iterator

import pytest

from tests.checkout import Checkout
from tests.cluster import LiveCluster
from tests.integration.conftest import (
    Declare,
    declare,
    environment,
    lasting,
    platform,
    restored_infrastructure,
)

__all__ = ["declare", "environment", "lasting", "platform"]


@pytest.fixture
def deployed(checkout: Checkout, cluster: LiveCluster, declare: Declare, environment: str) -> Iterator[str]:
    """The namespace of a deployed day service; the infrastructure stack's settings are restored afterwards."""
    with restored_infrastructure(checkout):
        namespace = environment[:40]
        declare("day", namespace=namespace)
        checkout.app_up("day", environment)
        yield namespace
