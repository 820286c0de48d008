"""Stacks in parallel: owners first, going on where one fails, those that need it skipped."""

import io
import threading

import pytest
from rich.console import Console

from operations.engine.events import WATCH, Step
from operations.stacks.parallel import (
    FAILED,
    REFUSED,
    Display,
    End,
    Needs,
    Result,
    exit_code,
    in_parallel,
    one_by_one,
    owners_first,
    readers_first,
    sum_up,
)
from shared.errors import Failure, Refusal
from shared.stacks import Stack
from tests.unit.operations.claims import PLATFORM, A, B, C, D, E, by_stack, faulty, settings_of

STEPS = (Step("create", "urn", "Deployment", "day"),)
OUTPUTS = (Step("same", "urn::a", "Stack", "dev", changed=("outputs",)),)
SAME = (Step("same", "urn::a", "Deployment", "day"),)
FAILURE, REFUSAL = Failure("a/dev: update failed.", "Run it again."), Refusal("Wrong.", "Do that.")


def free(*stacks: Stack) -> Needs:
    """Stacks that don't need each other."""
    return {stack: frozenset() for stack in stacks}


class Told(Display):
    """Writes down what it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[tuple[str, str]] = []
        self.results: list[Result] = []

    def at(self, stack: Stack, what: str) -> None:
        self.told.append((stack.label, what))

    def ended(self, result: Result) -> None:
        self.results.append(result)


class Verb:
    """Writes its turns down, and fails where it is told to."""

    def __init__(self, **errors: Exception) -> None:
        self.errors, self.turns = errors, list[Stack]()

    def __call__(self, stack: Stack) -> tuple[Step, ...]:
        self.turns.append(stack)
        if error := self.errors.get(stack.service):
            raise error
        return STEPS


def test_a_reader_needs_the_owner_it_reads_from_and_for_taking_down_the_owner_its_readers() -> None:
    settings = by_stack(settings_of(A, reads_from=B), settings_of(B), settings_of(C, reads_from=A), faulty(D))
    assert owners_first(settings) == {**free(B, D), A: frozenset({B}), C: frozenset({A})}
    assert readers_first(settings) == {**free(C, D), A: frozenset({C}), B: frozenset({A})}


@pytest.mark.parametrize("source", [PLATFORM, B, Stack("a-service-app", "staging")])
def test_a_stack_that_is_not_among_them_is_not_waited_for(source: Stack) -> None:
    assert owners_first(by_stack(settings_of(A, reads_from=source))) == free(A)


def test_a_circle_is_refused_with_the_files_in_it() -> None:
    settings = by_stack(*(settings_of(one, reads_from=other) for one, other in ((A, B), (B, A), (C, A))))
    for order in (owners_first, readers_first):
        with pytest.raises(Refusal, match="circle") as refused:
            order(settings)
        assert "a.yaml" in refused.value.fact
        assert "b.yaml" in refused.value.fact
        assert "c.yaml" not in refused.value.fact


def test_stacks_that_use_one_namespace_wait_for_each_other_along_the_order_of_owners() -> None:
    elsewhere = Stack("service-infrastructure", "other")
    settings = by_stack(
        settings_of(A, reads_from=C),
        settings_of(B, reads_from=C),
        settings_of(C),
        settings_of(D, infrastructure=elsewhere),
        faulty(E),
    )
    assert one_by_one(owners_first(settings), settings) == {A: C, B: A}


@pytest.mark.parametrize("limit", [1, 3])
def test_each_stack_gets_a_turn_and_each_end_is_told(limit: int) -> None:
    verb, display = Verb(a=FAILURE, b=REFUSAL, c=OSError("no room")), Told()
    results = in_parallel(free(A, B, C, D), verb, limit=limit, display=display)
    assert set(verb.turns) == {A, B, C, D}
    assert [result.stack for result in results] == [A, B, C, D]
    assert [result.end for result in results] == ["failed", "refused", "failed", "changed"]
    assert [result.steps for result in results] == [(), (), (), STEPS]
    for result, words in zip(results, ("update failed", "Do that.", "no room", ""), strict=True):
        assert words in result.message
    assert sorted(display.results, key=lambda result: result.stack) == results


@pytest.mark.parametrize("error", [FAILURE, REFUSAL])
def test_those_that_need_a_failed_one_are_skipped_and_the_rest_goes_on(error: Exception) -> None:
    needs = {**free(A, E), B: frozenset({A}), C: frozenset({B}), D: frozenset({E})}
    verb, display = Verb(a=error), Told()
    results = {result.stack: result for result in in_parallel(needs, verb, limit=2, display=display)}
    assert set(verb.turns) == {A, D, E}
    assert verb.turns.index(E) < verb.turns.index(D)
    assert {stack: result.skipped_for for stack, result in results.items() if result.skipped_for} == {
        B: A,
        C: B,
    }
    assert {stack for stack, result in results.items() if result.end == "changed"} == {D, E}


@pytest.mark.parametrize("error", [FAILURE, REFUSAL])
def test_those_that_wait_for_a_turn_have_theirs_however_the_one_before_ended(error: Exception) -> None:
    needs = {**free(A, B, C), D: frozenset({A})}
    under_way, verb = threading.Lock(), Verb(a=error)

    def alone(stack: Stack) -> tuple[Step, ...]:
        assert under_way.acquire(blocking=False)
        try:
            return verb(stack)
        finally:
            under_way.release()

    # B waits for one that is skipped.
    results = in_parallel(needs, alone, limit=4, display=Told(), waits={C: A, D: C, B: D})
    assert verb.turns == [A, C, B]
    assert [result.skipped_for for result in results] == [None, None, None, A]


def test_what_a_run_is_doing_is_told_with_its_stack() -> None:
    def verb(stack: Stack) -> tuple[Step, ...]:
        watch = WATCH.get()
        assert watch
        watch(f"update of {stack.service}")
        return ()

    display = Told()
    in_parallel(free(A), verb, limit=1, display=display)
    assert display.told == [("a/dev", "begins"), ("a/dev", "update of a")]
    assert WATCH.get() is None


def test_a_defect_in_one_is_told_and_the_others_go_on() -> None:
    verb = Verb(a=KeyError("defect"))
    results = in_parallel({**free(A, C), B: frozenset({A})}, verb, limit=1, display=Told())
    told = {result.stack: result for result in results}
    assert (told[A].end, told[A].message) == ("failed", "KeyError: 'defect'")
    assert (told[B].skipped_for, told[C].end) == (A, "changed")


@pytest.mark.parametrize(("steps", "end"), [(STEPS, "changed"), (OUTPUTS, "changed"), (SAME, "unchanged")])
def test_what_a_stack_exports_is_a_change_too(steps: tuple[Step, ...], end: str) -> None:
    (result,) = in_parallel(free(A), lambda _: steps, limit=1, display=Told())
    assert result.end == end


def test_the_sum_counts_each_stack_once_by_how_it_ended() -> None:
    results = [
        Result(A, "changed"),
        Result(B, "changed"),
        Result(C, "unchanged"),
        Result(D, "refused", message="Wrong."),
        Result(E, "skipped", skipped_for=D),
    ]
    assert sum_up(results) == "2 changed, 1 unchanged, 1 refused, 1 skipped"
    assert sum_up([Result(A, "failed", message="Broken.")]) == "1 failed"


@pytest.mark.parametrize(
    ("ends", "deployed", "code"),
    [
        ([], True, 0),
        (["changed", "unchanged"], True, 0),
        (["unchanged", "refused", "skipped"], True, REFUSED),
        (["changed", "refused"], True, FAILED),
        (["changed", "refused"], False, REFUSED),
        (["failed", "refused"], False, FAILED),
    ],
)
def test_it_is_a_refusal_only_where_nothing_was_changed_and_nothing_failed(
    ends: list[End], deployed: bool, code: int
) -> None:
    assert exit_code([Result(A, end) for end in ends], deployed=deployed) == code


def test_a_terminal_shows_what_those_under_way_are_doing() -> None:
    display = Display()
    display.at(A, "update [x]")
    stream = io.StringIO()
    Console(file=stream, width=60).print(display.table.get_renderable())
    assert "a/dev" in stream.getvalue()
    assert "update [x]" in stream.getvalue()
