"""Settings alone, which a branch may change, run no command and send no file of the machine away."""

import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.checkout import Checkout

Requests = list[str]


@pytest.fixture
def listening() -> Iterator[tuple[str, Requests]]:
    """A server of the attacker's, and what came to it."""
    seen: Requests = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(f"{self.path} {self.headers}")
            self.send_error(404)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", seen
    server.shutdown()
    server.server_close()


@pytest.fixture
def hostile(checkout: Checkout) -> Iterator[Path]:
    """A folder of the checkout that is gone afterwards, with a settings file that names a kubeconfig in it."""
    checkout.settings(
        "infrastructure", "hostile", {"cluster": "existing", "kubeconfig_path": "infrastructure/kubeconfig"}
    )
    kubeconfig = checkout.root / "infrastructure" / "kubeconfig"
    yield kubeconfig
    kubeconfig.unlink(missing_ok=True)
    checkout.settings_file("infrastructure", "hostile").unlink()


@pytest.mark.parametrize("kind", ["tokenFile", "exec"])
@pytest.mark.parametrize("verb", ["infra-preview", "infra-up"])
def test_a_kubeconfig_of_the_checkout_is_refused_before_it_does_anything(
    checkout: Checkout, hostile: Path, listening: tuple[str, Requests], tmp_path: Path, kind: str, verb: str
) -> None:
    server, seen = listening
    (tmp_path / "private").write_text("private")
    script = f"touch {tmp_path}/ran; echo '{{}}'"
    command = {"apiVersion": "client.authentication.k8s.io/v1", "command": "sh", "args": ["-c", script]}
    user = {"tokenFile": str(tmp_path / "private")} if kind == "tokenFile" else {"exec": command}
    document = {
        "clusters": [{"name": "x", "cluster": {"server": server}}],
        "users": [{"name": "x", "user": user}],
        "contexts": [{"name": "x", "context": {"cluster": "x", "user": "x"}}],
        "current-context": "x",
    }
    hostile.write_text(yaml.safe_dump(document))
    text = checkout.refused(verb, ENV="hostile")
    assert kind in text
    assert "Keep this kubeconfig outside of the checkout" in text
    assert seen == []
    assert not (tmp_path / "ran").exists()


def test_a_settings_files_name_runs_nothing_in_any_shell(checkout: Checkout, tmp_path: Path) -> None:
    name = f"p'; touch {str(tmp_path / 'ran').replace('/', chr(92) + '057')}; '"
    file = checkout.root / "apps" / "day" / f"Pulumi.{name}.yaml"
    file.write_text("config: {}\n")
    try:
        for verb in ("apps-preview", "namespace-status", "settings", "app-down"):
            text = checkout.refused(verb)
            assert "is not a valid name of a stack or service" in text
            assert "Rename it" in text
        assert not (tmp_path / "ran").exists()
    finally:
        file.unlink()


def test_a_plugin_of_the_checkout_is_refused_before_it_is_run(checkout: Checkout, tmp_path: Path) -> None:
    plugin = checkout.root / "apps" / "day" / "pulumi-resource-kubernetes"
    plugin.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    plugin.chmod(0o755)
    file = checkout.root / "apps" / "day" / "Pulumi.yaml"
    before, other = file.read_text(), file.with_suffix(".json")
    programs = "providers: [{name: kubernetes, path: .}]"
    try:
        for text in (f"plugins: {{{programs}}}", f"x: &x {{plugins: {{{programs}}}}}\n<<: *x"):
            file.write_text(f"{before}{text}\n")
            assert "may name programs of the checkout" in checkout.refused("app-preview", SERVICE="day")
        file.write_text(before)
        other.write_text(json.dumps({**yaml.safe_load(before), **yaml.safe_load(f"plugins: {{{programs}}}")}))
        assert "Pulumi.json stands beside" in checkout.refused("app-preview", SERVICE="day")
        assert not (tmp_path / "ran").exists()
    finally:
        file.write_text(before)
        plugin.unlink()
        other.unlink(missing_ok=True)
