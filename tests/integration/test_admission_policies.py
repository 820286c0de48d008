"""The API server itself protects an owned namespace, whoever asks."""

import json
import subprocess
from typing import Any

import pytest
import yaml
from kubernetes.client.exceptions import ApiException

from operations.toolchain import locate
from tests.checkout import Checkout
from tests.cluster import LiveCluster, until
from tests.integration.conftest import Declare

OWNER = "platform.internal/owner"


@pytest.fixture
def owned(checkout: Checkout, cluster: LiveCluster, declare: Declare, environment: str) -> str:
    """An owned namespace's name."""
    declare("day", namespace="owned")
    checkout.app_up("day", environment)
    return "owned"


def test_deletion_of_an_owned_namespace_is_refused_with_its_owners_name(
    cluster: LiveCluster, owned: str, environment: str
) -> None:
    with pytest.raises(ApiException) as refused:
        cluster.core.delete_namespace(owned)
    assert f"owned by day-service-app.{environment}" in str(refused.value.body)
    with pytest.raises(ApiException):
        cluster.core.patch_namespace(
            owned, {"metadata": {"annotations": {"platform.internal/allow-deletion": "any"}}}
        )
        cluster.core.delete_namespace(owned)
    assert cluster.namespace(owned).metadata.deletion_timestamp is None


def test_the_owner_label_changes_by_compare_and_swap_alone(
    cluster: LiveCluster, owned: str, environment: str
) -> None:
    mine = f"day-service-app.{environment}"
    for labels, previous in (
        ({OWNER: "thief.dev"}, None),
        ({OWNER: None}, None),
        ({OWNER: "thief.dev"}, "somebody.else"),
    ):
        body = {"metadata": {"labels": labels, "annotations": {"platform.internal/previous-owner": previous}}}
        with pytest.raises(ApiException) as refused:
            cluster.core.patch_namespace(owned, body)
        assert f"owned by {mine}" in str(refused.value.body)
    assert cluster.owner(owned) == mine
    swap = {
        "metadata": {"labels": {OWNER: "next.dev"}, "annotations": {"platform.internal/previous-owner": mine}}
    }
    cluster.core.patch_namespace(owned, swap)
    assert cluster.owner(owned) == "next.dev"


def test_a_workloads_owner_label_is_protected_too(cluster: LiveCluster, owned: str, environment: str) -> None:
    with pytest.raises(ApiException) as refused:
        cluster.apps.patch_namespaced_deployment(
            "day-service", owned, {"metadata": {"labels": {OWNER: "thief.dev"}}}
        )
    assert f"owned by day-service-app.{environment}" in str(refused.value.body)


def test_other_labels_and_namespaces_are_left_to_everybody(cluster: LiveCluster, owned: str) -> None:
    cluster.core.patch_namespace(owned, {"metadata": {"labels": {"istio-injection": "enabled"}}})
    assert cluster.namespace(owned).metadata.labels["istio-injection"] == "enabled"
    cluster.core.create_namespace({"metadata": {"name": "nobodys"}})
    cluster.core.delete_namespace("nobodys")
    until(lambda: not cluster.exists("nobodys"), "nobody's namespace gone")


def test_the_api_server_finds_every_expression_of_the_right_type(cluster: LiveCluster) -> None:
    def checked() -> list[Any]:
        listed = cluster.admission.list_validating_admission_policy().items
        return [] if any(item.status.type_checking is None for item in listed) else listed

    until(checked, "the policies' expressions checked")
    found = {item.metadata.name: item.status.type_checking.expression_warnings for item in checked()}
    assert {name: warnings for name, warnings in found.items() if warnings} == {}


def test_what_kubectl_would_apply_is_what_the_stack_declares(checkout: Checkout) -> None:
    """The files in infrastructure/policies as they are, checked by the API server, which compiles their expressions."""

    def kubectl(*arguments: str) -> dict[str, object]:
        program, kubeconfig = str(locate().path("kubectl")), str(checkout.kubeconfig)
        command = [program, "--kubeconfig", kubeconfig, *arguments, "--output", "json"]
        found = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        return {
            f"{item['kind']}/{item['metadata']['name']}": item.get("spec") or item["rules"]
            for item in json.loads(found)["items"]
        }

    files = ("--filename", str(checkout.root / "infrastructure" / "policies"))
    live = kubectl("get", *files)
    documents = [
        document
        for file in (checkout.root / "infrastructure" / "policies").glob("*.yaml")
        for document in yaml.safe_load_all(file.read_text())
    ]
    assert live.keys() == {f"{item['kind']}/{item['metadata']['name']}" for item in documents}
    assert kubectl("apply", "--dry-run=server", *files) == live
