"""A stack is freed where its holder is dead, and only then."""

from pathlib import Path

import pytest

from operations.doctor.unlock import unlock
from operations.doctor.workplace import Workplace
from operations.engine.project import Project, StackId
from shared.refusal import Refusal
from tests.unit.operations.holders import DEAD, ELSEWHERE, living, write_lock

DAY = StackId(Project(Path("/nowhere"), "day-service-app", "day"), "dev")


def test_a_lock_of_the_dead_is_removed_and_its_holder_named(local: Path, workplace: Workplace) -> None:
    file = write_lock(local, DEAD)
    other = write_lock(local, DEAD, project="dusk-service-app")
    (freed,) = unlock(DAY, workplace)
    assert freed.holder
    assert (freed.holder.pid, freed.holder.host, freed.holder.user) == (
        DEAD["pid"],
        DEAD["hostname"],
        DEAD["username"],
    )
    assert not file.exists()
    assert other.exists()


def test_a_lock_of_the_living_is_refused_and_stays(local: Path, workplace: Workplace) -> None:
    with living() as holder:
        file = write_lock(local, holder)
        with pytest.raises(Refusal, match=rf"process {holder['pid']}, since .*\), which lives"):
            unlock(DAY, workplace)
        assert file.exists()
    assert len(unlock(DAY, workplace)) == 1


def test_nothing_is_removed_where_one_of_several_cannot_be_judged(local: Path, workplace: Workplace) -> None:
    dead, elsewhere = write_lock(local, DEAD), write_lock(local, ELSEWHERE, name="two")
    with pytest.raises(Refusal, match="cannot be judged from this machine") as refused:
        unlock(DAY, workplace)
    assert "another-machine" in str(refused.value)
    assert dead.exists()
    assert elsewhere.exists()


@pytest.mark.parametrize("content", [{}, [], {"pid": "?"}])
def test_a_lock_that_names_nobody_is_refused(local: Path, workplace: Workplace, content: object) -> None:
    file = write_lock(local, content)
    with pytest.raises(Refusal, match="does not say by whom"):
        unlock(DAY, workplace)
    assert file.exists()


def test_a_stack_that_is_not_locked_stays_as_it_is(workplace: Workplace) -> None:
    assert unlock(DAY, workplace) == []


def test_a_backend_that_shows_no_locks_is_refused_with_the_run_that_frees_them(
    local: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULUMI_BACKEND_URL", "s3://somewhere")
    with pytest.raises(Refusal, match="make app-refresh SERVICE=day ENV=dev"):
        unlock(DAY, Workplace())
