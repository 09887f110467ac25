# SPDX-License-Identifier: BSD-3-Clause
"""While Unbound looks for a name that is not blocked it asks for others: those above
it, one label at a time (RFC 9156), and the targets of aliases. It keeps the answers,
not validated: clients who set CD could get them from the cache, and without a validator
all clients. What is blocked must not come from there."""

import pytest

from command import Store
from wire import assert_blocked, assert_true, question

TYPES = ("A", "AAAA", "MX", "HTTPS")

SETTINGS = pytest.mark.parametrize("options", [
    [], ["qname-minimisation-strict: yes"], ["qname-minimisation: no"],
    ['module-config: "dynlib iterator"'], ["serve-expired: yes"]],
    ids=["default", "strict", "off", "no-validator", "serve-expired"])


def below(name: str) -> list[str]:
    return [labels + name for labels in ("www.", "a.b.", "a.b.c.d.e.")]


@SETTINGS
@pytest.mark.parametrize("action", ["notice", "nodata", "refused"])
def test_an_exact_name_stays_blocked_when_names_below_it_were_asked(
        start, store: Store, options: list[str], action: str) -> None:
    names = [f"toko{i}.deep.example" for i in range(10)]
    store.compile(names, "--scope", "exact", "--action", action)
    resolver = start(store, options=options)
    for name in names:
        for other in below(name):
            for rdtype in TYPES:
                resolver.ask(other, rdtype)
    for name in names:
        for rdtype in TYPES:
            for checking in (True, False):
                answer = resolver.ask(name, rdtype, checking=checking)
                assert answer.ede and not answer.is_true, str(answer)
    for name in names:
        for other in below(name):
            assert_true(resolver.ask(other))


@SETTINGS
def test_a_name_stays_blocked_when_one_below_it_is_let_pass(
        start, store: Store, options: list[str]) -> None:
    names = [f"toko{i}.deep.example" for i in range(10)]
    store.compile([f"good.{n}" for n in names], "--feed", "own", "--action", "pass")
    store.compile(names, "--feed", "authority")
    resolver = start(store, options=options)
    for name in names:
        assert_true(resolver.ask(f"a.b.good.{name}"))
    for name in names:
        for checking in (True, False):
            assert_blocked(resolver.ask(name, checking=checking))
            assert_blocked(resolver.ask(f"other.{name}", checking=checking))


@SETTINGS
def test_clients_who_ask_for_both_at_once_get_the_block_and_the_truth(
        start, store: Store, options: list[str]) -> None:
    names = [f"toko{i}.deep.example" for i in range(300)]
    store.compile(names, "--scope", "exact")
    resolver = start(store, options=options, threads=2)
    questions = [question(labels + name, checking=checking) for name in names
                 for checking in (True, False)
                 for labels in ("www.", "", "a.b.c.", "")]
    for q, answer in zip(questions, resolver.client.ask_many(questions)):
        assert answer is not None
        (assert_blocked if len(q.name.labels) == 4 else assert_true)(answer)


@SETTINGS
def test_the_target_of_an_alias_stays_blocked_for_those_who_ask_for_it(
        start, store: Store, options: list[str]) -> None:
    """Unbound asks for it when it follows the alias, which is not blocked."""
    store.compile(["target.test"])
    resolver = start(store, options=options)
    for rdtype in ("A", "AAAA"):
        for alias in ("www.alias.example", "first.chain.example"):
            assert_true(resolver.ask(alias, rdtype))
        for checking in (True, False):
            assert_blocked(resolver.ask("target.test", rdtype, checking=checking))
