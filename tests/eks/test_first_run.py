"""The first run: with a preview before it, access that takes its time, and nothing to do afterwards."""

from tests.eks.conftest import FirstRun
from tests.eks.production import Emulator, Platform, tally


def test_an_update_goes_through_though_its_preview_could_not_know_the_cluster(first_run: FirstRun) -> None:
    assert set(first_run.planned) == {"created"}
    assert "violates plan" not in first_run.text


def test_it_waits_until_access_takes_effect_and_says_so(first_run: FirstRun) -> None:
    assert "Waiting for access to the cluster" in first_run.text
    assert "Nothing was changed" not in first_run.text


def test_the_cluster_has_what_the_settings_say(first_run: FirstRun, emulator: Emulator) -> None:
    cluster = emulator.cluster()
    assert cluster.owner("reports") == "service-infrastructure.production"
    assert len(cluster.core.list_node().items) == 3
    entries = emulator.access()["entries"]
    assert entries["role/platform-deployer"]["policies"] == {"AmazonEKSClusterAdminPolicy": []}
    assert entries["role/team-day"] == {
        "groups": ["platform:day:deploy"],
        "policies": {"AmazonEKSViewPolicy": ["reports"]},
    }


def test_a_second_run_changes_nothing(platform: Platform) -> None:
    text = platform.make("infra-up", ENV="production").text
    assert not tally(text)
    assert "created again" not in text


def test_a_refresh_finds_nothing_changed(platform: Platform) -> None:
    text = platform.make("infra-refresh", ENV="production").text
    assert "updated" not in text
    assert not platform.preview()
