"""Settings from the engine to a model: every mistake of a file at once, in words."""

import json
from typing import Any

import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infrastructure.settings import InfrastructureSettings
from shared.refusal import Refusal
from shared.settings.application import ApplicationSettings
from shared.settings.source import load, parse, settings_file
from tests.unit.shared.graph import ROOT, Graph, run

PROJECT, FILE = "day-service-app", "apps/day/Pulumi.dev.yaml"


def refusal_of(values: dict[str, Any], model: type[Any] = ApplicationSettings) -> str:
    with pytest.raises(Refusal) as caught:
        parse(model, values, project=PROJECT, file=FILE)
    return str(caught.value)


def loaded(config: dict[str, Any], model: type[Any] = ApplicationSettings) -> Any:
    found: list[Any] = []

    def program() -> None:
        try:
            found.append(load(model))
        except Refusal as refusal:
            found.append(refusal)

    run(Graph(), program, project=PROJECT, stack="dev", config=config)
    return found[0]


def test_all_mistakes_of_a_file_are_told_at_once() -> None:
    message = refusal_of({"replicas": "0", "log_level": "loud", "cpu_limit": "much", "namespace": "Dev"})
    assert message.startswith(f"{FILE} has 4 wrong settings:")
    for key in ("replicas is '0'", "log_level is 'loud'", "cpu_limit is 'much'", "namespace is 'Dev'"):
        assert f"    {PROJECT}:{key}: " in message
    assert "Nothing was changed." in message


def test_one_mistake_is_one_wrong_setting() -> None:
    assert refusal_of({"replicas": "none"}).startswith(f"{FILE} has 1 wrong setting:\n")


def test_an_unknown_setting_is_refused_with_the_nearest_known_one() -> None:
    message = refusal_of({"replica": "2", "create_namespaces": "true", "zzz": "1"})
    assert f"{PROJECT}:replica: there is no such setting; did you mean replicas?" in message
    assert f"{PROJECT}:create_namespaces: there is no such setting; did you mean create_namespace?" in message
    assert f"{PROJECT}:zzz: there is no such setting; those that there are stand in Pulumi.yaml" in message


def test_an_unknown_setting_within_another_gets_the_nearest_one_of_that_place() -> None:
    values = {"cluster": "local", "namespaces": {"shared": {"tenant": []}}}
    message = refusal_of(values, InfrastructureSettings)
    assert "namespaces.shared.tenant: there is no such setting; did you mean tenants?" in message


def test_a_missing_setting_is_said_to_be_required_with_an_example() -> None:
    assert f"{PROJECT}:cluster: is required; for example local" in refusal_of({}, InfrastructureSettings)


def test_a_wrong_value_is_told_with_its_rule_and_an_example() -> None:
    values = {"log_level": "loud", "cpu_target": "101", "feature_new_ui": "maybe", "infra_stack_name": "a b"}
    assert refusal_of(values).splitlines()[1:-1] == [
        f"    {PROJECT}:infra_stack_name is 'a b': must be a stack as <project>/<stack>; "
        "for example service-infrastructure/dev",
        f"    {PROJECT}:cpu_target is '101': must be at most 100; for example 70",
        f"    {PROJECT}:log_level is 'loud': must be 'debug', 'info', 'warning' or 'error'; for example info",
        f"    {PROJECT}:feature_new_ui is 'maybe': must be true or false; for example false",
    ]


def test_rules_between_settings_are_told_together_with_wrong_values() -> None:
    message = refusal_of(
        {"replicas": "x", "min_replicas": "5", "max_replicas": "3", "namespace_source": "a/b"}
    )
    assert message.startswith(f"{FILE} has 3 wrong settings:")
    assert f"{PROJECT}:replicas is 'x'" in message
    assert "min_replicas (5) must not be more than max_replicas (3); for example min_replicas: 2" in message
    assert "namespace_source is set, but create_namespace is true" in message


def test_a_rule_about_a_wrong_value_is_not_told_before_it_is_right() -> None:
    message = refusal_of({"min_replicas": "50", "max_replicas": "many"})
    assert message.startswith(f"{FILE} has 1 wrong setting:")
    assert "must not be more than" not in message


def test_rules_within_a_setting_are_told_with_its_wrong_values_too() -> None:
    limits = {"max_cpu": "1", "default_cpu": "2", "default_memory": "much"}
    message = refusal_of({"isolation": {"limits": limits}})
    assert f"{PROJECT}:isolation.limits.default_memory is 'much'" in message
    assert f"{PROJECT}:isolation.limits: default_cpu (2) must not be more than max_cpu (1)" in message


def test_a_value_of_any_size_makes_a_short_message() -> None:
    message = refusal_of({"image_tag": "-" * 100_000, "replicas": list(range(100_000)), "x" * 100_000: "1"})
    assert len(message) < 2_000
    assert f"{PROJECT}:replicas is a list of 100000" in message


def test_a_message_has_a_line_for_each_mistake_whatever_the_values() -> None:
    message = refusal_of({"namespace": "a\nb", "image_tag": "a\tb\x1b[0m", "two\nlines": "1"})
    assert len(message.splitlines()) == 5
    assert all(line.isprintable() for line in message.splitlines())


def test_rules_between_settings_are_told_with_each_other() -> None:
    message = refusal_of({"namespace_source": "a/b", "min_replicas": "5", "max_replicas": "4"})
    assert "namespace_source is set" in message
    assert "min_replicas (5) must not be more than max_replicas (4)" in message


def test_settings_come_from_the_engine_under_the_projects_prefix() -> None:
    settings = loaded({"replicas": 3, "feature_new_ui": True, "namespace": " dev "})
    assert (settings.replicas, settings.feature_new_ui, settings.namespace) == (3, True, "dev")


def test_an_empty_setting_is_none() -> None:
    assert loaded({"namespace": "", "namespace_source": "", "team": ""}) == ApplicationSettings()


def test_settings_of_another_project_are_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_CONFIG", json.dumps({"other:replicas": "0", f"{PROJECT}:replicas": "4"}))
    assert loaded({}).replicas == 4


def test_an_object_arrives_as_what_it_is() -> None:
    namespaces = json.dumps({"shared": {"tenants": ["day-service-app/dev"]}, "empty": None})
    settings = loaded({"cluster": "local", "namespaces": namespaces}, InfrastructureSettings)
    assert settings.namespaces["shared"].tenants == ("day-service-app.dev",)
    assert settings.namespaces["empty"].tenants == ()


@pytest.mark.parametrize(
    "text",
    ["{", "[1", "{]", "[" * 100_000, "[" + "1" * 5_000 + "]"],
    ids=["{", "[1", "{]", "deeply nested", "a number of 5,000 digits"],
)
def test_a_broken_object_is_refused_without_a_stack_trace(text: str) -> None:
    assert isinstance(loaded({"replicas": text}), Refusal)


def test_a_secret_that_is_wrong_is_told_without_its_value() -> None:
    key = f"{PROJECT}:image_tag"
    found: list[str] = []

    def program() -> None:
        pulumi.runtime.set_all_config({key: "hunter2 !"}, [key])
        try:
            load(ApplicationSettings)
        except Refusal as refusal:
            found.append(str(refusal))

    run(Graph(), program, project=PROJECT, stack="dev", config={})
    assert key in found[0]
    assert "hunter2" not in found[0]


@pytest.mark.parametrize("folder", ["apps/day", "infrastructure"])
def test_the_settings_file_is_named_from_the_checkout(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT / folder)
    found: list[str] = []
    run(Graph(), lambda: found.append(settings_file()), project=PROJECT, stack="dev", config={})
    assert found == [f"{folder}/Pulumi.dev.yaml"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize("model", [ApplicationSettings, InfrastructureSettings])
@given(data=st.data())
def test_any_value_is_a_setting_or_refused(model: type[Any], data: st.DataObject) -> None:
    keys = st.sampled_from(sorted(model.model_fields)) | st.text(max_size=8)
    values = data.draw(st.dictionaries(keys, JSON | st.from_regex(r"[0-9]{1,3}[kKMGi]{0,3}"), max_size=4))
    try:
        parse(model, values, project=PROJECT, file=FILE)
    except Refusal as refusal:
        assert FILE in refusal.fact
