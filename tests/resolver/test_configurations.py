# SPDX-License-Identifier: BSD-3-Clause
"""Blocking is right in every configuration of Unbound that a provider runs.

Each configuration has a resolver of its own, which goes through the same moments."""

import dataclasses
import os
import threading
import time

import pytest

from command import Store
from harness import poll
from resolver import Resolver
from test_cache import date
from wire import (TRUE_V6, Answer, Client, Question, assert_blocked, assert_true,
                  looks_blocked, question)
from world import SIGNED, World

EVERY = int(os.environ.get("PALANG_CONFIGURATIONS", "1"))

TYPES = ("A", "AAAA", "HTTPS", "TXT")
TTL = 17  # of the notice: no other answer has it

# Validates what is below signed.test; in the table for those that validate.
ANCHORED = "ANCHORED"

SERVE_EXPIRED = ("serve-expired: yes", "serve-expired-ttl: 86400")


@dataclasses.dataclass(frozen=True)
class Configuration:
    name: str
    options: tuple[str, ...] = ()
    modules: str = "validator iterator"
    threads: int = 1
    upstream: str = "stubs"  # or who all is forwarded to: "nsd", "unbound"
    text: str = ""  # further clauses


C = Configuration
# What dns64 makes of the true address is below the prefix of true ones.
DNS64 = ("dns64-synthall: yes", f"dns64-prefix: {TRUE_V6}/96")
SUBNET = ("send-client-subnet: 127.0.0.0/8", "max-client-subnet-ipv4: 24",
          "client-subnet-always-forward: yes")
PREFETCH = ("prefetch: yes", "prefetch-key: yes")
HARDENED = ("harden-referral-path: yes", "harden-below-nxdomain: yes",
            "aggressive-nsec: yes", "harden-algo-downgrade: yes",
            "harden-large-queries: yes", "harden-short-bufsize: yes",
            "use-caps-for-id: yes", "qname-minimisation-strict: yes")

CONFIGURATIONS = [
    C("plain"),
    C("anchored", (ANCHORED,)),
    *(C(f"threads-{n}-reuseport-{yes}", (f"so-reuseport: {yes}",), threads=n)
      for n in (2, 4, 8) for yes in ("yes", "no")),
    C("prefetch", PREFETCH),
    C("serve-expired-0", (*SERVE_EXPIRED, "serve-expired-client-timeout: 0")),
    C("serve-expired-50", (*SERVE_EXPIRED, "serve-expired-client-timeout: 50",
                           "serve-expired-reply-ttl: 5")),
    C("serve-expired-1800", (*SERVE_EXPIRED, "serve-expired-client-timeout: 1800",
                             "serve-expired-reply-ttl: 5",
                             "serve-expired-ttl-reset: yes")),
    C("cache-min-ttl", ("cache-min-ttl: 3600",)),
    C("cache-max-ttl", ("cache-max-ttl: 1", "cache-max-negative-ttl: 1")),
    C("cache-max-ttl-0", ("cache-max-ttl: 0",)),
    C("dns64", DNS64, "dns64 validator iterator"),
    C("dns64-no-validator", DNS64, "dns64 iterator"),
    C("respip", (), "respip validator iterator"),
    C("subnetcache", SUBNET, "subnetcache validator iterator"),
    C("subnetcache-anchored", (*SUBNET, ANCHORED), "subnetcache validator iterator",
      threads=2),
    C("hardened", (*HARDENED, ANCHORED)),
    C("aggressive-nsec", ("aggressive-nsec: yes", ANCHORED)),
    C("minimisation-strict", ("qname-minimisation-strict: yes",)),
    C("minimisation-off", ("qname-minimisation: no",)),
    C("forward", upstream="unbound"),
    C("forward-first", ("forward-first",), upstream="nsd"),
    C("forward-no-cache", ("forward-no-cache",), upstream="nsd"),
    C("no-validator", (), "iterator"),
    C("permissive", ("val-permissive-mode: yes", ANCHORED)),
    C("ignore-cd-flag", ("ignore-cd-flag: yes", ANCHORED)),
    C("one-slab", ("msg-cache-slabs: 1", "rrset-cache-slabs: 1"), threads=2),
    C("eight-slabs", ("msg-cache-slabs: 8", "rrset-cache-slabs: 8"), threads=2),
    C("tiny-cache", ("msg-cache-size: 20k", "rrset-cache-size: 20k")),
    C("cache-size-0", ("msg-cache-size: 0", "rrset-cache-size: 0")),
    C("minimal-responses-no", ("minimal-responses: no",)),
    C("rrset-roundrobin", ("rrset-roundrobin: yes",)),
    C("caps-for-id", ("use-caps-for-id: yes",)),
    C("deny-any", ("deny-any: yes",)),
    C("private-notice", ("private-address: 192.0.2.0/24",
                         "private-address: 2001:db8::/48")),
    C("local-zones", ('local-zone: "example." transparent',
                      'local-data: "own.example. A 192.0.2.7"')),
    C("tcp-upstream", ("tcp-upstream: yes",)),
    C("few-at-a-time", ("num-queries-per-thread: 64", "outgoing-range: 64")),
    C("all-at-once", (*PREFETCH, *SERVE_EXPIRED, "serve-expired-client-timeout: 50",
                      "minimal-responses: no", "rrset-roundrobin: yes",
                      "cache-min-ttl: 1", "msg-cache-slabs: 8", *HARDENED, ANCHORED),
      threads=4),
    C("all-in-one-chain", (*DNS64, *SUBNET, *PREFETCH, *SERVE_EXPIRED),
      "respip subnetcache dns64 validator iterator", threads=2),
]


def forward(port: int, *more: str) -> list[str]:
    return ["forward-zone:", 'name: "."', f"forward-addr: 127.0.0.1@{port}", *more]


@pytest.fixture
def configured(start, store: Store, world: World):
    """Starts the resolver of a configuration."""
    def make(c: Configuration) -> Resolver:
        anchor = [f'trust-anchor: "{SIGNED} DS {world.key.ds}"', "val-log-level: 0"]
        options = [f'module-config: "dynlib {c.modules}"']
        for o in c.options:
            if not o.startswith("forward-"):
                options += anchor if o == ANCHORED else [o]
        upstream = None
        if c.upstream == "unbound":
            upstream = forward(start(store, module=False).port)
        elif c.upstream == "nsd":
            upstream = forward(world.port, *(f"{o}: yes" for o in c.options
                                             if o.startswith("forward-")))
        return start(store, options=options, threads=c.threads, upstream=upstream,
                     text=c.text)

    return make


KEPT = "other"
ZONES = ("example", "brief.example", SIGNED.rstrip("."))
TOKO = [f"toko.{z}" for z in ZONES]
FREE = [f"toko-asli.{z}" for z in ZONES]


def below(names: list[str]) -> list[str]:
    return [*names, *(f"a.b.c.{n}" for n in names)]


def all_questions(names: list[str]) -> list[Question]:
    return [question(n, t, **more) for n in names for t in TYPES
            for more in ({}, {"checking": False, "dnssec": True})]


def is_address(q: Question) -> bool:
    return q.rdtype in (1, 28)


def assert_all_true(client: Client, names: list[str]) -> None:
    for answer in client.ask_many(all_questions(names)):
        assert answer is not None and not answer.ede, str(answer)
        assert answer.message.answer and answer.rcode == "NOERROR", str(answer)
        if is_address(answer.asked):
            assert_true(answer)


def assert_notice(answer: Answer | None) -> None:
    """A block, and no part of a true answer besides it."""
    assert answer is not None
    assert_blocked(answer)
    assert answer.ede, str(answer)
    sections = answer.message.answer or answer.message.authority
    assert {s.ttl for s in sections} == {TTL}, str(answer)
    assert not answer.message.additional, str(answer)


def assert_all_blocked(resolver: Resolver, names: list[str]) -> None:
    """Over UDP, by one socket and then by many at the same time, and TCP."""
    questions = all_questions(names)
    for answer in resolver.client.ask_many(questions):
        assert_notice(answer)
    for answer in resolver.client.ask_tcp_many(questions[:40]):
        assert_notice(answer)
    if resolver.threads == 1:
        return
    # A socket each, so that each thread of Unbound is asked.
    got: list[Answer | None] = []
    clients = [threading.Thread(
        target=lambda: got.extend(Client(resolver.port).ask_many(questions[::5])))
        for _ in range(2 * resolver.threads)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    assert len(got) == 2 * resolver.threads * len(questions[::5])
    for answer in got:
        assert_notice(answer)


def wait_for_kind(resolver: Resolver, name: str, kind: str, by: float) -> None:
    """The answer becomes one of that kind, and does not before the time BY."""
    def shows() -> bool:
        answer = resolver.ask(name)
        assert answer.kind != kind or time.time() >= by, f"early: {answer}"
        return answer.kind == kind

    poll(f"{name} to be {kind}", shows)


def compile_rows(store: Store, *rows: dict[str, str]) -> None:
    store.compile_rows([{"domain": KEPT + ".example"}, *rows], "--ttl", str(TTL))


@pytest.mark.parametrize("configuration", CONFIGURATIONS[::EVERY],
                         ids=lambda c: c.name)
def test_names_are_blocked_and_lifted_at_every_moment(
        configured, store: Store, configuration: Configuration) -> None:
    compile_rows(store)
    resolver: Resolver = configured(configuration)
    names = below(TOKO)

    # Listed after they were cached, some of which expires during what follows.
    assert_all_true(resolver.client, names + FREE)
    compile_rows(store, *({"domain": n} for n in TOKO))
    assert resolver.stats()["enforced_serial"] == store.serial
    assert_all_blocked(resolver, names)
    assert_all_true(resolver.client, FREE)

    # Lifted, and listed again; without a word of when it is enforced.
    compile_rows(store)
    assert_all_true(resolver.client, names)
    compile_rows(store, {"domain": "nxdomain.example", "action": "nxdomain"},
                 {"domain": "refused.example", "action": "refused"},
                 *({"domain": n} for n in TOKO))
    assert_all_blocked(resolver, names)
    for name in ("nxdomain", "refused"):
        for labels in ("", "www."):
            for checking in (True, False):
                answer = resolver.ask(f"{labels}{name}.example", checking=checking)
                assert answer.kind == name and answer.ede, str(answer)

    # By the dates of the orders, while what is asked comes from the cache.
    begins, ends = ("begins.example", "begins.brief.example"), ("ends.example",)
    soon = int(time.time() + 1.3)
    compile_rows(store,
                 *({"domain": n, "effective": date(soon)} for n in begins),
                 *({"domain": n, "expires": date(soon)} for n in ends))
    assert_all_true(resolver.client, ["nxdomain.example", "www.nxdomain.example",
                                      "refused.example"])
    for name in begins:
        wait_for_kind(resolver, f"www.{name}", "notice", soon)
    for name in ends:
        wait_for_kind(resolver, f"www.{name}", "true", soon)
    # What is cached is dropped a moment after the clock has said so.
    poll("nothing of it to be cached any more", lambda: all(
        a is not None and looks_blocked(a)
        for a in resolver.client.ask_many(all_questions(list(begins)))))
    assert_all_blocked(resolver, list(begins))
    assert_all_true(resolver.client, [*ends, *names])

    # What was cached more than a second ago has expired in brief.example.
    compile_rows(store, *({"domain": n} for n in TOKO))
    assert_all_blocked(resolver, names)
    assert_all_true(resolver.client, [*FREE, *begins])
