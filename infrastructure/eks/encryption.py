"""Encryption: the key of the customer's own with which the cluster's secrets are encrypted."""

import pulumi
import pulumi_aws as aws

from infrastructure.eks.aws import within
from infrastructure.eks.settings import EksSettings

_WINDOW_DAYS = 30
"""How long a deleted key can be had back. Without it no secret of the cluster can be read again."""


def declare_key(name: str, settings: EksSettings, *, parent: pulumi.Resource) -> aws.kms.Key:
    """Declare the key: https://docs.aws.amazon.com/eks/latest/userguide/enable-kms.html.

    Args:
        name: the cluster's name.
        settings: the cluster's settings.
        parent: the component that it is a part of.
    """
    key = aws.kms.Key(
        "secrets",
        description=f"Secrets of the EKS cluster {name}",
        enable_key_rotation=True,
        deletion_window_in_days=_WINDOW_DAYS,
        opts=within(parent, protect=settings.deletion_protection),
    )
    aws.kms.Alias("secrets", name=f"alias/eks/{name}", target_key_id=key.key_id, opts=within(parent))
    return key
