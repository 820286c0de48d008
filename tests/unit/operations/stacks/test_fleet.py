"""Which services of an environment a verb on a fleet is about, and how many have their turn at once."""

from pathlib import Path

import pytest

from operations.engine.project import Project
from operations.stacks import fleet
from operations.stacks.fleet import at_once, fleet_of, stacks_of
from shared.refusal import Refusal


@pytest.fixture(autouse=True)
def _services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    projects = {}
    for name, environments in (("day", ("dev", "production")), ("dusk", ("dev",)), ("dawn", ())):
        folder = tmp_path / name
        folder.mkdir()
        for environment in environments:
            (folder / f"Pulumi.{environment}.yaml").write_text("config: {}\n")
        projects[name] = Project(folder, f"{name}-service-app", name)
    monkeypatch.setattr(fleet, "services", lambda: projects)


def labels(environment: str, only: str = "") -> list[str]:
    return [stack.label for stack in fleet_of(environment, only)]


def test_a_service_without_settings_for_the_environment_is_left_out() -> None:
    assert [stack.label for stack in stacks_of("dev")] == ["day/dev", "dusk/dev"]
    assert [stack.label for stack in stacks_of("production")] == ["day/production"]
    assert stacks_of("staging") == []


def test_the_fleet_is_all_of_them_or_those_that_are_named() -> None:
    assert labels("dev") == ["day/dev", "dusk/dev"]
    assert labels("dev", "dusk") == ["dusk/dev"]
    assert labels("dev", " dusk , day,dusk,") == ["dusk/dev", "day/dev"]


@pytest.mark.parametrize("only", ["moon", "day,moon", "dawn", "day;dusk"])
def test_an_unknown_service_is_refused_with_the_known_ones(only: str) -> None:
    with pytest.raises(Refusal, match="has no such service") as refused:
        fleet_of("dev", only)
    assert "day,dusk" in refused.value.remedy


def test_commas_alone_name_no_service() -> None:
    with pytest.raises(Refusal, match="names no service"):
        fleet_of("dev", " , ")


def test_an_environment_that_no_service_has_is_refused() -> None:
    with pytest.raises(Refusal, match="'staging'"):
        fleet_of("staging")


@pytest.mark.parametrize(("cores", "number"), [(1, 2), (2, 3), (4, 4), (64, 4), (None, 2)])
def test_without_a_number_the_cores_say_how_many_and_memory_the_most(
    monkeypatch: pytest.MonkeyPatch, cores: int | None, number: int
) -> None:
    monkeypatch.setattr("operations.stacks.fleet.os.cpu_count", lambda: cores)
    assert at_once("") == number


def test_a_number_is_taken_as_it_is() -> None:
    assert at_once("7") == 7
    assert at_once(" 1 ") == 1


@pytest.mark.parametrize("parallel", ["0", "-1", "many", "1.5", "²", "2 3"])
def test_what_is_no_number_of_one_or_more_is_refused(parallel: str) -> None:
    with pytest.raises(Refusal, match="PARALLEL"):
        at_once(parallel)
