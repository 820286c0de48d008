"""What a tenant cannot do to others, attack by attack, each beside what it can do.

Where nothing has to exist, requests are dry runs: the API server admits or refuses them as it does all others.
"""

import json
from collections.abc import Callable, Iterator
from functools import partial
from http import HTTPStatus
from typing import Any

import pytest
from kubernetes import client, config
from kubernetes.client.exceptions import ApiException

from tests.checkout import Checkout
from tests.cluster import LiveCluster, until
from tests.integration.conftest import Platform
from tests.integration.test_tenant_credentials import tenant_kubeconfigs

OWNER, PREVIOUS = "platform.internal/owner", "platform.internal/previous-owner"
PLATFORM, ME, OTHER, STRANGER = (
    "service-infrastructure.dev",
    "day-service-app.a",
    "dusk-service-app.a",
    "thief.dev",
)
HERE, THERE, UNOWNED = "attack-here", "attack-there", "attack-unowned"
CONTROLLERS = "system:serviceaccount:kube-system"

CONTAINER = {
    "name": "main",
    "image": "registry.platform.internal/any:1",
    "resources": {"requests": {"cpu": "1m", "memory": "1Mi"}, "limits": {"cpu": "1m", "memory": "1Mi"}},
    "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
}
POD = {
    "containers": [CONTAINER],
    "securityContext": {
        "runAsNonRoot": True,
        "runAsUser": 1000,
        "seccompProfile": {"type": "RuntimeDefault"},
    },
}
SELECTED = {"app": "any"}


class Requests:
    """Requests to the API server by their paths, as one user.

    Args:
        api: the connection.
        user: whom it acts as, where it may impersonate.
    """

    def __init__(self, api: client.ApiClient, user: str = "") -> None:
        self._api, self._headers = api, {"Impersonate-User": user} if user else {}

    def send(self, method: str, path: str, body: Any = None, *, dry: bool = True) -> Any:
        """Send a request; a dry run by default."""
        kind = "application/merge-patch+json" if method == "PATCH" else "application/json"
        for _ in range(_TRIES):
            answer = self._api.call_api(
                method,
                f"{self._api.configuration.host}{path}{'?dryRun=All' if dry else ''}",
                {"Content-Type": kind, "Accept": "application/json", **self._headers},
                body,
            )
            content = answer.read().decode()
            # The API server counts one object of a namespace at a time, and says so to the others.
            if "Operation cannot be fulfilled on resourcequotas" not in content:
                break
        if answer.status >= HTTPStatus.BAD_REQUEST:
            raise ApiException(answer.status, answer.reason, body=content)
        return json.loads(content)

    def refused(self, method: str, path: str, body: Any = None) -> str:
        """Send a request that an admission policy has to refuse, and return its message."""
        with pytest.raises(ApiException) as caught:
            self.send(method, path, body)
        message = str(json.loads(str(caught.value.body))["message"])
        assert "Refused: " in message, message
        return message.partition("Refused: ")[2]


def path_of(kind: str, namespace: str, name: str = "") -> str:
    group, plural = KINDS[kind]
    root = f"/apis/{group}" if "/" in group else f"/api/{group}"
    return f"{root}/namespaces/{namespace}/{plural}{name and '/'}{name}"


KINDS = {
    "Pod": ("v1", "pods"),
    "PodTemplate": ("v1", "podtemplates"),
    "ReplicationController": ("v1", "replicationcontrollers"),
    "Deployment": ("apps/v1", "deployments"),
    "ReplicaSet": ("apps/v1", "replicasets"),
    "StatefulSet": ("apps/v1", "statefulsets"),
    "DaemonSet": ("apps/v1", "daemonsets"),
    "Job": ("batch/v1", "jobs"),
    "CronJob": ("batch/v1", "cronjobs"),
    "Ingress": ("networking.k8s.io/v1", "ingresses"),
    "NetworkPolicy": ("networking.k8s.io/v1", "networkpolicies"),
    "Service": ("v1", "services"),
    "ConfigMap": ("v1", "configmaps"),
    "Secret": ("v1", "secrets"),
    "ServiceAccount": ("v1", "serviceaccounts"),
    "PersistentVolumeClaim": ("v1", "persistentvolumeclaims"),
    "ResourceQuota": ("v1", "resourcequotas"),
    "LimitRange": ("v1", "limitranges"),
    "Endpoints": ("v1", "endpoints"),
    "HorizontalPodAutoscaler": ("autoscaling/v2", "horizontalpodautoscalers"),
    "PodDisruptionBudget": ("policy/v1", "poddisruptionbudgets"),
    "RoleBinding": ("rbac.authorization.k8s.io/v1", "rolebindings"),
    "Lease": ("coordination.k8s.io/v1", "leases"),
}
_TRIES = 5
WITH_PODS = list(KINDS)[:9]
DEPLOYED = ["Deployment", "StatefulSet", "Job", "CronJob"]
"""Those that the deploy role may create."""


def workload(kind: str, name: str = "any", **pod: Any) -> dict[str, Any]:
    """An object with a pod, or with a template of pods."""
    spec = {**POD, **pod}
    template = {"metadata": {"labels": SELECTED}, "spec": spec}
    selector: Any = SELECTED if kind == "ReplicationController" else {"matchLabels": SELECTED}
    once = {"template": {**template, "spec": {**spec, "restartPolicy": "Never"}}}
    fields: dict[str, Any] = {
        "Pod": {"spec": spec},
        "PodTemplate": {"template": template},
        "Job": {"spec": once},
        "CronJob": {"spec": {"schedule": "0 0 1 1 *", "jobTemplate": {"spec": once}}},
    }.get(kind, {"spec": {"selector": selector, "template": template}})
    if kind == "StatefulSet":
        fields["spec"]["serviceName"] = "any"
    return {"metadata": {"name": name}, **fields}


def plain(kind: str, name: str = "any", **metadata: Any) -> dict[str, Any]:
    """The least that the API server accepts of a kind."""
    subject = {"kind": "User", "name": "eve", "apiGroup": "rbac.authorization.k8s.io"}
    role = {"kind": "ClusterRole", "name": "view", "apiGroup": "rbac.authorization.k8s.io"}
    fields: Any = {
        "Service": {"spec": {"ports": [{"port": 80}], "selector": SELECTED}},
        "Ingress": {"spec": ingress_spec(f"any.{HERE}.platform.internal")},
        "HorizontalPodAutoscaler": {
            "spec": {
                "maxReplicas": 1,
                "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "any"},
            }
        },
        "PodDisruptionBudget": {"spec": {"maxUnavailable": 1, "selector": {"matchLabels": SELECTED}}},
        "PersistentVolumeClaim": {
            "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Mi"}}}
        },
        "NetworkPolicy": {"spec": {"podSelector": {}, "ingress": [{}], "policyTypes": ["Ingress"]}},
        "RoleBinding": {"subjects": [subject], "roleRef": role},
        "ResourceQuota": {"spec": {"hard": {"pods": "1000"}}},
        "LimitRange": {"spec": {"limits": [{"type": "Pod", "max": {"cpu": "100"}}]}},
    }.get(kind, {})
    made: dict[str, Any] = workload(kind) if kind in WITH_PODS else fields
    return {**made, "metadata": {"name": name, **metadata}}


def ingress_spec(*hosts: str, **more: Any) -> dict[str, Any]:
    backend = {"service": {"name": "any", "port": {"number": 80}}}
    http = {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}
    rules = [{**({"host": host} if host else {}), "http": http} for host in hosts]
    return {"ingressClassName": "local", "rules": rules, **more}


@pytest.fixture(scope="module")
def tenant(checkout: Checkout, cluster: LiveCluster, module_platform: Platform) -> Iterator[Requests]:
    """The API as a tenant's own credential sees it, in a namespace with two tenants."""
    hosts = {"hosts": ["www.example.com", "*.shop.example.com"]}
    small = {"profile": "small", "isolation": {"quota": {"objects": 3}, "network": hosts}}
    allowed = {
        "priority_classes": {"batch-low": "night jobs give way to all others"},
        "annotations": {"nginx.ingress.kubernetes.io/proxy-body-size": "uploads of 20 MB"},
        "tolerations": {"gpu": "nodes for training"},
        "external_names": {"db.example.com": "the database that moves in spring"},
    }
    module_platform(
        {HERE: {**small, "tenants": [ME, OTHER]}, THERE: {"profile": "small"}},
        tenant_credential_days=2,
        organization=allowed,
    )
    cluster.core.create_namespace({"metadata": {"name": UNOWNED}})
    classes: Any = client.SchedulingV1Api(cluster.core.api_client)
    for name in ("batch-low", "urgent"):
        classes.create_priority_class({"metadata": {"name": name}, "value": 10})
    api = config.new_client_from_config_dict(tenant_kubeconfigs(checkout)[ME])
    requests, admin = Requests(api), Requests(cluster.core.api_client)
    # The API server learns of policies, classes and roles from watches.
    attacks = [
        workload("Pod", priorityClassName="urgent"),
        workload("Pod", nodeName="any"),
        {**plain("Service"), "spec": {"ports": [{"port": 80}], "externalIPs": ["203.0.113.1"]}},
        plain("Ingress", annotations={"any.example.com/any": ""}),
        plain("ConfigMap", labels={OWNER: STRANGER}),
    ]
    kinds = ["Pod", "Pod", "Service", "Ingress", "ConfigMap"]
    for kind, body in zip(kinds, attacks, strict=True):
        sender = requests if kind == "ConfigMap" else admin
        until(partial(is_refused, sender, kind, body), f"the policies on {kind} in force")
    until(lambda: "count/pods" in (quota(cluster).status.hard or {}), "the quota counted")
    yield requests
    for name in ("batch-low", "urgent"):
        classes.delete_priority_class(name)
    cluster.delete_namespaces([UNOWNED])


def is_refused(requests: Requests, kind: str, body: Any) -> bool:
    try:
        requests.send("POST", path_of(kind, HERE), body)
    except ApiException as error:
        return "Refused: " in str(error.body)
    return False


def quota(cluster: LiveCluster) -> Any:
    return cluster.core.read_namespaced_resource_quota("platform-quota", HERE)


@pytest.fixture
def admin(tenant: Requests, cluster: LiveCluster) -> Requests:
    """The API as an administrator sees it."""
    return Requests(cluster.core.api_client)


@pytest.fixture
def acting(tenant: Requests, cluster: LiveCluster) -> Callable[[str], Requests]:
    """The API as another user sees it."""
    return lambda user: Requests(cluster.core.api_client, user)


# ---- priority classes and nodes


@pytest.mark.parametrize("name", ["system-node-critical", "system-cluster-critical", "urgent"])
@pytest.mark.parametrize("kind", WITH_PODS)
def test_no_pod_or_template_has_a_priority_class_that_the_organization_does_not_name(
    admin: Requests, kind: str, name: str
) -> None:
    assert f"class '{name}'" in admin.refused(
        "POST", path_of(kind, HERE), workload(kind, priorityClassName=name)
    )


@pytest.mark.parametrize("kind", WITH_PODS)
def test_no_pod_or_template_names_its_node(admin: Requests, kind: str) -> None:
    said = admin.refused("POST", path_of(kind, HERE), workload(kind, nodeName="node-0"))
    assert "names its node ('node-0')" in said


OTHERS_NODES: dict[str, dict[str, Any]] = {
    "every taint": {"tolerations": [{"operator": "Exists"}]},
    "node-role.kubernetes.io/control-plane": {
        "tolerations": [{"key": "node-role.kubernetes.io/control-plane", "operator": "Exists"}]
    },
    "dedicated": {
        "tolerations": [{"key": "gpu"}, {"key": "dedicated", "value": "any", "effect": "NoExecute"}]
    },
}


@pytest.mark.parametrize("taint", OTHERS_NODES)
@pytest.mark.parametrize("kind", WITH_PODS)
def test_no_pod_or_template_tolerates_a_taint_that_the_organization_does_not_name(
    admin: Requests, kind: str, taint: str
) -> None:
    said = admin.refused("POST", path_of(kind, HERE), workload(kind, **OTHERS_NODES[taint]))
    assert f"tolerates {taint} runs on nodes that are kept for others" in said


def affinity(kind: str, required: bool, **term: Any) -> dict[str, Any]:
    whole = {"topologyKey": "kubernetes.io/os", "labelSelector": {"matchLabels": SELECTED}, **term}
    terms = (
        {"requiredDuringSchedulingIgnoredDuringExecution": [whole]}
        if required
        else {"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 1, "podAffinityTerm": whole}]}
    )
    return {"affinity": {kind: terms}}


@pytest.mark.parametrize("kind", WITH_PODS)
@pytest.mark.parametrize("term", [{"namespaceSelector": {}}, {"namespaces": [HERE, THERE]}])
@pytest.mark.parametrize("how", ["podAffinity", "podAntiAffinity"])
@pytest.mark.parametrize("required", [True, False])
def test_no_pod_or_template_attracts_or_repels_the_pods_of_other_namespaces(
    admin: Requests, kind: str, term: dict[str, Any], how: str, required: bool
) -> None:
    said = admin.refused("POST", path_of(kind, HERE), workload(kind, **affinity(how, required, **term)))
    assert "decide where these run" in said


@pytest.mark.parametrize("kind", WITH_PODS)
def test_pods_spread_among_their_own_and_tolerate_what_is_allowed(admin: Requests, kind: str) -> None:
    allowed = [{"key": "gpu"}, {"key": "node.kubernetes.io/not-ready", "operator": "Exists"}]
    for own in ({}, {"namespaces": [HERE]}):
        pod = workload(kind, tolerations=allowed, **affinity("podAntiAffinity", True, **own))
        admin.send("POST", path_of(kind, HERE), pod)


@pytest.mark.parametrize("kind", DEPLOYED)
@pytest.mark.parametrize(
    "pod",
    [
        {"priorityClassName": "system-node-critical"},
        {"nodeName": "node-0"},
        OTHERS_NODES["every taint"],
        affinity("podAntiAffinity", True, namespaceSelector={}),
    ],
    ids=["class", "node", "taint", "affinity"],
)
def test_a_tenant_gets_none_of_it_by_what_it_deploys_or_changes(
    tenant: Requests, kind: str, pod: dict[str, Any]
) -> None:
    assert tenant.refused("POST", path_of(kind, HERE), workload(kind, **pod))
    if kind == "Job":
        return  # its template never changes
    tenant.send("POST", path_of(kind, HERE), workload(kind), dry=False)
    try:
        assert tenant.refused("PATCH", path_of(kind, HERE, "any"), workload(kind, **pod))
        tenant.send("PATCH", path_of(kind, HERE, "any"), {"metadata": {"labels": {"harmless": "yes"}}})
    finally:
        tenant.send("DELETE", path_of(kind, HERE, "any"), dry=False)


@pytest.mark.parametrize("kind", WITH_PODS)
def test_pods_without_a_class_or_of_one_that_the_organization_names_are_created(
    admin: Requests, kind: str
) -> None:
    admin.send("POST", path_of(kind, HERE), workload(kind))
    admin.send("POST", path_of(kind, HERE), workload(kind, priorityClassName="batch-low"))


@pytest.mark.parametrize("namespace", [UNOWNED, "kube-system"])
def test_a_namespace_that_nobody_owns_is_left_alone(admin: Requests, namespace: str) -> None:
    critical = workload("Deployment", priorityClassName="system-node-critical", nodeName="node-0")
    admin.send("POST", path_of("Deployment", namespace), critical)
    any_host = {**plain("Ingress"), "spec": ingress_spec("www.other.com", ingressClassName="any")}
    admin.send("POST", path_of("Ingress", namespace), any_host)
    admin.send("POST", path_of("ConfigMap", namespace), plain("ConfigMap", labels={OWNER: STRANGER}))


def test_a_default_priority_class_of_the_cluster_is_no_class_of_a_tenants_choice(
    admin: Requests, cluster: LiveCluster
) -> None:
    classes: Any = client.SchedulingV1Api(cluster.core.api_client)
    usual = {"metadata": {"name": "usual"}, "value": 1, "globalDefault": True}
    classes.create_priority_class(usual)
    try:

        def defaulted() -> bool:
            spec = admin.send("POST", path_of("Pod", HERE), workload("Pod"))["spec"]
            return bool(spec.get("priorityClassName") == "usual")

        until(defaulted, "the cluster's default class given to a pod")
    finally:
        classes.delete_priority_class("usual")


def test_what_ran_before_the_namespace_had_an_owner_goes_on_and_is_corrected_with_its_next_version(
    admin: Requests, cluster: LiveCluster
) -> None:
    name = "attack-before"
    cluster.core.create_namespace({"metadata": {"name": name}})
    admin.send("POST", path_of("Deployment", name), workload("Deployment", nodeName="node-0"), dry=False)
    labels = {OWNER: PLATFORM, "pod-security.kubernetes.io/enforce": "restricted"}
    cluster.core.patch_namespace(name, {"metadata": {"labels": labels}})
    here = path_of("Deployment", name, "any")
    newer = {"spec": {"template": {"metadata": {"labels": {"version": "2"}}, "spec": {"hostname": "any"}}}}
    until(lambda: _refuses(admin, here, newer), "the policy in force there")
    admin.send("PATCH", here, {"spec": {"replicas": 0}, "metadata": {"labels": {"any": "label"}}})


def _refuses(requests: Requests, path: str, body: Any) -> bool:
    try:
        requests.send("PATCH", path, body)
    except ApiException as error:
        return "names its node" in str(error.body)
    return False


# ---- Ingresses and Services

OTHERS_HOSTS = [
    "www.other.com",
    f"any.{THERE}.platform.internal",
    f"{HERE}.platform.internal",
    f"any.{HERE}.example.com",
    f"any-{HERE}.platform.internal",
    "shop.example.com",
    "x.www.example.com",
    "*.platform.internal",
    "",
]


@pytest.mark.parametrize("host", OTHERS_HOSTS)
def test_a_tenant_serves_no_host_of_others(tenant: Requests, host: str) -> None:
    body = {**plain("Ingress"), "spec": ingress_spec(f"any.{HERE}.platform.internal", host)}
    said = tenant.refused("POST", path_of("Ingress", HERE), body)
    assert f"serves {host or 'every host'}, and the namespace has *.{HERE}.platform.internal" in said
    if host:
        secret = {"hosts": [host], "secretName": "any"}
        body["spec"] = ingress_spec(f"any.{HERE}.platform.internal", tls=[secret])
        assert f"serves {host}" in tenant.refused("POST", path_of("Ingress", HERE), body)


@pytest.mark.parametrize(
    "host",
    [f"any.{HERE}.platform.internal", f"*.{HERE}.platform.internal", "www.example.com", "a.shop.example.com"],
)
def test_a_tenant_serves_its_own_hosts_and_those_in_the_namespaces_settings(
    tenant: Requests, host: str
) -> None:
    tls = [{"hosts": [host], "secretName": "any"}]
    tenant.send("POST", path_of("Ingress", HERE), {**plain("Ingress"), "spec": ingress_spec(host, tls=tls)})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"ingressClassName": "nginx"}, "has the class 'nginx'; applications are served by local"),
        ({"defaultBackend": {"service": {"name": "any", "port": {"number": 80}}}}, "has a default backend"),
    ],
)
def test_a_tenant_takes_no_other_class_and_no_default_backend(
    tenant: Requests, changes: dict[str, Any], words: str
) -> None:
    body = {**plain("Ingress"), "spec": ingress_spec(f"any.{HERE}.platform.internal", **changes)}
    assert words in tenant.refused("POST", path_of("Ingress", HERE), body)


@pytest.mark.parametrize(
    "annotation",
    [
        "alb.ingress.kubernetes.io/group.name",
        "alb.ingress.kubernetes.io/load-balancer-name",
        "nginx.ingress.kubernetes.io/configuration-snippet",
        "nginx.ingress.kubernetes.io/auth-tls-secret",
        "traefik.ingress.kubernetes.io/router.middlewares",
        "external-dns.alpha.kubernetes.io/hostname",
    ],
)
def test_a_tenant_gives_a_controller_no_orders_that_the_organization_does_not_name(
    tenant: Requests, annotation: str
) -> None:
    body = plain("Ingress", annotations={annotation: "any"})
    assert f"the annotations {annotation}, which" in tenant.refused("POST", path_of("Ingress", HERE), body)
    tenant.send("POST", path_of("Ingress", HERE), plain("Ingress"), dry=False)
    try:
        change = {"metadata": {"annotations": {annotation: "any"}}}
        assert annotation in tenant.refused("PATCH", path_of("Ingress", HERE, "any"), change)
        # A controller's finalizer comes and goes, whatever else is there.
        tenant.send(
            "PATCH", path_of("Ingress", HERE, "any"), {"metadata": {"finalizers": ["example.com/any"]}}
        )
    finally:
        tenant.send("DELETE", path_of("Ingress", HERE, "any"), dry=False)


def test_a_tenant_takes_no_class_by_the_old_annotation(tenant: Requests) -> None:
    body = plain("Ingress", annotations={"kubernetes.io/ingress.class": "nginx"})
    body["spec"].pop("ingressClassName")
    said = tenant.refused("POST", path_of("Ingress", HERE), body)
    assert "has the class ''" in said


def test_a_tenant_uses_the_platforms_annotations_and_those_that_the_organization_names(
    tenant: Requests,
) -> None:
    names = (
        "alb.ingress.kubernetes.io/healthcheck-path",
        "cert-manager.io/cluster-issuer",
        "pulumi.com/skipAwait",
        "nginx.ingress.kubernetes.io/proxy-body-size",
    )
    body = plain("Ingress", annotations=dict.fromkeys(names, "any"))
    tenant.send("POST", path_of("Ingress", HERE), body)


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"externalIPs": ["203.0.113.1"], "ports": [{"port": 80}]}, "takes over the traffic to 203.0.113.1"),
        *(
            ({"type": "ExternalName", "externalName": name}, f"leads to '{name}'")
            for name in (
                f"day-service.{THERE}.svc.cluster.local",
                f"day-service.{THERE}.svc.cluster.local.",
                f"day-service.{THERE}.svc",
                "kubernetes.default.svc.any.domain",
                "10-0-0-1.default.pod.cluster.local",
                "169.254.169.254",
                "localhost",
                "localhost.localdomain",
                "kubernetes",
                f"day-service.{THERE}",
                "10.0.0.1.nip.io",
                "db.example.com.",
            )
        ),
    ],
)
def test_a_tenant_leads_no_traffic_to_others(tenant: Requests, spec: dict[str, Any], words: str) -> None:
    body = {"metadata": {"name": "any"}, "spec": spec}
    assert words in tenant.refused("POST", path_of("Service", HERE), body)
    tenant.send("POST", path_of("Service", HERE), plain("Service"), dry=False)
    try:
        change = {"spec": {"selector": None, "clusterIP": None, "ports": None, **spec}}
        assert words in tenant.refused("PATCH", path_of("Service", HERE, "any"), change)
    finally:
        tenant.send("DELETE", path_of("Service", HERE, "any"), dry=False)


@pytest.mark.parametrize("kind", ["LoadBalancer", "NodePort"])
def test_a_tenant_has_no_port_or_load_balancer_that_its_quota_does_not_have(
    tenant: Requests, kind: str
) -> None:
    body = {"metadata": {"name": "any"}, "spec": {"type": kind, "ports": [{"port": 80}]}}
    with pytest.raises(ApiException) as caught:
        tenant.send("POST", path_of("Service", HERE), body)
    assert "exceeded quota" in str(caught.value.body)


@pytest.mark.parametrize(
    "name",
    [
        "external-dns.alpha.kubernetes.io/hostname",
        "service.beta.kubernetes.io/aws-load-balancer-additional-resource-tags",
        "service.kubernetes.io/topology-mode",
    ],
)
def test_a_tenant_orders_nothing_of_a_controller_by_a_services_annotation(
    tenant: Requests, admin: Requests, name: str
) -> None:
    body = plain("Service", annotations={name: "any"})
    assert f"has the annotations {name}" in tenant.refused("POST", path_of("Service", HERE), body)
    tenant.send("POST", path_of("Service", HERE), plain("Service"), dry=False)
    try:
        here = path_of("Service", HERE, "any")
        change = {"metadata": {"annotations": {name: "any"}}}
        assert f"has the annotations {name}" in tenant.refused("PATCH", here, change)
        # A cloud's controllers write some of their own, which stay.
        admin.send("PATCH", here, change, dry=False)
        tenant.send("PATCH", here, {"metadata": {"labels": {"any": "label"}}})
    finally:
        tenant.send("DELETE", path_of("Service", HERE, "any"), dry=False)


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet"])
def test_a_tenant_scales_nothing_that_another_owns(tenant: Requests, kind: str) -> None:
    with pytest.raises(ApiException) as caught:
        tenant.send("PATCH", f"{path_of(kind, HERE, 'any')}/scale", {"spec": {"replicas": 0}})
    assert caught.value.status == HTTPStatus.FORBIDDEN


def test_a_tenant_calls_services_of_its_own_and_hosts_that_the_organization_names(tenant: Requests) -> None:
    tenant.send("POST", path_of("Service", HERE), plain("Service"))
    outside = {
        "metadata": {"name": "any"},
        "spec": {"type": "ExternalName", "externalName": "db.example.com"},
    }
    tenant.send("POST", path_of("Service", HERE), outside)


# ---- what fills the cluster's store


@pytest.mark.parametrize(
    "kind", ["CronJob", "ServiceAccount", "PodDisruptionBudget", "Deployment", "Ingress"]
)
def test_a_tenant_creates_no_more_objects_of_a_kind_than_its_quota_has(
    tenant: Requests, cluster: LiveCluster, kind: str
) -> None:
    resource = (
        f"count/{KINDS[kind][1]}{'' if kind == 'ServiceAccount' else '.' + KINDS[kind][0].split('/')[0]}"
    )
    created = []
    try:
        with pytest.raises(ApiException) as caught:
            for number in range(4):
                name = f"any-{number}"
                body = {**plain(kind, name)}
                if kind == "Deployment":
                    body["spec"]["replicas"] = 0
                tenant.send("POST", path_of(kind, HERE), body, dry=False)
                created.append(name)
    finally:
        for name in created:
            tenant.send("DELETE", path_of(kind, HERE, name), dry=False)
    assert f"exceeded quota: platform-quota, requested: {resource}=1" in str(caught.value.body)
    until(lambda: quota(cluster).status.used[resource] in ("0", "1"), f"{kind} no longer counted")


@pytest.mark.parametrize(
    "large",
    [
        workload("CronJob", containers=[{**CONTAINER, "args": ["x" * 1_300_000]}]),
        workload("CronJob", containers=[{**CONTAINER, "args": ["x"] * 100_000}]),
        workload("CronJob", nodeSelector={f"label-{number}": "x" * 60 for number in range(4000)}),
        {
            **workload("CronJob"),
            "metadata": {"name": "any", "labels": {f"l-{n}": "x" * 60 for n in range(4000)}},
        },
    ],
)
def test_a_tenant_creates_no_object_that_is_larger_than_any_needs_to_be(
    tenant: Requests, large: dict[str, Any]
) -> None:
    assert "characters, and may" in tenant.refused("POST", path_of("CronJob", HERE), large)


def test_an_object_of_an_ordinary_size_is_created(tenant: Requests) -> None:
    body = workload("CronJob", containers=[{**CONTAINER, "args": ["x" * 100] * 1000}])
    tenant.send("POST", path_of("CronJob", HERE), body)
    tenant.send("POST", path_of("ConfigMap", HERE), {**plain("ConfigMap"), "data": {"any": "x" * 900_000}})


# ---- owner labels

LABELLED = [
    "Deployment",
    "StatefulSet",
    "Job",
    "CronJob",
    "Service",
    "ConfigMap",
    "Secret",
    "ServiceAccount",
    "PersistentVolumeClaim",
    "Ingress",
    "HorizontalPodAutoscaler",
    "PodDisruptionBudget",
]
OF_ADMINISTRATORS = [
    "Pod",
    "ReplicaSet",
    "DaemonSet",
    "ResourceQuota",
    "NetworkPolicy",
    "RoleBinding",
    "Lease",
]
WITH_STATUS = [
    "Deployment",
    "StatefulSet",
    "Job",
    "CronJob",
    "Service",
    "PersistentVolumeClaim",
    "Ingress",
    "HorizontalPodAutoscaler",
    "PodDisruptionBudget",
    "Pod",
    "ReplicaSet",
    "DaemonSet",
    "ResourceQuota",
]


@pytest.mark.parametrize("kind", LABELLED)
@pytest.mark.parametrize("owner", [STRANGER, OTHER, PLATFORM])
def test_a_tenant_creates_nothing_in_the_name_of_others(tenant: Requests, kind: str, owner: str) -> None:
    said = tenant.refused("POST", path_of(kind, HERE), plain(kind, labels={OWNER: owner}))
    assert owner in said
    # To claim that it was another's before does not help.
    labelled = plain(kind, labels={OWNER: owner}, annotations={PREVIOUS: owner})
    assert owner in tenant.refused("POST", path_of(kind, HERE), labelled)


@pytest.mark.parametrize("kind", LABELLED)
def test_a_tenant_deploys_in_its_own_name(tenant: Requests, kind: str) -> None:
    tenant.send("POST", path_of(kind, HERE), plain(kind, labels={OWNER: ME}))
    tenant.send("POST", path_of(kind, HERE), plain(kind))


@pytest.mark.parametrize("kind", LABELLED)
def test_a_tenant_changes_takes_and_deletes_nothing_of_another(
    tenant: Requests, admin: Requests, kind: str
) -> None:
    theirs = path_of(kind, HERE, "theirs")
    admin.send("POST", path_of(kind, HERE), plain(kind, "theirs", labels={OWNER: OTHER}), dry=False)
    try:
        for metadata in (
            {"labels": {"any": "label"}},
            {"labels": {OWNER: ME}, "annotations": {PREVIOUS: OTHER}},
            {"labels": {OWNER: None}, "annotations": {PREVIOUS: OTHER}},
        ):
            assert f"is owned by {OTHER}" in tenant.refused("PATCH", theirs, {"metadata": metadata})
        assert f"is owned by {OTHER}" in tenant.refused("DELETE", theirs)
    finally:
        admin.send("DELETE", theirs, dry=False)


@pytest.mark.parametrize("kind", [*LABELLED, *OF_ADMINISTRATORS])
@pytest.mark.parametrize("owner", [STRANGER, None])
def test_an_owner_label_is_stolen_by_no_way_of_changing_an_object(
    admin: Requests, kind: str, owner: str | None
) -> None:
    """Not even by an administrator's credential, unless the request names the owner before."""
    mine = path_of(kind, THERE, "mine")
    body = plain(kind, "mine", labels={OWNER: ME})
    if kind == "Ingress":
        body["spec"] = ingress_spec(f"any.{THERE}.platform.internal")
    admin.send("POST", path_of(kind, THERE), body, dry=False)
    try:
        for path in (mine, *([f"{mine}/status"] if kind in WITH_STATUS else [])):
            for previous in (None, STRANGER):
                change = {"metadata": {"labels": {OWNER: owner}, "annotations": {PREVIOUS: previous}}}
                if (kind, path) == ("Deployment", f"{mine}/status"):
                    # The one kind whose status leaves labels as they are.
                    assert admin.send("PATCH", path, change)["metadata"]["labels"] == {OWNER: ME}
                else:
                    assert f"owned by {ME}" in admin.refused("PATCH", path, change), path
        swap = {"labels": {OWNER: owner}, "annotations": {PREVIOUS: ME}}
        admin.send("PATCH", mine, {"metadata": swap})
    finally:
        admin.send("DELETE", mine, dry=False)


def test_controllers_label_what_is_their_own(admin: Requests, acting: Callable[[str], Requests]) -> None:
    """As the controllers of a cluster that gives each its own account; the local one's are administrators."""
    endpoints = plain("Endpoints", labels={OWNER: ME})
    admin.send("POST", path_of("Endpoints", HERE), endpoints, dry=False)
    change = plain("Endpoints", labels={OWNER: OTHER})
    acting(f"{CONTROLLERS}:endpoint-controller").send("PUT", path_of("Endpoints", HERE, "any"), change)
    admin.send("DELETE", path_of("Endpoints", HERE, "any"), dry=False)
    for controller, kind in (("replicaset", "Pod"), ("deployment", "ReplicaSet"), ("cronjob", "Job")):
        made = plain(kind, labels={OWNER: ME})
        acting(f"{CONTROLLERS}:{controller}-controller").send("POST", path_of(kind, HERE), made)
    said = acting(f"{CONTROLLERS}:cronjob-controller").refused(
        "POST", path_of("Job", HERE), plain("Job", labels={OWNER: STRANGER})
    )
    assert STRANGER in said


def test_in_a_namespace_without_tenants_any_stack_deploys(
    admin: Requests, cluster: LiveCluster, acting: Callable[[str], Requests]
) -> None:
    editor(cluster, THERE, "edit")
    acting("eve").send("POST", path_of("ConfigMap", THERE), plain("ConfigMap", labels={OWNER: STRANGER}))


# ---- isolation


def editor(cluster: LiveCluster, namespace: str, role: str) -> None:
    """Give a user one of the built-in roles in a namespace, and wait until it has it."""
    group = "rbac.authorization.k8s.io"
    binding = {
        "metadata": {"name": "eve"},
        "subjects": [{"kind": "User", "name": "eve", "apiGroup": group}],
        "roleRef": {"kind": "ClusterRole", "name": role, "apiGroup": group},
    }
    cluster.access.create_namespaced_role_binding(namespace, binding)
    access: Any = client.AuthorizationV1Api(cluster.core.api_client)
    asked = {
        "namespace": namespace,
        "verb": "create",
        "group": "networking.k8s.io",
        "resource": "networkpolicies",
    }
    review = {"spec": {"user": "eve", "resourceAttributes": asked}}
    until(lambda: access.create_subject_access_review(review).status.allowed, "eve's role in force")


@pytest.fixture(scope="module")
def eve(tenant: Requests, cluster: LiveCluster) -> Requests:
    """Someone with the built-in role admin in the namespace."""
    editor(cluster, HERE, "admin")
    return Requests(cluster.core.api_client, "eve")


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("NetworkPolicy", "platform-default-deny"),
        ("NetworkPolicy", "platform-exceptions"),
        ("RoleBinding", "platform-deploy"),
        ("RoleBinding", "platform-read"),
    ],
)
def test_the_built_in_roles_neither_change_nor_delete_isolation(eve: Requests, kind: str, name: str) -> None:
    assert f"'{name}' isolates the namespace" in eve.refused("DELETE", path_of(kind, HERE, name))
    assert "isolates the namespace" in eve.refused("DELETE", path_of(kind, HERE))
    if kind == "NetworkPolicy":  # of a RoleBinding, Kubernetes lets nobody grant what they don't have
        label = {"metadata": {"labels": {"any": "label"}}}
        assert f"'{name}' isolates the namespace" in eve.refused("PATCH", path_of(kind, HERE, name), label)


def test_the_built_in_roles_open_the_namespace_by_no_policy_of_their_own(eve: Requests) -> None:
    assert "isolates the namespace" in eve.refused(
        "POST", path_of("NetworkPolicy", HERE), plain("NetworkPolicy")
    )


def test_the_built_in_roles_go_on_to_do_what_they_are_for(eve: Requests) -> None:
    eve.send("POST", path_of("RoleBinding", HERE), plain("RoleBinding"))
    eve.send("POST", path_of("Deployment", HERE), plain("Deployment"))


def test_the_control_plane_deletes_isolation_with_its_namespace(
    tenant: Requests, acting: Callable[[str], Requests]
) -> None:
    for user in ("namespace-controller", "generic-garbage-collector"):
        controller = acting(f"{CONTROLLERS}:{user}")
        controller.send("DELETE", path_of("NetworkPolicy", HERE, "platform-default-deny"))
        controller.send("DELETE", path_of("ResourceQuota", HERE, "platform-quota"))
