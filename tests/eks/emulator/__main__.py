"""Start the emulator: `python -m emulator <home> <tools as JSON> <chart version>`.

It prints what its users have to know as one line of JSON, and ends with its standard input.
"""

import json
import os
import shutil
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

os.environ.setdefault("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")

from moto.server import ThreadedMotoServer

from .aws import Eks
from .charts import Charts
from .cluster_side import Authenticator, Egress, LoadBalancers
from .control_plane import Authority, ControlPlane
from .inventory import cluster_access, inventory


class Emulator:
    """The whole of it; clusters are known by account and name."""

    def __init__(self, home: Path, tools: dict[str, str], version: str) -> None:
        self._home, self._tools = home, tools
        self.planes: dict[tuple[str, str], tuple[ControlPlane, Egress, LoadBalancers]] = {}
        self._regions: dict[tuple[str, str], str] = {}
        self.eks = Eks(self.start, self.stop, self.scale)
        self.eks.install()
        server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
        server.start()
        host, port = server.get_host_and_port()
        self.aws = f"http://{host}:{port}"
        self.authenticator = Authenticator(self.aws)
        authority = Authority(home / "pki", "charts")
        charts = Charts(authority, version)
        threading.Thread(target=charts.serve_forever, daemon=True).start()
        self._control = ThreadingHTTPServer(("127.0.0.1", 0), _control(self))
        threading.Thread(target=self._control.serve_forever, daemon=True).start()
        self.control = f"http://127.0.0.1:{self._control.server_address[1]}"
        self.proxy, self.authority = charts.url, str(authority.certificate)

    def start(self, account: str, region: str, name: str) -> tuple[str, str]:
        """Start what is behind a new cluster's endpoint."""
        webhook = f"{self.control}/token/{account}/{region}/{name}"
        folder = self._home / account / name
        shutil.rmtree(folder, ignore_errors=True)
        plane = ControlPlane(folder, self._tools, webhook)
        egress = Egress(plane)
        threading.Thread(target=egress.serve_forever, daemon=True).start()
        plane.start()
        self.planes[account, name] = plane, egress, LoadBalancers(plane)
        self._regions[account, name] = region
        return plane.endpoint, plane.authority

    def stop(self, account: str, name: str) -> None:
        """End what is behind a deleted cluster's endpoint."""
        plane, egress, balancers = self.planes.pop((account, name))
        balancers.stop()
        plane.stop()
        egress.shutdown()
        egress.server_close()

    def scale(self, account: str, name: str, group: str, count: int) -> None:
        """Give a cluster the nodes of a node group."""
        self.planes[account, name][0].scale(group, count, self._regions[account, name])

    def end(self) -> None:
        """End every cluster."""
        for account, name in list(self.planes):
            self.stop(account, name)


def _control(emulator: Emulator) -> type[BaseHTTPRequestHandler]:
    class Control(BaseHTTPRequestHandler):
        """The authenticator's webhook, and what tests ask."""

        def log_message(self, *arguments: Any) -> None:
            """Say nothing."""

        def do_POST(self) -> None:
            """Review a token, set how long access takes, or hold creations."""
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            _, what, *place = self.path.partition("?")[0].split("/")
            if what == "token":
                account, region, name = place
                self._answer(emulator.authenticator.review(account, region, name, body))
            elif what == "delay":
                emulator.authenticator.delay_seconds = float(body)
                self._answer({})
            else:
                emulator.eks.hold(body)
                self._answer({})

        def do_GET(self) -> None:
            """Tell what there is in an account, or who has which access to a cluster."""
            _, what, *place = self.path.partition("?")[0].split("/")
            if what == "inventory":
                self._answer(inventory(*place))
            elif what == "access":
                self._answer(cluster_access(*place))
            else:
                plane, _, _ = emulator.planes[place[0], place[1]]
                self._answer({"kubeconfig": str(plane.kubeconfig)})

        def _answer(self, content: Any) -> None:
            text = json.dumps(content).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

    return Control


def main() -> None:
    """Run until standard input ends."""
    home, tools, version = sys.argv[1:]
    emulator = Emulator(Path(home), json.loads(tools), version)
    known = {name: getattr(emulator, name) for name in ("aws", "control", "proxy", "authority")}
    sys.stdout.write(json.dumps(known) + "\n")
    sys.stdout.flush()
    try:
        sys.stdin.read()
    finally:
        emulator.end()
        os._exit(0)


main()
