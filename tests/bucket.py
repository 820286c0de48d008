"""A bucket that a team keeps its states in: S3 on loopback, and the team's checkouts, which share a cluster."""

import json
import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Self
from urllib.parse import quote
from urllib.request import Request, urlopen
from xml.etree import ElementTree

from tests.checkout import Checkout
from tests.evaluators.environment import python

_HERE = Path(__file__).parent / "s3"
_NAME = "states"
_CREDENTIAL = "AWS4-HMAC-SHA256 Credential=testing/20260101/us-east-1/{}/aws4_request"
_UNSIGNED = f"{_CREDENTIAL}, SignedHeaders=host, Signature=none"
"""The server does not look at signatures, only at who asks for which service."""
_BINARY = {"Content-Type": "application/octet-stream", "Authorization": _UNSIGNED.format("s3")}


@dataclass(frozen=True)
class Bucket:
    """A bucket of the server at an address."""

    server: str

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables of whoever uses it."""
        place = f"region=us-east-1&endpoint={self.server}&s3ForcePathStyle=true"
        return {
            "PULUMI_BACKEND_URL": f"s3://{_NAME}?{place}",
            "PULUMI_CONFIG_PASSPHRASE": "the team's",
            "AWS_ENDPOINT_URL": self.server,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }

    def counted(self) -> Counter[str]:
        """How many requests there were since the last time, by method."""
        return Counter(json.loads(self._ask("/counted")))

    def keys(self, prefix: str) -> list[str]:
        """The names of the objects that begin so."""
        listed = ElementTree.fromstring(self._ask(f"/{_NAME}?list-type=2&prefix={quote(prefix)}"))  # noqa: S314
        return [item.text or "" for item in listed.iter() if item.tag.endswith("}Key")]

    def read(self, key: str) -> bytes:
        """An object's content."""
        return self._ask(f"/{_NAME}/{quote(key)}")

    def write(self, key: str, content: bytes) -> None:
        """Put an object there."""
        self._ask(f"/{_NAME}/{quote(key)}", content)

    def delete(self, key: str) -> None:
        """Delete an object."""
        self._ask(f"/{_NAME}/{quote(key)}", method="DELETE")

    def create_key(self, alias: str) -> None:
        """Create a KMS key with an alias."""
        said = json.loads(self._kms("CreateKey", {}))
        self._kms("CreateAlias", {"AliasName": f"alias/{alias}", "TargetKeyId": said["KeyMetadata"]["KeyId"]})

    def _kms(self, operation: str, arguments: dict[str, str]) -> bytes:
        headers = {
            "X-Amz-Target": f"TrentService.{operation}",
            "Content-Type": "application/x-amz-json-1.1",
            "Authorization": _UNSIGNED.format("kms"),
        }
        return self._ask("/", json.dumps(arguments).encode(), "POST", headers)

    def _ask(
        self, path: str, body: bytes | None = None, method: str = "", headers: dict[str, str] | None = None
    ) -> bytes:
        request = Request(  # noqa: S310 - on loopback
            f"{self.server}{path}",
            body,
            headers or _BINARY,
            method=method or ("GET" if body is None else "PUT"),
        )
        with urlopen(request, timeout=30) as answer:  # noqa: S310
            return bytes(answer.read())


@contextmanager
def bucket() -> Iterator[Bucket]:
    """A server of its own with an empty bucket."""
    command = [python("s3", _HERE / "requirements.txt"), _HERE / "server.py"]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        assert process.stdout
        created = Bucket(process.stdout.readline().strip())
        created._ask(f"/{_NAME}", b"")
        yield created
    finally:
        process.communicate("")


class Member(Checkout):
    """A checkout of one of the team, whose states are in the bucket."""

    variables: ClassVar[dict[str, str]] = {}

    @classmethod
    def joining(cls, root: Path, bucket: Bucket, colleague: Checkout | None = None) -> Self:
        """Create a checkout; it uses the local cluster of a colleague's, as if it were on the network."""
        cls.variables = bucket.environment
        member = cls.create(root)
        if colleague:
            shutil.copy2(colleague.kubeconfig, member.kubeconfig)
        return member

    @property
    def environment(self) -> dict[str, str]:
        """The environment for its commands."""
        return {**super().environment, **self.variables}
