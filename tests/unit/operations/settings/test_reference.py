"""The reference of settings in Pulumi.workspace.md is what projects declare and programs check."""

from pathlib import Path

import pytest

from infrastructure.settings import InfrastructureSettings
from operations.paths import ROOT
from operations.settings.reference import BEGIN, END, render, update
from shared.settings.application import ApplicationSettings


def test_the_reference_in_the_docs_is_current(tmp_path: Path) -> None:
    copy = tmp_path / "Pulumi.workspace.md"
    copy.write_text((ROOT / "Pulumi.workspace.md").read_text())
    assert not update(copy), "run: make docs"


@pytest.mark.parametrize("model", [ApplicationSettings, InfrastructureSettings])
def test_every_setting_stands_in_it_with_its_meaning(model: type[ApplicationSettings]) -> None:
    rows = {
        row.split("|")[1].strip(): row.split("|")[4].strip() for row in render().splitlines() if "| `" in row
    }
    assert all(rows[f"`{name}`"] for name in model.model_fields)


def test_every_row_has_an_example_or_rows_below_it() -> None:
    names = [row.split("|")[1].strip(" `") for row in render().splitlines() if row.startswith("| `")]
    rows = [row for row in render().splitlines() if row.startswith("| `")]
    for name, row in zip(names, rows, strict=True):
        below = any(other.startswith(f"{name}.") for other in names)
        assert row.split("|")[2].strip() or below or name.endswith("…"), row


def test_what_stands_around_it_stays(tmp_path: Path) -> None:
    file = tmp_path / "docs.md"
    file.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    assert update(file)
    assert file.read_text().startswith(f"before\n{BEGIN}\n")
    assert file.read_text().endswith(f"{END}\nafter\n")
    assert not update(file)


def test_a_file_without_a_place_for_it_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "docs.md"
    file.write_text("nothing\n")
    with pytest.raises(ValueError, match="has no lines"):
        update(file)
    assert file.read_text() == "nothing\n"
