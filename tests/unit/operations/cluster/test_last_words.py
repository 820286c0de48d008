"""A refusal quotes what a log says last, in whichever format, and never fails on a log."""

from pathlib import Path

import pytest

from operations.cluster.kwokctl import last_words


@pytest.mark.parametrize(
    ("log", "said"),
    [
        ("I1124 10:00:00.1 1 a.go:1] started\nE1124 10:00:00.1 1 b.go:2] no disk\nI1124 1 c\n", "no disk"),
        (
            '{"level":"INFO","msg":"fine"}\n{"level":"fatal","msg":"failed","error":"no port"}\n',
            "failed: no port",
        ),
        ("Error: unknown flag\nUsage:\n  kube-apiserver [flags]\n", "Error: unknown flag"),
        ("something else\n", "something else"),
        ("", "(the log is empty)"),
    ],
)
def test_the_end_is_quoted(tmp_path: Path, log: str, said: str) -> None:
    path = tmp_path / "log"
    path.write_text(log)
    assert said in last_words(path).splitlines()[-1]


def test_no_log_is_said_so(tmp_path: Path) -> None:
    assert "no log" in last_words(tmp_path / "none")


def test_bytes_that_are_no_text_do_no_harm(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(b"\xff\xfe\n")
    assert last_words(tmp_path / "log")
