"""Services in one namespace have to fit together; what does not, or is looser than allowed, is refused at preview."""

from typing import Any

from tests.checkout import Checkout
from tests.cluster import LiveCluster, until
from tests.integration.conftest import Declare, Platform

SMALL = {"profile": "small"}
"""20 pods, and 8 cores and 8 GiB of limits: 16 pods of a service's half of each."""


def pods(cluster: LiveCluster, namespace: str) -> int:
    return len(cluster.core.list_namespaced_pod(namespace).items)


def test_two_readers_of_a_platforms_namespace_share_its_quota(
    checkout: Checkout, cluster: LiveCluster, declare: Declare, environment: str, platform: Platform
) -> None:
    platform({"shared-by-two": SMALL})

    def wants(service: str, **values: Any) -> None:
        declare(service, namespace="shared-by-two", create_namespace=False, **values)

    wants("day", max_replicas=8)
    checkout.app_up("day", environment)
    wants("dusk", max_replicas=8)
    told = checkout.refused("app-preview", SERVICE="dusk", ENV=environment)
    assert "do not fit into its quota" in told
    assert "limits.cpu: day-service 5 + dusk-service 5 = 10, the quota has 8" in told
    assert "pods:" not in told
    assert f"Lower max_replicas, requests or limits in apps/dusk/Pulumi.{environment}.yaml" in told
    assert "raise the quota in the settings of service-infrastructure.dev" in told
    assert pods(cluster, "shared-by-two") == 2

    wants("dusk", max_replicas=4)
    checkout.app_up("dusk", environment)
    assert pods(cluster, "shared-by-two") == 4
    wants("day", max_replicas=8, cpu_limit="1")
    told = checkout.refused("app-preview", SERVICE="day", ENV=environment)
    assert "limits.cpu: dusk-service 2.5 + day-service 10 = 12.5, the quota has 8" in told

    raised = {**SMALL, "isolation": {"quota": {"limits_cpu": "12500m"}}}
    platform({"shared-by-two": raised})
    checkout.app_up("day", environment)

    lowered = {**SMALL, "isolation": {"quota": {"pods": 3}}}
    checkout.settings("infrastructure", "dev", {"cluster": "local", "namespaces": {"shared-by-two": lowered}})
    until(lambda: used_of(cluster, "shared-by-two").get("pods") == "4", "the quota's own count")
    assert "pods: 4 in use, the quota would be 3" in checkout.refused("infra-preview")
    platform({"shared-by-two": raised})


def test_a_readers_containers_have_to_fit_into_the_limit_range(
    checkout: Checkout, declare: Declare, environment: str, platform: Platform
) -> None:
    platform({"shared-with-others": {**SMALL, "isolation": {"limits": {"max_cpu": "400m"}}}})
    reads = {"namespace": "shared-with-others", "create_namespace": False, "max_replicas": 8}
    declare("day", **reads)
    told = checkout.refused("app-preview", SERVICE="day", ENV=environment)
    assert "day-service: limits.cpu is 0.5, a container there may have 400m" in told
    assert "max_memory in the settings of service-infrastructure.dev" in told
    declare("day", **reads, cpu_limit="400m")
    checkout.app_up("day", environment)


def used_of(cluster: LiveCluster, namespace: str) -> dict[str, str]:
    found = cluster.core.read_namespaced_resource_quota("platform-quota", namespace)
    return dict(found.status.used or {})


def test_a_reader_of_an_applications_namespace_shares_its_quota(
    checkout: Checkout, cluster: LiveCluster, declare: Declare, environment: str
) -> None:
    declare("day", namespace="shared-by-one", max_replicas=8, **SMALL)
    checkout.app_up("day", environment)
    reads = {
        "namespace": "shared-by-one",
        "create_namespace": False,
        "namespace_source": f"day-service-app/{environment}",
        "cpu_limit": "200m",
        "memory_limit": "256Mi",
    }
    declare("dusk", max_replicas=10, **reads)
    told = checkout.refused("app-preview", SERVICE="dusk", ENV=environment)
    assert "pods: day-service 10 + dusk-service 13 = 23, the quota has 20" in told
    assert f"raise the quota in the settings of day-service-app.{environment}" in told
    declare("dusk", max_replicas=8, **reads)
    checkout.app_up("dusk", environment)

    declare("day", namespace="shared-by-one", max_replicas=9, **SMALL)
    told = checkout.refused("app-preview", SERVICE="day", ENV=environment)
    assert "pods: dusk-service 10 + day-service 12 = 22, the quota has 20" in told
    assert f"raise the quota in apps/day/Pulumi.{environment}.yaml" in told

    used = {"profile": "small", "isolation": {"quota": {"services": 1}}}
    declare("day", namespace="shared-by-one", max_replicas=8, **used)
    told = checkout.refused("app-preview", SERVICE="day", ENV=environment)
    assert "services: 2 in use, the quota would be 1" in told


def test_what_the_organization_enforces_is_loosened_neither_here_nor_there(
    checkout: Checkout, cluster: LiveCluster, declare: Declare, environment: str, platform: Platform
) -> None:
    organization = {
        "profile": "small",
        "isolation": {"quota": {"pods": 12}},
        "enforced": ["quota", "pod_security", "limits"],
    }
    platform({}, organization=organization)
    loose = {"quota": {"pods": 13}, "pod_security": {"enforce": "baseline"}, "limits": {"max_cpu": "3"}}
    declare("day", namespace="enforced", max_replicas=3, isolation=loose)
    told = checkout.refused("app-preview", SERVICE="day", ENV=environment)
    assert f"apps/day/Pulumi.{environment}.yaml violates the organization's policy" in told
    assert "isolation.quota.pods is 13, the organization allows 12 at most" in told
    assert (
        "isolation.pod_security.enforce is baseline, the organization allows restricted or stricter" in told
    )
    assert "isolation.limits.max_cpu is 3, the organization allows 2 at most" in told
    assert not cluster.exists("enforced")

    tight = {"quota": {"pods": 11}, "limits": {"max_cpu": "1"}}
    declare("day", namespace="enforced", max_replicas=3, isolation=tight)
    checkout.app_up("day", environment)
    quota = cluster.core.read_namespaced_resource_quota("platform-quota", "enforced")
    assert quota.spec.hard["pods"] == "11"
    assert quota.spec.hard["requests.cpu"] == "2"

    namespaces = {"enforced-too": {"isolation": loose}}
    values = {"cluster": "local", "namespaces": namespaces, "organization": organization}
    checkout.settings("infrastructure", "dev", values)
    told = checkout.refused("infra-preview")
    assert "namespaces.enforced-too.isolation.quota.pods is 13, the organization allows 12 at most" in told
    assert not cluster.exists("enforced-too")
