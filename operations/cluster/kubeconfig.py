"""The kubeconfig of the local cluster's administrator: one file that can be copied anywhere."""

import base64
from pathlib import Path

from operations.cluster import documents
from operations.cluster.atomic import write_atomically

MODE = 0o600


def kubeconfig_text(name: str, server: str, pki: Path) -> str:
    """Compose a kubeconfig that holds its certificates itself.

    Args:
        name: the cluster's name; the context and the user are called the same.
        server: the API server's URL.
        pki: the folder with `ca.crt`, `admin.crt` and `admin.key`.

    Raises:
        OSError: a certificate cannot be read.
    """

    def embedded(file: str) -> str:
        return base64.b64encode((pki / file).read_bytes()).decode()

    return documents.render(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": name,
            "clusters": [
                {
                    "name": name,
                    "cluster": {"server": server, "certificate-authority-data": embedded("ca.crt")},
                }
            ],
            "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
            "users": [
                {
                    "name": name,
                    "user": {
                        "client-certificate-data": embedded("admin.crt"),
                        "client-key-data": embedded("admin.key"),
                    },
                }
            ],
        }
    )


def write_kubeconfig(path: Path, text: str) -> bool:
    """Write a kubeconfig with mode 0600, unless it stands there already.

    Args:
        path: where it goes.
        text: the whole file.

    Returns:
        Whether anything had to be written.

    Raises:
        OSError: the file cannot be written; an old one is untouched.
    """
    try:
        if path.read_text("utf-8") == text and path.stat().st_mode & 0o777 == MODE:
            return False
    except (FileNotFoundError, UnicodeDecodeError):
        pass
    write_atomically(path, text)
    return True
