"""The original design document's program, as its readers have it running: one namespace and five objects in it."""

import pulumi
import pulumi_kubernetes as k8s

infra = pulumi.StackReference("organization/service-infrastructure/dev")
provider = k8s.Provider("k8s-provider", kubeconfig=infra.require_output("kubeconfig"))
opts = pulumi.ResourceOptions(provider=provider)
name, app = pulumi.Config().require("namespace"), "day-service"
labels = {"app": app, "managed-by": "pulumi", "environment": name}
ns = k8s.core.v1.Namespace(
    f"{name}-namespace",
    metadata={"name": name, "labels": {"name": name, "managed-by": "pulumi", "app": app}},
    opts=opts,
)
inside = pulumi.ResourceOptions(provider=provider, depends_on=[ns])
k8s.core.v1.ConfigMap(
    "app-config",
    metadata={"name": f"{app}-config", "namespace": name, "labels": labels},
    data={"LOG_LEVEL": "debug", "CACHE_TTL": "60"},
    opts=inside,
)
k8s.apps.v1.Deployment(
    "app-deployment",
    metadata={"name": app, "namespace": name, "labels": labels},
    spec={
        "replicas": 2,
        "selector": {"match_labels": labels},
        "template": {
            "metadata": {"labels": labels},
            "spec": {
                "containers": [
                    {"name": app, "image": "registry.internal/day:1", "ports": [{"container_port": 8001}]}
                ]
            },
        },
    },
    opts=inside,
)
k8s.core.v1.Service(
    "app-service",
    metadata={
        "name": app,
        "namespace": name,
        "labels": labels,
        "annotations": {"pulumi.com/skipAwait": "true"},
    },
    spec={"selector": labels, "ports": [{"port": 80, "target_port": 8001}]},
    opts=inside,
)
k8s.autoscaling.v2.HorizontalPodAutoscaler(
    "app-hpa",
    metadata={"name": f"{app}-hpa", "namespace": name, "labels": labels},
    spec={
        "scale_target_ref": {"api_version": "apps/v1", "kind": "Deployment", "name": app},
        "min_replicas": 2,
        "max_replicas": 5,
        "metrics": [
            {
                "type": "Resource",
                "resource": {"name": "cpu", "target": {"type": "Utilization", "average_utilization": 60}},
            }
        ],
    },
    opts=inside,
)
k8s.networking.v1.Ingress(
    "app-ingress",
    metadata={
        "name": app,
        "namespace": name,
        "labels": labels,
        "annotations": {"pulumi.com/skipAwait": "true"},
    },
    spec={
        "ingress_class_name": "local",
        "rules": [
            {
                "host": "day.example.internal",
                "http": {
                    "paths": [
                        {
                            "path": "/",
                            "path_type": "Prefix",
                            "backend": {"service": {"name": app, "port": {"number": 80}}},
                        }
                    ]
                },
            }
        ],
    },
    opts=inside,
)
