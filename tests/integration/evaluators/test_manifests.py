"""Manifests of a stack are what the engine gets of it, in the API's spelling."""

from contextlib import chdir
from dataclasses import replace
from typing import Any

import pytest

from tests.evaluators.manifests import declared, manifests
from tests.unit.apps.conftest import App
from tests.unit.shared.graph import ROOT, Graph


def graph(inputs: dict[str, Any], *, ignored: tuple[str, ...] = ()) -> Graph:
    """A resource graph of one object."""
    with chdir(ROOT / "apps" / "day"):
        some = App("day").deployed().objects[0]
    wire = {"apiVersion": "v1", "kind": "Thing", "metadata": {"name": "x"}, **inputs}
    return Graph(declared=[replace(some, wire=wire, ignore_changes=ignored)])


def test_a_service_has_all_its_objects(app: App) -> None:
    kinds = {item["kind"] for item in declared(app)}
    assert kinds >= {
        "Namespace",
        "ServiceAccount",
        "ConfigMap",
        "Deployment",
        "Service",
        "HorizontalPodAutoscaler",
        "PodDisruptionBudget",
        "Ingress",
        "NetworkPolicy",
        "ResourceQuota",
        "LimitRange",
    }


def test_what_others_change_from_the_start_is_not_declared() -> None:
    found = graph({"spec": {"replicas": 2, "paused": False}}, ignored=("spec.replicas",))
    assert manifests(found)[0]["spec"] == {"paused": False}
    assert found.objects[0].inputs["spec"]["replicas"] == 2


@pytest.mark.parametrize(
    "inputs",
    [
        {"spec": {"pod_selector": {}}},
        {"spec": {"rules": [{"from_": []}]}},
        {"spec": {"selector": {"matchLabels": {"a_b": "c"}, "match_expressions": []}}},
    ],
    ids=str,
)
def test_a_field_in_another_spelling_is_told(inputs: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="no field of the API"):
        manifests(graph(inputs))


@pytest.mark.parametrize(
    "inputs",
    [
        {"data": {"LOG_LEVEL": "info"}},
        {"spec": {"selector": {"a_b": "c"}}},
        {"spec": {"selector": {"matchLabels": {"a_b": "c"}}}},
        {"spec": {"hard": {"example.com/a_b": "1"}}},
    ],
    ids=str,
)
def test_keys_that_are_data_stay_as_they_are(inputs: dict[str, Any]) -> None:
    found = manifests(graph(inputs))[0]
    assert {key: found[key] for key in inputs} == inputs
