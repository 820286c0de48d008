"""The template and the services that came of it are the same; one verb writes what the template declares."""

from pathlib import Path

import pytest
import yaml

from operations.engine.project import services
from operations.scaffold.declared import answers_of, declare_everywhere, difference
from operations.scaffold.new_app import make_app
from operations.scaffold.rendering import Placement, own_tests, render
from tests.unit.operations.scaffold.conftest import config
from tests.unit.shared.graph import ROOT

NAMESPACES = {"day": "{environment}", "dusk": "dusk-service-{environment}"}


@pytest.mark.parametrize("service", NAMESPACES)
def test_a_service_declares_what_the_template_declares(service: str, tmp_path: Path) -> None:
    told = difference(services()[service], tmp_path)
    assert not told, f"make declare-settings writes apps/*/Pulumi.yaml anew from templates/app:\n{told}"


@pytest.mark.parametrize("service", NAMESPACES)
def test_a_services_program_and_tests_are_the_templates(service: str, tmp_path: Path) -> None:
    render(answers_of(services()[service]), tmp_path)
    for file in (Path("apps") / service / "__main__.py", own_tests(service)):
        assert (ROOT / file).read_text() == (tmp_path / file).read_text(), file


@pytest.mark.parametrize("service", NAMESPACES)
@pytest.mark.parametrize("environment", ["dev", "production"])
def test_a_services_settings_are_those_of_the_template_with_values_of_their_own(
    service: str, environment: str, tmp_path: Path
) -> None:
    namespace = NAMESPACES[service].format(environment=environment)
    answers = answers_of(services()[service])
    placed = type(answers)(**{**vars(answers), "environments": [Placement(environment, namespace)]})
    render(placed, tmp_path)
    wanted, there = (config(root, f"apps/{service}", environment) for root in (tmp_path, ROOT))
    assert set(wanted) <= set(there)
    assert there["namespace"] == wanted["namespace"]


def test_a_setting_of_the_template_reaches_every_service_and_leaves_their_answers(root: Path) -> None:
    make_app("dawn", pattern="team-environment", team="backend")
    file = root / "apps/dawn/Pulumi.yaml"
    file.write_text(file.read_text().replace("description: The dawn service", "description: Dawn, our own"))
    before = {name: (root / f"apps/{name}/Pulumi.yaml").read_text() for name in ("day", "dusk", "dawn")}
    (template,) = (root / "templates/app/apps").glob("*/Pulumi.yaml.jinja")
    template.write_text(
        f"{template.read_text()}  colour:\n    type: string\n    default: red\n    description: One.\n"
    )
    assert declare_everywhere() == [Path(f"apps/{name}/Pulumi.yaml") for name in ("dawn", "day", "dusk")]
    for name, text in before.items():
        after = yaml.safe_load((root / f"apps/{name}/Pulumi.yaml").read_text())
        assert after["config"].pop("colour")["default"] == "red"
        assert after == yaml.safe_load(text)
    assert declare_everywhere() == []


def test_what_differs_is_told_line_by_line(root: Path, tmp_path: Path) -> None:
    file = root / "apps/day/Pulumi.yaml"
    file.write_text(file.read_text().replace("default: 300", "default: 301"))
    told = difference(services()["day"], tmp_path / "aside")
    assert "-    default: 301" in told
    assert "+    default: 300" in told
