"""S3 and KMS on loopback, which count what they are asked: `python server.py`.

It prints its address, and ends with its standard input. `/counted` answers how many requests there were since it was
last asked, by method.
"""

import json
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

_Answer = Callable[..., Any]


class Counting:
    """The server with its counter in front."""

    def __init__(self) -> None:
        self._served = DomainDispatcherApplication(create_backend_app)
        self._counted: Counter[str] = Counter()

    def __call__(self, environment: dict[str, Any], answer: _Answer) -> Iterable[bytes]:
        """Serve a request (WSGI)."""
        if environment["PATH_INFO"] == "/counted":
            counted, self._counted = self._counted, Counter()
            answer("200 OK", [("Content-Type", "application/json")])
            return [json.dumps(counted).encode()]
        self._counted[environment["REQUEST_METHOD"]] += 1
        found: Iterable[bytes] = self._served(environment, answer)
        return found


if __name__ == "__main__":
    server = make_server("127.0.0.1", 0, Counting(), threaded=True)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)  # noqa: T201 - to its caller
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()
