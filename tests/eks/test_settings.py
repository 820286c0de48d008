"""Every setting of `eks`, changed once on a running cluster: what it does to which resources.

The table in docs/eks.md is written by these tests.
"""

import re
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest

from infrastructure.eks.configuration import EksSettings
from tests.checkout import ROOT
from tests.eks.production import ACCOUNT, Platform

Change = tuple[dict[str, Any], set[str]]
"""New values by path, and the kinds of the resources that only this change touches; none for any."""

ROLE = f"arn:aws:iam::{ACCOUNT}:role"
DOCS = ROOT / "docs" / "eks.md"
READ = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
GENERAL = "node_groups.general"
IDENTITY = {"namespace": "reports", "service_account": "x", "policy_arns": [READ]}

PREVIEWS: list[dict[str, Change]] = [
    {
        "version": ({"version": "1.36"}, {"Cluster", "Addon", "NodeGroup"}),
        "log_retention_days": ({"log_retention_days": 30}, {"LogGroup"}),
        "load_balancer": ({"load_balancer.scheme": "internal"}, {"IngressClassParams", "NetworkPolicy"}),
        "interface_endpoints": ({"interface_endpoints": ["sts"]}, {"VpcEndpoint"}),
        "oidc_provider": ({"oidc_provider": True}, {"OpenIdConnectProvider"}),
        "nat_gateways": ({"nat_gateways": "one"}, {"NatGateway", "Eip", "Route"}),
        "access": ({"access.admins": []}, {"AccessEntry", "AccessPolicyAssociation"}),
    },
    {
        "upgrade_policy": ({"upgrade_policy": "EXTENDED"}, {"Cluster"}),
        "addon_versions": ({"addon_versions": {"coredns": "v1.99.0-eksbuild.1"}}, {"Addon"}),
        "node_groups.<name>.max_size": ({f"{GENERAL}.max_size": 10}, {"NodeGroup"}),
        "workload_identities": (
            {"workload_identities": {"x": IDENTITY}},
            {"Role", "RolePolicyAttachment", "PodIdentityAssociation", "NetworkPolicy"},
        ),
    },
    {
        "public_access_cidrs": ({"public_access_cidrs": ["198.51.100.0/24"]}, {"Cluster"}),
        "node_groups.<name>.disk_size": ({f"{GENERAL}.disk_size": 80}, {"LaunchTemplate", "NodeGroup"}),
    },
    {"tags": ({"tags": {"team": "platform"}}, set())},
    {
        "node_groups.<name>.labels": ({f"{GENERAL}.labels": {"workload": "web"}}, {"NodeGroup"}),
        "deletion_protection": ({"deletion_protection": False}, {"Cluster", "Vpc", "Key"}),
    },
    {
        "node_groups.<name>.instance_types": ({f"{GENERAL}.instance_types": ["m7i.xlarge"]}, {"NodeGroup"}),
    },
]
REFUSED: dict[str, dict[str, Any]] = {
    "cidr": {"cidr": "10.40.0.0/16"},
    "node_groups.<name>": {"node_groups": {"other": {}}},
    "name": {"name": "another"},
    "region": {"region": "eu-west-1", "zones": None},
    "account_id": {"account_id": "999999999999", "role_arn": "arn:aws:iam::999999999999:role/x"},
}
ELSEWHERE = {
    "zones": "replaces NodeGroup",  # test_changes.py
    "role_arn": "in place",  # only another deployer could change it
}
"""What other tests saw."""

NOT_CHANGED = {"profile", "endpoints", "owner", "cost_center", "production"}
"""Settings of the machine that deploys, tags as others are, and one that declares nothing."""

REMARKS = {
    "version": "; control plane, add-ons, nodes (rolled), then CoreDNS and metrics-server. A version that skips one or "
    "goes back is refused",
    "upgrade_policy": "",
    "public_access_cidrs": "",
    "log_retention_days": "",
    "load_balancer": "",
    "addon_versions": "",
    "tags": "; nodes are rolled, since they carry the tags. So do `owner` and `cost_center`",
    "interface_endpoints": "",
    "oidc_provider": "",
    "nat_gateways": "",
    "access": "; a team's changed namespaces replace its association",
    "workload_identities": "",
    "node_groups.<name>.max_size": "; so are `min_size`, `desired_size`, `taints` and `max_unavailable_percentage`",
    "node_groups.<name>.labels": "",
    "node_groups.<name>.disk_size": "; the nodes are rolled, as by `version`",
    "node_groups.<name>.instance_types": "; the new group is active before the old one is drained. So do "
    "`capacity_type` and `zones`",
    "node_groups.<name>": " where a group is removed or renamed, unless `ALLOW=NodeGroup/<name>`",
    "zones": "; a removed zone's subnets are refused unless "
    "`ALLOW=Subnet/private-<letter>,Subnet/public-<letter>`. The control plane stays",
    "deletion_protection": "",
    "role_arn": "; the new role gets its access entry before the cluster is used. `profile` and `endpoints` too",
    "cidr": " by the gate and by the protection of the network",
    "name": ": it is another cluster",
    "region": ": it is another cluster",
    "account_id": ": it is another cluster",
}
"""What the documented table says besides what is seen."""

SEEN: dict[str, str] = dict(ELSEWHERE)


def changed(settings: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    """Settings with some values by their paths."""
    settings = deepcopy(settings)
    for path, value in values.items():
        *parents, last = path.split(".")
        place = settings
        for parent in parents:
            place = place.setdefault(parent, {})
        place[last] = value
    return settings


def planned(platform: Platform, values: dict[str, Any], *, code: int = 0) -> list[tuple[str, str]]:
    """The operation and the kind of each step that a preview plans with some settings."""
    platform.configure(eks=changed(platform.settings_of()["eks"], values))
    text = platform.make("infra-preview", code=code, ENV="production", FORMAT="markdown").text
    rows = re.findall(r"^\| ([a-z-]+|keep, and no longer own) (\w+)/", text.replace("\\", ""), re.MULTILINE)
    assert rows, text
    return rows


def effect(steps: list[tuple[str, str]]) -> str:
    """What a change does, in the words of the table."""
    operations = {operation for operation, _ in steps}
    if {"create-replacement", "replace", "delete-replaced"} & operations:
        kinds = {kind for operation, kind in steps if operation in ("replace", "create-replacement")}
        return "replaces " + ", ".join(sorted(kinds))
    if operations <= {"update"}:
        return "in place"
    return "adds or removes " + ", ".join(
        sorted({kind for operation, kind in steps if operation != "update"})
    )


@pytest.fixture
def previewed(platform: Platform) -> Iterator[Platform]:
    """The platform, whose settings are put back."""
    file = platform.settings_file("infrastructure", "production")
    before = file.read_text()
    yield platform
    file.write_text(before)


@pytest.mark.parametrize("changes", PREVIEWS, ids=",".join)
def test_a_changed_setting_touches_its_own_resources_alone(
    previewed: Platform, changes: dict[str, Change]
) -> None:
    values = {path: value for wanted, _ in changes.values() for path, value in wanted.items()}
    steps = planned(previewed, values)
    touched = set().union(*(kinds for _, kinds in changes.values()))
    assert not touched or {kind for _, kind in steps} <= touched
    for setting, (_, kinds) in changes.items():
        SEEN[setting] = effect([step for step in steps if not kinds or step[1] in kinds])


@pytest.mark.parametrize("setting", REFUSED)
def test_a_change_that_would_lose_something_is_refused(previewed: Platform, setting: str) -> None:
    previewed.configure(eks=changed(previewed.settings_of()["eks"], REFUSED[setting]))
    run = previewed.make("infra-preview", code=None, ENV="production")
    assert run.code
    assert "Traceback" not in run.text
    SEEN[setting] = "refused"


def test_every_setting_is_changed_and_documented() -> None:
    """The docs' table is what was seen; where it is not, it is written again, to be committed."""
    assert {name.partition(".")[0] for name in REMARKS} | NOT_CHANGED == set(EksSettings.model_fields)
    if missing := set(REMARKS) - set(SEEN):
        pytest.skip(f"not every setting was changed in this run: {', '.join(sorted(missing))}")
    rows = "".join(f"| `{setting}` | {SEEN[setting]}{remark} |\n" for setting, remark in REMARKS.items())
    table = f"\n| setting | what a change does |\n| --- | --- |\n{rows}"
    before, documented, after = re.split(
        r"(?<=<!-- settings:begin -->)|(?=<!-- settings:end -->)", DOCS.read_text()
    )
    if documented != table:
        DOCS.write_text(f"{before}{table}{after}")
    assert documented == table
