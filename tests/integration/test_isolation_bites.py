"""The API server itself refuses what a namespace's isolation does not allow, whoever owns the namespace."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
from kubernetes import client
from kubernetes.client.exceptions import ApiException

from tests.checkout import Checkout
from tests.cluster import LiveCluster, until
from tests.integration.conftest import Platform

ENVIRONMENT = "bites"
BARE = {
    "profile": "small",
    "isolation": {"limits": {"defaults": False}, "quota": {"requests_cpu": "1"}},
}
PLATFORMS, APPLICATIONS, OTHERS = "bites-platform", "bites-application", "bites-others"
RESTRICTED = {
    "runAsNonRoot": True,
    "runAsUser": 1000,
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}


@dataclass(frozen=True)
class Place:
    """A namespace, by who owns it.

    Args:
        name: its name.
        owner: its owner.
    """

    name: str
    owner: str


@pytest.fixture(scope="module")
def isolated(checkout: Checkout, cluster: LiveCluster, module_platform: Platform) -> Iterator[None]:
    """Two namespaces of the platform and one of an application, each with its isolation in force."""
    module_platform(
        {PLATFORMS: {**BARE, "team": "backend"}, OTHERS: {"profile": "small", "team": "frontend"}}
    )
    settings = {
        "infra_stack_name": "dev",
        "namespace": APPLICATIONS,
        "team": "backend",
        "max_replicas": 2,
        **BARE,
    }
    checkout.settings("day", ENVIRONMENT, settings)
    checkout.app_up("day", ENVIRONMENT)
    for namespace in (PLATFORMS, APPLICATIONS, OTHERS):
        until(partial(in_force, cluster, namespace), f"isolation of {namespace} in force")
    yield
    checkout.discard("day", ENVIRONMENT)


def in_force(cluster: LiveCluster, namespace: str) -> bool:
    """Whether the controller has counted the quota, and admission knows of the limit range from its watch."""
    (quota,) = cluster.core.list_namespaced_resource_quota(namespace).items
    (limits,) = cluster.core.list_namespaced_limit_range(namespace).items
    if not quota.status.used:
        return False
    too_large = container(limits={"cpu": "1000", "memory": "1Mi"}, requests={"cpu": "1m", "memory": "1Mi"})
    try:
        cluster.core.create_namespaced_pod(namespace, pod(too_large), dry_run="All")
    except ApiException as refused:
        return f"maximum cpu usage per {limits.spec.limits[0].type}" in str(refused.body)
    return False


@pytest.fixture(params=["platform", "application"])
def place(request: pytest.FixtureRequest, isolated: None, cluster: LiveCluster) -> Place:
    """A namespace of the platform, and one of an application."""
    name = PLATFORMS if request.param == "platform" else APPLICATIONS
    return Place(name, cluster.owner(name))


def container(name: str = "main", *, security: Any = RESTRICTED, **resources: Any) -> dict[str, Any]:
    return {
        "name": name,
        "image": "registry.platform.internal/any:1",
        "resources": resources,
        "securityContext": security,
    }


def sized(cpu: str, memory: str = "64Mi", name: str = "main") -> dict[str, Any]:
    amounts = {"cpu": cpu, "memory": memory}
    return container(name, limits=amounts, requests=amounts)


def pod(*containers: dict[str, Any]) -> dict[str, Any]:
    return {"metadata": {"generateName": "any-"}, "spec": {"containers": list(containers)}}


def refused(call: Callable[..., Any], *arguments: Any) -> str:
    """Make a call that has to be refused; the API server's own words are printed and returned."""
    with pytest.raises(ApiException) as caught:
        call(*arguments)
    assert caught.value.status == 403
    message = str(json.loads(str(caught.value.body))["message"])
    print(message)  # noqa: T201 - a test's output shows what the API server said
    return message


def test_both_owners_are_under_test(isolated: None, cluster: LiveCluster) -> None:
    assert cluster.owner(PLATFORMS) == "service-infrastructure.dev"
    assert cluster.owner(APPLICATIONS) == f"day-service-app.{ENVIRONMENT}"


def test_a_pod_that_keeps_to_all_rules_is_let_in(place: Place, cluster: LiveCluster) -> None:
    cluster.core.create_namespaced_pod(place.name, pod(sized("100m")), dry_run="All")


def test_a_pod_over_the_quota_is_refused(place: Place, cluster: LiveCluster) -> None:
    """It keeps to the limit range, and is more than the namespace may have."""
    said = refused(cluster.core.create_namespaced_pod, place.name, pod(sized("1001m")))
    assert "exceeded quota: platform-quota, requested: requests.cpu=1001m" in said
    assert "limited: requests.cpu=1" in said


def test_a_load_balancer_beside_the_ingress_is_refused(place: Place, cluster: LiveCluster) -> None:
    service = {"metadata": {"name": "any"}, "spec": {"type": "LoadBalancer", "ports": [{"port": 80}]}}
    said = refused(cluster.core.create_namespaced_service, place.name, service)
    assert "exceeded quota: platform-quota" in said
    assert "limited: services.loadbalancers=0" in said


def test_a_container_larger_than_allowed_is_refused(place: Place, cluster: LiveCluster) -> None:
    said = refused(cluster.core.create_namespaced_pod, place.name, pod(sized("2001m")))
    assert "maximum cpu usage per Pod is 2, but limit is 2001m" in said


def test_a_container_without_limits_is_refused_where_there_are_no_defaults(
    place: Place, cluster: LiveCluster
) -> None:
    said = refused(cluster.core.create_namespaced_pod, place.name, pod(container()))
    assert "maximum cpu usage per Pod is 2.  No limit is specified" in said
    assert "maximum memory usage per Pod is 4Gi.  No limit is specified" in said


def test_a_container_without_limits_is_refused_beside_one_that_has_them(
    place: Place, cluster: LiveCluster
) -> None:
    said = refused(cluster.core.create_namespaced_pod, place.name, pod(sized("1m"), container("other")))
    assert "failed quota: platform-quota: must specify limits.cpu for: other" in said


def test_a_container_without_limits_gets_them_where_there_are_defaults(
    isolated: None, cluster: LiveCluster
) -> None:
    made = cluster.core.create_namespaced_pod(OTHERS, pod(container()), dry_run="All")
    resources = made.spec.containers[0].resources
    assert resources.limits == {"cpu": "500m", "memory": "512Mi"}
    assert resources.requests == {"cpu": "100m", "memory": "128Mi"}


def test_a_privileged_pod_is_refused(place: Place, cluster: LiveCluster) -> None:
    privileged = {**sized("1m"), "securityContext": {"privileged": True}}
    said = refused(cluster.core.create_namespaced_pod, place.name, pod(privileged))
    assert 'violates PodSecurity "restricted:latest": privileged' in said


@pytest.fixture(scope="module")
def stranger(isolated: None, cluster: LiveCluster) -> Iterator[Any]:
    """The API as a service account of another team's pod sees it, by a token of its own."""
    cluster.core.create_namespaced_service_account(OTHERS, {"metadata": {"name": "stranger"}})
    request = {"spec": {"expirationSeconds": 600}}
    token = cluster.core.create_namespaced_service_account_token("stranger", OTHERS, request).status.token
    admin = cluster.core.api_client.configuration
    configuration = client.Configuration()
    configuration.host, configuration.ssl_ca_cert = admin.host, admin.ssl_ca_cert
    configuration.api_key = {"authorization": f"Bearer {token}"}
    with client.ApiClient(configuration) as connection:
        authentication: Any = client.AuthenticationV1Api(connection)
        who = authentication.create_self_subject_review({})
        assert who.status.user_info.username == f"system:serviceaccount:{OTHERS}:stranger"
        yield client.CoreV1Api(connection)


def test_another_teams_service_account_reads_no_secrets(
    place: Place, stranger: Any, cluster: LiveCluster
) -> None:
    cluster.core.create_namespaced_secret(place.name, {"metadata": {"name": "password"}})
    who = f'User "system:serviceaccount:{OTHERS}:stranger"'
    said = refused(stranger.list_namespaced_secret, place.name)
    assert f'{who} cannot list resource "secrets" in API group "" in the namespace "{place.name}"' in said
    said = refused(stranger.read_namespaced_secret, "password", place.name)
    assert f'{who} cannot get resource "secrets"' in said


def test_a_service_account_reads_no_secrets_in_its_own_namespace_either(stranger: Any) -> None:
    assert 'cannot list resource "secrets"' in refused(stranger.list_namespaced_secret, OTHERS)
