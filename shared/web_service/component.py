"""The component that declares a web service's objects, in the order in which they come to be."""

from collections.abc import Sequence
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from shared.held import HeldState
from shared.labels import FIELD_MANAGER, OWNER, SKIP_AWAIT
from shared.web_service.configuration import configuration
from shared.web_service.pods import pod_template
from shared.web_service.scaling import MAX_SURGE, autoscaler, disruption_budget
from shared.web_service.specification import WebServiceSpecification
from shared.web_service.traffic import HEALTH_CHECKS, ingress_rules, service_ports

TYPE = "platform:service:WebService"
"""The component's type token."""


class WebService(pulumi.ComponentResource):
    """ServiceAccount, ConfigMap, Deployment, Service, HPA, PodDisruptionBudget and Ingress of one service.

    Args:
        service: the service; an output, since nothing is declared before its namespace may be used and is there.
        name: its name, such as `day-service`.
        namespace: the name of its namespace as settings give it, to find what the state already holds.
        owner: the stack that deploys it, as `<project>.<stack>`.
        held: the stack's own state.
        provider: the connection to the cluster.
        after: what has to be there before its pods are.
    """

    def __init__(
        self,
        service: pulumi.Output[WebServiceSpecification],
        *,
        name: str,
        namespace: str,
        owner: str,
        held: HeldState,
        provider: kubernetes.Provider,
        after: Sequence[pulumi.Resource] = (),
    ) -> None:
        super().__init__(TYPE, name)
        self._service = service
        self._name, self._namespace, self._owner = name, namespace, owner
        self._held, self._provider = held, provider

        account = self._declare(kubernetes.core.v1.ServiceAccount, "core:ServiceAccount", name)
        config = self._declare(
            kubernetes.core.v1.ConfigMap,
            "core:ConfigMap",
            f"{name}-config",
            data=service.apply(configuration),
        )
        self.deployment = self._declare(
            kubernetes.apps.v1.Deployment,
            "apps:Deployment",
            name,
            spec={
                # The number to start with; from then on the autoscaler decides.
                "replicas": service.apply(lambda service: service.settings.replicas),
                "selector": {"match_labels": service.apply(lambda service: service.selector)},
                "strategy": {
                    "type": "RollingUpdate",
                    "rolling_update": {"max_unavailable": 0, "max_surge": MAX_SURGE},
                },
                "template": service.apply(pod_template),
            },
            depends_on=[account, config, *after],
            ignore_changes=["spec.replicas"],
        )
        # The Deployment's own await covers the pods, and a Service of type ClusterIP has nothing else to wait for.
        self.service = self._declare(
            kubernetes.core.v1.Service,
            "core:Service",
            name,
            spec=service.apply(service_ports),
            annotations={SKIP_AWAIT: "true"},
        )
        self.autoscaler = self._declare(
            kubernetes.autoscaling.v2.HorizontalPodAutoscaler,
            "autoscaling:HorizontalPodAutoscaler",
            f"{name}-hpa",
            spec=service.apply(autoscaler),
            depends_on=[self.deployment],
        )
        self._declare(
            kubernetes.policy.v1.PodDisruptionBudget,
            "policy:PodDisruptionBudget",
            name,
            spec=service.apply(disruption_budget),
        )
        # Not every cluster has a controller that gives an Ingress its address, and that wait would never end.
        self.ingress = self._declare(
            kubernetes.networking.v1.Ingress,
            "networking.k8s.io:Ingress",
            name,
            spec=service.apply(ingress_rules),
            annotations={SKIP_AWAIT: "true", **HEALTH_CHECKS},
            depends_on=[self.service],
        )
        self.register_outputs({"deployment_name": self.deployment.metadata["name"]})

    def _declare(
        self,
        resource: Any,
        kind: str,
        name: str,
        *,
        annotations: dict[str, str] | None = None,
        depends_on: Sequence[pulumi.Resource] = (),
        ignore_changes: Sequence[str] = (),
        **fields: Any,
    ) -> Any:
        """Declare one object under its own name, whatever the state has called it so far."""
        held = self._held.find(kind, name, self._namespace)
        return resource(
            name,
            metadata={
                "name": name,
                "namespace": self._service.apply(lambda service: service.namespace),
                "labels": self._service.apply(self._labels),
                # The manager that the state names, so that an object from elsewhere does not conflict with itself.
                "annotations": {
                    FIELD_MANAGER: (held and held.field_manager) or self._owner,
                    **(annotations or {}),
                },
            },
            **fields,
            opts=pulumi.ResourceOptions(
                parent=self,
                provider=self._provider,
                depends_on=list(depends_on),
                ignore_changes=list(ignore_changes),
                # Without it, an object that the state knows under another URN is created again onto itself and
                # then deleted, by one and the same name.
                aliases=[held.urn] if held and not held.is_called(f"{TYPE}$", name) else [],
            ),
        )

    @staticmethod
    def _labels(service: WebServiceSpecification) -> dict[str, str]:
        return {**service.selector, "app.kubernetes.io/name": service.name, OWNER: service.owner}
