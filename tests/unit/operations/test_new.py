"""A new service and a new environment: files that are right at once, or none."""

from pathlib import Path

import pytest
import yaml

from operations.checkout import all_stacks, service_stack
from operations.new import new_app, new_environment
from operations.settings import read_settings
from shared.errors import Refusal


def config(file: Path) -> dict[str, object]:
    found: dict[str, object] = yaml.safe_load(file.read_text())["config"]
    return {key.partition(":")[2]: value for key, value in found.items()}


def files(projects: Path) -> set[Path]:
    return {path for path in projects.rglob("*") if path.is_file() and path.suffix != ".pyc"}


def test_a_new_service_has_a_program_and_settings_for_every_environment(projects: Path) -> None:
    (projects / "apps/day/Pulumi.staging.yaml").write_text(
        "config: {day-service-app:infra_stack_name: dev}\n"
    )
    names = [path.name for path in new_app("dawn")]
    assert names == [
        "Pulumi.dev.yaml",
        "Pulumi.production.yaml",
        "Pulumi.staging.yaml",
        "Pulumi.yaml",
        "__main__.py",
        "settings.py",
    ]
    for name in names[4:]:
        compile((projects / "apps/dawn" / name).read_text(), name, "exec")
    assert config(projects / "apps/dawn/Pulumi.staging.yaml") == {
        "image_tag": "dev",
        "infra_stack_name": "dev",
    }
    settings = read_settings(service_stack("dawn", "production"))
    assert settings.model_dump(include={"image_tag", "log_level"}) == {
        "image_tag": "1.0.0",
        "log_level": "info",
    }


@pytest.mark.parametrize(
    ("kind", "declares"), [("web", "web_service"), ("worker", "worker"), ("cron", "cron_job")]
)
def test_a_new_service_of_each_kind_declares_that(projects: Path, kind: str, declares: str) -> None:
    new_app("dawn", kind)
    assert f"\napp.{declares}(" in (projects / "apps/dawn/__main__.py").read_text()


@pytest.mark.parametrize(
    ("name", "kind", "told"),
    [
        *(
            (name, "web", "NAME")
            for name in ("", "Dawn", "dawn-service", "1st", "class", "application", "a/b", "x" * 50)
        ),
        ("dawn", "lambda", "KIND is 'lambda'"),
        ("day", "web", "There is such a service already: apps/day"),
    ],
)
def test_what_cannot_be_a_service_is_refused(projects: Path, name: str, kind: str, told: str) -> None:
    before = files(projects)
    with pytest.raises(Refusal, match=told):
        new_app(name, kind)
    assert files(projects) == before


def test_a_new_environment_has_the_old_ones_values_in_namespaces_of_its_own(projects: Path) -> None:
    (projects / "infrastructure/Pulumi.dev.yaml").write_text(
        "config: {service-infrastructure:cluster: local}\n"
    )
    (projects / "apps/day/Pulumi.dev.yaml").write_text(
        "# ours\nencryptionsalt: v1:x\nconfig:\n  # one for all\n  day-service-app:namespace: dev\n"
        "  day-service-app:database_host: postgres.dev.internal\n"
        "  day-service-app:image_tag: {secure: v1:y}\n"
    )
    (projects / "apps/dusk/Pulumi.dev.yaml").write_text(
        "config:\n  dusk-service-app:create_namespace: false\n"
        "  dusk-service-app:namespace_source: day-service-app/dev\n  dusk-service-app:namespace: shared\n"
    )
    created, notes = new_environment("staging", "dev")
    day, dusk = (projects / f"apps/{name}/Pulumi.staging.yaml" for name in ("day", "dusk"))
    assert created == [day, dusk]
    assert day.read_text() == (
        "# ours\nconfig:\n  # one for all\n  day-service-app:namespace: staging\n"
        "  day-service-app:database_host: postgres.dev.internal\n"
        "  day-service-app:infra_stack_name: service-infrastructure/dev\n"
    )
    assert config(dusk) == {
        "create_namespace": False,
        "namespace_source": "day-service-app/staging",
        "namespace": "shared-staging",
        "infra_stack_name": "service-infrastructure/dev",
    }
    assert [note for note in notes if "image_tag of day/dev is a secret" in note]
    assert [note for note in notes if note.endswith("still names dev: database_host: postgres.dev.internal")]


def test_a_namespace_of_infrastructure_has_no_owner_in_the_new_environment(projects: Path) -> None:
    (projects / "apps/day/Pulumi.dev.yaml").write_text("config: {day-service-app:create_namespace: false}\n")
    _, notes = new_environment("staging", "dev")
    assert "create_namespace" not in config(projects / "apps/day/Pulumi.staging.yaml")
    assert "day/staging owns its namespace, which another stack does in dev" in notes


def test_a_cluster_that_its_stack_creates_is_created_for_the_new_environment_too(projects: Path) -> None:
    file = projects / "infrastructure/Pulumi.production.yaml"
    file.write_text(
        f"{file.read_text()}  service-infrastructure:namespaces:\n"
        "    production: {tenants: [day-service-app.production], adopt_from: a.b}\n"
    )
    new_environment("stage", "production")
    found = config(projects / "infrastructure/Pulumi.stage.yaml")
    assert found["namespaces"] == {"stage": {"tenants": ["day-service-app.stage"]}}
    assert isinstance(found["eks"], dict)
    assert found["eks"]["name"] == "platform-stage"
    assert "infra_stack_name" not in config(projects / "apps/day/Pulumi.stage.yaml")
    assert {stack.service for stack in all_stacks() if stack.name == "stage"} == {
        "infrastructure",
        "day",
        "dusk",
    }


@pytest.mark.parametrize(
    ("name", "source", "told"),
    [
        ("", "dev", "ENV cannot be used"),
        ("Staging", "dev", "ENV cannot be used"),
        ("production", "dev", "There is such an environment already: "),
        ("x" * 50, "dev", "is not a valid label value"),
        ("staging", "nowhere", "FROM is 'nowhere', for which no project has a settings file"),
    ],
)
def test_what_cannot_be_an_environment_is_refused(projects: Path, name: str, source: str, told: str) -> None:
    before = files(projects)
    with pytest.raises(Refusal, match=told):
        new_environment(name, source)
    assert files(projects) == before


def test_settings_that_cannot_be_taken_over_leave_nothing_behind(projects: Path) -> None:
    (projects / "apps/dusk/Pulumi.dev.yaml").write_text("config: {dusk-service-app:replicas: none}\n")
    before = files(projects)
    with pytest.raises(Refusal, match="replicas is 'none'"):
        new_environment("staging", "dev")
    assert files(projects) == before
