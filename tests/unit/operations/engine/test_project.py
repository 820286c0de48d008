"""The checkout's projects and stacks; an unknown one is refused with the known ones."""

import json
from pathlib import Path

import pytest

from operations.checkout import all_stacks, infrastructure_stack, service_stack, services
from shared.errors import Refusal


def test_every_folder_with_a_project_is_a_service(checkout: Path) -> None:
    projects = {name: {stack.project for stack in stacks} for name, stacks in services().items()}
    assert projects == {"day": {"day-service-app"}, "dusk": {"dusk-service-app"}}


def test_an_unknown_environment_is_refused_with_the_known_ones_and_the_file_to_write(checkout: Path) -> None:
    with pytest.raises(Refusal) as caught:
        service_stack("dusk", "production")
    assert caught.value.fact == (
        "dusk has no environment 'production': there is no apps/dusk/Pulumi.production.yaml."
    )
    assert caught.value.remedy == "Name one of dev, or write that file."
    with pytest.raises(Refusal, match="Name one of dev, production"):
        infrastructure_stack("staging")


def test_a_settings_file_makes_an_environment_and_a_project_without_one_has_none(checkout: Path) -> None:
    (checkout / "apps" / "dusk" / "Pulumi.staging.yaml").write_text("config: {}\n")
    assert service_stack("dusk", "staging").label == "dusk/staging"
    for environment in ("dev", "staging"):
        (checkout / "apps" / "dusk" / f"Pulumi.{environment}.yaml").unlink()
    with pytest.raises(Refusal, match="Name one of \\(none\\)"):
        service_stack("dusk", "dev")


@pytest.mark.parametrize(
    "name", ["p'; touch x; '", "$(touch x)", "a b", "-rf", "dev\n", "", "é", "dev.", "x" * 64], ids=repr
)
def test_a_name_that_a_shell_would_run_or_no_label_can_have_is_refused_when_it_is_discovered(
    checkout: Path, name: str
) -> None:
    file = checkout / "apps" / "dusk" / f"Pulumi.{name}.yaml"
    file.write_text("config: {}\n")
    with pytest.raises(Refusal, match=r"is not a valid name of a stack or service\.\s+Rename it"):
        all_stacks()
    file.unlink()
    if name and len(name) < 64:
        folder = checkout / "apps" / name
        folder.mkdir()
        (folder / "Pulumi.yaml").write_text(f"name: {json.dumps(f'{name}-service-app')}\n")
        with pytest.raises(Refusal, match="is not a valid name of a stack or service"):
            services()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("plugins", "{providers: [{name: kubernetes, path: ../evil}]}"),
        ("plugins", "{languages: [{name: python, path: ../evil}]}"),
        ("packages", "{evil: ../evil}"),
        ("<<", "{plugins: {providers: [{name: kubernetes, path: ../evil}]}}"),
    ],
)
def test_a_project_that_names_programs_for_the_engine_to_run_is_refused(
    checkout: Path, key: str, value: str
) -> None:
    file = checkout / "apps" / "dusk" / "Pulumi.yaml"
    file.write_text(f"{file.read_text()}{key}: {value}\n")
    with pytest.raises(Refusal, match=rf"apps/dusk/Pulumi.yaml, line \d: {key} may name programs") as refused:
        all_stacks()
    assert f"Remove {key}" in refused.value.remedy


@pytest.mark.parametrize("suffix", [".json", ".yml"])
def test_a_second_project_file_which_the_engine_may_read_instead_is_refused(
    checkout: Path, suffix: str
) -> None:
    (checkout / "apps" / "dusk" / f"Pulumi{suffix}").write_text("{}")
    with pytest.raises(Refusal, match=rf"Pulumi{suffix} stands beside apps/dusk/Pulumi.yaml"):
        all_stacks()
