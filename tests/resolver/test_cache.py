# SPDX-License-Identifier: BSD-3-Clause
"""The cache is in front of the module: what it holds must follow the store."""

import datetime
import threading
import time

import pytest

from command import Store
from harness import NO_THREADS, poll
from held import HeldServer
from resolver import Resolver
from wire import (Answer, Question, assert_blocked, assert_true, looks_blocked,
                  question)

TYPES = ["A", "AAAA", "MX", "TXT", "HTTPS", "TYPE65280", "DS", "NS", "ANY"]


def date(seconds: float) -> str:
    return datetime.datetime.fromtimestamp(
        int(seconds), datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def variants(name: str) -> list[Question]:
    """The questions about a name that the cache keeps apart, and some more."""
    return [question(name, rdtype, **more) for rdtype in TYPES
            for more in ({}, {"checking": False}, {"dnssec": True}, {"edns": False})]


def fill(resolver: Resolver, questions: list[Question]) -> None:
    """Has the questions answered from the cache."""
    resolver.client.ask_many(questions)
    hits = resolver.count("total.num.cachehits")
    answers = resolver.client.ask_many(questions)
    for answer in answers:
        assert answer is not None and not answer.ede, str(answer)
        if answer.asked.rdtype in (1, 28):
            assert_true(answer)
    cached = resolver.count("total.num.cachehits") - hits
    assert cached >= 0.75 * len(questions), f"{cached} of {len(questions)} are cached"


def assert_all_blocked(resolver: Resolver, questions: list[Question]) -> None:
    for answer in resolver.client.ask_many(questions):
        assert answer is not None
        assert_blocked(answer)


def test_a_cached_name_is_blocked_once_it_is_listed(start, store: Store) -> None:
    store.compile(["other.example"])
    resolver = start(store)
    questions = variants("toko-palsu.example") + variants("www.toko-palsu.example")
    fill(resolver, questions)
    store.compile(["other.example", "toko-palsu.example"])
    resolver.wait_enforced()
    assert_all_blocked(resolver, questions)


def test_a_cached_name_is_blocked_by_the_first_list_of_all(start, store: Store) -> None:
    """A store that was empty, or was not there."""
    resolver = start(store)
    resolver.allow("palang: .*(cannot open|there is no store|no such)")
    questions = variants("toko-palsu.example")
    fill(resolver, questions)
    store.compile(["toko-palsu.example"])
    resolver.wait_enforced()
    assert_all_blocked(resolver, questions)


@pytest.mark.parametrize("scope, blocked", [
    ("exact", ["toko-palsu.example"]),
    ("below", ["www.toko-palsu.example", "a.b.toko-palsu.example"]),
    ("subtree", ["toko-palsu.example", "www.toko-palsu.example",
                 "a.b.toko-palsu.example"])])
def test_cached_names_are_blocked_as_far_as_the_scope_goes(
        start, store: Store, scope: str, blocked: list[str]) -> None:
    store.compile(["other.example"])
    resolver = start(store)
    names = ["toko-palsu.example", "www.toko-palsu.example", "a.b.toko-palsu.example",
             "xtoko-palsu.example", "example.com"]
    fill(resolver, [question(n) for n in names])
    store.compile(["other.example", "toko-palsu.example"], "--scope", scope)
    resolver.wait_enforced()
    for name in names:
        (assert_blocked if name in blocked else assert_true)(resolver.ask(name))


def test_a_commit_leaves_the_other_names_in_the_cache(start, store: Store) -> None:
    store.compile(["other.example"])
    resolver = start(store, options=["msg-cache-slabs: 4"])
    free = [question(f"toko-asli{i}.example") for i in range(500)]
    fill(resolver, free)
    store.compile(["other.example", "toko-palsu.example"])
    resolver.wait_enforced()
    hits = resolver.count("total.num.cachehits")
    for answer in resolver.client.ask_many(free):
        assert answer is not None
        assert_true(answer)
    assert resolver.count("total.num.cachehits") - hits == len(free)


@pytest.mark.parametrize("count", [1, 3000, 40000])
def test_many_cached_names_are_blocked_by_one_commit(start, store: Store,
                                                     count: int) -> None:
    """Whether the changes are few, or more than the module keeps at a time."""
    store.compile(["other.example"])
    resolver = start(store, options=["msg-cache-slabs: 4"])
    cached = [question(f"www.toko{i}.example") for i in range(2000)]
    fill(resolver, cached)
    listed = [f"toko{i}.example" for i in range(count)]
    store.compile(["other.example", *listed])
    resolver.wait_enforced()
    for i, answer in enumerate(resolver.client.ask_many(cached)):
        assert answer is not None
        (assert_blocked if i < count else assert_true)(answer)


def test_names_are_blocked_at_the_latest_soon_after_a_commit(start,
                                                             store: Store) -> None:
    """Without waiting for the resolver's word that the serial is enforced; and
    once a name is blocked it stays so."""
    store.compile(["other.example"])
    # One process may be done with its cache before the other.
    resolver = start(store, threads=1 if NO_THREADS else 2)
    for i in range(10):
        name = f"toko{i}.example"
        fill(resolver, [question(name)])
        store.compile(["other.example", name], "--no-wait")
        poll(f"{name} to be blocked", lambda: not resolver.ask(name).is_true)
        for _ in range(20):
            assert_blocked(resolver.ask(name))


def test_every_commit_is_seen_and_not_only_every_second(start, store: Store) -> None:
    store.compile(["toko0.example"])
    resolver = start(store)
    for i in range(1, 20):
        store.compile([f"toko{i}.example"])
        assert_blocked(resolver.ask(f"toko{i}.example"))
        assert_true(resolver.ask(f"toko{i - 1}.example"))


def test_a_lifted_name_is_true_again_at_the_next_query(start, store: Store) -> None:
    store.compile(["other.example", "toko-palsu.example"])
    resolver = start(store)
    questions = variants("toko-palsu.example") + variants("www.toko-palsu.example")
    assert_all_blocked(resolver, questions)
    store.compile(["other.example"], "--no-wait")
    for answer in resolver.client.ask_many(questions):
        assert answer is not None and not answer.ede, str(answer)
        if answer.asked.rdtype in (1, 28):
            assert_true(answer)
    assert_blocked(resolver.ask("other.example"))


def test_a_name_can_be_blocked_and_lifted_again_and_again(start, store: Store) -> None:
    store.compile(["other.example"])
    resolver = start(store)
    questions = variants("toko-palsu.example")
    for _ in range(5):
        fill(resolver, questions)
        store.compile(["other.example", "toko-palsu.example"])
        resolver.wait_enforced()
        assert_all_blocked(resolver, questions)
        store.compile(["other.example"])


def test_another_action_counts_at_the_next_query(start, store: Store) -> None:
    store.compile(["toko-palsu.example"])
    resolver = start(store)
    for action, kind in (("nxdomain", "nxdomain"), ("nodata", "nodata"),
                         ("refused", "refused"), ("notice", "notice"),
                         ("pass", "true"), ("nxdomain", "nxdomain")):
        store.compile(["toko-palsu.example"], "--action", action)
        resolver.wait_enforced()
        assert resolver.ask("www.toko-palsu.example").kind == kind


def test_serve_expired_does_not_bring_a_blocked_name_back(start, store: Store) -> None:
    """Stale answers are given without asking any module."""
    store.compile(["other.example"])
    resolver = start(store, options=["serve-expired: yes", "serve-expired-ttl: 86400",
                                     "serve-expired-client-timeout: 0"])
    stale, listed = "www.brief.example", [f"toko{i}.brief.example" for i in range(20)]
    questions = [question(n) for n in (stale, *listed)]
    fill(resolver, questions)
    # All were cached together: when one is stale, so are the others.
    poll("an answer from stale data", lambda: resolver.ask(stale).is_true and
         resolver.count("total.num.expired") > 0)
    store.compile(["other.example", *listed])
    resolver.wait_enforced()
    for _ in range(3):
        for answer in resolver.client.ask_many(questions[1:]):
            assert answer is not None
            assert_blocked(answer)


def test_serve_expired_client_timeout_does_not_bring_a_blocked_name_back(
        start, store: Store) -> None:
    store.compile(["other.example"])
    resolver = start(store, options=["serve-expired: yes", "serve-expired-ttl: 86400",
                                     "serve-expired-client-timeout: 1800"])
    name = "toko-palsu.brief.example"
    fill(resolver, [question(name)] * 8)
    store.compile(["other.example", name])
    resolver.wait_enforced()
    for rdtype in ("A", "AAAA", "MX"):
        for _ in range(5):
            assert_blocked(resolver.ask(name, rdtype))


def test_prefetch_does_not_bring_a_blocked_name_back(start, store: Store) -> None:
    """Unbound renews what is asked for often before it expires."""
    store.compile(["other.example"])
    resolver = start(store, options=["prefetch: yes"])
    name = "toko-palsu.brief.example"
    for _ in range(200):
        assert_true(resolver.ask(name))
    store.compile(["other.example", name])
    resolver.wait_enforced()
    for _ in range(200):
        assert_blocked(resolver.ask(name))


def test_an_order_takes_effect_while_the_resolver_runs(start, store: Store) -> None:
    begins = int(time.time()) + 4
    store.compile_rows([{"domain": "toko-palsu.example", "effective": date(begins)}])
    resolver = start(store)
    questions = variants("toko-palsu.example") + variants("www.toko-palsu.example")
    if time.time() < begins - 2:  # a slow machine does without the cache
        fill(resolver, questions)

    def is_blocked() -> bool:
        answer = resolver.ask("www.toko-palsu.example")
        if answer.is_true:
            return False
        assert time.time() >= begins, "blocked before its time"
        return True

    poll("the order to take effect", is_blocked)
    for q in questions:
        poll(f"{q} to be blocked", lambda: looks_blocked(resolver.ask(q)))
    assert_all_blocked(resolver, questions)


def test_an_order_expires_while_the_resolver_runs(start, store: Store) -> None:
    ends = int(time.time()) + 4
    store.compile_rows([{"domain": "toko-palsu.example", "expires": date(ends)},
                        {"domain": "other.example"}])
    resolver = start(store)

    def is_true() -> bool:
        answer = resolver.ask("www.toko-palsu.example")
        if not answer.is_true:
            assert_blocked(answer)
            return False
        assert time.time() >= ends, "lifted before its time"
        return True

    poll("the order to expire", is_true)
    assert_true(resolver.ask("toko-palsu.example"))
    assert_true(resolver.ask("www.toko-palsu.example", "AAAA"))
    assert_blocked(resolver.ask("other.example"))


def test_orders_take_effect_one_after_the_other(start, store: Store) -> None:
    """Each is waited for anew."""
    begins = [int(time.time()) + 2 + i for i in range(3)]
    store.compile_rows([{"domain": f"toko{i}.example", "effective": date(t)}
                        for i, t in enumerate(begins)])
    resolver = start(store)
    for i, t in enumerate(begins):
        def is_blocked() -> bool:
            blocked = not resolver.ask(f"toko{i}.example").is_true
            assert not blocked or time.time() >= t, "blocked before its time"
            return blocked

        poll(f"order {i} to take effect", is_blocked)


def test_an_order_of_a_day_begins_and_ends_with_it(start, store: Store) -> None:
    now = time.time()
    day = 86400
    rows = [("past", now - 3 * day, now - 2 * day), ("current", now - day, now + 2 * day),
            ("future", now + 2 * day, now + 3 * day)]
    store.compile_rows([{"domain": f"{n}.example", "effective": date(a)[:10],
                         "expires": date(b)[:10]} for n, a, b in rows])
    resolver = start(store)
    assert_true(resolver.ask("past.example"))
    assert_blocked(resolver.ask("current.example"))
    assert_true(resolver.ask("future.example"))


def ask_aside(resolver: Resolver, questions: list[Question],
              answers: list[Answer | None]) -> threading.Thread:
    """Asks in a thread of its own, as the answers take a while."""
    thread = threading.Thread(target=lambda: answers.extend(
        resolver.client.ask_many(questions)))
    thread.start()
    return thread


def test_an_answer_on_its_way_while_its_name_is_listed_is_not_given(
        start, store: Store) -> None:
    store.compile(["other.example"])
    with HeldServer() as held:
        resolver = start(store, stubs={"held.example.": held.port})
        assert_true(resolver.ask("known.held.example"))
        held.hold()
        questions = [question("toko-palsu.held.example", t) for t in ("A", "AAAA", "TXT")]
        answers: list[Answer | None] = []
        asking = ask_aside(resolver, questions, answers)
        held.wait_for_questions(3)
        store.compile(["other.example", "toko-palsu.held.example"])
        held.release()
        asking.join()
        for answer in answers:
            assert answer is not None
            assert_blocked(answer)
        assert_all_blocked(resolver, questions)
        # The truth that came too late stayed nowhere, as lifting the block shows.
        store.compile(["other.example"])
        assert_true(resolver.ask("toko-palsu.held.example"))


def test_an_answer_on_its_way_while_its_order_takes_effect_is_not_given(
        start, store: Store) -> None:
    begins = int(time.time()) + 3
    store.compile_rows([{"domain": "toko-palsu.held.example", "effective": date(begins)},
                        {"domain": "other.example"}])
    with HeldServer() as held:
        resolver = start(store, stubs={"held.example.": held.port})
        assert_true(resolver.ask("known.held.example"))
        held.hold()
        answers: list[Answer | None] = []
        asking = ask_aside(resolver, [question("toko-palsu.held.example")], answers)
        if time.time() < begins:
            held.wait_for_questions()
        poll("the order to take effect", lambda: time.time() > begins + 1)
        held.release()
        asking.join()
        for answer in (*answers, resolver.ask("toko-palsu.held.example")):
            assert answer is not None
            assert_blocked(answer)


def test_an_answer_on_its_way_while_its_name_is_lifted_is_true(start,
                                                               store: Store) -> None:
    store.compile(["other.example", "third.example"])
    with HeldServer() as held:
        resolver = start(store, stubs={"held.example.": held.port})
        held.hold()
        answers: list[Answer | None] = []
        asking = ask_aside(resolver, [question("toko-asli.held.example")], answers)
        held.wait_for_questions()
        store.compile(["other.example"])
        held.release()
        asking.join()
        assert answers[0] is not None
        assert_true(answers[0])
        assert_true(resolver.ask("toko-asli.held.example"))


def test_an_alias_cached_before_its_own_name_is_listed_is_blocked(
        start, store: Store) -> None:
    store.compile(["other.example"])
    resolver = start(store)
    assert_true(resolver.ask("first.chain.example"))
    store.compile(["other.example", "first.chain.example"])
    resolver.wait_enforced()
    assert_blocked(resolver.ask("first.chain.example"))
    assert_true(resolver.ask("second.chain.example"))
