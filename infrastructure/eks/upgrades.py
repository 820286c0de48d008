"""What may become of a cluster that is there: a newer one by one minor version, and no other one in its place."""

from infrastructure.eks.arns import cluster_arn
from infrastructure.eks.settings import EksSettings
from infrastructure.eks.versions import minor
from shared.cluster.identity import check_cluster
from shared.cluster.live import NOT_LOOKED
from shared.held import HeldState
from shared.refusal import Refusal
from shared.stack_name import StackName

OUTPUT = "kubernetes_version"
"""What the stack exports its cluster's version as, for its own next run."""


def check_upgrade(settings: EksSettings, here: StackName, held: HeldState, file: str) -> None:
    """Refuse what would put another cluster in the place of the one that the state has, or skip a version.

    Args:
        settings: the cluster's settings.
        here: the infrastructure stack.
        held: its own state.
        file: the settings file, for the message.

    Raises:
        Refusal: account, region, name or version are not what may follow on those of the cluster.
    """
    identifier = cluster_arn(settings.region, settings.account_id, settings.cluster_name(here.stack))
    check_cluster(
        identifier, NOT_LOOKED, held, stack=here.short, forget=f"make infra-forget ENV={here.stack}"
    )
    refuse_skip(settings.version, held, file)


def refuse_skip(version: str, held: HeldState, file: str) -> None:
    """Refuse a version that EKS would not upgrade to, before anything is planned.

    Source: https://docs.aws.amazon.com/eks/latest/userguide/update-cluster.html

    Args:
        version: the version that settings ask for, such as `1.34`.
        held: the stack's own state.
        file: the settings file, for the message.

    Raises:
        Refusal: it skips a version, or is older than the cluster's.
    """
    before = held.outputs.get(OUTPUT)
    if not before:
        return
    steps = minor(version) - minor(str(before))
    if steps < 0:
        raise Refusal(
            f"{file} sets eks.version: {version}, but the cluster runs {before}; EKS never goes back.",
            f'Set eks.version: "{before}" or newer.',
        )
    if steps > 1:
        following = f"1.{minor(str(before)) + 1}"
        raise Refusal(
            f"{file} sets eks.version: {version}, but the cluster runs {before}; "
            "EKS goes up one minor version at a time.",
            f'Set eks.version: "{following}" and deploy, then the next one.',
        )
