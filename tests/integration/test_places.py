"""`make up` brings everything up from a folder with a space, through a symbolic link, and finds nothing to do again."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.checkout import Checkout
from tests.local_cluster import remove_cluster


@pytest.fixture
def linked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Checkout]:
    """A checkout in such a folder, entered by a link as a shell does."""
    root = tmp_path / "a folder" / "check out"
    link = tmp_path / "link"
    link.symlink_to(root)
    try:
        Checkout.create(root)
        monkeypatch.setenv("PWD", str(link))
        yield Checkout(link)
    finally:
        remove_cluster(root)


@pytest.mark.timeout(600)
def test_twice_in_a_row_from_a_folder_with_a_space_through_a_link(linked: Checkout) -> None:
    first = linked.make("up").text
    assert "apps-up: 2 changed" in first
    assert first.count("2/2") == 2
    second = linked.make("up").text
    assert "created" not in second
    assert "updated" not in second
    assert second.count("2/2") == 2
