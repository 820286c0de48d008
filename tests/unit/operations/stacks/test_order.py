"""The owner of a namespace comes before those who read it from there; for taking down it is the other way round."""

import pytest

from operations.engine.project import StackId
from operations.stacks.order import no_order, owners_first, readers_first
from operations.status.facts import WishFacts
from operations.status.wishes import SettingsFacts
from shared.refusal import Refusal
from tests.unit.operations.stacks.fleet_stacks import A, B, C, D

PLATFORM = "service-infrastructure.dev"


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> dict[StackId, str]:
    """The owner from which a stack reads its namespace; those that are not in it own theirs."""
    sources: dict[StackId, str] = {}

    def read(stack: StackId) -> SettingsFacts:
        return SettingsFacts("", PLATFORM, (WishFacts("dev", source=sources.get(stack, "")),))

    monkeypatch.setattr("operations.status.wishes.read_application", read)
    return sources


def test_a_reader_needs_the_owner_it_reads_from(reads: dict[StackId, str]) -> None:
    reads.update({A: B.owner, C: A.owner})
    assert owners_first([A, B, C, D]) == {
        A: frozenset({B}),
        B: frozenset(),
        C: frozenset({A}),
        D: frozenset(),
    }


def test_for_taking_down_the_owner_needs_its_readers(reads: dict[StackId, str]) -> None:
    reads.update({A: B.owner, C: B.owner})
    assert readers_first([A, B, C]) == {A: frozenset(), B: frozenset({A, C}), C: frozenset()}


@pytest.mark.parametrize("source", [PLATFORM, B.owner, "day-service-app.staging"])
def test_who_is_not_of_the_fleet_is_not_waited_for(reads: dict[StackId, str], source: str) -> None:
    reads[A] = source
    assert owners_first([A]) == no_order([A]) == {A: frozenset()}


def test_settings_that_cannot_be_read_order_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    faulty = SettingsFacts("", PLATFORM, fault="wrong")
    monkeypatch.setattr("operations.status.wishes.read_application", lambda stack: faulty)
    assert owners_first([A, B]) == no_order([A, B])


def test_a_circle_is_refused_with_the_files_in_it(reads: dict[StackId, str]) -> None:
    reads.update({A: B.owner, B: A.owner, C: A.owner})
    for order in (owners_first, readers_first):
        with pytest.raises(Refusal, match="circle") as refused:
            order([A, B, C])
        assert all(f"/{name}/Pulumi.dev.yaml" in refused.value.fact for name in "ab")
        assert "/c/" not in refused.value.fact
