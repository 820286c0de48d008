"""How kwokctl is called: with every binary given, and with nothing of the user's environment."""

import json
import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from operations.cluster.simulation import METRICS_API
from operations.cluster.site import Site

_BINARIES = {
    "etcd": "etcd",
    "kube-apiserver": "kube-apiserver",
    "kube-controller-manager": "kube-controller-manager",
    "kube-scheduler": "kube-scheduler",
    "kwok-controller": "kwok",
    "metrics-server": "metrics-server",
}

PORT_OPTIONS = (
    "kubeApiserverPort",
    "etcdPort",
    "etcdPeerPort",
    "kubeControllerManagerPort",
    "kubeSchedulerPort",
    "kwokControllerPort",
    "metricsServerPort",
)
"""The options of kwokctl that take the cluster's ports."""

_UNROUTED = "192.0.2.1"
"""An address for documentation (RFC 5737). The API server wants one to advertise that is no loopback, and
without a network it finds none; nothing here ever dials it."""


Command = subprocess.Popen[bytes]


class Toolchain(Protocol):
    """What the cluster needs of the tool chain."""

    @property
    def kwok_kustomize(self) -> Path:
        """The `kustomize` folder of kwok's module."""

    def path(self, name: str) -> Path:
        """Find a binary by its name.

        Raises:
            Refusal: the tool chain is not set up.
        """


def signer(pki: Path) -> dict[str, str]:
    """The controller manager's flags by which the cluster signs client certificates with its own CA.

    Args:
        pki: the folder with the cluster's CA.
    """
    return {
        "cluster-signing-cert-file": str(pki / "ca.crt"),
        "cluster-signing-key-file": str(pki / "ca.key"),
    }


def configuration(toolchain: Toolchain, ports: Sequence[int], pki: Path) -> dict[str, Any]:
    """Compose what `kwokctl create cluster` makes a cluster from.

    Args:
        toolchain: where the binaries are.
        ports: one for each of PORT_OPTIONS.
        pki: the folder that will hold the cluster's CA.

    Returns:
        A KwokctlConfiguration document.

    Raises:
        Refusal: the tool chain is not set up.
    """
    single = [{"key": "leader-elect", "value": "false"}]  # a killed leader's lease would outlive it by 15 s
    return {
        "apiVersion": "config.kwok.x-k8s.io/v1alpha1",
        "kind": "KwokctlConfiguration",
        "options": {
            "runtime": "binary",
            "bindAddress": "127.0.0.1",
            "securePort": True,
            "kubeAuthorization": True,
            "kubeAdmission": True,
            "enable": ["metrics-server"],
            "metricsServerManifests": [str(METRICS_API)],
            "etcdBinary": str(toolchain.path("etcd")),
            "kubeApiserverBinary": str(toolchain.path("kube-apiserver")),
            "kubeControllerManagerBinary": str(toolchain.path("kube-controller-manager")),
            "kubeSchedulerBinary": str(toolchain.path("kube-scheduler")),
            "kwokControllerBinary": str(toolchain.path("kwok")),
            "metricsServerBinary": str(toolchain.path("metrics-server")),
            "kubectlBinary": str(toolchain.path("kubectl")),
            **dict(zip(PORT_OPTIONS, ports, strict=True)),
        },
        "componentsPatches": [
            {"name": "kube-apiserver", "extraArgs": [{"key": "advertise-address", "value": _UNROUTED}]},
            {
                "name": "kube-controller-manager",
                "extraArgs": [
                    *single,
                    {"key": "horizontal-pod-autoscaler-sync-period", "value": "5s"},
                    *({"key": key, "value": value} for key, value in signer(pki).items()),
                ],
            },
            {"name": "kube-scheduler", "extraArgs": single},
            {
                "name": "kwok-controller",
                "extraArgs": [
                    {"key": "node-ip", "value": "127.0.0.1"},  # the metrics server asks it there
                    {"key": "node-lease-duration-seconds", "value": "0"},
                ],
            },
            {
                "name": "metrics-server",
                "extraArgs": [
                    {"key": "metric-resolution", "value": "10s", "override": True},
                    {"key": "kubelet-request-timeout", "value": "5s"},
                ],
            },
        ],
    }


def link_binaries(folder: Path, toolchain: Toolchain) -> None:
    """Point the cluster's binaries at the tool chain, wherever that stands by now.

    Args:
        folder: the cluster's folder.
        toolchain: where the binaries are.

    Raises:
        Refusal: the tool chain is not set up.
        OSError: a link cannot be made.
    """
    links = folder / "bin"
    links.mkdir(mode=0o750, exist_ok=True)
    for name, binary in _BINARIES.items():
        target, link = toolchain.path(binary).resolve(), links / name
        if not link.is_symlink() or link.readlink() != target:
            link.unlink(missing_ok=True)
            link.symlink_to(target)


def run(toolchain: Toolchain, site: Site, *arguments: str) -> Command:
    """Start kwokctl and don't wait for it.

    Its output goes to a file and its input is empty, so that the components, which outlive the command,
    hold none of the caller's pipes open.

    Args:
        toolchain: where kwokctl and kubectl are.
        site: the cluster. Its workdir is kwokctl's working folder, too, by which it is found again.
        arguments: what it shall do.

    Raises:
        Refusal: the tool chain is not set up.
        OSError: the log cannot be written.
    """
    with site.kwokctl_log.open("wb") as output:
        return subprocess.Popen(
            [toolchain.path("kwokctl"), *arguments, f"--name={site.kwokctl_name}"],
            cwd=site.workdir,
            env=_environment(toolchain, site.workdir),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def _environment(toolchain: Toolchain, workdir: Path) -> Mapping[str, str]:
    # No KWOK_*, KUBECONFIG or proxy of the user's: a cluster is the same whoever starts it.
    kept = {key: os.environ[key] for key in ("HOME", "LANG", "TMPDIR", "USER") if key in os.environ}
    # kwokctl prefers a kubectl on PATH to the one it is given.
    path = os.pathsep.join((str(toolchain.path("kubectl").parent), os.environ.get("PATH", os.defpath)))
    return kept | {"PATH": path, "KWOK_WORKDIR": str(workdir)}


def last_words(log: Path, count: int = 3) -> str:
    """Quote the end of a log for a refusal.

    Args:
        log: a log of kwokctl, of a component in klog's format, or of etcd in JSON.
        count: how many lines.

    Returns:
        The lines, shortened to what they say; a remark where there are none.
    """
    try:
        lines = log.read_text("utf-8", errors="replace").splitlines()[-200:]
    except OSError:
        return "(no log was written)"
    said = [line for line in lines if re.match(r"[EF]\d{4} |\{|[Ee]rror|panic", line)] or lines
    return "\n".join(f"    {_message(line)[:300]}" for line in said[-count:]) or "(the log is empty)"


def _message(line: str) -> str:
    try:
        entry = json.loads(line)
    except ValueError:
        return line.strip()
    if not isinstance(entry, dict):
        return line.strip()
    parts = [entry.get("msg", ""), entry.get("err") or entry.get("error") or ""]
    return ": ".join(str(part) for part in parts if part) or line.strip()
