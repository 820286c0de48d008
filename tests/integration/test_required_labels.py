"""Nobody owns a namespace that lacks the labels which the organization requires."""

import json

import pytest
from kubernetes.client.exceptions import ApiException

from tests.checkout import Checkout
from tests.cluster import LiveCluster, until
from tests.integration.conftest import Lasting, Platform
from tests.integration.witness import ENFORCE, OWNER

TEAM = "platform.internal/team"


def create(cluster: LiveCluster, name: str, labels: dict[str, str]) -> None:
    cluster.core.create_namespace({"metadata": {"name": name, "labels": labels}})


def refusal(cluster: LiveCluster, name: str, labels: dict[str, str]) -> str:
    with pytest.raises(ApiException) as refused:
        create(cluster, name, labels)
    return str(json.loads(refused.value.body or "{}")["message"])


def refusal_of_a_dry_run(cluster: LiveCluster) -> str:
    """What the API server says of an owned namespace without a team; it takes a policy up a moment after its change."""
    body = {"metadata": {"name": "bare", "labels": {OWNER: "somebody.dev", ENFORCE: "restricted"}}}
    try:
        cluster.core.create_namespace(body, dry_run="All")
    except ApiException as refused:
        return str(refused.body)
    return ""


def test_an_owned_namespace_without_pod_security_is_refused_by_the_api_server(cluster: LiveCluster) -> None:
    message = refusal(cluster, "bare", {OWNER: "somebody.dev"})
    assert f"lacks the labels {ENFORCE}" in message
    create(cluster, "unowned", {})
    try:
        with pytest.raises(ApiException, match=ENFORCE):
            cluster.core.patch_namespace("unowned", {"metadata": {"labels": {OWNER: "somebody.dev"}}})
    finally:
        cluster.delete_namespace("unowned")


def test_a_label_is_not_taken_off_through_a_subresource_either(
    cluster: LiveCluster, lasting: Lasting
) -> None:
    without = {"metadata": {"labels": {ENFORCE: None}}}
    with pytest.raises(ApiException, match=f"lacks the labels {ENFORCE}"):
        cluster.core.patch_namespace_status(lasting.namespace, without)

    body = cluster.namespace(lasting.namespace)
    del body.metadata.labels[ENFORCE]
    with pytest.raises(ApiException, match=f"lacks the labels {ENFORCE}"):
        cluster.core.replace_namespace_finalize(lasting.namespace, body)
    assert cluster.namespace(lasting.namespace).metadata.labels[ENFORCE] == "restricted"

    # What keeps the labels is let through.
    cluster.core.replace_namespace_finalize(lasting.namespace, cluster.namespace(lasting.namespace))


def test_what_the_organization_requires_is_refused_at_preview_and_by_the_api_server(
    checkout: Checkout, cluster: LiveCluster, lasting: Lasting, platform: Platform
) -> None:
    name = lasting.namespace
    platform({}, organization={"required_labels": ["team"]})
    until(lambda: TEAM in refusal_of_a_dry_run(cluster), "the policy in force")

    # What was owned before can still be changed otherwise.
    cluster.core.patch_namespace(name, {"metadata": {"annotations": {"note": "still alive"}}})
    with pytest.raises(ApiException, match=ENFORCE):
        cluster.core.patch_namespace(name, {"metadata": {"labels": {ENFORCE: None}}})
    assert TEAM in refusal(cluster, "bare", {OWNER: "somebody.dev", ENFORCE: "restricted"})

    text = checkout.refused("app-preview", **lasting.named)
    assert "team is not set, and the organization requires it" in text
    lasting.declare(team="backend")
    lasting.up()
    assert cluster.namespace(name).metadata.labels[TEAM] == "backend"
    with pytest.raises(ApiException, match=TEAM):
        cluster.core.patch_namespace(name, {"metadata": {"labels": {TEAM: None}}})
