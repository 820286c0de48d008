"""Settings files as their programs read them."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from operations import paths
from operations.engine.project import Project, StackId
from operations.status import wishes
from operations.status.facts import WishFacts
from operations.status.wishes import SettingsFacts, read_application, read_infrastructure

DAY, PLATFORM = "day-service-app", "service-infrastructure"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout."""
    monkeypatch.setattr(wishes, "ROOT", tmp_path)
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    for folder in ("apps/day", "infrastructure"):
        (tmp_path / folder).mkdir(parents=True)
    declared = {
        "pulumi:disable-default-providers": {"value": ["*"]},
        "namespace": {"type": "string", "default": ""},
        "namespace_pattern": {"type": "string", "default": "environment"},
    }
    (tmp_path / "apps/day/Pulumi.yaml").write_text(yaml.safe_dump({"name": DAY, "config": declared}))
    (tmp_path / "infrastructure/Pulumi.yaml").write_text(yaml.safe_dump({"name": PLATFORM}))
    return tmp_path


def _application(root: Path, **values: Any) -> SettingsFacts:
    config = {f"{DAY}:{name}": value for name, value in values.items()}
    file = root / "apps/day/Pulumi.dev.yaml"
    file.write_text(yaml.safe_dump({"config": config, "encryptionsalt": "v1:x"}))
    return read_application(StackId(Project(root / "apps/day", DAY, "day"), "dev"))


def _platform(root: Path, namespaces: Any) -> SettingsFacts:
    config = {f"{PLATFORM}:cluster": "local", f"{PLATFORM}:namespaces": namespaces}
    (root / "infrastructure/Pulumi.dev.yaml").write_text(yaml.safe_dump({"config": config}))
    return read_infrastructure(StackId(Project(root / "infrastructure", PLATFORM, "infrastructure"), "dev"))


def test_the_projects_defaults_count(root: Path) -> None:
    facts = _application(root)
    assert facts.wishes == (WishFacts("dev"),)
    assert (facts.file, facts.platform) == ("apps/day/Pulumi.dev.yaml", f"{PLATFORM}.dev")
    assert _application(root, namespace_pattern="service-environment").wishes == (
        WishFacts("day-service-dev"),
    )


def test_a_stack_that_adopts(root: Path) -> None:
    facts = _application(
        root, namespace="mine", adopt_namespace_from="a.b", replicas=3, infra_stack_name="shared"
    )
    assert facts.wishes == (WishFacts("mine", adopt_from="a.b"),)
    assert facts.platform == f"{PLATFORM}.shared"


@pytest.mark.parametrize(
    ("source", "owner"), [("", f"{PLATFORM}.dev"), ("dusk-service-app/x", "dusk-service-app.x")]
)
def test_a_stack_that_reads(root: Path, source: str, owner: str) -> None:
    facts = _application(root, namespace="theirs", create_namespace=False, namespace_source=source)
    assert facts.wishes == (WishFacts("theirs", source=owner),)


def test_an_encrypted_setting_is_left_out(root: Path) -> None:
    assert _application(root, database_host={"secure": "v1:x"}).fault == ""


def test_wrong_settings_are_told_and_do_not_break(root: Path) -> None:
    facts = _application(root, replicas=0, replcas=1)
    assert "2 wrong settings" in facts.fault
    assert facts.wishes == ()
    assert "team" in _application(root, namespace_pattern="team-environment").fault


def test_a_file_that_is_no_yaml_is_told(root: Path) -> None:
    (root / "apps/day/Pulumi.dev.yaml").write_text("config: [")
    facts = read_application(StackId(Project(root / "apps/day", DAY, "day"), "dev"))
    assert facts.fault.startswith(
        "apps/day/Pulumi.dev.yaml, line 2, column 1: did not find expected node content"
    )


def test_infrastructures_namespaces_as_a_list_and_as_a_map(root: Path) -> None:
    assert _platform(root, ["a", "b"]).wishes == (WishFacts("a"), WishFacts("b"))
    facts = _platform(root, {"a": None, "b": {"adopt_from": "x/y", "tenants": ["day-service-app/dev"]}})
    assert facts.wishes == (
        WishFacts("a"),
        WishFacts("b", adopt_from="x.y", tenants=("day-service-app.dev",)),
    )


@pytest.mark.parametrize("wrong", ["text", {"Bad": {}}, {"a": 3}, ["kube-system"]])
def test_infrastructures_wrong_namespaces_are_told(root: Path, wrong: Any) -> None:
    assert _platform(root, wrong).fault.startswith("infrastructure/Pulumi.dev.yaml cannot be used")
