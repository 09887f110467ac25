# SPDX-License-Identifier: BSD-3-Clause
"""Every action in every scope, at every type, class and header bit: the whole answer
on the wire is what expect.py says, which knows nothing of palang's code."""

import itertools
import random
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import dns.name
import dns.rdataclass
import dns.rdatatype
import pytest

from command import Store
from expect import (TABLES, Look, Notice, Reason, Tally, as_of, expected_block,
                    seen)
from harness import SLOW
from oracle import SCOPES, Entry, Oracle
from resolver import Resolver
from wire import Answer, Question

ACTIONS = ("notice", "nxdomain", "nodata", "refused", "drop", "pass", "not listed")
TYPES = ("A", "AAAA", "HTTPS", "SVCB", "MX", "TXT", "NS", "SOA", "DS", "DNSKEY", "ANY",
         "CNAME", "PTR", "TYPE65280")
FEW_TYPES = ("A", "AAAA", "TXT", "ANY")

NOTICES = {"both": Notice(("192.0.2.1", "192.0.2.2"), ("2001:db8::1",)),
           "ipv4": Notice(("192.0.2.9",), ttl=77)}
# Which notice goes with which reason does not matter: they do not meet anywhere.
REASONS = {"both": Reason(15, ""),
           "ipv4": Reason(16, "Ministry of Examples; No. 7/2026; mailto:a@b.example")}
ORDER = {"authority": "Ministry of Examples", "order": "No. 7/2026",
         "contact": "mailto:a@b.example"}

# Where a question is asked, seen from the listed name.
PLACES = {"at": "", "below": "www.", "far below": "a.b.c."}

# CD, AD, EDNS, DO: without EDNS there is no DO.
BITS = [{"checking": not cd, "authentic": ad, "edns": edns, "dnssec": do}
        for cd, ad, (edns, do) in itertools.product(
            (False, True), (False, True),
            ((False, False), (True, False), (True, True)))]

CLASSES = {"IN": dns.rdataclass.IN, "CH": dns.rdataclass.CH, "HS": dns.rdataclass.HS,
           "ANY": dns.rdataclass.ANY}

REFERENCE = dns.name.from_text("rEfErEnCe.example.")


class Listing(NamedTuple):
    action: str
    scope: str
    notice: str

    @property
    def zone(self) -> str:
        return f"{self.action.replace(' ', '-')}-{self.scope}-{self.notice}.example."

    @property
    def listed(self) -> dns.name.Name:
        return dns.name.from_text("listed." + self.zone)

    @property
    def row(self) -> str:
        return f"{self.action} {self.scope}"

    def names(self) -> Iterator[tuple[str, dns.name.Name]]:
        """Names to ask for and where they are, letters in mixed case."""
        texts = {place: labels + "listed." + self.zone
                 for place, labels in PLACES.items()}
        texts["above"] = self.zone
        texts["beside"] = "xlisted." + self.zone
        rng = random.Random(self.zone)
        for place, text in texts.items():
            yield place, dns.name.from_text("".join(
                rng.choice((c.lower(), c.upper())) for c in text))


LISTINGS = [Listing(*terms) for terms in itertools.product(ACTIONS, SCOPES, NOTICES)]


class World:
    """The two resolvers, and what answers have to be."""

    def __init__(self, store: Store, resolver: Resolver, plain: Resolver) -> None:
        self.resolver, self.plain = resolver, plain
        self.serial = store.serial
        self.oracle = Oracle([Entry(x.listed, x.scope, x.action) for x in LISTINGS
                              if x.action != "not listed"])
        self.true: dict[tuple, Look] = {}

    def learn(self, questions: Iterable[Question]) -> None:
        """Asks the resolver without palang for the true answers."""
        kinds = list(dict.fromkeys(key(q) for q in questions))
        asked = [Question(REFERENCE, *kind) for kind in kinds]
        for kind, answer in zip(kinds, self.plain.client.ask_many(asked)):
            assert answer is not None
            self.true[kind] = seen(answer)

    def is_blocked(self, q: Question) -> bool:
        """Without RD Unbound refuses before any module is asked; classes other than
        IN and ANY are none of palang's business."""
        return (self.oracle.action(q.name) != "pass" and q.recursion
                and q.rdclass in (dns.rdataclass.IN, dns.rdataclass.ANY))

    def differences(self, x: Listing, answer: Answer) -> list[str]:
        """What is different from the answer that has to be."""
        q, look = answer.asked, seen(answer)
        if self.is_blocked(q):
            return look.differences(expected_block(
                q, x.action, x.listed, x.scope, NOTICES[x.notice], REASONS[x.notice],
                self.serial))
        # TTLs of true answers count down in both caches.
        return as_of(look, q, q.name).differences(
            as_of(self.true[key(q)], q, REFERENCE))


def key(q: Question) -> tuple:
    """All that a true answer depends on, in the order of Question's fields."""
    return (q.rdtype, q.rdclass, q.edns, q.dnssec, q.checking, q.recursion,
            q.authentic)


@pytest.fixture(scope="module")
def both(start_once, tmp_path_factory: pytest.TempPathFactory) -> World:
    store = Store(tmp_path_factory.mktemp("matrix") / "store")
    lists: dict[str, list[dict[str, str]]] = {notice: [] for notice in NOTICES}
    for x in LISTINGS:
        if x.action != "not listed":
            lists[x.notice].append({"domain": str(x.listed), "scope": x.scope,
                                    "action": x.action})
    store.compile_rows(lists["both"], "--feed", "both",
                       notices=NOTICES["both"].v4 + NOTICES["both"].v6)
    store.compile_rows([{**row, **ORDER, "notice": " ".join(NOTICES["ipv4"].v4)}
                        for row in lists["ipv4"]],
                       "--feed", "ipv4", "--ttl", str(NOTICES["ipv4"].ttl), notices=())
    return World(store, start_once(store),
                 start_once(tmp_path_factory.mktemp("plain") / "store", module=False))


@pytest.fixture(scope="module")
def tally(request: pytest.FixtureRequest) -> Tally:
    table = Tally("answers on the wire, by action and scope, and by class")
    request.config.stash[TABLES].append(table)
    return table


def judge(both: World, tally: Tally, column: str,
          asked: list[tuple[Listing, str, Question]]) -> None:
    """Asks, compares, and fails with the first differences."""
    assert asked
    both.learn(q for _, _, q in asked)
    wrong = []
    answers = both.resolver.client.ask_many([q for _, _, q in asked])
    for (x, place, q), answer in zip(asked, answers):
        assert answer is not None
        differences = both.differences(x, answer)
        tally.add(x.row, column, not differences)
        if differences:
            wrong.append(f"{x.row} {x.notice}, asked {place}: {q}, {q.bits}: "
                         + "; ".join(differences))
    assert not wrong, f"{len(wrong)} of {len(asked)}:\n" + "\n".join(wrong[:20])


def answered(both: World) -> Iterator[tuple[Listing, str, dns.name.Name]]:
    """All names but those that are dropped."""
    for x in LISTINGS:
        for place, name in x.names():
            if both.oracle.action(name) != "drop":
                yield x, place, name


@pytest.mark.parametrize("rdtype", TYPES)
def test_the_answer_is_what_action_scope_and_bits_make_of_it(
        both: World, tally: Tally, rdtype: str) -> None:
    number = dns.rdatatype.from_text(rdtype)
    judge(both, tally, "IN", [(x, place, Question(name, number, **bits))
                              for x, place, name in answered(both) for bits in BITS])


@pytest.mark.parametrize("rdclass", ["CH", "HS", "ANY"])
def test_class_any_is_answered_like_in_and_others_are_not_looked_at(
        both: World, tally: Tally, rdclass: str) -> None:
    judge(both, tally, rdclass, [
        (x, place, Question(name, dns.rdatatype.from_text(t), CLASSES[rdclass],
                            edns=edns))
        for x, place, name in answered(both) for t in FEW_TYPES
        for edns in (False, True)])


def test_without_rd_unbound_refuses_before_palang_is_asked(
        both: World, tally: Tally) -> None:
    """Dropped names, too: the question does not come to them."""
    asked = [(x, place, Question(name, dns.rdatatype.from_text(t), recursion=False,
                                 edns=edns, checking=cd))
             for x in LISTINGS for place, name in x.names() for t in FEW_TYPES
             for edns in (False, True) for cd in (False, True)]
    judge(both, tally, "RD=0", asked)
    assert {look.rcode for k, look in both.true.items() if not k[5]} == {"REFUSED"}


@pytest.mark.parametrize("rdclass", ["IN", "ANY"])
def test_drop_answers_nothing_whatever_is_asked(both: World, tally: Tally,
                                                rdclass: str) -> None:
    """Many at once, so that silence is waited for a few times only, but no more than
    the resolver's socket holds."""
    asked = [(x, Question(name, dns.rdatatype.from_text(t), CLASSES[rdclass], **bits))
             for x in LISTINGS for place, name in x.names()
             if both.oracle.action(name) == "drop"
             for t in TYPES for bits in (BITS if t == "A" else BITS[1:2])]
    queries = both.resolver.count("total.num.queries")
    answers = both.resolver.client.ask_many(
        [q for _, q in asked], window=100, unanswered=True, patience=0.5 * SLOW)
    # None was lost on its way.
    assert both.resolver.count("total.num.queries") - queries == len(asked)
    for (x, q), answer in zip(asked, answers):
        tally.add(x.row, rdclass, answer is None)
    assert [str(a) for a in answers if a is not None] == []
