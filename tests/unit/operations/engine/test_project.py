"""The checkout's projects and stacks; an unknown one is refused with the known ones."""

from pathlib import Path

import pytest

from operations.engine.project import infrastructure_stack, service_stack, services
from shared.refusal import Refusal


def test_every_folder_with_a_project_is_a_service(checkout: Path) -> None:
    assert {name: project.name for name, project in services().items()} == {
        "day": "day-service-app",
        "dusk": "dusk-service-app",
    }


def test_a_stack_has_one_name_for_people_and_one_as_an_owner(checkout: Path) -> None:
    stack = service_stack("day", "dev")
    assert (stack.label, stack.owner) == ("day/dev", "day-service-app.dev")
    infrastructure = infrastructure_stack("production")
    assert (infrastructure.label, infrastructure.owner) == (
        "infrastructure/production",
        "service-infrastructure.production",
    )


@pytest.mark.parametrize(
    ("service", "fact"), [("noon", "There is no service 'noon'."), ("", "No service was named.")]
)
def test_an_unknown_service_is_refused_with_the_known_ones(checkout: Path, service: str, fact: str) -> None:
    with pytest.raises(Refusal) as caught:
        service_stack(service, "dev")
    assert caught.value.fact == fact
    assert caught.value.remedy == "Name one of them: SERVICE=day, SERVICE=dusk"


def test_an_unknown_environment_is_refused_with_the_known_ones_and_the_file_to_write(checkout: Path) -> None:
    with pytest.raises(Refusal) as caught:
        service_stack("dusk", "production")
    assert caught.value.fact == (
        "dusk has no environment 'production': there is no apps/dusk/Pulumi.production.yaml."
    )
    assert caught.value.remedy == "Name one of dev, or write that file."
    with pytest.raises(Refusal, match="Name one of dev, production"):
        infrastructure_stack("staging")


def test_a_settings_file_makes_an_environment(checkout: Path) -> None:
    (checkout / "apps" / "dusk" / "Pulumi.staging.yaml").write_text("config: {}\n")
    assert service_stack("dusk", "staging").label == "dusk/staging"


def test_a_project_without_settings_has_no_environment(checkout: Path) -> None:
    (checkout / "apps" / "dusk" / "Pulumi.dev.yaml").unlink()
    with pytest.raises(Refusal, match="Name one of \\(none\\)"):
        service_stack("dusk", "dev")
