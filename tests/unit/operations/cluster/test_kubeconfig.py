"""The kubeconfig holds its certificates, is its owner's alone, and is written only when it changes."""

import base64
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from operations.cluster.kubeconfig import kubeconfig_text, write_kubeconfig


@pytest.fixture
def pki(tmp_path: Path) -> Path:
    for name in ("ca.crt", "admin.crt", "admin.key"):
        (tmp_path / name).write_text(f"the {name}")
    return tmp_path


def test_it_has_one_context_and_its_certificates(pki: Path) -> None:
    content = YAML(typ="safe").load(kubeconfig_text("mine", "https://127.0.0.1:1", pki))
    assert content["current-context"] == "mine"
    assert content["contexts"] == [{"name": "mine", "context": {"cluster": "mine", "user": "mine"}}]
    cluster = content["clusters"][0]["cluster"]
    assert cluster["server"] == "https://127.0.0.1:1"
    assert base64.b64decode(cluster["certificate-authority-data"]) == b"the ca.crt"
    assert base64.b64decode(content["users"][0]["user"]["client-key-data"]) == b"the admin.key"


def test_it_is_written_once_with_mode_0600(tmp_path: Path) -> None:
    path = tmp_path / "kubeconfig"
    assert write_kubeconfig(path, "one")
    assert not write_kubeconfig(path, "one")
    assert path.stat().st_mode & 0o777 == 0o600
    assert write_kubeconfig(path, "two")
    assert path.read_text() == "two"
    assert [file.name for file in tmp_path.iterdir()] == ["kubeconfig"]


def test_a_mode_that_somebody_widened_is_put_right(tmp_path: Path) -> None:
    path = tmp_path / "kubeconfig"
    path.write_text("one")
    path.chmod(0o644)
    assert write_kubeconfig(path, "one")
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "kubeconfig"
    write_kubeconfig(path, "old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_kubeconfig(path, "new")
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["kubeconfig"]
