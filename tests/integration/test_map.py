"""`make map` draws who owns a namespace as the cluster says, before a move, as planned, and after it."""

from pathlib import Path

from tests.checkout import Checkout
from tests.cluster import LiveCluster
from tests.integration.conftest import Declare
from tests.markup import Element, read_page


def _owner(part: Element, namespace: str) -> tuple[str, Element]:
    """The owner under which a namespace is drawn, and its card."""
    for lane in part.all("section", class_="lane"):
        for card in lane.all("li", class_="namespace"):
            if card.one("h4").text == namespace:
                return lane.one("h3").text, card
    raise AssertionError(f"{namespace} is not drawn")


def _page(file: Path) -> Element:
    return read_page(file.read_text("utf-8"))


def test_the_owner_is_drawn_before_a_move_in_its_plan_and_after_it(
    checkout: Checkout,
    cluster: LiveCluster,
    declare: Declare,
    environment: str,
    infrastructure_settings: None,
    tmp_path: Path,
) -> None:
    declare("day", namespace="drawn")
    checkout.app_up("day", environment)
    printed = checkout.make("map").text.splitlines()
    assert str(checkout.root / ".local" / "map.html") in printed
    owner, card = _owner(_page(checkout.root / ".local" / "map.html"), "drawn")
    assert owner == f"day/{environment}"
    assert "2 of 2 ready" in card.text
    assert not list(card.all("p", class_="moved"))

    move = {"SERVICE": "day", "ENV": environment, "TO": "infrastructure"}
    checkout.make("namespace-move", **move, DRY_RUN="1", MAP=str(tmp_path / "plan.html"))
    plan = _page(tmp_path / "plan.html")
    before, after = (
        next(part for part in plan.all("section", class_="cluster") if part.one("h2").text == moment)
        for moment in ("Before", "After")
    )
    assert _owner(before, "drawn")[0] == f"day/{environment}"
    assert _owner(after, "drawn")[0] == "infrastructure/dev"
    assert cluster.owner("drawn") == f"day-service-app.{environment}"

    checkout.make("namespace-move", **move)
    checkout.make("map", OUT=str(tmp_path / "map.html"))
    page = _page(tmp_path / "map.html")
    owner, card = _owner(page, "drawn")
    assert owner == "infrastructure/dev"
    assert f"Adopted from day/{environment}" in card.one("p", class_="moved").text
    assert card.one("time").attributes["datetime"] >= cluster.namespace(
        "drawn"
    ).metadata.creation_timestamp.strftime("%Y-%m-%dT%H:%M:%SZ")
    beside = [item.text for item in card.one("ul", class_="neighbours").all("li")]
    assert beside == [f"day/{environment} uses it"]
    moves = next(table for table in page.all("table") if "adopted its namespace" in table.text)
    assert any(row.text.startswith("drawn") for row in moves.all("th", scope="row"))


def test_an_environment_that_is_not_deployed_is_said_to_be(checkout: Checkout, tmp_path: Path) -> None:
    checkout.make("map", ENV="production", OUT=str(tmp_path / "map.html"))
    page = _page(tmp_path / "map.html")
    assert "Nothing is deployed yet" in page.text
    assert "infrastructure/production" in page.text


def test_an_environment_that_is_not_there_is_refused(checkout: Checkout) -> None:
    assert "There is no environment 'nowhere'" in checkout.refused("map", ENV="nowhere")
    assert "in no folder that exists" in checkout.refused("map", OUT="nowhere/map.html")
