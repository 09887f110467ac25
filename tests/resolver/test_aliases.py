# SPDX-License-Identifier: BSD-3-Clause
"""Aliases of blocked names, which count for feeds with `cname-targets`."""

import threading
from collections.abc import Sequence

import dns.rdatatype
import pytest

from command import Store, palang
from held import HeldServer
from resolver import Resolver
from test_exempt import EXEMPT, WAITING, Two, ask_together, exempt
from wire import Answer, Pending, Question, assert_blocked, assert_true, question
from world import HOPS, SIGNED, World

ALIAS, TARGET = "www.alias.example", "target.test"
TYPES = ["A", "AAAA", "MX", "TXT", "HTTPS", "TYPE999"]
OWN = ["CNAME", "ANY"]  # which ask for the alias itself, and no further
CHAIN = [f"first.hop{i}.example" for i in range(HOPS + 1)]

MODULES = pytest.mark.parametrize(
    "options", [[], ['module-config: "dynlib iterator"']], ids=["validator", "iterator"])


def set_feed(store: Store, *settings: str, feed: str = "list") -> None:
    palang("set", "-o", store.path, "--feed", feed, *settings)


def listing(store: Store, *names: str, action: str = "notice") -> Store:
    """Lists the names in a feed that counts for targets."""
    store.compile([*names, "other.example"], "--action", action)
    set_feed(store, "cname-targets=yes")
    return store


def variants(name: str, types: Sequence[str] = TYPES) -> list[Question]:
    return [question(name, rdtype, **more) for rdtype in types
            for more in ({}, {"checking": False}, {"dnssec": True}, {"edns": False})]


def assert_all_blocked(resolver: Resolver, name: str,
                       types: Sequence[str] = TYPES) -> None:
    for answer in resolver.client.ask_many(variants(name, types)):
        assert answer is not None
        assert_blocked(answer)
        for owner, *_ in answer.records:
            assert owner == name + ".", str(answer)
        assert not answer.soa or str(answer.soa.name) == name + ".", str(answer)


def assert_all_true(resolver: Resolver, name: str) -> None:
    for answer in resolver.client.ask_many([question(name, t) for t in ("A", "AAAA")]):
        assert answer is not None
        assert_true(answer)


# ---- which aliases ----

def test_without_the_setting_an_alias_of_a_blocked_name_is_true(start,
                                                                store: Store) -> None:
    store.compile([TARGET])
    resolver = start(store)
    for _ in range(3):
        assert_all_true(resolver, ALIAS)
        assert_blocked(resolver.ask(TARGET))
        assert_all_true(resolver, CHAIN[0])
    assert resolver.stats()["targets"] == 0


@MODULES
def test_an_alias_of_a_blocked_name_is_blocked_as_itself(start, store: Store,
                                                         options: list[str]) -> None:
    resolver = start(listing(store, TARGET), options=options)
    for name in (ALIAS, "first.chain.example", "third.chain.example"):
        for _ in range(3):
            assert_all_blocked(resolver, name)
    assert_blocked(resolver.ask(TARGET))
    assert_all_true(resolver, "toko-asli.test")
    assert_all_true(resolver, "toko-asli.example")
    assert_all_true(resolver, CHAIN[0])


@pytest.mark.parametrize("at", range(HOPS + 1))
@MODULES
def test_any_name_of_a_long_chain_blocks_those_in_front_of_it(
        start, store: Store, options: list[str], at: int) -> None:
    listing(store, CHAIN[at])
    for order in (range(HOPS + 1), range(HOPS, -1, -1)):
        resolver = start(store, options=options)
        for _ in range(2):
            for i in order:
                for rdtype in ("A", "AAAA", "TXT"):
                    answer = resolver.ask(CHAIN[i], rdtype)
                    if i <= at:
                        assert_blocked(answer)
                    else:
                        assert not answer.ede and answer.records, str(answer)
                        assert rdtype == "TXT" or answer.is_true


@MODULES
def test_a_question_for_the_alias_itself_is_about_its_own_target_only(
        start, store: Store, options: list[str]) -> None:
    """Its answer goes no further, whatever else is cached."""
    resolver = start(listing(store, TARGET), options=options)
    for _ in range(3):
        for name in (ALIAS, "third.chain.example"):
            assert_all_blocked(resolver, name, OWN)
        for rdtype in OWN:
            for checking in (True, False):
                answer = resolver.ask("first.chain.example", rdtype, checking=checking)
                assert not answer.ede, str(answer)
                assert [data for *_, data in answer.records] == ["second.chain.example."]
        assert_all_blocked(resolver, "first.chain.example")


@pytest.mark.parametrize("listed", ["second.chain.example", "third.chain.example",
                                    TARGET])
def test_any_name_of_one_answer_counts(start, store: Store, listed: str) -> None:
    resolver = start(listing(store, listed))
    for _ in range(3):
        assert_all_blocked(resolver, "first.chain.example")


@MODULES
@pytest.mark.parametrize("listed, blocked", [
    ("toko.new.test", ["toko.old.example", "www.toko.old.example"]),
    ("www.toko.new.test", ["www.toko.old.example"]),
    ("new.test", ["toko.old.example", "www.toko.old.example", "free.old.example"])])
def test_a_name_below_a_dname_is_an_alias(start, store: Store, options: list[str],
                                          listed: str, blocked: list[str]) -> None:
    resolver = start(listing(store, listed), options=options)
    for _ in range(3):
        for name in ("toko.old.example", "www.toko.old.example", "free.old.example"):
            if name in blocked:
                assert_all_blocked(resolver, name)
            else:
                assert_all_true(resolver, name)


def test_the_signed_alias_of_a_blocked_name_is_blocked(start, store: Store,
                                                       world: World) -> None:
    anchor = f'trust-anchor: "{SIGNED} DS {world.key.ds}"'
    store.compile(["other.example"])
    resolver = start(store, options=[anchor])
    assert_true(resolver.ask("alias." + SIGNED))
    listing(store, TARGET)
    for _ in range(3):
        assert_all_blocked(resolver, "alias.signed.test")
    answer = resolver.ask("x." + SIGNED, dnssec=True)
    assert_true(answer)
    assert answer.flag("AD")


# ---- who decides ----

def test_pass_for_an_alias_covers_its_chain(start, store: Store) -> None:
    store.compile_rows([{"domain": TARGET}, {"domain": ALIAS, "action": "pass"},
                        {"domain": CHAIN[5]}, {"domain": CHAIN[0], "action": "pass"}])
    set_feed(store, "cname-targets=yes")
    resolver = start(store)
    for _ in range(3):
        assert_all_true(resolver, ALIAS)
        assert_all_true(resolver, CHAIN[0])
        assert_all_blocked(resolver, "free.alias.example")
        assert_all_blocked(resolver, CHAIN[1])
        assert_blocked(resolver.ask(TARGET))


@pytest.mark.parametrize("flag", ["no", "yes"])
@pytest.mark.parametrize("first", [True, False])
def test_pass_for_the_target_in_a_feed_that_comes_first_lets_its_aliases_pass(
        start, store: Store, flag: str, first: bool) -> None:
    """Whether or not that feed counts for targets."""
    store.compile([TARGET], "--feed", "blocks")
    store.compile([TARGET], "--feed", "passes", "--action", "pass")
    set_feed(store, "cname-targets=yes", feed="blocks")
    set_feed(store, f"cname-targets={flag}", f"rank={0 if first else 254}",
             feed="passes")
    resolver = start(store)
    for _ in range(3):
        if first:
            assert_all_true(resolver, ALIAS)
            assert_all_true(resolver, TARGET)
        else:
            assert_all_blocked(resolver, ALIAS)
            assert_blocked(resolver.ask(TARGET))


@pytest.mark.parametrize("rank", [0, 254])
def test_a_feed_without_the_setting_does_not_count_for_targets(
        start, store: Store, rank: int) -> None:
    store.compile([TARGET], "--feed", "names")
    store.compile(["third.chain.example"], "--feed", "targets")
    set_feed(store, f"rank={rank}", feed="names")
    set_feed(store, "cname-targets=yes", feed="targets")
    resolver = start(store)
    for _ in range(3):
        assert_all_true(resolver, ALIAS)
        assert_all_blocked(resolver, "third.chain.example")
        assert_all_blocked(resolver, "first.chain.example")
        assert_blocked(resolver.ask(TARGET))


@pytest.mark.parametrize("action, kind", [
    ("nxdomain", "nodata"), ("nodata", "nodata"), ("refused", "refused")])
def test_an_alias_has_its_target_s_action(start, store: Store, action: str,
                                          kind: str) -> None:
    """An NXDOMAIN would deny what is below the alias."""
    resolver = start(listing(store, TARGET, action=action))
    for _ in range(3):
        for rdtype in ("A", "AAAA", "CNAME"):
            assert resolver.ask(ALIAS, rdtype).kind == kind
        assert resolver.ask(TARGET).kind == action


def test_a_dropped_target_s_alias_has_no_answer(start, store: Store) -> None:
    resolver = start(listing(store, TARGET, action="drop"))
    for name in (ALIAS, TARGET, ALIAS):
        for tcp in (False, True):
            Pending(resolver.client, question(name), tcp).assert_dropped(
                question("toko-asli.example"))
    assert_all_true(resolver, "toko-asli.example")


def test_the_target_s_order_says_why_an_alias_is_blocked(start, store: Store) -> None:
    store.compile_rows([{"domain": TARGET, "authority": "Ministry of Examples",
                         "order": "No. 7/2026", "ede": "16"}])
    set_feed(store, "cname-targets=yes")
    resolver = start(store)
    for _ in range(3):
        assert resolver.ask(ALIAS).ede == [
            (4, ""), (16, "Ministry of Examples; No. 7/2026")]
        assert resolver.ask(ALIAS, "MX").ede == [
            (16, "Ministry of Examples; No. 7/2026")]


def test_queries_blocked_for_a_target_are_counted(start, store: Store) -> None:
    resolver = start(listing(store, TARGET))
    # Over TCP nothing is asked twice.
    for _ in range(5):
        assert_blocked(resolver.ask(ALIAS, tcp=True))
    for _ in range(3):
        assert_blocked(resolver.ask(TARGET, tcp=True))
    assert_true(resolver.ask("toko-asli.example"))
    stats = resolver.stats()
    assert stats["targets"] == 5 and stats["action"]["notice"] == 8
    assert stats["late"] == 0 and stats["feed"] == {"list": 8}


# ---- what is cached ----

@pytest.mark.parametrize("name", [ALIAS, "first.chain.example", "t.old.example"])
def test_a_cached_alias_is_blocked_once_its_target_is_listed(start, store: Store,
                                                             name: str) -> None:
    listing(store, "third.example")
    resolver = start(store)
    own = OWN if name == ALIAS else []
    for q in variants(name, [*TYPES, *own]):
        resolver.ask(q)
    assert_all_true(resolver, name)
    store.compile(["other.example", TARGET, "t.new.test"])
    assert_all_blocked(resolver, name, own)
    assert_all_blocked(resolver, name)
    store.compile(["other.example"], "--no-wait")
    assert_all_true(resolver, name)


@pytest.mark.parametrize("at", range(1, HOPS + 1))
def test_a_cached_chain_is_blocked_once_any_of_its_names_is_listed(
        start, store: Store, at: int) -> None:
    resolver = start(listing(store, "third.example"))
    for rdtype in ("A", "AAAA", "TXT"):
        assert resolver.ask(CHAIN[0], rdtype).records
    store.compile(["other.example", CHAIN[at]])
    for rdtype in ("A", "AAAA", "TXT"):
        assert_blocked(resolver.ask(CHAIN[0], rdtype))


def test_a_cached_alias_is_blocked_once_the_setting_is_made(start, store: Store) -> None:
    store.compile([TARGET, "first.hop7.example"])
    resolver = start(store)
    for _ in range(3):
        for name in (ALIAS, "first.chain.example", CHAIN[0]):
            for q in variants(name):
                resolver.ask(q)
            assert_all_true(resolver, name)
        set_feed(store, "cname-targets=yes")
        for name in (ALIAS, "first.chain.example", CHAIN[0]):
            assert_all_blocked(resolver, name)
        set_feed(store, "cname-targets=no")


def test_a_lifted_target_s_alias_is_true_at_the_next_query(start, store: Store) -> None:
    resolver = start(listing(store, TARGET, CHAIN[4]))
    for _ in range(5):
        for name in (ALIAS, CHAIN[0]):
            assert_all_blocked(resolver, name)
        store.compile(["other.example"], "--no-wait")
        for name in (ALIAS, CHAIN[0]):
            assert_all_true(resolver, name)
        store.compile(["other.example", TARGET, CHAIN[4]])


@pytest.mark.parametrize("action", ["notice", "pass"])
def test_more_targets_that_changed_than_are_looked_up_are_no_less_blocked(
        start, store: Store, action: str) -> None:
    resolver = start(listing(store, "third.example"))
    assert_all_true(resolver, CHAIN[0])
    rows = [{"domain": n, "action": "pass" if n != CHAIN[-1] else action}
            for n in CHAIN[2:]]
    store.compile_rows([*rows, {"domain": "other.example"}])
    (assert_all_blocked if action == "notice" else assert_all_true)(resolver, CHAIN[0])


def hammer(resolver: Resolver, questions: list[Question], clients: int = 4
           ) -> list[Answer]:
    """The answers to several clients who ask all of it at the same time."""
    answers: list[Answer | None] = []

    def ask() -> None:
        answers.extend(resolver.client.ask_many(questions))

    threads = [threading.Thread(target=ask) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == clients * len(questions)
    return [a for a in answers if a is not None]


@MODULES
def test_an_alias_whose_record_is_cached_is_never_true(start, store: Store,
                                                       options: list[str]) -> None:
    """Only its message went when the target was listed."""
    listing(store, "third.example")
    resolver = start(store, threads=4, options=options)
    names = [f"a{i}.alias.example" for i in range(50)] + ["first.chain.example"]
    for name in names:
        assert resolver.ask(name, "TXT").records
    store.compile(["other.example", TARGET])
    for answer in hammer(resolver, [question(n, t) for _ in range(10) for n in names
                                    for t in ("A", "AAAA")]):
        assert_blocked(answer)


@MODULES
@pytest.mark.parametrize("at", [1, 5, HOPS])
def test_an_alias_that_is_asked_for_by_many_at_once_is_never_true(
        start, store: Store, options: list[str], at: int) -> None:
    """It is not even for a moment in a cache that all threads share."""
    listing(store, f"hop{at}.example")
    resolver = start(store, threads=4, options=[*options, "log-servfail: yes"])
    questions = [question(f"n{k}.hop0.example", t)
                 for k in range(100) for t in ("A", "A", "A", "AAAA")]
    for _ in range(5):
        for answer in hammer(resolver, questions):
            assert answer.rcode != "SERVFAIL", resolver.log()
            assert_blocked(answer)
        for i in range(HOPS + 1):
            resolver.control("flush_zone", f"hop{i}.example")


@pytest.mark.parametrize("cached", [False, True])
def test_a_chain_is_in_no_cache_while_it_is_validated(start, store: Store,
                                                      cached: bool) -> None:
    """Those who validate by themselves would have it from there; whether the alias in
    the middle came from upstream, or was cached."""
    listing(store, "listed.loose.example")
    anchor = f'trust-anchor: "held.example. DS 12345 15 2 {"5a" * 32}"'
    chain = ["alias.loose.example.", "middle.loose.example.", "listed.loose.example.",
             "tail.held.example."]
    with HeldServer() as held, HeldServer() as loose:
        loose.aliases = dict(zip(chain, chain[1:]))
        resolver = start(store, stubs={"held.example.": held.port,
                                       "loose.example.": loose.port},
                         options=[*WAITING, anchor])
        resolver.allow("validation failure|failed to prime")
        if cached:  # the alias's own record is not
            store.compile(["other.example"])
            for name in chain[1:3]:
                assert resolver.ask(name, "CNAME").records
            store.compile(["listed.loose.example", "other.example"])
        held.hold(dns.rdatatype.DNSKEY)
        waiting = [Pending(resolver.client, question(chain[0]))]
        held.wait_for_questions()
        waiting += [Pending(resolver.client, question(chain[0], checking=False))
                    for _ in range(20)]
        # They are there when what they might have from the cache is theirs.
        assert resolver.ask("known.loose.example", checking=False).is_true
        held.release()
        for pending in waiting:
            assert_blocked(pending.answer())
        assert_blocked(resolver.ask(chain[0]))


# ---- those who wait, and those who are exempt ----

@MODULES
def test_an_exempt_client_has_the_alias_s_truth_and_nobody_else(
        start, store: Store, options: list[str]) -> None:
    listing(store, TARGET, CHAIN[4])
    exempt(store, EXEMPT)
    two = Two(start(store, options=options, threads=2))
    for _ in range(20):
        for name in (ALIAS, "first.chain.example", CHAIN[0], TARGET):
            two.assert_apart(name)
    dump = two.resolver.control("dump_cache")
    for name in (ALIAS, "first.chain.example", CHAIN[0], TARGET):
        assert f"\nmsg {name}." not in dump, dump
    assert two.resolver.stats()["exempted"] == 160


@MODULES
@pytest.mark.parametrize("each", [1, 20])
def test_those_who_wait_for_an_alias_get_their_own_when_its_target_is_listed(
        start, store: Store, options: list[str], each: int) -> None:
    listing(store, "third.example")
    exempt(store, EXEMPT)
    name = "alias.held.example"
    with HeldServer() as held:
        held.aliases[name + "."] = "toko-palsu.held.example."
        two = Two(start(store, stubs={"held.example.": held.port},
                        options=[*WAITING, *options]))
        assert_true(two.other.ask("known.held.example"))
        for q in (question(name), question(name, "AAAA"), question(name, edns=False)):
            held.hold()
            exempts, others = ask_together(two, q, each, sde=True)
            store.compile(["other.example", "toko-palsu.held.example"])
            held.release()
            for pending in exempts:
                assert_true(pending.answer())
            for pending in others:
                answer = pending.answer()
                if answer.asked.options:
                    assert not answer.message.answer and answer.ede, str(answer)
                else:
                    assert_blocked(answer)
            two.assert_apart(name)
            assert f"\nmsg {name}." not in two.resolver.control("dump_cache")
            store.compile(["other.example"])
            assert_true(two.other.ask(q))
            two.resolver.control("flush_zone", "held.example")
            assert_true(two.other.ask("known.held.example"))
