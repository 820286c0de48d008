"""The provider: the only way from a stack to a cluster."""

import pulumi
import pulumi_kubernetes as kubernetes

PROVIDER_NAME = "cluster"

_UNLIMITED = -1.0
"""Requests a second that the provider holds itself to: it leaves that to the API server, which is fair to all of its
clients since Kubernetes 1.29 (priority and fairness). The provider's own limit of 50 makes each of many namespaces
cost three times what each of a few does. kubectl does the same."""


def connect(
    kubeconfig: pulumi.Input[str],
    cluster_identifier: pulumi.Input[str],
    parent: pulumi.Resource | None = None,
) -> kubernetes.Provider:
    """Connect to a cluster by a kubeconfig that was given, and by nothing ambient.

    With the identifier, a changed server address or credential updates the provider in place. Without it the
    provider replaces every object onto itself and then deletes it (pulumi-kubernetes 2459, pulumi-eks 764).

    Args:
        kubeconfig: a kubeconfig of one context; kept as a secret in the state.
        cluster_identifier: stays the same for the cluster's life.
        parent: the component that has the connection, if any.
    """
    return kubernetes.Provider(
        PROVIDER_NAME,
        kubeconfig=kubeconfig,
        cluster_identifier=cluster_identifier,
        enable_server_side_apply=True,
        # Otherwise a changed ConfigMap or Secret is a deletion followed by a creation.
        enable_config_map_mutable=True,
        enable_secret_mutable=True,
        kube_client_settings={"qps": _UNLIMITED},
        opts=pulumi.ResourceOptions(parent=parent),
    )
