"""The provider: the only way from a stack to a cluster."""

import pulumi
import pulumi_kubernetes as kubernetes


def connect(
    kubeconfig: pulumi.Input[str],
    cluster_identifier: pulumi.Input[str],
    *,
    namespace: str | None = None,
) -> kubernetes.Provider:
    """Connect to a cluster by the given kubeconfig alone; objects that name no namespace are in the given one.

    With the identifier, a changed server address or credential updates the provider in place. Without it the
    provider replaces every object onto itself and then deletes it (pulumi-kubernetes 2459, pulumi-eks 764).
    """
    return kubernetes.Provider(
        "cluster",
        kubeconfig=kubeconfig,
        cluster_identifier=cluster_identifier,
        namespace=namespace,
        enable_server_side_apply=True,
        # Otherwise a changed ConfigMap or Secret is a deletion followed by a creation.
        enable_config_map_mutable=True,
        enable_secret_mutable=True,
        # No limit of its own on requests per second: the API server shares its capacity among its clients (priority and
        # fairness, Kubernetes 1.29). The default of 50 triples the time for each of many namespaces.
        kube_client_settings={"qps": -1.0},
    )
