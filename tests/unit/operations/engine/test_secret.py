"""Secrets of a state open under the checkout's own passphrase, and under no other."""

import base64
import hashlib
import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from operations.engine.secret import open_secret

SALT = base64.b64encode(b"eight by").decode()


def sealed(text: str, passphrase: str) -> str:
    """A secret as the engine writes it."""
    key = hashlib.pbkdf2_hmac("sha256", passphrase.encode(), b"eight by", 1_000_000, 32)
    nonce = os.urandom(12)
    parts = (nonce, AESGCM(key).encrypt(nonce, text.encode(), None))
    return ":".join(["v1", *(base64.b64encode(part).decode() for part in parts)])


@pytest.fixture
def state_salt(checkout: Path) -> str:
    """The salt as a state has it, in a checkout with a passphrase."""
    (checkout / ".local").mkdir()
    (checkout / ".local" / "passphrase").write_text("ours")
    return f"v1:{SALT}:{sealed('pulumi', 'ours')}"


def test_a_secret_is_opened_and_the_key_kept_as_the_passphrase_is(state_salt: str, checkout: Path) -> None:
    assert open_secret(sealed('"a"', "ours"), state_salt) == '"a"'
    (kept,) = (checkout / ".local" / "keys").iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600
    assert open_secret(sealed('"b"', "ours"), state_salt) == '"b"'


def test_a_kept_key_of_an_older_passphrase_is_derived_anew(state_salt: str, checkout: Path) -> None:
    open_secret(sealed('"a"', "ours"), state_salt)
    (checkout / ".local" / "passphrase").write_text("newer")
    assert open_secret(sealed('"b"', "newer"), state_salt) == '"b"'


def test_a_damaged_key_is_derived_anew(state_salt: str, checkout: Path) -> None:
    open_secret(sealed('"a"', "ours"), state_salt)
    for kept in (checkout / ".local" / "keys").iterdir():
        kept.write_text("damaged")
    assert open_secret(sealed('"a"', "ours"), state_salt) == '"a"'


def test_a_secret_of_another_passphrase_is_left_to_the_engine(state_salt: str) -> None:
    assert open_secret(sealed('"a"', "theirs"), state_salt) is None


@pytest.mark.parametrize("ciphertext", ["v2:a:b", "v1:a", "", "None", "v1:!:!", "v1:AAAA:AAAA"])
def test_what_the_passphrase_does_not_open_is_left_to_the_engine(state_salt: str, ciphertext: str) -> None:
    assert open_secret(ciphertext, state_salt) is None


@pytest.mark.parametrize("salt", ["", "v1", "v1:!"])
def test_a_salt_of_another_form_is_left_to_the_engine(state_salt: str, salt: str) -> None:
    assert open_secret(sealed('"a"', "ours"), salt) is None


def test_without_a_passphrase_it_is_left_to_the_engine(checkout: Path) -> None:
    assert open_secret(sealed('"a"', "ours"), f"v1:{SALT}:rest") is None
