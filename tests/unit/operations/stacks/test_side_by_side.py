"""Stacks side by side: each in its turn, going on where one fails, those that need it skipped."""

import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from operations.engine.events import Step
from operations.engine.faults import EngineFailure
from operations.engine.project import StackId
from operations.engine.report import WATCH
from operations.engine.stop import STOP
from operations.stacks import side_by_side as module
from operations.stacks.order import no_order
from operations.stacks.side_by_side import Code, Ended, side_by_side
from shared.refusal import Refusal
from tests.cluster import until
from tests.unit.operations.stacks.fleet_stacks import A, B, C, D, E

STEPS = (Step("create", "urn", "Deployment", "day"),)
PATIENCE = 30.0


class Audience:
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []
        self.ends: list[Ended] = []
        self.was_stopped = False

    def at(self, stack: StackId, what: str) -> None:
        self.told.append((stack.label, what))

    def ended(self, ended: Ended) -> None:
        self.ends.append(ended)

    def stopping(self) -> None:
        self.was_stopped = True


class Verb:
    """Has its turns written down, and fails where it is told to."""

    def __init__(self, **errors: Exception) -> None:
        self.errors, self.turns = errors, list[StackId]()

    def __call__(self, stack: StackId) -> tuple[Step, ...]:
        self.turns.append(stack)
        if error := self.errors.get(stack.project.label):
            raise error
        return STEPS


FAILED, REFUSED = EngineFailure("a/dev: update", ["broken"]), Refusal("Wrong.", "Do that.")


@pytest.mark.parametrize("at_once", [1, 3])
def test_everyone_gets_a_turn_and_each_end_is_told(at_once: int) -> None:
    verb, audience = Verb(a=FAILED, b=REFUSED, c=OSError("no room")), Audience()
    ends = side_by_side(no_order([A, B, C, D]), verb, at_once=at_once, audience=audience)
    assert set(verb.turns) == {A, B, C, D}
    assert [end.stack for end in ends] == [A, B, C, D]
    assert [end.code for end in ends] == [Code.FAILED, Code.REFUSED, Code.FAILED, Code.WELL]
    assert [end.steps for end in ends] == [(), (), (), STEPS]
    for end, words in zip(ends, ("broken", "Do that.", "no room", ""), strict=True):
        assert words in end.message
    assert sorted(audience.ends, key=lambda end: end.stack.label) == ends


def test_nobody_begins_before_those_it_needs_are_through() -> None:
    needs = {A: frozenset({B}), B: frozenset({C}), C: frozenset(), D: frozenset({C})}
    verb = Verb()
    ends = side_by_side(needs, verb, at_once=4, audience=Audience())
    assert verb.turns[0] == C
    assert verb.turns.index(B) < verb.turns.index(A)
    assert [end.stack for end in ends] == [A, B, C, D]


@pytest.mark.parametrize("error", [FAILED, REFUSED])
def test_those_that_need_a_failed_one_are_skipped_and_the_rest_goes_on(error: Exception) -> None:
    needs = {
        A: frozenset[StackId](),
        B: frozenset({A}),
        C: frozenset({B}),
        D: frozenset({E}),
        E: frozenset[StackId](),
    }
    verb, audience = Verb(a=error), Audience()
    ends = side_by_side(needs, verb, at_once=2, audience=audience)
    assert set(verb.turns) == {A, D, E}
    assert [end.skipped_for for end in ends] == [None, A, B, None, None]
    assert [end.is_well for end in ends] == [False, False, False, True, True]
    assert {end.stack for end in audience.ends} == {A, B, C, D, E}


@pytest.mark.parametrize("error", [FAILED, REFUSED])
def test_those_that_wait_for_a_turn_have_theirs_however_the_one_before_ended(error: Exception) -> None:
    needs = {**no_order([A, B, C, D]), D: frozenset({A})}
    under_way, verb = threading.Lock(), Verb(a=error)

    def alone(stack: StackId) -> tuple[Step, ...]:
        assert under_way.acquire(blocking=False)
        try:
            return verb(stack)
        finally:
            under_way.release()

    # B waits behind one that is skipped.
    waits = {C: A, D: C, B: D}
    ends = side_by_side(needs, alone, at_once=4, audience=Audience(), waits=waits)
    assert verb.turns == [A, C, B]
    assert [end.skipped_for for end in ends] == [None, None, None, A]
    assert [end.is_well for end in ends] == [False, True, True, False]


def test_so_many_have_their_turn_at_once_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    pools: list[int] = []

    class Pool(ThreadPoolExecutor):
        def __init__(self, workers: int) -> None:
            pools.append(workers)
            super().__init__(workers)

    monkeypatch.setattr(module, "ThreadPoolExecutor", Pool)
    together, under_way, most = threading.Barrier(2), 0, 0
    lock = threading.Lock()

    def verb(_: StackId) -> tuple[Step, ...]:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        together.wait(PATIENCE)
        with lock:
            under_way -= 1
        return ()

    ends = side_by_side(no_order([A, B, C, D]), verb, at_once=2, audience=Audience())
    assert all(end.is_well for end in ends)
    assert most == 2
    assert pools == [2]


def test_what_a_run_is_at_is_told_with_its_stack() -> None:
    def verb(stack: StackId) -> tuple[Step, ...]:
        watch = WATCH.get()
        assert watch
        watch(f"update of {stack.project.label}")
        return ()

    audience = Audience()
    side_by_side(no_order([A, B]), verb, at_once=1, audience=audience)
    assert audience.told == [
        ("a/dev", "begins"),
        ("a/dev", "update of a"),
        ("b/dev", "begins"),
        ("b/dev", "update of b"),
    ]
    assert WATCH.get() is None


def test_a_defect_in_one_is_told_and_the_others_go_on() -> None:
    verb, audience = Verb(a=KeyError("defect")), Audience()
    needs = {A: frozenset[StackId](), B: frozenset({A}), C: frozenset[StackId]()}
    ends = side_by_side(needs, verb, at_once=1, audience=audience)
    assert set(verb.turns) == {A, C}
    assert ends[0].code is Code.FAILED
    assert ends[0].message == "KeyError: 'defect'"
    assert (ends[1].skipped_for, ends[2].is_well) == (A, True)


def interrupt_myself() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def test_stopped_by_a_person_those_under_way_end_in_order_and_nobody_else_begins() -> None:
    turns: list[StackId] = []

    def verb(stack: StackId) -> tuple[Step, ...]:
        turns.append(stack)
        interrupt_myself()
        stop = STOP.get()
        assert stop
        until(lambda: stop.is_asked, "the stop asked for")
        return STEPS

    audience = Audience()
    ends = side_by_side(no_order([A, B, C]), verb, at_once=1, audience=audience)
    assert turns == [A]
    assert audience.was_stopped
    assert [end.stack for end in ends] == [A, B, C]
    assert [end.code for end in ends] == [Code.WELL, Code.FAILED, Code.FAILED]
    assert ends[1].message == "It was stopped before it began an update."


def test_a_stop_reaches_a_run_that_is_about_to_begin() -> None:
    def verb(_: StackId) -> tuple[Step, ...]:
        interrupt_myself()
        stop = STOP.get()
        assert stop
        until(lambda: stop.is_asked, "the stop asked for")
        stop.check()
        return STEPS

    (end,) = side_by_side(no_order([A]), verb, at_once=1, audience=Audience())
    assert (end.code, end.message) == (Code.FAILED, "It was stopped before it began an update.")


def test_nobody_is_well() -> None:
    assert side_by_side({}, Verb(), at_once=2, audience=Audience()) == []
