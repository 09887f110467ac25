# SPDX-License-Identifier: BSD-3-Clause
"""palang set beside resolvers that run: it waits until they follow."""

import re

from command import Store
from wire import assert_blocked, assert_true

LISTED = ["toko-palsu.example"]


def test_set_returns_when_the_setting_is_enforced(start, store: Store) -> None:
    store.compile(LISTED)
    resolver = start(store)
    assert_blocked(resolver.ask("toko-palsu.example"))
    for serial, word in enumerate(("servfail", "pass", "servfail", "pass"), 2):
        done = store.set(f"on-error={word}")
        assert re.fullmatch(
            rf"serial {serial}\nenforced by 1 resolver \d+ ms after the commit\n",
            done.stderr), done.stderr
        assert resolver.stats()["enforced_serial"] == serial
    assert_blocked(resolver.ask("toko-palsu.example"))
    assert_true(resolver.ask("toko-asli.example"))


def test_set_waits_for_nobody_where_nothing_changed(start, store: Store) -> None:
    store.compile(LISTED)
    start(store)
    done = store.set("on-error=pass")
    assert done.stderr == "nothing changed: the store stays at serial 1\n"


def test_set_does_not_wait_when_it_is_told_not_to(start, store: Store) -> None:
    store.compile(LISTED)
    resolver = start(store)
    done = store.set("--no-wait", "on-error=servfail")
    assert done.stderr == "serial 2\n"
    resolver.wait_enforced(2)


def test_set_waits_for_each_resolver(start, store: Store) -> None:
    store.compile(LISTED)
    for _ in range(2):
        start(store)
    done = store.set("exempt=192.0.2.7")
    assert "\nenforced by 2 resolvers " in done.stderr
    assert {r["enforced_serial"] for r in store.stats()["resolvers"]} == {2}


def test_the_feed_that_comes_first_decides_once_set_returned(
        start, store: Store) -> None:
    store.compile(LISTED, "--feed", "blocks")
    store.compile(LISTED, "--feed", "passes", "--action", "pass")
    resolver = start(store)
    assert_blocked(resolver.ask("toko-palsu.example"))
    for _ in range(3):
        store.set("--feed", "passes", "rank=0")
        assert_true(resolver.ask("toko-palsu.example"))
        store.set("--feed", "blocks", "rank=0")
        assert_blocked(resolver.ask("toko-palsu.example"))
