# SPDX-License-Identifier: BSD-3-Clause
"""What Unbound asks for its own needs stays true, and stays its own."""

import threading

import pytest

from command import Store
from resolver import Resolver
from wire import Answer, assert_blocked, assert_true, question
from world import CHILD, HOSTED, SIGNED, World

SERVERS = "servers.test"  # below it are the hosts of the hN.hosted.example servers

REFERRALS = pytest.mark.parametrize(
    "options", [[], ["harden-referral-path: yes"], ["target-fetch-policy: \"3 2 1 0 0\""],
                ["qname-minimisation: no"]],
    ids=["default", "referral-path", "eager", "no-minimisation"])


def anchored(world: World) -> list[str]:
    return [f'trust-anchor: "{SIGNED} DS {world.key.ds}"', "val-log-level: 2"]


@REFERRALS
def test_a_listed_name_server_host_still_serves_its_zones(start, store: Store,
                                                          options: list[str]) -> None:
    store.compile([SERVERS])
    resolver = start(store, options=options)
    for i in range(HOSTED):
        assert_true(resolver.ask(f"www.h{i}.hosted.example"))


@REFERRALS
@pytest.mark.parametrize("action", ["notice", "nxdomain", "refused", "drop"])
def test_no_action_on_a_name_server_host_breaks_its_zones(
        start, store: Store, options: list[str], action: str) -> None:
    store.compile([SERVERS], "--action", action)
    resolver = start(store, options=options)
    for i in range(5):
        assert_true(resolver.ask(f"www.h{i}.hosted.example"))


@REFERRALS
def test_a_listed_host_that_unbound_looked_up_is_blocked_for_clients(
        start, store: Store, options: list[str]) -> None:
    store.compile([SERVERS])
    resolver = start(store, options=options)
    for i in range(HOSTED):
        assert_true(resolver.ask(f"www.h{i}.hosted.example"))
        for rdtype in ("A", "AAAA"):
            for checking in (True, False):
                assert_blocked(resolver.ask(f"ns{i}.{SERVERS}", rdtype,
                                            checking=checking))


@REFERRALS
def test_a_client_who_asks_at_the_same_moment_as_unbound_gets_the_block(
        start, store: Store, options: list[str]) -> None:
    store.compile([SERVERS])
    resolver = start(store, options=options)
    for i in range(HOSTED):
        questions = [question(f"www.h{i}.hosted.example")]
        questions += [question(f"ns{i}.{SERVERS}", t, checking=c)
                      for t in ("A", "AAAA") for c in (True, False)] * 3
        questions += [question(f"www.h{i}.hosted.example")]
        answers = resolver.client.ask_many(questions)
        for answer in answers:
            assert answer is not None
            (assert_true if b"hosted" in answer.asked.name.labels
             else assert_blocked)(answer)


@pytest.mark.parametrize("threads", [2])
def test_clients_of_another_thread_get_the_block_meanwhile(start, store: Store,
                                                           threads: int) -> None:
    store.compile([SERVERS])
    resolver = start(store, threads=threads)
    wrong: list[Answer] = []
    done = threading.Event()

    def ask_hosts() -> None:
        while not done.is_set():
            for answer in resolver.client.ask_many(
                    [question(f"ns{i}.{SERVERS}") for i in range(HOSTED)]):
                if answer is not None and "127.0.0.1" in answer.addresses:
                    wrong.append(answer)

    askers = [threading.Thread(target=ask_hosts) for _ in range(2)]
    for asker in askers:
        asker.start()
    try:
        for _ in range(3):
            for i in range(HOSTED):
                assert_true(resolver.ask(f"www.h{i}.hosted.example"))
            resolver.control("flush_zone", "test")
            resolver.control("flush_zone", "hosted.example")
    finally:
        done.set()
        for asker in askers:
            asker.join()
    assert not wrong, f"{len(wrong)} times:\n{wrong[0]}"


def test_without_a_listing_the_hosts_are_answered_with_the_truth(start,
                                                                 store: Store) -> None:
    """So the tests above see a block and not just nothing."""
    store.compile(["other.example"])
    resolver = start(store)
    assert_true(resolver.ask("www.h0.hosted.example"))
    assert resolver.ask(f"ns0.{SERVERS}").addresses == ["127.0.0.1"]


def test_signed_names_are_validated_where_nothing_is_listed(start, store: Store,
                                                            world: World) -> None:
    store.compile(["other.example"])
    resolver = start(store, options=anchored(world))
    for name in ("x." + SIGNED, CHILD, "www." + CHILD):
        answer = resolver.ask(name, dnssec=True)
        assert_true(answer)
        assert answer.flag("AD"), str(answer)


def assert_valid(answer: Answer) -> None:
    assert_true(answer)
    assert answer.flag("AD"), str(answer)


@pytest.mark.parametrize("action", ["notice", "nxdomain", "nodata", "refused", "drop"])
def test_names_below_a_listed_apex_are_still_validated(
        start, store: Store, world: World, action: str) -> None:
    """The validator needs the DS and DNSKEY records of the listed name."""
    store.compile([CHILD], "--scope", "exact", "--action", action)
    resolver = start(store, options=anchored(world))
    assert_valid(resolver.ask("www." + CHILD, dnssec=True))


def test_keys_that_the_validator_looked_up_are_blocked_for_clients(
        start, store: Store, world: World) -> None:
    store.compile([CHILD], "--scope", "exact")
    resolver = start(store, options=anchored(world))
    assert_valid(resolver.ask("www." + CHILD, dnssec=True))
    for rdtype in ("DS", "DNSKEY", "NS", "SOA", "A"):
        for more in ({}, {"dnssec": True}, {"checking": False},
                     {"dnssec": True, "checking": False}):
            answer = resolver.ask(CHILD, rdtype, **more)
            assert_blocked(answer)
            assert not answer.flag("AD")
    assert_valid(resolver.ask("listed." + CHILD, dnssec=True))


def test_a_client_who_asks_for_keys_with_the_validator_gets_the_block(
        start, store: Store, world: World) -> None:
    store.compile([CHILD], "--scope", "exact")
    for _ in range(5):
        resolver = start(store, options=anchored(world))
        keys = [question(CHILD, t, dnssec=True, checking=c)
                for t in ("DS", "DNSKEY") for c in (True, False)] * 3
        answers = resolver.client.ask_many(
            [question("www." + CHILD, dnssec=True), *keys,
             question("listed." + CHILD, dnssec=True)])
        for answer in answers:
            assert answer is not None
            (assert_blocked if answer.asked in keys else assert_valid)(answer)
        for q in keys:
            assert_blocked(resolver.ask(q))


def test_a_blocked_name_of_a_signed_zone_is_not_called_bogus(
        start, store: Store, world: World) -> None:
    store.compile(["listed." + CHILD, "x." + SIGNED])
    resolver = start(store, options=anchored(world))
    for name in ("listed." + CHILD, "www.listed." + CHILD, "x." + SIGNED):
        for rdtype in ("A", "AAAA", "MX", "DS", "DNSKEY", "NSEC"):
            for more in ({}, {"dnssec": True}, {"dnssec": True, "checking": False}):
                answer = resolver.ask(name, rdtype, **more)
                assert_blocked(answer)
                assert not answer.flag("AD")
    assert_valid(resolver.ask("www." + CHILD, dnssec=True))


def test_a_listed_trust_anchor_still_validates_its_zone(start, store: Store,
                                                        world: World) -> None:
    store.compile([SIGNED], "--scope", "exact")
    resolver = start(store, options=anchored(world))
    assert_valid(resolver.ask("www." + CHILD, dnssec=True))
    assert_valid(resolver.ask("y." + SIGNED, dnssec=True))
    for rdtype in ("DNSKEY", "DS", "SOA", "A"):
        assert_blocked(resolver.ask(SIGNED, rdtype, dnssec=True))


def test_aggressive_nsec_gives_nothing_of_a_blocked_name_away(
        start, store: Store, world: World) -> None:
    """Negative answers that Unbound makes itself from cached NSEC records."""
    store.compile(["listed." + CHILD])
    resolver: Resolver = start(store, options=[*anchored(world), "aggressive-nsec: yes"])
    for i in range(10):
        assert resolver.ask(f"no{i}.{CHILD}", dnssec=True).rcode == "NXDOMAIN"
    for name in ("listed." + CHILD, "no.listed." + CHILD):
        assert_blocked(resolver.ask(name))
        assert_blocked(resolver.ask(name, "TYPE999"))


@pytest.mark.parametrize("modules", ["dynlib validator iterator", "dynlib iterator"])
@pytest.mark.parametrize("checking", [True, False])
def test_the_target_of_an_alias_is_not_cached_for_clients(
        start, store: Store, modules: str, checking: bool) -> None:
    """Its message is kept under its own name; without a validator, or for a client
    who does the checking, nothing else is asked before it is given."""
    store.compile(["target.test"])
    resolver: Resolver = start(store, options=[f'module-config: "{modules}"'])
    for rdtype in ("A", "AAAA", "MX"):
        assert resolver.ask("www.alias.example", rdtype,
                            checking=checking).message.answer
        for again in (True, False):
            assert_blocked(resolver.ask("target.test", rdtype, checking=again))


@pytest.mark.parametrize("minimisation", ["yes", "no"])
def test_a_name_above_the_one_asked_for_is_not_cached_for_clients(
        start, store: Store, minimisation: str) -> None:
    store.compile(["b.toko.example"], "--scope", "exact")
    resolver = start(store, options=[f"qname-minimisation: {minimisation}"])
    for checking in (True, False):
        assert_true(resolver.ask("a.b.toko.example", checking=checking))
        for rdtype in ("A", "AAAA", "NS"):
            assert_blocked(resolver.ask("b.toko.example", rdtype, checking=checking))
