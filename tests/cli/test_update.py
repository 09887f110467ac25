# SPDX-License-Identifier: BSD-3-Clause
"""palang update: the configured feeds, their guards, and what is told of them."""

import hashlib
import json
import os
import pathlib
import subprocess
import time

import pytest

from command import palang
from configured import Configured
from harness import COMMAND, DEADLINE


@pytest.fixture
def conf(tmp_path: pathlib.Path) -> Configured:
    return Configured(tmp_path)


def names(count: int, stem: str = "toko", first: int = 0) -> list[str]:
    return [f"{stem}{i}.example" for i in range(first, first + count)]


def content(conf: Configured) -> bytes:
    return conf.store.data.read_bytes()


def test_many_feeds_are_one_serial(conf: Configured) -> None:
    conf.feed("a", names(3, "a"))
    conf.feed("b", names(2, "b"))
    done = conf.update()
    assert "serial 1: 5 names added" in done.stderr
    assert conf.blocked("a0.example", "x.b1.example", "c.example") == [
        True, True, False]
    conf.put("a", names(4, "a"))
    conf.put("b", names(1, "b"))
    out = conf.json()
    assert (out["serial"], out["committed"]) == (2, True)
    assert [(f["feed"], f["state"], f["added"], f["removed"]) for f in out["feeds"]] == [
        ("a", "changed", 1, 0), ("b", "changed", 0, 1)]


def test_what_has_not_changed_commits_nothing(conf: Configured) -> None:
    conf.feed("a", names(1000))
    conf.update()
    before = content(conf)
    for _ in range(3):
        out = conf.json()
        assert (out["serial"], out["committed"]) == (1, False)
        assert out["feeds"][0]["state"] == "unchanged"
    assert content(conf) == before


def test_only_the_named_feeds_are_read(conf: Configured) -> None:
    conf.feed("a", names(3, "a"))
    conf.feed("b", "<html>an error page</html>")
    assert list(conf.outcomes("a")) == ["a"]
    assert "has no feed 'c'" in conf.update("c", status=1).stderr


def test_a_dry_run_changes_nothing(conf: Configured) -> None:
    conf.feed("a", names(100))
    conf.update()
    conf.put("a", names(90) + names(5, "new"))
    before = content(conf), (conf.store.path / "feeds.json").read_bytes()
    out = conf.json("--dry-run")
    assert (out["dry_run"], out["committed"]) == (True, False)
    (feed,) = out["feeds"]
    assert (feed["added"], feed["removed"], feed["changed"]) == (5, 10, 0)
    assert (feed["max_added"], feed["max_removed"]) == (50, 50)
    assert sorted(feed["come"]) == names(5, "new")
    assert sorted(feed["go"]) == names(10, first=90)
    text = conf.update("--dry-run").stdout
    assert "a: would change\n" in text and "    toko95.example\n" in text
    assert (content(conf), (conf.store.path / "feeds.json").read_bytes()) == before


def test_a_dry_run_makes_no_store(conf: Configured) -> None:
    conf.feed("a", names(100))
    feed = conf.outcomes("--dry-run")["a"]
    assert (feed["state"], feed["added"]) == ("changed", 100)
    assert len(feed["come"]) == 10 and set(feed["come"]) <= set(names(100))
    assert not conf.store.data.exists()


def test_the_preview_tells_popular_names_and_orders(conf: Configured,
                                                    tmp_path: pathlib.Path) -> None:
    popular = tmp_path / "popular.txt"
    popular.write_text("1,com\n2,www.search.example\n3,shop.example\n4,quiet.example\n")
    conf.conf["popular"] = str(popular)
    conf.conf["authorities"] = [{"name": "Ministry"}]
    conf.feed("a", names(100), authorities=["Ministry"],
              defaults={"category": "fraud"})
    conf.update()
    conf.put("a", names(99) + ["search.example", "shop.example", "x.quiet.example"])
    feed = conf.outcomes("--dry-run")["a"]
    assert feed["popular"] == [
        {"rank": 2, "name": "www.search.example", "entry": "search.example"},
        {"rank": 3, "name": "shop.example", "entry": "shop.example"}]
    assert feed["popular_count"] == 2
    (order,) = feed["orders"]
    assert (order["authority"], order["category"], order["come"], order["gone"]) == (
        "Ministry", "fraud", 3, 1)


# ---- guards of a change ----

WINDOWS = [
    # names before, then what comes and goes, the limits, and whether it is held
    (1000, 50, 0, {}, None),
    (1000, 51, 0, {}, "51 names would come, more than 50 at once"),
    (1000, 0, 50, {}, None),
    (1000, 0, 51, {}, "51 names would go, more than 50 at once"),
    (2000, 100, 0, {}, None),
    (2000, 101, 0, {}, "101 names would come, more than 100 at once"),
    (8000, 0, 80, {}, None),
    (8000, 0, 81, {}, "81 names would go, more than 80 at once"),
    (1000, 11, 0, {"added": "1%", "floor": "0"},
     "11 names would come, more than 10 at once"),
    (1000, 3, 0, {"added": "0.25%", "floor": "0"},
     "3 names would come, more than 2 at once"),
    (1000, 400, 0, {"added": "400"}, None),
    (1000, 0, 600, {"removed": "90%"}, None),
    (1000, 0, 600, {"removed": "90%", "names": "500"},
     "400 names are fewer than the 500 of such a list"),
]


@pytest.mark.parametrize("before,come,go,limits,why", WINDOWS)
def test_a_change_beyond_the_window_is_held(conf: Configured, before: int, come: int,
                                            go: int, limits: dict, why: str) -> None:
    conf.feed("a", names(before), limits=limits)
    conf.update()
    conf.put("a", names(before - go, first=go) + names(come, "new"))
    feed = conf.outcomes(status=None)["a"]
    if why is None:
        assert (feed["state"], feed["why"]) == ("changed", None)
        assert (feed["added"], feed["removed"]) == (come, go)
    else:
        assert (feed["state"], feed["why"]) == ("held", why)
        assert conf.store.serial == 1
        assert conf.blocked(f"toko{before - 1}.example", "new0.example")[1] is False


def test_a_held_change_is_taken_for_a_reason(conf: Configured) -> None:
    conf.feed("a", names(1000))
    conf.feed("b", names(10, "b"))
    conf.update()
    conf.put("a", names(100))
    conf.put("b", names(11, "b"))
    done = conf.update(status=1)
    assert "a: held: 900 names would go, more than 50 at once" in done.stderr
    assert "1 of 2 feeds were not taken: 1 held, 0 failed" in done.stderr
    assert conf.blocked("toko999.example", "b10.example") == [True, True]
    done = conf.update("--accept-change", "the ministry called", "a")
    assert "a: taken in spite of: 900 names would go" in done.stderr
    assert conf.blocked("toko999.example", "toko99.example") == [False, True]


def test_a_reason_needs_the_feed_whose_change_it_is(conf: Configured) -> None:
    conf.feed("a", names(10))
    assert "needs the feeds" in conf.update("--accept-change", "x", status=2).stderr
    for reason in ("", "\x1b[2J", "x" * 1001):
        assert "needs plain text" in conf.update("--accept-change", reason, "a",
                                                 status=2).stderr


def test_terms_that_change_for_all_names_are_held(conf: Configured) -> None:
    conf.feed("a", names(100))
    conf.update()
    conf.feed("a", names(100), defaults={"action": "pass"})
    feed = conf.outcomes(status=1)["a"]
    assert feed["why"] == "100 names would change their terms, more than 50 at once"


def test_the_first_load_has_no_window_but_a_minimum(conf: Configured) -> None:
    conf.feed("a", names(5000))
    conf.feed("b", names(999, "b"), profile="trustpositif")
    feeds = conf.outcomes(status=1)
    assert feeds["a"]["state"] == "changed"
    assert (feeds["b"]["state"], feeds["b"]["why"]) == (
        "held", "999 names are fewer than the 1000 of such a list")
    conf.put("b", names(1000, "b"))
    assert conf.outcomes()["b"]["state"] == "changed"


def test_a_line_that_is_cut_where_it_was_not_is_held(conf: Configured) -> None:
    conf.feed("a", names(100))
    conf.update()
    conf.put("a", "".join(n + "\n" for n in names(99)) + "toko99.exa")
    feed = conf.outcomes(status=1)["a"]
    assert feed["why"] == "the last line does not end, as it did before: the file is cut"
    assert conf.blocked("toko99.example") == [True]


def test_a_list_that_never_ended_its_last_line_may_go_on_so(conf: Configured) -> None:
    conf.feed("a", "\n".join(names(100)))
    conf.update()
    conf.put("a", "\n".join(names(101)))
    assert conf.outcomes()["a"]["state"] == "changed"


def test_too_many_popular_names_at_once_are_held(conf: Configured,
                                                 tmp_path: pathlib.Path) -> None:
    popular = tmp_path / "popular.txt"
    popular.write_text("".join(f"{i},big{i}.example\n" for i in range(1, 1000)))
    conf.conf["popular"] = str(popular)
    conf.feed("a", names(1000))
    conf.update()
    conf.put("a", names(1000) + names(10, "big", 20))
    assert conf.outcomes()["a"]["state"] == "changed"
    conf.put("a", names(1000) + names(21, "big", 20))
    feed = conf.outcomes(status=1)["a"]
    assert feed["why"] == ("11 popular names would be blocked, as 'big30.example', "
                           "more than 10 at once")


def test_a_list_that_was_rolled_back_is_held(conf: Configured) -> None:
    conf.feed("a", names(100))
    conf.update()
    conf.put("a", names(100) + ["innocent.example"])
    conf.update()
    palang("rollback", "-o", conf.store.path, "--reason", "it hit the innocent", "1")
    assert conf.blocked("innocent.example") == [False]
    feed = conf.outcomes(status=1)["a"]
    assert (feed["state"], feed["why"]) == (
        "held", "it is the list that serial 3 rolled back")
    assert conf.blocked("innocent.example") == [False]
    conf.put("a", names(101))
    assert conf.outcomes()["a"]["state"] == "changed"


# ---- guards of a list ----

BROKEN = {
    "a page": ("<!DOCTYPE html><html><body>404</body></html>", "an HTML page"),
    "a page without a type": ("\n <HTML>\n", "an HTML page"),
    "nothing": ("", "an empty file"),
    "a pointer": ("version https://git-lfs.github.com/spec/v1\noid sha256:0\n",
                  "a Git LFS pointer"),
    "binary data": (b"a.example\n\x00\x00\x00", "binary data"),
    "only comments": ("# maintenance\n", "no entries"),
    "words of an error": ("Too many requests, please try again\n" * 20,
                          "unknown column 'Too many requests'"),
    "too many bad lines": ("".join(n + "\n" for n in names(500)) + "not a name\n" * 11,
                           "11 of 511 lines are not names (more than 1 %)"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_list_leaves_what_there_was(conf: Configured, case: str) -> None:
    text, why = BROKEN[case]
    conf.feed("a", names(500))
    conf.feed("b", names(5, "b"))
    conf.update()
    conf.put("a", text)
    conf.put("b", names(6, "b"))
    done = conf.update(status=1)
    assert f"a: failed: " in done.stderr and why in done.stderr, done.stderr
    assert "a: what was written at " in done.stderr
    assert "1 of 2 feeds were not taken: 0 held, 1 failed" in done.stderr
    assert conf.blocked("toko499.example", "b5.example") == [True, True]
    assert why in conf.status(1)["look"][0]


def test_the_share_of_bad_lines_is_the_feeds_own(conf: Configured) -> None:
    text = "".join(n + "\n" for n in names(500)) + "not a name\n" * 20
    conf.feed("a", text, limits={"bad-lines": "5%"})
    assert conf.outcomes()["a"]["refused"] == {"not-a-name": 20}
    conf.feed("a", text, limits={"bad-lines": "2.5%"})
    assert "(more than 2.5 %)" in conf.outcomes(status=1)["a"]["why"]


def test_a_source_that_is_not_there_fails_alone(conf: Configured) -> None:
    conf.feed("a", names(3)).unlink()
    conf.feed("b", names(3, "b"))
    feeds = conf.outcomes(status=1)
    assert feeds["a"]["why"].endswith("a.txt': No such file or directory")
    assert feeds["b"]["state"] == "changed"


# ---- names that no list may block ----

def test_protected_names_are_refused_and_told(conf: Configured,
                                              tmp_path: pathlib.Path) -> None:
    more = tmp_path / "protected.txt"
    more.write_text("# banks\npay.bank.example\n\nbig.example\n")
    conf.conf["protected"] = {"names": ["shop.example"], "files": [str(more)]}
    conf.feed("a", ["toko.example", "shop.example", "www.shop.example", "bank.example",
                    "loan.bank.example", "notice.isp.example", "isp.example",
                    "lists.other.example", "other.example", "co.uk", "com"],
              origin="https://lists.other.example/a.txt")
    feed = conf.outcomes()["a"]
    assert feed["refused"] == {"protected": 3, "own-host": 4, "public-suffix": 1,
                               "top-level-domain": 1}
    assert [(g["line"], g["reason"], g["text"]) for g in feed["guarded"]][:4] == [
        (2, "protected", "shop.example"), (3, "protected", "www.shop.example"),
        (4, "protected", "bank.example"), (6, "own-host", "notice.isp.example")]
    assert conf.blocked("toko.example", "shop.example", "pay.bank.example",
                        "loan.bank.example", "notice.isp.example") == [
        True, False, False, True, False]


def test_check_refuses_what_a_configuration_protects(conf: Configured) -> None:
    conf.conf["protected"] = {"names": ["bank.example"]}
    source = conf.feed("a", ["toko.example", "www.bank.example", "isp.example"])
    assert palang("check", source).returncode == 0
    assert palang("check", "-c", conf.path, source, status=1).stdout == (
        f"{source}:2: protected by the configuration: 'www.bank.example'\n"
        f"{source}:3: host of a notice page or of a list's source: 'isp.example'\n")


def test_a_name_that_becomes_protected_goes(conf: Configured) -> None:
    conf.feed("a", names(10))
    conf.update()
    conf.conf["protected"] = {"names": ["toko3.example"]}
    conf.write()
    feed = conf.outcomes()["a"]
    assert (feed["removed"], feed["refused"]) == (1, {"protected": 1})
    assert conf.blocked("toko3.example", "toko4.example") == [False, True]


def test_a_file_of_protected_names_with_a_mistake_stops_all(
        conf: Configured, tmp_path: pathlib.Path) -> None:
    more = tmp_path / "protected.txt"
    more.write_text("bank.example\n\nhttps://bank.example/login\n")
    conf.conf["protected"] = {"files": [str(more)]}
    conf.feed("a", names(10))
    done = conf.update(status=1)
    assert done.stderr == (f"palang: {more}:3: cannot protect "
                           "'https://bank.example/login': URL with a path\n")
    assert not conf.store.data.exists()


def test_a_feed_speaks_only_for_its_authorities(conf: Configured) -> None:
    conf.conf["authorities"] = [
        {"name": "Ministry", "basis": "Law 1", "appeal": "https://ministry.example/"},
        {"name": "Bank of Example", "ede": "15"}, {"name": "Court"}]
    conf.feed("a", "domain,authority\na.example,\nb.example,Bank of Example\n"
                   "c.example,Court\n", authorities=["Ministry", "Bank of Example"])
    feed = conf.outcomes()["a"]
    assert feed["refused"] == {"other-authority": 1}
    assert feed["guarded"][0]["text"] == "Court"
    found = conf.store.query("a.example", "b.example", "c.example")
    assert [v["authority"] for v in found] == ["Ministry", "Bank of Example", None]


# ---- what the configuration says besides ----

def test_settings_come_from_the_configuration(conf: Configured) -> None:
    conf.feed("a", names(3, "a"), shadow="yes")
    conf.feed("b", names(3, "b"), **{"cname-targets": "yes"})
    conf.conf.update({"on-error": "servfail", "structured-errors": "always",
                      "exempt": ["192.0.2.0/24", "2001:db8::1"]})
    conf.write()
    conf.update()
    found = conf.store.settings()
    assert (found["on-error"], found["structured-errors"], found["exempt"]) == (
        "servfail", "always", "192.0.2.0/24,2001:db8::1")
    assert found["feeds"]["a"] == {"rank": "0", "shadow": "yes", "cname-targets": "no"}
    assert found["feeds"]["b"] == {"rank": "1", "shadow": "no", "cname-targets": "yes"}
    conf.conf["feeds"].reverse()
    conf.conf["on-error"] = "pass"
    conf.write()
    out = conf.json()
    assert (out["serial"], out["committed"]) == (2, True)
    assert all(f["state"] == "unchanged" for f in out["feeds"])
    found = conf.store.settings()
    assert [found["feeds"][f]["rank"] for f in "ab"] == ["1", "0"]
    assert found["on-error"] == "pass"


def test_a_directory_of_lists_is_one_feed(conf: Configured) -> None:
    directory = conf.lists / "many"
    directory.mkdir()
    (directory / "1.txt").write_text("a.example\nb.example\n")
    (directory / "2.csv").write_text("domain,reason\nb.example,fraud\nc.example,x\n")
    (directory / ".3.txt.part").write_text("not whole")
    conf.conf["feeds"] = [{"name": "many", "source": str(directory)}]
    conf.write()
    assert conf.outcomes()["many"]["added"] == 3
    assert conf.blocked("a.example", "b.example", "c.example") == [True] * 3
    for file in directory.glob("[12]*"):
        file.unlink()
    assert "no list in directory" in conf.outcomes(status=1)["many"]["why"]


def test_the_digest_is_that_of_the_file(conf: Configured) -> None:
    source = conf.feed("a", names(30))
    conf.update()
    (feed,) = conf.status()["feeds"]
    assert feed["sha256"] == hashlib.sha256(source.read_bytes()).hexdigest()


# ---- status ----

def elsewhere(conf: Configured) -> pathlib.Path:
    """A configuration of a store that is not there."""
    path = conf.path.with_name("other.conf")
    path.write_text(json.dumps({"store": str(conf.path.with_name("nowhere"))}))
    return path


def test_status_is_good_when_all_is(conf: Configured) -> None:
    conf.feed("a", names(3), **{"max-age": "1h"})
    conf.update()
    status = conf.status()
    assert (status["good"], status["look"], status["serial"]) == (True, [], 1)
    assert status["names"] == 3 and status["resolvers"] == []
    text = palang("status", "-c", conf.path).stdout
    assert "no resolver is running" in text and "   0  a  " in text


def test_status_tells_what_is_old(conf: Configured) -> None:
    source = conf.feed("a", names(3), **{"max-age": "1h"})
    old = time.time() - 2 * 3600 - 100
    os.utime(source, (old, old))
    conf.update()
    assert conf.status(1)["look"] == ["feed 'a' is 2 hours old, more than 1"]
    # A page in its place makes it no younger.
    conf.put("a", "<html>")
    conf.update(status=1)
    failed, aged = conf.status(1)["look"]
    assert failed.startswith("feed 'a' failed: ") and "an HTML page" in failed
    assert aged == "feed 'a' is 2 hours old, more than 1"


def test_status_tells_of_feeds_that_are_not_where_they_should_be(
        conf: Configured) -> None:
    conf.feed("a", names(3))
    conf.update()
    conf.store.compile(["b.example"], "--feed", "b")
    conf.conf["feeds"].append({"name": "c", "source": "/nowhere"})
    conf.write()
    assert conf.status(1)["look"] == [
        "feed 'b' is in the store and not in the configuration: its 1 entries stay until "
        "'palang update --drop b'",
        "feed 'c' has never been read"]


def test_status_needs_no_configuration(conf: Configured) -> None:
    conf.store.compile(["b.example"])
    done = palang("status", "-c", conf.path, status=None)
    assert "list" in done.stdout
    assert "there is no store at" in palang(
        "status", "-c", elsewhere(conf), status=1).stderr


def test_a_state_that_is_damaged_is_told(conf: Configured) -> None:
    conf.feed("a", names(3))
    conf.update()
    (conf.store.path / "feeds.json").write_text("{")
    assert "feeds.json': line 1: " in conf.update(status=1).stderr
    assert "feeds.json': line 1: " in palang("status", "-c", conf.path,
                                             status=1).stderr


def start(conf: Configured) -> subprocess.Popen[str]:
    return subprocess.Popen([COMMAND, "update", "-c", conf.path], text=True,
                            stderr=subprocess.PIPE)


def test_a_list_that_is_still_read_holds_up_nobody_else(conf: Configured) -> None:
    conf.feed("a", names(3, "a"))
    conf.update()
    source = conf.lists / "a.txt"
    source.unlink()
    os.mkfifo(source)
    first = start(conf)
    with source.open("w") as pipe:  # it reads, and waits for more
        palang("block", "-c", conf.path, "--reason", "now", "shop.example")
        second = start(conf)
        assert "waiting for it" in second.stderr.readline()
        assert conf.blocked("shop.example", "a3.example") == [True, False]
        pipe.write("\n".join(names(4, "a")) + "\n")
    assert first.wait(DEADLINE) == 0
    # Its turn is after the first: what it reads later is what holds.
    with source.open("w") as pipe:
        pipe.write("\n".join(names(2, "a")) + "\n")
    assert second.wait(DEADLINE) == 0, second.stderr.read()
    assert conf.blocked("shop.example", "a1.example", "a2.example", "a3.example") == [
        True, True, False, False]


def test_a_feed_that_the_configuration_no_longer_has_can_be_dropped(
        conf: Configured) -> None:
    conf.feed("a", names(3, "a"))
    conf.feed("old", names(5, "old"))
    conf.update()
    why = ("--accept-change", "the order was lifted")
    assert "still has feed 'old'" in conf.update("--drop", "old", *why, status=1).stderr
    del conf.conf["feeds"][1]
    conf.write()
    assert "--drop old" in conf.status(status=1)["look"][0]
    conf.update()
    assert conf.blocked("old0.example", "a0.example") == [True, True]
    assert "needs --accept-change" in conf.update("--drop", "old", status=2).stderr
    assert "--drop names feed 'old' twice" in conf.update(
        "--drop", "old", "--drop", "old", *why, status=1).stderr
    for feed, text in (("odd", "the store has no feed 'odd'"),
                       ("override", "--remove")):
        assert text in conf.update("--drop", feed, *why, status=1).stderr
    before = content(conf)
    preview = conf.update("--drop", "old", "--dry-run").stdout
    assert "old: would be dropped" in preview and "5 go" in preview
    assert content(conf) == before
    # A list that cannot be read is no reason not to: it is not read.
    conf.put("a", "<html>an error page</html>")
    out = conf.json("--drop", "old", *why)
    assert [(f["feed"], f["state"], f["removed"]) for f in out["feeds"]] == [
        ("old", "dropped", 5)]
    assert conf.blocked("old0.example", "a0.example") == [False, True]
    assert conf.status()["look"] == []
    told = palang("history", "-o", conf.store.path, "old0.example").stdout
    assert "the order was lifted" in told
    palang("verify", "-o", conf.store.path)
    # As a new one: no window, and nothing of its past.
    conf.feed("old", names(9, "old"))
    assert conf.outcomes("old")["old"]["added"] == 9


def test_the_drop_of_a_feed_can_be_rolled_back(conf: Configured) -> None:
    conf.feed("a", names(3, "a"))
    conf.feed("old", names(5, "old"))
    serial = conf.json()["serial"]
    del conf.conf["feeds"][1]
    conf.write()
    conf.update("--drop", "old", "--accept-change", "it was a mistake")
    palang("rollback", "-o", conf.store.path, "--reason", "it was one", str(serial))
    assert conf.blocked("old0.example", "a0.example") == [True, True]


def test_a_file_whose_name_is_not_utf_8_is_told_like_others(conf: Configured) -> None:
    directory = conf.lists / "many"
    directory.mkdir()
    file = os.fsencode(directory) + b"/\xff.txt"
    conf.conf["feeds"] = [{"name": "many", "source": str(directory)}]
    conf.conf["protected"] = {"names": ["bank.example"]}
    conf.write()
    with open(file, "w") as out:
        out.write("<html>an error page</html>")
    assert "an HTML page" in conf.outcomes(status=1)["many"]["why"]
    (feed,) = conf.status(1)["feeds"]
    assert feed["last"] == "failed" and r"\xff.txt': an HTML page" in feed["error"]
    with open(file, "w") as out:
        out.write("a.example\nbank.example\n")
    (refused,) = conf.outcomes()["many"]["guarded"]
    assert refused["file"].endswith(r"/\xff.txt") and refused["line"] == 2


def test_a_store_whose_path_is_not_utf_8_is_told_of_in_json(
        conf: Configured, monkeypatch: pytest.MonkeyPatch) -> None:
    conf.feed("a", names(3))
    del conf.conf["store"]
    conf.write()
    monkeypatch.setenv("PALANG_STORE", os.fsdecode(
        os.fsencode(conf.store.path) + b"\xff"))
    for verb in ("update", "status"):
        out = json.loads(palang(verb, "--json", "-c", conf.path).stdout)
        assert out["store"].endswith(r"\xff")
