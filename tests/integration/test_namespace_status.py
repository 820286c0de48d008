"""`make namespace-status` says who owns what, and names each disagreement with its remedy."""

import json
from collections.abc import Callable
from typing import Any

from kubernetes.client.exceptions import ApiException

from tests.checkout import Checkout
from tests.cluster import LiveCluster, until
from tests.integration.conftest import INFRASTRUCTURE, Declare, restore_policies

OWNER = "platform.internal/owner"
POLICIES = ("namespace-deletion.platform.internal", "owner-change.platform.internal")


def _status(checkout: Checkout, service: str, environment: str, *, agree: bool) -> dict[str, Any]:
    """The one cluster's status as scripts get it; make ends with 2 whatever a failed verb's exit code is."""
    code = 0 if agree else 2
    text = checkout.make("namespace-status", SERVICE=service, ENV=environment, FORMAT="json", code=code).text
    # Behind the document stands what make says of the exit code.
    document, _ = json.JSONDecoder().raw_decode(text)
    assert document["agree"] is agree
    (shown,) = document["clusters"]
    return dict(shown)


def _unlabel(cluster: LiveCluster, name: str) -> bool:
    """Remove the owner label, which the API server refuses until it has noticed that the policy is gone."""
    try:
        cluster.core.patch_namespace(name, {"metadata": {"labels": {OWNER: None}}})
    except ApiException:
        return False
    return True


def _kinds(shown: dict[str, Any]) -> set[str]:
    return {one["kind"] for one in shown["disagreements"]}


def test_all_agree_after_a_deployment_and_a_lost_label_and_missing_admission_policies_are_named_with_what_helps(
    checkout: Checkout, cluster: LiveCluster, declare: Declare, environment: str
) -> None:
    declare("day", namespace="unlabelled")
    checkout.app_up("day", environment)
    shown = _status(checkout, "day", environment, agree=True)
    (namespace,) = shown["namespaces"]
    mine = f"day-service-app.{environment}"
    assert (namespace["name"], namespace["owner"]) == ("unlabelled", mine)
    assert (namespace["held_by"], namespace["claimed_by"]) == ([mine], [mine])
    assert all(policy["installed"] and policy["bound"] for policy in shown["guards"])
    text = checkout.make("namespace-status", SERVICE="day", ENV=environment).text
    assert "No drift" in text
    assert all(len(line) <= 80 for line in text.splitlines())

    try:
        cluster.admission.delete_validating_admission_policy(POLICIES[0])
        cluster.admission.delete_validating_admission_policy(POLICIES[1])
        until(lambda: _unlabel(cluster, "unlabelled"), "the label removed")
        shown = _status(checkout, "day", environment, agree=False)
        assert _kinds(shown) == {"policy-missing", "owner-label-lost"}
        facts = "\n".join(one["fact"] for one in shown["disagreements"])
        assert all(policy in facts for policy in POLICIES)
        assert f"is in the state of day-service-app.{environment}" in facts
        remedies = {one["kind"]: one["remedy"] for one in shown["disagreements"]}
        assert remedies["policy-missing"] == "Create it again: make infra-up ENV=dev"
        assert f"make app-refresh SERVICE=day ENV={environment}" in remedies["owner-label-lost"]
    finally:
        restore_policies(checkout)
    checkout.make("app-refresh", SERVICE="day", ENV=environment)
    checkout.app_up("day", environment)
    assert _kinds(_status(checkout, "day", environment, agree=True)) == set()


def test_an_unfinished_move_is_named_with_the_command_that_goes_on(
    checkout: Checkout,
    cluster: LiveCluster,
    declare: Declare,
    environment: str,
    platform: Callable[[dict[str, Any]], str],
) -> None:
    application = f"day-service-app.{environment}"
    declare("day", namespace="halfway")
    checkout.app_up("day", environment)
    platform({"halfway": {"adopt_namespace_from": application}})
    shown = _status(checkout, "day", environment, agree=False)
    (one,) = shown["disagreements"]
    assert one["kind"] == "move-unfinished"
    assert f"owned by {INFRASTRUCTURE}, but is still in the state of {application}" in one["fact"]
    assert f"make namespace-move SERVICE=day ENV={environment} TO=infrastructure" in one["remedy"]
    assert set(shown["namespaces"][0]["held_by"]) == {INFRASTRUCTURE, application}

    declare("day", namespace="halfway", create_namespace=False)
    (one,) = _status(checkout, "day", environment, agree=False)["disagreements"]
    assert one["remedy"].endswith(f"release it: make app-up SERVICE=day ENV={environment}")
    checkout.app_up("day", environment)
    assert _kinds(_status(checkout, "day", environment, agree=False)) == {"stale-adoption"}
