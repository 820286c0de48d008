"""A running program's settings come from the engine, under the project's prefix."""

import json
from typing import Any

import pulumi
import pytest

from infrastructure.settings import InfrastructureSettings
from shared.config.application import ApplicationSettings
from shared.config.source import load
from shared.errors import Refusal
from tests.unit.shared.graph import Graph, run

PROJECT = "day-service-app"


def loaded(config: dict[str, Any], model: type[Any] = ApplicationSettings) -> Any:
    found: list[Any] = []

    def program() -> None:
        try:
            found.append(load(model))
        except Refusal as refusal:
            found.append(refusal)

    run(Graph(), program, project=PROJECT, stack="dev", config=config)
    return found[0]


def test_a_mapping_arrives_as_json_and_an_empty_value_is_not_set() -> None:
    namespaces = json.dumps({"shared": {"tenants": ["day-service-app/dev"]}, "empty": None})
    settings = loaded({"cluster": "local", "namespaces": namespaces}, InfrastructureSettings)
    assert settings.namespaces["shared"].tenants == ("day-service-app.dev",)
    assert settings.namespaces["empty"].tenants == ()
    assert loaded({"namespace": "", "namespace_source": "null", "team": ""}) == ApplicationSettings()


@pytest.mark.parametrize("text", ["{", "[1", "[" * 100_000], ids=["{", "[1", "deeply nested"])
def test_a_broken_mapping_is_refused(text: str) -> None:
    assert isinstance(loaded({"replicas": text}), Refusal)


def test_a_secret_that_is_wrong_is_told_without_its_value() -> None:
    key, told = f"{PROJECT}:image_tag", list[str]()

    def program() -> None:
        pulumi.runtime.set_all_config({key: "hunter2 !"}, [key])
        with pytest.raises(Refusal) as caught:
            load(ApplicationSettings)
        told.append(str(caught.value))

    run(Graph(), program, project=PROJECT, stack="dev", config={})
    assert "image_tag is a secret" in told[0]
    assert "hunter2" not in told[0]
