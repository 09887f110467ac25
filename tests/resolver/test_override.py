# SPDX-License-Identifier: BSD-3-Clause
"""What is allowed and blocked by hand holds at the next query, whatever is cached and
whatever lists say, and ends by the clock."""

import time

from command import Store, palang
from harness import poll
from wire import assert_blocked, assert_true, looks_blocked


def by_hand(store: Store, verb: str, *words: str, status: int = 0):
    return palang(verb, "-o", store.path, "--reason", "a test", *words, status=status)


def test_what_is_allowed_passes_at_the_next_query(start, store: Store) -> None:
    store.compile(["toko.example"])
    resolver = start(store)
    assert_blocked(resolver.ask("www.toko.example"))
    done = by_hand(store, "allow", "toko.example")
    assert "enforced by 1 resolver" in done.stderr
    assert_true(resolver.ask("toko.example"))
    assert_true(resolver.ask("www.toko.example"))


def test_what_is_blocked_is_blocked_at_the_next_query_though_it_was_cached(
        start, store: Store) -> None:
    store.compile(["other.example"])
    resolver = start(store)
    for name in ("toko.example", "www.toko.example"):
        assert_true(resolver.ask(name))
    done = by_hand(store, "block", "toko.example")
    assert "enforced by 1 resolver" in done.stderr
    for name in ("toko.example", "www.toko.example"):
        answer = resolver.ask(name)
        assert_blocked(answer)
        assert 15 in [code for code, _ in answer.ede]


def test_what_is_taken_back_is_as_lists_say_at_the_next_query(start,
                                                              store: Store) -> None:
    store.compile(["toko.example"])
    resolver = start(store)
    by_hand(store, "allow", "toko.example")
    by_hand(store, "block", "asli.example")
    assert_true(resolver.ask("toko.example"))
    assert_blocked(resolver.ask("asli.example"))
    by_hand(store, "allow", "--remove", "toko.example")
    by_hand(store, "block", "--remove", "asli.example")
    assert_blocked(resolver.ask("toko.example"))
    assert_true(resolver.ask("asli.example"))


def test_both_end_by_the_clock_and_the_cache_follows(start, store: Store) -> None:
    store.compile(["toko.example"])
    resolver = start(store)
    assert_true(resolver.ask("asli.example"))
    began = time.time()
    by_hand(store, "allow", "--until", "3s", "toko.example")
    by_hand(store, "block", "--until", "3s", "asli.example")
    if time.time() < began + 2:
        assert_true(resolver.ask("toko.example"))
        assert_blocked(resolver.ask("asli.example"))
    poll("the block to be back", lambda: looks_blocked(resolver.ask("toko.example")))
    poll("the own block to end", lambda: resolver.ask("asli.example").is_true)
    assert time.time() >= began + 2
    assert_blocked(resolver.ask("www.toko.example"))


def test_both_survive_what_lists_say_later(start, store: Store) -> None:
    store.compile(["toko.example"], "--feed", "list")
    resolver = start(store)
    by_hand(store, "allow", "toko.example")
    by_hand(store, "block", "asli.example")
    store.compile(["toko.example", "palsu.example"], "--feed", "list")
    store.compile_rows([{"domain": "asli.example", "action": "pass"}], "--feed", "more")
    store.set("--feed", "more", "rank=0")
    resolver.wait_enforced()
    assert_true(resolver.ask("toko.example"))
    assert_blocked(resolver.ask("asli.example"))
    assert_blocked(resolver.ask("palsu.example"))


def test_counters_tell_what_was_done_by_hand(start, store: Store) -> None:
    store.compile(["toko.example"])
    resolver = start(store)
    by_hand(store, "block", "asli.example")
    resolver.ask("asli.example")
    poll("the block to be counted",
         lambda: resolver.stats().get("feed", {}).get("override") == 1)
