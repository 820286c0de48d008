"""The workloads of an application: each a component that declares its objects, in the order of their creation."""

import base64
import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
from pydantic import SecretStr

from shared.components.pods import FIXED, GRACE_SECONDS, MAX_SURGE, REVISION, Pods, template
from shared.contract import ClusterContract
from shared.errors import Refusal
from shared.kube.observed import JobState
from shared.labels import HTTP_PORT as HTTP
from shared.labels import SKIP_AWAIT
from shared.state import State, StateObject

Options = Callable[..., pulumi.ResourceOptions]
"""Gives the options of each object: the connection, and what comes before it."""

_START_SECONDS = 60
"""How long a job may take beside its own time limit: to be scheduled, and to be seen to have ended."""

_DRAIN_SECONDS = 5
"""Between a pod's removal from its endpoints and its SIGTERM: proxies learn of it with a delay."""

_NOTICE_SECONDS = 15
"""Until a load balancer's controller has seen that a pod ends, and has begun to deregister it."""


@dataclass(frozen=True)
class Route:
    """How a web service's pods are reached, as Application.web_service() has it; without hosts by no Ingress.

    Its own host is the first.
    """

    port: int
    health_path: str
    path: str
    hosts: Sequence[str]
    tls: str
    issuer: str
    cluster: ClusterContract

    @property
    def secured(self) -> Sequence[str]:
        """The hosts with a certificate: those that were named, since a public authority has none for the own one."""
        return self.hosts[1:] or self.hosts

    @property
    def drain_seconds(self) -> int:
        """How long a pod goes on serving after it was told to end."""
        deregistration = self.cluster.deregistration_seconds
        return _DRAIN_SECONDS if deregistration is None else _NOTICE_SECONDS + deregistration


class Workload(pulumi.ComponentResource):
    """What the pods of every workload use: ServiceAccount, ConfigMap and, where they have secrets, a Secret."""

    def __init__(self, kind: str, pods: Pods, state: State, options: Options) -> None:
        super().__init__(f"platform:service:{kind}", pods.name)
        self._pods, self._options = pods, options
        self.account = self._declare(
            kubernetes.core.v1.ServiceAccount,
            pods.name,
            annotations=dict(pods.options.get("service_account_annotations", {})),
        )
        config = self._declare(kubernetes.core.v1.ConfigMap, f"{pods.name}-config", data=pods.env)
        self._before_pods: list[pulumi.Resource] = [self.account, config]
        self._revision: pulumi.Output[str] | None = None
        if pods.secrets:
            self._before_pods.append(self._declare_secret(state))

    def _declare_secret(self, state: State) -> Any:
        name = f"{self._pods.name}-secrets"
        data = {key: _encoded(value) for key, value in self._pods.secrets.items()}
        known = state.find("core:Secret", name, self._pods.namespace)
        self._revision = pulumi.Output.unsecret(
            pulumi.Output.all(**data).apply(lambda now: str(_revision(known, now)))
        )
        return self._declare(
            kubernetes.core.v1.Secret, name, data=data, annotations={REVISION: self._revision}
        )

    def _declare(
        self,
        resource: Any,
        name: str,
        *,
        annotations: dict[str, Any] | None = None,
        depends_on: Sequence[pulumi.Resource] = (),
        options: dict[str, Any] | None = None,
        **fields: Any,
    ) -> Any:
        return resource(
            name,
            metadata={
                "name": name,
                "namespace": self._pods.namespace,
                "labels": self._pods.labels,
                "annotations": annotations or {},
            },
            **fields,
            opts=self._options(parent=self, depends_on=list(depends_on), **(options or {})),
        )

    def _declare_deployment(
        self, replicas: int, container: Mapping[str, Any], *, scaled: bool, **pod: Any
    ) -> Any:
        """Declare the Deployment, its autoscaler if it is to be scaled, and its disruption budget.

        `container` is what the main container has besides, as `pod` is what the pods have.
        """
        pods = self._pods
        selector = {"match_labels": pods.selector}
        spread = [{**each, "label_selector": selector} for each in FIXED["spread"]]
        rolling = {"max_unavailable": 0, "max_surge": MAX_SURGE}
        deployment = self._declare(
            kubernetes.apps.v1.Deployment,
            pods.name,
            spec={
                "replicas": replicas,
                "selector": selector,
                "strategy": {"type": "RollingUpdate", "rolling_update": rolling},
                "template": template(
                    pods, container, self._revision, topology_spread_constraints=spread, **pod
                ),
            },
            depends_on=self._before_pods,
            options={"ignore_changes": ["spec.replicas"]} if scaled else {},
        )
        if scaled:
            self._declare_autoscaler(deployment)
        budget = {**FIXED["disruption_budget"], "selector": selector}
        self._declare(kubernetes.policy.v1.PodDisruptionBudget, pods.name, spec=budget)
        return deployment

    def _declare_autoscaler(self, deployment: pulumi.Resource) -> None:
        name, settings = self._pods.name, self._pods.settings
        targets = {"cpu": settings.cpu_target, "memory": settings.memory_target}
        metrics = [
            {"name": resource, "target": {"type": "Utilization", "average_utilization": target}}
            for resource, target in targets.items()
            if target
        ]
        self.autoscaler = self._declare(
            kubernetes.autoscaling.v2.HorizontalPodAutoscaler,
            f"{name}-hpa",
            spec={
                "scale_target_ref": {"api_version": "apps/v1", "kind": "Deployment", "name": name},
                "min_replicas": settings.min_replicas,
                "max_replicas": settings.max_replicas,
                "metrics": [{"type": "Resource", "resource": metric} for metric in metrics],
                "behavior": {"scale_down": {"stabilization_window_seconds": 300}},
            },
            depends_on=[deployment],
        )

    def _job(self, time_limit: int, revision: pulumi.Input[str] | None = None) -> dict[str, Any]:
        """The spec of a Job, which ends after `time_limit` seconds in any case."""
        return {
            **FIXED["job"],
            "active_deadline_seconds": time_limit,
            "template": template(self._pods, revision=revision, restart_policy="Never"),
        }


class WebService(Workload):
    """A Deployment that is served: with a Service, an autoscaler, a disruption budget and, by hosts, an Ingress."""

    def __init__(self, pods: Pods, route: Route, state: State, options: Options) -> None:
        super().__init__("WebService", pods, state, options)
        container = {
            "ports": [{"name": HTTP, "container_port": route.port, "protocol": "TCP"}],
            "startup_probe": _probe("startup", route, HTTP),
            "readiness_probe": _probe("readiness", route, HTTP),
            "liveness_probe": _probe("liveness", route, route.port),
            "lifecycle": {"pre_stop": {"sleep": {"seconds": route.drain_seconds}}},
        }
        self.deployment = self._declare_deployment(
            pods.settings.replicas,
            container,
            scaled=True,
            termination_grace_period_seconds=route.drain_seconds + GRACE_SECONDS,
        )
        # The Deployment's await covers the pods; a ClusterIP Service has nothing else to wait for.
        self.service = self._declare(
            kubernetes.core.v1.Service,
            pods.name,
            spec={
                "type": "ClusterIP",
                "selector": pods.selector,
                "ports": [{"name": HTTP, "port": 80, "target_port": HTTP, "protocol": "TCP"}],
            },
            annotations={SKIP_AWAIT: "true"},
        )
        self.ingress = self._declare_ingress(route) if route.hosts else None
        self.register_outputs({"deployment_name": self.deployment.metadata["name"]})

    def _declare_ingress(self, route: Route) -> Any:
        """Declare the Ingress: its hosts, to the Service.

        An AWS load balancer probes `/` without the first annotation, and sends to a pod that ends for five minutes
        without the second; other controllers ignore them:
        https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/#healthcheck-path
        """
        name = self._pods.name
        backend = {"service": {"name": name, "port": {"name": HTTP}}}
        paths = [{"path": route.path, "path_type": "Prefix", "backend": backend}]
        secret = route.tls or (f"{name}-tls" if route.issuer else "")
        # Without a controller an Ingress never gets an address, and the wait for it never ends.
        annotations = {
            SKIP_AWAIT: "true",
            "alb.ingress.kubernetes.io/healthcheck-path": route.health_path,
        }
        if route.cluster.deregistration_seconds is not None:
            delay = f"deregistration_delay.timeout_seconds={route.cluster.deregistration_seconds}"
            annotations["alb.ingress.kubernetes.io/target-group-attributes"] = delay
        if route.issuer:
            annotations["cert-manager.io/cluster-issuer"] = route.issuer
        return self._declare(
            kubernetes.networking.v1.Ingress,
            name,
            spec={
                "ingress_class_name": route.cluster.ingress_class,
                "rules": [{"host": host, "http": {"paths": paths}} for host in route.hosts],
                **({"tls": [{"hosts": list(route.secured), "secret_name": secret}]} if secret else {}),
            },
            annotations=annotations,
            depends_on=[self.service],
        )


class Worker(Workload):
    """A Deployment that nobody calls, with an autoscaler or a fixed number of pods."""

    def __init__(
        self, pods: Pods, replicas: int | None, health_command: Sequence[str], state: State, options: Options
    ) -> None:
        super().__init__("Worker", pods, state, options)
        probe = {**FIXED["probes"]["command"], "exec_": {"command": list(health_command)}}
        self.deployment = self._declare_deployment(
            pods.settings.replicas if replicas is None else replicas,
            {"liveness_probe": probe} if health_command else {},
            scaled=replicas is None,
        )
        self.register_outputs({"deployment_name": self.deployment.metadata["name"]})


class CronJob(Workload):
    """A job by the clock; of two runs that would overlap, the second is left out."""

    def __init__(self, pods: Pods, schedule: str, time_limit: int, state: State, options: Options) -> None:
        super().__init__("ScheduledJob", pods, state, options)
        self.cron_job = self._declare(
            kubernetes.batch.v1.CronJob,
            pods.name,
            spec={
                **FIXED["cron_job"],
                "schedule": schedule,
                "job_template": {
                    "metadata": {"labels": pods.labels},
                    "spec": self._job(time_limit, self._revision),
                },
            },
            depends_on=self._before_pods,
        )
        self.register_outputs({})


class Migration(Workload):
    """A Job that has to succeed before what is declared after it; Refusal where another version's still runs."""

    def __init__(
        self, pods: Pods, time_limit: int, jobs: Mapping[str, JobState], state: State, options: Options
    ) -> None:
        super().__init__("Migration", pods, state, options)
        # What else changes, such as a secret or its time limit, does not run it again.
        runs = [pods.image, pods.options.get("command"), pods.options.get("args"), pods.env]
        base = f"{pods.name}-{hashlib.sha256(json.dumps(runs, sort_keys=True).encode()).hexdigest()[:8]}"
        name = _next_job(base, state, pods.namespace, jobs)
        _refuse_two_at_once(pods.name, name, jobs)
        self.job = self._declare(
            kubernetes.batch.v1.Job,
            name,
            spec=self._job(time_limit),
            depends_on=self._before_pods,
            options={
                "custom_timeouts": pulumi.CustomTimeouts(create=f"{time_limit + _START_SECONDS}s"),
                # A Job's template cannot change.
                "ignore_changes": ["spec"],
            },
        )
        self.register_outputs({"job_name": self.job.metadata["name"]})


def _next_job(base: str, state: State, namespace: str, jobs: Mapping[str, JobState]) -> str:
    """The name of the Job by which a migration runs: the one that runs or has succeeded, otherwise a new one.

    `base` is its name at the first attempt; later ones have their number behind it.
    """
    known = {item.name for item in state.objects if item.kind == "batch:Job" and item.namespace == namespace}
    attempts = re.compile(rf"{re.escape(base)}(?:-([0-9]+))?")
    tried = {int(found[1] or 1): name for name in {*known, *jobs} if (found := attempts.fullmatch(name))}
    if going := [number for number, name in tried.items() if jobs.get(name) != "failed"]:
        return tried[max(going)]
    return f"{base}-{max(tried) + 1}" if tried else base


def _refuse_two_at_once(migration: str, name: str, jobs: Mapping[str, JobState]) -> None:
    """Refuse to start a migration beside another version's, which a killed run has left."""
    of_migration = re.compile(rf"{re.escape(migration)}-[0-9a-f]{{8}}(-[0-9]+)?")
    for other, became in jobs.items():
        if other != name and became == "running" and of_migration.fullmatch(other):
            raise Refusal(
                f"The migration of another version still runs (Job/{other}), and two at once could do harm.",
                f"Wait until it has ended, or end it yourself: kubectl delete job {other}",
            )


def _probe(name: str, route: Route, port: int | str) -> dict[str, Any]:
    http = {"path": route.health_path, "port": port, "scheme": "HTTP"}
    return {**FIXED["probes"][name], "http_get": http}


def _encoded(value: SecretStr | pulumi.Input[str]) -> pulumi.Output[str]:
    revealed = value.get_secret_value() if isinstance(value, SecretStr) else value
    return pulumi.Output.secret(revealed).apply(lambda text: base64.b64encode(text.encode()).decode())


def _revision(known: StateObject | None, data: dict[str, str]) -> int:
    """How often a Secret's values have changed, with this update."""
    before = int(known.annotations.get(REVISION, 0)) if known else 0
    return before if known and known.data == data else before + 1
