"""A kubeconfig's exec plugin: the program that is asked for a credential."""

import shutil
from collections.abc import Mapping
from typing import Any

from shared.refusal import Refusal


def refuse_missing_plugin(document: Mapping[str, Any], server: str) -> None:
    """Refuse a kubeconfig whose exec plugin is not there, which would read as a cluster that does not answer.

    Args:
        document: the kubeconfig, as parsed.
        server: the API server's URL, for the message.

    Raises:
        Refusal: the plugin's command is not on PATH.
    """
    for user in document.get("users") or ():
        plugin = (user.get("user") or {}).get("exec") or {}
        command = plugin.get("command")
        if command and not shutil.which(command):
            raise Refusal(
                f"The kubeconfig for the cluster at {server} asks the command '{command}' for a credential, "
                "which is not on PATH.",
                plugin.get("installHint") or "Install it, or put it on PATH.",
            )
