"""What others change of a stack's objects is named with who did it, and the next update puts it back."""

import json
import subprocess
from collections.abc import Callable

import pytest

from operations.toolchain import locate
from tests.checkout import Checkout
from tests.cluster import LiveCluster, until
from tests.integration.conftest import Declare, Lasting

Kubectl = Callable[..., str]

BY_HAND = {
    "Deployment/day-service": ("set", "image", "deployment/day-service", "day-service=registry.example/hot:fix"),
    "ConfigMap/day-service-config": ("patch", "cm", "day-service-config", "-p", '{"data":{"LOG_LEVEL":"trace"}}'),
    "Service/day-service": ("patch", "service", "day-service", "-p", '{"spec":{"selector":{"app":"other"}}}'),
    "HorizontalPodAutoscaler/day-service-hpa": ("patch", "hpa", "day-service-hpa", "-p", '{"spec":{"maxReplicas":9}}'),
    "ResourceQuota/platform-quota": ("patch", "quota", "platform-quota", "-p", '{"spec":{"hard":{"pods":"99"}}}'),
    "NetworkPolicy/platform-default-deny": (
        *("patch", "networkpolicy", "platform-default-deny", "--type=merge"),
        *("-p", '{"spec":{"ingress":[{}],"podSelector":{"matchLabels":{"app":"none"}}}}'),
    ),
    "RoleBinding/platform-read": (
        *("patch", "rolebinding", "platform-read", "--type=merge"),
        *("-p", '{"subjects":[{"kind":"User","name":"eve","apiGroup":"rbac.authorization.k8s.io"}]}'),
    ),
}  # fmt: skip
"""What a person does to a service and to what isolates it, with kubectl."""

POLICIES = {
    "ValidatingAdmissionPolicy/namespace-deletion.platform.internal": (
        *("patch", "validatingadmissionpolicy", "namespace-deletion.platform.internal", "--type=merge"),
        *("-p", '{"spec":{"validations":[{"expression":"true"}]}}'),
    ),
    "ValidatingAdmissionPolicyBinding/owner-change.platform.internal": (
        *("patch", "validatingadmissionpolicybinding", "owner-change.platform.internal", "--type=merge"),
        *("-p", '{"spec":{"matchResources":{"namespaceSelector":{"matchLabels":{"a":"b"}}}}}'),
    ),
    "ClusterRole/platform-read": (
        *("patch", "clusterrole", "platform-read", "--type=json"),
        *("-p", '[{"op":"add","path":"/rules/-","value":{"apiGroups":[""],"resources":["secrets"],"verbs":["*"]}}]'),
    ),
}  # fmt: skip


@pytest.fixture
def kubectl(checkout: Checkout) -> Kubectl:
    """Run kubectl as an administrator, and return what it printed."""

    def run(*arguments: str) -> str:
        command = [str(locate().path("kubectl")), "--kubeconfig", str(checkout.kubeconfig), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{arguments}: {done.stderr}"
        return done.stdout

    return run


def drift(checkout: Checkout, **variables: str) -> list[str]:
    """What `make namespace-status` says is different."""
    text = checkout.make("namespace-status", FORMAT="json", code=None, **variables).text
    document, _ = json.JSONDecoder().raw_decode(text)
    return [
        one["fact"]
        for shown in document["clusters"]
        for one in shown["disagreements"]
        if one["kind"] in ("drift", "policy-missing")
    ]


def named(facts: list[str]) -> set[str]:
    return {fact.partition(" ")[0].rstrip(":") for fact in facts}


def test_what_a_person_changes_is_named_and_put_back_each_time(
    checkout: Checkout, cluster: LiveCluster, lasting: Lasting, kubectl: Kubectl
) -> None:
    space = lasting.namespace
    assert drift(checkout, **lasting.named) == []
    before = {**cluster.uids(space), **cluster.isolation_uids(space)}
    before = {name: uid for name, uid in before.items() if not name.startswith("Pod/")}
    deployed = (
        cluster.apps.read_namespaced_deployment("day-service", space).spec.template.spec.containers[0].image
    )
    for _ in range(2):
        for edit in BY_HAND.values():
            kubectl("-n", space, *edit)
        kubectl("label", "ns", space, "--overwrite", "managed-by=x", "name=y", "mine=stays")
        kubectl("label", "ns", space, "--overwrite", "pod-security.kubernetes.io/enforce=privileged")
        facts = drift(checkout, **lasting.named)
        assert named(facts) == {*BY_HAND, f"Namespace/{space}"}
        (image,) = (fact for fact in facts if "image" in fact)
        assert 'containers[day-service].image is "registry.example/hot:fix"' in image
        assert f'(declared: "{deployed}"), set by kubectl-set on 20' in image
        preview = checkout.make("app-preview", **lasting.named).text
        assert "would be put back: ConfigMap/day-service-config" in preview

        told = lasting.up()
        assert all(f"put back: {title}" in told for title in BY_HAND)
        assert drift(checkout, **lasting.named) == []
        again = lasting.up()
        assert "put back" not in again
        assert "created" not in again
        assert "updated" not in again
    policy = cluster.networking.read_namespaced_network_policy("platform-default-deny", space).spec
    assert (policy.ingress, policy.pod_selector.match_labels) == (None, None)
    labels = cluster.namespace(space).metadata.labels
    assert (labels["mine"], labels["pod-security.kubernetes.io/enforce"]) == ("stays", "restricted")
    after = {**cluster.uids(space), **cluster.isolation_uids(space)}
    assert {name: uid for name, uid in after.items() if not name.startswith("Pod/")} == before


def test_a_release_goes_through_over_what_a_person_changed_or_deleted(
    checkout: Checkout, cluster: LiveCluster, lasting: Lasting, kubectl: Kubectl
) -> None:
    space = lasting.namespace
    for title in ("Deployment/day-service", "HorizontalPodAutoscaler/day-service-hpa"):
        kubectl("-n", space, *BY_HAND[title])
    kubectl("-n", space, "delete", "serviceaccount,configmap", "--all")
    lasting.declare(image_tag="2.0.0", max_replicas=7, log_level="debug")
    told = lasting.up()
    assert "put back: Deployment/day-service" in told
    assert f"created again: ServiceAccount/day-service in '{space}'" in told
    (container,) = cluster.apps.read_namespaced_deployment("day-service", space).spec.template.spec.containers
    assert container.image.endswith(":2.0.0")
    hpa = cluster.autoscaling.read_namespaced_horizontal_pod_autoscaler("day-service-hpa", space)
    assert hpa.spec.max_replicas == 7
    assert drift(checkout, **lasting.named) == []


def test_what_was_deleted_is_named_and_created_again(
    checkout: Checkout, cluster: LiveCluster, lasting: Lasting, kubectl: Kubectl
) -> None:
    space = lasting.namespace
    kubectl("-n", space, "delete", "deployment,service,networkpolicy,rolebinding", "--all")
    facts = drift(checkout, **lasting.named)
    assert f"Deployment/day-service in '{space}' no longer exists." in facts
    assert len(facts) == 9
    told = lasting.up()
    assert f"created again: Deployment/day-service in '{space}'" in told
    assert drift(checkout, **lasting.named) == []
    status = cluster.apps.read_namespaced_deployment("day-service", space).status
    assert status.ready_replicas >= 2
    lasting.declare(image_tag="2.1.0")
    kubectl("-n", space, "delete", "deployment", "day-service")
    lasting.up()
    (container,) = cluster.apps.read_namespaced_deployment("day-service", space).spec.template.spec.containers
    assert container.image.endswith(":2.1.0")


def test_what_a_controller_sets_is_refused_by_name_and_taken_back_when_asked(
    checkout: Checkout, cluster: LiveCluster, lasting: Lasting, kubectl: Kubectl
) -> None:
    space = lasting.namespace
    # The autoscaler would take back what is fewer.
    lasting.declare(min_replicas=3)
    lasting.up()
    # An autoscaler's, and a person's own: neither is declared.
    kubectl("-n", space, "scale", "deployment/day-service", "--replicas=3")
    assert "unchanged" in lasting.up()
    kubectl("-n", space, "set", "env", "deployment/day-service", "MINE=1")
    told = lasting.up()
    assert "left alone: Deployment/day-service" in told
    assert "TAKE_BACK=Deployment/day-service" in told
    edit = ("patch", "deployment", "day-service", "--field-manager=rightsizer", "-p")
    kubectl("-n", space, *edit, '{"spec":{"template":{"spec":{"terminationGracePeriodSeconds":7}}}}')
    refused = checkout.refused("app-up", **lasting.named)
    assert (
        "spec.template.spec.terminationGracePeriodSeconds is 7 (declared: 30), set by rightsizer on 20"
        in refused
    )
    assert "TAKE_BACK=Deployment/day-service" in refused
    checkout.make("app-up", **lasting.named, TAKE_BACK="deployment/day-service")
    spec = cluster.apps.read_namespaced_deployment("day-service", space).spec
    assert spec.template.spec.termination_grace_period_seconds == 30
    assert spec.template.spec.containers[0].env is None
    assert spec.replicas == 3
    assert drift(checkout, **lasting.named) == []


def test_an_edited_policy_or_role_is_named_and_put_back_each_time(
    checkout: Checkout, cluster: LiveCluster, kubectl: Kubectl
) -> None:
    for _ in range(2):
        for edit in POLICIES.values():
            kubectl(*edit)
        assert named(drift(checkout)) == set(POLICIES)
        doctor = checkout.make("doctor", code=None).text
        assert all(title in doctor for title in POLICIES)
        told = checkout.make("infra-up").text
        assert all(f"put back: {title}" in told for title in POLICIES)
        assert drift(checkout) == []
        assert "put back" not in checkout.make("infra-up").text
    binding = cluster.admission.read_validating_admission_policy_binding("owner-change.platform.internal")
    assert binding.spec.match_resources is None
    assert all(
        "secrets" not in rule.resources for rule in cluster.access.read_cluster_role("platform-read").rules
    )
    cluster.wait_for_policies()


MIRROR = """
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicy
metadata: {name: mirror}
spec:
  failurePolicy: Fail
  reinvocationPolicy: Never
  matchConstraints:
    namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: mirrored}}
    resourceRules:
      - {apiGroups: [apps], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [deployments]}
  mutations:
    - patchType: JSONPatch
      jsonPatch:
        expression: >-
          [JSONPatch{op: "replace", path: "/spec/template/spec/containers/0/image",
          value: "mirror.example/" + object.spec.template.spec.containers[0].image.split("/").reverse()[0]}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicyBinding
metadata: {name: mirror}
spec: {policyName: mirror}
"""
"""What registries are mirrored by: admission rewrites the images of what is deployed."""


def test_what_admission_rewrites_is_no_difference_and_not_deployed_again(
    checkout: Checkout, cluster: LiveCluster, declare: Declare, kubectl: Kubectl, environment: str
) -> None:
    file = checkout.temporary / "mirror.yaml"
    file.write_text(MIRROR)
    kubectl("apply", "-f", str(file))
    try:
        declare("day", namespace="mirrored", adopt_namespace_from="unowned")
        until(lambda: is_mirrored(cluster), "the policy in force")
        checkout.app_up("day", environment)
        for _ in range(2):
            assert "updated" not in checkout.app_up("day", environment)
        assert drift(checkout, SERVICE="day", ENV=environment) == []
        declare("day", namespace="mirrored", adopt_namespace_from="unowned", image_tag="3.0.0")
        assert "1 updated" in checkout.app_up("day", environment)
        assert image_of(cluster, "mirrored") == "mirror.example/day-service:3.0.0"
    finally:
        kubectl("delete", "-f", str(file))


def is_mirrored(cluster: LiveCluster) -> bool:
    """Whether the API server rewrites yet, a moment after it got the policy; tried in a namespace of that name."""
    pod = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "a", "image": "x/a:1"}]}}
    spec = {"selector": {"matchLabels": {"a": "b"}}, "template": pod}
    body = {"metadata": {"name": "probe"}, "spec": spec}
    if not cluster.exists("mirrored"):
        cluster.core.create_namespace({"metadata": {"name": "mirrored"}})
    tried = cluster.apps.create_namespaced_deployment("mirrored", body, dry_run="All")
    return str(tried.spec.template.spec.containers[0].image).startswith("mirror.example/")


def image_of(cluster: LiveCluster, namespace: str) -> str:
    deployment = cluster.apps.read_namespaced_deployment("day-service", namespace)
    return str(deployment.spec.template.spec.containers[0].image)
