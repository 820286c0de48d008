"""Files that are no settings files: each is refused in one message, with where and why."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operations.settings.document import LARGEST, read_document
from shared.refusal import Refusal

FILE = "apps/day/Pulumi.dev.yaml"
BROKEN = {
    "no end": (b"config: [", "did not find expected node content"),
    "a tab": (
        b"config:\n\tday-service-app:replicas: 2\n",
        "line 2, column 1: a tab stands where only spaces may",
    ),
    "a tab later": (b"config:\n  a:b: c\n\td:e: f\n", "a tab"),
    "a list": (b"- a\n- b\n", "the file is a list, and has to be a map"),
    "a text": (b"config\n", "the file is a single value, and has to be a map"),
    "no UTF-8": (b"config:\n  day-service-app:team: \xff\n", "line 2: byte 0xff is no UTF-8"),
    "UTF-16": ("config: {}".encode("utf-16"), "is no UTF-8"),
    "a control character": (b"config: \x00\n", "control characters are not allowed"),
    "two documents": (b"config: {}\n---\nconfig: {}\n", "but found another document"),
    "an unknown alias": (b"config: *other\n", "found undefined alias"),
    "an alias of itself": (b"config: &a {b: *a}\n", "its aliases repeat themselves"),
    "deep": (b"config: " + b"[" * 100 + b"]" * 100, "values are nested deeper than 32 levels"),
    "very deep": (b"config: " + b"[" * 400_000, "nesting"),
    "many by aliases": (
        b"a: &a [1,1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
        b"d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\n",
        "make more than 50000 values",
    ),
    "large": (b"#" * (LARGEST + 1), f"has {LARGEST + 1} bytes; a settings file has at most {LARGEST}"),
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "Pulumi.dev.yaml"


@pytest.mark.parametrize("content", BROKEN)
def test_what_is_no_settings_file_is_refused_with_the_rule_and_an_example(content: str, file: Path) -> None:
    written, rule = BROKEN[content]
    file.write_bytes(written)
    with pytest.raises(Refusal) as caught:
        read_document(file, FILE)
    assert caught.value.fact.startswith(FILE)
    assert rule in caught.value.fact
    assert "for example config: {" in caught.value.remedy


def test_a_folder_in_a_files_place_is_refused(file: Path) -> None:
    file.mkdir()
    with pytest.raises(Refusal, match="is a folder, and has to be a file"):
        read_document(file, FILE)


def test_a_file_that_is_not_there_is_refused(file: Path) -> None:
    with pytest.raises(Refusal, match="cannot be read: No such file or directory"):
        read_document(file, FILE)


@pytest.mark.parametrize("content", [b"", b"# nothing\n", b"---\n", b"~\n", b"\xef\xbb\xbfconfig: {}\n"])
def test_a_file_without_settings_is_none_the_less_one(content: bytes, file: Path) -> None:
    file.write_bytes(content)
    assert read_document(file, FILE).wrong == ()


def test_every_key_that_stands_twice_is_told_with_its_lines(file: Path) -> None:
    file.write_text("config:\n  p:a: 1\n  p:b: {c: 1, c: 2}\n  p:a: 2\n  p:a: 3\n")
    first, second = read_document(file, FILE).wrong
    assert "p:a stands in lines 2, 4, 5: a setting stands once" in first
    assert "c stands in lines 3, 3" in second


@given(
    content=st.binary(max_size=200) | st.text("config:{}[]&*!|>-\t\n 'ab\"#%@", max_size=60).map(str.encode)
)
def test_any_bytes_are_a_document_or_refused(
    content: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_bytes(content)
    try:
        read_document(path, FILE)
    except Refusal as refusal:
        assert refusal.fact.startswith(FILE)
        assert "for example" in refusal.remedy
