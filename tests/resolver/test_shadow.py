# SPDX-License-Identifier: BSD-3-Clause
"""Feeds in shadow mode: what they would do is counted and logged, and never done."""

import collections
import re
import time

import pytest

from command import Store, palang
from expect import seen
from harness import poll
from resolver import Resolver
from wire import Question, assert_blocked, assert_true, question

NAMES = ["toko-palsu.example", "www.toko-palsu.example", "toko-asli.example",
         "both.example", "www.both.example", "passed.example", "www.alias.example",
         "target.test", "enforced.example"]
TYPES = ["A", "AAAA", "TXT", "HTTPS", "TYPE999"]
SHADOWED = ["toko-palsu.example", "target.test", "passed.example", "both.example"]

# Unbound's own lines name the addresses it listens at, never a client's.
LINE = re.compile(r"palang: feed '(.*)' in shadow mode: (\w+) for (\S+)$", re.MULTILINE)
MORE = re.compile(r"palang: feeds in shadow mode: (\d+) more, not logged$", re.MULTILINE)


def set_feed(store: Store, feed: str, *settings: str) -> None:
    palang("set", "-o", store.path, "--feed", feed, *settings)


def shadow(store: Store, *names: str, action: str = "notice", feed: str = "trial",
           rank: int = 254) -> None:
    """A feed in shadow mode; it never is in another. Ranks count from 0 on."""
    store.compile(["unused.example"], "--feed", feed, "--action", action)
    set_feed(store, feed, "shadow=yes", f"rank={rank}")
    store.compile(names, "--feed", feed, "--action", action)


def enforced(store: Store) -> None:
    store.compile_rows([{"domain": "enforced.example"}, {"domain": "both.example"},
                        {"domain": "passed.example", "action": "pass"}],
                       "--feed", "first")


def lines(resolver: Resolver) -> list[tuple[str, str, str]]:
    return LINE.findall(resolver.log())


def wait_for_lines(resolver: Resolver, count: int) -> list[tuple[str, str, str]]:
    poll(f"{count} lines in the log", lambda: len(lines(resolver)) >= count)
    return lines(resolver)


def questions() -> list[Question]:
    return [question(name, rdtype, **more) for name in NAMES for rdtype in TYPES
            for more in ({}, {"edns": False}, {"dnssec": True}, {"checking": False})]


@pytest.mark.parametrize("action", ["notice", "nxdomain", "nodata", "refused", "drop",
                                    "pass"])
@pytest.mark.parametrize("rank", [0, 254])
def test_a_feed_in_shadow_mode_changes_no_answer(start, store: Store, tmp_path,
                                                 action: str, rank: int) -> None:
    """With it and without it every answer is the same: the enforced feed decides,
    wherever it is ranked."""
    without = Store(tmp_path / "without")
    for each in (store, without):
        enforced(each)
    shadow(store, *SHADOWED, action=action, rank=rank)
    set_feed(store, "trial", "cname-targets=yes")
    one, other = start(store), start(without)
    for _ in range(2):
        for q in questions():
            looks = [seen(r.ask(q)) for r in (one, other)]
            for look in looks:
                look.answer = [(*r[:3], 0, r[4]) for r in look.answer]
                look.authority = [(*r[:3], 0, r[4].partition("serial")[0])
                                  for r in look.authority]
            assert not looks[0].differences(looks[1]), str(q)
    stats = one.stats()
    assert stats["feed"] == other.stats()["feed"] and stats["feed"]["first"] > 0
    assert stats["shadow_feed"] == {"trial": stats["shadowed"]}
    assert stats["shadowed"] > 0
    assert stats["action"] == other.stats()["action"]
    assert stats["targets"] == 0


def test_hits_are_counted_for_each_feed(start, store: Store) -> None:
    enforced(store)
    shadow(store, "toko-palsu.example")
    shadow(store, "gim-palsu.example", feed="second trial", action="nxdomain")
    resolver = start(store)
    assert resolver.stats()["shadow_feed"] == {"trial": 0, "second trial": 0}
    for i in range(4):
        assert_true(resolver.ask(f"www{i}.toko-palsu.example"))
    for i in range(3):
        assert_true(resolver.ask(f"www{i}.gim-palsu.example"))
    assert_true(resolver.ask("toko-asli.example"))
    assert_blocked(resolver.ask("enforced.example"))
    stats = resolver.stats()
    assert stats["shadowed"] == 7
    assert stats["shadow_feed"] == {"trial": 4, "second trial": 3}
    assert stats["feed"] == {"first": 1}
    assert stats["action"]["notice"] == 1 and stats["action"]["nxdomain"] == 0


@pytest.mark.parametrize("rank, hits", [(0, 1), (254, 0)])
def test_only_what_it_would_decide_counts(start, store: Store, rank: int,
                                          hits: int) -> None:
    """An enforced feed that comes first hides it; one that comes later does not."""
    enforced(store)
    shadow(store, "both.example", "passed.example", rank=rank)
    resolver = start(store)
    assert_blocked(resolver.ask("both.example"))
    assert resolver.stats()["shadowed"] == hits
    assert_true(resolver.ask("passed.example"))
    assert resolver.stats()["shadowed"] == 2 * hits
    assert resolver.stats()["shadow_feed"]["trial"] == 2 * hits
    if hits:
        assert [name for _, _, name in wait_for_lines(resolver, 2)] == [
            "both.example", "passed.example"]
    else:
        assert lines(resolver) == []


def test_of_two_feeds_in_shadow_mode_the_first_counts(start, store: Store) -> None:
    shadow(store, "toko-palsu.example", feed="late", action="refused")
    shadow(store, "toko-palsu.example", feed="early", rank=0, action="nxdomain")
    resolver = start(store)
    assert_true(resolver.ask("toko-palsu.example"))
    assert resolver.stats()["shadow_feed"] == {"late": 0, "early": 1}
    assert wait_for_lines(resolver, 1) == [("early", "nxdomain", "toko-palsu.example")]


@pytest.mark.parametrize("threads", [1, 4])
def test_each_hit_is_a_line_with_feed_action_and_name_and_no_client(
        start, store: Store, threads: int) -> None:
    shadow(store, "toko-palsu.example", action="nxdomain")
    shadow(store, "Gim-PALSU.example", feed="it's \u00fc", action="drop")
    resolver = start(store, threads=threads, options=["verbosity: 1"])
    clients = [resolver.from_address(f"127.77.66.{i + 1}") for i in range(10)]
    for i, client in enumerate(clients):
        assert_true(client.ask(f"www{i}.toko-palsu.example", tcp=i % 2 == 1))
        assert_true(client.ask(f"www{i}.gim-palsu.example"))
    found = wait_for_lines(resolver, 20)
    assert len(found) == 20 and len(set(found)) == 20
    by_feed = collections.Counter((action, name.partition(".")[2])
                                  for _, action, name in found)
    assert by_feed == {("nxdomain", "toko-palsu.example"): 10,
                       ("drop", "gim-palsu.example"): 10}
    assert {feed for feed, _, _ in found} == {"trial", "it's \u00fc"}
    assert "127.77.66." not in resolver.log()
    assert not MORE.findall(resolver.log())


def test_a_name_of_any_octets_is_one_line(start, store: Store) -> None:
    shadow(store, "toko-palsu.example")
    resolver = start(store)
    labels = [b"a\nb", b"\0\x1b[31m", b"a.b", b"\\", b"' for", b"\xff\xfe"]
    for label in labels:
        wire = bytes([len(label)]) + label + b"\x0atoko-palsu\x07example\0"
        assert_true(resolver.ask(wire))
    assert resolver.stats()["shadowed"] == len(labels)
    poll("all lines", lambda: resolver.log().count("in shadow mode") >= len(labels))
    ours = [line for line in resolver.log_path.read_bytes().split(b"\n")
            if b"shadow mode" in line]
    assert len(ours) == len(labels)
    for line in ours:
        assert line.endswith(b".toko-palsu.example"), line
        assert all(0x20 <= c < 0x7f for c in line.replace(b"\t", b" ")), line


@pytest.mark.parametrize("threads", [1, 4])
def test_the_log_has_so_many_lines_a_second_and_a_count_of_the_rest(
        start, store: Store, threads: int) -> None:
    shadow(store, "toko-palsu.example")
    resolver = start(store, threads=threads)
    begun = time.monotonic()
    count = 2000
    for answer in resolver.client.ask_many(
            [question(f"www{i}.toko-palsu.example") for i in range(count)]):
        assert answer is not None
        assert_true(answer)
    hits = resolver.stats()["shadowed"]
    assert hits >= count

    def told() -> bool:
        log = resolver.log()
        return len(LINE.findall(log)) + sum(map(int, MORE.findall(log))) == hits

    poll("all hits to be told or counted", told)
    log = resolver.log()
    seconds = time.monotonic() - begun + 2
    assert len(LINE.findall(log)) <= 50 * seconds
    assert MORE.search(log)
    # The stamp of a line: "[1700000000] unbound[1:0] info: ...".
    stamps = collections.Counter(
        re.match(r"\[(\d+)\]", line)[1]  # type: ignore[index]
        for line in log.splitlines() if LINE.search(line))
    # A second of the module's clock may lie in two of the log's.
    assert max(stamps.values()) <= 100, stamps
    # And it is quiet again: the next hit is a line of its own.
    before = len(lines(resolver))
    assert_true(resolver.ask("once.toko-palsu.example"))
    wait_for_lines(resolver, before + 1)


def test_a_feed_that_is_enforced_now_blocks_at_the_next_query(start,
                                                              store: Store) -> None:
    enforced(store)
    shadow(store, "toko-palsu.example")
    resolver = start(store, threads=2)
    asked = [question(f"www{i}.toko-palsu.example", t) for i in range(50)
             for t in ("A", "AAAA")]
    for _ in range(3):
        for _ in range(2):  # the second time from the cache
            for answer in resolver.client.ask_many(asked):
                assert answer is not None
                assert_true(answer)
        evicted = resolver.stats()["evicted"]
        set_feed(store, "trial", "shadow=no")
        for answer in resolver.client.ask_many(asked):
            assert answer is not None
            assert_blocked(answer)
        assert resolver.stats()["evicted"] >= evicted + len(asked)
        shadowed = resolver.stats()["shadowed"]
        set_feed(store, "trial", "shadow=yes", "--no-wait")
        for answer in resolver.client.ask_many(asked):
            assert answer is not None
            assert_true(answer)
        assert resolver.stats()["shadowed"] >= shadowed + len(asked)


def test_a_name_not_cached_is_blocked_without_waiting(start, store: Store) -> None:
    shadow(store, "toko-palsu.example")
    resolver = start(store)
    for i in range(20):
        assert_true(resolver.ask(f"a{i}.toko-palsu.example"))
        set_feed(store, "trial", "shadow=no", "--no-wait")
        assert_blocked(resolver.ask(f"b{i}.toko-palsu.example"))
        set_feed(store, "trial", "shadow=yes", "--no-wait")


def test_a_feed_can_go_into_shadow_mode_while_it_is_enforced(start,
                                                             store: Store) -> None:
    store.compile(["toko-palsu.example"], "--feed", "trial")
    resolver = start(store)
    assert_blocked(resolver.ask("toko-palsu.example"))
    set_feed(store, "trial", "shadow=yes", "--no-wait")
    assert_true(resolver.ask("toko-palsu.example"))
    store.compile(["toko-palsu.example", "other.example"], "--feed", "trial")
    assert_true(resolver.ask("other.example"))
    assert resolver.stats()["shadowed"] == 2


def test_query_says_that_the_feed_is_in_shadow_mode(store: Store) -> None:
    enforced(store)
    shadow(store, "toko-palsu.example", "both.example")
    verdict, = store.query("www.toko-palsu.example")
    assert not verdict["blocked"] and verdict["match"] is None
    (other,) = verdict["others"]
    assert (other["feed"], other["outdone"]) == ("trial", "its feed is in shadow mode")
    verdict, = store.query("both.example")
    assert verdict["blocked"] and verdict["feed"] == "first"
    (other,) = verdict["others"]
    assert other["outdone"] == "its feed is in shadow mode"
    text = palang("query", "-o", store.path, "toko-palsu.example", status=None).stdout
    assert "feed 'trial': its feed is in shadow mode" in text
    set_feed(store, "trial", "shadow=no")
    verdict, = store.query("www.toko-palsu.example")
    assert verdict["blocked"] and verdict["feed"] == "trial"


def test_a_target_of_an_alias_in_such_a_feed_blocks_nothing(start,
                                                            store: Store) -> None:
    shadow(store, "target.test")
    set_feed(store, "trial", "cname-targets=yes")
    resolver = start(store)
    for _ in range(3):
        assert_true(resolver.ask("www.alias.example"))
        assert_true(resolver.ask("first.chain.example", "AAAA"))
    assert resolver.stats()["targets"] == 0
    set_feed(store, "trial", "shadow=no")
    assert_blocked(resolver.ask("www.alias.example"))
    assert_blocked(resolver.ask("first.chain.example", "AAAA"))
