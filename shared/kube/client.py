"""The one client of a cluster's API: any kubeconfig that kubectl accepts, a few requests, an error for each fault."""

import base64
import contextlib
import ipaddress
import json
import re
import ssl
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NoReturn
from urllib.parse import quote, unquote
from urllib.request import getproxies_environment, proxy_bypass

import urllib3
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    InsecureRequestWarning,
    LocationValueError,
    NewConnectionError,
    ProxyError,
    SSLError,
)
from urllib3.exceptions import TimeoutError as NoAnswer
from urllib3.util import Timeout, parse_url

from shared.errors import Failure, Refusal
from shared.kube.kubeconfig import Access, access_of
from shared.kube.plugin import ask_plugin

METADATA_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
"""The media type of a list of objects without their content, so that secrets are counted without being read."""

_CONNECT_SECONDS, _READ_SECONDS = 3.0, 10.0
_AT_ONCE = 4
"""Connections that threads may use at once."""

_UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND, _TOO_MANY = 401, 403, 404, 429
_REDIRECT, _SERVER = 300, 500

_PLURAL = ("endpoints", "params")
"""The endings of kinds that are plurals: Kubernetes' own, and that of the AWS Load Balancer Controller."""

Json = Mapping[str, Any]
"""An object as the API server writes it."""


def collection_of(kind: str, namespace: str = "") -> str:
    """The path of a collection, for a Pulumi type such as `kubernetes:apps/v1:Deployment`."""
    _, version, name = kind.split(":")
    # As kubectl guesses it: https://pkg.go.dev/k8s.io/apimachinery/pkg/api/meta#UnsafeGuessKindToResource
    plural = name.lower()
    if not plural.endswith(_PLURAL):
        plural = re.sub("y$", "ie", re.sub("s$", "se", plural)) + "s"
    root = "/api/v1" if version == "core/v1" else f"/apis/{version}"
    return f"{root}/namespaces/{namespace}/{plural}" if namespace else f"{root}/{plural}"


class ClusterApi:
    """A cluster's API.

    A request that fails raises Refusal; Failure where it, or one before it, may have changed something.
    """

    def __init__(self, pool: urllib3.PoolManager, server: str, headers: urllib3.HTTPHeaderDict) -> None:
        self._pool, self._server, self._headers = pool, server.rstrip("/"), headers
        self._changed = False

    def get(self, path: str, *, accept: str = "application/json") -> Json | None:
        """Read an object or a list; None where it does not exist."""
        return self._request("GET", path, {"Accept": accept})

    def list(self, path: str, *, accept: str = "application/json") -> list[Json]:
        """Read the items of a list; none where the cluster does not know the kind."""
        return [*((self.get(path, accept=accept) or {}).get("items") or ())]

    def text(self, path: str) -> str:
        """Read what is no object, such as a pod's log; empty where it does not exist."""
        return (self._send("GET", path, {"Accept": "*/*"}) or b"").decode(errors="replace")

    def create(self, path: str, body: Json) -> Json:
        """Create an object of the kind whose list is at the path."""
        return self._request("POST", path, {"Content-Type": "application/json"}, body) or {}

    def merge(self, path: str, patch: Json) -> Json | None:
        """Change an object by a merge patch; None where it does not exist."""
        return self._request("PATCH", path, {"Content-Type": "application/merge-patch+json"}, patch)

    def amend(self, path: str, operations: Sequence[Json]) -> Json:
        """Change an object by a JSON patch (RFC 6902)."""
        headers = {"Content-Type": "application/json-patch+json"}
        return self._request("PATCH", path, headers, operations) or {}

    def apply(self, path: str, body: Json, *, manager: str) -> Json:
        """Apply what a field manager declares, by force; the object is created where it does not exist."""
        query = f"force=true&fieldManager={quote(manager, safe='')}"
        headers = {"Content-Type": "application/apply-patch+yaml"}
        return self._request("PATCH", f"{path}?{query}", headers, body) or {}

    def delete(self, path: str, *, uid: str) -> None:
        """Delete the object with that UID; one that was recreated under its name stays."""
        headers = {"Content-Type": "application/json"}
        self._request("DELETE", path, headers, {"preconditions": {"uid": uid}})

    def _request(
        self, method: str, path: str, headers: Mapping[str, str], body: object = None
    ) -> Json | None:
        data = self._send(method, path, headers, body)
        if data is None:
            return None
        answer = _parsed(data)
        if not isinstance(answer, dict):
            self._fail(
                f"What answers at {self._server} is not a Kubernetes API server.",
                "Check the server's address in the kubeconfig, and any proxy or sign-in page in front of it.",
            )
        return answer

    def _send(self, method: str, path: str, headers: Mapping[str, str], body: object = None) -> bytes | None:
        every = self._headers.copy()
        every.extend(headers)
        try:
            response = self._pool.request(
                method,
                f"{self._server}{path}",
                headers=every,
                body=None if body is None else json.dumps(body).encode(),
                timeout=Timeout(connect=_CONNECT_SECONDS, read=_READ_SECONDS),
                retries=False,
                redirect=False,
            )
        except (HTTPError, ValueError) as error:
            sent = not isinstance(error, ConnectTimeoutError | ProxyError | ValueError)
            self._fail(*_unanswered(error, self._server), unknown=f"{method} {path}" if sent else "")
        if response.status == _NOT_FOUND and method != "POST":
            return None
        self._changed |= method != "GET" and response.status < _REDIRECT
        if response.status >= _REDIRECT:
            answer = _parsed(response.data)
            message = answer.get("message") if isinstance(answer, dict) else None
            told = str(message or f"{response.status} {response.reason}")
            request = f"{method} {path.split('?', maxsplit=1)[0]}"
            fact, remedy = _denial(response.status, request, told, self._server)
            self._fail(fact, remedy, unknown=request if response.status >= _SERVER else "")
        return response.data

    def _fail(self, fact: str, remedy: str, *, unknown: str = "") -> NoReturn:
        """Refuse, or fail where something was changed: `unknown` is a request that may have taken effect."""
        if unknown and not unknown.startswith("GET"):
            self._changed = True
            fact = f"{fact.rstrip('.')}; it is not known whether {unknown} took effect."
        raise (Failure if self._changed else Refusal)(fact, remedy) from None


@contextlib.contextmanager
def cluster_api(kubeconfig: str) -> Iterator[ClusterApi]:
    """Connect by a kubeconfig's current context (its text, as YAML), and by nothing ambient but a proxy."""
    access = access_of(kubeconfig)
    user = dict(access.user)
    if user.get("exec"):
        status = ask_plugin(user["exec"], access)
        user["token"] = status.get("token")
        for ours, theirs in (("certificate", "clientCertificateData"), ("key", "clientKeyData")):
            if status.get(theirs):
                user[f"client-{ours}-data"] = base64.b64encode(status[theirs].encode()).decode()
    with _pool(access, _tls(access, user)) as pool:
        yield ClusterApi(pool, access.server, _authorization(user))


def _parsed(data: bytes) -> Any:
    try:
        return json.loads(data)
    except ValueError:
        return None


def _authorization(user: Mapping[str, Any]) -> urllib3.HTTPHeaderDict:
    """The headers that authenticate a request.

    Source: https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation
    """
    headers = urllib3.HTTPHeaderDict()
    if user.get("token"):
        headers["Authorization"] = f"Bearer {str(user['token']).strip()}"
    elif user.get("username"):
        pair = f"{user['username']}:{user.get('password') or ''}"
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    for entry, header in (("as", "User"), ("as-uid", "Uid")):
        if user.get(entry):
            headers[f"Impersonate-{header}"] = str(user[entry])
    for group in user.get("as-groups") or ():
        headers.add("Impersonate-Group", group)
    for key, values in (user.get("as-user-extra") or {}).items():
        for value in values:
            headers.add(f"Impersonate-Extra-{key}", value)
    return headers


def _tls(access: Access, user: Mapping[str, Any]) -> ssl.SSLContext:
    """Trust the cluster's authority alone, and present the user's certificate, if there is one."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority = access.cluster.get("certificate-authority-data")
    certificate, key = user.get("client-certificate-data"), user.get("client-key-data")
    try:
        if access.cluster.get("insecure-skip-tls-verify"):
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            urllib3.disable_warnings(InsecureRequestWarning)
        elif authority:
            context.load_verify_locations(cadata=_pem(authority))
        else:
            context.load_default_certs()
        if certificate and key:
            # OpenSSL reads a key from a file alone: one that only this user can read, for the moment that it takes.
            with tempfile.NamedTemporaryFile("w") as file:
                file.write(f"{_pem(certificate)}\n{_pem(key)}")
                file.flush()
                # A key with a passphrase is refused; OpenSSL would ask for it on the terminal.
                context.load_cert_chain(file.name, password="")
    except (ValueError, OSError, TypeError):
        raise Refusal(
            f"The kubeconfig for the cluster at {access.server} has an invalid certificate or key.",
            "Use a kubeconfig with certificates and keys in PEM, keys without a passphrase.",
        ) from None
    return context


def _pem(encoded: str) -> str:
    return base64.b64decode(encoded).decode("ascii", errors="ignore")


def _pool(access: Access, context: ssl.SSLContext) -> urllib3.PoolManager:
    options: dict[str, Any] = {
        "maxsize": _AT_ONCE,
        "ssl_context": context,
        "server_hostname": access.cluster.get("tls-server-name"),
    }
    proxy = access.cluster.get("proxy-url") or _ambient_proxy(access.server)
    if not proxy:
        return urllib3.PoolManager(**options)
    try:
        login = unquote(parse_url(proxy).auth or "")
        headers = urllib3.make_headers(proxy_basic_auth=login or None, proxy_basic_auth_encoding="utf-8")
        return urllib3.ProxyManager(proxy, proxy_headers=headers, **options)
    except (LocationValueError, AssertionError):
        raise Refusal(
            f"The proxy for the cluster at {access.server} is not an address such as http://proxy:3128.",
            "Correct proxy-url in the kubeconfig, or the variable HTTPS_PROXY.",
        ) from None


def _ambient_proxy(server: str) -> str:
    """The proxy that the environment names for a server; empty for none.

    Beside what Python's NO_PROXY takes (domains, hosts, ports), networks count, and loopback needs none, as for
    kubectl: https://pkg.go.dev/golang.org/x/net/http/httpproxy#Config
    """
    try:
        url = parse_url(server)
    except LocationValueError:
        return ""
    proxies, host = getproxies_environment(), (url.host or "").strip("[]")
    proxy = proxies.get(url.scheme or "", "")
    if not proxy or host == "localhost" or proxy_bypass(f"{host}:{url.port}"):
        return ""
    for exception in ("127.0.0.0/8", "::1", *proxies.get("no", "").split(",")):
        with contextlib.suppress(ValueError):
            if ipaddress.ip_address(host) in ipaddress.ip_network(exception.strip()):
                return ""
    return proxy if "://" in proxy else f"http://{proxy}"


def _unanswered(error: Exception, server: str) -> tuple[str, str]:
    """What is wrong where no answer came, and what to do about it."""
    match error:
        case LocationValueError():
            return (
                f"The kubeconfig has an invalid server address: {server}.",
                "Write it as https://host:port.",
            )
        case ValueError():
            return (
                f"The kubeconfig for the cluster at {server} has a token or a user that no header can have.",
                "Use a kubeconfig with a valid credential.",
            )
        case ProxyError():
            return (
                f"The proxy for the cluster at {server} does not connect to it: {_reason(error)}.",
                "Check proxy-url in the kubeconfig, and the variables HTTPS_PROXY and NO_PROXY.",
            )
        case SSLError(args=[ssl.SSLCertVerificationError(verify_message=told)]):
            return (
                f"The certificate of the cluster at {server} is not trusted: {told.rstrip('.')}.",
                "Check the server's address and the certificate authority in the kubeconfig.",
            )
        case NoAnswer() if not isinstance(error, NewConnectionError):
            seconds = _CONNECT_SECONDS if isinstance(error, ConnectTimeoutError) else _READ_SECONDS
            reason = f"timeout after {seconds:.0f} s"
        case _:
            reason = _reason(error)
    return (
        f"The cluster at {server} does not answer: {reason}.",
        "Start it (make cluster-up for the local one), or check its address in the kubeconfig and the network to it.",
    )


def _reason(error: BaseException) -> str:
    """The innermost error's message."""
    inner = error.__cause__ or next((one for one in error.args if isinstance(one, BaseException)), None)
    if inner:
        return _reason(inner)
    if isinstance(error, ssl.SSLError) and error.reason:
        return error.reason.replace("_", " ").lower()
    return str(getattr(error, "strerror", None) or error).lower().rstrip(".")


def _denial(status: int, request: str, told: str, server: str) -> tuple[str, str]:
    """What is wrong where the API server answered with an error, and what to do about it."""
    cluster, told = f"The cluster at {server}", told.rstrip(".")
    if status == _UNAUTHORIZED:
        return (
            f"{cluster} does not accept the credential of the kubeconfig.",
            "It has expired, was revoked, or belongs to another cluster: sign in again, "
            "or deploy the infrastructure stack again, so that it exports a valid one.",
        )
    if status == _FORBIDDEN:
        return (
            f"{cluster} forbids {request}: {told}.",
            "Use a kubeconfig whose user has that right, or have it granted.",
        )
    if status >= _SERVER or status == _TOO_MANY:
        return (
            f"{cluster} cannot answer {request} now: {told}.",
            "Its control plane is starting, failing or overloaded; run the command again in a moment.",
        )
    return (
        f"{cluster} refuses {request}: {told}.",
        "If the object was changed meanwhile, run the command again; otherwise correct what the API server names.",
    )
