"""Access follows the settings at once, whoever is added, renamed, moved or removed; nobody loses what he keeps."""

from typing import Any

from tests.eks.production import ACCOUNT, Emulator, Platform

ADMINISTRATOR: dict[str, list[str]] = {"AmazonEKSClusterAdminPolicy": []}
READ = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"


def role(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


def views(*namespaces: str) -> dict[str, list[str]]:
    return {"AmazonEKSViewPolicy": list(namespaces)}


def identity(service_account: str) -> dict[str, Any]:
    return {"namespace": "reports", "service_account": service_account, "policy_arns": [READ]}


def test_a_teams_second_namespace_adds_to_its_rights(as_it_was: Platform, emulator: Emulator) -> None:
    as_it_was.configure(namespaces={"reports": {"team": "day"}, "statements": {"team": "day"}})
    as_it_was.up()
    assert emulator.access()["entries"]["role/team-day"]["policies"] == views("reports", "statements")
    as_it_was.make("infra-refresh", ENV="production")
    assert not as_it_was.preview()


def test_principals_move_and_teams_and_identities_are_renamed_in_one_update(
    as_it_was: Platform, emulator: Emulator
) -> None:
    before = as_it_was.settings_of()["eks"]["access"]
    third = {"principal_arn": role("team-third")}
    as_it_was.change(
        access={**before, "teams": {**before["teams"], "third": third}},
        workload_identities={"one": identity("exporter"), "two": identity("importer")},
    )
    as_it_was.up()
    known = emulator.access()
    assert known["entries"]["role/team-third"] == {"groups": ["platform:third:deploy"], "policies": {}}
    assert {"reports/exporter", "reports/importer"} <= set(known["identities"])

    # The team of day becomes an administrator, an administrator a team, and everything else another name.
    as_it_was.change(
        access={
            "admins": [role("team-day")],
            "teams": {"day": {"principal_arn": role("platform-on-call")}, "fourth": third},
        },
        workload_identities={"uno": identity("exporter")},
    )
    as_it_was.up()
    known = emulator.access()
    assert known["entries"] == {
        "role/platform-deployer": {"groups": ["platform:administrators"], "policies": ADMINISTRATOR},
        "role/team-day": {"groups": ["platform:administrators"], "policies": ADMINISTRATOR},
        "role/platform-on-call": {"groups": ["platform:day:deploy"], "policies": views("reports")},
        "role/team-third": {"groups": ["platform:fourth:deploy"], "policies": {}},
    }
    assert "reports/exporter" in known["identities"]
    assert "reports/importer" not in known["identities"]


def test_pods_with_an_identity_reach_its_agent_and_no_others_do(
    as_it_was: Platform, emulator: Emulator
) -> None:
    as_it_was.configure(namespaces={"reports": {"team": "day"}, "statements": {"team": "day"}})
    as_it_was.change(workload_identities={"one": identity("exporter")})
    as_it_was.up()
    networking = emulator.cluster().networking
    allowed = {
        namespace: [
            peer.ip_block.cidr
            for rule in networking.read_namespaced_network_policy(
                "platform-exceptions", namespace
            ).spec.egress
            or ()
            for peer in rule.to
        ]
        for namespace in ("reports", "statements")
    }
    assert allowed == {"reports": ["169.254.170.23/32", "fd00:ec2::23/128"], "statements": []}


def test_a_principal_that_does_not_exist_is_refused_before_anything_changes(as_it_was: Platform) -> None:
    as_it_was.change(access={"admins": [role("nobody")]})
    told = as_it_was.refused("infra-up", ENV="production")
    assert f"eks.access.admins: {role('nobody')}" in told


def test_another_deployer_gets_its_access_before_the_cluster_is_used(
    as_it_was: Platform, emulator: Emulator
) -> None:
    before = as_it_was.settings_of()["eks"]["access"]
    admins = [role("platform-deployer"), *before["admins"]]
    as_it_was.change(role_arn=role("team-third"), access={**before, "admins": admins})
    emulator.delay_access(30)
    text = as_it_was.make("infra-up", ENV="production").text
    emulator.delay_access(0)
    assert "Waiting for access to the cluster" in text
    assert emulator.access()["entries"]["role/team-third"]["policies"] == ADMINISTRATOR
    assert not as_it_was.preview()
