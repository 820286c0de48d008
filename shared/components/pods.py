"""The pods of a workload as plain values: what runs in them, how large they are, and how they are kept apart."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypedDict

import pulumi
import yaml
from pydantic import SecretStr

from shared.config.application import ApplicationSettings
from shared.kube.observed import Demand, container_amounts

MAX_SURGE = "25%"
"""How many extra pods there may be during a rollout."""

CHECKSUM = "platform.internal/configuration-checksum"
"""Annotation of the pods: a changed ConfigMap changes it, which rolls them."""

REVISION = "platform.internal/secret-revision"
"""Annotation of a Secret and of the pods that use it: how often its values have changed. A checksum of them would let
whoever reads it try passwords."""

GRACE_SECONDS = 25
"""Between a pod's SIGTERM and its SIGKILL."""

FIXED: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("workloads.yaml").read_text())
"""What never varies in the objects of a workload."""

_DISK, _DISK_REQUEST, _DISK_LIMIT = "ephemeral-storage", "128Mi", "256Mi"
"""A container's disk: its temporary files, its log (kubelets keep 50 MiB of it), and what else it writes."""


class PodOptions(TypedDict, total=False):
    """What the pods of any workload can have; none of it has to be given."""

    env: Mapping[str, str]
    """Environment variables; ENVIRONMENT, the namespace's name, is there in any case."""
    secrets: Mapping[str, SecretStr | pulumi.Input[str] | None]
    """Environment variables that nobody may read, such as settings of the type SecretStr; None leaves one out."""
    secret_env_from: Sequence[str]
    """Secrets of the namespace that others make; each of their keys becomes a variable."""
    image: str
    """Another image than the service's, whole: with registry, and tag or digest."""
    command: Sequence[str]
    args: Sequence[str]
    volumes: Mapping[str, Mapping[str, Any]]
    """Volumes by the path where they are mounted, each as its source: {"config_map": {"name": "rules"}}."""
    sidecars: Sequence[Mapping[str, Any]]
    """Further containers, as Kubernetes has them. Beside a job they end with it, and have started before it."""
    resources: Mapping[str, Mapping[str, str]]
    """`requests` and `limits` in place of those in the settings, such as {"limits": {"memory": "1Gi"}}."""
    node_selector: Mapping[str, str]
    tolerations: Sequence[Mapping[str, Any]]
    image_pull_secret: str
    service_account_annotations: Mapping[str, str]


@dataclass(frozen=True)
class Pods:
    """The pods of one workload of a service, before they are declared; its objects have its name.

    The web service's is the service's own, such as `day-service`.
    """

    service: str
    name: str
    namespace: str
    settings: ApplicationSettings
    options: PodOptions = field(default_factory=PodOptions)

    @property
    def selector(self) -> dict[str, str]:
        """The labels that select them; a Deployment's selector cannot change, so neither can these."""
        return {"app": self.name, "managed-by": "pulumi", "environment": self.namespace}

    @property
    def labels(self) -> dict[str, str]:
        """The labels of them and of all objects of the workload."""
        return {**self.selector, "app.kubernetes.io/name": self.name}

    @property
    def image(self) -> str:
        """What its main container runs: every workload of a service runs the service's image."""
        return self.options.get("image") or self.settings.image(self.service)

    @property
    def env(self) -> dict[str, str]:
        """What its ConfigMap has."""
        return {"ENVIRONMENT": self.namespace, **self.options.get("env", {})}

    @property
    def secrets(self) -> dict[str, SecretStr | pulumi.Input[str]]:
        """What its Secret has; where that is nothing, there is none."""
        return {name: value for name, value in self.options.get("secrets", {}).items() if value is not None}

    @property
    def resources(self) -> dict[str, dict[str, str]]:
        """What its container requests, and is limited to."""
        own, given = self.settings, self.options.get("resources", {})
        requests = {"cpu": own.cpu_request, "memory": own.memory_request, _DISK: _DISK_REQUEST}
        limits = {"cpu": own.cpu_limit, "memory": own.memory_limit, _DISK: _DISK_LIMIT}
        return {
            "requests": {**requests, **given.get("requests", {})},
            "limits": {**limits, **given.get("limits", {})},
        }

    def demand(self, pods: int) -> Demand:
        """What so many of them request."""
        containers = [{"resources": self.resources}, *self.options.get("sidecars", ())]
        return Demand(self.name, pods, tuple(map(container_amounts, containers)))


def template(
    pods: Pods,
    container: Mapping[str, Any] | None = None,
    revision: pulumi.Input[str] | None = None,
    **spec: Any,
) -> dict[str, Any]:
    """The template of a workload's pods; `container` is what their main one has besides, `spec` what they have.

    `revision` is that of the workload's Secret, if it has one.
    """
    options = pods.options
    checksum = hashlib.sha256(json.dumps(pods.env, sort_keys=True).encode()).hexdigest()[:16]
    mounts = {f"volume-{number}": item for number, item in enumerate(options.get("volumes", {}).items())}
    sources = [f"{pods.name}-secrets"] if pods.secrets else []
    main: dict[str, Any] = {
        "name": pods.name,
        "image": pods.image,
        # A tag can move to another image, and an image on a node does not prove the right to run it.
        "image_pull_policy": "Always",
        **({"command": list(options["command"])} if "command" in options else {}),
        **({"args": list(options["args"])} if "args" in options else {}),
        "env_from": [
            {"config_map_ref": {"name": f"{pods.name}-config"}},
            *({"secret_ref": {"name": name}} for name in [*sources, *options.get("secret_env_from", ())]),
        ],
        "resources": pods.resources,
        "security_context": FIXED["container_security"],
        "volume_mounts": [
            {"name": "tmp", "mount_path": "/tmp"},  # noqa: S108 - the container's own
            *({"name": name, "mount_path": path} for name, (path, _) in mounts.items()),
        ],
        **(container or {}),
    }
    sidecars: list[dict[str, Any]] = []
    for given in options.get("sidecars", ()):
        each = dict(given)
        own = {**each.pop("securityContext", {}), **each.pop("security_context", {})}
        sidecars.append({**each, "security_context": {**FIXED["container_security"], **own}})
    ends = spec.get("restart_policy") == "Never"
    pull = options.get("image_pull_secret")
    return {
        "metadata": {
            "labels": pods.labels,
            "annotations": {CHECKSUM: checksum, **({REVISION: revision} if revision else {})},
        },
        "spec": {
            **FIXED["pod"],
            "service_account_name": pods.name,
            "termination_grace_period_seconds": GRACE_SECONDS,
            "containers": [main, *([] if ends else sidecars)],
            # https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/#jobs-with-sidecar-containers
            **(
                {"init_containers": [{**one, "restart_policy": "Always"} for one in sidecars]} if ends else {}
            ),
            # The root file system is read-only, and most programs need temporary files.
            "volumes": [
                {"name": "tmp", "empty_dir": {"size_limit": "64Mi"}},
                *({"name": name, **source} for name, (_, source) in mounts.items()),
            ],
            **({"image_pull_secrets": [{"name": pull}]} if pull else {}),
            **({"node_selector": dict(options["node_selector"])} if "node_selector" in options else {}),
            **({"tolerations": list(options["tolerations"])} if "tolerations" in options else {}),
            **spec,
        },
    }
