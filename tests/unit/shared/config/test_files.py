"""Settings files: what is read is what the engine reads, and what is written is the lines that change."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from shared.config import files
from shared.config.files import ABSENT, SettingsFile, lines_of, project_name
from shared.errors import Refusal

PROJECT, FILE = "day-service-app", "apps/day/Pulumi.dev.yaml"
read, change = partial(files.read, file=FILE), partial(files.change, file=FILE)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "Pulumi.dev.yaml"


def parsed(file: Path, text: str | bytes) -> SettingsFile:
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read(file, PROJECT)


def changed(file: Path, text: str, changes: dict[str, Any]) -> str:
    file.write_bytes(text.encode())
    change(file, PROJECT, changes)
    return file.read_bytes().decode()


def test_a_projects_own_settings_are_read_with_their_lines(file: Path) -> None:
    file.write_text("name: day-service-app\n")
    assert project_name(file, file=FILE) == PROJECT
    found = parsed(
        file,
        "# ours\nsecretsprovider: awskms://key\nconfig:\n  aws:region: eu-central-1\n"
        f"  {PROJECT}:replicas: 7\n  {PROJECT}:team:\n  {PROJECT}:isolation: {{limits: {{max_cpu: 2}}}}\n",
    )
    assert found.values == {"replicas": 7, "isolation": {"limits": {"max_cpu": 2}}}
    assert (found.lines["replicas"], found.others) == (5, {"aws:region": 4})
    assert not found.imports


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("yes", "yes"),
        ("'1.10'", "1.10"),
        ('"true"', "true"),
        ("1e3", 1000.0),
        ("[1, a, {b: c}]", [1, "a", {"b": "c"}]),
    ],
)
def test_a_value_is_typed_as_yaml_has_it_and_a_text_is_as_written(file: Path, text: str, value: Any) -> None:
    assert parsed(file, f"config:\n  {PROJECT}:x: {text}\n").values["x"] == value


def test_an_encrypted_value_is_named_and_not_read(file: Path) -> None:
    text = f"config:\n  {PROJECT}:a:\n    secure: v1:x\n  {PROJECT}:b: {{c: [{{secure: v1:y}}]}}\n  {PROJECT}:d: 1\n"
    found = parsed(file, text)
    assert (set(found.secret), dict(found.values)) == ({"a", "b"}, {"d": 1})


@pytest.mark.parametrize("text", [b"", b"---\n", b"config:\n", b"\xef\xbb\xbfconfig: {}\n"])
def test_a_file_may_have_no_settings(file: Path, text: bytes) -> None:
    assert parsed(file, text).values == {}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("config: [", "line 1, is not valid YAML: expected the node content"),
        (f"config:\n\t{PROJECT}:replicas: 2\n", "line 2, is not valid YAML: found character '\\t'"),
        ("- a\n", "must be a mapping at its top level"),
        (b"config:\n  day-service-app:team: \xff\n", "is not UTF-8 text"),
        ("config: \x00\n", "is not valid YAML"),
        ("config: {}\n---\nconfig: {}\n", "but found another document"),
        ("config: &a {b: *a}\n", "an alias contains itself"),
        ("config: " + "[" * 1_000, "is nested too deeply"),
        ("config: [a]\n", "line 1: config must be a mapping"),
        ("confg: {}\n", "line 1: the key confg is unknown; settings go below config. Did you mean config?"),
        (f"config:\n  {PROJECT}:a: 1\n  {PROJECT}:a: 2\n", f"line 3: {PROJECT}:a is set twice"),
        (f"config:\n  {PROJECT}:a: {{b: 1, b: 2}}\n", "line 2: b is set twice"),
        ("config:\n  replicas: 2\n", f"line 2: replicas is not a valid key; write it as {PROJECT}:<setting>"),
        *(
            (f"config:\n  {PROJECT}:a: {text}\n", f"line 2: {text} is read in different ways")
            for text in (
                "007",
                "0b1",
                "2024-01-15",
                "1_0",
                "0x1F",
                "+1",
                "-0",
                "0O7",
                ".5e1",
                "2024-1-5",
                "9" * 20,
            )
        ),
        ("config:\n  [a, b]: 2\n", "line 2: a key must be a single value"),
        (
            f"config:\n  {PROJECT}:a: {{1.10: b}}\n",
            "line 2: 1.10 is read in different ways; write it in quotes",
        ),
        (
            "config:\n  day-servce-app:team: a\n",
            f"line 2: day-servce-app:team is not a setting of this project; did you mean {PROJECT}:team?",
        ),
    ],
)
def test_another_file_is_refused_with_the_line_and_the_rule(file: Path, text: str | bytes, told: str) -> None:
    with pytest.raises(Refusal) as caught:
        parsed(file, text)
    assert caught.value.fact.startswith(FILE)
    assert told in caught.value.fact


@given(st.binary(max_size=200) | st.text("config:{}[]&*!|>-\t\n 'ab\"#%@", max_size=60).map(str.encode))
def test_any_bytes_are_settings_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    try:
        parsed(tmp_path_factory.getbasetemp() / "any.yaml", content)
    except Refusal as refusal:
        assert refusal.fact.startswith(FILE)


OWNED = f"""\
# Owned by team day.
config:
  {PROJECT}:namespace: dev  # one for all
  other:key:   "kept"

  # Seconds.
  {PROJECT}:ttl: 60
  {PROJECT}:to:
      - cidr: 10.0.0.0/8
        ports: [ 5432 ]
"""


def test_the_lines_that_change_are_changed_and_no_others(file: Path) -> None:
    text = changed(file, OWNED, {"namespace": "blue", "create_namespace": False, "ttl": ABSENT})
    wanted = OWNED.replace("namespace: dev ", "namespace: blue ").replace(
        f"  # Seconds.\n  {PROJECT}:ttl: 60\n", ""
    )
    assert text == f"{wanted}  {PROJECT}:create_namespace: false\n"
    same = {"namespace": "blue", "team": ABSENT, "to": [{"cidr": "10.0.0.0/8", "ports": [5432]}]}
    assert not change(file, PROJECT, same)


@pytest.mark.parametrize(
    "text",
    ["", "# ours\n", "config: {}\n", "config:\nsecretsprovider: x\n", "secretsprovider: x"],
)
def test_a_file_without_settings_gets_some(file: Path, text: str) -> None:
    found = changed(file, text, {"to": {"cidr": ["10.0.0.0/8"], "text": "1.10"}})
    assert yaml.safe_load(found)["config"] == {f"{PROJECT}:to": {"cidr": ["10.0.0.0/8"], "text": "1.10"}}
    assert ("secretsprovider: x" in found) == ("secretsprovider: x" in text)
    assert ("# ours" in found) == ("# ours" in text)


MAP = f"""\
config:
  {PROJECT}:namespaces:
    # The shared one.
    shared:
      team: platform  # for now
    # The money.
    billing:  # audited
    staging: {{}}
  # The end.
"""


def test_of_a_mapping_the_entry_that_changes_is_edited_alone(file: Path) -> None:
    before: dict[str, Any] = {"shared": {"team": "platform"}, "billing": {}, "staging": {}}
    added = changed(file, MAP, {"namespaces": {**before, "moved": {"adopt_namespace_from": "a.b"}}})
    assert added == MAP.replace("  # The end", "    moved:\n      adopt_namespace_from: a.b\n  # The end")
    assert changed(file, added, {"namespaces": before}) == MAP
    inner = changed(file, MAP, {"namespaces": {**before, "billing": {"team": "money"}}})
    assert inner == MAP.replace("# audited\n", "# audited\n      team: money\n")
    assert changed(file, inner, {"namespaces": {**before, "billing": {}}}) == MAP.replace(
        "billing:  # audited", "billing: {}  # audited"
    )
    assert changed(file, MAP, {"namespaces": {"billing": {}, "staging": {}}}) == MAP.replace(
        "    # The shared one.\n    shared:\n      team: platform  # for now\n", ""
    )


def test_the_last_setting_leaves_an_empty_mapping(file: Path) -> None:
    assert changed(file, MAP, {"namespaces": ABSENT}) == "config: {}\n  # The end.\n"
    assert changed(file, MAP, {"namespaces": {}}) == f"config:\n  {PROJECT}:namespaces: {{}}\n  # The end.\n"


def test_line_ends_a_byte_order_mark_and_a_last_line_without_an_end_stay(file: Path) -> None:
    text = "\ufeff" + OWNED.replace("\n", "\r\n").removesuffix("\r\n")
    assert changed(file, text, {"namespace": "blue"}) == text.replace(": dev", ": blue")
    more = changed(file, text, {"more": {"a": 1}})
    assert more == f"{text}\r\n  {PROJECT}:more:\r\n    a: 1"
    assert changed(file, more, {"more": ABSENT}) == text


def test_new_lines_are_indented_as_the_file_is(file: Path) -> None:
    text = f"config:\n    # All.\n    {PROJECT}:a: 1\n"
    added = f"    {PROJECT}:to:\n        cidr:\n            - b\n"
    assert changed(file, text, {"to": {"cidr": ["b"]}}) == text + added


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "  p:a: 1\n  # Of a, or of what follows.\n",
            "  p:a: 1\n  p:new: 2\n  # Of a, or of what follows.\n",
        ),
        ("  p:a: 1\n  p:b: 1\n  # On b.\n", "  p:a: 1\n  p:new: 2\n  p:b: 1\n  # On b.\n"),
        ("  p:a: 1\n\n  # p:b: 1\n", "  p:a: 1\n  p:new: 2\n\n  # p:b: 1\n"),
        ("  # On a.\n  p:a:\n    # in a\n", "  # On a.\n  p:a:\n    # in a\n  p:new: 2\n"),
    ],
)
def test_a_new_setting_does_not_come_between_a_comment_and_what_it_belongs_to(
    file: Path, before: str, after: str
) -> None:
    before, after = (f"config:\n{text.replace('p:', f'{PROJECT}:')}" for text in (before, after))
    assert changed(file, before, {"new": 2}) == after
    assert changed(file, after, {"new": ABSENT}) == before


def test_a_trial_writes_nothing(file: Path) -> None:
    file.write_text(OWNED)
    assert change(file, PROJECT, {"namespace": "blue"}, is_trial=True)
    assert file.read_text() == OWNED


def test_a_symbolic_link_stays_one_and_the_mode_stays(file: Path, tmp_path: Path) -> None:
    target = tmp_path / "elsewhere.yaml"
    target.write_text(OWNED)
    target.chmod(0o640)
    file.symlink_to(target)
    assert change(file, PROJECT, {"namespace": "blue"})
    assert file.is_symlink()
    assert (target.stat().st_mode & 0o777, "blue" in target.read_text()) == (0o640, True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["Pulumi.dev.yaml", "elsewhere.yaml"]


def test_a_file_that_cannot_be_edited_by_line_is_refused_and_stays(file: Path) -> None:
    before = f"config:\n  {PROJECT}:a: &x 1\n  {PROJECT}:b: *x\n"
    file.write_text(before)
    with pytest.raises(Refusal, match="in a way that this command cannot edit"):
        change(file, PROJECT, {"a": {"c": 2}, "b": {"d": 3}})
    assert file.read_text() == before


SINGLE = (
    st.booleans()
    | st.integers(-5, 5)
    | st.text("ab:# -'\"\n{}[]1.0é", max_size=8).map(str.strip).filter(bool)
)
VALUE = st.recursive(
    SINGLE,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=5,
)
CHANGES = st.dictionaries(
    st.sampled_from(["namespace", "ttl", "to", "a", "b"]), VALUE | st.just(ABSENT), max_size=3
)


@given(st.lists(CHANGES, min_size=1, max_size=4))
def test_any_change_is_read_back_and_the_rest_stays(
    tmp_path_factory: pytest.TempPathFactory, steps: list[dict[str, Any]]
) -> None:
    file = tmp_path_factory.getbasetemp() / "changing.yaml"
    file.write_text(OWNED)
    wanted: dict[str, Any] = dict(read(file, PROJECT).values)
    for changes in steps:
        change(file, PROJECT, changes)
        wanted = {name: value for name, value in {**wanted, **changes}.items() if value is not ABSENT}
        assert read(file, PROJECT).values == wanted
        assert '  other:key:   "kept"\n' in file.read_text()


ABOVE = st.lists(st.sampled_from(["", "# On this one.", "#", "# p:off: 1"]), max_size=2)
WRITTEN = st.sampled_from(
    [
        " 1",
        " 'it''s'  # quoted",
        "\n  in: {a: 1}\n\n  # Within.\n  to: [ a ]",
        "\n- cidr: 10.0.0.0/8\n  # Postgres.\n  ports: [5432]",
        " |\n  two\n\n  lines",
        "  # nothing yet",
        "",
    ]
)
SETTINGS = st.lists(st.tuples(ABOVE, WRITTEN), max_size=4)
LAYOUT = st.tuples(st.sampled_from(["\n", "\r\n"]), st.sampled_from([2, 4]), st.booleans(), st.booleans())


def laid_out(settings: list[tuple[str, list[str], str]], layout: tuple[str, int, bool, bool]) -> bytes:
    """A settings file: each setting with the lines above it and its value, in one of the ways people write files."""
    end, indentation, has_mark, ends = layout
    lines = [
        line for name, above, value in settings for line in [*above, *f"{PROJECT}:{name}:{value}".split("\n")]
    ]
    text = "\n".join(["# Ours.", "config:", *(" " * indentation + line if line else "" for line in lines)])
    text = f"{text}\nsecretsprovider: awskms://key" + ("\n" if ends else "")
    return (b"\xef\xbb\xbf" if has_mark else b"") + text.replace("\n", end).encode()


def units(file: Path) -> set[tuple[str, str]]:
    """Each line with the comments right above it, which belong to it."""
    found, above = set(), list[str]()
    for line in file.read_bytes().decode("utf-8-sig").splitlines():
        if line.lstrip().startswith("#"):
            above.append(line.strip())
            continue
        found.add(("|".join(above), line.strip()))
        above = []
    return found


@given(SETTINGS, SETTINGS, ABOVE, WRITTEN.filter(lambda text: text.split("#")[0].strip()), LAYOUT, LAYOUT)
def test_a_setting_carried_to_another_file_and_back_leaves_both_byte_for_byte(
    tmp_path_factory: pytest.TempPathFactory,
    mine: list[tuple[list[str], str]],
    theirs: list[tuple[list[str], str]],
    above: list[str],
    value: str,
    layout: tuple[str, int, bool, bool],
    other_layout: tuple[str, int, bool, bool],
) -> None:
    one, other = (tmp_path_factory.getbasetemp() / name for name in ("one.yaml", "other.yaml"))
    carried = ("isolation", [line for line in above if line], value)
    first = ("first", list[str](), " 1")
    one.write_bytes(laid_out([first, *((f"a{i}", *it) for i, it in enumerate(mine)), carried], layout))
    other.write_bytes(laid_out([first, *((f"b{i}", *it) for i, it in enumerate(theirs))], other_layout))
    before, units_before = (one.read_bytes(), other.read_bytes()), (units(one), units(other))
    its, own = read(one, PROJECT).values["isolation"], dict(read(one, PROJECT).values)
    there, back = ("namespaces", "dev", "isolation"), ("isolation",)

    def copies(file: Path, of: tuple[str, ...], to: tuple[str, ...]) -> Any:
        lines = lines_of(file, PROJECT, of)
        assert lines
        return {to: lines}

    entry = {"adopt_namespace_from": "a.b", "isolation": its}
    change(other, PROJECT, {"namespaces": {"dev": entry}}, copies=copies(one, back, there))
    change(one, PROJECT, {"create_namespace": False, "isolation": ABSENT})
    change(other, PROJECT, {"namespaces": {"dev": {"isolation": its}}})
    assert read(other, PROJECT).values["namespaces"] == {"dev": {"isolation": its}}
    assert units(other) >= units_before[1]
    assert {comment for comment, _ in units(other)} >= {"|".join(carried[1])}
    assert len(units_before[0] - units(one)) <= len(value.splitlines()) + 1

    adopts = {"isolation": its, "create_namespace": ABSENT, "adopt_namespace_from": "a.b"}
    change(one, PROJECT, adopts, copies=copies(other, there, back))
    change(other, PROJECT, {"namespaces": ABSENT})
    change(one, PROJECT, {"adopt_namespace_from": ABSENT})
    assert read(one, PROJECT).values == own
    assert (one.read_bytes(), other.read_bytes()) == before
