"""The labels of a namespace: always the same ones, and forced only where somebody else gave one another value."""

from itertools import product
from typing import Any

import pytest

from shared.cluster.live import LiveNamespace
from shared.isolation.labels import ENFORCE, contested, namespace_labels
from shared.isolation.resolution import resolve
from shared.settings.isolation import IsolationSettings, OrganizationSettings

OWNER, OTHER = "day-service-app.dev", "service-infrastructure.dev"
KEYS = {
    "platform.internal/profile",
    "platform.internal/team",
    "platform.internal/cost-center",
    *(
        f"pod-security.kubernetes.io/{mode}{version}"
        for mode, version in product(["enforce", "audit", "warn"], ["", "-version"])
    ),
}
SECURITY = {"enforce": "baseline", "audit": "restricted", "warn": "privileged", "version": "v1.31"}


def labels(**settings: Any) -> dict[str, str]:
    own = IsolationSettings.model_validate(settings)
    return namespace_labels(resolve(own, OrganizationSettings()))


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"team": "backend"},
        {"profile": "large", "cost_center": "42"},
        {"isolation": {"pod_security": SECURITY}},
        {"governed_by": "application"},
    ],
    ids=str,
)
def test_a_namespace_has_the_same_labels_whatever_its_settings(settings: dict[str, Any]) -> None:
    assert set(labels(**settings)) == KEYS


def test_a_namespace_is_restricted_and_says_its_size_where_settings_say_nothing() -> None:
    found = labels()
    assert found["platform.internal/profile"] == "medium"
    assert (found["platform.internal/team"], found["platform.internal/cost-center"]) == ("", "")
    assert {found[ENFORCE], found[f"{ENFORCE}-version"]} == {"restricted", "latest"}


def test_labels_say_what_settings_say() -> None:
    found = labels(profile="small", team="backend", cost_center="4-2", isolation={"pod_security": SECURITY})
    assert found == {
        "platform.internal/profile": "small",
        "platform.internal/team": "backend",
        "platform.internal/cost-center": "4-2",
        "pod-security.kubernetes.io/enforce": "baseline",
        "pod-security.kubernetes.io/enforce-version": "v1.31",
        "pod-security.kubernetes.io/audit": "restricted",
        "pod-security.kubernetes.io/audit-version": "v1.31",
        "pod-security.kubernetes.io/warn": "privileged",
        "pod-security.kubernetes.io/warn-version": "v1.31",
    }


def live(value: str | None, *managers: str) -> LiveNamespace:
    return LiveNamespace(
        "dev",
        "uid-1",
        OWNER,
        labels={} if value is None else {"size": value},
        labelled={manager: frozenset({"size"}) for manager in managers},
    )


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (None, False),
        (live(None), False),
        (live(None, OTHER), False),
        (live("small", OWNER), False),
        (live("small", OTHER), False),
        (live("large", OWNER), False),
        (live("large"), False),
        (live("large", OTHER), True),
        (live("large", OWNER, OTHER), True),
    ],
)
def test_a_label_is_contested_where_somebody_else_gave_it_another_value(
    found: LiveNamespace | None, expected: bool
) -> None:
    assert contested({"size": "small"}, found, OWNER) is expected


def test_labels_that_are_not_the_isolations_are_nobodys_contest() -> None:
    found = LiveNamespace("dev", "uid-1", OWNER, labels={"mesh": "on"}, labelled={OTHER: frozenset({"mesh"})})
    assert not contested({"size": "small"}, found, OWNER)
