"""The service's pods: what runs, how it is watched, where it is placed, how it ends."""

from typing import Any

from shared.web_service.configuration import CHECKSUM, checksum, configuration
from shared.web_service.specification import HEALTH_PATH, PORT, WebServiceSpecification

_DRAIN_SECONDS = 5
"""Between a pod's removal from its endpoints and its SIGTERM: load balancers learn of it with a delay."""

_GRACE_SECONDS = 30
_USER = 10001

_DISK_REQUEST, _DISK_LIMIT = "128Mi", "256Mi"
"""A container's disk: its temporary files, its log (kubelets keep 50 MiB of it), and what else it writes."""

_UNWELL_BEFORE_RESTART = 6
"""How often in a row a pod may be unwell, ten seconds apart, before it is started anew: four times as long as it takes
to get no more requests. What ails it may be its database, and restarting every pod at once would not help that."""


def pod_template(service: WebServiceSpecification) -> dict[str, Any]:
    """The Deployment's pod template.

    It satisfies the Pod Security Standard 'restricted':
    https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
    """
    return {
        "metadata": {
            "labels": {**service.selector, "app.kubernetes.io/name": service.name},
            "annotations": {CHECKSUM: checksum(configuration(service))},
        },
        "spec": {
            "service_account_name": service.name,
            "automount_service_account_token": False,
            "enable_service_links": False,
            "termination_grace_period_seconds": _GRACE_SECONDS,
            "security_context": {
                "run_as_non_root": True,
                "run_as_user": _USER,
                "run_as_group": _USER,
                "fs_group": _USER,
                "seccomp_profile": {"type": "RuntimeDefault"},
            },
            "topology_spread_constraints": [
                _spread(service, "topology.kubernetes.io/zone"),
                _spread(service, "kubernetes.io/hostname"),
            ],
            "containers": [_container(service)],
            # The root file system is read-only; most programs want a place for temporary files.
            "volumes": [{"name": "tmp", "empty_dir": {"size_limit": "64Mi"}}],
        },
    }


def _container(service: WebServiceSpecification) -> dict[str, Any]:
    settings = service.settings
    return {
        "name": service.name,
        "image": service.image,
        # A tag can be moved to another image, and a node that has an image is no proof of leave to run it.
        "image_pull_policy": "Always",
        "ports": [{"name": "http", "container_port": PORT, "protocol": "TCP"}],
        "env_from": [{"config_map_ref": {"name": f"{service.name}-config"}}],
        "resources": {
            "requests": {
                "cpu": settings.cpu_request,
                "memory": settings.memory_request,
                "ephemeral-storage": _DISK_REQUEST,
            },
            "limits": {
                "cpu": settings.cpu_limit,
                "memory": settings.memory_limit,
                "ephemeral-storage": _DISK_LIMIT,
            },
        },
        "startup_probe": _probe("http", period_seconds=2, failure_threshold=60),
        "readiness_probe": _probe("http", period_seconds=5, failure_threshold=3),
        "liveness_probe": _probe(PORT, period_seconds=10, failure_threshold=_UNWELL_BEFORE_RESTART),
        "lifecycle": {"pre_stop": {"sleep": {"seconds": _DRAIN_SECONDS}}},
        "security_context": {
            "allow_privilege_escalation": False,
            "read_only_root_filesystem": True,
            "run_as_non_root": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volume_mounts": [{"name": "tmp", "mount_path": "/tmp"}],  # noqa: S108 - the container's own
    }


def _probe(port: int | str, *, period_seconds: int, failure_threshold: int) -> dict[str, Any]:
    return {
        "http_get": {"path": HEALTH_PATH, "port": port, "scheme": "HTTP"},
        "period_seconds": period_seconds,
        "failure_threshold": failure_threshold,
        "timeout_seconds": 2,
    }


def _spread(service: WebServiceSpecification, topology_key: str) -> dict[str, Any]:
    return {
        "topology_key": topology_key,
        "max_skew": 1,
        "when_unsatisfiable": "ScheduleAnyway",
        "label_selector": {"match_labels": service.selector},
        # Counts the pods of one revision only, so that a rollout ends as evenly spread as it began.
        "match_label_keys": ["pod-template-hash"],
    }
