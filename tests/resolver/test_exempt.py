# SPDX-License-Identifier: BSD-3-Clause
"""Clients that the store exempts have the truth; nobody else ever does, and Unbound
keeps nothing of it."""

import ipaddress
import threading
from collections.abc import Iterable, Sequence

import dns.rcode
import dns.rdatatype
import pytest

from command import Store, palang
from expect import seen
from harness import UNBOUND, poll
from held import HeldServer
from resolver import Resolver
from structured import SDE
from wire import (Answer, Client, Pending, Question, assert_blocked, assert_true,
                  question)
from world import CHILD, SIGNED, World

EXEMPT, OTHER = "127.0.0.2", "127.0.0.3"
# ANY comes first: later Unbound answers it from what it has cached.
TYPES = ["ANY", "A", "AAAA", "MX", "TXT", "HTTPS", "CAA", "TYPE65280", "NS", "DS",
         "TYPE999"]

def have(option: str) -> bool:
    return option.encode() in UNBOUND.read_bytes()


# For many clients who wait, and for longer than clients usually do.
WAITING = ["incoming-num-tcp: 200",
           *(["discard-timeout: 0"] if have("discard-timeout") else [])]


def exempt(store: Store, blocks: str) -> None:
    palang("set", "-o", store.path, f"exempt={blocks}")


class Two:
    """A resolver, asked by an exempt client and by one that is not."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self.exempt = resolver.from_address(EXEMPT)
        self.other = resolver.from_address(OTHER)

    def assert_apart(self, name: str, rdtypes: Iterable[str] = ("A", "AAAA"),
                     **more: object) -> None:
        for rdtype in rdtypes:
            assert_blocked(self.other.ask(name, rdtype, **more))
            assert_true(self.exempt.ask(name, rdtype, **more))
            assert_blocked(self.other.ask(name, rdtype, **more))

    def assert_not_cached(self, name: str) -> None:
        """No message: records alone are not asked for before the module is."""
        lines = [line for line in self.resolver.control("dump_cache").splitlines()
                 if line.startswith("msg ") and name in line.split()[1]]
        assert not lines, "\n".join(lines)


@pytest.fixture
def two(start, store: Store) -> Two:
    store.compile(["toko-palsu.example"])
    exempt(store, EXEMPT)
    return Two(start(store))


# ---- the truth ----

def told(answer: Answer) -> list[object]:
    """What an answer says, but for TTLs, which run down."""
    look = seen(answer)
    return [look.rcode, look.flags, look.opt, look.options,
            *(sorted((o.lower(), t, c, d) for o, t, c, _, d in section)
              for section in (look.answer, look.authority))]


def questions(name: str) -> list[Question]:
    return [question(name, rdtype, **more) for rdtype in TYPES
            for more in ({}, {"checking": False}, {"dnssec": True}, {"edns": False})]


@pytest.mark.parametrize("threads", [1, 4])
@pytest.mark.parametrize("first", ["exempt", "other"])
def test_an_exempt_client_is_answered_as_without_palang_and_nobody_else(
        start, store: Store, threads: int, first: str) -> None:
    store.compile(["toko-palsu.example"])
    exempt(store, EXEMPT)
    two = Two(start(store, threads=threads))
    plain = start(store, module=False)
    asked = questions("toko-palsu.example") + questions("www.toko-palsu.example")
    for q, answer in zip(asked, plain.client.ask_many(asked, window=1)):
        assert answer is not None
        if first == "other":
            assert_blocked(two.other.ask(q))
        assert told(two.exempt.ask(q)) == told(answer)
        assert_blocked(two.other.ask(q))
        assert told(two.exempt.ask(q)) == told(answer)
    two.assert_not_cached("toko-palsu")


def test_asking_many_times_in_turn_changes_nothing(two: Two) -> None:
    for i in range(300):
        two.assert_apart(f"www{i % 3}.toko-palsu.example")
    two.assert_not_cached("toko-palsu")


@pytest.mark.parametrize("threads", [1, 4])
def test_asking_at_the_same_time_changes_nothing(start, store: Store,
                                                 threads: int) -> None:
    store.compile(["toko-palsu.example"])
    exempt(store, EXEMPT)
    two = Two(start(store, threads=threads))
    asked = [question(f"www{i % 7}.toko-palsu.example", t)
             for i in range(500) for t in ("A", "AAAA")]
    answers: dict[str, list[Answer | None]] = {}

    def ask(who: str, client: Client) -> None:
        answers[who] = client.ask_many(asked)

    asking = [threading.Thread(target=ask, args=a) for a in (
        ("exempt", two.exempt), ("other", two.other), ("third", two.resolver.client))]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    for true, *blocked in zip(*(answers[w] for w in ("exempt", "other", "third"))):
        assert true is not None
        assert_true(true)
        for answer in blocked:
            assert answer is not None
            assert_blocked(answer)
    two.assert_not_cached("toko-palsu")


@pytest.mark.parametrize("action", ["notice", "nxdomain", "nodata", "refused", "drop"])
def test_no_action_is_for_an_exempt_client(start, store: Store, action: str) -> None:
    store.compile(["toko-palsu.example"], "--action", action)
    exempt(store, EXEMPT)
    two = Two(start(store))
    for _ in range(20):
        for rdtype in ("A", "AAAA"):
            assert_true(two.exempt.ask("toko-palsu.example", rdtype))
            assert_true(two.exempt.ask("toko-palsu.example", rdtype, tcp=True))
            if action == "drop":
                Pending(two.other, question("toko-palsu.example", rdtype)
                        ).assert_dropped(question("toko-asli.example"))
            else:
                assert two.other.ask("toko-palsu.example").kind == action
    two.assert_not_cached("toko-palsu")


def test_a_name_that_was_cached_before_it_was_listed_is_no_different(
        start, store: Store) -> None:
    store.compile(["other.example"])
    exempt(store, EXEMPT)
    two = Two(start(store))
    for client in (two.exempt, two.other, two.exempt):
        for q in questions("toko-palsu.example"):
            client.ask(q)
    store.compile(["other.example", "toko-palsu.example"])
    two.assert_apart("toko-palsu.example")
    two.assert_apart("toko-palsu.example", checking=False)
    two.assert_not_cached("toko-palsu.example")
    store.compile(["other.example"])
    for client in (two.other, two.exempt):
        assert_true(client.ask("toko-palsu.example"))


def test_transports_make_no_difference(start, store: Store) -> None:
    store.compile(["toko-palsu.example"])
    exempt(store, EXEMPT)
    resolver = start(store, encrypted=True)
    two = Two(resolver)
    name = "toko-palsu.example"
    for _ in range(5):
        two.assert_apart(name, tcp=True)
        for client in (resolver.dot, resolver.doh):
            there = type(client)(client.port, EXEMPT)
            assert_blocked(client.ask(name))
            assert_true(there.ask(name))
            assert_true(there.ask(name, options=((SDE, b""),)))
            assert_blocked(client.ask(name))
    two.assert_not_cached("toko-palsu")


def test_many_questions_over_one_connection_are_each_answered(two: Two) -> None:
    asked = [question(f"www{i}.toko-palsu.example") for i in range(20)] * 5
    for answer in two.exempt.ask_tcp_many(asked):
        assert_true(answer)
    for answer in two.other.ask_tcp_many(asked):
        assert_blocked(answer)


# ---- who is exempt ----

@pytest.mark.parametrize("blocks, inside, outside", [
    ("127.0.0.2", ["127.0.0.2"], ["127.0.0.1", "127.0.0.3"]),
    ("127.0.0.2/32", ["127.0.0.2"], ["127.0.0.3", "::1"]),
    ("127.0.2.0/23", ["127.0.2.0", "127.0.3.255"], ["127.0.1.255", "127.0.4.0"]),
    ("127.0.0.0/8", ["127.0.0.1", "127.255.255.254"], ["::1"]),
    ("::1", ["::1"], ["127.0.0.1", "127.0.0.2"]),
    ("::/0", ["::1"], ["127.0.0.1"]),
    ("0.0.0.0/0", ["127.0.0.1", "127.9.9.9"], ["::1"]),
    ("2001:db8::/32", [], ["::1", "127.0.0.1", "127.0.0.2"]),
    ("127.0.0.2/32,127.1.0.0/16,::1/128", ["127.0.0.2", "127.1.2.3", "::1"],
     ["127.0.0.3", "127.2.0.0"]),
    ("::ffff:127.0.0.2", ["127.0.0.2"], ["127.0.0.1", "::1"]),
    ("::ffff:0:0/96", ["127.0.0.1"], ["::1"]),
], ids=lambda v: v if isinstance(v, str) else "")
def test_a_netblock_says_who_is_exempt(start, store: Store, blocks: str,
                                       inside: Sequence[str],
                                       outside: Sequence[str]) -> None:
    store.compile(["toko-palsu.example"])
    exempt(store, blocks)
    resolver = start(store, ip6=True)
    for _ in range(3):
        for rdtype in ("A", "AAAA"):
            for tcp in (False, True):
                for address in inside:
                    client = resolver.from_address(address)
                    assert_true(client.ask("toko-palsu.example", rdtype, tcp=tcp))
                for address in outside:
                    client = resolver.from_address(address)
                    assert_blocked(client.ask("toko-palsu.example", rdtype, tcp=tcp))


def test_the_list_of_exempt_clients_counts_at_the_next_query(two: Two) -> None:
    store, name = two.resolver.store, "toko-palsu.example"
    for _ in range(5):
        two.assert_apart(name)
        exempt(store, "")
        assert_blocked(two.exempt.ask(name))
        assert_blocked(two.other.ask(name))
        exempt(store, OTHER)
        assert_blocked(two.exempt.ask(name))
        assert_true(two.other.ask(name))
        assert_blocked(two.exempt.ask(name))
        exempt(store, f"{OTHER},{EXEMPT}")
        assert_true(two.exempt.ask(name))
        assert_true(two.other.ask(name))
        exempt(store, EXEMPT)
    two.assert_not_cached("toko-palsu")


def test_what_exempt_clients_are_told_is_counted_apart(two: Two) -> None:
    for _ in range(7):
        two.exempt.ask("toko-palsu.example")
    for _ in range(3):
        two.other.ask("toko-palsu.example")
    two.exempt.ask("toko-asli.example")
    stats = two.resolver.stats()
    assert stats["exempted"] == 7
    assert stats["action"]["notice"] == 3
    assert stats["queries"] == 11 and stats["late"] == 0
    assert {t["name"]: t["hits"] for t in two.resolver.store.stats()["top"]} == {
        "toko-palsu.example": 3}


def test_no_exempt_client_s_address_is_logged(two: Two) -> None:
    for _ in range(20):
        two.assert_apart("toko-palsu.example")
    assert EXEMPT not in two.resolver.log() and OTHER not in two.resolver.log()


# ---- with what Unbound can do ----

WAYS = {
    "no-validator": ['module-config: "dynlib iterator"'],
    "serve-expired": ["serve-expired: yes", "serve-expired-client-timeout: 0"],
    "client-timeout": ["serve-expired: yes", "serve-expired-client-timeout: 1"],
    "prefetch": ["prefetch: yes", "prefetch-key: yes"],
    "aggressive": ["aggressive-nsec: yes"],
    "no-minimisation": ["qname-minimisation: no"],
    "dns64": ['module-config: "dynlib dns64 validator iterator"'],
    "subnet": ['module-config: "dynlib subnetcache validator iterator"',
               "send-client-subnet: 127.0.0.1", "client-subnet-always-forward: yes",
               "max-client-subnet-ipv4: 32"],
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("domain", ["brief.example", "com", "held.example"])
def test_however_unbound_is_set_up_they_are_told_apart(start, store: Store, way: str,
                                                       domain: str) -> None:
    """Names with a TTL of a second, and of a day; cached before they are listed."""
    if way == "subnet" and not have("send-client-subnet"):
        pytest.skip("this Unbound has no subnetcache")
    store.compile(["other.example"])
    exempt(store, EXEMPT)
    with HeldServer() as held:
        two = Two(start(store, threads=2, options=WAYS[way],
                        stubs={"held.example.": held.port}))
        names = [f"toko{i}.{domain}" for i in range(5)]
        for name in names:
            for client in (two.exempt, two.other):
                for rdtype in ("A", "AAAA"):
                    assert_true(client.ask(name, rdtype))
        store.compile(["other.example", *names])
        two.resolver.wait_enforced()
        for _ in range(20):
            for name in names:
                two.assert_apart(name)
        dump = two.resolver.control("dump_cache")
        for name in names:
            assert f"\nmsg {name}." not in dump
        store.compile(["other.example"])
        for name in names:
            assert_true(two.other.ask(name))
            assert_true(two.exempt.ask(name))


def synthesised(answer: Answer) -> str:
    """The IPv4 address in that of DNS64's prefix."""
    (address,) = answer.addresses
    prefix, _, last = ipaddress.IPv6Address(address).packed.rpartition(b"\0" * 8)
    assert prefix == b"\0\x64\xff\x9b", str(answer)
    return str(ipaddress.IPv4Address(last))


DNS64 = pytest.mark.parametrize("options", [
    WAYS["dns64"], ['module-config: "dynlib dns64 iterator"']],
    ids=["validator", "iterator"])


@DNS64
def test_dns64_makes_an_exempt_client_s_address_of_the_true_one(
        start, store: Store, options: list[str]) -> None:
    store.compile(["toko-palsu.four.example"])
    exempt(store, EXEMPT)
    two = Two(start(store, options=options))
    name = "toko-palsu.four.example"
    for _ in range(20):
        assert_blocked(two.other.ask(name, "AAAA"))
        assert synthesised(two.exempt.ask(name, "AAAA")) == "198.51.100.8"
        assert_blocked(two.other.ask(name, "AAAA"))
        two.assert_apart(name, ["A"])
    two.assert_not_cached(name)
    assert synthesised(two.other.ask("toko-asli.four.example", "AAAA")) == "198.51.100.8"


@DNS64
def test_dns64_asks_for_an_exempt_client_while_others_ask(
        start, store: Store, options: list[str]) -> None:
    """It shares the query for the A record with clients that ask for that."""
    store.compile(["toko-palsu.four.example"])
    exempt(store, EXEMPT)
    two = Two(start(store, options=options))
    for i in range(100):
        name = f"www{i}.toko-palsu.four.example"
        waiting = [(c, Pending(c, question(name, t))) for _ in range(3)
                   for c, t in ((two.exempt, "AAAA"), (two.other, "A"),
                                (two.other, "AAAA"), (two.exempt, "A"))]
        for client, pending in waiting:
            answer = pending.answer()
            if client is two.other:
                assert_blocked(answer)
            elif pending.asked.rdtype == dns.rdatatype.A:
                assert_true(answer)
            else:
                assert synthesised(answer) == "198.51.100.8"
    two.assert_not_cached("toko-palsu")


# ---- those who wait for the same answer ----

def wait_until_asked(resolver: Resolver, pending: Sequence[Pending], before: int) -> None:
    poll("all questions to be there", lambda: resolver.count("total.num.queries")
         >= before + len(pending), pause=0.05)


def ask_together(two: Two, q: Question, each: int, sde: bool = False) -> tuple[
        list[Pending], list[Pending]]:
    """Both kinds, over UDP and TCP; returns when all wait in the resolver."""
    before = two.resolver.count("total.num.queries")
    structured = Question(q.name, q.rdtype, checking=q.checking,
                          options=((SDE, b""),))
    exempts, others = [], []
    for i in range(each):
        exempts.append(Pending(two.exempt, q, tcp=i % 3 == 2))
        others.append(Pending(two.other, structured if sde and i % 2 else q,
                              tcp=i % 3 == 1))
    wait_until_asked(two.resolver, [*exempts, *others], before)
    return exempts, others


HELD = "toko-palsu.held.example"


@pytest.fixture
def held():
    with HeldServer() as server:
        yield server


def begin(start, store: Store, held: HeldServer, **more: object) -> Two:
    store.compile(["other.example"])
    exempt(store, EXEMPT)
    options = [*WAITING, *more.pop("options", [])]  # type: ignore[misc]
    two = Two(start(store, stubs={"held.example.": held.port}, options=options, **more))
    assert_true(two.other.ask("known.held.example"))
    return two


def assert_blocked_by(action: str, answer: Answer) -> None:
    if answer.asked.options:
        assert not answer.message.answer and len(answer.ede) == 1, str(answer)
        assert answer.rcode == {"nxdomain": "NXDOMAIN",
                                "refused": "REFUSED"}.get(action, "NOERROR")
    elif action == "notice":
        assert_blocked(answer)
        assert not answer.asked.edns or answer.ede, str(answer)
    else:
        assert answer.kind == action, str(answer)


@pytest.mark.parametrize("action, each, sde", [
    ("notice", 1, False), ("notice", 2, True), ("notice", 30, False),
    ("notice", 30, True), ("nxdomain", 6, True), ("nodata", 6, True),
    ("refused", 6, False), ("refused", 30, True), ("drop", 1, False), ("drop", 30, True)])
def test_each_of_those_who_wait_gets_its_own_when_the_name_is_listed(
        start, store: Store, held: HeldServer, action: str, each: int,
        sde: bool) -> None:
    two = begin(start, store, held)
    for q in (question(HELD), question(HELD, edns=False), question(HELD, "AAAA"),
              question(HELD, "TXT"), question(HELD, checking=False)):
        held.hold()
        exempts, others = ask_together(two, q, each, sde)
        assert two.resolver.count("total.requestlist.current.user") == 1
        store.compile(["other.example", HELD], "--action", action)
        held.release()
        for pending in exempts:
            answer = pending.answer()
            assert answer.message.answer and not answer.ede, str(answer)
            assert q.rdtype == dns.rdatatype.TXT or answer.is_true
        for pending in others:
            if action == "drop":
                pending.assert_dropped(question("known.held.example"))
            else:
                answer = pending.answer()
                assert answer.asked.options or q.rdtype != dns.rdatatype.TXT or (
                    answer.rcode != "NOERROR" or answer.is_empty)
                if answer.asked.options or q.rdtype == dns.rdatatype.A:
                    assert_blocked_by(action, answer)
                else:
                    assert not answer.is_true
        two.assert_not_cached(HELD)
        assert two.resolver.count("total.requestlist.current.user") == 0
        store.compile(["other.example"])
        for client in (two.other, two.exempt):
            assert client.ask(q).message.answer
        two.resolver.control("flush_zone", "held.example")
        assert_true(two.other.ask("known.held.example"))


@pytest.mark.parametrize("each", [1, 30])
@pytest.mark.parametrize("threads", [1, 4])
def test_a_name_that_is_lifted_while_they_wait_is_true_for_all(
        start, store: Store, held: HeldServer, each: int, threads: int) -> None:
    two = begin(start, store, held, threads=threads)
    store.compile(["other.example", HELD])
    held.hold()
    before = two.resolver.count("total.num.queries")
    exempts = [Pending(two.exempt, question(HELD), tcp=i % 2 == 1) for i in range(each)]
    wait_until_asked(two.resolver, exempts, before)
    for tcp in (False, True):  # nobody else waits with them
        assert_blocked(two.other.ask(HELD, tcp=tcp))
    store.compile(["other.example"])
    before = two.resolver.count("total.num.queries")
    others = [Pending(two.other, question(HELD), tcp=i % 2 == 1) for i in range(each)]
    wait_until_asked(two.resolver, others, before)
    held.release()
    for pending in (*exempts, *others):
        assert_true(pending.answer())
    for client in (two.other, two.exempt):
        assert_true(client.ask(HELD))


@pytest.mark.parametrize("threads", [1, 4])
def test_a_name_is_listed_and_lifted_while_they_wait(
        start, store: Store, held: HeldServer, threads: int) -> None:
    two = begin(start, store, held, threads=threads)
    held.hold()
    exempts, others = ask_together(two, question(HELD), 8)
    store.compile(["other.example", HELD])
    assert_blocked(two.other.ask("www." + HELD))
    store.compile(["other.example"])
    held.release()
    for pending in (*exempts, *others):
        assert_true(pending.answer())


def test_who_becomes_exempt_while_it_waits_has_the_truth(
        start, store: Store, held: HeldServer) -> None:
    two = begin(start, store, held)
    exempt(store, "")
    held.hold()
    exempts, others = ask_together(two, question(HELD), 4)
    exempt(store, EXEMPT)
    store.compile(["other.example", HELD])
    held.release()
    for pending in exempts:
        assert_true(pending.answer())
    for pending in others:
        assert_blocked(pending.answer())


def test_who_is_not_exempt_any_more_when_the_answer_comes_gets_the_block(
        start, store: Store, held: HeldServer) -> None:
    two = begin(start, store, held)
    store.compile(["other.example", HELD])
    held.hold()
    before = two.resolver.count("total.num.queries")
    exempts = [Pending(two.exempt, question(HELD), tcp=i % 2 == 1) for i in range(4)]
    wait_until_asked(two.resolver, exempts, before)
    exempt(store, "")
    held.release()
    for pending in exempts:
        assert_blocked(pending.answer())
    two.assert_not_cached(HELD)


@pytest.mark.parametrize("options", [[], WAYS["no-validator"]],
                         ids=["validator", "iterator"])
@pytest.mark.parametrize("rcode", ["SERVFAIL", "REFUSED", "NXDOMAIN"])
def test_where_the_truth_is_an_error_only_exempt_clients_are_told(
        start, store: Store, held: HeldServer, options: list[str], rcode: str) -> None:
    two = begin(start, store, held, options=options)
    held.rcode = dns.rcode.from_text(rcode)
    for q in (question("one." + HELD), question("two." + HELD, edns=False)):
        held.hold()
        exempts, others = ask_together(two, q, 6)
        store.compile(["other.example", HELD])
        held.release()
        for pending in exempts:
            answer = pending.answer()
            assert answer.rcode == (
                "NXDOMAIN" if rcode == "NXDOMAIN" else "SERVFAIL"), str(answer)
            assert not answer.message.answer
        for pending in others:
            assert_blocked(pending.answer())
        store.compile(["other.example"])


def test_a_bogus_truth_is_an_error_for_exempt_clients_and_a_block_for_others(
        start, store: Store, held: HeldServer) -> None:
    anchor = f'trust-anchor: "held.example. DS 12345 15 2 {"5a" * 32}"'
    store.compile(["other.example"])
    exempt(store, EXEMPT)
    two = Two(start(store, stubs={"held.example.": held.port},
                    options=[*WAITING, anchor]))
    two.resolver.allow("validation failure|failed to prime")
    for checking in (True, False):
        held.hold()
        name = f"c{checking}.{HELD}".lower()
        exempts, others = ask_together(two, question(name, checking=checking), 6)
        store.compile(["other.example", HELD])
        held.release()
        for pending in exempts:
            answer = pending.answer()
            if checking:
                assert answer.rcode == "SERVFAIL", str(answer)
                assert not answer.message.answer
            else:
                assert_true(answer)
        for pending in others:
            assert_blocked(pending.answer())
        for _ in range(3):
            assert two.exempt.ask(name, checking=checking).is_true != checking
            assert_blocked(two.other.ask(name, checking=checking))
        store.compile(["other.example"])


def test_a_signed_truth_is_validated_for_exempt_clients(start, store: Store,
                                                        world: World) -> None:
    store.compile(["listed." + CHILD, "x." + SIGNED])
    exempt(store, EXEMPT)
    two = Two(start(store, options=[f'trust-anchor: "{SIGNED} DS {world.key.ds}"']))
    for name in ("listed." + CHILD, "x." + SIGNED):
        for _ in range(5):
            for more in ({}, {"checking": False}):
                assert not two.other.ask(name, dnssec=True, **more).flag("AD")
                answer = two.exempt.ask(name, dnssec=True, **more)
                assert_true(answer)
                assert answer.flag("AD"), str(answer)
                two.assert_apart(name, dnssec=True, **more)


@pytest.mark.parametrize("options", [WAYS["dns64"], WAYS["no-validator"]],
                         ids=["dns64", "iterator"])
def test_other_modules_answer_those_who_wait_with_the_truth(
        start, store: Store, held: HeldServer, options: list[str]) -> None:
    two = begin(start, store, held, options=options)
    for rdtype in ("A", "AAAA"):
        held.hold()
        exempts, others = ask_together(two, question(HELD, rdtype), 6)
        store.compile(["other.example", HELD])
        held.release()
        for pending in exempts:
            assert_true(pending.answer())
        for pending in others:
            assert_blocked(pending.answer())
        store.compile(["other.example"])


def test_dns64_uses_the_true_address_when_the_name_is_listed_meanwhile(
        start, store: Store, held: HeldServer) -> None:
    """The A record is asked for when the name is listed already."""
    two = begin(start, store, held, options=WAYS["dns64"])
    held.without = dns.rdatatype.AAAA
    held.hold()
    exempts, others = ask_together(two, question(HELD, "AAAA"), 6)
    store.compile(["other.example", HELD])
    held.release()
    for pending in exempts:
        assert synthesised(pending.answer()) == "198.51.100.9"
    for pending in others:
        assert_blocked(pending.answer())
    two.assert_not_cached(HELD)


def test_a_connection_with_other_questions_ends_by_a_drop_alone(
        start, store: Store, held: HeldServer) -> None:
    """An exempt client's connection stays, whatever is dropped besides."""
    two = begin(start, store, held)
    held.hold()
    exempts, others = ask_together(two, question(HELD), 9)
    store.compile(["other.example", HELD], "--action", "drop")
    held.release()
    for pending in exempts:
        assert_true(pending.answer())
    for pending in others:
        pending.assert_dropped(question("known.held.example"))
    assert_true(two.other.ask("known.held.example", tcp=True))
    assert two.resolver.count("total.requestlist.current.all") == 0


@pytest.mark.parametrize("threads", [1, 4])
def test_thousands_of_dropped_queries_leave_nothing_behind(
        start, store: Store, threads: int) -> None:
    """Unbound has no more replies than this waiting at a time: what is dropped must
    not count for ever."""
    store.compile(["toko-palsu.example"], "--action", "drop")
    exempt(store, EXEMPT)
    two = Two(start(store, threads=threads, options=[*WAITING, "num-queries-per-thread: 100"]))
    drops = [question(f"www{i}.toko-palsu.example") for i in range(100)]
    for _ in range(40):
        waiting = [Pending(two.other, q, tcp=i % 25 == 0)
                   for i, q in enumerate(drops)]
        for answer in two.exempt.ask_many(drops[:10]):
            assert answer is not None
            assert_true(answer)
        for pending in waiting:
            pending.assert_dropped(question("toko-asli.example"))
    assert two.resolver.count("total.requestlist.current.all") == 0
    assert two.resolver.count("total.requestlist.exceeded") == 0
    # Some may not have come: a socket's buffer is full at times.
    assert two.resolver.stats()["action"]["drop"] >= 3000
    for i in range(100):
        assert_true(two.other.ask(f"toko-asli{i}.example"))
    two.assert_not_cached("toko-palsu")


def test_thousands_dropped_while_exempt_clients_wait_with_them_leave_nothing_behind(
        start, store: Store, held: HeldServer) -> None:
    two = begin(start, store, held, options=["num-queries-per-thread: 40"])
    for _ in range(10):
        held.hold()
        exempts, others = ask_together(two, question(HELD), 100)
        store.compile(["other.example", HELD], "--action", "drop")
        held.release()
        for pending in exempts:
            assert_true(pending.answer())
        for pending in others:
            pending.assert_dropped(question("known.held.example"))
        assert two.resolver.count("total.requestlist.current.all") == 0
        store.compile(["other.example"])
    for i in range(100):
        assert_true(two.other.ask(f"free{i}.held.example"))
