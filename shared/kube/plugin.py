"""The exec plugin of a kubeconfig: the program that prints a credential.

Source: https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from shared.errors import Refusal
from shared.kube.kubeconfig import Access

_SECONDS = 60
"""How long a plugin may take that does not ask a person."""

_REUSE_SECONDS = 30
"""How long an answer is used, since asking again can take seconds; credentials are valid for minutes at least."""

_CONFIGURATION = "client.authentication.k8s.io/exec"
"""The extension of a cluster entry that is meant for the plugin."""


def ask_plugin(plugin: Mapping[str, Any], access: Access) -> Mapping[str, Any]:
    """Ask a kubeconfig's exec plugin for a `token`, or for `clientCertificateData` and `clientKeyData` as PEM."""
    terminal = sys.stdin is not None and not sys.stdin.closed and sys.stdin.isatty()
    spec: dict[str, Any] = {"interactive": terminal and plugin.get("interactiveMode") != "Never"}
    if plugin.get("provideClusterInfo"):
        spec["cluster"] = {name: value for name, value in access.cluster.items() if name != "extensions"}
        for extension in access.cluster.get("extensions") or ():
            if extension["name"] == _CONFIGURATION:
                spec["cluster"]["config"] = extension["extension"]
    request = {"apiVersion": plugin.get("apiVersion"), "kind": "ExecCredential", "spec": spec}
    moment = int(time.monotonic() / _REUSE_SECONDS)
    return _ask(json.dumps(plugin), json.dumps(request), access.server, moment)


@lru_cache(maxsize=64)
def _ask(entry: str, info: str, server: str, _moment: int) -> Mapping[str, Any]:
    plugin, request = json.loads(entry), json.loads(info)
    subject = (
        f"The kubeconfig for the cluster at {server} asks the command '{plugin['command']}' for a credential"
    )
    remedy = str(plugin.get("installHint") or "Install it, or put it on PATH.")
    command = shutil.which(plugin["command"])
    if not command:
        raise Refusal(f"{subject}, which is not on PATH.", remedy)
    interactive = request["spec"]["interactive"]
    given = {one["name"]: one["value"] for one in plugin.get("env") or ()}
    try:
        done = subprocess.run(
            [command, *(plugin.get("args") or ())],
            env={**os.environ, **given, "KUBERNETES_EXEC_INFO": info},
            stdin=None if interactive else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=None if interactive else subprocess.PIPE,
            text=True,
            timeout=None if interactive else _SECONDS,
            check=False,
        )
    except OSError as error:
        raise Refusal(f"{subject}, which cannot be run: {error.strerror}.", remedy) from None
    except subprocess.TimeoutExpired:
        raise Refusal(f"{subject}, which did not answer within {_SECONDS} s.", "Run it by hand.") from None
    if done.returncode:
        lines = [line.strip() for line in (done.stderr or "").splitlines() if line.strip()]
        reason = lines[-1].rstrip(".") if lines else f"exit code {done.returncode}"
        raise Refusal(
            f"{subject}, which failed: {reason}.", "Sign in, or give it the credentials that it needs."
        )
    try:
        answer = json.loads(done.stdout)
        status: Mapping[str, Any] = answer["status"]
        if answer["apiVersion"] == request["apiVersion"] and (
            status.get("token") or (status.get("clientCertificateData") and status.get("clientKeyData"))
        ):
            return status
    except (ValueError, LookupError, TypeError, AttributeError):
        pass
    raise Refusal(
        f"{subject}, which did not answer with an ExecCredential of {request['apiVersion']}.",
        "Install a version of it that does.",
    )
