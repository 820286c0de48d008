"""A client for kubeconfigs that carry their credential themselves: a certificate or a token.

The Kubernetes client takes as long to load as a small update takes to run. It is used where a credential has to be
asked for (an exec plugin), which is its strength; a certificate or a token needs a connection and nothing else.
"""

import base64
import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import urllib3

_FILES = {
    "certificate-authority-data": "ca.crt",
    "client-certificate-data": "client.crt",
    "client-key-data": "client.key",
}

_ASKED_FOR = ("exec", "auth-provider", "username", "as")
"""What makes a user of a kubeconfig more than a credential."""


def is_direct(document: Mapping[str, Any]) -> bool:
    """Whether a kubeconfig of one context has all that a connection needs.

    Args:
        document: the kubeconfig, as parsed.
    """
    try:
        cluster, user = document["clusters"][0]["cluster"], document["users"][0]["user"]
        carries = "token" in user or {"client-certificate-data", "client-key-data"} <= set(user)
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


def _decoded(encoded: str) -> bytes:
    try:
        return base64.b64decode(encoded)
    except ValueError as error:
        raise OSError(f"a certificate of the kubeconfig is no base64: {error}") from None


@contextmanager
def direct_client(document: Mapping[str, Any]) -> Iterator[DirectClient]:
    """Connect by a kubeconfig that `is_direct`.

    OpenSSL reads certificates from files alone; they stand in a folder that only this user can read, and only as
    long as the connection does.

    Args:
        document: the kubeconfig, as parsed.

    Raises:
        OSError: a certificate is none.
    """
    cluster, user = document["clusters"][0]["cluster"], document["users"][0]["user"]
    with tempfile.TemporaryDirectory(prefix="cluster-") as folder:
        files: dict[str, str | None] = dict.fromkeys(_FILES)
        for key, name in _FILES.items():
            if encoded := {**cluster, **user}.get(key):
                path = Path(folder) / name
                path.touch(mode=0o600)
                path.write_bytes(_decoded(encoded))
                files[key] = str(path)
        with urllib3.PoolManager(
            ca_certs=files["certificate-authority-data"],
            cert_file=files["client-certificate-data"],
            key_file=files["client-key-data"],
        ) as pool:
            yield DirectClient(cluster["server"], pool, user.get("token", ""))
