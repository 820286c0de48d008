"""The profiles: the figures of a small, a medium and a large namespace."""

from shared.settings.isolation import LimitSettings, Profile, QuotaSettings

QUOTAS = {
    Profile.SMALL: QuotaSettings(
        requests_cpu="2",
        requests_memory="4Gi",
        limits_cpu="8",
        limits_memory="8Gi",
        requests_storage="20Gi",
        pods=20,
        services=10,
        load_balancers=0,
        node_ports=0,
        persistent_volume_claims=5,
        config_maps=50,
        secrets=50,
    ),
    Profile.MEDIUM: QuotaSettings(
        requests_cpu="8",
        requests_memory="16Gi",
        limits_cpu="32",
        limits_memory="32Gi",
        requests_storage="100Gi",
        pods=80,
        services=30,
        load_balancers=0,
        node_ports=0,
        persistent_volume_claims=20,
        config_maps=100,
        secrets=100,
    ),
    Profile.LARGE: QuotaSettings(
        requests_cpu="32",
        requests_memory="64Gi",
        limits_cpu="128",
        limits_memory="128Gi",
        requests_storage="500Gi",
        pods=250,
        services=100,
        load_balancers=0,
        node_ports=0,
        persistent_volume_claims=100,
        config_maps=300,
        secrets=300,
    ),
}
"""What a namespace's pods and objects may use together. A load balancer or an open port on every node is outside of
what an Ingress gives, and costs: none, unless settings say so."""

_CONTAINER = LimitSettings(
    defaults=True,
    default_cpu="500m",
    default_memory="512Mi",
    default_cpu_request="100m",
    default_memory_request="128Mi",
)

LIMITS = {
    Profile.SMALL: _CONTAINER.model_copy(update={"max_cpu": "2", "max_memory": "4Gi"}),
    Profile.MEDIUM: _CONTAINER.model_copy(update={"max_cpu": "4", "max_memory": "8Gi"}),
    Profile.LARGE: _CONTAINER.model_copy(update={"max_cpu": "8", "max_memory": "32Gi"}),
}
"""What one container may use, and what it gets where it says nothing."""
