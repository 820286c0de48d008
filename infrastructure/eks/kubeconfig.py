"""The kubeconfig of an EKS cluster: an exec plugin, and no credential."""

from typing import Any

import yaml

_API = "client.authentication.k8s.io/v1beta1"
_HINT = "Install the AWS CLI: this cluster's kubeconfig asks it for a token."


def eks_kubeconfig(
    *,
    name: str,
    region: str,
    endpoint: str,
    certificate_authority: str,
    role_arn: str | None = None,
    profile: str | None = None,
) -> str:
    """A kubeconfig of one context.

    Source: https://docs.aws.amazon.com/eks/latest/userguide/create-kubeconfig.html

    Args:
        name: the cluster's name.
        region: its region.
        endpoint: the URL of its API server.
        certificate_authority: its certificate authority, in base64.
        role_arn: the role to assume for it, such as a team's; nobody but the caller where None.
        profile: the AWS profile to call as; of this machine, so not for others.

    Returns:
        The kubeconfig as YAML.
    """
    arguments = ["--region", region, "eks", "get-token", "--cluster-name", name, "--output", "json"]
    if role_arn:
        arguments += ["--role-arn", role_arn]
    if profile:
        # Not by the variable AWS_PROFILE, which a credential in the environment overrides.
        arguments += ["--profile", profile]
    plugin: dict[str, Any] = {
        "apiVersion": _API,
        "command": "aws",
        "args": arguments,
        "interactiveMode": "Never",
        "provideClusterInfo": False,
        "installHint": _HINT,
    }
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {
                "name": name,
                "cluster": {"server": endpoint, "certificate-authority-data": certificate_authority},
            }
        ],
        "users": [{"name": name, "user": {"exec": plugin}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        "current-context": name,
    }
    return yaml.safe_dump(document, sort_keys=False)
