"""The page: whole, escaped, self-contained, and built so that a screen reader finds its way."""

import base64
import hashlib
import itertools
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest

from operations.status.facts import ClusterFacts, GuardFacts, StackFacts
from tests.unit.operations.map.markup import Element, read_page
from tests.unit.operations.map.workspaces import HOSTILE, hostile, live, many, mixed, page
from tests.unit.operations.status.cluster_facts import DAY, cluster, day, held, owns

SILENT = cluster(day(owns(), holds=[held(owner=DAY)]), silence="It does not answer.\n  Start it.")
APART = StackFacts(
    "day-service-app.live", "live", "day", file="apps/day/Pulumi.live.yaml", wishes=(owns("live"),)
)

PAGES: dict[str, Callable[[], str]] = {
    "mixed": lambda: page(mixed(), apart=(APART,)),
    "many": lambda: page(many()),
    "two": lambda: page(mixed(), many()),
    "hostile": lambda: page(hostile(), apart=hostile().stacks),
    "silent": lambda: page(SILENT),
    "bare": lambda: page(cluster()),
    "empty": page,
}


@pytest.fixture(params=list(PAGES))
def any_page(request: pytest.FixtureRequest) -> Element:
    """Each kind of page."""
    return read_page(PAGES[request.param]())


def _namespace(root: Element, name: str) -> Element:
    return next(item for item in root.all("li", class_="namespace") if item.one("h4").text == name)


def test_ids_are_unique_and_every_link_leads_somewhere_on_the_page(any_page: Element) -> None:
    ids = Counter(element.attributes["id"] for element in any_page.all() if "id" in element.attributes)
    assert [name for name, count in ids.items() if count > 1] == []
    for attribute in ("href", "aria-labelledby", "for"):
        for element in any_page.all():
            value = element.attributes.get(attribute, "")
            if value == "data:,":
                continue
            for target in value.removeprefix("#").split():
                assert target in ids, (element.tag, attribute, value)
            assert attribute != "href" or value.startswith("#") or not value


def test_one_main_one_first_heading_and_no_level_left_out(any_page: Element) -> None:
    any_page.one("main")
    any_page.one("h1")
    any_page.one("footer")
    levels = [int(element.tag[1]) for element in any_page.all() if re.fullmatch(r"h[1-6]", element.tag)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    assert any_page.one("html").attributes["lang"] == "en"
    for landmark in any_page.all("nav"):
        assert landmark.attributes["aria-label"]


def test_tables_say_what_their_cells_are(any_page: Element) -> None:
    for table in any_page.all("table"):
        assert table.one("caption").text
        assert all(head.attributes["scope"] == "col" for head in table.one("thead").all("th"))
        for row in table.one("tbody").all("tr"):
            assert row.one("th").attributes["scope"] == "row"


def test_pictures_are_hidden_from_screen_readers_and_fields_have_labels(any_page: Element) -> None:
    assert all(picture.attributes["aria-hidden"] == "true" for picture in any_page.all("svg"))
    labelled = {label.attributes["for"] for label in any_page.all("label")}
    assert {field.attributes["id"] for tag in ("input", "select") for field in any_page.all(tag)} == labelled


def test_nothing_is_fetched_and_nothing_but_its_own_style_and_script_may_run(any_page: Element) -> None:
    policy = next(
        element.attributes["content"]
        for element in any_page.all("meta")
        if element.attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy.startswith("default-src 'none'; ")
    for tag in ("style", "script"):
        text = "".join(child for child in any_page.one(tag).children if isinstance(child, str))
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
        assert "url(" not in text
        assert "://" not in text
    for element in any_page.all():
        assert "src" not in element.attributes
        assert "style" not in element.attributes
        assert not any(name.startswith("on") for name in element.attributes)


def test_hostile_text_stays_text() -> None:
    root = read_page(PAGES["hostile"]())
    assert len(list(root.all("script"))) == 1
    assert not list(root.all("img"))
    names = [heading.text for heading in root.all("h4")]
    for text in HOSTILE[:-1]:
        assert " ".join(text.split()) in names
    assert "{{ 7 * 7 }}" in names
    tags = {element.tag for element in root.all()}
    assert "b" not in tags
    for one in root.all("li", class_="namespace"):
        assert one.attributes["id"].isascii()


def test_a_newcomer_reads_who_owns_what_from_the_text_alone() -> None:
    root = read_page(page(mixed()))
    lane = next(
        item for item in root.all("section", class_="lane") if item.one("h3").text == "infrastructure/dev"
    )
    assert "owns 2 namespaces" in lane.text
    shared = _namespace(lane, "shared")
    assert "Taken over from day/dev 45 minutes ago" in shared.text
    assert "2 of 2 ready Deployment day-service day-service:1.4 deployed by day/dev" in shared.text
    assert "ReplicaSet has timed out progressing" in shared.text
    beside = shared.one("ul", class_="neighbours")
    assert [item.text for item in beside.all("li")] == ["day/dev lives in it", "dusk/dev may live in it"]
    assert "pods 18 of 20nearly used up" in shared.text
    assert shared.one("summary").text == "4 more limits of shared"
    assert "node ports none allowed" in shared.one("details").text
    widths = [bar.attributes["width"] for bar in shared.all("rect", class_="used")]
    assert widths == ["100", "90", "25", "2", "50", "6", "0"]


def test_a_disagreement_has_its_remedy_and_leads_to_its_namespace_and_back() -> None:
    root = read_page(page(mixed()))
    data = _namespace(root, "data")
    item = root.one(id=data.one("a", class_="badge").attributes["href"].removeprefix("#"))
    assert "the state of day-service-app.dev still holds it" in item.text
    assert item.one("code").text == "make app-up SERVICE=day ENV=dev"
    assert item.one("a").attributes["href"] == f"#{data.attributes['id']}"


def test_the_summary_counts() -> None:
    root = read_page(page(mixed()))
    tiles = {tile.one("dt").text: tile.one("dd").text for tile in root.one("dl", class_="summary").all("div")}
    assert tiles == {
        "Namespaces": "5",
        "Owners": "3",
        "Workloads ready": "2 of 4",
        "Disagreements": "4",
        "Handed over": "2",
    }


def test_without_javascript_the_filter_is_hidden_and_every_namespace_is_not() -> None:
    root = read_page(page(many()))
    assert "hidden" in root.one(id="filter").attributes
    assert not any("hidden" in item.attributes for item in root.all("li", class_="namespace"))
    assert len(list(root.all("li", class_="namespace"))) == 200


def test_nothing_deployed_says_what_to_do() -> None:
    root = read_page(page(apart=(APART,)))
    assert "Nothing is deployed yet" in root.text
    assert [one.text for one in root.one("section", class_="empty").all("code")] == ["make up", "make map"]
    (table,) = root.all("table")
    assert "day/live live nothing apps/day/Pulumi.live.yaml" in table.text


def test_a_silent_cluster_is_shown_by_states_and_settings_and_said_to_be() -> None:
    root = read_page(page(SILENT))
    assert "does not answer: shown from states and settings alone" in root.text
    assert "cluster silent" in _namespace(root, "dev").text
    assert (
        next(tile.one("dd").text for tile in root.all("div", class_="wrong") if "Workloads" in tile.text)
        == "?"
    )
    assert "It does not answer." in root.one("section", class_="panel").text


@pytest.mark.parametrize("guard", [GuardFacts("g", installed=False), GuardFacts("g", bound=False)])
def test_a_guard_that_is_not_in_force_is_said(guard: GuardFacts) -> None:
    facts: ClusterFacts = cluster(live("dev", DAY), day(owns(), holds=[held(owner=DAY)]), guards=(guard,))
    text = read_page(page(facts)).text
    assert "not every guard is in force" in text
    assert "all guards are in force" not in text


def test_what_is_being_deleted_is_said() -> None:
    facts = cluster(replace(live("dev", DAY), terminating=True), day(owns(), holds=[held(owner=DAY)]))
    assert "being deleted" in _namespace(read_page(page(facts)), "dev").text
