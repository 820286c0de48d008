"""An application stack: what it reads first, who owns its namespace, and what it declares in it."""

import asyncio
import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Generic, TypeVar, Unpack

import pulumi

from shared.components.namespace import declare_namespace, plan_namespace
from shared.components.pods import MAX_SURGE, PodOptions, Pods
from shared.components.provider import connect
from shared.components.workloads import CronJob, Migration, Route, WebService, Worker
from shared.config.application import ApplicationSettings
from shared.config.source import load, settings_file
from shared.contract import Infrastructure, NamespaceRecord, read_infrastructure, read_namespaces
from shared.errors import Refusal
from shared.kube import observed
from shared.kube.observed import Demand, is_arn, surged
from shared.labels import FIELD_MANAGER, OWNER
from shared.ownership.capacity import check_fit
from shared.ownership.claim import Claim, application_claim, infrastructure_of
from shared.ownership.decision import check_cluster, exported_record, refuse_rename
from shared.program import allowed, connected, refusals
from shared.stacks import this_stack
from shared.state import kind_of, own_state

S = TypeVar("S", bound=ApplicationSettings)

_LONGEST_NAME = 52
"""Of a CronJob: https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/"""

_PART = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
"""What may follow the service's name in the name of a workload."""

_RELEASE = "kubernetes:helm.sh/v3:Release"


class Application(Generic[S]):
    """An application stack. Creating it declares its namespace, where it owns that, with its isolation.

    The further options of each workload are those of its pods: shared.components.pods.PodOptions.
    """

    def __init__(self, service: str, settings: type[S]) -> None:
        """Read what has to be known, decide who owns the namespace, and declare it.

        Objects are named after the service, such as `day-service`.
        """
        with refusals():
            self.service, self.stack, self.config = service, this_stack(), load(settings)
            file = settings_file()
            if service != self.stack.service_name:
                raise Refusal(
                    f"The program of {self.stack} deploys '{service}', but its project is one of "
                    f"'{self.stack.service_name}'.",
                    f'Write Application("{self.stack.service_name}", ...) into its __main__.py.',
                )
            self._state = own_state(self.stack)
            claim = application_claim(self.config, service, self.stack, file)
            self.config.refuse_moving_image(self.stack.name, file)
            refuse_rename(claim, self._state, allowed())
            source = infrastructure_of(self.config, self.stack, file)
            infrastructure = read_infrastructure(source)
            record = None if claim.owns else exported_record(claim, read_namespaces(claim.owner), self._state)
            own = _tenant_kubeconfig(claim, record, infrastructure)
            kubeconfig, identifier = own or infrastructure.kubeconfig, infrastructure.cluster_identifier
            cluster = observed.observe(
                kubeconfig,
                [claim.name],
                into=claim.name,
                # A tenant's certificate, and a team's access entry on EKS, may not read the kube-system namespace.
                identifier=identifier if own or is_arn(identifier) else None,
            )
            check_cluster(self.stack, self._state, identifier, cluster.identifier)
            connected(kubeconfig)
            plan = plan_namespace(
                claim,
                self.config,
                infrastructure.organization,
                infrastructure,
                state=self._state,
                cluster=cluster,
                record=record,
                # The bindings are this stack's too, so it names those who deploy with a credential of their own.
                tenants=record.tenants if record and infrastructure.tenant_kubeconfigs else (),
                hosts=[f"*.{claim.name}.{self.config.ingress_domain}"],
            )
        self._plan, self._observed = plan, cluster
        self._demands: list[Demand] = []
        self._serving: list[str] = []

        # A credential is the provider's alone: from here a program could export it in plain text.
        self.infrastructure = infrastructure.model_copy(update={"kubeconfig": "", "tenant_kubeconfigs": {}})
        self.namespace = claim.name
        pulumi.runtime.register_resource_transform(self._owned)
        # The engine gets the connection, and with it every object, once the program has come to its end: what a later
        # line refuses has changed nothing then.
        loop = asyncio.get_running_loop()
        self._connected: asyncio.Future[str] = loop.create_future()
        loop.call_soon(self._connect, kubeconfig)
        connection: pulumi.Output[str] = pulumi.Output.from_input(self._connected)
        if own or infrastructure.has_credential:
            connection = pulumi.Output.secret(connection)
        self.provider = connect(connection, identifier, namespace=claim.name)
        self._depends_on, owned = declare_namespace(plan, self.provider)
        pulumi.export("namespace", claim.name)
        pulumi.export("namespace_owner", claim.owner.owner)
        pulumi.export("namespaces", owned)
        pulumi.export("cluster_identifier", identifier)

    def options(self, **others: Any) -> pulumi.ResourceOptions:
        """The options of everything else that the service declares: the connection, and the namespace before it."""
        given = others.pop("depends_on", ())
        depends_on = [*self._depends_on, *([given] if isinstance(given, pulumi.Resource) else given)]
        return pulumi.ResourceOptions(provider=self.provider, depends_on=depends_on, **others)

    def web_service(
        self,
        *,
        port: int = 8001,
        health_path: str = "/health",
        path: str = "/",
        hosts: Sequence[str] = (),
        tls: str = "",
        issuer: str = "",
        ingress: bool = True,
        **options: Unpack[PodOptions],
    ) -> WebService:
        """Declare the service's Deployment, Service, autoscaler, disruption budget and Ingress.

        Args:
            port: where its container listens.
            health_path: what answers there while it is well.
            path: below which path of its hosts it is served.
            hosts: host names besides `<service>.<namespace>.<ingress_domain>`.
            tls: the Secret with the certificate of its hosts.
            issuer: the ClusterIssuer by which cert-manager makes that Secret. The certificate is for `hosts`, or for
                its own host where there are none.
            ingress: False for what only the cluster calls.
        """
        pods = self._pods("", options, surged(self.config.max_replicas, MAX_SURGE), hosts=hosts)
        own = f"{self.service}.{self.namespace}.{self.config.ingress_domain}"
        every = [own, *hosts] if ingress else []
        route = Route(port, health_path, path, every, tls, issuer, self.infrastructure)
        with self._refusals():
            beside = [item for one in options.get("sidecars", ()) for item in one.get("ports", ())]
            if port in (item.get("container_port", item.get("containerPort")) for item in beside):
                raise Refusal(
                    f"A sidecar of {self.service} has port {port}, where the web service itself listens.",
                    "Choose another port for one of them.",
                )
            for host in every:
                holder = self._observed.routes.get((host, path))
                if holder and holder != f"{self.namespace}/{self.service}":
                    raise Refusal(
                        f"The Ingress {holder} serves http://{host}{path} already, so {self.service} cannot.",
                        "Choose another host or path, or take that Ingress down first.",
                    )
        self._serving.append(pods.name)
        web = WebService(pods, route, self._state, self.options)
        pulumi.export("image", self.config.image(self.service))
        pulumi.export("deployment_name", web.deployment.metadata["name"])
        pulumi.export("service_name", web.service.metadata["name"])
        pulumi.export("hpa_name", web.autoscaler.metadata["name"])
        if web.ingress:
            pulumi.export("ingress_name", web.ingress.metadata["name"])
            secured = route.secured[0] if tls or issuer else ""
            pulumi.export("url", f"https://{secured}{path}" if secured else f"http://{own}{path}")
        return web

    def worker(
        self,
        name: str,
        *,
        replicas: int | None = None,
        health_command: Sequence[str] = (),
        **options: Unpack[PodOptions],
    ) -> Worker:
        """Declare a Deployment that nobody calls, named `<service>-<name>`.

        Args:
            replicas: how many pods it has; without a number an autoscaler decides, as for the web service.
            health_command: ends with 0 in its container while it is well.
        """
        most = self.config.max_replicas if replicas is None else replicas
        pods = self._pods(name, options, surged(most, MAX_SURGE), health_command=health_command)
        self._serving.append(pods.name)
        return Worker(pods, replicas, health_command, self._state, self.options)

    def cron_job(
        self, name: str, *, schedule: str, time_limit: int = 3600, **options: Unpack[PodOptions]
    ) -> CronJob:
        """Declare a CronJob named `<service>-<name>`.

        Args:
            schedule: when it runs, as cron has it, such as `0 3 * * *`; in UTC on most clusters.
            time_limit: after how many seconds a run is ended.
        """
        return CronJob(self._pods(name, options, 1), schedule, time_limit, self._state, self.options)

    def migration(
        self, name: str = "migration", *, time_limit: int = 600, **options: Unpack[PodOptions]
    ) -> Migration:
        """Declare a Job that has to succeed before anything that is declared after it.

        It runs once for each image, command, arguments and environment, and again where one of these goes back to
        what it was. While it runs, and where it fails, the version before goes on serving; the next run tries again.

        Args:
            time_limit: after how many seconds it is ended, and has failed.
        """
        with self._refusals():
            if self._serving:
                raise Refusal(
                    f"A migration of {self.service} is declared after {', '.join(self._serving)}, which would not "
                    "wait for it.",
                    f"Call app.migration() first in {self.service}'s program.",
                )
            pods = self._pods(name, options, 1)
            migration = Migration(pods, time_limit, self._observed.jobs, self._state, self.options)
        self._depends_on.append(migration.job)
        return migration

    def _owned(self, args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
        """Mark a Kubernetes object that the program declares, those of charts included, for the engine.

        It gets the owner label and the field manager, and a volume claim is never deleted by the engine. Where the
        stack's state has it under another URN, such as that of another program, it keeps its identity by an alias: it
        would be created onto itself and then deleted.
        """
        if args.type_ == _RELEASE:
            raise ValueError(
                f"{args.name} is a Helm Release, whose objects no owner can be written on: "
                "use kubernetes.helm.v4.Chart"
            )
        # A patch is a part of somebody else's object.
        if not args.custom or not args.type_.startswith("kubernetes:") or args.type_.endswith("Patch"):
            return None
        given: Any = args.props.get("metadata")
        metadata = {**(given or {})}
        annotations = {**(metadata.get("annotations") or {})}
        if FIELD_MANAGER in annotations:
            # A namespace and its isolation, whose owner may be about to change.
            return None
        kind, name = kind_of(args.type_), str(metadata.get("name"))
        namespace = metadata.get("namespace") or self.namespace
        if isinstance(namespace, str) and namespace != self.namespace:
            raise ValueError(
                f"{kind.rpartition(':')[2]}/{name} is in the namespace '{namespace}', and {self.service} declares "
                f"what is in '{self.namespace}': leave its namespace out, or have the platform declare it"
            )
        known = self._state.find(kind, name, namespace) or self._state.find(kind, name)
        # The manager in the state, so that an object from another program does not conflict with itself.
        annotations[FIELD_MANAGER] = (known and known.field_manager) or self.stack.owner
        metadata["annotations"] = annotations
        metadata["labels"] = {**(metadata.get("labels") or {}), OWNER: self.stack.owner}
        # Its data outlive the claim's declaration, whoever removes that.
        args.opts.retain_on_delete = args.opts.retain_on_delete or kind == "core:PersistentVolumeClaim"
        if known:
            args.opts.aliases = [*(args.opts.aliases or ()), known.urn]
        return pulumi.ResourceTransformResult({**args.props, "metadata": metadata}, args.opts)

    def _connect(self, kubeconfig: str) -> None:
        if not self._connected.done():
            self._connected.set_result(kubeconfig)

    @contextmanager
    def _refusals(self) -> Iterator[None]:
        try:
            with refusals():
                yield
        except pulumi.RunError as error:
            if not self._connected.done():
                self._connected.set_exception(error)
            raise

    def _pods(self, name: str, options: PodOptions, most: int, **lists: Sequence[str]) -> Pods:
        """The pods of a workload, at most so many, which have to fit into the namespace with all others.

        `lists` are arguments of the workload that are to be lists of texts.
        """
        full = f"{self.service}-{name}" if name else self.service
        pods = Pods(self.service, full, self.namespace, self.config, options)
        with self._refusals():
            if name and (len(full) > _LONGEST_NAME or not _PART.fullmatch(name)):
                raise Refusal(
                    f"A workload of {self.service} is called '{name}', and '{full}' is no name for it: it may have "
                    f"lower-case letters, digits and '-', {_LONGEST_NAME} characters at most, since Kubernetes adds "
                    "those of its jobs and pods.",
                    "Choose another name.",
                )
            if full in (one.name for one in self._demands):
                raise Refusal(
                    f"Two workloads of {self.service} are called '{full}'.", "Name one of them differently."
                )
            _check_options(full, options, lists)
            self._demands.append(pods.demand(most))
            check_fit(self._plan.claim, self._plan.isolation, self._observed, self._demands)
        return pods


def _check_options(workload: str, options: PodOptions, lists: Mapping[str, Sequence[str]]) -> None:
    """Refuse what Python itself takes without a word: options that do not exist, and texts in place of lists."""
    known = PodOptions.__annotations__
    for name in sorted(options.keys() - known):
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(known)}."
        raise Refusal(f"The workload {workload} has no option '{name}'.", hint)
    texts = {name: options.get(name, ()) for name in ("command", "args", "secret_env_from")}
    for name, given in {**texts, **lists}.items():
        if isinstance(given, str):
            raise Refusal(
                f"{name} of the workload {workload} is a text.", f"Write a list: {name}=[{given!r}]"
            )
    if "/tmp" in options.get("volumes", {}):  # noqa: S108 - the container's own
        raise Refusal(
            f"The workload {workload} mounts a volume at /tmp, where it has one.", "Choose another path."
        )


def _tenant_kubeconfig(
    claim: Claim, record: NamespaceRecord | None, infrastructure: Infrastructure
) -> str | None:
    """The kubeconfig of a tenant that the infrastructure stack exports for this stack.

    It has the deploy role in the infrastructure's namespaces that name this stack, and no rights elsewhere; to own a
    namespace or manage its isolation takes more.
    """
    named = record is not None and claim.claimant.owner in record.tenants
    if claim.manages_isolation or not named or infrastructure.namespaces.get(claim.name) != record:
        return None
    return infrastructure.tenant_kubeconfigs.get(claim.claimant.owner)
