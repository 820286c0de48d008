"""Taking the platform down in the documented order, with refusals before anything is deleted; nothing is left."""

import re
import subprocess

from tests.eks.production import ROLES, Emulator, Platform


def test_what_is_protected_in_the_state_is_refused_before_anything_is_deleted(
    platform: Platform, emulator: Emulator
) -> None:
    before = emulator.inventory()
    platform.change(deletion_protection=False)
    told = platform.refused("infra-down", ENV="production")
    assert "Cluster cluster" in told
    assert emulator.inventory() == before


def test_the_documented_order_leaves_nothing(platform: Platform, emulator: Emulator) -> None:
    # Each application was taken down with its namespace. Then protection is deployed away.
    platform.change(deletion_protection=False)
    platform.up()
    told = platform.refused("infra-down", ENV="production")
    assert "Remove the setting namespaces" in told
    # The platform's own namespaces are released, and deleted by name with the commands that were told.
    platform.configure(namespaces=None)
    platform.up()
    cluster = emulator.cluster()
    assert cluster.exists("reports")
    for command in re.findall(r"kubectl annotate namespace .*", told):
        words = command.replace("kubectl", f"kubectl --kubeconfig {cluster.kubeconfig}")
        subprocess.run(["bash", "-c", words], check=True, env=platform.environment)
    platform.make("infra-down", ENV="production")
    left = emulator.inventory()
    assert set(left.pop("roles", [])) <= set(ROLES)
    assert left == {}
