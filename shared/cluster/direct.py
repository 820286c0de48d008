"""A client for kubeconfigs that carry their credential themselves: a certificate or a token.

The Kubernetes client takes as long to load as a small update takes to run. It is used where a credential has to be
asked for (an exec plugin), which is its strength; a certificate or a token needs a connection and nothing else.
"""

import base64
import json
import ssl
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import urllib3

_CERTIFICATE, _KEY = "client-certificate-data", "client-key-data"

_ASKED_FOR = ("exec", "auth-provider", "username", "as")
"""What makes a user of a kubeconfig more than a credential."""


def is_direct(document: Mapping[str, Any]) -> bool:
    """Whether a kubeconfig of one context has all that a connection needs.

    Args:
        document: the kubeconfig, as parsed.
    """
    try:
        cluster, user = document["clusters"][0]["cluster"], document["users"][0]["user"]
        carries = "token" in user or {_CERTIFICATE, _KEY} <= set(user)
        plain = not set(user) & set(_ASKED_FOR) and not {"proxy-url", "insecure-skip-tls-verify"} & set(
            cluster
        )
        return bool(carries and plain and "certificate-authority-data" in cluster)
    except (KeyError, IndexError, TypeError):
        return False


class DirectClient:
    """Sends requests to one API server, as the Kubernetes client would.

    Args:
        server: its URL.
        pool: the connections to it.
        token: a bearer token; empty where a certificate authenticates.
    """

    def __init__(self, server: str, pool: urllib3.PoolManager, token: str) -> None:
        self._server, self._pool = server.rstrip("/"), pool
        self._authorization = {"Authorization": f"Bearer {token}"} if token else {}

    def param_serialize(
        self, method: str, path: str, *, header_params: Mapping[str, str], body: Any, auth_settings: list[str]
    ) -> tuple[str, str, dict[str, str], bytes | None, list[str]]:
        """Make a request of a path and a body."""
        sent = {**header_params, **self._authorization}
        payload = None if body is None else json.dumps(body).encode()
        return method, f"{self._server}{path}", sent, payload, auth_settings

    def call_api(
        self,
        method: str,
        url: str,
        header_params: Mapping[str, str],
        body: str | bytes | None,
        *,
        _request_timeout: tuple[float, float],
    ) -> urllib3.BaseHTTPResponse:
        """Send a request.

        Raises:
            HTTPError: the server does not answer.
        """
        connect, read = _request_timeout
        return self._pool.request(
            method,
            url,
            headers=header_params,
            body=body,
            timeout=urllib3.Timeout(connect=connect, read=read),
            retries=False,
            preload_content=False,
        )


def _decoded(encoded: str) -> str:
    try:
        return base64.b64decode(encoded).decode("ascii")
    except ValueError as error:
        raise OSError(f"a certificate of the kubeconfig is none: {error}") from None


@contextmanager
def direct_client(document: Mapping[str, Any]) -> Iterator[DirectClient]:
    """Connect by a kubeconfig that `is_direct`.

    Args:
        document: the kubeconfig, as parsed.

    Raises:
        OSError: a certificate is none.
    """
    cluster, user = document["clusters"][0]["cluster"], document["users"][0]["user"]
    with urllib3.PoolManager(ssl_context=_context(cluster, user)) as pool:
        yield DirectClient(cluster["server"], pool, user.get("token", ""))


def _context(cluster: Mapping[str, Any], user: Mapping[str, Any]) -> ssl.SSLContext:
    """Trust the cluster's authority alone, and show the user's certificate, if there is one."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=_decoded(cluster["certificate-authority-data"]))
    if {_CERTIFICATE, _KEY} <= set(user):
        # OpenSSL reads a key from a file alone: one that only this user can read, for the moment that it takes.
        with tempfile.NamedTemporaryFile("w") as file:
            file.write(f"{_decoded(user[_CERTIFICATE])}\n{_decoded(user[_KEY])}")
            file.flush()
            context.load_cert_chain(file.name)
    return context
