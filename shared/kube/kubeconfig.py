"""Kubeconfigs: read from a file into a self-contained text, taken apart for a connection, and written."""

import base64
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from shared.errors import Refusal

_FILES = {
    "certificate-authority": "certificate-authority-data",
    "client-certificate": "client-certificate-data",
    "client-key": "client-key-data",
    "tokenFile": "token",
}
"""The entries that name a file, by the entry that has its content."""


@dataclass(frozen=True)
class Access:
    """The `cluster` and `user` entries of a kubeconfig's current context.

    Files are embedded: certificates in base64 under their `-data` names, a token under `token`.
    """

    server: str
    cluster: Mapping[str, Any]
    user: Mapping[str, Any] = field(repr=False)


def access_of(kubeconfig: str) -> Access:
    """Parse a kubeconfig; Refusal where it is invalid, or a file that it names cannot be read."""
    try:
        document = yaml.safe_load(kubeconfig)
        _, cluster, user = _context(document, document.get("current-context"))
        if _FILES.keys() & {*cluster["cluster"], *user["user"]}:
            raise LookupError  # what a stack exports names no files, and none of this machine's
        server = str(cluster["cluster"]["server"])
        # As for kubectl, TLS by default.
        server = server if "://" in server else f"https://{server}"
        return Access(server, cluster["cluster"], user["user"])
    except (yaml.YAMLError, AttributeError, LookupError, TypeError):
        raise Refusal(
            "The kubeconfig of the cluster is not valid.",
            "Deploy the infrastructure stack again, so that it exports a valid kubeconfig.",
        ) from None


def server_of(kubeconfig: str) -> str:
    """The API server's URL in a kubeconfig; empty where there is none."""
    try:
        return access_of(kubeconfig).server
    except Refusal:
        return ""


def kubeconfig(name: str, cluster: Mapping[str, Any], user: Mapping[str, Any]) -> str:
    """Write a kubeconfig of one context; it, its cluster and its user have the same name."""
    return _written(
        {"name": name, "context": {"cluster": name, "user": name}},
        {"name": name, "cluster": dict(cluster)},
        {"name": name, "user": dict(user)},
    )


def read_kubeconfig(path: Path, context: str | None, *, setting: str, checkout: Path) -> str:
    """Read one context of a kubeconfig file into a text that works from any folder and machine.

    Files that it names are embedded, and an exec plugin beside it is named by its absolute path. One in the checkout,
    which others write than those who run it, may name a server with TLS and files beside it, and nothing else.

    `context` None is the file's current one; `setting` is the setting that names the file, with its own file, for the
    refusal.
    """
    try:
        document = yaml.safe_load(path.read_text())
        known = [str(item["name"]) for item in document["contexts"]]
        wanted = context or document.get("current-context")
        if known and wanted not in known:
            raise Refusal(
                f"{setting} names {path}, which has no context '{wanted or '(none is current)'}'.",
                f"Set kubeconfig_context to one of: {', '.join(sorted(known))}.",
            )
        entries, folder, places = _context(document, wanted), path.parent.absolute(), (path.parent, path)
        if any(place.resolve().is_relative_to(checkout) for place in places):
            folder, both = path.resolve().parent, {**entries[1]["cluster"], **entries[2]["user"]}
            _refuse_reach(both, folder, checkout, f"{setting} names {path}")
        for entry, kind in zip(entries[1:], ("cluster", "user"), strict=True):
            entry[kind] = _embedded(entry[kind], folder)
        return _written(*entries)
    except OSError as error:
        raise Refusal(
            f"{setting} names {path}, which cannot be read: {error.strerror}.",
            "Name a kubeconfig file that exists.",
        ) from None
    except (yaml.YAMLError, UnicodeDecodeError, AttributeError, LookupError, TypeError):
        raise Refusal(
            f"{setting} names {path}, which is not a valid kubeconfig.", "Name a file that kubectl can use."
        ) from None


def _refuse_reach(entry: Mapping[str, Any], folder: Path, checkout: Path, fact: str) -> None:
    """Refuse what a cluster and its user name, where that sends a file of the machine away or runs a command."""
    files = {name: (folder / str(entry[name])).resolve() for name in _FILES if entry.get(name)}
    far = [
        name
        for name, file in files.items()
        if folder not in file.parents or checkout / ".local" in file.parents
    ]
    far += [name for name in ("exec", "auth-provider") if entry.get(name)]
    if "://" in (server := str(entry.get("server"))) and not server.startswith("https://"):
        far.append("server")
    if far:
        told = ", ".join(f"{name} ({entry[name]})" if isinstance(entry[name], str) else name for name in far)
        raise Refusal(
            f"{fact}, a file of the checkout, whose {told} may run a command or send a file away.",
            "Keep this kubeconfig outside of the checkout, and give its whole path.",
        )


def _context(document: Mapping[str, Any], name: object) -> tuple[dict[str, Any], ...]:
    """A context's entry, its cluster's and its user's; LookupError where there is none."""

    def named(kind: str, name: object) -> Mapping[str, Any]:
        # Of several with one name the first counts, as for kubectl.
        found = {item.get("name"): item for item in reversed(document.get(kind) or ())}
        item: Mapping[str, Any] = found[name]
        return item

    context = named("contexts", name)["context"]
    cluster, user = context["cluster"], context["user"]
    return (
        {"name": name, "context": context},
        {"name": cluster, "cluster": named("clusters", cluster)["cluster"]},
        {"name": user, "user": named("users", user).get("user") or {}},
    )


def _written(context: Mapping[str, Any], cluster: Mapping[str, Any], user: Mapping[str, Any]) -> str:
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [cluster],
        "users": [user],
        "contexts": [context],
        "current-context": context["name"],
    }
    return yaml.safe_dump(document, sort_keys=False)


def _embedded(entry: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """An entry without references to files; as for kubectl, embedded certificates win, and so does a token's file.

    Source: https://pkg.go.dev/k8s.io/client-go/tools/clientcmd/api#AuthInfo
    """
    result: dict[str, Any] = {}
    for key, value in entry.items():
        content = _FILES.get(key)
        if content and value and (content == "token" or not entry.get(content)):
            result[content] = _content(folder / value, encoded=content != "token")
        elif key == "exec" and value:
            # A command with a path is relative to the kubeconfig's folder; a name is searched on PATH.
            command = value["command"]
            resolved = str((folder / command).absolute()) if os.sep in command else command
            result[key] = {**value, "command": resolved}
        elif not content and not (key == "token" and entry.get("tokenFile")):
            result[key] = value
    return result


def _content(file: Path, *, encoded: bool) -> str:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise Refusal(
            f"The kubeconfig refers to {file}, which cannot be read: {error.strerror}.",
            "Repair the kubeconfig, or name another one.",
        ) from None
    return base64.b64encode(content).decode() if encoded else content.decode().strip()
