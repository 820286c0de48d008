"""A stack of the seed document's program comes over as it is: nothing deleted, nothing replaced."""

from tests.checkout import Checkout
from tests.cluster import LiveCluster
from tests.integration.conftest import Declare

SEED = """
import pulumi
import pulumi_kubernetes as k8s

infra = pulumi.StackReference("organization/service-infrastructure/dev")
provider = k8s.Provider("k8s-provider", kubeconfig=infra.require_output("kubeconfig"))
opts = pulumi.ResourceOptions(provider=provider)
name, app = "{namespace}", "day-service"
labels = {{"app": app, "managed-by": "pulumi", "environment": name}}
ns = k8s.core.v1.Namespace(
    f"{{name}}-namespace",
    metadata={{"name": name, "labels": {{"name": name, "managed-by": "pulumi", "app": app}}}},
    opts=opts,
)
inside = pulumi.ResourceOptions(provider=provider, depends_on=[ns])
k8s.core.v1.ConfigMap(
    "app-config",
    metadata={{"name": f"{{app}}-config", "namespace": name, "labels": labels}},
    data={{"LOG_LEVEL": "debug", "CACHE_TTL": "60"}},
    opts=inside,
)
k8s.apps.v1.Deployment(
    "app-deployment",
    metadata={{"name": app, "namespace": name, "labels": labels}},
    spec={{
        "replicas": 2,
        "selector": {{"match_labels": labels}},
        "template": {{
            "metadata": {{"labels": labels}},
            "spec": {{"containers": [{{"name": app, "image": "registry.internal/day:1", "ports": [{{"container_port": 8001}}]}}]}},
        }},
    }},
    opts=inside,
)
k8s.core.v1.Service(
    "app-service",
    metadata={{"name": app, "namespace": name, "labels": labels, "annotations": {{"pulumi.com/skipAwait": "true"}}}},
    spec={{"selector": labels, "ports": [{{"port": 80, "target_port": 8001}}]}},
    opts=inside,
)
k8s.autoscaling.v2.HorizontalPodAutoscaler(
    "app-hpa",
    metadata={{"name": f"{{app}}-hpa", "namespace": name, "labels": labels}},
    spec={{
        "scale_target_ref": {{"api_version": "apps/v1", "kind": "Deployment", "name": app}},
        "min_replicas": 2,
        "max_replicas": 5,
        "metrics": [
            {{"type": "Resource", "resource": {{"name": "cpu", "target": {{"type": "Utilization", "average_utilization": 60}}}}}}
        ],
    }},
    opts=inside,
)
k8s.networking.v1.Ingress(
    "app-ingress",
    metadata={{"name": app, "namespace": name, "labels": labels, "annotations": {{"pulumi.com/skipAwait": "true"}}}},
    spec={{
        "ingress_class_name": "local",
        "rules": [
            {{
                "host": "day.example.internal",
                "http": {{
                    "paths": [
                        {{"path": "/", "path_type": "Prefix", "backend": {{"service": {{"name": app, "port": {{"number": 80}}}}}}}}
                    ]
                }},
            }}
        ],
    }},
    opts=inside,
)
"""


def _deploy_seed(checkout: Checkout, environment: str, namespace: str) -> None:
    program = checkout.root / "apps" / "day" / "__main__.py"
    original = program.read_text()
    try:
        program.write_text(SEED.format(namespace=namespace))
        checkout.app_up("day", environment)
    finally:
        program.write_text(original)


def test_the_seeds_namespace_and_workloads_come_over_with_nothing_deleted_or_replaced(
    checkout: Checkout, cluster: LiveCluster, declare: Declare, environment: str
) -> None:
    declare("day", namespace="seeded")
    _deploy_seed(checkout, environment, "seeded")
    before = {key: uid for key, uid in cluster.uids("seeded").items() if not key.startswith("Pod/")}

    text = checkout.app_up("day", environment)

    assert "replace" not in text
    # The seed's provider is dropped from the state, and stands for nothing on the cluster.
    deleted = [line.strip() for line in text.splitlines() if "- delete" in line]
    assert deleted == ["- delete kubernetes/k8s-provider"]
    after = cluster.uids("seeded")
    assert {key: after[key] for key in before} == before
    assert cluster.owner("seeded") == f"day-service-app.{environment}"
    assert "updated" not in checkout.app_up("day", environment)


def test_the_seeds_namespace_cannot_be_dropped_by_a_flip(
    checkout: Checkout, cluster: LiveCluster, declare: Declare, environment: str
) -> None:
    declare("day", namespace="unflipped")
    _deploy_seed(checkout, environment, "unflipped")
    before = cluster.uids("unflipped")
    declare("day", namespace="unflipped", create_namespace=False, namespace_source="dusk-service-app/dev")
    text = checkout.refused("app-up", SERVICE="day", ENV=environment)
    assert "does not exist" in text or "would delete it" in text or "does not own it" in text
    assert cluster.uids("unflipped") == before
