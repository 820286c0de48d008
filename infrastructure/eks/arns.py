"""ARNs and service names that follow from settings, so that nothing has to be asked for them."""

_SUFFIX = {"aws-cn": "amazonaws.com.cn"}


def partition(region: str) -> str:
    """The AWS partition of a region: https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html."""
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"


def service_principal(service: str, region: str) -> str:
    """The principal of a service whose name has the partition's own domain, such as `ec2.amazonaws.com`."""
    return f"{service}.{_SUFFIX.get(partition(region), 'amazonaws.com')}"


def cluster_arn(region: str, account_id: str, name: str) -> str:
    """The cluster's ARN, which is known before the cluster is there and stays for its life."""
    return f"arn:{partition(region)}:eks:{region}:{account_id}:cluster/{name}"


def managed_policy(region: str, name: str) -> str:
    """A policy that AWS keeps, such as `AmazonEKSClusterPolicy`."""
    return f"arn:{partition(region)}:iam::aws:policy/{name}"


def access_policy(region: str, name: str) -> str:
    """An access policy of EKS: https://docs.aws.amazon.com/eks/latest/userguide/access-policies.html."""
    return f"arn:{partition(region)}:eks::aws:cluster-access-policy/{name}"
