"""What EKS and the load balancer controller do around a cluster: tokens, the way to webhooks, load balancers."""

import base64
import json
import re
import socketserver
import ssl
import tempfile
import threading
import time
from typing import Any
from urllib.parse import parse_qs, urlparse
from urllib.request import Request, urlopen

from moto.eks.models import eks_backends

from .control_plane import ControlPlane

_PREFIX = "k8s-aws-v1."
_ADMINISTRATOR, _VIEWER = "AmazonEKSClusterAdminPolicy", "AmazonEKSViewPolicy"
_CONTROLLER = "aws-load-balancer-controller"
_FINALIZER, _BINDING_FINALIZER = "ingress.k8s.aws/resources", "elbv2.k8s.aws/resources"
_ELB = "/apis/elbv2.k8s.aws/v1beta1"
_INGRESSES = "/apis/networking.k8s.io/v1"


class Authenticator:
    """EKS's token authenticator: a token is a presigned request who the caller is; access entries let him in.

    Args:
        aws: the URL of the emulated AWS.
    """

    def __init__(self, aws: str) -> None:
        self._aws = aws
        self.delay_seconds = 0.0
        """Until an entry or a policy takes effect."""

    def review(self, account: str, region: str, name: str, review: Any) -> Any:
        """Answer a TokenReview for a cluster."""
        status: dict[str, Any]
        try:
            user = self._user(review["spec"]["token"], eks_backends[account][region].clusters[name])
            status = {"authenticated": True, "user": user}
        except LookupError as error:
            status = {"authenticated": False, "error": str(error)}
        return {"apiVersion": review["apiVersion"], "kind": "TokenReview", "status": status}

    def _user(self, token: str, cluster: Any) -> dict[str, Any]:
        if not token.startswith(_PREFIX):
            raise LookupError("not a token of EKS")
        text = token.removeprefix(_PREFIX)
        url = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
        caller = self._caller(parse_qs(urlparse(url).query)["X-Amz-Credential"][0])
        session = re.fullmatch(r"arn:(aws[a-z-]*):sts::(\d+):assumed-role/([^/]+)/.*", caller)
        named = [caller]
        if session:
            named = [
                arn
                for arn in cluster.entries
                if arn.startswith(f"arn:{session[1]}:iam::{session[2]}:role/")
                and arn.rsplit("/", 1)[-1] == session[3]
            ]
        entry = next((cluster.entries[arn] for arn in named if arn in cluster.entries), None)
        if not entry or time.time() - entry["createdAt"] < self.delay_seconds:
            raise LookupError(f"{caller} has no access entry that is in effect")
        groups = list(entry["kubernetesGroups"])
        for arn, policy in entry["policies"].items():
            if time.time() - policy["associatedAt"] < self.delay_seconds:
                continue
            if arn.endswith(_ADMINISTRATOR) and policy["accessScope"]["type"] == "cluster":
                groups.append("system:masters")
            if arn.endswith(_VIEWER):
                groups += [f"eks:view:{namespace}" for namespace in policy["accessScope"]["namespaces"]]
        return {"username": caller, "groups": groups}

    def _caller(self, credential: str) -> str:
        """Who a credential is of; moto tells by the header of a request."""
        header = f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=x"
        kind = "application/x-www-form-urlencoded"
        request = Request(
            f"{self._aws}/",
            data=b"Action=GetCallerIdentity&Version=2011-06-15",
            headers={"Authorization": header, "Content-Type": kind},
        )
        with urlopen(request, timeout=10) as answer:
            found = re.search(r"<Arn>(.*?)</Arn>", answer.read().decode())
        assert found
        return found[1]


class Egress(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """The API server's way to pods: the load balancer controller's webhooks answer, and nobody else does."""

    daemon_threads = True

    def __init__(self, plane: ControlPlane) -> None:
        self.plane = plane
        super().__init__(str(plane.egress), _Tunnel)


class _Tunnel(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        assert isinstance(self.server, Egress)
        plane, lines = self.server.plane, self.request.makefile("rb")
        while lines.readline().strip():
            pass
        if not controller_is_ready(plane):
            self.request.sendall(b"HTTP/1.1 503 Service Unavailable\r\n\r\n")
            return
        secret = plane.ask("/api/v1/namespaces/kube-system/secrets/aws-load-balancer-tls")["data"]
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with tempfile.NamedTemporaryFile() as file:
            file.write(base64.b64decode(secret["tls.crt"]) + base64.b64decode(secret["tls.key"]))
            file.flush()
            context.load_cert_chain(file.name)
        self.request.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        with context.wrap_socket(self.request, server_side=True) as tunnel:
            _answer_reviews(tunnel)


def _answer_reviews(tunnel: ssl.SSLSocket) -> None:
    lines = tunnel.makefile("rb")
    while lines.readline():
        length = 0
        while header := lines.readline().strip():
            if header.lower().startswith(b"content-length:"):
                length = int(header.split(b":")[1])
        review = json.loads(lines.read(length))
        response = {"uid": review["request"]["uid"], "allowed": True}
        answer = json.dumps(
            {"apiVersion": review["apiVersion"], "kind": "AdmissionReview", "response": response}
        ).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(answer)}\r\n\r\n"
        tunnel.sendall(head.encode() + answer)


def controller_is_ready(plane: ControlPlane) -> bool:
    """Whether the load balancer controller runs."""
    found = plane.ask(f"/apis/apps/v1/namespaces/kube-system/deployments/{_CONTROLLER}")
    return bool(found and found.get("status", {}).get("readyReplicas"))


class LoadBalancers:
    """The AWS Load Balancer Controller of one cluster, as far as Kubernetes sees it."""

    def __init__(self, plane: ControlPlane) -> None:
        self._plane, self._ended = plane, threading.Event()
        threading.Thread(target=self._run, daemon=True).start()

    def stop(self) -> None:
        """End it."""
        self._ended.set()

    def _run(self) -> None:
        while not self._ended.wait(0.5):
            if controller_is_ready(self._plane):
                for ingress in self._items(f"{_INGRESSES}/ingresses"):
                    self._reconcile(ingress)
                for binding in self._items(f"{_ELB}/targetgroupbindings"):
                    if binding["metadata"].get("deletionTimestamp"):
                        self._plane.merge(_path(binding), {"metadata": {"finalizers": None}})

    def _items(self, path: str) -> list[Any]:
        found = self._plane.ask(path) or {"items": []}
        return list(found["items"])

    def _reconcile(self, ingress: Any) -> None:
        metadata, path = ingress["metadata"], _path(ingress)
        has_one = _FINALIZER in metadata.get("finalizers", [])
        if metadata.get("deletionTimestamp"):
            if has_one:
                self._delete(ingress)
        elif not has_one and self._is_ours(ingress):
            self._plane.merge(path, {"metadata": {"finalizers": [_FINALIZER]}})
            host = f"k8s-{metadata['namespace']}-{metadata['name']}.elb.amazonaws.com"
            self._plane.merge(
                f"{path}/status", {"status": {"loadBalancer": {"ingress": [{"hostname": host}]}}}
            )
            bindings = f"{_ELB}/namespaces/{metadata['namespace']}/targetgroupbindings"
            self._plane.ask(bindings, "POST", _binding(ingress))

    def _is_ours(self, ingress: Any) -> bool:
        """Whether its class is this controller's; one whose parameters do not exist is ignored, silently."""
        served = self._plane.ask(
            f"{_INGRESSES}/ingressclasses/{ingress['spec'].get('ingressClassName', '-')}"
        )
        if not served or served["spec"]["controller"] != "ingress.k8s.aws/alb":
            return False
        parameters = served["spec"].get("parameters")
        return not parameters or bool(self._plane.ask(f"{_ELB}/ingressclassparams/{parameters['name']}"))

    def _delete(self, ingress: Any) -> None:
        metadata = ingress["metadata"]
        label = f"ingress.k8s.aws%2Fstack-name%3D{metadata['name']}"
        bindings = f"{_ELB}/namespaces/{metadata['namespace']}/targetgroupbindings"
        for binding in self._items(f"{bindings}?labelSelector={label}"):
            self._plane.ask(_path(binding), "DELETE")
        kept = [one for one in metadata["finalizers"] if one != _FINALIZER]
        self._plane.merge(_path(ingress), {"metadata": {"finalizers": kept}})


def _path(item: Any) -> str:
    metadata = item["metadata"]
    place, kind = (
        (_ELB, "targetgroupbindings")
        if "targetGroupARN" in item.get("spec", {})
        else (_INGRESSES, "ingresses")
    )
    return f"{place}/namespaces/{metadata['namespace']}/{kind}/{metadata['name']}"


def _binding(ingress: Any) -> dict[str, Any]:
    metadata = ingress["metadata"]
    service = ingress["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]
    return {
        "apiVersion": "elbv2.k8s.aws/v1beta1",
        "kind": "TargetGroupBinding",
        "metadata": {
            "name": f"k8s-{metadata['namespace'][:8]}-{service['name'][:8]}-0123456789",
            "finalizers": [_BINDING_FINALIZER],
            "labels": {
                "ingress.k8s.aws/stack-name": metadata["name"],
                "ingress.k8s.aws/stack-namespace": metadata["namespace"],
            },
        },
        "spec": {
            "targetGroupARN": "arn:aws:elasticloadbalancing:eu-central-1:111122223333:targetgroup/x/y",
            "targetType": "ip",
            "serviceRef": {"name": service["name"], "port": service["port"].get("name", 80)},
        },
    }
