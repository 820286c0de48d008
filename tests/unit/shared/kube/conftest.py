"""An API server that answers as a test says, with and without TLS, and an authority that signs for it."""

import base64
import ipaddress
import json
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from shared.kube.kubeconfig import kubeconfig

_HOUR = timedelta(hours=1)


class Authority:
    """A certificate authority."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = self._certificate("authority", self.key, [], authority=True)

    @property
    def data(self) -> str:
        """Its certificate as a kubeconfig has it."""
        return base64.b64encode(self.certificate).decode()

    def sign(
        self, name: str, *hosts: str, begun: timedelta = -_HOUR, ends: timedelta = _HOUR
    ) -> tuple[bytes, bytes]:
        """A certificate for a name and some hosts, valid between two moments from now, and its key, as PEM."""
        key = ec.generate_private_key(ec.SECP256R1())
        return self._certificate(name, key, hosts, begun=begun, ends=ends), _pem(key)

    def _certificate(
        self,
        name: str,
        key: Any,
        hosts: Any,
        *,
        authority: bool = False,
        begun: timedelta = -_HOUR,
        ends: timedelta = _HOUR,
    ) -> bytes:
        now = datetime.now(UTC)
        alternatives: list[x509.GeneralName] = [
            x509.IPAddress(ipaddress.ip_address(host)) if host[0].isdigit() else x509.DNSName(host)
            for host in hosts
        ]
        builder = (
            x509.CertificateBuilder()
            .subject_name(_name(name))
            .issuer_name(_name("authority"))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + begun)
            .not_valid_after(now + ends)
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        )
        if alternatives:
            builder = builder.add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        return builder.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


@dataclass(frozen=True)
class Request:
    """A request as the server got it; a header that came several times has its values in order."""

    method: str
    path: str
    headers: dict[str, list[str]]
    body: Any
    user: str


@dataclass
class Server:
    """An HTTP server; a path that it was told nothing about has an empty object."""

    url: str
    port: int
    answers: dict[str, tuple[int, Any]] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)

    def last(self, header: str) -> list[str]:
        """The values of a header in the last request."""
        return self.requests[-1].headers.get(header.lower(), [])


def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            headers: dict[str, list[str]] = {}
            for name, value in self.headers.items():
                headers.setdefault(name.lower(), []).append(value)
            peer = self.connection.getpeercert() if isinstance(self.connection, ssl.SSLSocket) else None
            user = dict(part[0] for part in peer["subject"])["commonName"] if peer else ""  # type: ignore[misc]
            server.requests.append(Request(self.command, self.path, headers, body, str(user)))
            status, told = server.answers.get(self.path.split("?", maxsplit=1)[0], (200, {}))
            if status == 0:
                self.close_connection = True
                return
            content = told if isinstance(told, bytes) else json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PATCH = do_DELETE = do_CONNECT = _answer  # noqa: N815

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    return Handler


def _serve(context: ssl.SSLContext | None) -> Iterator[Server]:
    server = Server("", 0)
    http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(server))
    if context:
        http.socket = context.wrap_socket(http.socket, server_side=True)
    server.port = http.server_address[1]
    server.url = f"{'https' if context else 'http'}://127.0.0.1:{server.port}"
    thread = threading.Thread(target=lambda: http.serve_forever(poll_interval=0.01), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()


@pytest.fixture(scope="session")
def authority() -> Authority:
    """An authority."""
    return Authority()


@pytest.fixture
def server() -> Iterator[Server]:
    """A server without TLS."""
    yield from _serve(None)


@pytest.fixture
def secured(authority: Authority, tmp_path: Path) -> Iterator[Server]:
    """A server with a certificate for 127.0.0.1 and the name cluster.internal, which takes client certificates."""
    file = tmp_path / "server.pem"
    file.write_bytes(b"\n".join(authority.sign("server", "127.0.0.1", "cluster.internal")))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    context.load_verify_locations(cadata=authority.certificate.decode())
    context.verify_mode = ssl.CERT_OPTIONAL
    yield from _serve(context)


def config(server: str, cluster: dict[str, Any] | None = None, /, **user: Any) -> str:
    """A kubeconfig for a server's URL; the user's fields are keywords, the cluster's come as a mapping."""
    return kubeconfig("c", {"server": server, **(cluster or {})}, user)
