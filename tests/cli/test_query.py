# SPDX-License-Identifier: BSD-3-Clause
"""palang query: the verdict on a name and what it rests on."""

import json
import pathlib

import pytest

from command import Store, palang

FIELDS = {"name", "blocked", "action", "match", "scope", "feed", "authority", "order",
          "since", "until", "serial"}

ROWS = [
    {"domain": "toko-palsu.example", "authority": "Ministry of Examples",
     "category": "fake-shop", "order": "No. 7/2026", "basis": "Law of Examples",
     "reason": "sells nothing", "issued": "2026-01-01", "effective": "2026-01-02",
     "contact": "https://notice.example/appeal"},
    {"domain": "nxdomain.example", "action": "nxdomain", "scope": "exact",
     "expires": "2036-07-01"},
    {"domain": "below.example", "scope": "below"},
    {"domain": "good.toko-palsu.example", "action": "pass"},
    {"domain": "past.example", "expires": "2020-01-01"},
    {"domain": "future.example", "effective": "2036-01-01"},
]


@pytest.fixture
def filled(store: Store) -> Store:
    store.compile_rows(ROWS)
    return store


@pytest.mark.parametrize("names, status", [
    (["toko-palsu.example"], 0), (["www.toko-palsu.example"], 0),
    (["toko-asli.example"], 1), (["good.toko-palsu.example"], 1),
    (["toko-palsu.example", "www.toko-palsu.example"], 0),
    (["toko-palsu.example", "toko-asli.example"], 1),
    (["toko-asli.example", "toko-palsu.example"], 1),
    (["below.example"], 1), (["x.below.example"], 0),
    (["nxdomain.example"], 0), (["x.nxdomain.example"], 1),
    (["past.example"], 1), (["future.example"], 1),
    ([".", "example"], 1)])
@pytest.mark.parametrize("json_too", [[], ["--json"]], ids=["text", "json"])
def test_the_exit_status_tells_whether_all_are_blocked(
        filled: Store, names: list[str], status: int, json_too: list[str]) -> None:
    done = palang("query", "-o", filled.path, *json_too, *names, status=status)
    assert done.stderr == ""


@pytest.mark.parametrize("words", [
    [], ["toko..example"], ["a" * 64 + ".example"], ["x." * 130 + "example"],
    ["--no-such-option", "toko.example"], ["-f", "/nonexistent/list"],
    ["toko-palsu.example", ".."], [""]])
def test_an_error_exits_with_2(filled: Store, words: list[str]) -> None:
    done = palang("query", "-o", filled.path, *words, status=2)
    assert done.stderr.startswith("palang: "), done.stderr


def test_without_a_store_there_is_no_verdict(store: Store) -> None:
    done = palang("query", "-o", store.path, "toko-palsu.example", status=2)
    assert done.stderr.startswith("palang: ") and str(store.path) in done.stderr
    assert done.stdout == ""
    assert not store.path.exists()


def test_json_tells_what_a_block_rests_on(filled: Store) -> None:
    verdict, = filled.query("WWW.Toko-Palsu.example")
    assert FIELDS <= set(verdict)
    assert verdict["name"] == "www.toko-palsu.example"
    assert verdict["blocked"] is True
    assert verdict["match"] == "toko-palsu.example"
    for field, value in (("action", "notice"), ("scope", "subtree"), ("feed", "list"),
                         ("authority", "Ministry of Examples"),
                         ("category", "fake-shop"), ("order", "No. 7/2026"),
                         ("basis", "Law of Examples"), ("reason", "sells nothing"),
                         ("contact", "https://notice.example/appeal"),
                         ("serial", 1), ("until", None)):
        assert verdict[field] == value, field


def test_json_tells_until_when(filled: Store) -> None:
    verdict, = filled.query("nxdomain.example")
    assert verdict["until"].startswith("2036-07-01")
    assert verdict["action"] == "nxdomain" and verdict["scope"] == "exact"


def test_json_has_the_same_fields_for_a_name_that_is_not_blocked(filled: Store) -> None:
    free, taken = filled.query("toko-asli.example", "toko-palsu.example")
    assert set(free) == set(taken)
    assert free["blocked"] is False
    assert free["match"] is None and free["action"] is None and free["serial"] == 1


def test_a_pass_is_told_as_the_reason_why_not(filled: Store) -> None:
    verdict, = filled.query("www.good.toko-palsu.example")
    assert verdict["blocked"] is False
    assert verdict["action"] == "pass"
    assert verdict["match"] == "good.toko-palsu.example"


def test_all_feeds_that_list_a_name_are_told(store: Store) -> None:
    for i, action in enumerate(["nxdomain", "notice", "pass"]):
        store.compile(["toko.example"], "--feed", f"feed{i}", "--action", action)
    verdict, = store.query("toko.example")
    assert verdict["feed"] == "feed0" and verdict["action"] == "nxdomain"
    assert {o["feed"] for o in verdict["others"]} == {"feed1", "feed2"}


def test_text_tells_who_and_why(filled: Store) -> None:
    out = palang("query", "-o", filled.path, "www.toko-palsu.example").stdout
    for words in ("www.toko-palsu.example is blocked", "toko-palsu.example",
                  "Ministry of Examples", "No. 7/2026", "notice", "serial"):
        assert words in out, out
    out = palang("query", "-o", filled.path, "toko-asli.example", status=1).stdout
    assert "toko-asli.example is not blocked" in out


def test_names_are_read_from_a_file(filled: Store, tmp_path: pathlib.Path) -> None:
    names = ["toko-palsu.example", "toko-asli.example", "x.below.example"] * 500
    path = tmp_path / "names"
    path.write_text("\n".join(names) + "\n")
    for source, stdin in ((path, ""), ("-", path.read_text())):
        done = palang("query", "-o", filled.path, "--json", "-f", source, stdin=stdin,
                      status=1)
        verdicts = [json.loads(line) for line in done.stdout.splitlines()]
        assert [v["name"] for v in verdicts] == names
        assert [v["blocked"] for v in verdicts] == [True, False, True] * 500
    path.write_text("toko-palsu.example")
    palang("query", "-o", filled.path, "-f", path, status=0)


def test_a_bad_name_in_a_file_does_not_stop_the_others(filled: Store) -> None:
    done = palang("query", "-o", filled.path, "--json", "-f", "-",
                  stdin="toko-palsu.example\nbad..name\ntoko-asli.example\n", status=2)
    assert [json.loads(x)["name"] for x in done.stdout.splitlines()] == [
        "toko-palsu.example", "toko-asli.example"]
    assert "bad..name" in done.stderr


@pytest.mark.parametrize("text, name", [
    ("BÜCHER.example", "xn--bcher-kva.example"), ("toko.example.", "toko.example"),
    (r"a\.b.example", r"a\.b.example"), (r"\065.example", "a.example"),
    (r"\000.example", r"\000.example"), ("例え。example", "xn--r8jz45g.example"),
    ("_dmarc.toko.example", "_dmarc.toko.example")])
def test_a_name_may_be_written_as_lists_write_it(filled: Store, text: str,
                                                 name: str) -> None:
    assert filled.query(text)[0]["name"] == name


def test_hostile_text_is_printed_as_valid_json(store: Store) -> None:
    odd = 'quote " backslash \\ ünï <script>'
    store.compile_rows([{"domain": "toko.example", "authority": odd, "order": odd,
                         "reason": odd, "basis": odd, "contact": odd, "category": odd}])
    verdict, = store.query("toko.example")
    for field in ("authority", "order", "reason", "basis", "contact", "category"):
        assert verdict[field] == odd


def test_a_query_does_not_write_to_the_store(filled: Store) -> None:
    before = filled.data.read_bytes()
    filled.query("toko-palsu.example", "toko-asli.example")
    assert filled.data.read_bytes() == before
