"""Download sites on loopback, laid out as the real ones; the first part of each path is the real one's host."""

import hashlib
import io
import json
import tarfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import PurePosixPath

from operations.toolchain.tools import Build, builds

VERSIONS = {title: build.version for title, build in builds().items()}


class Site:
    """The sites of all projects.

    Args:
        url: where it is.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.files: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.silent = threading.Event()
        """Once set, no request is answered."""
        self.cut_short: set[str] = set()
        """The files of which only a half arrives."""

    def offers(self, build: Build) -> Build:
        """A build whose project publishes here."""
        here = {name: getattr(build, name).replace("https://", f"{self.url}/") for name in ("url", "sums")}
        return replace(build, **here)

    def publish(self, path: str, content: bytes) -> None:
        """Publish a file, and its checksum as its host does: beside it, or in GitHub's description of its release."""
        self.files[path] = content
        checksum = hashlib.sha256(content).hexdigest()
        host, *parts = path.split("/")
        if host == "dl.k8s.io":
            self.files[f"{path}.sha256"] = checksum.encode()
            return
        name = parts[-1]
        if host == "github.com":
            release = "/".join([*parts[:2], "releases", "tags", parts[-2]])
        elif "plugins" in parts:
            release = f"pulumi/pulumi-kubernetes/releases/tags/v{VERSIONS['Kubernetes provider']}"
        else:
            release = f"pulumi/pulumi/releases/tags/v{VERSIONS['Pulumi']}"
        described = f"api.github.com/repos/{release}"
        assets = json.loads(self.files.get(described, b'{"assets": []}'))["assets"]
        assets.append({"name": name, "digest": f"sha256:{checksum}", "size": len(content)})
        self.files[described] = json.dumps({"tag_name": release, "assets": assets}).encode()

    def publish_all(self, programs: Mapping[str, bytes], system: str = "linux", arch: str = "amd64") -> None:
        """Publish every program where its project does.

        Args:
            programs: the content of each by its name.
        """
        kubernetes, kwok, metrics, etcd, pulumi, provider = (
            VERSIONS[title]
            for title in ("Kubernetes", "kwok", "metrics-server", "etcd", "Pulumi", "Kubernetes provider")
        )
        suffix = f"{system}-{arch}"
        for name in ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl"):
            path = f"dl.k8s.io/release/v{kubernetes}/bin/{system}/{arch}/{name}"
            self.publish(path, programs[name])
        github = "github.com/{}/releases/download/v{}/{}"
        for name in ("kwok", "kwokctl"):
            path = github.format("kubernetes-sigs/kwok", kwok, f"{name}-{suffix}")
            self.publish(path, programs[name])
        path = github.format("kubernetes-sigs/metrics-server", metrics, f"metrics-server-{suffix}")
        self.publish(path, programs["metrics-server"])
        folder = f"etcd-v{etcd}-{suffix}"
        path = github.format("etcd-io/etcd", etcd, f"{folder}.tar.gz")
        self.publish(
            path,
            archive(
                {f"{folder}/etcd": programs["etcd"], f"{folder}/etcdctl": b"", f"{folder}/README.md": b""}
            ),
        )
        sdk = f"get.pulumi.com/releases/sdk/pulumi-v{pulumi}-{suffix.replace('amd64', 'x64')}.tar.gz"
        names = ("pulumi", "pulumi-language-python", "pulumi-language-python-exec")
        self.publish(
            sdk,
            archive(
                {f"pulumi/{name}": programs[name] for name in names} | {"pulumi/pulumi-language-go": b""}
            ),
        )
        plugin = f"pulumi-resource-kubernetes-v{provider}-{suffix}.tar.gz"
        name = "pulumi-resource-kubernetes"
        self.publish(
            f"get.pulumi.com/releases/plugins/{plugin}", archive({name: programs[name], "LICENSE": b""})
        )


def archive(files: Mapping[str, bytes]) -> bytes:
    """A compressed archive of files by their paths, their folders included."""
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w:gz", compresslevel=1) as tar:
        for path, content in files.items():
            for folder in PurePosixPath(path).parents:
                if str(folder) != ".":
                    entry = tarfile.TarInfo(str(folder))
                    entry.type, entry.mode = tarfile.DIRTYPE, 0o755
                    tar.addfile(entry)
            entry = tarfile.TarInfo(path)
            entry.size, entry.mode = len(content), 0o755
            tar.addfile(entry, io.BytesIO(content))
    return written.getvalue()


@contextmanager
def serve() -> Iterator[Site]:
    """Serve the sites for as long as the block takes."""
    ended = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.lstrip("/")
            site.asked.append(path)
            if site.silent.is_set():
                ended.wait()
                return
            content = site.files.get(path)
            self.send_response(200 if content is not None else 404)
            self.send_header("Content-Length", str(len(content or b"")))
            self.end_headers()
            self.wfile.write((content or b"")[: len(content or b"") // (2 if path in site.cut_short else 1)])

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    site = Site(f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield site
    finally:
        ended.set()
        server.shutdown()
        server.server_close()
