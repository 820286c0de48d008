"""The API server admits and authorizes as a production cluster's does."""

import base64
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from kubernetes import client

from operations.local.local import LocalCluster
from tests.integration.cluster.conftest import POD, api, until


@pytest.fixture(scope="module")
def namespace(running: LocalCluster) -> str:
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    api(running).create_namespace({"metadata": {"name": "guarded", "labels": labels}})
    return "guarded"


def _refusal(call: Any, *arguments: Any) -> str:
    with pytest.raises(client.ApiException) as caught:
        call(*arguments)
    assert caught.value.status in (403, 422)
    return str(caught.value.body)


def test_pod_security_refuses_a_privileged_pod(running: LocalCluster, namespace: str) -> None:
    container = POD["containers"][0] | {"securityContext": {"privileged": True}}
    pod = {"metadata": {"name": "privileged"}, "spec": {"containers": [container]}}
    core = api(running)
    assert "violates PodSecurity" in _refusal(core.create_namespaced_pod, namespace, pod)


def test_a_quota_is_enforced(running: LocalCluster) -> None:
    core = api(running)
    core.create_namespace({"metadata": {"name": "limited"}})
    core.create_namespaced_resource_quota(
        "limited", {"metadata": {"name": "none"}, "spec": {"hard": {"count/secrets": "0"}}}
    )
    until(lambda: core.read_namespaced_resource_quota("none", "limited").status.hard)
    extra = {"metadata": {"name": "extra"}}
    assert "exceeded quota" in _refusal(core.create_namespaced_secret, "limited", extra)


def test_a_limit_range_gives_defaults(running: LocalCluster) -> None:
    core = api(running)
    core.create_namespace({"metadata": {"name": "ranged"}})
    limits = [{"type": "Container", "defaultRequest": {"cpu": "70m"}}]
    core.create_namespaced_limit_range("ranged", {"metadata": {"name": "any"}, "spec": {"limits": limits}})

    def defaulted() -> bool:
        # The admission plugin learns of the limit range from a watch.
        pod = core.create_namespaced_pod("ranged", {"metadata": {"generateName": "any-"}, "spec": POD})
        return bool((pod.spec.containers[0].resources.requests or {}).get("cpu") == "70m")

    until(defaulted)


def test_an_admission_policy_refuses(running: LocalCluster) -> None:
    admission = api(running, client.AdmissionregistrationV1Api)
    rule = {
        "apiGroups": [""],
        "apiVersions": ["v1"],
        "operations": ["CREATE"],
        "resources": ["configmaps"],
    }
    admission.create_validating_admission_policy(
        {
            "metadata": {"name": "no-forbidden"},
            "spec": {
                "matchConstraints": {"resourceRules": [rule]},
                "validations": [
                    {"expression": "object.metadata.name != 'forbidden'", "message": "it is forbidden"}
                ],
            },
        }
    )
    admission.create_validating_admission_policy_binding(
        {
            "metadata": {"name": "no-forbidden"},
            "spec": {"policyName": "no-forbidden", "validationActions": ["Deny"]},
        }
    )
    core = api(running)

    def refused() -> str:
        try:
            core.create_namespaced_config_map("default", {"metadata": {"name": "forbidden"}}, dry_run="All")
        except client.ApiException as error:
            return str(error.body)
        return ""

    assert "it is forbidden" in until(refused)


def test_a_service_account_may_nothing_without_a_role(running: LocalCluster) -> None:
    reviews = api(running, client.AuthorizationV1Api)
    attributes = {"namespace": "default", "verb": "list", "resource": "secrets"}
    user = "system:serviceaccount:default:default"
    review = {"spec": {"user": user, "resourceAttributes": attributes}}
    assert not reviews.create_subject_access_review(review).status.allowed


def test_nobody_gets_in_without_a_certificate(running: LocalCluster) -> None:
    settings = client.Configuration(host=str(running.status().server))
    settings.ssl_ca_cert = str(running.plane.folder / "pki" / "ca.crt")
    core = client.CoreV1Api(client.ApiClient(settings))
    with pytest.raises(client.ApiException) as caught:
        core.list_namespace()
    assert caught.value.status in (401, 403)


def test_a_signed_certificate_is_a_credential(running: LocalCluster) -> None:
    """As a tenant gets one."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "tenant")])
    request = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    certificates = api(running, client.CertificatesV1Api)
    spec = {
        "request": base64.b64encode(request.public_bytes(serialization.Encoding.PEM)).decode(),
        "signerName": "kubernetes.io/kube-apiserver-client",
        "usages": ["client auth"],
    }
    created = certificates.create_certificate_signing_request({"metadata": {"name": "tenant"}, "spec": spec})
    condition = {"type": "Approved", "status": "True", "reason": "Test"}
    created.status.conditions = [condition]
    certificates.replace_certificate_signing_request_approval("tenant", created)
    signed = until(lambda: certificates.read_certificate_signing_request("tenant").status.certificate)
    certificate = x509.load_pem_x509_certificate(base64.b64decode(signed))
    authority = x509.load_pem_x509_certificate((running.plane.home / "pki" / "ca.crt").read_bytes())
    certificate.verify_directly_issued_by(authority)
