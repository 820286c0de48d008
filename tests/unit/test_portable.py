"""The Makefile and CI's script keep to what macOS has: GNU Make 3.81 and bash 3.2."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

MAKE = {
    r"\$\((file|guile|let|intcmp) ": "a function of GNU Make 4",
    r"^\.ONESHELL|^\.NOTINTERMEDIATE|^\.WAIT": "a special target of GNU Make 3.82 or later",
    r"^\s*[\w.]+\s*(!=|:::?=|\+:=)": "an assignment of GNU Make 4",
    r"^define \S+ *[:+?]?=|^undefine |^load |^private |: private ": "a directive of GNU Make 3.82 or later",
    r"^\S[^=#]*&:": "grouped targets, of GNU Make 4.3",
    r"\$\(\.SHELLSTATUS\)|--output-sync": "a variable or option of GNU Make 4",
}
BASH = {
    r"\b(mapfile|readarray|coproc)\b": "a command of bash 4",
    r"\b(declare|local|typeset) -[a-z]*[Anglu]": "an option of bash 4",
    r"&>>|\|&": "a redirection of bash 4",
    r"\$\{\w+(\^|,|@)": "an expansion of bash 4",
    r"\bshopt -s (globstar|lastpipe|inherit_errexit)": "an option of bash 4",
    r"\b(readlink -f|sed -i |date -d|stat -c|nproc|timeout |realpath |xargs -r|grep -P)": "not of macOS",
}


@pytest.mark.parametrize("feature", [*MAKE, *BASH], ids=lambda feature: (MAKE | BASH)[feature])
def test_make_and_ci_need_nothing_newer_than_make_3_81_and_bash_3_2(feature: str) -> None:
    for name in ("Makefile", ".ci/run") if feature in BASH else ("Makefile",):
        assert not re.search(feature, (ROOT / name).read_text(), re.MULTILINE), name
