"""A first deployment brings everything up, and a second one finds nothing to do."""

import json

from tests.checkout import Checkout
from tests.cluster import LiveCluster, until
from tests.integration.conftest import Declare, Lasting


def test_up_brings_both_services_up_and_twice_changes_nothing(
    checkout: Checkout, cluster: LiveCluster
) -> None:
    first = checkout.make("up").text
    assert first.count(": 19 created") == 2
    for service, namespace in (("day", "dev"), ("dusk", "dusk-service-dev")):
        deployment = cluster.apps.read_namespaced_deployment(f"{service}-service", namespace)
        assert deployment.status.ready_replicas == 2
        assert cluster.owner(namespace) == f"{service}-service-app.dev"
        outputs = json.loads(checkout.make("app-outputs", SERVICE=service).text)
        assert outputs["namespaces"] == {
            namespace: {
                "owner": f"{service}-service-app.dev",
                "uid": cluster.namespace(namespace).metadata.uid,
                "tenants": [],
                "governed_by": "owner",
            }
        }
        assert outputs["hpa_name"] == f"{service}-service-hpa"
    before = {name: cluster.uids(name) for name in ("dev", "dusk-service-dev")}

    second = checkout.make("up").text

    assert "updated" not in second
    assert "created" not in second
    assert second.count("unchanged") >= 3
    assert {name: cluster.uids(name) for name in ("dev", "dusk-service-dev")} == before
    for service, namespace in (("day", "dev"), ("dusk", "dusk-service-dev")):
        checkout.make("app-down", SERVICE=service, DELETE_NAMESPACE=namespace)
        assert not cluster.exists(namespace)


def test_settings_files_stay_as_their_authors_wrote_them_and_no_credential_stays_in_the_temporary_folder(
    checkout: Checkout, declare: Declare, environment: str
) -> None:
    declare("day", namespace="as-written", cache_ttl=60, feature_new_ui=True, replicas=2)
    file = checkout.settings_file("day", environment)
    file.write_text(f"# written by its author\n{file.read_text()}")
    before, temporary = file.read_text(), set(checkout.temporary.iterdir())
    checkout.app_up("day", environment)
    assert file.read_text() == before
    assert set(checkout.temporary.iterdir()) == temporary
    assert checkout.left_behind == []


def test_nothing_secret_is_printed_and_secrets_are_readable_by_their_owner_alone(checkout: Checkout) -> None:
    printed = checkout.make("infra-outputs").text
    assert json.loads(printed)["kubeconfig"] == "[secret]"
    for name in ("kubeconfig", "passphrase"):
        assert (checkout.root / ".local" / name).stat().st_mode & 0o777 == 0o600


def test_the_pods_are_admitted_where_pod_security_restricted_is_enforced(
    cluster: LiveCluster, lasting: Lasting
) -> None:
    enforced = {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "restricted"}}}
    cluster.core.patch_namespace(lasting.namespace, enforced)
    cluster.core.delete_collection_namespaced_pod(lasting.namespace)
    until(
        lambda: (
            cluster.apps.read_namespaced_deployment("day-service", lasting.namespace).status.ready_replicas
            == 2
        ),
        "pods made again under Pod Security restricted",
    )


def test_an_ingress_gets_an_address_and_an_autoscaler_sees_usage(
    cluster: LiveCluster, lasting: Lasting
) -> None:
    namespace = lasting.namespace
    until(
        lambda: (
            cluster.networking.read_namespaced_ingress("day-service", namespace).status.load_balancer.ingress
        ),
        "an address for the Ingress",
    )
    until(
        lambda: any(
            metric.resource and metric.resource.current.average_utilization is not None
            for metric in cluster.autoscaling.read_namespaced_horizontal_pod_autoscaler(
                "day-service-hpa", namespace
            ).status.current_metrics
            or []
        ),
        "the autoscaler's view of the pods' usage",
    )


def test_a_stack_that_was_never_deployed_is_not_refreshed_and_told_how_to_deploy_it(
    checkout: Checkout, declare: Declare, environment: str
) -> None:
    declare("day", namespace="never")
    text = checkout.refused("app-refresh", SERVICE="day", ENV=environment)
    assert f"Deploy it first: make app-up SERVICE=day ENV={environment}" in text
