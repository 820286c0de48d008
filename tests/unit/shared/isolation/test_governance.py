"""Who may govern: by both sides' settings, the live governor, and from whom the claim takes over."""

from itertools import product

import pytest

from shared.cluster.tenancy import LiveQuota
from shared.isolation.governance import Governance, adopted_from, agree_on_governor, govern
from shared.ownership.claim import Claim
from shared.refusal import Refusal
from shared.settings.isolation import GovernedBy

OWNER, APP, OTHER = "service-infrastructure.dev", "day-service-app.dev", "dusk-service-app.dev"
APP_FILE, OWNER_FILE = "apps/day/Pulumi.dev.yaml", "infrastructure/Pulumi.dev.yaml"
GOVERNORS = [None, "", OWNER, APP, OTHER]
"""The live governors that there can be: no quota, one without a label, and one with."""


def app(adopt_from: str | None = None) -> Claim:
    return Claim("dev", APP, APP_FILE, adopt_from=adopt_from)


def owner(adopt_from: str | None = None) -> Claim:
    return Claim(
        "dev",
        OWNER,
        OWNER_FILE,
        adopt_from=adopt_from,
        adopt_setting="namespaces.dev.adopt_from",
        governed_setting="namespaces.dev.governed_by",
    )


def live(governor: str | None, previous: str = "") -> LiveQuota | None:
    return None if governor is None else LiveQuota(governor=governor, previous_governor=previous)


@pytest.mark.parametrize(
    ("governor", "adopt_from"), list(product(GOVERNORS, [None, "unowned", OWNER, OTHER]))
)
def test_a_namespace_is_governed_by_whoever_does_or_by_leave_of_the_one_before(
    governor: str | None, adopt_from: str | None
) -> None:
    claim = app(adopt_from)
    if governor in (None, "", APP):
        assert govern(claim, live(governor), adopted_from(claim)) == Governance(None)
    elif governor == adopt_from:
        assert govern(claim, live(governor), adopted_from(claim)) == Governance(governor)
    else:
        with pytest.raises(Refusal) as caught:
            govern(claim, live(governor), adopted_from(claim))
        assert caught.value.fact == (
            f"The isolation of the namespace 'dev' is governed by {governor}, so {APP} cannot govern it too."
        )
        assert caught.value.remedy == (
            f"Take it over (adopt_namespace_from: {governor} in {APP_FILE}), or have {governor} let go of it."
        )


def test_an_owner_that_may_not_govern_is_told_how_to_leave_it_to_the_application() -> None:
    with pytest.raises(Refusal) as caught:
        govern(owner(), live(APP), set())
    assert caught.value.remedy == (
        f"Take it over (namespaces.dev.adopt_from: {APP} in {OWNER_FILE}), "
        "or leave it there (namespaces.dev.governed_by: application)."
    )


@pytest.mark.parametrize("governor", [APP, ""])
def test_the_last_take_over_is_remembered(governor: str) -> None:
    assert govern(app(), live(governor, previous=OWNER), set()) == Governance(OWNER)


def test_a_take_over_names_whom_it_is_from_whatever_was_before() -> None:
    assert govern(app(), live(OWNER, previous=OTHER), {OWNER}) == Governance(OWNER)


@pytest.mark.parametrize(("adopt_from", "expected"), [(None, set()), ("unowned", set()), (OTHER, {OTHER})])
def test_a_claim_takes_over_from_the_stack_that_it_names_if_that_is_one(
    adopt_from: str | None, expected: set[str]
) -> None:
    assert adopted_from(app(adopt_from)) == expected


APPLICATION, BY_OWNER = GovernedBy.APPLICATION, GovernedBy.OWNER


@pytest.mark.parametrize(("wanted", "offered", "governor"), list(product(GovernedBy, GovernedBy, GOVERNORS)))
def test_reader_and_owner_have_to_agree_on_one_governor(
    wanted: GovernedBy, offered: GovernedBy, governor: str | None
) -> None:
    def agree() -> None:
        agree_on_governor(app(), OWNER, wanted=wanted, offered=offered, live=live(governor))

    if (wanted, offered) == (APPLICATION, BY_OWNER):
        with pytest.raises(Refusal) as caught:
            agree()
        assert caught.value.fact == (
            f"{APP_FILE} sets governed_by: application, but {OWNER}, which owns the namespace 'dev', "
            "governs it itself."
        )
        assert "namespaces.dev.governed_by: application" in caught.value.remedy
    elif (wanted, offered) == (BY_OWNER, APPLICATION) and governor != OTHER:
        with pytest.raises(Refusal) as caught:
            agree()
        assert caught.value.fact == (
            f"{OWNER} leaves the isolation of the namespace 'dev' to its application, "
            "and no application governs it."
        )
        assert f"Set governed_by: application in {APP_FILE}" in caught.value.remedy
    else:
        agree()
