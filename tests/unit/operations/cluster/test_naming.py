"""A cluster's name says whose it is, and is a label that Kubernetes takes."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operations.cluster.naming import LONGEST_NAME, cluster_name


@given(st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=120))
def test_any_folder_gives_an_rfc_1123_label(folder: str) -> None:
    name = cluster_name(Path("/checkouts") / folder)
    assert re.fullmatch(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?", name)
    assert len(name) <= LONGEST_NAME


@pytest.mark.parametrize(
    ("folder", "start"),
    [
        ("platform", "platform-"),
        ("My Platform (2)", "my-platform-2-"),
        ("日本", "checkout-"),
        ("a" * 90, "a" * 31),
    ],
)
def test_the_folder_can_be_read_in_it(folder: str, start: str) -> None:
    assert cluster_name(Path("/checkouts") / folder).startswith(start)


def test_two_folders_of_one_name_differ_and_one_folder_does_not() -> None:
    assert cluster_name(Path("/a/platform")) != cluster_name(Path("/b/platform"))
    assert cluster_name(Path("/a/platform")) == cluster_name(Path("/a/platform/../platform"))
