"""What there is in an account of the emulated AWS, as tests ask it."""

from typing import Any

from moto.ec2.models import ec2_backends
from moto.eks.models import eks_backends
from moto.iam.models import iam_backends
from moto.kms.models import kms_backends
from moto.logs.models import logs_backends


def inventory(account: str, region: str) -> dict[str, list[str]]:
    """The names or ids of what a stack may have left, by kind; what every account has is left out."""
    ec2, eks = ec2_backends[account][region], eks_backends[account][region]
    iam, kms, logs = (
        iam_backends[account]["aws"],
        kms_backends[account][region],
        logs_backends[account][region],
    )
    vpcs = [vpc.id for vpc in ec2.vpcs.values() if str(vpc.is_default).lower() != "true"]
    found = {
        "clusters": list(eks.clusters),
        "vpcs": vpcs,
        "subnets": [one.id for zone in ec2.subnets.values() for one in zone.values() if one.vpc_id in vpcs],
        "security groups": [
            group.id for vpc, groups in ec2.groups.items() if vpc in vpcs for group in groups.values()
        ],
        "NAT gateways": [one.id for one in ec2.nat_gateways.values() if one.state != "deleted"],
        "internet gateways": list(ec2.internet_gateways),
        "addresses": [one.public_ip for one in ec2.addresses],
        "endpoints": [one.id for one in ec2.vpc_end_points.values() if one.state != "deleted"],
        "flow logs": list(ec2.flow_logs),
        "launch templates": list(ec2.launch_templates),
        "policies": [one.name for one in iam.managed_policies.values() if f"::{account}:" in one.arn],
        "roles": [role.name for role in iam.roles.values() if role.description],
        "keys": [key.id for key in kms.keys.values() if key.key_state == "Enabled"],
        "log groups": list(logs.groups),
    }
    return {kind: sorted(names) for kind, names in found.items() if names}


def cluster_access(account: str, region: str, name: str) -> dict[str, Any]:
    """Who has which access to a cluster: groups, and namespaces by policy; and the identities of service accounts."""
    cluster = eks_backends[account][region].clusters[name]
    return {
        "entries": {
            arn.split(":", 5)[5]: {
                "groups": sorted(entry["kubernetesGroups"]),
                "policies": {
                    policy.rsplit("/", 1)[-1]: sorted(one["accessScope"]["namespaces"])
                    for policy, one in entry["policies"].items()
                },
            }
            for arn, entry in cluster.entries.items()
        },
        "identities": sorted(
            f"{one['namespace']}/{one['serviceAccount']}" for one in cluster.identities.values()
        ),
    }
