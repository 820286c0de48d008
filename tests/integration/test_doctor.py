"""`make doctor` sees what is wrong with a real checkout, and `make unlock` frees a stack of the dead alone."""

import json
from typing import Any

import psutil

from tests.checkout import Checkout
from tests.cluster import LiveCluster, until
from tests.faults.striking import freeze
from tests.integration.conftest import Declare, restore_policies

POLICY = "owner-change.platform.internal"


def _findings(checkout: Checkout, *, well: bool) -> dict[str, list[dict[str, Any]]]:
    """What each check found that is not well; make ends with 2 whatever a failed verb's exit code is."""
    text = checkout.make("doctor", FORMAT="json", code=0 if well else 2).text
    assert "Traceback" not in text
    document, _ = json.JSONDecoder().raw_decode(text[text.index("{") :])
    assert document["well"] is well
    return {
        one["check"]: [found for found in one["findings"] if found["level"] != "ok"]
        for one in document["checks"]
        if one["level"] != "ok"
    }


def _has_ended(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_all_is_well_in_a_checkout_that_works(checkout: Checkout) -> None:
    assert _findings(checkout, well=True) == {}
    lines = checkout.make("doctor").text.splitlines()
    assert lines[0].startswith("Checking tools, ")
    assert lines[-1] == "All 8 checks are well."
    assert any(line.startswith("OK") and "infrastructure/dev answers: Kubernetes v" in line for line in lines)


def test_what_others_may_read_is_found_and_its_remedy_mends_it(checkout: Checkout) -> None:
    file = checkout.root / ".local" / "passphrase"
    file.chmod(0o644)
    try:
        (found,) = _findings(checkout, well=False)["permissions"]
        assert found["remedy"] == f"chmod 600 {file}"
    finally:
        file.chmod(0o600)
    assert _findings(checkout, well=True) == {}


def test_a_passphrase_that_does_not_fit_is_found(checkout: Checkout) -> None:
    file = checkout.root / ".local" / "passphrase"
    right = file.read_text()
    file.write_text("another")
    try:
        found = _findings(checkout, well=False)
    finally:
        file.write_text(right)
    assert set(found) == {"passphrase", "cluster", "policies"}
    assert "passphrase" in found["passphrase"][0]["fact"]


def test_a_missing_admission_policy_is_found(checkout: Checkout, cluster: LiveCluster) -> None:
    cluster.admission.delete_validating_admission_policy(POLICY)
    try:
        (found,) = _findings(checkout, well=False)["policies"]
        assert POLICY in found["fact"]
        assert found["remedy"].endswith("make infra-up ENV=dev")
    finally:
        restore_policies(checkout)
    assert _findings(checkout, well=True) == {}


def test_a_stack_of_a_living_holder_is_not_unlocked_and_that_of_a_dead_one_is(
    checkout: Checkout, declare: Declare, environment: str
) -> None:
    declare("day", namespace="locked")
    checkout.app_up("day", environment)
    named = {"SERVICE": "day", "ENV": environment}
    assert "is not locked" in checkout.make("unlock", **named).text

    declare("day", namespace="locked", image_tag="two")
    locks = checkout.root / ".local/state/.pulumi/locks/organization/day-service-app" / environment
    process = checkout.start("app-up", **named)
    until(lambda: list(locks.glob("*.json")), "the stack locked by the run")
    everything = freeze(process)
    try:
        assert "is locked by a running process" in checkout.refused("unlock", **named)
        assert list(locks.glob("*.json"))
        assert _findings(checkout, well=True) == {}
    finally:
        holder = json.loads(next(locks.glob("*.json")).read_text())["pid"]
        for one in everything:
            one.kill()
        process.communicate()
    until(lambda: _has_ended(holder), "the holder dead")
    (found,) = _findings(checkout, well=True)["locks"]
    assert found["remedy"].endswith(f"make unlock SERVICE=day ENV={environment}")
    assert f"day/{environment}: unlocked; its holder" in checkout.make("unlock", **named).text
    assert not list(locks.glob("*.json"))
    assert _findings(checkout, well=True) == {}
    checkout.app_up("day", environment)
