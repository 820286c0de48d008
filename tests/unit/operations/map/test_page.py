"""The page says who owns what, and says nothing else whatever its values hold."""

import base64
import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from operations.facts import StackFacts
from operations.map.page import page
from operations.status.disagreements import examine
from operations.status.facts import ClusterFacts, Workload
from shared.errors import Refusal
from shared.kube.observed import ObservedQuota
from shared.stacks import Stack
from tests.markup import Element, read_page
from tests.unit.operations.status.cluster_facts import cluster, live, owns, stack, uses
from tests.unit.operations.workspace import DAY, DUSK, PLATFORM

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
HOSTILE = "\"><script>alert(1)</script><b a='"


def full() -> ClusterFacts:
    """A cluster of which every part of the page has something to show."""
    moved = replace(live(PLATFORM, previous=DAY), adopted="2026-11-24T09:00:00Z")
    facts = cluster(
        moved,
        live(DUSK, "other"),
        live(name="foreign"),
        stack(PLATFORM, owns(PLATFORM, tenants=[DUSK]), has="labelled"),
        stack(DAY, uses(DAY, PLATFORM)),
        stack(DUSK, owns(DUSK, "other"), owns(DUSK, "missing")),
    )
    assert facts.live
    quota = ObservedQuota(
        hard={"pods": "10", "requests.cpu": "2"}, used={"pods": "9", "requests.cpu": "500m"}
    )
    workloads = (
        Workload("Deployment", "day-service", 2, 2, "registry/day:1"),
        Workload("Deployment", "broken", 3, 1, "x", "Too few"),
    )
    observed = replace(facts.live.cluster, quotas={"dev": quota})
    return replace(facts, live=replace(facts.live, cluster=observed, workloads={"dev": workloads}))


def hostile() -> ClusterFacts:
    """A cluster whose every value is an attempt to run something."""
    owner = Stack(HOSTILE, "dev")
    facts = cluster(live(owner, HOSTILE), stack(DAY, fault=HOSTILE))
    assert facts.live
    workloads = {HOSTILE: (Workload(HOSTILE, HOSTILE, 1, 0, HOSTILE, HOSTILE),)}
    return replace(facts, name=HOSTILE, live=replace(facts.live, workloads=workloads))


def written(*clusters: ClusterFacts, apart: tuple[StackFacts, ...] = ()) -> str:
    return page("Who owns what", list(map(examine, clusters)), NOW, apart=apart)


UNREACHABLE = cluster(
    stack(DAY, owns(DAY), has="labelled"), fault=Refusal("It does not answer.", "Start it.")
)
PAGES: dict[str, Callable[[], str]] = {
    "full": lambda: written(full()),
    "two": lambda: written(full(), full()),
    "hostile": lambda: written(hostile(), apart=hostile().stacks),
    "unreachable": lambda: written(UNREACHABLE),
    "bare": lambda: written(cluster()),
    "empty": written,
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
    for element in any_page.all():
        for attribute in ("href", "aria-labelledby"):
            target = element.attributes.get(attribute, "data:,")
            assert target == "data:," or target.removeprefix("#") in ids


def test_nothing_runs_but_the_pages_own_script(any_page: Element) -> None:
    policy = any_page.one("meta", http_equiv="Content-Security-Policy").attributes["content"]
    for tag in ("script", "style"):
        text = "".join(part for part in any_page.one(tag).children if isinstance(part, str))
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    for element in any_page.all():
        assert not {"style", "src", "onclick", "onload"} & set(element.attributes)


def test_a_namespace_is_drawn_under_its_owner_with_who_uses_it() -> None:
    root = read_page(written(full()))
    lanes = {lane.one("h3").text: lane for lane in root.all("section", class_="lane")}
    assert list(lanes) == ["infrastructure/dev", "dusk/dev", "No owner"]
    card = _namespace(lanes["infrastructure/dev"], "dev")
    assert [item.text for item in card.one("ul", class_="neighbours").all("li")] == [
        "day/dev uses it",
        "dusk/dev may use it",
    ]
    assert card.one("p", class_="moved").text == "Adopted from day/dev 3 hours ago"


def test_workloads_and_quotas_say_how_they_are() -> None:
    card = _namespace(read_page(written(full())), "dev")
    ready, broken = card.one("ul", class_="workloads").all("li")
    assert ready.text == "2 of 2 ready Deployment day-service day:1"
    assert broken.text.endswith("Too few")
    pods, cpu = card.one("dl").all("dd")
    assert pods.text.startswith("9 of 10 nearly used up")
    assert cpu.text.startswith("500m of 2 25 %")
    assert "open" in card.one("details").attributes


def test_disagreements_are_listed_with_their_remedies_and_counted_on_their_namespace() -> None:
    root = read_page(written(full()))
    wrong = root.one("section", class_="wrong").text
    assert f"owned by {DUSK.owner}, but is not in its state" in wrong
    assert "make app-up SERVICE=dusk ENV=dev" in wrong
    assert _namespace(root, "other").one("span", class_="warn").text == "1 disagreement"


def test_what_does_not_exist_is_drawn_under_the_stack_that_claims_it() -> None:
    lane = next(
        lane
        for lane in read_page(written(full())).all("section", class_="lane")
        if lane.one("h3").text == "dusk/dev"
    )
    assert _namespace(lane, "missing").one("span", class_="badge").text == "not on the cluster"


def test_a_cluster_that_does_not_answer_is_shown_from_states_and_settings() -> None:
    root = read_page(written(UNREACHABLE))
    assert "does not answer" in root.one("section", class_="cluster").text
    assert _namespace(root, "dev").one("span", class_="badge").text == "not observed"


def test_stacks_on_no_cluster_are_listed_with_what_is_wrong_with_them() -> None:
    apart = (stack(DAY, owns(DAY)), stack(DUSK, fault="It is wrong."))
    text = read_page(written(apart=apart)).one("table").text
    assert "day/dev dev apps/day/Pulumi.dev.yaml" in text
    assert "It is wrong." in text


def test_the_search_finds_names_stacks_and_workloads() -> None:
    words = _namespace(read_page(written(full())), "dev").attributes["data-words"]
    assert {"dev", "infrastructure/dev", "day/dev", "day-service"} <= set(words.split())
