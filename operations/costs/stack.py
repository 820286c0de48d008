"""The estimate for a stack: its settings as its file has them, against the price table."""

from datetime import date

from infrastructure.eks.costs import Estimate, estimate
from infrastructure.eks.prices import PRICES
from infrastructure.settings import InfrastructureSettings
from operations.engine.project import StackId
from operations.paths import shown
from operations.settings.file import read_settings_file
from shared.refusal import Refusal
from shared.settings.source import parse


def stack_estimate(stack: StackId, today: date) -> Estimate | None:
    """Estimate what an infrastructure stack costs; None where it makes nothing that costs.

    Args:
        stack: the infrastructure stack.
        today: the day to estimate for.

    Raises:
        Refusal: its settings are wrong, or the price table does not have its region.
    """
    written = read_settings_file(stack)
    file = shown(stack.project.settings_file(stack.environment))
    values = {name: one.value for name, one in written.settings.items() if one.value not in ("", None)}
    settings = parse(InfrastructureSettings, values, project=stack.project.name, file=file)
    if settings.cluster != "eks" or settings.eks is None:
        return None
    found = estimate(settings.eks, today)
    if found is None:
        raise Refusal(
            f"The price table has no prices for {settings.eks.region}, where {file} puts the cluster.",
            f"Add the region to infrastructure/eks/prices.py; there are {', '.join(PRICES)}.",
        )
    return found
