"""How an estimate is shown: a table for people, a document for scripts."""

from dataclasses import asdict
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from infrastructure.eks.costs import Cost, Estimate
from infrastructure.eks.prices import DATE


def as_document(estimate: Estimate | None) -> dict[str, Any]:
    """An estimate for scripts; one of nothing where there is none."""
    found = estimate or Estimate((), ())
    return {
        "currency": "USD",
        "prices_of": DATE,
        "estimate": True,
        "month": round(found.month, 2),
        "month_at_most": round(found.most, 2),
        "parts": [asdict(cost) for cost in found.costs],
        "unpriced": list(found.unpriced),
        "besides": list(found.besides),
    }


def show(label: str, estimate: Estimate | None, console: Console) -> None:
    """Print an estimate.

    Args:
        label: the stack.
        estimate: what it costs; None for nothing.
        console: where to print.
    """
    if estimate is None:
        console.print(f"{label}: makes nothing in AWS, so it costs nothing there.")
        return
    table = Table(
        title=f"Estimate for {label}, USD a month", title_justify="left", box=SIMPLE_HEAD, show_footer=True
    )
    table.add_column("Part", footer="Together", overflow="fold")
    table.add_column("Number", justify="right")
    table.add_column("As set", footer=f"{estimate.month:.2f}", justify="right")
    table.add_column("At most", footer=f"{estimate.most:.2f}", justify="right")
    for cost in estimate.costs:
        table.add_row(cost.part, str(cost.count), *_figures(cost))
    console.print(table)
    for phrase in estimate.besides:
        console.print(f"  Besides, {phrase}", markup=False)
    if estimate.unpriced:
        console.print(f"  Without a price in the table: {', '.join(estimate.unpriced)}", markup=False)
    console.print(
        f"  An estimate, by list prices of {DATE} (infrastructure/eks/prices.py). The bill is AWS's.",
        markup=False,
    )


def _figures(cost: Cost) -> tuple[str, str]:
    if cost.month is None or cost.most is None:
        return ("unknown", "unknown")
    return (f"{cost.month:.2f}", f"{cost.most:.2f}")
