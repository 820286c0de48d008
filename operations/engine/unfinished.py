"""What a killed run was creating in AWS: the answer with its ID went nowhere, and only the request is in the state."""

import json
import os
import shlex
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import yaml

from infrastructure.eks.configuration import EksSettings
from shared.errors import Failure
from shared.kube.client import cluster_api

_IDENTITIES = Path(__file__).with_name("identities.yaml")
_RELEASE = "kubernetes:helm.sh/v3:Release"

Ask = Callable[[list[str]], Any]
"""Asks the AWS CLI; its answer as JSON."""


def take_in(deployment: dict[str, Any], ask: Ask) -> tuple[list[str], list[str]]:
    """Complete the state of the resources that a killed run was creating, for the engine to read them.

    Each gets the ID that AWS has for it. One that does not exist after all is forgotten when it is read. Returns the
    URNs of those, and the URNs of what may exist and was not found.
    """
    rules, resources = yaml.safe_load(_IDENTITIES.read_text()), deployment["resources"]
    known = {one["urn"] for one in resources}
    providers = {f"{one['urn']}::{one.get('id')}": one.get("inputs") or {} for one in resources}
    taken, unknown = [], []
    for operation in deployment.get("pending_operations") or ():
        item, inputs = operation["resource"], operation["resource"].get("inputs") or {}
        if item["type"] == _RELEASE:
            _drop_pending_release(providers[item["provider"]]["kubeconfig"], inputs)
        if operation["type"] != "creating" or not item["type"].startswith("aws:"):
            continue
        rule = [word.format_map(inputs) for word in shlex.split(rules.get(item["type"], ""))]
        # One that was just created has its ID already.
        found = [item["id"]] if item.get("id") else ask(rule[1:]) if rule[:1] == ["aws"] else rule
        # The engine has one resource by a URN; a replacement has its predecessor's.
        if item["type"] not in rules or len(found) > 1 or (found and item["urn"] in known):
            unknown.append(item["urn"])
        elif found:
            # Without outputs the provider imports it, by what `pulumi import` takes.
            resources.append({**item, "id": found[0]})
            taken.append(item["urn"])
    return taken, unknown


def as_deployer(settings: EksSettings) -> Ask:
    """Ask AWS as the role that deploys, by the AWS CLI that the kubeconfig needs too."""
    environment = dict(os.environ)
    profile = ["--profile", settings.profile] if settings.profile else []

    def ask(command: list[str]) -> Any:
        endpoint = settings.endpoints.get(command[0])
        options = ["--region", settings.region, "--output", "json", *profile]
        options += ["--endpoint-url", endpoint] if endpoint else []
        done = subprocess.run(
            ["aws", *command, *options],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise Failure(
                f"A killed run was creating resources in AWS, and AWS does not tell which: {done.stderr.strip()}",
                "Correct that, and run the command again.",
            )
        return json.loads(done.stdout)

    if settings.role_arn:
        role = ["--role-arn", settings.role_arn, "--role-session-name", "pulumi"]
        credential = ask(["sts", "assume-role", *role])["Credentials"]
        environment["AWS_ACCESS_KEY_ID"] = credential["AccessKeyId"]
        environment["AWS_SECRET_ACCESS_KEY"] = credential["SecretAccessKey"]
        environment["AWS_SESSION_TOKEN"] = credential["SessionToken"]
        profile.clear()
    return ask


def _drop_pending_release(kubeconfig: str, inputs: Mapping[str, Any]) -> None:
    """Delete Helm's note that a release is being installed or upgraded, which whoever wrote it no longer does.

    Helm refuses every later run otherwise: https://github.com/helm/helm/issues/7476
    """
    secrets = f"/api/v1/namespaces/{inputs['namespace']}/secrets"
    selector = (
        f"owner=helm,name={inputs['name']},status in (pending-install,pending-upgrade,pending-rollback)"
    )
    with cluster_api(kubeconfig) as api:
        for note in api.list(f"{secrets}?labelSelector={quote(selector)}"):
            api.delete(f"{secrets}/{note['metadata']['name']}", uid=note["metadata"]["uid"])
