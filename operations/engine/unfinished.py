"""What a killed run was creating in AWS: the answer with its ID went nowhere, and only the request is in the state."""

import json
import os
import shlex
import subprocess
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import yaml

from infrastructure.eks.configuration import EksSettings
from shared.errors import Failure, PlatformError
from shared.kube.client import cluster_api

_IDENTITIES = Path(__file__).with_name("identities.yaml")
_RELEASE = "kubernetes:helm.sh/v3:Release"
_CREATING, _FAILED = "CREATING", ("FAILED", "CREATE_FAILED")

Ask = Callable[[list[str]], list[str]]
"""Asks the AWS CLI for a list of IDs; empty where what the question names does not exist."""


def complete(deployment: dict[str, Any], ask: Ask) -> list[str]:
    """Add the resources that a killed run was creating to a state, each with the ID that AWS has for it.

    One that does not exist after all is forgotten when it is read. Returns the URNs of what may exist unfound.
    """
    rules, resources = yaml.safe_load(_IDENTITIES.read_text()), deployment["resources"]
    known, unknown = {one["urn"] for one in resources}, list[str]()
    for operation in deployment.get("pending_operations") or ():
        item = operation["resource"]
        if operation["type"] != "creating" or not item["type"].startswith("aws:"):
            continue
        try:
            # One whose creation was just noted has its ID already.
            found = [item["id"]] if item.get("id") else _find(rules[item["type"]], item, ask)
        except KeyError:
            found = ["", ""]
        # The engine has one resource by a URN; a replacement has its predecessor's.
        if len(found) > 1 or (found and item["urn"] in known):
            unknown.append(item["urn"])
        elif found:
            # Without outputs the provider imports it, by what `pulumi import` takes.
            resources.append({**item, "id": found[0]})
            known.add(item["urn"])
    return unknown


def _find(rule: str, item: Mapping[str, Any], ask: Ask) -> list[str]:
    stack, project, *_ = item["urn"].split("::")
    values = {**item["inputs"], "stack": stack.rpartition(":")[2], "project": project}
    words = [word.format_map(values) for word in shlex.split(rule)]
    return ask(words[1:]) if words[:1] == ["aws"] else words


def unread(deployment: Mapping[str, Any]) -> list[str]:
    """The URNs of the AWS resources in a state that were added to it and not read yet, or are still being created.

    Failure where AWS could not create one.
    """
    states = {
        one["urn"]: (one.get("outputs") or {"status": _CREATING}).get("status")
        for one in deployment.get("resources") or ()
        if one["type"].startswith("aws:") and one.get("id")
    }
    if failed := [urn.rpartition("::")[2] for urn, status in states.items() if status in _FAILED]:
        raise Failure(
            f"AWS could not create what a killed run had asked for: {', '.join(failed)}.",
            "See why in AWS, delete it there, and run the command again.",
        )
    return [urn for urn, status in states.items() if status == _CREATING]


def drop_pending_releases(deployment: Mapping[str, Any]) -> None:
    """Delete Helm's notes of releases whose installation or upgrade was killed.

    Helm refuses every later run otherwise: https://github.com/helm/helm/issues/7476
    """
    providers = {f"{one['urn']}::{one.get('id')}": one for one in deployment["resources"]}
    for operation in deployment.get("pending_operations") or ():
        item, inputs = operation["resource"], operation["resource"].get("inputs") or {}
        kubeconfig = providers.get(item.get("provider", ""), {}).get("inputs", {}).get("kubeconfig")
        if item["type"] != _RELEASE or not isinstance(kubeconfig, str):
            continue
        secrets = f"/api/v1/namespaces/{inputs['namespace']}/secrets"
        pending = "status in (pending-install,pending-upgrade,pending-rollback)"
        # A cluster that does not answer is told by the run itself.
        with suppress(PlatformError), cluster_api(kubeconfig) as api:
            selector = quote(f"owner=helm,name={inputs['name']},{pending}")
            for note in api.list(f"{secrets}?labelSelector={selector}"):
                api.delete(f"{secrets}/{note['metadata']['name']}", uid=note["metadata"]["uid"])


def aws_cli(settings: EksSettings) -> Ask:
    """The AWS CLI, which the kubeconfig needs too, as the role that deploys."""
    environment = {**os.environ, "AWS_PAGER": ""}
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
        if done.returncode and "NotFound" not in done.stderr:
            raise Failure(
                f"A killed run was creating resources in AWS, and the AWS CLI failed: {done.stderr.strip()}",
                "Correct that, and run the command again.",
            )
        return json.loads(done.stdout or "[]")

    if settings.role_arn:
        role = ["--role-arn", settings.role_arn, "--role-session-name", "pulumi"]
        credential = ask(["sts", "assume-role", *role])["Credentials"]
        environment["AWS_ACCESS_KEY_ID"] = credential["AccessKeyId"]
        environment["AWS_SECRET_ACCESS_KEY"] = credential["SecretAccessKey"]
        environment["AWS_SESSION_TOKEN"] = credential["SessionToken"]
        profile.clear()
    return ask
