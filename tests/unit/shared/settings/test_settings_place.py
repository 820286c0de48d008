"""Places in settings: each has an example, and every example is right."""

from typing import Any

import pytest
import yaml

from infrastructure.settings import InfrastructureSettings
from shared.settings.application import ApplicationSettings
from shared.settings.model import Settings
from shared.settings.place import Place, as_yaml, find
from tests.unit.operations.settings.malformed import Leaf, leaves

MODELS: list[type[Settings]] = [ApplicationSettings, InfrastructureSettings]
LEAVES = [leaf for model in MODELS for leaf in leaves(model)]


@pytest.mark.parametrize("leaf", LEAVES, ids=[leaf.key for leaf in LEAVES])
def test_an_example_may_stand_in_its_place_as_it_is_written(leaf: Leaf) -> None:
    assert leaf.takes(leaf.place.example)
    assert leaf.takes(yaml.safe_load(as_yaml(leaf.place.example)))


def within(model: type[Settings]) -> list[type[Settings]]:
    """The model and those within it, each once, in the order in which they stand."""
    places = [find(model, [name]) for name in model.model_fields]
    inner = [found for place in places if place for one in place.models for found in within(one)]
    return list(dict.fromkeys([model, *inner]))


@pytest.mark.parametrize("model", dict.fromkeys(inner for model in MODELS for inner in within(model)))
def test_an_example_of_settings_breaks_no_rule_between_them(model: type[Settings]) -> None:
    model.model_validate(Place(model).example)


@pytest.mark.parametrize(
    "value",
    [
        "text",
        "",
        "true",
        "no",
        "~",
        "1",
        "1.5",
        "007",
        "1e3",
        "a: b",
        "- a",
        "#",
        "a#b",
        "x\ny",
        "é",
        " a ",
        "10.0.0.0/8",
    ],
)
def test_a_text_stays_a_text(value: str) -> None:
    assert yaml.safe_load(as_yaml(value)) == value
    assert as_yaml(value).isprintable()


@pytest.mark.parametrize("value", [True, 1, 1.5, None, [], {}, {"a": ["1", 2, {"b": None}]}])
def test_a_value_stays_what_it_is(value: Any) -> None:
    assert yaml.safe_load(as_yaml(value)) == value


def test_a_path_that_leads_nowhere_has_no_place() -> None:
    assert find(ApplicationSettings, ["isolation", "none", "further"]) is None
    assert find(ApplicationSettings, ["replicas", "0"]) is None
