"""Which tenants get a credential, what is in it, and when a new one is issued."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import yaml

from infrastructure.settings import InfrastructureSettings
from infrastructure.tenant_credentials import User, tenant_kubeconfigs
from shared.kube.kubeconfig import kubeconfig
from tests.unit.shared.kube.conftest import Authority

DAY, DUSK = "day-service-app.dev", "dusk-service-app.dev"
AUTHORITY = Authority()
NOW = datetime.now(UTC)
ADMIN = kubeconfig(
    "local", {"server": "https://one", "certificate-authority-data": "QQ=="}, {"token": "the-platforms"}
)


def settings(days: int = 30, **namespaces: list[str]) -> InfrastructureSettings:
    return InfrastructureSettings(
        cluster="local",
        tenant_credential_days=days,
        namespaces={name: {"tenants": tenants} for name, tenants in namespaces.items()},  # type: ignore[misc]
    )


def certificate(user: str, *, begun: timedelta, ends: timedelta) -> User:
    signed, key = AUTHORITY.sign(user, begun=begun, ends=ends)
    return {
        "client-certificate-data": base64.b64encode(signed).decode(),
        "client-key-data": base64.b64encode(key).decode(),
    }


def exported(user: str, *, left: float) -> str:
    """A tenant's kubeconfig of a cluster at another address, with a share of its life left."""
    life = timedelta(days=10)
    return kubeconfig(
        user, {"server": "https://another"}, certificate(user, begun=life * (left - 1), ends=life * left)
    )


def user_of(kubeconfig: str) -> Any:
    return yaml.safe_load(kubeconfig)["users"][0]["user"]


def issue(tenants: list[str]) -> dict[str, User]:
    life = timedelta(days=1)
    return {tenant: certificate(tenant, begun=-life / 8, ends=life) for tenant in tenants}


def test_every_named_tenant_gets_a_credential_once_and_only_where_settings_ask_for_it() -> None:
    assert settings(a=[DUSK, DAY], b=[DAY], c=[]).credential_tenants == [DAY, DUSK]
    assert settings(0, a=[DAY]).credential_tenants == []


@pytest.mark.parametrize(("left", "renewed"), [(0.9, False), (0.34, False), (0.33, True), (-1.0, True)])
def test_a_certificate_is_replaced_when_a_third_of_its_life_is_left(left: float, renewed: bool) -> None:
    before = {DAY: exported(DAY, left=left)}
    assert (tenant_kubeconfigs([DAY], ADMIN, before, None, NOW) is None) is renewed
    after = tenant_kubeconfigs([DAY], ADMIN, before, issue, NOW)
    assert after is not None
    assert (user_of(after[DAY]) != user_of(before[DAY])) is renewed


def test_only_what_is_due_is_issued() -> None:
    asked: list[str] = []

    def asks(tenants: list[str]) -> dict[str, User]:
        asked.extend(tenants)
        return issue(tenants)

    found = tenant_kubeconfigs([DAY, DUSK], ADMIN, {DAY: exported(DAY, left=0.9)}, asks, NOW)
    assert found is not None
    assert found.keys() == {DAY, DUSK}
    assert asked == [DUSK]


def test_a_kept_credential_leads_to_the_current_address_and_never_has_the_platforms() -> None:
    before = exported(DAY, left=0.9)
    found = tenant_kubeconfigs([DAY], ADMIN, {DAY: before}, None, NOW)
    assert found is not None
    kept = yaml.safe_load(found[DAY])
    assert kept["clusters"][0]["cluster"]["server"] == "https://one"
    assert user_of(found[DAY]) == user_of(before)
    assert "the-platforms" not in found[DAY]


@pytest.mark.parametrize("broken", [None, "", "{", "users: []", "users: [{user: {}}]", 7, {"a": 1}])
def test_what_is_not_a_credential_is_replaced(broken: Any) -> None:
    assert tenant_kubeconfigs([DAY], ADMIN, {DAY: broken}, None, NOW) is None


@pytest.mark.parametrize("before", [None, "text", {DUSK: exported(DUSK, left=0.9)}])
def test_the_credential_of_a_stack_that_is_no_longer_a_tenant_is_dropped(before: Any) -> None:
    assert tenant_kubeconfigs([], ADMIN, before, None, NOW) == {}
