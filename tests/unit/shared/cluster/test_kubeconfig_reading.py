"""One context of a kubeconfig, made to stand for itself; whatever is wrong with it is refused."""

import base64
import copy
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.cluster.kubeconfig import read_kubeconfig, server_of
from shared.refusal import Refusal

SETTING = "kubeconfig_path in infrastructure/Pulumi.dev.yaml"
CONFIG: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Config",
    "clusters": [
        {"name": "one", "cluster": {"server": "https://one:6443", "certificate-authority": "ca.crt"}},
        {"name": "two", "cluster": {"server": "https://two:6443"}},
    ],
    "users": [
        {"name": "admin", "user": {"client-certificate": "a.crt", "client-key": "keys/a.key"}},
        {"name": "robot", "user": {"exec": {"command": "aws", "args": ["eks", "get-token"]}}},
    ],
    "contexts": [
        {"name": "first", "context": {"cluster": "one", "user": "admin"}},
        {"name": "second", "context": {"cluster": "two", "user": "robot", "namespace": "x"}},
    ],
    "current-context": "first",
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "keys").mkdir()
    (tmp_path / "ca.crt").write_bytes(b"authority\x00")
    (tmp_path / "a.crt").write_bytes(b"certificate")
    (tmp_path / "keys" / "a.key").write_bytes(b"key")
    return write(tmp_path, CONFIG)


def write(folder: Path, document: Any) -> Path:
    path = folder / "config"
    path.write_text(yaml.safe_dump(document))
    return path


def read(path: Path, context: str | None = None) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(read_kubeconfig(path, context, setting=SETTING))
    return document


def refusal_of(path: Path, context: str | None = None) -> str:
    with pytest.raises(Refusal) as caught:
        read_kubeconfig(path, context, setting=SETTING)
    return str(caught.value)


def changed(*keys: str | int, to: Any) -> dict[str, Any]:
    """The kubeconfig with one place of it changed."""
    document: Any = copy.deepcopy(CONFIG)
    place = document
    for key in keys[:-1]:
        place = place[key]
    place[keys[-1]] = to
    return dict(document)


def test_the_current_context_is_read_where_none_is_named(file: Path) -> None:
    document = read(file)
    assert document["current-context"] == "first"
    assert [item["name"] for item in document["contexts"]] == ["first"]
    assert [item["name"] for item in document["clusters"]] == ["one"]
    assert [item["name"] for item in document["users"]] == ["admin"]


def test_a_named_context_is_read_alone(file: Path) -> None:
    document = read(file, "second")
    assert document["contexts"] == [CONFIG["contexts"][1]]
    assert document["current-context"] == "second"
    assert document["users"] == [CONFIG["users"][1]]
    assert server_of(yaml.safe_dump(document)) == "https://two:6443"


def test_files_are_embedded_so_that_it_works_from_anywhere(file: Path) -> None:
    document = read(file)
    assert document["clusters"][0]["cluster"] == {
        "server": "https://one:6443",
        "certificate-authority-data": base64.b64encode(b"authority\x00").decode(),
    }
    assert document["users"][0]["user"] == {
        "client-certificate-data": base64.b64encode(b"certificate").decode(),
        "client-key-data": base64.b64encode(b"key").decode(),
    }


def test_a_token_file_is_embedded_too(file: Path, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("bearer\n")
    write(tmp_path, changed("users", 0, "user", to={"tokenFile": "token"}))
    assert read(file)["users"][0]["user"] == {"token": "bearer"}


def test_a_user_without_credentials_is_a_user(file: Path, tmp_path: Path) -> None:
    write(tmp_path, changed("users", 0, to={"name": "admin", "user": None}))
    assert read(file)["users"] == [{"name": "admin", "user": {}}]


def test_a_file_that_is_not_there_is_refused_with_its_setting(tmp_path: Path) -> None:
    message = refusal_of(tmp_path / "none")
    assert message.startswith(f"{SETTING} names {tmp_path / 'none'}, which cannot be read: No such file")


def test_a_folder_is_refused(tmp_path: Path) -> None:
    assert "Is a directory" in refusal_of(tmp_path)


@pytest.mark.parametrize(
    "content", [b"", b"[", b"text", b"- a", b"a: b", b"contexts: []", b"\xff\xfe\x00", b"a: \x07"], ids=repr
)
def test_what_is_no_kubeconfig_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "config").write_bytes(content)
    assert f"{SETTING} names {tmp_path / 'config'}, which is no kubeconfig." in refusal_of(
        tmp_path / "config"
    )


def test_an_unknown_context_is_refused_with_those_that_there_are(file: Path) -> None:
    message = refusal_of(file, "third")
    assert "has no context 'third'" in message
    assert "Set kubeconfig_context to one of: first, second." in message


def test_no_current_context_is_refused_with_those_that_there_are(file: Path, tmp_path: Path) -> None:
    write(tmp_path, changed("current-context", to=""))
    assert "no context '(none is current)'" in refusal_of(file)


@pytest.mark.parametrize("key", ["clusters", "users"])
@pytest.mark.parametrize("items", [None, [], [{"name": "other", "cluster": {}, "user": {}}]])
def test_a_context_whose_cluster_or_user_is_missing_is_refused(
    file: Path, tmp_path: Path, key: str, items: Any
) -> None:
    write(tmp_path, changed(key, to=items))
    assert "The context 'first'" in refusal_of(file)
    assert "kubeconfig_context" in refusal_of(file)


def test_a_file_that_it_refers_to_and_is_not_there_is_refused_by_name(file: Path, tmp_path: Path) -> None:
    (tmp_path / "keys" / "a.key").unlink()
    assert f"refers to {tmp_path / 'keys' / 'a.key'}, which cannot be read" in refusal_of(file)


@pytest.mark.parametrize(
    "document",
    [
        changed("contexts", to="first"),
        changed("contexts", to=[None]),
        changed("contexts", 0, to={"name": "first"}),
        changed("contexts", 0, "context", to="one"),
        changed("clusters", to="one"),
        changed("clusters", 0, to={"name": "one"}),
        changed("clusters", 0, "cluster", to=None),
        changed("clusters", 0, "cluster", "certificate-authority", to=5),
        changed("users", to=["admin"]),
        changed("users", 0, "user", to="admin"),
    ],
    ids=[
        "contexts are text",
        "a context is null",
        "a context is empty",
        "a context is text",
        "clusters are text",
        "a cluster is empty",
        "a cluster is null",
        "a file is a number",
        "a user is text",
        "a credential is text",
    ],
)
def test_a_kubeconfig_of_another_shape_is_refused_without_a_stack_trace(
    file: Path, tmp_path: Path, document: dict[str, Any]
) -> None:
    write(tmp_path, document)
    assert str(file) in refusal_of(file)


TEXT = st.text(max_size=3)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(["contexts", "clusters", "current-context"]), TEXT, max_size=2), TEXT)
def test_any_text_has_a_server_or_none(document: dict[str, str], text: str) -> None:
    assert server_of(yaml.safe_dump(document)) == ""
    assert isinstance(server_of(text), str)
