"""What a visit to a cluster tells: whether it answers, its clock, its guards, and the passphrase that led there."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from operations.doctor.checks.clock import clock
from operations.doctor.checks.cluster import cluster
from operations.doctor.checks.passphrase import passphrase
from operations.doctor.checks.policies import policies
from operations.doctor.workplace import Visit, Workplace, _ahead
from operations.status.facts import GuardFacts
from shared.policies import OWNER_GUARD
from shared.refusal import Refusal
from tests.unit.operations.doctor.conftest import PLATFORM, SILENT, WELL, meeting, only

LOCKED = Visit(
    PLATFORM, secret=True, silence=("The passphrase does not open this stack's secrets.", "Set it.")
)


class Unreadable(Workplace):
    """A checkout whose states cannot be opened."""

    def visits(self) -> list[Visit]:
        """Refuse."""
        raise Refusal("The tool chain is not set up: it is gone.", "Run make setup.")


def test_a_cluster_that_answers(local: Path) -> None:
    found = only(cluster(meeting(WELL)))
    assert (found.level, "v1.36.3" in found.fact) == ("ok", True)
    assert "https://127.0.0.1:1" in found.looked_at


def test_a_silent_cluster_fails_with_its_remedy_and_the_others_are_told(local: Path) -> None:
    levels = [found.level for found in cluster(meeting(SILENT, WELL))]
    assert levels == ["failure", "ok"]
    (found, _) = cluster(meeting(SILENT, WELL))
    assert "does not answer" in found.fact
    assert "make cluster-up" in found.remedy


def test_no_cluster_is_well(workplace: Workplace) -> None:
    assert all(only(check(workplace)).level == "ok" for check in (cluster, clock, policies, passphrase))


@pytest.mark.parametrize(
    ("ahead", "level", "told"),
    [
        (0.4, "ok", "agrees"),
        (-4.0, "ok", "agrees"),
        (8.0, "warning", "8 s behind"),
        (-59.0, "warning", "59 s ahead of"),
        (61.0, "failure", "61 s behind"),
        (-3600.0, "failure", "3600 s ahead of"),
    ],
)
def test_a_clock_that_differs_is_told_by_how_much_and_which_way(
    local: Path, ahead: float, level: str, told: str
) -> None:
    found = only(clock(meeting(replace(WELL, ahead=ahead))))
    assert found.level == level
    assert told in found.fact


@pytest.mark.parametrize("seconds", [-90, 0, 90])
def test_the_date_header_is_compared_with_now(seconds: int) -> None:
    then = datetime.now(UTC) + timedelta(seconds=seconds)
    ahead = _ahead(lambda: format_datetime(then, usegmt=True))
    assert ahead is not None
    assert abs(ahead - seconds) < 5
    assert _ahead(lambda: "") is None


@pytest.mark.parametrize(
    "guard", [GuardFacts(OWNER_GUARD, installed=False), GuardFacts(OWNER_GUARD, bound=False)]
)
def test_a_guard_that_is_not_in_force_fails(local: Path, guard: GuardFacts) -> None:
    found = only(policies(meeting(replace(WELL, guards=(WELL.guards[0], guard)))))
    assert found.level == "failure"
    assert OWNER_GUARD in found.fact
    assert "make infra-refresh ENV=dev, then make infra-up ENV=dev" in found.remedy
    assert only(policies(meeting(WELL))).level == "ok"


def test_a_passphrase_that_does_not_fit_fails_and_one_that_does_says_what_it_opened(local: Path) -> None:
    found = only(passphrase(meeting(LOCKED)))
    assert (found.level, found.remedy) == ("failure", "Set it.")
    assert ".local/passphrase" in found.looked_at
    assert (
        only(passphrase(meeting(WELL))).fact == ".local/passphrase opens the secrets of infrastructure/dev."
    )


def test_a_passphrase_that_is_gone_fails_before_anything_makes_another(local: Path) -> None:
    (local / "passphrase").unlink()
    found = only(passphrase(Workplace()))
    assert found.level == "failure"
    assert "before any other verb makes a new one" in found.remedy
    with pytest.raises(Refusal, match="is gone"):
        _ = Visiting().visits()
    assert not (local / "passphrase").exists()


class Visiting(Workplace):
    """A checkout whose tools are there."""

    toolchain = None  # type: ignore[assignment]


@pytest.mark.parametrize(
    ("content", "told"), [(None, "which cannot be read"), ("", "which is empty"), (b"\xff\xfe", "(no text)")]
)
def test_a_passphrase_file_of_ones_own_that_does_not_serve_fails(
    local: Path, monkeypatch: pytest.MonkeyPatch, content: str | bytes | None, told: str
) -> None:
    file = local / "own"
    if content is not None:
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE_FILE", str(file))
    found = only(passphrase(meeting(WELL)))
    assert found.level == "failure"
    assert told in found.fact


def test_where_no_state_can_be_opened_one_check_fails_and_the_others_say_that_they_did_not_look(
    local: Path,
) -> None:
    place = Unreadable()
    with pytest.raises(Refusal):
        list(cluster(place))
    assert only(passphrase(place)).level == "warning"
    for unseen in (place, meeting(SILENT)):
        assert only(clock(unseen)).fact.startswith("Not compared")
        assert only(policies(unseen)).fact.startswith("Not looked at")
        assert {only(check(unseen)).level for check in (clock, policies)} == {"warning"}


@pytest.fixture(autouse=True)
def no_new_files(local: Path) -> Iterator[None]:
    """The doctor makes nothing in the checkout."""
    before = {path for path in local.rglob("*") if path.name not in ("own", "passphrase")}
    yield
    assert {path for path in local.rglob("*") if path.name not in ("own", "passphrase")} == before
