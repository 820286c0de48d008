"""A real Kubernetes control plane behind the endpoint of each emulated cluster, with simulated nodes."""

import base64
import datetime
import ipaddress
import json
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

_ADMINISTRATOR = "administrator-of-the-emulator"
_DAYS = 30
_READY_SECONDS, _END_SECONDS = 120.0, 15.0


class Authority:
    """A certificate authority of its own, and the certificates that it issues."""

    def __init__(self, folder: Path, name: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self._key = folder, _key()
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        certificate = self._builder(self._name, self._key).add_extension(
            x509.BasicConstraints(ca=True, path_length=None), critical=True
        )
        self.certificate = folder / "ca.crt"
        self.certificate.write_bytes(_pem(certificate.sign(self._key, hashes.SHA256())))

    def issue(self, name: str, *addresses: str) -> tuple[Path, Path]:
        """Issue a certificate for host names and IP addresses; returns its file and its key's."""
        key = _key()
        names: list[x509.GeneralName] = []
        for address in addresses:
            try:
                names.append(x509.IPAddress(ipaddress.ip_address(address)))
            except ValueError:
                names.append(x509.DNSName(address))
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        builder = self._builder(subject, key).add_extension(
            x509.SubjectAlternativeName(names), critical=False
        )
        files = self.folder / f"{name}.crt", self.folder / f"{name}.key"
        files[0].write_bytes(_pem(builder.sign(self._key, hashes.SHA256())))
        files[1].write_bytes(_private(key))
        return files

    def _builder(self, subject: x509.Name, key: rsa.RSAPrivateKey) -> x509.CertificateBuilder:
        now = datetime.datetime.now(datetime.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(hours=1))
            .not_valid_after(now + datetime.timedelta(days=_DAYS))
        )


class ControlPlane:
    """One control plane.

    Args:
        folder: where its files are.
        tools: the programs, by name, and `stages`, the file that says how kwok simulates nodes and pods.
        authenticator: the URL of the webhook that EKS's tokens are checked by.
    """

    def __init__(self, folder: Path, tools: Mapping[str, str], authenticator: str) -> None:
        self.folder, self._tools = folder, tools
        folder.mkdir(parents=True)
        self._authority = Authority(folder / "pki", "eks")
        self._processes: list[subprocess.Popen[bytes]] = []
        self.egress = folder / "egress.sock"
        ports = _free_ports(6)
        self.endpoint = f"https://127.0.0.1:{ports[0]}"
        certificate, key = self._authority.issue("kube-apiserver", "127.0.0.1", "localhost", "10.100.0.1")
        signing = folder / "service-accounts.key"
        signing.write_bytes(_private(_key()))
        (folder / "tokens.csv").write_text(f"{_ADMINISTRATOR},admin,1,system:masters\n")
        self._connect("authenticator.yaml", {"server": authenticator}, {})
        administrator = {"token": _ADMINISTRATOR}
        cluster = {"server": self.endpoint, "certificate-authority": str(self._authority.certificate)}
        self.kubeconfig = self._connect("administrator.yaml", cluster, administrator)
        transport = {"uds": {"udsName": str(self.egress)}}
        selection = {
            "name": "cluster",
            "connection": {"proxyProtocol": "HTTPConnect", "transport": transport},
        }
        self._write(
            "egress.yaml",
            {
                "apiVersion": "apiserver.k8s.io/v1beta1",
                "kind": "EgressSelectorConfiguration",
                "egressSelections": [selection],
            },
        )
        etcd, peer = f"http://127.0.0.1:{ports[1]}", f"http://127.0.0.1:{ports[2]}"
        self._commands: dict[str, list[str]] = {
            "etcd": [
                *(f"--data-dir={folder / 'data'}", "--unsafe-no-fsync"),
                *(f"--listen-client-urls={etcd}", f"--advertise-client-urls={etcd}"),
                *(f"--listen-peer-urls={peer}", f"--initial-advertise-peer-urls={peer}"),
                f"--initial-cluster=default={peer}",
            ],
            "kube-apiserver": [
                *(f"--etcd-servers={etcd}", "--bind-address=127.0.0.1", "--advertise-address=10.0.0.1"),
                *(f"--secure-port={ports[0]}", f"--tls-cert-file={certificate}"),
                *(f"--tls-private-key-file={key}", f"--token-auth-file={folder / 'tokens.csv'}"),
                f"--authentication-token-webhook-config-file={folder / 'authenticator.yaml'}",
                *("--authentication-token-webhook-version=v1", "--authentication-token-webhook-cache-ttl=1s"),
                *(
                    f"--egress-selector-config-file={folder / 'egress.yaml'}",
                    "--authorization-mode=RBAC,Node",
                ),
                *(f"--service-account-key-file={signing}", f"--service-account-signing-key-file={signing}"),
                *(
                    "--service-account-issuer=https://kubernetes.default.svc",
                    "--endpoint-reconciler-type=none",
                ),
                "--service-cluster-ip-range=10.100.0.0/16",
            ],
            "kube-controller-manager": [
                *(f"--kubeconfig={self.kubeconfig}", f"--service-account-private-key-file={signing}"),
                *(f"--root-ca-file={self._authority.certificate}", f"--secure-port={ports[3]}"),
                *("--bind-address=127.0.0.1", "--leader-elect=false"),
            ],
            "kube-scheduler": [
                *(f"--kubeconfig={self.kubeconfig}", f"--secure-port={ports[4]}"),
                *("--bind-address=127.0.0.1", "--leader-elect=false"),
            ],
            "kwok": [
                *(f"--kubeconfig={self.kubeconfig}", "--manage-all-nodes", "--cidr=10.0.0.1/16"),
                *("--node-ip=10.0.0.1", f"--server-address=127.0.0.1:{ports[5]}"),
                f"--config={tools['stages']}",
            ],
        }

    @property
    def authority(self) -> str:
        """Its CA in base64, as EKS tells it."""
        return base64.b64encode(self._authority.certificate.read_bytes()).decode()

    def start(self) -> None:
        """Start it, and wait until the API server is ready."""
        for name in self._commands:
            with (self.folder / f"{name}.log").open("wb") as log:
                command = [self._tools[name], *self._commands[name]]
                self._processes.append(
                    subprocess.Popen(
                        command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log
                    )
                )
            if name == "kube-apiserver":
                self._await_ready()

    def stop(self) -> None:
        """End it."""
        for process in reversed(self._processes):
            process.send_signal(signal.SIGTERM)
        for process in reversed(self._processes):
            try:
                process.wait(_END_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._processes.clear()

    def ask(self, path: str, method: str = "GET", body: Any = None, kind: str = "application/json") -> Any:
        """Ask the API server as its administrator; None where it refuses."""
        request = Request(
            self.endpoint + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {_ADMINISTRATOR}", "Content-Type": kind},
        )
        context = ssl.create_default_context(cafile=str(self._authority.certificate))
        try:
            with urlopen(request, timeout=10, context=context) as answer:
                text = answer.read()
        except (URLError, TimeoutError, ConnectionError):
            return None
        return json.loads(text) if text[:1] in b"{[" else text

    def merge(self, path: str, body: Any) -> Any:
        """Change an object by a merge patch."""
        return self.ask(path, "PATCH", body, "application/merge-patch+json")

    def scale(self, group: str, count: int, region: str) -> None:
        """Have as many nodes as a node group wants."""
        selector = f"eks.amazonaws.com%2Fnodegroup%3D{group}"
        found = (self.ask(f"/api/v1/nodes?labelSelector={selector}") or {"items": []})["items"]
        names = [item["metadata"]["name"] for item in found]
        for name in names[count:]:
            self.ask(f"/api/v1/nodes/{name}", "DELETE")
        for number in range(len(names), count):
            self.ask("/api/v1/nodes", "POST", _node(group, number, region))

    def _await_ready(self) -> None:
        deadline = time.monotonic() + _READY_SECONDS
        while self.ask("/readyz") is None:
            ended = self._processes[-1].poll() is not None
            if ended or time.monotonic() > deadline:
                raise RuntimeError((self.folder / "kube-apiserver.log").read_text()[-2000:])
            time.sleep(0.2)

    def _connect(self, file: str, cluster: Mapping[str, Any], user: Mapping[str, Any]) -> Path:
        return self._write(
            file,
            {
                "apiVersion": "v1",
                "kind": "Config",
                "clusters": [{"name": "eks", "cluster": cluster}],
                "users": [{"name": "eks", "user": user}],
                "contexts": [{"name": "eks", "context": {"cluster": "eks", "user": "eks"}}],
                "current-context": "eks",
            },
        )

    def _write(self, file: str, content: Any) -> Path:
        path = self.folder / file
        path.write_text(yaml.safe_dump(content))
        return path


def _node(group: str, number: int, region: str) -> dict[str, Any]:
    name = f"{group}-{number}"
    size = {"cpu": "8", "memory": "32Gi", "ephemeral-storage": "47Gi", "pods": "58"}
    labels = {
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/os": "linux",
        "kubernetes.io/hostname": name,
        "topology.kubernetes.io/zone": f"{region}{'abc'[number % 3]}",
        "topology.kubernetes.io/region": region,
        "eks.amazonaws.com/nodegroup": group,
    }
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "annotations": {"kwok.x-k8s.io/node": "fake"}, "labels": labels},
        "spec": {},
        "status": {"allocatable": size, "capacity": size},
    }


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _private(key: rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
