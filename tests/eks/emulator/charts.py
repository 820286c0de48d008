"""The chart repository of the load balancer controller, behind a proxy: what the provider fetches over HTTPS."""

import hashlib
import io
import select
import socket
import socketserver
import ssl
import tarfile
from pathlib import Path

import yaml

from .control_plane import Authority

_HOST, _NAME = "aws.github.io", "aws-load-balancer-controller"
_CHART = Path(__file__).parent / "chart"


class Charts(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """A proxy that knows one host, and answers for it.

    Args:
        authority: signs the host's certificate; whoever fetches has to trust it.
        version: the chart's version.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, authority: Authority, version: str) -> None:
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(*authority.issue("charts", _HOST))
        archive = _archive(version)
        file = f"{_NAME}-{version}.tgz"
        entry = {
            "name": _NAME,
            "version": version,
            "apiVersion": "v2",
            "digest": hashlib.sha256(archive).hexdigest(),
            "urls": [f"https://{_HOST}/eks-charts/{file}"],
        }
        index = yaml.safe_dump({"apiVersion": "v1", "entries": {_NAME: [entry]}}).encode()
        self.files = {"index.yaml": index, file: archive}
        super().__init__(("127.0.0.1", 0), _Connection)

    @property
    def url(self) -> str:
        """The proxy's URL."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Connection(socketserver.BaseRequestHandler):
    def _relay(self, target: str) -> None:
        """Lead to this machine: not every program knows `NO_PROXY`, pulumi-eks' plugin for one."""
        host, port = target.split(":")
        with socket.create_connection((host, int(port))) as there:
            self.request.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            ways = {self.request: there, there: self.request}
            while True:
                for source in select.select(list(ways), [], [])[0]:
                    if not (read := source.recv(65536)):
                        return
                    ways[source].sendall(read)

    def handle(self) -> None:
        assert isinstance(self.server, Charts)
        lines = self.request.makefile("rb")
        target = lines.readline().decode().split()[1]
        while lines.readline().strip():
            pass
        if target.startswith("127.0.0.1:"):
            self._relay(target)
            return
        if target != f"{_HOST}:443":
            self.request.sendall(b"HTTP/1.1 403 Forbidden\r\n\r\n")
            return
        self.request.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        with self.server.context.wrap_socket(self.request, server_side=True) as tunnel:
            inner = tunnel.makefile("rb")
            while request := inner.readline().decode():
                while inner.readline().strip():
                    pass
                content = self.server.files.get(request.split()[1].rsplit("/", 1)[-1])
                status = "404 Not Found" if content is None else "200 OK"
                head = f"HTTP/1.1 {status}\r\nContent-Length: {len(content or b'')}\r\n\r\n"
                tunnel.sendall(head.encode() + (content or b""))


def _archive(version: str) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for path in sorted(_CHART.rglob("*.*")):
            text = path.read_text()
            if path.name == "Chart.yaml":
                text = text.replace("VERSION", version)
            info = tarfile.TarInfo(f"{_NAME}/{path.relative_to(_CHART)}")
            info.size = len(text.encode())
            archive.addfile(info, io.BytesIO(text.encode()))
    return packed.getvalue()
