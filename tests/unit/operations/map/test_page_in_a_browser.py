"""The page in a real browser without a network: it filters, obeys the keyboard and fits its reader's preferences."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.chromium import Page, browse, find_chromium
from tests.unit.operations.map.workspaces import hostile, many, mixed, page

pytestmark = pytest.mark.skipif(
    find_chromium() is None, reason="no Chromium on PATH (Debian: apt-get install chromium)"
)

DESKTOP, TELEPHONE = (1280, 900), (390, 844)

_SHOWN = (
    "[...document.querySelectorAll('.namespace')].filter(one => one.checkVisibility())"
    ".map(one => one.querySelector('h4').innerText)"
)

_CONTRASTS = """(() => {
  const channels = text => text.match(/[\\d.]+/g).map(Number);
  const linear = part => (part /= 255) <= .04045 ? part / 12.92 : ((part + .055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => .2126 * linear(r) + .7152 * linear(g) + .0722 * linear(b);
  const behind = one => {
    for (; one; one = one.parentElement) {
      const colour = channels(getComputedStyle(one).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
      if (colour[3] > 0) throw new Error("a translucent background: " + one.className);
    }
    return channels(getComputedStyle(document.documentElement).getPropertyValue("background-color"));
  };
  const found = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const one = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || !one.checkVisibility() || /^(SCRIPT|OPTION)$/.test(one.tagName)) continue;
    const [a, b] = [light(channels(getComputedStyle(one).color)), light(behind(one))].sort((x, y) => y - x);
    found.push([(a + .05) / (b + .05), one.tagName + "." + one.className + ": " + texts.currentNode.data.trim()]);
  }
  return found.sort((x, y) => x[0] - y[0]);
})()"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """One browser for the whole module."""
    with browse(tmp_path_factory.mktemp("browser") / "profile") as tab:
        yield tab


Show = Callable[..., Page]


@pytest.fixture
def show(browser: Page, tmp_path: Path) -> Show:
    """Show a page in a window of a size, in light, with JavaScript."""

    def open_page(
        text: str, *, size: tuple[int, int] = DESKTOP, scheme: str = "light", **options: Any
    ) -> Page:
        file = tmp_path / "map.html"
        file.write_text(text, "utf-8")
        browser.resize(*size)
        browser.prefer(scheme=scheme, motion="reduce")
        browser.open(file, **options)
        return browser

    return open_page


def _choose(tab: Page, field: str, value: str) -> None:
    tab.evaluate(
        f"(() => {{ const one = document.getElementById('{field}'); one.value = '{value}';"
        " one.dispatchEvent(new Event('input', {bubbles: true})) })()"
    )


def _status(tab: Page) -> str:
    return str(tab.evaluate("document.getElementById('shown').innerText"))


def test_search_narrows_the_map_and_escape_widens_it_again(show: Show) -> None:
    tab = show(page(many()))
    assert _status(tab) == "200 shown"
    tab.evaluate("document.getElementById('words').focus()")
    tab.type("S07 Web")
    assert tab.evaluate(_SHOWN) == ["s07-web"]
    assert _status(tab) == "1 of 200 shown"
    lanes = "[...document.querySelectorAll('.lane')].filter(one => one.checkVisibility()).length"
    assert tab.evaluate(lanes) == 1
    tab.press("Escape")
    assert len(tab.evaluate(_SHOWN)) == 200
    tab.type("no such thing")
    assert tab.evaluate(_SHOWN) == []
    assert tab.evaluate("document.getElementById('none').checkVisibility()")


def test_the_filter_shows_what_was_asked_for(show: Show) -> None:
    tab = show(page(mixed(), many()))
    _choose(tab, "flag", "unowned")
    assert tab.evaluate(_SHOWN) == ["sandbox", *(f"s{number:02}-jobs" for number in range(1, 50, 10))]
    _choose(tab, "flag", "tight")
    _choose(tab, "stack", "cluster-1 1")
    assert tab.evaluate(_SHOWN) == ["shared"]
    _choose(tab, "flag", "")
    assert tab.evaluate(_SHOWN) == ["data", "shared"]
    tab.evaluate("document.getElementById('all').click()")
    tab.evaluate("new Promise(done => setTimeout(done))")
    assert len(tab.evaluate(_SHOWN)) == 205


def test_a_link_to_what_the_filter_hides_shows_it(show: Show) -> None:
    tab = show(page(mixed()))
    tab.evaluate("document.getElementById('words').focus()")
    tab.type("sandbox")
    target = tab.evaluate("document.querySelector('.found a').hash")
    tab.evaluate(
        "new Promise(done => { addEventListener('hashchange', () => setTimeout(done));"
        " document.querySelector('.found a').click() })"
    )
    assert tab.evaluate(f"document.querySelector('{target}').checkVisibility()")
    assert tab.evaluate("'#' + document.activeElement.id") == target


def test_the_keyboard_reaches_everything_in_order_visibly_and_gets_out_again(show: Show) -> None:
    tab = show(page(mixed()))
    expected = tab.evaluate(
        "[...document.querySelectorAll('a[href], input, select, button, summary, [tabindex=\"0\"]')]"
        ".filter(one => one.checkVisibility()).length"
    )
    reached: list[int] = []
    for _ in range(expected):
        tab.press("Tab")
        tag, outlined, number = tab.evaluate(
            "(() => { const one = document.activeElement;"
            " return [one.tagName, getComputedStyle(one).outlineStyle,"
            " [...document.querySelectorAll('*')].indexOf(one)] })()"
        )
        assert tag != "BODY", f"after {len(reached)} of {expected}"
        assert outlined != "none", (tag, number)
        reached.append(number)
    assert reached == sorted(set(reached))
    tab.press("Tab")
    assert tab.evaluate("document.activeElement.tagName") == "BODY"


def test_nothing_leaves_the_page_and_nothing_hostile_runs(show: Show) -> None:
    tab = show(page(hostile()))
    assert all(url.startswith("file://") for url in tab.requests())
    assert len(tab.requests()) == 1
    assert tab.complaints() == []
    assert tab.evaluate("document.title") == "Who owns what"
    tab.evaluate("fetch('http://platform.internal/').catch(() => 'refused')")
    assert any("Content Security Policy" in text for text in tab.complaints())


def test_dark_is_another_set_of_colours(show: Show) -> None:
    colours = "['body', '.card', '.owner'].map(one => getComputedStyle(document.querySelector(one)).backgroundColor)"
    light = show(page(mixed())).evaluate(colours)
    dark = show(page(mixed()), scheme="dark").evaluate(colours)
    assert all(one != other for one, other in zip(light, dark, strict=True))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_has_the_contrast_that_wcag_aa_asks_for(show: Show, scheme: str) -> None:
    tab = show(page(mixed(), many()), scheme=scheme)
    contrasts = tab.evaluate(_CONTRASTS)
    assert len(contrasts) > 500
    assert [one for one in contrasts if one[0] < 4.5] == []


@pytest.mark.parametrize("size", [DESKTOP, TELEPHONE, (320, 640)])
def test_the_window_scrolls_in_one_direction_alone(show: Show, size: tuple[int, int]) -> None:
    for text in (page(mixed()), page(hostile())):
        tab = show(text, size=size)
        assert tab.evaluate("document.documentElement.scrollWidth") == size[0]


def test_without_javascript_everything_is_there_and_the_filter_is_not(show: Show) -> None:
    tab = show(page(many()), javascript=False)
    try:
        tree = tab.call("Accessibility.getFullAXTree")["nodes"]
    finally:
        tab.call("Emulation.setScriptExecutionDisabled", value=False)
    shown = [
        (node["role"]["value"], node.get("name", {}).get("value", "")) for node in tree if not node["ignored"]
    ]
    assert sum(1 for role, name in shown if role == "heading" and name.startswith("s")) == 200 + 50
    assert not any(role in ("searchbox", "combobox") for role, _ in shown)


def test_a_screen_reader_hears_owner_health_and_disagreement(show: Show) -> None:
    tree = show(page(mixed())).call("Accessibility.getFullAXTree")["nodes"]
    shown = {
        (node["role"]["value"], node.get("name", {}).get("value", "")) for node in tree if not node["ignored"]
    }
    for expected in (
        ("region", "infrastructure/dev"),
        ("heading", "shared"),
        ("list", "Workloads in shared"),
        ("list", "Who else has to do with shared"),
        ("search", "Filter the namespaces"),
        ("searchbox", "Search"),
        ("link", "1 disagreement about shared"),
        ("navigation", "Parts of this page"),
    ):
        assert expected in shown, expected


def test_on_paper_the_map_is_light_and_the_filter_is_left_out(show: Show) -> None:
    tab = show(page(mixed()), scheme="dark")
    tab.prefer(scheme="dark", media="print")
    assert (
        tab.evaluate("getComputedStyle(document.querySelector('.card')).backgroundColor")
        == "rgb(255, 255, 255)"
    )
    assert not tab.evaluate("document.getElementById('filter').checkVisibility()")
    tab.prefer(scheme="dark")
    assert tab.pdf().startswith(b"%PDF")


def test_motion_is_left_out_where_less_is_preferred(show: Show) -> None:
    tab = show(page(mixed()))
    behaviour = "getComputedStyle(document.documentElement).scrollBehavior"
    assert tab.evaluate(behaviour) == "auto"
    tab.prefer(motion="no-preference")
    assert tab.evaluate(behaviour) == "smooth"
