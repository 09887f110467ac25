# SPDX-License-Identifier: BSD-3-Clause
"""palang set: the settings that a store carries besides its names."""

import os
import pathlib
import random
import signal
import subprocess
import time

import pytest

from command import COMMAND, STORE_FILES, Store, palang

KILLS = int(os.environ.get("PALANG_KILLS", "60"))
SEED = int(os.environ.get("PALANG_SEED", "23"))

STORE_KEYS = {"on-error": "pass", "exempt": "", "structured-errors": "encrypted"}
FEED_KEYS = {"rank": "0", "shadow": "no", "cname-targets": "no"}


@pytest.fixture
def filled(store: Store) -> Store:
    """Three feeds; serial 3."""
    for feed in ("first", "second", "third"):
        store.compile(["toko.example", f"{feed}.example"], "--feed", feed)
    return store


def lines(store: Store, *words: str) -> dict[str, str]:
    """The settings as the text shows them."""
    return dict(line.split("=", 1) for line in store.set(*words).stdout.splitlines())


def content(store: Store) -> bytes:
    return store.data.read_bytes()


def test_without_a_setting_all_of_the_store_are_shown(filled: Store) -> None:
    done = filled.set()
    assert done.stdout == "on-error=pass\nexempt=\nstructured-errors=encrypted\n"
    assert done.stderr == ""


def test_with_a_feed_all_of_the_feed_are_shown(filled: Store) -> None:
    done = filled.set("--feed", "second")
    assert done.stdout == "rank=1\nshadow=no\ncname-targets=no\n"
    assert done.stderr == ""


def test_json_has_all_settings_and_the_serial(filled: Store) -> None:
    filled.set("exempt=192.0.2.1", "on-error=servfail")
    filled.set("--feed", "third", "shadow=yes")
    want = {**STORE_KEYS, "exempt": "192.0.2.1", "on-error": "servfail", "serial": 5,
            "feeds": {"first": FEED_KEYS, "second": {**FEED_KEYS, "rank": "1"},
                      "third": {**FEED_KEYS, "rank": "2", "shadow": "yes"}}}
    assert filled.settings() == want
    done = filled.set("--json", "--feed", "third")
    assert len(done.stdout.splitlines()) == 1
    assert filled.settings() == want


def test_showing_changes_nothing(filled: Store) -> None:
    before = content(filled)
    filled.set()
    filled.set("--json")
    filled.set("--feed", "first")
    assert content(filled) == before


@pytest.mark.parametrize("key, value, shown", [
    ("on-error", "servfail", "servfail"),
    ("structured-errors", "always", "always"),
    ("structured-errors", "never", "never"),
    ("exempt", "192.0.2.0/24", "192.0.2.0/24"),
    ("exempt", "2001:db8::/32,192.0.2.7,198.51.100.0/24",
     "192.0.2.7,198.51.100.0/24,2001:db8::/32"),
    ("exempt", "192.0.2.0/24 198.51.100.1 ,, 198.51.100.1", "192.0.2.0/24,198.51.100.1"),
    ("exempt", "192.0.2.9,192.0.2.0/24,192.0.2.0/28", "192.0.2.0/24"),
    ("exempt", "::ffff:192.0.2.0/120", "192.0.2.0/24"),
    ("exempt", "0.0.0.0/0,::/0", "0.0.0.0/0,::/0"),
    ("exempt", ",".join(f"2001:db8::{i:x}:1" for i in range(1, 1001)),
     ",".join(f"2001:db8::{i:x}:1" for i in range(1, 1001)))],
    ids=lambda x: str(x)[:20])
def test_a_setting_of_the_store_is_set_once(filled: Store, key: str, value: str,
                                            shown: str) -> None:
    done = filled.set(f"{key}={value}")
    assert done.stdout == "" and done.stderr == "serial 4\n"
    assert lines(filled) == {**STORE_KEYS, key: shown}
    assert filled.settings()[key] == shown
    before = content(filled)
    for again in (value, shown):
        done = filled.set(f"{key}={again}")
        assert done.stderr == "nothing changed: the store stays at serial 4\n"
    assert content(filled) == before
    filled.set(f"{key}={STORE_KEYS[key]}")
    assert lines(filled) == STORE_KEYS and filled.serial == 5


@pytest.mark.parametrize("key, value, shown", [
    ("shadow", "yes", "yes"), ("cname-targets", "yes", "yes"), ("rank", "0", "0"),
    ("rank", "2", "2"), ("rank", "02", "2"), ("rank", "254", "2")])
def test_a_setting_of_a_feed_is_set_once(filled: Store, key: str, value: str,
                                         shown: str) -> None:
    usual = {**FEED_KEYS, "rank": "1"}
    done = filled.set("--feed", "second", f"{key}={value}")
    assert done.stderr == "serial 4\n"
    assert lines(filled, "--feed", "second") == {**usual, key: shown}
    before = content(filled)
    done = filled.set("--feed", "second", f"{key}={value}")
    assert done.stderr == "nothing changed: the store stays at serial 4\n"
    assert content(filled) == before
    filled.set("--feed", "second", f"{key}={usual[key]}")
    assert lines(filled, "--feed", "second") == usual and filled.serial == 5
    assert lines(filled) == STORE_KEYS


def ranks(store: Store) -> dict[str, str]:
    return {name: f["rank"] for name, f in store.settings()["feeds"].items()}


def test_a_feed_moves_and_those_between_make_room(filled: Store) -> None:
    filled.set("--feed", "third", "rank=0")
    assert ranks(filled) == {"first": "1", "second": "2", "third": "0"}
    filled.set("--feed", "first", "rank=200")
    assert ranks(filled) == {"first": "2", "second": "1", "third": "0"}


def test_the_feed_that_comes_first_decides(filled: Store) -> None:
    filled.compile(["toko.example"], "--feed", "third", "--action", "pass")
    assert filled.query("toko.example")[0]["blocked"]
    filled.set("--feed", "third", "rank=0")
    verdict = filled.query("toko.example")[0]
    assert not verdict["blocked"] and verdict["feed"] == "third"


def test_a_feed_in_shadow_mode_does_not_decide(filled: Store) -> None:
    filled.set("--feed", "first", "shadow=yes")
    one, both = filled.query("first.example", "toko.example")
    assert not one["blocked"] and one["action"] is None
    assert one["others"][0]["outdone"] == "its feed is in shadow mode"
    assert both["blocked"] and both["feed"] == "second"
    assert {x["feed"]: x["outdone"] for x in both["others"]} == {
        "first": "its feed is in shadow mode", "third": "another feed comes first"}
    filled.set("--feed", "first", "shadow=no")
    assert filled.query("first.example")[0]["blocked"]


def test_several_settings_are_one_serial(filled: Store) -> None:
    filled.set("on-error=servfail", "exempt=192.0.2.1", "structured-errors=never")
    assert lines(filled) == {"on-error": "servfail", "exempt": "192.0.2.1",
                             "structured-errors": "never"}
    filled.set("--feed", "third", "rank=0", "shadow=yes", "cname-targets=yes")
    assert lines(filled, "--feed", "third") == {"rank": "0", "shadow": "yes",
                                                "cname-targets": "yes"}
    assert filled.serial == 5


def test_a_list_keeps_the_settings(filled: Store) -> None:
    filled.set("on-error=servfail", "exempt=192.0.2.1")
    filled.set("--feed", "second", "rank=0", "shadow=yes")
    before = filled.settings()
    filled.compile(["other.example"], "--feed", "second")
    filled.compile(["new.example"], "--feed", "fourth")
    after = filled.settings()
    assert after.pop("serial") == before.pop("serial") + 2
    assert after["feeds"].pop("fourth") == {**FEED_KEYS, "rank": "3"}
    assert after == before


# What is said about words that are wrong usage.
BAD_WORDS = {
    "a word": (["servfail"], "'servfail' is not KEY=VALUE"),
    "nothing": ([""], "'' is not KEY=VALUE"),
    "no key": (["=pass"], "there is no setting ''"),
    "an unknown key": (["colour=red"], "there is no setting 'colour'"),
    "a key in capitals": (["ON-ERROR=pass"], "there is no setting 'ON-ERROR'"),
    "a part of a key": (["on=pass"], "there is no setting 'on'"),
    "a key of a feed": (["shadow=yes"],
                        "'shadow' is a setting of a feed: say which by --feed"),
    "a key of the store": (["--feed", "first", "exempt=192.0.2.1"],
                           "'exempt' is a setting of the store, not of a feed"),
    "a key twice": (["on-error=pass", "on-error=servfail"], "'on-error' is given twice"),
    "a feed's key twice": (["--feed", "first", "rank=1", "shadow=yes", "rank=1"],
                           "'rank' is given twice"),
    "an unknown option": (["--quiet"], "unknown or ambiguous option '--quiet'"),
    "another way to fail": (["on-error=panic"], "cannot set 'on-error=panic': not one of "
                            "its values (pass or servfail)"),
    "no way to fail": (["on-error="], "(pass or servfail)"),
    "a way in capitals": (["on-error=Pass"], "(pass or servfail)"),
    "a way and a blank": (["on-error=pass "], "(pass or servfail)"),
    "other structured errors": (["structured-errors=yes"],
                                "(encrypted, always or never)"),
    "no structured errors": (["structured-errors="], "(encrypted, always or never)"),
    "a name": (["exempt=client.example"], "'client.example' is not a netblock "
               "(netblocks, separated by commas)"),
    "one of two": (["exempt=192.0.2.1,nobody"], "'nobody' is not a netblock"),
    "one of many": (["exempt=" + "192.0.2.1," * 300 + "nobody"],
                    "'nobody' is not a netblock"),
    "another separator": (["exempt=192.0.2.1;192.0.2.2"], "is not a netblock"),
    "a prefix too long": (["exempt=192.0.2.0/33"],
                          "'192.0.2.0/33' has no such prefix length"),
    "host bits": (["exempt=192.0.2.1/24"],
                  "'192.0.2.1/24' has bits set behind its prefix"),
    "IPv6 host bits": (["exempt=2001:db8::1/32"], "has bits set behind its prefix"),
    "too many": (["exempt=" + ",".join(f"2001:db8::{i:x}" for i in range(1001))],
                 "more than 1000 netblocks"),
    "half a shadow": (["--feed", "first", "shadow=maybe"], "(no or yes)"),
    "true": (["--feed", "first", "shadow=true"], "(no or yes)"),
    "no word": (["--feed", "first", "cname-targets="], "(no or yes)"),
    "a rank below": (["--feed", "first", "rank=-1"], "(0 to 254; 0 is first)"),
    "a rank above": (["--feed", "first", "rank=255"], "(0 to 254; 0 is first)"),
    "a rank far above": (["--feed", "first", "rank=4294967296"], "(0 to 254; 0 is first)"),
    "a rank in words": (["--feed", "first", "rank=first"], "(0 to 254; 0 is first)"),
    "no rank": (["--feed", "first", "rank="], "(0 to 254; 0 is first)"),
    "a rank and more": (["--feed", "first", "rank=1x"], "(0 to 254; 0 is first)"),
}


@pytest.mark.parametrize("what", BAD_WORDS)
def test_wrong_usage_is_told_and_exits_with_2(filled: Store, what: str) -> None:
    words, message = BAD_WORDS[what]
    before = content(filled)
    done = filled.set(*words, status=2)
    assert done.stderr.startswith("palang: ") and message in done.stderr, done.stderr
    assert done.stdout == ""
    assert content(filled) == before


def test_one_bad_setting_keeps_the_good_ones_out(filled: Store) -> None:
    before = content(filled)
    filled.set("on-error=servfail", "exempt=nobody", status=2)
    filled.set("--feed", "first", "shadow=yes", "rank=1000", status=2)
    assert content(filled) == before


@pytest.mark.parametrize("words", [[], ["shadow=yes"], ["--json"]])
def test_a_feed_that_is_not_there_is_told(filled: Store, words: list[str]) -> None:
    before = content(filled)
    done = filled.set("--feed", "fourth", *words, status=1)
    assert done.stderr == f"palang: store '{filled.path}' has no feed 'fourth'\n"
    assert content(filled) == before


@pytest.mark.parametrize("words", [[], ["--json"], ["on-error=servfail"],
                                   ["--feed", "list", "shadow=yes"]])
def test_a_store_that_is_not_there_is_told_and_not_made(store: Store,
                                                        words: list[str]) -> None:
    done = store.set(*words, status=1)
    assert done.stderr == f"palang: there is no store at '{store.path}'\n"
    assert not store.path.exists()
    store.path.mkdir()
    store.set(*words, status=1)
    assert list(store.path.iterdir()) == []


def test_a_store_that_is_damaged_is_told(store: Store) -> None:
    store.compile(["toko.example"])
    store.data.write_bytes(b"x" * 100000)
    for words in ([], ["on-error=servfail"]):
        done = store.set(*words, status=1)
        assert "cannot open store" in done.stderr
    assert store.data.read_bytes() == b"x" * 100000


def test_the_store_may_be_named_by_the_environment(filled: Store) -> None:
    done = subprocess.run([COMMAND, "set", "on-error=servfail"], capture_output=True,
                          env={**os.environ, "PALANG_STORE": str(filled.path)})
    assert done.returncode == 0, done.stderr
    assert lines(filled)["on-error"] == "servfail"


def test_help_is_printed(store: Store) -> None:
    done = palang("set", "--help")
    assert done.stdout.startswith("usage: palang set [options] [KEY=VALUE]...\n")
    assert done.stderr == ""


# ---- killed ----

OLD = ["on-error=pass", "exempt=", "structured-errors=encrypted"]
NEW = ["on-error=servfail", "exempt=192.0.2.0/24,2001:db8::/32",
       "structured-errors=never"]


def which(store: Store) -> tuple[int, int]:
    """The settings that the store has, all of them, and its serial."""
    all_of_them = store.settings()
    found = [f"{key}={all_of_them[key]}" for key in STORE_KEYS]
    assert found in (OLD, NEW), found
    return int(found == NEW), all_of_them["serial"]


def test_settings_are_the_old_or_the_new_ones_whenever_it_is_killed(
        filled: Store, tmp_path: pathlib.Path) -> None:
    rng = random.Random(SEED)
    start = time.monotonic()
    filled.set(*NEW)
    took = time.monotonic() - start
    has, serial = which(filled)
    kept = committed = 0
    for _ in range(KILLS):
        process = subprocess.Popen(
            [COMMAND, "set", "-o", filled.path, *(OLD if has else NEW)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            process.wait(rng.uniform(0, 1.5 * took))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
        now_has, now_serial = which(filled)
        assert (now_has, now_serial) in ((has, serial), (1 - has, serial + 1))
        committed += now_serial - serial
        kept += now_serial == serial
        has, serial = now_has, now_serial
    filled.set(*(OLD if has else NEW))
    assert which(filled) == (1 - has, serial + 1)
    assert kept > 0 and committed > 0, "all were killed on the same side of the commit"
    assert all(v["blocked"] for v in filled.query("toko.example", "first.example"))
    assert filled.files() == STORE_FILES


def test_it_waits_for_another_that_writes(filled: Store, tmp_path: pathlib.Path) -> None:
    """A compile holds the store as long as it lasts; a setting comes after it."""
    path = tmp_path / "list"
    path.write_text("".join(f"toko{i}.example\n" for i in range(100000)))
    compiling = subprocess.Popen(
        [COMMAND, "compile", "-o", filled.path, "--feed", "fourth", path],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    setting = [subprocess.Popen([COMMAND, "set", "-o", filled.path, "--feed", feed,
                                 "shadow=yes"], stderr=subprocess.DEVNULL)
               for feed in ("first", "second", "third")]
    assert [p.wait(100) for p in (compiling, *setting)] == [0] * 4
    feeds = filled.settings()["feeds"]
    assert {n: f["shadow"] for n, f in feeds.items()} == {
        "first": "yes", "second": "yes", "third": "yes", "fourth": "no"}
    assert filled.serial == 7
