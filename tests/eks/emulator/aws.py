"""moto with the EKS that it lacks: add-ons, access entries, Pod Identity, updates, and what AWS refuses."""

import json
import re
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote, urlparse

import moto.ec2.models.launch_templates as templates
import moto.ssm.models as parameters
from moto.ec2.models import EC2Backend, ec2_backends
from moto.eks import models, responses, urls
from moto.eks.exceptions import InvalidParameterException
from moto.eks.models import eks_backends
from moto.iam.models import get_account_id_from, iam_backends

VERSIONS = ("1.31", "1.32", "1.33", "1.34", "1.35", "1.36")

Start = Callable[[str, str, str], tuple[str, str]]
"""Starts a control plane for an account, a region and a cluster's name; returns its endpoint and its CA in base64."""

Answer = tuple[int, dict[str, str], str]


class Refused(Exception):
    """A request that AWS refuses, with the name of its exception and its HTTP status."""

    def __init__(self, kind: str, status: int, message: str) -> None:
        super().__init__(message)
        self.kind, self.status = kind, status


def in_use(message: str) -> Refused:
    """Something with that identity exists already."""
    return Refused("ResourceInUseException", 409, message)


def missing(message: str) -> Refused:
    """Nothing has that identity."""
    return Refused("ResourceNotFoundException", 404, message)


def invalid(message: str) -> Refused:
    """The request is not valid."""
    return Refused("InvalidParameterException", 400, message)


class Eks:
    """What is added to moto's EKS.

    Args:
        start: starts what is behind a cluster's endpoint.
        stop: ends it.
        scale: tells it of a node group's nodes: account, cluster, group, number.
    """

    def __init__(self, start: Start, stop: Callable[[str, str], None], scale: Callable[..., None]) -> None:
        self.start, self.stop, self.scale = start, stop, scale
        self.creating: list[Any] | None = None
        """The clusters and node groups that are being created, while creations are held."""

    def install(self) -> None:
        """Change moto."""
        self._change_clusters()
        self._change_node_groups()
        self._change_tags()
        base = "{0}/clusters/(?P<name>[^/]+)/"
        for path in ("addons", "access-entries", "pod-identity-associations", "updates"):
            urls.url_paths[f"{base}{path}$"] = urls.url_paths[f"{base}{path}/(?P<rest>.+)$"] = self.answer
        urls.url_paths[f"{base}node-groups/(?P<group>[^/]+)/update-version$"] = self.answer
        _launch_templates()
        _endpoint_routes()
        _image_parameters()

    def begin(self, created: Any) -> None:
        """Let something be in creation while creations are held."""
        if self.creating is not None:
            created.status = "CREATING"
            self.creating.append(created)

    def hold(self, held: bool) -> None:
        """Hold creations, or let them end."""
        for created in self.creating or ():
            created.status = "ACTIVE"
        self.creating = [] if held else None

    def _change_clusters(self) -> None:
        eks = self
        created, deleted, handled = (
            models.Cluster.__init__,
            models.EKSBackend.delete_cluster,
            responses.EKSResponse.create_cluster,
        )

        def create(self: Any, *arguments: Any, **given: Any) -> None:
            created(self, *arguments, **given)
            self.addons, self.entries, self.identities, self.updates = {}, {}, {}, {}
            self.account, self.region = given["account_id"], given["region_name"]
            self.endpoint, authority = eks.start(self.account, self.region, self.name)
            self.certificate_authority = {"data": authority}
            network = self.resources_vpc_config = dict(self.resources_vpc_config or {})
            ec2 = ec2_backends[self.account][self.region]
            network["vpcId"] = ec2.get_subnet(network["subnetIds"][0]).vpc_id
            name = f"eks-cluster-sg-{self.name}-{uuid.uuid4().hex[:8]}"
            group = ec2.create_security_group(name, "EKS created", vpc_id=network["vpcId"])
            network["clusterSecurityGroupId"] = group.id
            eks.begin(self)

        def delete(self: Any, name: str) -> Any:
            cluster = deleted(self, name)
            eks.stop(cluster.account, name)
            group = cluster.resources_vpc_config["clusterSecurityGroupId"]
            ec2_backends[self.account_id][self.region_name].delete_security_group(group_id=group)
            return cluster

        def handle(self: Any) -> Any:
            if self._get_param("version") not in VERSIONS:
                raise InvalidParameterException(message="unsupported Kubernetes version")
            answer = handled(self)
            cluster = self.eks_backend.clusters[self._get_param("name")]
            access = self._get_param("accessConfig") or {}
            cluster.access_config = {"authenticationMode": "CONFIG_MAP", **access}
            cluster.upgrade_policy = self._get_param("upgradePolicy") or {"supportType": "EXTENDED"}
            return answer

        def update(self: Any) -> Any:
            cluster = self.eks_backend.describe_cluster(name=self._get_param("name"))
            if network := self._get_param("resourcesVpcConfig"):
                _check_zones(cluster, network.get("subnetIds"))
                cluster.resources_vpc_config.update(network)
            for given, attribute in (("logging", "logging"), ("upgradePolicy", "upgrade_policy")):
                if self._get_param(given):
                    setattr(cluster, attribute, self._get_param(given))
            if access := self._get_param("accessConfig"):
                cluster.access_config.update(access)
            return responses.ActionResult({"update": _update(cluster, "ConfigUpdate")})

        models.Cluster.__init__ = create
        models.EKSBackend.delete_cluster = delete
        responses.EKSResponse.create_cluster = handle
        responses.EKSResponse.update_cluster_config = update

    def _change_node_groups(self) -> None:
        eks = self
        handled, updated, deleted = (
            responses.EKSResponse.create_nodegroup,
            responses.EKSResponse.update_nodegroup_config,
            models.EKSBackend.delete_nodegroup,
        )

        def handle(self: Any) -> Any:
            answer = handled(self)
            cluster = self.eks_backend.clusters[self._get_param("name")]
            group = cluster.nodegroups[self._get_param("nodegroupName")]
            group.update_config = self._get_param("updateConfig") or {"maxUnavailable": 1}
            group.node_repair_config = self._get_param("nodeRepairConfig")
            group.version = self._get_param("version") or cluster.version
            group.release_version = f"{group.version}.0-20260101"
            # moto invents these where they were not given.
            group.disk_size, group.remote_access = None, self._get_param("remoteAccess")
            eks.begin(group)
            eks.scale(
                cluster.account, cluster.name, group.nodegroup_name, group.scaling_config["desiredSize"]
            )
            return answer

        def update(self: Any) -> Any:
            answer = updated(self)
            cluster = self.eks_backend.clusters[self._get_param("name")]
            group = cluster.nodegroups[self._get_param("nodegroupName")]
            record = answer.result["update"]
            cluster.updates[record["id"]] = {**record, "status": "Successful", "createdAt": time.time()}
            eks.scale(
                cluster.account, cluster.name, group.nodegroup_name, group.scaling_config["desiredSize"]
            )
            return answer

        def delete(self: Any, cluster_name: str, nodegroup_name: str) -> Any:
            group = deleted(self, cluster_name, nodegroup_name)
            eks.scale(self.account_id, cluster_name, nodegroup_name, 0)
            return group

        responses.EKSResponse.create_nodegroup = handle
        responses.EKSResponse.update_nodegroup_config = update
        models.EKSBackend.delete_nodegroup = delete

    def _change_tags(self) -> None:
        whole = models.EKSBackend
        tagged, untagged, listed = whole.tag_resource, whole.untag_resource, whole.list_tags_for_resource

        def tag(self: Any, resource_arn: str, tags: Mapping[str, str]) -> None:
            own = _tags_of(self, resource_arn)
            own.update(tags) if own is not None else tagged(self, resource_arn, tags)

        def untag(self: Any, resource_arn: str, tag_keys: list[str]) -> None:
            own = _tags_of(self, resource_arn)
            if own is None:
                untagged(self, resource_arn, tag_keys)
            for key in tag_keys:
                (own or {}).pop(key, None)

        def tags(self: Any, resource_arn: str) -> Any:
            own = _tags_of(self, resource_arn)
            return listed(self, resource_arn) if own is None else own

        whole.tag_resource, whole.untag_resource, whole.list_tags_for_resource = tag, untag, tags

    def answer(self, request: Any, full_url: str, headers: Any) -> Answer:
        """Answer a request that moto does not know."""
        account, region = _caller(request.headers)
        path = unquote(urlparse(full_url).path)
        body = json.loads(request.get_data() or b"{}") if request.method in ("POST", "PUT") else {}
        _, _, name, kind, *rest = path.split("/", 4)
        try:
            cluster = eks_backends[account][region].clusters.get(name)
            if not cluster:
                raise missing(f"No cluster found for name: {name}.")
            handle = getattr(self, "_" + kind.replace("-", "_"))
            found = handle(cluster, request.method, rest[0] if rest else "", body)
        except Refused as refused:
            kinds = {"Content-Type": "application/json", "x-amzn-ErrorType": refused.kind}
            return refused.status, kinds, json.dumps({"message": str(refused)})
        return 200, {"Content-Type": "application/json"}, json.dumps(found)

    def _updates(self, cluster: Any, method: str, rest: str, body: Any) -> Any:
        if method != "POST":
            return {"update": cluster.updates[rest]}
        before, after = (int(version.split(".")[1]) for version in (cluster.version, body["version"]))
        if after != before + 1:
            raise invalid(
                f"Unsupported Kubernetes minor version update from {cluster.version} to {body['version']}"
            )
        cluster.version = body["version"]
        return {"update": _update(cluster, "VersionUpdate")}

    def _node_groups(self, cluster: Any, method: str, rest: str, body: Any) -> Any:
        group = cluster.nodegroups[rest.split("/", maxsplit=1)[0]]
        if version := body.get("version"):
            if int(version.split(".")[1]) > int(cluster.version.split(".")[1]):
                raise invalid(f"Nodegroup version {version} is newer than the cluster's {cluster.version}")
            group.version, group.release_version = version, f"{version}.0-20260101"
        if template := body.get("launchTemplate"):
            group.launch_template = {**(group.launch_template or {}), **template}
        return {"update": _update(cluster, "VersionUpdate")}

    def _addons(self, cluster: Any, method: str, rest: str, body: Any) -> Any:
        if method == "POST" and not rest:
            name = body["addonName"]
            if name in cluster.addons:
                raise in_use("Addon already exists.")
            cluster.addons[name] = {
                **_common(cluster, "addon", name, body),
                "addonName": name,
                "addonArn": _arn(cluster, "addon", name),
                "addonVersion": body["addonVersion"],
                "status": "ACTIVE",
                "health": {"issues": []},
                **{key: body[key] for key in ("configurationValues",) if body.get(key)},
            }
            return {"addon": cluster.addons[name]}
        name = rest.split("/", maxsplit=1)[0]
        if name not in cluster.addons:
            raise missing(f"No addon: {name} found in cluster: {cluster.name}")
        if method == "DELETE":
            return {"addon": cluster.addons.pop(name)}
        if method == "POST":
            given = ("addonVersion", "configurationValues")
            cluster.addons[name].update({key: body[key] for key in given if body.get(key)})
            return {"update": _update(cluster, "AddonUpdate")}
        return {"addon": cluster.addons[name]}

    def _access_entries(self, cluster: Any, method: str, rest: str, body: Any) -> Any:
        if not rest:
            return self._create_entry(cluster, body)
        match = re.match(r"(arn:.*?)(?:/(access-policies)(?:/(arn:.*))?)?$", rest)
        assert match
        principal, policies, policy = match.groups()
        entry = cluster.entries.get(principal)
        if not entry:
            raise missing("The specified principalArn could not be found.")
        if policies:
            return _associate(cluster, entry, method, policy, body)
        if method == "DELETE":
            del cluster.entries[principal]
            return {}
        if method == "POST":
            entry.update({key: body[key] for key in ("kubernetesGroups", "username") if key in body})
        return {"accessEntry": {key: value for key, value in entry.items() if key != "policies"}}

    def _create_entry(self, cluster: Any, body: Any) -> Any:
        principal = body["principalArn"]
        iam = iam_backends[principal.split(":")[4]]["aws"]
        known = [item.arn for item in (*iam.roles.values(), *iam.users.values())]
        if principal not in known:
            raise invalid("The specified principalArn is invalid: invalid principal.")
        if principal in cluster.entries:
            raise in_use("The specified access entry resource is already in use on this cluster.")
        entry = {
            **_common(cluster, "access-entry", principal, body),
            "principalArn": principal,
            "accessEntryArn": _arn(cluster, "access-entry", "role"),
            "kubernetesGroups": body.get("kubernetesGroups", []),
            "username": body.get("username") or principal,
            "type": body.get("type", "STANDARD"),
        }
        cluster.entries[principal] = {**entry, "policies": {}}
        return {"accessEntry": entry}

    def _pod_identity_associations(self, cluster: Any, method: str, rest: str, body: Any) -> Any:
        if method == "POST" and not rest:
            place = body["namespace"], body["serviceAccount"]
            if any((one["namespace"], one["serviceAccount"]) == place for one in cluster.identities.values()):
                raise in_use(f"Association already exists: {'/'.join(place)}")
            key = f"a-{uuid.uuid4().hex[:17]}"
            cluster.identities[key] = {
                **_common(cluster, "podidentityassociation", key, body),
                "associationId": key,
                "associationArn": f"{_arn(cluster, 'podidentityassociation', key)}",
                "disableSessionTags": False,
                **{one: body[one] for one in ("namespace", "serviceAccount", "roleArn")},
            }
            return {"association": cluster.identities[key]}
        if method == "GET" and not rest:
            return {"associations": list(cluster.identities.values())}
        if rest not in cluster.identities:
            raise missing(f"No association: {rest}")
        if method == "DELETE":
            return {"association": cluster.identities.pop(rest)}
        if method == "POST":
            cluster.identities[rest].update({key: body[key] for key in ("roleArn",) if key in body})
        return {"association": cluster.identities[rest]}


def _associate(cluster: Any, entry: Any, method: str, policy: str | None, body: Any) -> Any:
    about = {"clusterName": cluster.name, "principalArn": entry["principalArn"]}
    if method == "GET":
        return {**about, "associatedAccessPolicies": list(entry["policies"].values())}
    if method == "DELETE":
        if policy not in entry["policies"]:
            raise missing("The specified policyArn could not be found.")
        del entry["policies"][policy]
        return {}
    # A policy that is associated already gets the new scope.
    now = time.time()
    entry["policies"][body["policyArn"]] = found = {
        "policyArn": body["policyArn"],
        "accessScope": {"namespaces": [], **body["accessScope"]},
        "associatedAt": now,
        "modifiedAt": now,
    }
    return {**about, "associatedAccessPolicy": found}


def _common(cluster: Any, kind: str, name: str, body: Any) -> dict[str, Any]:
    now = time.time()
    return {"clusterName": cluster.name, "createdAt": now, "modifiedAt": now, "tags": body.get("tags", {})}


def _arn(cluster: Any, kind: str, name: str) -> str:
    return (
        f"arn:aws:eks:{cluster.region}:{cluster.account}:{kind}/{cluster.name}/{name}/{uuid.uuid4().hex[:8]}"
    )


def _update(cluster: Any, kind: str) -> dict[str, Any]:
    update = {
        "id": str(uuid.uuid4()),
        "status": "Successful",
        "type": kind,
        "params": [],
        "createdAt": time.time(),
        "errors": [],
    }
    cluster.updates[update["id"]] = update
    return update


def _check_zones(cluster: Any, subnets: list[str] | None) -> None:
    ec2 = ec2_backends[cluster.account][cluster.region]

    def zones(of: list[str]) -> list[str]:
        return sorted({ec2.get_subnet(one).availability_zone for one in of})

    before = zones(cluster.resources_vpc_config["subnetIds"])
    if subnets and zones(subnets) != before:
        raise InvalidParameterException(
            message=f"Provided subnets belong to the AZs '{','.join(zones(subnets))}'. But they should belong to the "
            f"exact set of AZs '{','.join(before)}' in which subnets were provided during cluster creation."
        )


def _tags_of(backend: Any, arn: str) -> Any:
    for cluster in backend.clusters.values():
        for group in cluster.nodegroups.values():
            if arn == group.arn:
                return group.tags
        for one in (*cluster.addons.values(), *cluster.entries.values(), *cluster.identities.values()):
            if arn in (one.get("addonArn"), one.get("accessEntryArn"), one.get("associationArn")):
                return one["tags"]
    return None


def _caller(headers: Any) -> tuple[str, str]:
    match = re.search(r"Credential=([^/]+)/[^/]+/([^/]+)/", headers.get("Authorization", ""))
    assert match
    return get_account_id_from(match.group(1)), match.group(2)


def _launch_templates() -> None:
    """A template's own tags are no part of its data."""
    created = templates.LaunchTemplateVersion.__init__

    def create(self: Any, template: Any, number: Any, data: Any, description: Any) -> None:
        specifications = data.get("TagSpecifications") or []
        kept = [one for one in specifications if one.get("ResourceType") != "launch-template"]
        data = {key: value for key, value in data.items() if key != "TagSpecifications"}
        created(
            self, template, number, {**data, **({"TagSpecifications": kept} if kept else {})}, description
        )

    templates.LaunchTemplateVersion.__init__ = create
    templates.LaunchTemplate.tags = property(lambda self: self.get_tags(), lambda self, value: None)


def _endpoint_routes() -> None:
    """The routes to a gateway endpoint follow its route tables; moto misses them when they change."""
    modified = EC2Backend.modify_vpc_endpoint

    def modify(self: Any, vpc_id: str, *arguments: Any, **given: Any) -> None:
        (endpoint,) = self.describe_vpc_endpoints(vpc_end_point_ids=[vpc_id])
        before = set(endpoint.route_table_ids or ())
        modified(self, vpc_id, *arguments, **given)
        after, prefixes = set(endpoint.route_table_ids or ()), endpoint.destination_prefix_list_id
        for table in after - before:
            self.create_route(table, None, gateway_id=endpoint.id, destination_prefix_list_id=prefixes)
        for table in before - after:
            if table in self.route_tables:
                self.delete_route(table, prefixes)

    EC2Backend.modify_vpc_endpoint = modify


def _image_parameters() -> None:
    """The public parameters that name EKS's images."""
    known = parameters.SimpleSystemManagerBackend.get_parameter

    def get(self: Any, name: str) -> Any:
        if not name.startswith("/aws/service/eks/optimized-ami/"):
            return known(self, name)
        return parameters.Parameter(
            account_id=self.account_id,
            name=name,
            value=sorted(ec2_backends[self.account_id][self.region_name].amis)[0],
            parameter_type="String",
            description="",
            allowed_pattern=None,
            keyid=None,
            last_modified_date=time.time(),
            version=1,
            data_type="text",
        )

    parameters.SimpleSystemManagerBackend.get_parameter = get
