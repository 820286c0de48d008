"""What each group may do is exactly what the table says: no verb, resource or namespace more, and none less."""

from functools import partial
from itertools import product
from typing import Any

import pytest
from kubernetes import client

from tests.cluster import LiveCluster, until
from tests.integration.conftest import Platform

HERE, THERE = "table-backend", "table-frontend"
DEPLOY, READ = "platform:backend:deploy", "platform:backend:read"
PIPELINE, AUDITORS = "pipeline", "auditors"
STRANGERS = ["platform:frontend:deploy", "platform:frontend:read", "platform:backend", "nobody"]

LOOK = ["get", "list", "watch"]
CHANGE = ["create", "update", "patch", "delete"]
VERBS = [*LOOK, *CHANGE, "deletecollection"]

OF_A_SERVICE = [
    "configmaps",
    "services",
    "serviceaccounts",
    "persistentvolumeclaims",
    "deployments.apps",
    "statefulsets.apps",
    "horizontalpodautoscalers.autoscaling",
    "jobs.batch",
    "cronjobs.batch",
    "ingresses.networking.k8s.io",
    "poddisruptionbudgets.policy",
]
SEEN = [
    "pods",
    "pods/log",
    "deployments.apps/scale",
    "statefulsets.apps/scale",
    "events",
    "endpoints",
    "resourcequotas",
    "limitranges",
    "replicasets.apps",
    "daemonsets.apps",
    "endpointslices.discovery.k8s.io",
    "pods.metrics.k8s.io",
    "networkpolicies.networking.k8s.io",
    "roles.rbac.authorization.k8s.io",
    "rolebindings.rbac.authorization.k8s.io",
]
CLOSED = [
    "pods/exec",
    "pods/attach",
    "pods/portforward",
    "pods/ephemeralcontainers",
    "serviceaccounts/token",
    "nodes",
    "persistentvolumes",
    "clusterroles.rbac.authorization.k8s.io",
    "clusterrolebindings.rbac.authorization.k8s.io",
    "validatingadmissionpolicies.admissionregistration.k8s.io",
    "certificatesigningrequests.certificates.k8s.io",
]
TABLE: dict[str, dict[str, list[str]]] = {
    # resource: what deployers and what readers may do with it.
    **{resource: {"deploy": [*LOOK, *CHANGE], "read": LOOK} for resource in OF_A_SERVICE},
    **{resource: {"deploy": LOOK, "read": LOOK} for resource in SEEN},
    # By name: whoever deploys can mount it anyhow. A list would tell all names and values at once.
    "secrets": {"deploy": ["get", *CHANGE], "read": []},
    "pods": {"deploy": [*LOOK, "delete"], "read": LOOK},
    "namespaces": {"deploy": LOOK, "read": LOOK},
    **{resource: {"deploy": [], "read": []} for resource in CLOSED},
}
ESCALATION = [
    ("bind", "roles.rbac.authorization.k8s.io"),
    ("escalate", "roles.rbac.authorization.k8s.io"),
    ("impersonate", "serviceaccounts"),
    ("impersonate", "users"),
    ("use", "podsecuritypolicies.policy"),
    ("*", "*"),
]


@pytest.fixture(scope="module")
def access(cluster: LiveCluster, module_platform: Platform) -> Any:
    """The API that answers `kubectl auth can-i`, with the namespaces of two teams."""
    groups = {"deploy_groups": [PIPELINE], "read_groups": [AUDITORS]}
    module_platform({HERE: {"team": "backend", "isolation": {"access": groups}}, THERE: {"team": "frontend"}})
    authorization = client.AuthorizationV1Api(cluster.core.api_client)
    # The authorizer learns of roles and bindings from watches of their own.
    for group in (DEPLOY, READ, PIPELINE, AUDITORS):
        until(partial(may, authorization, group, "get", "pods", HERE), f"{group} has its role")
    return authorization


def may(access: Any, group: str, verb: str, resource: str, namespace: str) -> bool:
    """Ask as `kubectl auth can-i <verb> <resource> -n <namespace> --as somebody --as-group <group>` does."""
    named, _, subresource = resource.partition("/")
    name, _, api_group = named.partition(".")
    attributes = {
        "verb": verb,
        "group": api_group,
        "resource": name,
        "subresource": subresource,
        "namespace": namespace,
    }
    body = {"spec": {"user": "somebody", "groups": [group], "resourceAttributes": attributes}}
    return bool(access.create_subject_access_review(body).status.allowed)


def allowed(access: Any, group: str, resource: str, namespace: str) -> list[str]:
    return [verb for verb in VERBS if may(access, group, verb, resource, namespace)]


@pytest.mark.parametrize("resource", TABLE)
def test_a_teams_groups_may_do_in_their_namespace_what_the_table_says(access: Any, resource: str) -> None:
    assert allowed(access, DEPLOY, resource, HERE) == TABLE[resource]["deploy"]
    assert allowed(access, READ, resource, HERE) == TABLE[resource]["read"]


@pytest.mark.parametrize("resource", TABLE)
def test_groups_by_settings_may_do_what_the_teams_do(access: Any, resource: str) -> None:
    assert allowed(access, PIPELINE, resource, HERE) == TABLE[resource]["deploy"]
    assert allowed(access, AUDITORS, resource, HERE) == TABLE[resource]["read"]


@pytest.mark.parametrize("resource", TABLE)
def test_another_teams_groups_may_do_nothing(access: Any, resource: str) -> None:
    for group in STRANGERS:
        assert allowed(access, group, resource, HERE) == [], group


@pytest.mark.parametrize("namespace", [THERE, "kube-system", "default", ""])
def test_nobody_may_do_anything_outside_of_their_namespace(access: Any, namespace: str) -> None:
    found = [
        (group, verb, resource)
        for group, resource, verb in product([DEPLOY, READ, PIPELINE, AUDITORS], TABLE, ["get", "create"])
        if may(access, group, verb, resource, namespace)
    ]
    assert found == []


@pytest.mark.parametrize(("verb", "resource"), ESCALATION)
def test_nobody_may_make_more_of_what_they_have(access: Any, verb: str, resource: str) -> None:
    for group in (DEPLOY, READ, PIPELINE, AUDITORS, *STRANGERS):
        assert not may(access, group, verb, resource, HERE), group


def test_the_other_team_has_the_same_in_its_own(access: Any) -> None:
    assert allowed(access, "platform:frontend:deploy", "deployments.apps", THERE) == [*LOOK, *CHANGE]
    assert allowed(access, "platform:frontend:read", "deployments.apps", THERE) == LOOK
