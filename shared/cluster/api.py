"""The cluster's API, whose many ways to fail become one of three refusals."""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import yaml
from urllib3.exceptions import HTTPError

from shared.cluster.direct import DirectClient, direct_client, is_direct
from shared.cluster.kubeconfig import server_of
from shared.cluster.plugin import refuse_missing_plugin
from shared.refusal import Refusal

if TYPE_CHECKING:
    from kubernetes.client import ApiClient

_TIMEOUT = (3.0, 10.0)
"""Seconds to connect, and to read an answer."""

_NOT_FOUND = 404
_ERROR = 400

Json = Mapping[str, Any]
"""An object as the API server writes it."""


class ClusterApi:
    """A cluster's API, for a few requests.

    Args:
        client: what connects and authenticates.
        server: the API server's URL, for messages.
    """

    def __init__(self, client: ApiClient | DirectClient, server: str) -> None:
        self._client, self._server = client, server

    def get(self, path: str, *, accept: str = "application/json") -> Json | None:
        """Read an object or a list; None where there is none.

        Args:
            path: the path on the API server, with its query.
            accept: the media type to answer with.

        Raises:
            Refusal: the API server refuses.
        """
        return self._request("GET", path, {"Accept": accept}, None)

    def create(self, path: str, body: Json) -> Json:
        """Create an object.

        Args:
            path: the path of the objects of its kind.
            body: the object.

        Raises:
            Refusal: the API server refuses, or knows no such kind.
        """
        created = self._request("POST", path, {"Content-Type": "application/json"}, body)
        if created is None:
            raise Refusal(
                f"The cluster at {self._server} knows no {path}.",
                "Nothing was changed by it. Its Kubernetes is too old, or lacks a part.",
            )
        return created

    def merge(self, path: str, patch: Json) -> Json | None:
        """Change an object by a merge patch; None where there is none.

        Raises:
            Refusal: the API server refuses.
        """
        return self._request("PATCH", path, {"Content-Type": "application/merge-patch+json"}, patch)

    def delete(self, path: str, *, uid: str) -> None:
        """Delete the object of that UID; none of the same name made since.

        Raises:
            Refusal: the API server refuses.
        """
        headers = {"Content-Type": "application/json"}
        self._request("DELETE", path, headers, {"preconditions": {"uid": uid}})

    def clock(self) -> str:
        """What time it is on the API server, as its Date header says it (RFC 9110); empty where it does not."""
        response = self._send("GET", "/version", {"Accept": "application/json"}, None)
        response.read()
        return str(response.headers.get("Date") or "")

    def _send(self, method: str, path: str, headers: dict[str, str], body: Json | None) -> Any:
        method, url, sent, payload, _ = self._client.param_serialize(
            method, path, header_params=headers, body=body, auth_settings=["BearerToken"]
        )
        return self._client.call_api(method, url, sent, payload, _request_timeout=_TIMEOUT)

    def _request(self, method: str, path: str, headers: dict[str, str], body: Json | None) -> Json | None:
        response = self._send(method, path, headers, body)
        text = (response.read() or b"").decode()
        if response.status == _NOT_FOUND:
            return None
        if response.status >= _ERROR:
            raise Refusal(
                f"The cluster at {self._server} refuses {method} {path.split('?', maxsplit=1)[0]}: "
                f"{_reason(text) or f'{response.status} {response.reason}'}",
                "Nothing was changed by it. Check the rights of the kubeconfig that this stack was given.",
            )
        answer: Json = json.loads(text)
        return answer


@contextlib.contextmanager
def cluster_api(kubeconfig: str) -> Iterator[ClusterApi]:
    """Talk to a cluster through the kubeconfig that was given, and through nothing ambient.

    Args:
        kubeconfig: a kubeconfig of one context, as YAML.

    Raises:
        Refusal: the cluster does not answer, refuses the credential, or the kubeconfig is unusable.
    """
    server = server_of(kubeconfig) or "(no server)"
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    document = _configuration(kubeconfig)
    connected = direct_client(document) if is_direct(document) else _kubernetes_client(document, server)
    try:
        with connected as client:
            yield ClusterApi(client, server)
    except (HTTPError, OSError):
        raise Refusal(
            f"The cluster at {server} does not answer.",
            "Start it (make cluster-up for the local one), or check the network in between.",
        ) from None


@contextlib.contextmanager
def _kubernetes_client(document: dict[str, Any], server: str) -> Iterator[ApiClient]:
    """Connect by whatever the kubeconfig says, asking its exec plugin for a credential."""
    refuse_missing_plugin(document, server)
    # Its import takes longer than its calls; programs that do not need it do without.
    from kubernetes import config  # noqa: PLC0415
    from kubernetes.config.config_exception import ConfigException  # noqa: PLC0415

    try:
        with config.new_client_from_config_dict(document) as client:
            client.configuration.retries = False
            yield client
    except ConfigException as error:
        raise Refusal(
            f"The kubeconfig for the cluster at {server} cannot be used: {str(error).splitlines()[0]}.",
            "Deploy the infrastructure stack again so that it exports a valid kubeconfig.",
        ) from None


def _configuration(kubeconfig: str) -> dict[str, Any]:
    try:
        document = yaml.safe_load(kubeconfig)
    except yaml.YAMLError:
        document = None
    if not isinstance(document, dict):
        raise Refusal(
            "The kubeconfig that the infrastructure stack exports is none.",
            "Deploy the infrastructure stack again so that it exports a valid kubeconfig.",
        )
    return document


def _reason(text: str) -> str:
    """What a Status object says."""
    with contextlib.suppress(json.JSONDecodeError, AttributeError):
        return str(json.loads(text).get("message", ""))
    return ""
