"""The few requests that the cluster's verbs make of its API server, with its own certificates."""

import json
from pathlib import Path
from typing import Any

import urllib3

FIELD_MANAGER = "local-cluster"
"""Who applied the cluster's furnishings, in their managedFields."""


class ApiServer:
    """The API server of one cluster.

    Only a server whose certificate comes from the cluster's own authority is talked to: another process on
    the port is never taken for it.

    Args:
        url: its URL.
        pki: the folder with `ca.crt`, `admin.crt` and `admin.key`.
    """

    def __init__(self, url: str, pki: Path) -> None:
        self._url = url
        self._pool = urllib3.PoolManager(
            ca_certs=str(pki / "ca.crt"),
            cert_file=str(pki / "admin.crt"),
            key_file=str(pki / "admin.key"),
            timeout=urllib3.Timeout(connect=1.0, read=5.0),
            retries=False,
        )

    def ready(self) -> bool:
        """Tell whether the server answers its readiness probe with ok."""
        try:
            return self._pool.request("GET", f"{self._url}/readyz").status == 200  # noqa: PLR2004
        except (urllib3.exceptions.HTTPError, OSError):
            return False

    def get(self, path: str) -> dict[str, Any] | None:
        """Read an object or a list.

        Args:
            path: the path of its URL.

        Returns:
            The object; None where it doesn't exist or the server doesn't answer.
        """
        try:
            answer = self._pool.request("GET", f"{self._url}{path}")
        except (urllib3.exceptions.HTTPError, OSError):
            return None
        return answer.json() if answer.status == 200 else None  # noqa: PLR2004

    def create(self, path: str, content: dict[str, Any]) -> bool:
        """Create an object.

        Args:
            path: the path of its collection.
            content: the object.

        Returns:
            False where it exists already or could not be made.
        """
        return self._write("POST", path, content, "application/json")

    def apply(self, path: str, content: dict[str, Any]) -> bool:
        """Apply an object's fields, whoever held them (server-side apply with force).

        Args:
            path: the object's path, with `/status` for that part of it.
            content: the fields, with apiVersion, kind and name.

        Returns:
            Whether the server took it.
        """
        query = f"?fieldManager={FIELD_MANAGER}&force=true"
        return self._write("PATCH", f"{path}{query}", content, "application/apply-patch+yaml")

    def _write(self, method: str, path: str, content: dict[str, Any], content_type: str) -> bool:
        try:
            answer = self._pool.request(
                method,
                f"{self._url}{path}",
                body=json.dumps(content),
                headers={"Content-Type": content_type},
            )
        except (urllib3.exceptions.HTTPError, OSError):
            return False
        return answer.status in (200, 201)
