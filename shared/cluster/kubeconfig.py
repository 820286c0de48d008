"""Kubeconfigs: one context, self-contained, checked before it is used."""

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from shared.refusal import Refusal

_FILES = {
    "certificate-authority": "certificate-authority-data",
    "client-certificate": "client-certificate-data",
    "client-key": "client-key-data",
    "tokenFile": "token",
}


def read_kubeconfig(path: Path, context: str | None, *, setting: str) -> str:
    """Read one context of a kubeconfig file into a text that stands for itself.

    Files that it refers to are embedded, so that the result works from any folder and machine.

    Args:
        path: the kubeconfig file.
        context: the context's name; the file's current one where None.
        setting: the setting that names the file, with its own file, for the refusal.

    Returns:
        The kubeconfig as YAML with that one context.

    Raises:
        Refusal: there is no such file, it is no kubeconfig, or it has no such context.
    """
    try:
        document = yaml.safe_load(path.read_text())
    except OSError as error:
        raise Refusal(
            f"{setting} names {path}, which cannot be read: {error.strerror}.",
            "Name a kubeconfig file that exists.",
        ) from None
    except (yaml.YAMLError, UnicodeDecodeError):
        document = None
    if not isinstance(document, Mapping) or not document.get("contexts"):
        raise Refusal(f"{setting} names {path}, which is no kubeconfig.", "Name a file that kubectl can use.")
    try:
        return yaml.safe_dump(_one_context(document, context, path, setting), sort_keys=False)
    except (AttributeError, KeyError, TypeError):
        raise Refusal(
            f"{setting} names {path}, whose contexts, clusters or users do not have a kubeconfig's form.",
            "Name a file that kubectl can use.",
        ) from None


def server_of(kubeconfig: str) -> str:
    """The API server's URL in a kubeconfig of one context; empty where there is none."""
    try:
        return str(yaml.safe_load(kubeconfig)["clusters"][0]["cluster"]["server"])
    except (yaml.YAMLError, KeyError, IndexError, TypeError):
        return ""


def _one_context(
    document: Mapping[str, Any], context: str | None, path: Path, setting: str
) -> dict[str, object]:
    wanted = context or document.get("current-context")
    entry = _named(document, "contexts", wanted)
    if entry is None:
        known = ", ".join(sorted(str(item.get("name")) for item in document["contexts"]))
        raise Refusal(
            f"{setting} names {path}, which has no context '{wanted or '(none is current)'}'.",
            f"Set kubeconfig_context to one of: {known}.",
        )
    cluster = _named(document, "clusters", entry["context"].get("cluster"))
    user = _named(document, "users", entry["context"].get("user"))
    if cluster is None or user is None:
        raise Refusal(
            f"The context '{wanted}' of {path} names a cluster or a user that the file does not have.",
            "Repair the file, or name another context by kubeconfig_context.",
        )
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": cluster["name"], "cluster": _embedded(cluster["cluster"], path)}],
        "users": [{"name": user["name"], "user": _embedded(user.get("user") or {}, path)}],
        "contexts": [{"name": entry["name"], "context": entry["context"]}],
        "current-context": entry["name"],
    }


def _named(document: Mapping[str, Any], kind: str, name: object) -> Mapping[str, Any] | None:
    return next((item for item in document.get(kind) or [] if item.get("name") == name), None)


def _embedded(entry: Mapping[str, Any], path: Path) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in entry.items():
        if key in _FILES:
            file = path.parent / value
            try:
                content = file.read_bytes()
            except OSError as error:
                raise Refusal(
                    f"The kubeconfig {path} refers to {file}, which cannot be read: {error.strerror}.",
                    "Repair the kubeconfig, or name another one.",
                ) from None
            embedded = _FILES[key]
            result[embedded] = (
                content.decode().strip() if embedded == "token" else base64.b64encode(content).decode()
            )
        else:
            result[key] = value
    return result
