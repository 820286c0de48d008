"""No stack ever uses a cluster that it was not given."""

from tests.checkout import Checkout
from tests.cluster import LiveCluster
from tests.integration.conftest import Declare

PROGRAM = """
import pulumi_kubernetes

pulumi_kubernetes.core.v1.Namespace("stray", metadata={"name": "stray"})
"""


def test_a_resource_without_an_explicit_provider_is_an_error_at_preview(
    checkout: Checkout, cluster: LiveCluster, declare: Declare, environment: str
) -> None:
    declare("day", namespace="strict")
    program = checkout.root / "apps" / "day" / "__main__.py"
    original = program.read_text()
    try:
        program.write_text(original + PROGRAM)
        text = checkout.make("app-preview", SERVICE="day", ENV=environment, code=None).text
        assert "Default provider for 'kubernetes' disabled" in text
        checkout.make("app-up", SERVICE="day", ENV=environment, code=None)
        assert not cluster.exists("stray")
    finally:
        program.write_text(original)
