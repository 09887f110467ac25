# SPDX-License-Identifier: BSD-3-Clause
"""palang allow, palang block, palang overrides: decisions by hand, and their guards."""

import json
import os
import pathlib
import re
import time

import pytest

from command import Store, palang

WHY = ("--reason", "a test")


@pytest.fixture(autouse=True)
def no_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PALANG_CONF", raising=False)


@pytest.fixture
def listed(store: Store) -> Store:
    store.compile(["toko.example", "www.palsu.example"], "--feed", "list")
    return store


def allow(store: Store, *words: str, status: int = 0):
    return palang("allow", "-o", store.path, *words, status=status)


def block(store: Store, *words: str, status: int = 0):
    return palang("block", "-o", store.path, *words, status=status)


def overrides(store: Store) -> dict[str, dict]:
    done = palang("overrides", "-o", store.path, "--json")
    return {o["name"]: o for o in map(json.loads, done.stdout.splitlines())}


def verdict(store: Store, name: str) -> dict:
    return store.query(name)[0]


def test_allow_frees_a_name_and_all_below(listed: Store) -> None:
    allow(listed, "palsu.example", *WHY)
    for name in ("palsu.example", "www.palsu.example", "a.b.palsu.example"):
        v = verdict(listed, name)
        assert not v["blocked"] and v["by_hand"] and v["action"] == "pass"
        assert v["feed"] == "override" and v["reason"] == "a test" and v["issued"]
    other = verdict(listed, "www.palsu.example")["others"][0]
    assert other["feed"] == "list" and other["outdone"] == "overridden by hand"
    assert verdict(listed, "toko.example")["blocked"]


def test_block_blocks_as_the_options_say(listed: Store) -> None:
    block(listed, "new.example", *WHY)
    block(listed, "part.example", *WHY, "--scope", "exact", "--action", "nodata",
          "--authority", "Ministry", "--order", "No. 7")
    block(listed, "*.star.example", *WHY)
    v = verdict(listed, "x.new.example")
    assert v["blocked"] and v["by_hand"] and v["scope"] == "subtree"
    assert v["action"] == "notice" and v["notice"].startswith("192.0.2.")
    v = verdict(listed, "part.example")
    assert (v["action"], v["authority"], v["order"]) == ("nodata", "Ministry", "No. 7")
    assert not verdict(listed, "x.part.example")["blocked"]
    assert not verdict(listed, "star.example")["blocked"]
    assert verdict(listed, "x.star.example")["blocked"]


def test_text_of_query_says_that_the_hand_decides_and_what_it_overrides(
        listed: Store) -> None:
    allow(listed, "toko.example", "--until", "2d", *WHY)
    text = palang("query", "-o", listed.path, "toko.example", status=1).stdout
    assert "not blocked: it is allowed by hand" in text and "a test" in text
    assert re.search(r"also +toko.example .*feed 'list': overridden by hand", text)
    assert re.search(r"until +20\d\d-", text)
    block(listed, "new.example", *WHY)
    text = palang("query", "-o", listed.path, "new.example").stdout
    assert "new.example is blocked by hand" in text


def test_the_last_word_on_a_name_holds_and_can_be_taken_back(listed: Store) -> None:
    allow(listed, "toko.example", *WHY)
    done = block(listed, "toko.example", *WHY, "--action", "nodata")
    assert "was allowed by hand before" in done.stderr
    assert [o["action"] for o in overrides(listed).values()] == ["nodata"]
    done = allow(listed, "toko.example", "--remove", *WHY, status=1)
    assert "is not allowed by hand, it is blocked by hand" in done.stderr
    block(listed, "toko.example", "--remove", *WHY)
    assert overrides(listed) == {}
    assert verdict(listed, "toko.example")["feed"] == "list"
    done = block(listed, "toko.example", "--remove", *WHY, status=1)
    assert "is not blocked by hand" in done.stderr


def test_several_names_are_one_serial_or_none(listed: Store) -> None:
    before = listed.serial
    allow(listed, "toko.example", "palsu.example", *WHY)
    assert listed.serial == before + 1
    block(listed, "new.example", "co.uk", *WHY, status=1)
    assert listed.serial == before + 1 and len(overrides(listed)) == 2


def test_overrides_lists_them_with_their_end_and_reason(listed: Store) -> None:
    assert palang("overrides", "-o", listed.path).stdout == ""
    allow(listed, "toko.example", *WHY, "--until", "2099-01-01")
    block(listed, "new.example", "--reason", "scam")
    both = overrides(listed)
    assert both["toko.example"]["allowed"] and both["toko.example"]["in_force"]
    assert both["toko.example"]["until"] == "2099-01-01T00:00:00Z"
    assert both["new.example"]["reason"] == "scam" and not both["new.example"]["until"]
    text = palang("overrides", "-o", listed.path).stdout
    assert re.search(r"toko.example: allowed .* until 2099-01-01T00:00:00Z\n  a test\n",
                     text)
    assert re.search(r"new.example: blocked .* without end\n  scam\n", text)


@pytest.mark.parametrize("until, seconds", [
    ("90s", 90), ("30m", 1800), ("12h", 43200), ("2d", 172800), ("1w", 604800)])
def test_an_end_may_be_a_duration(until: str, seconds: int, listed: Store) -> None:
    before = int(time.time())
    allow(listed, "toko.example", *WHY, "--until", until)
    end = overrides(listed)["toko.example"]["until"]
    at = int(time.mktime(time.strptime(end, "%Y-%m-%dT%H:%M:%SZ"))) - time.timezone
    assert before + seconds <= at <= int(time.time()) + seconds


def test_it_ends_by_itself(listed: Store) -> None:
    allow(listed, "toko.example", *WHY, "--until", "1s")
    end = time.monotonic() + 20
    while not verdict(listed, "toko.example")["blocked"]:
        assert time.monotonic() < end
        time.sleep(0.05)
    assert not overrides(listed)["toko.example"]["in_force"]
    assert ": over" in palang("overrides", "-o", listed.path).stdout


def test_the_feed_comes_before_all_others_and_stays_there(listed: Store) -> None:
    block(listed, "new.example", *WHY)
    listed.compile(["new.example"], "--feed", "late")

    def ranks() -> dict[str, str]:
        return {n: f["rank"] for n, f in listed.settings()["feeds"].items()}

    assert ranks() == {"override": "0", "list": "1", "late": "2"}
    listed.set("--feed", "late", "rank=0")
    assert ranks() == {"override": "0", "late": "1", "list": "2"}
    done = listed.set("--feed", "override", "rank=1", status=1)
    assert "comes before all others" in done.stderr
    assert ranks()["override"] == "0"
    done = listed.compile(["x.example"], "--feed", "override", status=2)
    assert "palang allow" in done.stderr


def test_the_first_block_makes_a_store_and_an_allow_none(store: Store) -> None:
    allow(store, "toko.example", *WHY, status=1)
    block(store, "toko.example", "--remove", *WHY, status=1)
    assert not store.path.exists()
    block(store, "toko.example", *WHY)
    assert verdict(store, "toko.example")["blocked"]


def test_a_public_suffix_is_never_blocked(listed: Store, tmp_path: pathlib.Path) -> None:
    conf = tmp_path / "conf"
    conf.write_text(f"store: {listed.path}\nprotected: {{names: [co.uk]}}\n")
    for words in (["co.uk"], ["-c", os.fspath(conf), "--accept-protected", "co.uk"],
                  ["com"], ["."], ["*.co.uk"]):
        block(listed, *words, *WHY, status=1)
    done = allow(listed, "co.uk", *WHY, status=1)
    assert "public suffix that is not blocked" in done.stderr
    assert overrides(listed) == {}


def test_a_protected_name_is_blocked_only_when_that_is_accepted(
        listed: Store, tmp_path: pathlib.Path) -> None:
    conf = tmp_path / "conf"
    conf.write_text(f"store: {listed.path}\n"
                    "notices:\n  - {name: default, addresses: [192.0.2.1],"
                    " host: notice.example}\n"
                    "protected: {names: [bank.example]}\n")
    words = ("-c", os.fspath(conf))
    for name in ("bank.example", "www.bank.example"):
        done = palang("block", *words, name, *WHY, status=1)
        assert "protected by the configuration: bank.example" in done.stderr
        assert "--accept-protected" in done.stderr
    done = palang("block", *words, "--accept-protected", "notice.example", *WHY,
                  status=1)
    assert "host of a notice page" in done.stderr
    palang("block", *words, "--accept-protected", "www.bank.example", *WHY)
    assert verdict(listed, "www.bank.example")["blocked"]
    palang("allow", *words, "bank.example", *WHY)
    palang("block", *words, "--remove", "www.bank.example", *WHY)


def test_what_the_configuration_says_of_an_authority_is_in_the_order(
        listed: Store, tmp_path: pathlib.Path) -> None:
    conf = tmp_path / "conf"
    conf.write_text(f"store: {listed.path}\n"
                    "authorities:\n  - {name: ministry, basis: Law 1,"
                    " contact: 'mailto:a@office.example', appeal: the court}\n")
    palang("block", "-c", conf, "new.example", *WHY, "--authority", "ministry")
    v = verdict(listed, "new.example")
    assert (v["basis"], v["appeal"]) == ("Law 1", "the court")


def test_neither_needs_what_the_configuration_names(listed: Store,
                                                    tmp_path: pathlib.Path) -> None:
    conf = tmp_path / "conf"
    conf.write_text(f"store: {listed.path}\nprotected: {{files: [/none/list]}}\n"
                    "feeds:\n  - {name: far, source: /none/feed}\n")
    palang("allow", "-c", conf, "toko.example", *WHY)
    assert not verdict(listed, "toko.example")["blocked"]
    # What is protected is not known then: nothing is blocked.
    done = palang("block", "-c", conf, "new.example", *WHY, status=1)
    assert "/none/list" in done.stderr


@pytest.mark.parametrize("verb, words, text", [
    ("allow", ["toko.example"], "--reason is needed"),
    ("block", ["toko.example"], "--reason is needed"),
    ("allow", [*WHY], "too few operands"),
    ("allow", ["toko.example", "--reason", ""], "--reason needs plain text"),
    ("allow", ["toko.example", "--reason", "a\tb"], "needs plain text"),
    ("allow", ["toko.example", "--reason", "x" * 1001], "1 to 1000 bytes"),
    ("allow", ["toko.example", *WHY, "--until", "soon"], "not a duration"),
    ("allow", ["toko.example", *WHY, "--until", "2020-01-01"], "a date to come"),
    ("allow", ["toko.example", *WHY, "--until", "0s"], "not a duration"),
    ("block", ["toko.example", *WHY, "--action", "pass"], "use 'palang allow'"),
    ("block", ["toko.example", *WHY, "--remove", "--until", "2d"], "--reason alone"),
    ("allow", ["toko.example", *WHY, "--scope", "exact"], "unknown"),
])
def test_wrong_usage_is_told_and_changes_nothing(verb: str, words: list[str], text: str,
                                                 listed: Store) -> None:
    before = listed.data.read_bytes()
    done = palang(verb, "-o", listed.path, *words, status=2)
    assert text in done.stderr
    assert listed.data.read_bytes() == before


@pytest.mark.parametrize("verb, name, text", [
    ("allow", "*.toko.example", "without '*.'"),
    ("allow", "http://toko.example/page", "URL with a path"),
    ("block", "192.0.2.1", "IP address"),
    ("block", "a..example", "empty label"),
])
def test_what_is_no_name_is_told(verb: str, name: str, text: str, listed: Store) -> None:
    done = palang(verb, "-o", listed.path, name, *WHY, status=1)
    assert f"cannot {verb} '{name}'" in done.stderr and text in done.stderr


def test_an_update_of_the_configured_feeds_leaves_them_first(
        store: Store, tmp_path: pathlib.Path) -> None:
    feed, conf = tmp_path / "feed", tmp_path / "conf"
    feed.write_text("toko.example\npalsu.example\n")
    conf.write_text(f"store: {store.path}\nfeeds:\n"
                    f"  - {{name: one, source: {feed}, limits: {{names: 1}}}}\n")
    palang("update", "-c", conf)
    palang("allow", "-c", conf, "toko.example", *WHY)
    feed.write_text("toko.example\npalsu.example\nbaru.example\n")
    palang("update", "-c", conf)
    assert store.settings()["feeds"]["override"]["rank"] == "0"
    assert not verdict(store, "toko.example")["blocked"]
    assert verdict(store, "baru.example")["blocked"]
    feed.unlink()
    palang("block", "-c", conf, "lain.example", *WHY)
    assert verdict(store, "lain.example")["blocked"]


def test_the_journal_has_the_reason_and_a_rollback_undoes_them(listed: Store) -> None:
    before = listed.serial
    allow(listed, "toko.example", "--reason", "wrong domain")
    text = palang("history", "-o", listed.path).stdout
    assert "allow" in text and "wrong domain" in text
    palang("rollback", "-o", listed.path, "--reason", "back", str(before))
    assert verdict(listed, "toko.example")["blocked"] and overrides(listed) == {}
    allow(listed, "toko.example", *WHY)
    assert listed.settings()["feeds"]["override"]["rank"] == "0"
    assert not verdict(listed, "toko.example")["blocked"]
