"""A new environment: every service's settings, in namespaces of its own, on a cluster that takes it."""

from pathlib import Path

import pytest

from operations.engine.project import service_stack, services
from operations.scaffold.derived import Renaming
from operations.scaffold.new_app import make_app
from operations.scaffold.new_environment import make_environment
from operations.settings.effective import check_settings
from shared.refusal import Refusal
from tests.unit.operations.scaffold.conftest import config, files, settings

DAY, DUSK = "apps/day", "apps/dusk"


def refusal_of(root: Path, name: str, **options: str) -> str:
    before = files(root)
    with pytest.raises(Refusal) as caught:
        make_environment(name, **options)
    assert files(root) == before
    return str(caught.value)


def test_it_shares_the_local_cluster_in_namespaces_of_its_own(root: Path) -> None:
    made = make_environment("staging")
    assert made.files == [Path(f"{DAY}/Pulumi.staging.yaml"), Path(f"{DUSK}/Pulumi.staging.yaml")]
    for folder, namespace in ((DAY, "staging"), (DUSK, "dusk-service-staging")):
        there = config(root, folder, "staging")
        assert there.pop("infra_stack_name") == "service-infrastructure/dev"
        assert there == config(root, folder) | {"namespace": namespace}
        check_settings(service_stack(folder.removeprefix("apps/"), "staging"))
    assert not (root / "infrastructure/Pulumi.staging.yaml").exists()


def test_comments_and_order_come_along(root: Path) -> None:
    file = root / DAY / "Pulumi.dev.yaml"
    file.write_text(file.read_text().replace("config:\n", "# ours\nconfig:\n") + "  # the end\n")
    make_environment("staging")
    text = (root / DAY / "Pulumi.staging.yaml").read_text()
    assert text.startswith("# ours\n")
    assert text.endswith("# the end\n")


def test_an_environment_of_one_that_shares_shares_the_same_cluster(root: Path) -> None:
    make_environment("staging")
    make_environment("review", source="staging")
    there = config(root, DUSK, "review")
    assert (there["namespace"], there["infra_stack_name"]) == (
        "dusk-service-review",
        "service-infrastructure/dev",
    )


def test_a_cluster_that_a_stack_makes_is_not_shared(root: Path) -> None:
    settings(
        root,
        "infrastructure",
        "production",
        cluster="existing",
        kubeconfig_path="~/.kube/config",
        namespaces={"production": {"tenants": ["day-service-app.production"], "adopt_from": "unowned"}},
        app_namespace="production",
    )
    settings(root, DAY, "production", namespace="production", create_namespace=False)
    made = make_environment("live", source="production", cluster="own")
    assert Path("infrastructure/Pulumi.live.yaml") in made.files
    platform = config(root, "infrastructure", "live")
    assert platform["namespaces"] == {"live": {"tenants": ["day-service-app.live"]}}
    assert platform["app_namespace"] == "live"
    assert "infra_stack_name" not in config(root, DUSK, "live")


def test_an_environment_of_a_cloud_gets_a_cluster_of_its_own_by_itself(root: Path) -> None:
    eks = {"name": "platform-production", "account_id": "111122223333", "region": "eu-central-1"}
    eks |= {"owner": "platform-team", "cost_center": "1000", "version": "1.34"}
    eks |= {"role_arn": "arn:aws:iam::111122223333:role/platform-deployer"}
    settings(root, "infrastructure", "production", cluster="eks", eks=eks)
    made = make_environment("live", source="production")
    assert config(root, "infrastructure", "live")["eks"] == eks | {"name": "platform-live"}
    assert any("Look at eks of infrastructure/live" in note for note in made.notes)


def test_a_reader_reads_from_the_new_environments_owner(root: Path) -> None:
    make_app("dawn", pattern="environment")
    make_environment("staging")
    there = config(root, "apps/dawn", "staging")
    assert (there["namespace"], there["create_namespace"], there["namespace_source"]) == (
        "staging",
        False,
        "day-service-app/staging",
    )


def test_who_read_from_the_platform_owns_its_own_and_is_told_so(root: Path) -> None:
    settings(root, DAY, "dev", namespace="dev", create_namespace=False, log_level="debug")
    made = make_environment("staging")
    there = config(root, DAY, "staging")
    assert "create_namespace" not in there
    assert any("day/staging owns its namespace" in note for note in made.notes)


def test_a_take_over_in_progress_is_not_taken_over(root: Path) -> None:
    settings(root, DAY, "dev", namespace="dev", adopt_namespace_from="unowned")
    make_environment("staging")
    assert "adopt_namespace_from" not in config(root, DAY, "staging")


def test_secrets_stay_with_the_stack_whose_key_opens_them(root: Path) -> None:
    file = root / DAY / "Pulumi.dev.yaml"
    file.write_text(
        "secretsprovider: awskms://alias/x\nencryptedkey: abc\nconfig:\n  day-service-app:namespace: dev\n"
        "  day-service-app:database_host:\n    secure: v1:x\n"
    )
    made = make_environment("staging")
    text = (root / DAY / "Pulumi.staging.yaml").read_text()
    assert "secure" not in text
    assert "encryptedkey" not in text
    assert "secretsprovider: awskms://alias/x" in text
    assert any("database_host is a secret of day/dev: set it anew" in note for note in made.notes)


def test_values_that_name_the_old_environment_are_pointed_out(root: Path) -> None:
    notes = make_environment("staging").notes
    assert any("database_host of day/staging: postgres.dev.internal" in note for note in notes)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("", "ENV is not set"),
        ("Staging", "is no RFC 1123 label"),
        ("kube-x", "is reserved for the cluster itself"),
        ("../x", "is no RFC 1123 label"),
        ("dev", "there is such an environment already: apps/day/Pulumi.dev.yaml"),
        ("e" * 60, "a label has at most 63"),
    ],
)
def test_a_bad_or_taken_name_is_refused(root: Path, name: str, told: str) -> None:
    assert told in refusal_of(root, name)


def test_what_it_comes_from_has_to_be_there(root: Path) -> None:
    assert "Name one of dev, production." in refusal_of(root, "staging", source="nowhere")


def test_a_checkout_has_one_local_cluster(root: Path) -> None:
    assert "of which a checkout has one" in refusal_of(root, "staging", cluster="own")
    assert "must be one of shared, own" in refusal_of(root, "staging", cluster="mine")


def test_settings_that_are_wrong_already_are_refused_in_the_words_of_their_deployment(root: Path) -> None:
    settings(root, DAY, "dev", namespace="dev", replicas="many")
    assert "apps/day/Pulumi.dev.yaml has 1 wrong setting" in refusal_of(root, "staging")


def test_a_namespace_that_somebody_has_is_refused(root: Path) -> None:
    settings(root, DUSK, "blue", namespace="staging", infra_stack_name="dev")
    message = refusal_of(root, "staging")
    assert "day/staging would own the namespace staging, which dusk-service-app/blue has" in message


def test_a_run_that_was_killed_between_two_files_goes_on(root: Path) -> None:
    make_environment("staging")
    (root / DUSK / "Pulumi.staging.yaml").unlink()
    assert make_environment("staging").files == [Path(f"{DUSK}/Pulumi.staging.yaml")]


def test_half_an_environment_of_somebody_elses_is_left_alone(root: Path) -> None:
    settings(root, DAY, "staging", namespace="mine", infra_stack_name="dev")
    assert "there is such an environment already" in refusal_of(root, "staging")


def test_a_service_without_the_old_environment_gets_no_new_one(root: Path) -> None:
    (root / DUSK / "Pulumi.dev.yaml").unlink()
    make_environment("staging")
    assert services()["dusk"].environments == ["production"]


@pytest.mark.parametrize(
    ("name", "renamed"),
    [
        ("dev", "qa"),
        ("day-service-dev", "day-service-qa"),
        ("dev-tools", "qa-tools"),
        ("team-dev-tools-dev", "team-qa-tools-qa"),
        ("developers", "developers-qa"),
        ("shop", "shop-qa"),
    ],
)
def test_a_namespaces_name_has_the_environment_replaced_or_added(name: str, renamed: str) -> None:
    assert Renaming("dev", "qa").namespace(name) == renamed
