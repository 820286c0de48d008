"""A new service: whole or not at all, in namespaces that collide with nobody."""

import ast
from pathlib import Path

import pytest

from operations.engine.project import service_stack, services
from operations.scaffold import publishing
from operations.scaffold.new_app import make_app
from operations.settings.effective import check_settings
from shared.refusal import Refusal
from tests.unit.operations.scaffold.conftest import config, files, settings


def refusal_of(root: Path, name: str, pattern: str = "", team: str = "") -> str:
    before = files(root)
    with pytest.raises(Refusal) as caught:
        make_app(name, pattern=pattern, team=team)
    assert files(root) == before
    assert list((root / ".local/scaffold").glob("new-*")) == []
    return str(caught.value)


def test_it_is_a_service_with_settings_for_every_environment_and_tests(root: Path) -> None:
    made = make_app("dawn")
    assert (made.folder, made.tests) == (Path("apps/dawn"), Path("tests/unit/apps/test_dawn_service.py"))
    assert services()["dawn"].name == "dawn-service-app"
    assert services()["dawn"].environments == ["dev", "production"]
    for environment in ("dev", "production"):
        check_settings(service_stack("dawn", environment))
        assert config(root, "apps/dawn", environment)["namespace"] == f"dawn-service-{environment}"
    for file in ("apps/dawn/__main__.py", "tests/unit/apps/test_dawn_service.py"):
        ast.parse((root / file).read_text())
    assert 'deploy("dawn-service")' in (root / "apps/dawn/__main__.py").read_text()


def test_nothing_else_in_the_checkout_changes(root: Path) -> None:
    before = files(root)
    make_app("dawn")
    after = files(root)
    new = {name for name in after if name.startswith(("apps/dawn/", "tests/unit/apps/test_dawn"))}
    assert {name: content for name, content in after.items() if name not in new} == before


def test_a_team_names_its_namespaces_where_the_pattern_says_so(root: Path) -> None:
    make_app("dawn", pattern="team-environment", team="backend")
    assert config(root, "apps/dawn")["namespace"] == "team-backend-dev"
    text = (root / "apps/dawn/Pulumi.yaml").read_text()
    assert "default: team-environment" in text
    assert "default: backend" in text


def test_it_reads_a_namespace_that_another_service_has(root: Path) -> None:
    made = make_app("dawn", pattern="environment")
    assert [one.reads for one in made.environments] == ["day-service-app/dev", "day-service-app/production"]
    there = config(root, "apps/dawn")
    assert (there["namespace"], there["create_namespace"], there["namespace_source"]) == (
        "dev",
        False,
        "day-service-app/dev",
    )
    check_settings(service_stack("dawn", "dev"))


def test_it_reads_a_namespace_that_the_platform_has(root: Path) -> None:
    settings(root, "infrastructure", "dev", cluster="local", namespaces={"dawn-service-dev": {}})
    make_app("dawn")
    there = config(root, "apps/dawn")
    assert there["create_namespace"] is False
    assert "namespace_source" not in there


def test_a_namespace_that_the_platform_has_for_others_is_refused(root: Path) -> None:
    namespaces = {"dawn-service-dev": {"tenants": ["dusk-service-app.dev"]}}
    settings(root, "infrastructure", "dev", cluster="local", namespaces=namespaces)
    message = refusal_of(root, "dawn")
    assert "for dusk-service-app.dev alone" in message
    assert (
        "Add dawn-service-app.dev to namespaces.dawn-service-dev.tenants in infrastructure/Pulumi.dev.yaml"
        in message
    )


def test_an_environment_that_shares_a_cluster_is_an_environment_too(root: Path) -> None:
    settings(root, "apps/day", "staging", namespace="staging", infra_stack_name="dev")
    make_app("dawn")
    assert config(root, "apps/dawn", "staging") | {"namespace": "dawn-service-staging"} == config(
        root, "apps/dawn", "staging"
    )
    assert config(root, "apps/dawn", "staging")["infra_stack_name"] == "dev"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("", "NAME is not set"),
        ("Dawn", "NAME is 'Dawn': must be lower-case letters"),
        ("1st", "beginning with a letter"),
        ("dawn-", "not ending with '-'"),
        ("../dawn", "must be lower-case letters"),
        ("dawn\n", "must be lower-case letters"),
        ("infrastructure", "which means something else here"),
        ("application", "which means something else here"),
        ("dawn-service", "NAME=dawn"),
        ("day", "there is such a service already, in apps/day"),
        ("d" * 60, "a label has at most 63"),
    ],
)
def test_a_bad_or_taken_name_is_refused(root: Path, name: str, told: str) -> None:
    message = refusal_of(root, name)
    assert told in message
    assert message.endswith("Nothing was written.")


def test_name_pattern_and_team_are_refused_in_one_message(root: Path) -> None:
    message = refusal_of(root, "Dawn", pattern="service", team="Back End")
    assert message.count("\n    ") == 3
    assert (
        "PATTERN is 'service': must be one of environment, service-environment, team-environment" in message
    )
    assert "TEAM is 'Back End'" in message
    assert "TEAM is not set" in refusal_of(root, "dawn", pattern="team-environment")


def test_a_namespace_that_would_be_too_long_is_refused(root: Path) -> None:
    assert "no usable namespace" in refusal_of(root, "dawn", pattern="team-environment", team="t" * 60)


@pytest.mark.parametrize("place", ["apps/dawn", "tests/unit/apps/test_dawn_service.py"])
def test_what_stands_in_its_place_is_left_alone(root: Path, place: str) -> None:
    (root / place).write_text("mine\n")
    assert f"but {place} is there already" in refusal_of(root, "dawn")


def test_a_place_that_cannot_take_it_is_refused(root: Path) -> None:
    (root / "tests/unit/apps").rmdir()
    (root / "tests/unit/apps").write_text("")
    assert "tests/unit/apps is no folder" in refusal_of(root, "dawn")


def test_a_settings_file_that_cannot_be_read_is_refused_before_anything_is_written(root: Path) -> None:
    (root / "apps/dusk/Pulumi.dev.yaml").write_text("config: [")
    assert "apps/dusk/Pulumi.dev.yaml, line" in refusal_of(root, "dawn")


def test_a_checkout_without_its_template_is_refused(root: Path) -> None:
    (root / "templates/app/copier.yml").unlink()
    assert "There is no template in templates/app" in refusal_of(root, "dawn")


class Killed(BaseException):
    """In place of a SIGKILL: nothing catches it."""


@pytest.mark.parametrize("at", [0, 1])
def test_a_run_that_is_killed_leaves_nothing_half_made_and_the_next_goes_on(
    root: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    rename, count = Path.rename, iter(range(9))

    def killed(self: Path, target: Path) -> Path:
        if next(count) == at:
            raise Killed
        return rename(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", killed)
        with pytest.raises(Killed):
            make_app("dawn")
    assert (root / "apps/dawn").exists() == (at == 1)
    if at == 1:
        check_settings(service_stack("dawn", "dev"))
    made = make_app("dawn")
    assert (root / made.tests).is_file()
    assert (root / made.folder / "__main__.py").is_file()


def test_a_service_of_somebody_elses_without_tests_is_no_half_made_one(root: Path) -> None:
    make_app("dawn")
    (root / "tests/unit/apps/test_dawn_service.py").unlink()
    (root / "apps/dawn/__main__.py").write_text("# mine\n")
    assert "there is such a service already" in refusal_of(root, "dawn")


def test_what_a_killed_run_left_aside_is_removed(root: Path) -> None:
    leftover = root / ".local/scaffold/new-left/apps/dawn"
    leftover.mkdir(parents=True)
    make_app("dawn")
    assert list((root / ".local/scaffold").glob("new-*")) == []


def test_two_at_once_do_not_meet(root: Path) -> None:
    with (
        publishing.workshop(),
        pytest.raises(Refusal, match="Another make new-app or make new-env is at work"),
    ):
        make_app("dawn")
    make_app("dawn")
