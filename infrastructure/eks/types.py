"""The types of the EKS settings: each has its own rule and an example."""

import ipaddress
from collections.abc import Sized
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import AfterValidator, Field

from shared.config.types import NUMBER, WRITTEN, LabelKey, texts

Entries = TypeVar("Entries", bound=Sized)

_TEXTS = texts(Path(__file__).with_suffix(".toml"))

_FEWEST_ADDRESSES = 21
"""The longest prefix of a VPC in which each zone's public subnet is still a /27, which a load balancer needs:
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html#subnets-load-balancer
"""
_MOST_ADDRESSES = 16
"""The shortest prefix of a VPC: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html"""

_PRIVATE = tuple(
    ipaddress.IPv4Network(network)
    for network in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
)
"""Networks that the internet does not route."""

_RESERVED = ("kubernetes.io", "k8s.io", "eks.amazonaws.com")
"""Label domains that node groups may not use:
https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#noderestriction"""


def _network(text: str) -> ipaddress.IPv4Network:
    try:
        return ipaddress.IPv4Network(text)
    except ValueError as error:
        raise ValueError(f"must be an IPv4 network such as 203.0.113.0/24 ({error})") from None


def _vpc(text: str) -> str:
    network = _network(text)
    if not any(network.subnet_of(private) for private in _PRIVATE):
        raise ValueError("must be a private network such as 10.0.0.0/16")
    if network.prefixlen > _FEWEST_ADDRESSES:
        raise ValueError(
            f"is too small for the zones: the smallest is a /{_FEWEST_ADDRESSES}, which gives each zone "
            "a public subnet of 32 addresses and a private one of 256"
        )
    if network.prefixlen < _MOST_ADDRESSES:
        raise ValueError(f"is too large: a VPC has at most a /{_MOST_ADDRESSES}")
    return str(network)


def _unreserved(key: str) -> str:
    domain = key.rpartition("/")[0]
    if any(domain == name or domain.endswith(f".{name}") for name in _RESERVED):
        raise ValueError(f"must not be in the domain {domain}, which is reserved")
    return key


def counted(fewest: int, most: int = 0) -> AfterValidator:
    """A rule for how many entries a list or a map has; `most` 0 is any number."""

    def check(entries: Entries) -> Entries:
        if len(entries) < fewest:
            raise ValueError(f"must have at least {fewest}")
        if most and len(entries) > most:
            raise ValueError(f"must have at most {most}, and has {len(entries)}")
        return entries

    return AfterValidator(check)


VpcNetwork = Annotated[str, AfterValidator(_vpc), Field(examples=["10.0.0.0/16"])]
"""The network of a VPC that has room for its subnets."""

SourceNetwork = Annotated[
    str, AfterValidator(lambda text: str(_network(text))), Field(examples=["203.0.113.0/24"])
]
"""A network that requests come from."""

AccountId = Annotated[str, *_TEXTS["AccountId"]]
"""An AWS account. A text, since a leading zero is part of it."""

Region = Annotated[str, *_TEXTS["Region"]]
"""An AWS region."""

Zone = Annotated[str, *_TEXTS["Zone"]]
"""An availability zone: its region and a letter from a to f."""

RoleArn = Annotated[str, *_TEXTS["RoleArn"]]
"""An IAM role."""

PrincipalArn = Annotated[str, *_TEXTS["PrincipalArn"]]
"""An IAM role or user, as access entries take it:
https://docs.aws.amazon.com/eks/latest/userguide/creating-access-entries.html"""

PolicyArn = Annotated[str, *_TEXTS["PolicyArn"]]
"""A managed IAM policy."""

CertificateArn = Annotated[str, *_TEXTS["CertificateArn"]]
"""A certificate in ACM or IAM."""

ClusterName = Annotated[str, *_TEXTS["ClusterName"]]
"""An EKS cluster's name. EKS takes 100 characters; half of them leave room in the names derived from it."""

KubernetesVersion = Annotated[str, NUMBER, *_TEXTS["KubernetesVersion"]]
"""A Kubernetes version as EKS counts them."""

AddonVersion = Annotated[str, *_TEXTS["AddonVersion"]]
"""The version of an EKS add-on."""

InstanceType = Annotated[str, *_TEXTS["InstanceType"]]
"""An EC2 instance type: https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html"""

NodeLabelKey = Annotated[LabelKey, AfterValidator(_unreserved)]
"""A node label's key."""

Url = Annotated[str, *_TEXTS["Url"]]
"""The endpoint of an AWS service."""

TagKey = Annotated[str, *_TEXTS["TagKey"]]
"""The key of a tag: https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html"""

TagValue = Annotated[str, WRITTEN, *_TEXTS["TagValue"]]
"""The value of a tag, as IAM takes it: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html. The load balancer
controller takes tags as a list of key=value, so that a comma, or = in a key, is left out."""
