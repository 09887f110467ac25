# SPDX-License-Identifier: BSD-3-Clause
"""Actions, several feeds, and which of several listings decides."""

import random
import socket
import threading
import time

import dns.name
import pytest

from command import Store
from harness import ADDRESS
from held import HeldServer
from oracle import SCOPES, Entry, Oracle
from resolver import Resolver
from wire import NOTICE_V4, Answer, Question, assert_blocked, assert_true, question

ACTIONS = ["notice", "nxdomain", "nodata", "refused", "pass"]


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("action", ACTIONS)
def test_every_action_works_in_every_scope(start, store: Store, action: str,
                                           scope: str) -> None:
    store.compile(["toko-palsu.example"], "--action", action, "--scope", scope)
    resolver = start(store)
    oracle = Oracle([Entry(dns.name.from_text("toko-palsu.example"), scope, action)])
    for text in ("toko-palsu.example", "www.toko-palsu.example", "palsu.example"):
        assert resolver.ask(text).kind == oracle.kind(dns.name.from_text(text)), text


def test_nxdomain_for_one_name_alone_becomes_no_data(start, store: Store) -> None:
    """An NXDOMAIN would take down what is below, too (RFC 8020)."""
    store.compile(["toko-palsu.example"], "--action", "nxdomain", "--scope", "exact")
    resolver = start(store)
    for rdtype in ("A", "AAAA", "MX"):
        answer = resolver.ask("toko-palsu.example", rdtype)
        assert answer.rcode == "NOERROR" and answer.is_empty, str(answer)
    assert_true(resolver.ask("www.toko-palsu.example"))


def test_nxdomain_for_what_is_below_does_not_touch_the_name(start,
                                                            store: Store) -> None:
    store.compile(["*.toko-palsu.example"], "--action", "nxdomain")
    resolver = start(store)
    assert resolver.ask("www.toko-palsu.example").rcode == "NXDOMAIN"
    assert_true(resolver.ask("toko-palsu.example"))


def silence(resolver: Resolver, questions: list[Question]) -> None:
    """Nothing comes back for QUESTIONS, while another that is asked after them on
    the same socket is answered."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(0.2)
        s.connect((ADDRESS, resolver.port))
        for i, q in enumerate(questions):
            s.send(q.wire(i))
        control = question("toko-asli.example").wire(0xffff)
        heard = False
        for _ in range(50):
            s.send(control)
            try:
                while True:
                    number = int.from_bytes(s.recv(65535)[:2], "big")
                    assert number == 0xffff, f"an answer to {questions[number]}"
                    heard = True
            except TimeoutError:
                if heard:
                    return
        raise AssertionError("no answer to the other question either")


def test_the_action_drop_answers_nothing(start, store: Store) -> None:
    store.compile(["toko-palsu.example"], "--action", "drop")
    resolver = start(store)
    silence(resolver, [question(n, t) for t in ("A", "AAAA", "HTTPS", "ANY")
                       for n in ("toko-palsu.example", "www.toko-palsu.example")])


def test_the_action_drop_answers_nothing_over_tcp(start, store: Store) -> None:
    store.compile(["toko-palsu.example"], "--action", "drop")
    resolver = start(store, options=["tcp-idle-timeout: 500"])
    with socket.create_connection((ADDRESS, resolver.port), 10) as s:
        wire = question("toko-palsu.example").wire(7)
        s.sendall(len(wire).to_bytes(2, "big") + wire)
        s.settimeout(1)
        try:
            assert s.recv(2) == b""
        except TimeoutError:
            pass
    assert_true(resolver.ask("toko-asli.example", tcp=True))


def test_dropped_queries_take_no_room(start, store: Store) -> None:
    """However many they are, the resolver goes on answering others, also those who
    wait for the same answer as another client."""
    store.compile(["toko-palsu.example"], "--action", "drop")
    with HeldServer() as held:
        resolver = start(store, stubs={"held.example.": held.port},
                         options=["num-queries-per-thread: 16", "outgoing-range: 32"])
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.connect((ADDRESS, resolver.port))
            for i in range(4000):
                s.send(question(f"www{i % 7}.toko-palsu.example").wire(i & 0xffff))
                if i % 200 == 199:
                    assert_true(resolver.ask(f"toko-asli{i}.example"))
        held.hold()
        answers: list[Answer | None] = []
        asking = threading.Thread(target=lambda: answers.extend(
            resolver.client.ask_many([question("www.held.example")] * 10,
                                     unanswered=True)))
        asking.start()
        held.wait_for_questions()
        held.release()
        asking.join()
        for answer in answers:
            assert answer is not None
            assert_true(answer)
    for i in range(20):
        assert_true(resolver.ask(f"another{i}.example"))
    assert resolver.count("total.requestlist.current.all") == 0
    # Who waits in vain for another's answer is counted here.
    assert resolver.count("total.requestlist.exceeded") == 0


def test_a_feed_that_was_there_first_decides(start, store: Store) -> None:
    """Even where a later one is more specific, or would lift the block."""
    store.compile(["toko.example"], "--feed", "first", "--action", "nxdomain")
    store.compile(["www.toko.example", "pinjaman.example"], "--feed", "second",
                  "--action", "nodata")
    store.compile(["www.toko.example", "pinjaman.example", "third.example"],
                  "--feed", "third", "--action", "pass")
    resolver = start(store)
    assert resolver.ask("toko.example").kind == "nxdomain"
    assert resolver.ask("www.toko.example").kind == "nxdomain"
    assert resolver.ask("pinjaman.example").kind == "nodata"
    assert_true(resolver.ask("third.example"))


def test_pass_in_an_earlier_feed_lifts_the_block_of_a_later_one(start,
                                                                store: Store) -> None:
    store.compile(["good.toko.example"], "--feed", "allow", "--action", "pass")
    store.compile(["toko.example", "deep.good.toko.example"], "--feed", "authority")
    resolver = start(store)
    assert_blocked(resolver.ask("toko.example"))
    assert_blocked(resolver.ask("www.toko.example"))
    assert_true(resolver.ask("good.toko.example"))
    assert_true(resolver.ask("www.good.toko.example"))
    assert_true(resolver.ask("deep.good.toko.example"))


def test_inside_a_feed_the_most_specific_name_decides(start, store: Store) -> None:
    store.compile_rows([
        {"domain": "toko.example", "action": "notice"},
        {"domain": "a.toko.example", "action": "pass"},
        {"domain": "b.a.toko.example", "action": "nxdomain"},
        {"domain": "c.b.a.toko.example", "action": "pass", "scope": "exact"}])
    resolver = start(store)
    for name, kind in (("toko.example", "notice"), ("x.toko.example", "notice"),
                       ("a.toko.example", "true"), ("x.a.toko.example", "true"),
                       ("b.a.toko.example", "nxdomain"),
                       ("x.b.a.toko.example", "nxdomain"),
                       ("c.b.a.toko.example", "true"),
                       ("x.c.b.a.toko.example", "nxdomain")):
        assert resolver.ask(name).kind == kind, name


def test_at_one_name_exact_goes_before_below_and_that_before_subtree(
        start, store: Store) -> None:
    store.compile_rows([
        {"domain": "toko.example", "scope": "subtree", "action": "nxdomain"},
        {"domain": "toko.example", "scope": "below", "action": "refused"},
        {"domain": "toko.example", "scope": "exact", "action": "notice"},
        {"domain": "two.example", "scope": "subtree", "action": "nxdomain"},
        {"domain": "two.example", "scope": "below", "action": "pass"}])
    resolver = start(store)
    assert resolver.ask("toko.example").kind == "notice"
    assert resolver.ask("www.toko.example").kind == "refused"
    assert resolver.ask("two.example").kind == "nxdomain"
    assert resolver.ask("www.two.example").kind == "true"


def test_pass_goes_before_a_block_of_the_same_name(start, store: Store) -> None:
    store.compile_rows([{"domain": "toko.example", "action": a}
                        for a in ("notice", "pass", "nxdomain")])
    assert_true(start(store).ask("toko.example"))


def test_a_feed_replaces_its_own_entries_only(start, store: Store) -> None:
    store.compile(["one.example"], "--feed", "first")
    store.compile(["two.example"], "--feed", "second")
    resolver = start(store)
    assert_blocked(resolver.ask("one.example"))
    assert_blocked(resolver.ask("two.example"))
    store.compile(["three.example"], "--feed", "second")
    assert_blocked(resolver.ask("one.example"))
    assert_true(resolver.ask("two.example"))
    assert_blocked(resolver.ask("three.example"))


def test_a_name_of_two_feeds_is_blocked_until_both_have_lifted_it(
        start, store: Store) -> None:
    for feed in ("first", "second"):
        store.compile(["toko.example", "other.example"], "--feed", feed)
    resolver = start(store)
    store.compile(["other.example"], "--feed", "first")
    assert_blocked(resolver.ask("toko.example"))
    store.compile(["other.example"], "--feed", "second")
    assert_true(resolver.ask("toko.example"))


def test_an_entry_may_name_a_notice_of_its_own(start, store: Store) -> None:
    store.compile_rows([{"domain": "one.example"},
                        {"domain": "two.example", "notice": "192.0.2.22"}])
    resolver = start(store)
    assert resolver.ask("one.example").addresses == [NOTICE_V4]
    assert resolver.ask("two.example").addresses == ["192.0.2.22"]
    assert resolver.ask("two.example", "AAAA").is_empty


def test_an_entry_out_of_its_time_leaves_the_decision_to_the_others(
        start, store: Store) -> None:
    store.compile_rows([
        {"domain": "toko.example", "action": "nxdomain"},
        {"domain": "www.toko.example", "action": "pass", "expires": "2020-01-01"},
        {"domain": "ftp.toko.example", "action": "pass", "effective": "2036-01-01"}])
    store.compile(["pinjaman.example"], "--feed", "second")
    resolver = start(store)
    assert resolver.ask("www.toko.example").kind == "nxdomain"
    assert resolver.ask("ftp.toko.example").kind == "nxdomain"


@pytest.mark.parametrize("seed", range(4))
def test_random_listings_of_many_feeds_get_the_oracles_verdict(
        start, store: Store, seed: int) -> None:
    """Few names, each listed often, so that listings meet."""
    rng = random.Random(seed)
    names = [f"{a}.{b}.{c}.example" for a in "ab" for b in "ab" for c in "ab"]
    names += [f"{b}.{c}.example" for b in "ab" for c in "ab"] + ["a.example", "b.example"]
    entries, now = [], time.time()
    for rank in range(5):
        rows = {}
        for _ in range(rng.randint(1, 12)):
            name, scope = rng.choice(names), rng.choice(SCOPES)
            action, when = rng.choice(ACTIONS), rng.choice(["", "", "past", "future"])
            # Two blocks with the same terms but the action would leave the
            # decision to the age of orders, which a list cannot choose.
            if rows.get((name, scope, when), action) != action:
                continue
            rows[name, scope, when] = action
        lists = [{"domain": name, "scope": scope, "action": action,
                  "expires": "2020-01-01" if when == "past" else "",
                  "effective": "2036-01-01" if when == "future" else ""}
                 for (name, scope, when), action in rows.items()]
        entries += [Entry(dns.name.from_text(name), scope, action, rank,
                          effective=2082758400 if when == "future" else None,
                          expires=1577836800 if when == "past" else None)
                    for (name, scope, when), action in rows.items()]
        store.compile_rows(lists, "--feed", f"feed{rank}")
    oracle = Oracle(entries)
    asked = [dns.name.from_text(p + n) for n in names for p in ("", "x.", "a.", "y.x.")]
    answers = start(store).client.ask_many([Question(n) for n in asked])
    wrong = [f"{n}: {a.kind}, not {oracle.kind(n, now)} by {oracle.entry(n, now)}"
             for n, a in zip(asked, answers)
             if a is not None and a.kind != oracle.kind(n, now)]
    assert not wrong, "\n".join(wrong)
