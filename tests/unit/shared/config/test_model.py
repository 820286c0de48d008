"""Wrong settings are refused with file, key, value and rule, all of a file's in one message."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infrastructure.settings import InfrastructureSettings
from shared.config.application import ApplicationSettings
from shared.config.model import Settings, parse
from shared.errors import Refusal

FILE = "apps/day/Pulumi.dev.yaml"


def refusal_of(values: dict[str, Any], model: type[Settings] = ApplicationSettings, **options: Any) -> str:
    with pytest.raises(Refusal) as caught:
        parse(model, values, file=FILE, **options)
    return str(caught.value)


def test_all_mistakes_of_a_file_are_told_at_once() -> None:
    message = refusal_of({"replicas": "0", "cpu_limit": "much", "namespace": "Dev"})
    assert message.startswith(f"{FILE} has 3 invalid settings:")
    for start in ("replicas is '0': must be ", "cpu_limit is 'much': must be ", "namespace is 'Dev': "):
        assert f"\n    {start}" in message
    assert "Nothing was changed." in message


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ({"cpu_target": "101"}, "cpu_target is '101': must be less than or equal to 100"),
        (
            {"isolation": {"pod_security": {"enforce": "strict"}}},
            "isolation.pod_security.enforce is 'strict': must be 'privileged', 'baseline' or 'restricted'",
        ),
        (
            {"isolation": {"network": {"allow_to": [{"cidr": "10.0.0.0/8", "ports": [0]}]}}},
            "isolation.network.allow_to.0.ports.0 is 0: must be a port such as 5432, 53/UDP",
        ),
        ({"zzz": "2"}, "zzz: there is no such setting"),
        ({"isolation": {"quotas": {}}}, "isolation.quotas: there is no such setting; did you mean quota?"),
        ({"image_tag": 1.5}, "image_tag is 1.5: must be in quotes, since it is a number to YAML"),
    ],
)
def test_a_mistake_is_told_with_its_key_its_value_and_its_rule(values: dict[str, Any], line: str) -> None:
    message = refusal_of(values)
    assert message.startswith(f"{FILE} has 1 invalid setting:\n    {line}")


def test_an_entry_of_a_mapping_is_judged_by_the_settings_that_it_has() -> None:
    message = refusal_of({"cluster": "local", "namespaces": {"team": {"tenant": []}}}, InfrastructureSettings)
    assert "namespaces.team.tenant: there is no such setting; did you mean tenants?" in message
    message = refusal_of({"cluster": "local", "namespaces": ["kube-system"]}, InfrastructureSettings)
    assert "namespaces.kube-system is 'kube-system': 'kube-system' is reserved" in message
    assert "cluster: is required; for example local" in refusal_of({}, InfrastructureSettings)


@pytest.mark.parametrize(
    "values",
    [
        {"database": {"password": "hunter2"}},
        {"databases": [{"accessKey": "hunter2"}]},
        {"dbpassword": "hunter2"},
        {"APIKEY": "hunter2"},
    ],
)
def test_a_secret_in_plain_text_is_refused_by_its_name_wherever_it_stands(values: dict[str, Any]) -> None:
    message = refusal_of(values)
    assert "in plain text, for everybody who can read the file" in message
    assert "hunter2" not in message


def test_a_secret_is_never_shown() -> None:
    message = refusal_of({"image_tag": "hunter2 !"}, secret=["image_tag"])
    assert "image_tag is a secret: must be " in message
    assert "hunter2" not in message


def test_a_message_has_a_short_printable_line_for_each_mistake_whatever_the_values() -> None:
    values = {
        "namespace": "a\nb" * 50_000,
        "image_tag": "a\x1b[0m",
        "x\n" * 50_000: "1",
        "replicas": [0] * 9999,
    }
    lines = refusal_of(values).splitlines()
    assert len(lines) == 6
    assert all(line.isprintable() and len(line) < 600 for line in lines)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize("model", [ApplicationSettings, InfrastructureSettings])
@given(data=st.data())
def test_any_value_is_a_setting_or_refused(model: type[Settings], data: st.DataObject) -> None:
    keys = st.sampled_from(sorted(model.model_fields)) | st.text(max_size=8)
    values = data.draw(st.dictionaries(keys, JSON | st.from_regex(r"[0-9]{1,3}[kKMGi]{0,3}"), max_size=4))
    try:
        parse(model, values, file=FILE)
    except Refusal as refusal:
        assert refusal.fact.startswith(FILE)
