"""The kubeconfig that an infrastructure stack exports, without a run of the engine where that can be."""

import json
from collections.abc import Mapping
from typing import Any

from operations.engine.project import StackId
from operations.engine.secret import open_secret
from operations.engine.stack import EngineStack
from operations.stacks.state import outputs, read_state, salt_of
from operations.toolchain import Toolchain


def exported_kubeconfig(platform: StackId, toolchain: Toolchain) -> str:
    """The kubeconfig that an infrastructure stack exports; empty where it exports none.

    Args:
        platform: the infrastructure stack.
        toolchain: where the engine is.

    Raises:
        EngineFailure: the passphrase is another one.
    """
    engine = EngineStack(platform, toolchain)
    state = read_state(engine)
    written = outputs(state).get("kubeconfig") or ""
    if isinstance(written, str):
        return written
    opened = _opened(written, salt_of(state)) if engine.has_own_passphrase else None
    return opened or str(engine.outputs(show_secrets=True).get("kubeconfig") or "")


def _opened(written: Mapping[str, Any], salt: str) -> str | None:
    text = open_secret(str(written.get("ciphertext")), salt)
    return str(json.loads(text)) if text else None
