"""What an application declares beside its web service: secrets, workers, cron jobs, migrations, objects of its own."""

import base64
from collections.abc import Callable
from typing import Any

import pulumi_kubernetes as kubernetes
import pytest

from apps.day.settings import Settings
from shared.components.application import Application
from shared.errors import Refusal
from shared.kube.observed import Demand, JobState, ObservedCluster
from tests.unit.apps.conftest import CONTRACTS, App
from tests.unit.shared.graph import Graph, is_secret, refused

MANAGER = "pulumi.com/patchFieldManager"
FILE = "apps/day/Pulumi.production.yaml"


def declared(day: App, graph: Graph | None = None, **options: Any) -> Graph:
    """What day declares as a web service with options."""
    return day.run(graph, lambda: Application("day-service", Settings).web_service(**options))


def cluster(*demands: Demand, **observed: Any) -> ObservedCluster:
    return ObservedCluster(CONTRACTS["local"]["cluster_identifier"], demands=demands, **observed)


def test_a_helm_release_is_refused_since_its_objects_have_no_owner(day: App) -> None:
    def program() -> None:
        app = Application("day-service", Settings)
        kubernetes.helm.v3.Release("chart", chart="./chart", opts=app.options())

    with pytest.raises(Exception, match=r"use kubernetes\.helm\.v4\.Chart"):
        day.run(program=program)


def test_a_secret_without_a_value_is_not_declared_and_those_with_one_are_secret(day: App) -> None:
    graph = declared(day, secrets={"PASSWORD": "hunter2", "UNSET": None})
    data = graph.one("Secret").wire["data"]
    assert is_secret(data) or all(map(is_secret, data.values()))
    assert graph.one("Secret").inputs["data"] == {"PASSWORD": base64.b64encode(b"hunter2").decode()}
    assert not declared(day, secrets={"UNSET": None}).of("Secret")


def test_an_object_keeps_the_identity_and_the_manager_that_the_state_has_of_it(day: App) -> None:
    metadata = {"name": "day-service", "namespace": "dev"}
    outputs = {"metadata": metadata, "__fieldManager": "pulumi-kubernetes-1234"}
    state = {"urn": {"type": "kubernetes:apps/v1:Deployment", "outputs": outputs}}
    graph = day.run(day.graph(state=state))
    deployment, service = (graph.one(kind) for kind in ("Deployment", "Service"))
    assert (deployment.aliases, service.aliases) == (("urn",), ())
    managers = [item.metadata["annotations"][MANAGER] for item in (deployment, service)]
    assert managers == ["pulumi-kubernetes-1234", day.owner]


def test_what_a_program_declares_by_itself_has_an_owner_and_a_volume_claim_outlives_its_declaration(
    day: App,
) -> None:
    def program() -> None:
        options = Application("day-service", Settings).options()
        kubernetes.core.v1.ConfigMap("rules", metadata={"name": "rules"}, opts=options)
        kubernetes.core.v1.PersistentVolumeClaim("data", metadata={"name": "data"}, opts=options)

    graph = day.run(program=program)
    rules, data = graph.one("ConfigMap"), graph.one("PersistentVolumeClaim")
    assert [item.metadata["labels"]["platform.internal/owner"] for item in (rules, data)] == [day.owner] * 2
    assert (rules.retained, data.retained) == (False, True)


def test_pods_have_what_their_options_say(day: App) -> None:
    graph = declared(
        day,
        secret_env_from=["external"],
        command=["serve"],
        args=["--verbose"],
        volumes={"/data": {"persistent_volume_claim": {"claim_name": "data"}}},
        sidecars=[{"name": "proxy", "image": "proxy:1"}],
        resources={"limits": {"memory": "1Gi"}},
        node_selector={"disk": "fast"},
        tolerations=[{"key": "dedicated"}],
        image_pull_secret="registry",
        service_account_annotations={"role": "reader"},
    )
    spec = graph.one("Deployment").inputs["spec"]["template"]["spec"]
    main, sidecar = spec["containers"]
    assert (main["command"], main["args"]) == (["serve"], ["--verbose"])
    assert {"secretRef": {"name": "external"}} in main["envFrom"]
    assert main["resources"]["limits"]["memory"] == "1Gi"
    assert {"name": "volume-0", "mountPath": "/data"} in main["volumeMounts"]
    assert {"name": "volume-0", "persistentVolumeClaim": {"claimName": "data"}} in spec["volumes"]
    assert sidecar["securityContext"] == main["securityContext"]
    assert (spec["nodeSelector"], spec["tolerations"]) == ({"disk": "fast"}, [{"key": "dedicated"}])
    assert spec["imagePullSecrets"] == [{"name": "registry"}]
    assert graph.one("ServiceAccount").metadata["annotations"]["role"] == "reader"


def test_a_web_service_that_only_the_cluster_calls_has_no_ingress(day: App) -> None:
    graph = declared(day, ingress=False)
    assert not graph.of("Ingress")
    assert "url" not in graph.exports


def test_hosts_and_their_certificate_are_on_the_ingress(day: App) -> None:
    ingress = declared(day, hosts=["shop.example"], issuer="letsencrypt").one("Ingress")
    hosts = [rule["host"] for rule in ingress.inputs["spec"]["rules"]]
    assert hosts == ["day-service.dev.platform.internal", "shop.example"]
    # No public authority makes a certificate of the own one.
    assert ingress.inputs["spec"]["tls"] == [{"hosts": hosts[1:], "secretName": "day-service-tls"}]
    (own,) = declared(day, issuer="internal").one("Ingress").inputs["spec"]["tls"]
    assert own["hosts"] == hosts[:1]
    assert ingress.metadata["annotations"]["cert-manager.io/cluster-issuer"] == "letsencrypt"


@pytest.mark.parametrize(
    ("holder", "path", "is_refused"),
    [("other/shop", "/", True), ("other/shop", "/api", False), ("dev/day-service", "/", False)],
)
def test_a_host_and_path_that_another_ingress_serves_is_refused_with_its_holder(
    day: App, holder: str, path: str, is_refused: bool
) -> None:
    graph = day.graph()
    graph.cluster = cluster(routes={("day-service.dev.platform.internal", "/"): holder})
    if not is_refused:
        assert declared(day, graph, path=path).of("Ingress")
        return
    assert f"The Ingress {holder} serves http://day-service" in refused(
        lambda: declared(day, graph, path=path)
    )
    assert not graph.objects


def test_an_image_by_digest_takes_the_place_of_its_tag(day: App) -> None:
    digest = f"sha256:{'0' * 64}"
    assert day.run(image_digest=digest).exports["image"].endswith(f"/day-service@{digest}")


def test_latest_is_refused_in_production(day: App) -> None:
    settings = Settings.model_validate({"image_tag": "latest"})
    settings.refuse_moving_image("dev", FILE)
    with pytest.raises(Refusal, match="'latest' to production"):
        settings.refuse_moving_image("production", FILE)
    Settings.model_validate({"image_tag": "1"}).refuse_moving_image("production", FILE)
    assert "'latest' to production" in refused(lambda: App("day", "production").run(image_tag="latest"))


def test_a_worker_is_a_deployment_without_service_that_scales_or_has_a_fixed_size(day: App) -> None:
    def program() -> None:
        app = Application("day-service", Settings)
        app.worker("mails", health_command=["healthy"])
        app.worker("events", replicas=3)

    graph = day.run(program=program)
    events, mails = sorted(graph.of("Deployment"), key=lambda item: item.name)
    assert (mails.name, events.name) == ("day-service-mails", "day-service-events")
    assert events.inputs["spec"]["replicas"] == 3
    assert (mails.ignore_changes, events.ignore_changes) == (("spec.replicas",), ())
    assert [item.name for item in graph.of("HorizontalPodAutoscaler")] == ["day-service-mails-hpa"]
    assert not graph.of("Service")
    probe = mails.inputs["spec"]["template"]["spec"]["containers"][0]["livenessProbe"]
    assert probe["exec"] == {"command": ["healthy"]}


def test_a_cron_job_never_overlaps_itself_and_ends(day: App) -> None:
    def program() -> None:
        Application("day-service", Settings).cron_job("report", schedule="0 3 * * *", time_limit=60)

    spec = day.run(program=program).one("CronJob").inputs["spec"]
    assert (spec["schedule"], spec["concurrencyPolicy"]) == ("0 3 * * *", "Forbid")
    job = spec["jobTemplate"]["spec"]
    assert job["activeDeadlineSeconds"] == 60
    assert job["template"]["spec"]["restartPolicy"] == "Never"


def migrating(day: App, graph: Graph | None = None, **settings: Any) -> Graph:
    def program() -> None:
        app = Application("day-service", Settings)
        app.migration(command=["migrate"])
        app.web_service()

    return day.run(graph, program, **settings)


@pytest.mark.parametrize(
    ("jobs", "suffix"),
    [
        ({}, ""),
        ({"": "succeeded"}, ""),
        ({"": "running"}, ""),
        ({"": "failed"}, "-2"),
        ({"": "failed", "-2": "failed"}, "-3"),
        ({"": "failed", "-2": "running"}, "-2"),
    ],
)
def test_a_migration_that_failed_is_tried_again_under_another_name(
    day: App, jobs: dict[str, JobState], suffix: str
) -> None:
    base = migrating(day).one("Job").name
    graph = day.graph()
    graph.cluster = cluster(jobs={f"{base}{end}": became for end, became in jobs.items()})
    assert migrating(day, graph).one("Job").name == f"{base}{suffix}"


def test_a_migration_does_not_begin_beside_another_versions_that_a_killed_run_has_left(day: App) -> None:
    base = migrating(day).one("Job").name
    graph = day.graph()
    graph.cluster = cluster(jobs={base: "running"})
    message = refused(lambda: migrating(day, graph, image_tag="two"))
    assert f"The migration of another version still runs (Job/{base})" in message
    assert not graph.objects


def test_what_is_no_part_of_what_a_migration_runs_does_not_run_it_again(day: App) -> None:
    job = migrating(day).one("Job")
    assert migrating(day, cpu_limit="1", memory_request="64Mi").one("Job").name == job.name
    assert job.ignore_changes == ("spec",)


def test_a_migration_after_what_would_not_wait_for_it_is_refused(day: App) -> None:
    def program() -> None:
        app = Application("day-service", Settings)
        app.web_service()
        app.migration()

    assert "declared after day-service, which would not wait for it" in refused(
        lambda: day.run(program=program)
    )


def test_every_workload_of_a_service_runs_its_image_unless_it_names_another(day: App) -> None:
    def program() -> None:
        app = Application("day-service", Settings)
        app.migration()
        app.web_service()
        app.worker("mails")
        app.cron_job("report", schedule="0 3 * * *", image="example.com/report:3")

    graph = day.run(program=program)
    (job,), (cron,) = graph.of("Job"), graph.of("CronJob")
    templates = [item.inputs["spec"]["template"] for item in (job, *graph.of("Deployment"))]
    images = {template["spec"]["containers"][0]["image"] for template in templates}
    assert images == {"registry.platform.internal/day-service:dev"}
    ran = cron.inputs["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0]["image"]
    assert ran == "example.com/report:3"


def test_a_sidecar_on_the_services_own_port_is_refused(day: App) -> None:
    sidecar = {"name": "proxy", "image": "proxy:1", "ports": [{"containerPort": 8001}]}
    assert "A sidecar of day-service has port 8001" in refused(lambda: declared(day, sidecars=[sidecar]))


def test_a_sidecar_ends_with_its_job_and_keeps_what_secures_it(day: App) -> None:
    sidecar = {"name": "proxy", "image": "proxy:1", "securityContext": {"run_as_user": 5}}

    def program() -> None:
        app = Application("day-service", Settings)
        app.migration(sidecars=[sidecar])
        app.web_service(sidecars=[sidecar])

    graph = day.run(program=program)
    job, served = (graph.one(kind).inputs["spec"]["template"]["spec"] for kind in ("Job", "Deployment"))
    (ended,), (_, beside) = job["initContainers"], served["containers"]
    assert (ended["restartPolicy"], len(job["containers"]), "initContainers" in served) == (
        "Always",
        1,
        False,
    )
    for one in (ended, beside):
        secured = one["securityContext"]
        assert (secured["runAsUser"], secured["allowPrivilegeEscalation"]) == (5, False)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"enviroment": {}}, "no option 'enviroment'.\n  There are: env"),
        ({"secert": {}}, "no option 'secert'.\n  Did you mean secrets?"),
        ({"command": "/app/run --x"}, "command of the workload day-service is a text"),
        ({"hosts": "shop.example"}, "hosts of the workload day-service is a text"),
        ({"volumes": {"/tmp": {}}}, "mounts a volume at /tmp"),  # noqa: S108
    ],
)
def test_what_python_would_take_without_a_word_is_refused(
    day: App, options: dict[str, Any], words: str
) -> None:
    graph = day.graph()
    assert words in refused(lambda: declared(day, graph, **options))
    assert not graph.objects


def test_an_object_in_another_namespace_is_refused(day: App) -> None:
    def program() -> None:
        app = Application("day-service", Settings)
        kubernetes.core.v1.ConfigMap("a", metadata={"name": "a", "namespace": "other"}, opts=app.options())

    with pytest.raises(Exception, match="ConfigMap/a is in the namespace 'other', and day-service declares"):
        day.run(program=program)


@pytest.mark.parametrize(
    ("declare", "words"),
    [
        (lambda app: app.cron_job("", schedule="* * * * *"), "Two workloads of day-service are called"),
        (lambda app: app.cron_job("mails", schedule="* * * * *"), "Two workloads of day-service are called"),
        (lambda app: app.worker("Mails_1"), "is no name for it"),
        (lambda app: app.worker("-x"), "is no name for it"),
        (lambda app: app.cron_job("x" * 41, schedule="* * * * *"), "Choose another name"),
        (lambda app: app.migration("x" * 41), "is no name for it"),
    ],
)
def test_two_workloads_of_one_name_and_names_that_are_none_are_refused(
    day: App, declare: Callable[[Application[Settings]], object], words: str
) -> None:
    def program() -> None:
        app = Application("day-service", Settings)
        declare(app)
        app.web_service()
        app.worker("mails")

    assert words in refused(lambda: day.run(program=program))
