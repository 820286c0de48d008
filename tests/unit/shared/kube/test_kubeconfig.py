"""One context of a kubeconfig, made self-contained; whatever is wrong with it is refused with its setting."""

import base64
import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from shared.errors import Refusal
from shared.kube.kubeconfig import read_kubeconfig, server_of

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
    """A kubeconfig file with the files that it names."""
    (tmp_path / "keys").mkdir()
    (tmp_path / "ca.crt").write_bytes(b"authority\x00")
    (tmp_path / "a.crt").write_bytes(b"certificate")
    (tmp_path / "keys" / "a.key").write_bytes(b"key")
    (tmp_path / "token").write_text("bearer\n")
    path = tmp_path / "config"
    path.write_text(yaml.safe_dump(CONFIG))
    return path


def change(file: Path, *keys: str | int, to: Any) -> None:
    """Change one place of the kubeconfig."""
    document: Any = copy.deepcopy(CONFIG)
    place = document
    for key in keys[:-1]:
        place = place[key]
    place[keys[-1]] = to
    file.write_text(yaml.safe_dump(document))


def read(path: Path, context: str | None = None, *, checkout: Path = Path("/nowhere")) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(
        read_kubeconfig(path, context, setting=SETTING, checkout=checkout)
    )
    return document


def refusal_of(path: Path, context: str | None = None, *, checkout: Path = Path("/nowhere")) -> str:
    with pytest.raises(Refusal) as caught:
        read_kubeconfig(path, context, setting=SETTING, checkout=checkout)
    return str(caught.value)


def test_the_current_context_is_read_alone_with_its_files_embedded(file: Path) -> None:
    document = read(file)
    assert document["contexts"] == [CONFIG["contexts"][0]]
    assert document["current-context"] == "first"
    (cluster,), (user,) = document["clusters"], document["users"]
    assert cluster["cluster"] == {
        "server": "https://one:6443",
        "certificate-authority-data": base64.b64encode(b"authority\x00").decode(),
    }
    assert user["user"] == {
        "client-certificate-data": base64.b64encode(b"certificate").decode(),
        "client-key-data": base64.b64encode(b"key").decode(),
    }


@pytest.mark.parametrize(
    ("user", "found"),
    [
        ({"tokenFile": "token", "token": "stale"}, {"token": "bearer"}),
        ({"client-key": "missing", "client-key-data": "a2V5"}, {"client-key-data": "a2V5"}),
        (None, {}),
    ],
)
def test_as_for_kubectl_a_tokens_file_and_embedded_certificates_win(
    file: Path, user: Any, found: dict[str, str]
) -> None:
    change(file, "users", 0, "user", to=user)
    assert read(file)["users"][0]["user"] == found


def test_a_named_context_is_read_with_a_plugin_beside_the_kubeconfig_by_its_absolute_path(file: Path) -> None:
    document = read(file, "second")
    assert (document["contexts"], document["users"]) == ([CONFIG["contexts"][1]], [CONFIG["users"][1]])
    assert server_of(yaml.safe_dump(document)) == "https://two:6443"
    for command, resolved in (
        ("aws", "aws"),
        ("bin/aws", f"{file.parent}/bin/aws"),
        ("/bin/aws", "/bin/aws"),
    ):
        change(file, "users", 1, "user", "exec", "command", to=command)
        assert read(file, "second")["users"][0]["user"]["exec"]["command"] == resolved


def test_what_cannot_be_read_is_refused_with_its_setting(file: Path, tmp_path: Path) -> None:
    missing = tmp_path / "none"
    assert refusal_of(missing).startswith(f"{SETTING} names {missing}, which cannot be read: No such file")
    assert "Is a directory" in refusal_of(tmp_path)
    (tmp_path / "keys" / "a.key").unlink()
    assert f"refers to {tmp_path / 'keys' / 'a.key'}, which cannot be read" in refusal_of(file)


@pytest.mark.parametrize("content", [b"", b"[", b"- a", b"contexts: []", b"\xff\xfe\x00"], ids=repr)
def test_what_is_not_a_kubeconfig_is_refused(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    assert f"{SETTING} names {file}, which is not a valid kubeconfig." in refusal_of(file)
    assert server_of(content.decode("latin-1")) == ""


def test_a_context_that_does_not_exist_is_refused_with_those_that_do(file: Path) -> None:
    message = refusal_of(file, "third")
    assert "has no context 'third'" in message
    assert "Set kubeconfig_context to one of: first, second." in message
    change(file, "current-context", to="")
    assert "no context '(none is current)'" in refusal_of(file)


@pytest.mark.parametrize(
    ("keys", "to"),
    [
        (("contexts",), [None]),
        (("clusters",), None),
        (("clusters", 0, "cluster", "certificate-authority"), 5),
        (("users",), ["admin"]),
        (("users",), [{"name": "other"}]),
        (("users", 0, "user"), {"exec": {"args": []}}),
    ],
)
def test_another_shape_is_refused_without_a_stack_trace(file: Path, keys: Any, to: Any) -> None:
    change(file, *keys, to=to)
    assert f"{SETTING} names {file}, which is not a valid kubeconfig." in refusal_of(file)


# In the checkout, whose files others write than those who run it.


def test_one_in_the_checkout_with_tls_and_files_beside_it_is_taken(file: Path) -> None:
    assert read(file, checkout=file.parent) == read(file)


@pytest.mark.parametrize(
    ("keys", "to", "told"),
    [
        (("users", 0, "user"), {"tokenFile": "/etc/passwd"}, "(/etc/passwd)"),
        (("users", 0, "user"), {"tokenFile": "../private"}, "(../private)"),
        (("users", 0, "user"), {"tokenFile": "a/../../private"}, "(a/../../private)"),
        (("users", 0, "user"), {"tokenFile": "link"}, "(link)"),
        (("users", 0, "user"), {"tokenFile": ".local/passphrase"}, "(.local/passphrase)"),
        (("users", 0, "user"), {"client-key": "../private"}, "(../private)"),
        (("users", 0, "user"), {"client-certificate": "/etc/passwd"}, "(/etc/passwd)"),
        (("clusters", 0, "cluster", "certificate-authority"), "/etc/passwd", "(/etc/passwd)"),
        (("users", 0, "user"), {"exec": {"command": "aws"}}, "whose exec may"),
        (("users", 0, "user"), {"exec": {"command": "bin/theirs"}}, "whose exec may"),
        (("users", 0, "user"), {"auth-provider": {"name": "gcp"}}, "whose auth-provider may"),
        (("clusters", 0, "cluster", "server"), "http://one:80", "server (http://one:80)"),
        (("clusters", 0, "cluster", "server"), "HTTP://one:80", "server (HTTP://one:80)"),
    ],
)
def test_one_in_the_checkout_runs_no_command_and_sends_no_file_away(
    file: Path, keys: Any, to: Any, told: str
) -> None:
    checkout = file.parent / "checkout"
    (file.parent / "private").write_text("private")
    (checkout / ".local").mkdir(parents=True)
    (checkout / ".local" / "passphrase").write_text("private")
    (checkout / "ca.crt").touch()
    (checkout / "link").symlink_to("../private")
    inside = checkout / "config"
    change(inside, *keys, to=to)
    refused = refusal_of(inside, checkout=checkout)
    assert told in refused
    assert "Keep this kubeconfig outside of the checkout" in refused
    # A link to it from the checkout, or to the checkout, is no way around.
    (file.parent / "elsewhere").symlink_to(inside)
    assert told in refusal_of(file.parent / "elsewhere", checkout=checkout)
    # The operator's own may do all that kubectl does.
    if "exec" in str(to):
        outside = file.parent / "own"
        change(outside, *keys, to=to)
        assert read(outside, checkout=checkout)["users"][0]["user"]["exec"]
        (checkout / "pointer").symlink_to(outside)
        assert told in refusal_of(checkout / "pointer", checkout=checkout)


def test_a_link_within_the_checkout_does_not_lead_to_other_files_than_those_that_were_checked(
    file: Path,
) -> None:
    checkout = file.parent / "checkout"
    (checkout / "deep").mkdir(parents=True)
    (file.parent / "private").write_text("private")
    (checkout / "token").symlink_to("../private")
    (checkout / "deep" / "token").write_text("their own")
    change(checkout / "deep" / "config", "users", 0, "user", to={"tokenFile": "token"})
    (checkout / "deep" / "ca.crt").touch()
    (checkout / "config").symlink_to("deep/config")
    assert read(checkout / "config", checkout=checkout)["users"][0]["user"] == {"token": "their own"}
