"""Namespace names: the three patterns, and what may be used as one."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.naming import NamespacePattern, check_namespace_name, namespace_name


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        (NamespacePattern.ENVIRONMENT, "dev"),
        (NamespacePattern.SERVICE_ENVIRONMENT, "day-service-dev"),
        (NamespacePattern.TEAM_ENVIRONMENT, "team-backend-dev"),
    ],
)
def test_a_pattern_names_a_namespace(pattern: NamespacePattern, name: str) -> None:
    assert namespace_name(pattern, service="day-service", team="backend", environment="dev") == name


def test_a_team_pattern_without_a_team_is_refused_with_the_setting() -> None:
    with pytest.raises(ValueError, match="needs the setting team"):
        namespace_name(NamespacePattern.TEAM_ENVIRONMENT, service="day-service", team="", environment="dev")


@pytest.mark.parametrize("name", ["a", "0", "dev", "dusk-service-dev", "x" * 63, "kube", "kubeflow"])
def test_a_label_of_at_most_63_characters_is_a_name(name: str) -> None:
    assert check_namespace_name(name) == name


@pytest.mark.parametrize("name", ["", "-a", "a-", "Dev", "a_b", "a.b", "a b", "dév", "dev\n"])
def test_what_is_no_label_is_refused_with_the_rule(name: str) -> None:
    with pytest.raises(ValueError, match="no RFC 1123 label"):
        check_namespace_name(name)


def test_a_name_that_is_too_long_is_refused_with_its_length() -> None:
    with pytest.raises(ValueError, match="has 64 characters"):
        check_namespace_name("x" * 64)


@pytest.mark.parametrize("name", ["default", "kube-system", "kube-public", "kube-node-lease", "kube-x"])
def test_the_clusters_own_namespaces_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="reserved for the cluster itself"):
        check_namespace_name(name)


@given(st.text())
def test_any_text_is_a_name_or_refused(text: str) -> None:
    try:
        name = check_namespace_name(text)
    except ValueError:
        return
    assert re.fullmatch(r"[a-z0-9-]{1,63}", name)
    assert not name.startswith(("-", "kube-"))
