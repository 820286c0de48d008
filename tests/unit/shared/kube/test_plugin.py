"""A kubeconfig's exec plugin is run as kubectl runs it, and its answer is used for a while."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shared.errors import Refusal
from shared.kube.client import cluster_api
from shared.kube.kubeconfig import kubeconfig
from tests.unit.shared.kube.conftest import Authority, Server, config

API = "client.authentication.k8s.io/v1"
Plugin = Callable[..., dict[str, Any]]


@pytest.fixture
def plugin(tmp_path: Path) -> Plugin:
    """A plugin that runs a shell script, after it noted that it was asked and for what."""

    def made(script: str, **fields: Any) -> dict[str, Any]:
        path = tmp_path / "plugin"
        path.write_text(
            f'#!/bin/sh\necho >> {tmp_path}/asked\necho "$KUBERNETES_EXEC_INFO" > {tmp_path}/info\n{script}\n'
        )
        path.chmod(0o700)
        return {"apiVersion": API, "command": str(path), "interactiveMode": "Never", **fields}

    return made


def answer(api: str = API, **status: str) -> str:
    credential = {"apiVersion": api, "kind": "ExecCredential", "status": status}
    return f"cat <<'END'\n{json.dumps(credential)}\nEND"


def get(kubeconfig: str) -> None:
    with cluster_api(kubeconfig) as api:
        api.get("/x")


def refusal_of(kubeconfig: str) -> Refusal:
    with pytest.raises(Refusal) as caught:
        get(kubeconfig)
    return caught.value


def test_its_token_is_used_and_asked_for_again_later(
    server: Server, plugin: Plugin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It gets its arguments and variables."""
    script = answer(token="MARK").replace("<<'END'", "<<END").replace("MARK", "$1-$GIVEN")
    kubeconfig = config(
        server.url, exec=plugin(script, args=["one"], env=[{"name": "GIVEN", "value": "two"}])
    )
    for clock, asked in ((0.0, 1), (25.0, 1), (35.0, 2)):
        monkeypatch.setattr("shared.kube.plugin.time.monotonic", lambda clock=clock: clock)
        get(kubeconfig)
        assert len((tmp_path / "asked").read_text().splitlines()) == asked
    assert server.last("Authorization") == ["Bearer one-two"]


def test_its_certificate_is_used(secured: Server, plugin: Plugin, authority: Authority) -> None:
    certificate, key = authority.sign("day")
    script = answer(clientCertificateData=certificate.decode(), clientKeyData=key.decode())
    get(config(secured.url, {"certificate-authority-data": authority.data}, exec=plugin(script)))
    assert secured.requests[-1].user == "day"


@pytest.mark.parametrize("wanted", [True, False])
def test_it_is_told_of_the_cluster_where_it_wants_to_know(
    server: Server, plugin: Plugin, tmp_path: Path, wanted: bool
) -> None:
    extension = {"name": "client.authentication.k8s.io/exec", "extension": {"audience": "x"}}
    cluster = {"tls-server-name": "n", "extensions": [extension]}
    get(config(server.url, cluster, exec=plugin(answer(token="t"), provideClusterInfo=wanted)))
    told = json.loads((tmp_path / "info").read_text())
    assert (told["apiVersion"], told["kind"]) == (API, "ExecCredential")
    assert told["spec"]["interactive"] is False
    about = {"server": server.url, "tls-server-name": "n", "config": {"audience": "x"}}
    assert told["spec"].get("cluster") == (about if wanted else None)


@pytest.mark.parametrize(
    ("script", "told"),
    [
        (
            "echo trying >&2; echo 'Token expired: run login.' >&2; exit 3",
            "which failed: Token expired: run login.",
        ),
        ("exit 3", "which failed: exit code 3."),
        ("echo", f"which did not answer with an ExecCredential of {API}."),
        ("echo '{\"status\": null}'", "which did not answer"),
        (answer(), "which did not answer"),
        (answer("client.authentication.k8s.io/v1beta1", token="t"), "which did not answer"),
    ],
)
def test_what_it_does_wrong_is_told_in_its_words(
    server: Server, plugin: Plugin, script: str, told: str
) -> None:
    refusal = refusal_of(config(server.url, exec=plugin(script)))
    assert told in refusal.fact
    assert not server.requests


def test_one_that_is_not_installed_is_named_with_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    authority = base64.b64encode(Authority().certificate).decode()
    refusal = refusal_of(
        kubeconfig(
            "p",
            {"server": "https://127.0.0.1:1", "certificate-authority-data": authority},
            {"exec": {"apiVersion": API, "command": "aws", "installHint": "Install the AWS CLI."}},
        )
    )
    assert "asks the command 'aws' for a credential, which is not on PATH" in refusal.fact
    assert "Install the AWS CLI" in refusal.remedy
