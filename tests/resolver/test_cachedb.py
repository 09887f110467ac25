# SPDX-License-Identifier: BSD-3-Clause
"""Unbound's cachedb behind the module: a second cache, which no eviction reaches.
Its backend for tests, `testframe`, keeps the one message that was stored last."""

import subprocess

import pytest

from command import Store
from harness import UNBOUND
from resolver import Resolver
from wire import assert_blocked, assert_true

pytestmark = pytest.mark.skipif(
    " cachedb" not in subprocess.run([UNBOUND, "-V"], capture_output=True,
                                     text=True).stdout,
    reason="this Unbound has no cachedb")

OPTIONS = ['module-config: "dynlib validator cachedb iterator"']
BACKEND = ["cachedb:", "backend: testframe", "server:", "extended-statistics: yes"]


def backend_hits(resolver: Resolver) -> int:
    return resolver.count("num.query.cachedb")


@pytest.mark.parametrize("name", ["toko-palsu.example", "www.alias.example"])
def test_a_name_in_the_backend_is_blocked_and_lifted_like_any_other(
        start, store: Store, name: str) -> None:
    store.compile(["other.example"])
    resolver = start(store, options=[*OPTIONS, *BACKEND])
    for _ in range(3):
        assert_true(resolver.ask(name))
        resolver.control("flush_zone", ".")
        hits = backend_hits(resolver)
        assert_true(resolver.ask(name))
        assert backend_hits(resolver) > hits, "the backend had nothing"
        resolver.control("flush_zone", ".")
        store.compile(["other.example", name])
        resolver.wait_enforced()
        for checking in (True, False):
            assert_blocked(resolver.ask(name, checking=checking))
        store.compile(["other.example"])


@pytest.mark.parametrize("checking", [True, False])
def test_the_address_of_a_listed_host_is_not_cached_for_clients_out_of_the_backend(
        start, store: Store, checking: bool) -> None:
    """Unbound needs it to ask the host's zone."""
    host = "ns0.servers.test"
    store.compile(["other.example"])
    resolver = start(store, options=[*OPTIONS, *BACKEND,
                                     'target-fetch-policy: "0 0 0 0 0"'])
    assert resolver.ask(host, checking=checking).addresses == ["127.0.0.1"]
    store.compile(["other.example", host])
    resolver.wait_enforced()
    resolver.control("flush_zone", ".")
    assert_true(resolver.ask("www.h0.hosted.example"))
    for again in (True, False):
        assert_blocked(resolver.ask(host, checking=again))


def test_a_block_does_not_reach_the_backend(start, store: Store) -> None:
    store.compile(["toko-palsu.example"])
    resolver = start(store, options=[*OPTIONS, *BACKEND])
    for rdtype in ("A", "AAAA", "MX"):
        assert_blocked(resolver.ask("toko-palsu.example", rdtype))
        store.compile(["other.example"])
        assert resolver.ask("toko-palsu.example", rdtype).ede == []
        store.compile(["toko-palsu.example"])
