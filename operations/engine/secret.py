"""Secrets of a state under the checkout's own passphrase, opened without a run of the engine.

The engine derives the key anew at each run. Here it is derived once and kept next to the passphrase, with the same
mode: whoever can read the one can read the other. AES-256-GCM tells a wrong key from the right one, so that whatever
is not understood is left to the engine.

Source: https://github.com/pulumi/pulumi/blob/v3.272.0/sdk/go/common/resource/config/crypt.go
"""

import base64
import hashlib
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from operations.cluster.atomic import write_atomically
from operations.engine.salt import passphrase_file
from operations.paths import local_folder

_ROUNDS = 1_000_000
_KEY_BYTES = 32
_VERSION = "v1"


def open_secret(ciphertext: str, salt: str) -> str | None:
    """The text of a secret.

    Args:
        ciphertext: the secret as a state has it: `v1:<nonce>:<text>`, each in base64.
        salt: the salt as the state's secrets provider has it: `v1:<salt>:<a known text, encrypted>`.

    Returns:
        The text; None where the checkout's passphrase does not open it, or it is written in another way.
    """
    try:
        version, nonce, text = ciphertext.split(":")
        _, salted, *_ = salt.split(":")
        sealed = base64.b64decode(nonce), base64.b64decode(text)
        file = local_folder("keys") / hashlib.sha256(salted.encode()).hexdigest()
        if version != _VERSION:
            return None
        return _opened(file, *sealed) or _opened(_derived(file, base64.b64decode(salted)), *sealed)
    except (ValueError, OSError):
        return None


def _opened(file: Path, nonce: bytes, text: bytes) -> str | None:
    if not file.exists():
        return None
    try:
        return AESGCM(base64.b64decode(file.read_text())).decrypt(nonce, text, None).decode()
    except (InvalidTag, ValueError):
        return None


def _derived(file: Path, salt: bytes) -> Path:
    passphrase = passphrase_file().read_bytes().strip()
    key = hashlib.pbkdf2_hmac("sha256", passphrase, salt, _ROUNDS, _KEY_BYTES)
    write_atomically(file, base64.b64encode(key).decode())
    return file
