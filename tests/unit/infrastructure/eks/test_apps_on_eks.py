"""Applications on what the EKS program exports; that they are served there is shown by tests/eks/test_ingress.py."""

import pytest

from tests.unit.apps.conftest import App
from tests.unit.infrastructure.eks.conftest import production, run_eks
from tests.unit.shared.graph import ROOT, Graph


@pytest.mark.parametrize("service", ["day", "dusk"])
def test_a_service_lets_in_the_subnets_of_its_load_balancer(
    service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    contract = run_eks(**production()).exports
    monkeypatch.chdir(ROOT / "apps" / service)
    stacks = {"organization/service-infrastructure/production": contract}
    policies = App(service, "production").run(Graph(stacks=stacks)).of("NetworkPolicy")
    (policy,) = (item for item in policies if item.metadata["name"] == "platform-ingress-controller")
    allowed = [peer["ipBlock"]["cidr"] for rule in policy.inputs["spec"]["ingress"] for peer in rule["from"]]
    assert allowed == [peer["cidr"] for peer in contract["ingress_controllers"]]
    assert len(allowed) == 3
