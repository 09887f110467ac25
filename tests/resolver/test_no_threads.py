# SPDX-License-Identifier: BSD-3-Clause
"""An Unbound that was built without threads: its caches and its log have no locks, and
each of its workers is a process."""

import os
import pathlib
import threading
import time

import pytest

from command import Store, palang
from harness import NO_THREADS, SLOW, poll
from resolver import STARTED, Resolver
from test_cache import date
from test_failures import COMPLAINT
from test_threads_and_reload import BLOCKED, FREE, LISTED, Load
from wire import Answer, assert_blocked, assert_true, question

pytestmark = pytest.mark.skipif(
    not NO_THREADS, reason="this Unbound has threads")

WORKERS = pytest.mark.parametrize("workers", [1, 4])
RELOADS = 50 if SLOW == 1 else 5


def processes(resolver: Resolver) -> list[int]:
    """Those of the resolver: Unbound's first one, and the workers that it forked."""
    children = pathlib.Path(f"/proc/{resolver.pid}/task/{resolver.pid}/children")
    return [resolver.pid, *map(int, children.read_text().split())]


def threads(pid: int) -> list[str]:
    return [(task / "comm").read_text().strip()
            for task in pathlib.Path(f"/proc/{pid}/task").iterdir()]


def ask_all(resolver: Resolver, name: str) -> list[Answer]:
    """Asks so often, each time from another port, that all processes are asked: the
    kernel chooses one by the port."""
    count = 1 if resolver.threads == 1 else 100
    return [resolver.ask(name) for _ in range(count)]


def meet_all(resolver: Resolver) -> None:
    """Every process has had a query."""
    ask_all(resolver, FREE[0])


def all_true(resolver: Resolver, name: str) -> None:
    for answer in ask_all(resolver, name):
        assert_true(answer)


def all_blocked(resolver: Resolver, name: str) -> None:
    for answer in ask_all(resolver, name):
        assert_blocked(answer)


def is_cached(resolver: Resolver, name: str) -> bool:
    """In every process."""
    before = resolver.count("total.num.cachemiss")
    all_true(resolver, name)
    return resolver.count("total.num.cachemiss") == before


@WORKERS
def test_each_worker_is_a_process_with_a_thread_of_its_own(start, store: Store,
                                                           workers: int) -> None:
    store.compile(LISTED)
    resolver = start(store, threads=workers)
    poll("Unbound to fork", lambda: len(processes(resolver)) == workers)
    poll("each to have counters",
         lambda: f"resolver, process {resolver.pid}, {workers} thread"
         in palang("stats", "-o", store.path).stdout)
    for pid in processes(resolver):
        assert threads(pid).count("palang") == 1 and len(threads(pid)) == 2


@WORKERS
def test_a_cached_name_is_blocked_and_lifted_in_all_processes(start, store: Store,
                                                              workers: int) -> None:
    store.compile(LISTED)
    resolver = start(store, threads=workers)
    name = "www.toggled.example"
    all_true(resolver, FREE[0])
    for _ in range(3):
        all_true(resolver, name)
        assert is_cached(resolver, name) and is_cached(resolver, FREE[0])
        done = store.compile([*LISTED, "toggled.example"])
        assert "enforced by 1 resolver " in done.stderr
        all_blocked(resolver, name)
        assert is_cached(resolver, FREE[0])
        store.compile(LISTED)
        all_true(resolver, name)


@WORKERS
def test_processes_that_were_asked_nothing_enforce_what_is_committed(
        start, store: Store, workers: int) -> None:
    store.compile(LISTED)
    resolver = start(store, threads=workers)
    for i in range(3):
        done = store.compile([*LISTED, f"new{i}.example"])
        assert "enforced by 1 resolver " in done.stderr
        assert resolver.stats()["enforced_serial"] == store.serial
    all_blocked(resolver, "www.new2.example")
    all_true(resolver, "www.new1.example")


@WORKERS
def test_orders_begin_and_end_in_all_processes(start, store: Store,
                                               workers: int) -> None:
    begins, ends = int(time.time()) + 4, int(time.time()) + 8
    store.compile_rows([{"domain": "toko-palsu.example", "effective": date(begins),
                         "expires": date(ends)},
                        {"domain": "passed.example"},
                        {"domain": "www.passed.example", "action": "pass",
                         "expires": date(begins)}])
    resolver = start(store, threads=workers)
    while time.time() < begins - 1:
        for name in ("www.toko-palsu.example", "www.passed.example"):
            all_true(resolver, name)
    # A second is what one who reads the clock by seconds may be behind.
    poll("the orders to begin", lambda: time.time() >= begins + 1)
    for name in ("www.toko-palsu.example", "www.passed.example"):
        all_blocked(resolver, name)
    poll("the order to end", lambda: time.time() >= ends + 1)
    all_true(resolver, "www.toko-palsu.example")
    all_blocked(resolver, "www.passed.example")


@WORKERS
@pytest.mark.parametrize("how", ["SIGHUP", "reload", "reload_keep_cache"])
def test_after_a_reload_all_processes_follow_the_store(start, store: Store,
                                                       workers: int, how: str) -> None:
    store.compile(LISTED)
    resolver = start(store, threads=workers)
    for i in range(4):
        name = f"www.new{i}.example"
        all_true(resolver, name)
        store.compile([*LISTED, f"new{i}.example"], "--no-wait")
        if how == "SIGHUP":
            resolver.reload()
        else:
            resolver.control(how)
        all_true(resolver, FREE[0])
        resolver.wait_enforced()
        all_blocked(resolver, name)
        all_true(resolver, "www.later.example")
        store.compile([*LISTED, f"new{i}.example", "later.example"])
        all_blocked(resolver, "www.later.example")
        store.compile(LISTED)


def test_with_a_kept_cache_nothing_is_enforced_before_it_can_be(start,
                                                                store: Store) -> None:
    """The worker can be reached only from its first query on. That may be one which
    is answered from the cache."""
    store.compile(LISTED)
    resolver = start(store)
    for name in ("www.new.example", *FREE):
        assert_true(resolver.ask(name))
    starts = resolver.log().count(STARTED)
    resolver.control("reload_keep_cache")
    poll("the reload to be done", lambda: resolver.log().count(STARTED) > starts)
    store.compile([*LISTED, "new.example"], "--no-wait")
    poll("the serial to be seen", lambda: resolver.stats()["serial"] == store.serial)
    assert resolver.stats()["enforced_serial"] < store.serial
    hits = resolver.count("total.num.cachehits")
    assert_true(resolver.ask(FREE[1]))
    assert resolver.count("total.num.cachehits") == hits + 1
    resolver.wait_enforced()
    assert_blocked(resolver.ask("www.new.example"))
    assert_true(resolver.ask(FREE[2]))
    assert resolver.count("total.num.cachehits") == hits + 2


@WORKERS
def test_all_processes_take_up_a_store_in_the_place_of_another(
        start, store: Store, tmp_path: pathlib.Path, workers: int) -> None:
    store.compile(LISTED)
    resolver = start(store, threads=workers)
    all_true(resolver, "www.new.example")
    all_blocked(resolver, BLOCKED[0])
    other = Store(tmp_path / "other")
    other.compile(["new.example"])
    os.replace(other.data, store.data)
    poll("the other store to be followed",
         lambda: all(not a.is_true for a in ask_all(resolver, "www.new.example")))
    all_true(resolver, BLOCKED[0])
    store.compile(["new.example", *LISTED])
    all_blocked(resolver, "www.new.example")
    all_blocked(resolver, BLOCKED[0])


@WORKERS
def test_no_process_ends_when_the_store_is_cut_short(
        start, store: Store, tmp_path: pathlib.Path, workers: int) -> None:
    many = [*LISTED, *(f"many{i}.example" for i in range(5000))]
    store.compile(many)
    resolver = start(store, threads=workers)
    resolver.allow(COMPLAINT)
    meet_all(resolver)
    before = processes(resolver)
    os.truncate(store.data, 8192)
    poll("it to be noticed", lambda: "cut short" in (resolver.stats()["error"] or ""))
    for i in range(100):
        resolver.ask(f"www.many{i}.example")
    good = Store(tmp_path / "good")
    good.compile(many)
    os.replace(good.data, store.data)
    poll("the good one to be followed",
         lambda: all(not a.is_true for a in ask_all(resolver, BLOCKED[0])))
    assert processes(resolver) == before
    assert len(resolver.store.stats()["resolvers"]) == 1


@WORKERS
def test_a_store_that_comes_late_is_found_by_all_processes(start, store: Store,
                                                           workers: int) -> None:
    resolver = start(store, threads=workers)
    resolver.allow(COMPLAINT)
    all_true(resolver, "www.new.example")
    store.compile(["new.example"])
    poll("the store to be followed",
         lambda: all(not a.is_true for a in ask_all(resolver, "www.new.example")))
    resolver.wait_enforced()
    assert len(store.stats()["resolvers"]) == 1


@WORKERS
def test_processes_count_as_one_resolver(start, store: Store, workers: int) -> None:
    store.compile(LISTED)
    resolver = start(store, threads=workers)
    count = 0
    for _ in range(3):
        for name in BLOCKED:
            all_blocked(resolver, name)
        count += len(BLOCKED) * (1 if workers == 1 else 100)
        assert resolver.stats()["action"]["notice"] == count
        assert len(store.stats()["resolvers"]) == 1
        done = store.compile([*LISTED, f"new{count}.example"])
        assert "enforced by 1 resolver " in done.stderr
        resolver.reload()
        assert resolver.stats()["action"]["notice"] == count
    assert sorted(t["hits"] for t in store.stats()["top"])[-1] > 0


@WORKERS
def test_reloads_and_commits_under_load_end_in_no_deadlock(start, store: Store,
                                                           workers: int) -> None:
    store.compile(LISTED)
    resolver = start(store, threads=workers)
    failed: list[BaseException] = []
    done = threading.Event()

    def commit() -> None:
        try:
            for i in range(1 << 30):
                if done.is_set():
                    return
                store.compile([*LISTED, *(f"toggled{j}.example" for j in range(i % 5))],
                              "--no-wait")
        except BaseException as e:
            failed.append(e)

    committer = threading.Thread(target=commit)
    with Load(resolver, BLOCKED, FREE, ["www.toggled1.example"]) as load:
        committer.start()
        try:
            for i in range(RELOADS):
                if i % 3 == 0:
                    resolver.reload()
                else:
                    resolver.control("reload_keep_cache" if i % 3 == 1 else "reload")
                load.wait()
        finally:
            done.set()
            committer.join()
    assert not failed, failed
    store.compile([*LISTED, "toggled1.example"])
    # The last reload kept the cache, and may have ended after the last query.
    meet_all(resolver)
    resolver.wait_enforced()
    all_blocked(resolver, "www.toggled1.example")


@WORKERS
def test_reloads_leave_nothing_behind(start, store: Store, workers: int) -> None:
    store.compile(LISTED)
    resolver = start(store, threads=workers)

    def change(i: int) -> None:
        store.compile([*LISTED, f"new{i}.example"])
        resolver.reload()
        meet_all(resolver)
        resolver.wait_enforced()

    change(0)
    before = resolver.holdings()
    files = len(list(store.path.glob("resolver.*")))
    assert files == workers
    for i in range(1, 6):
        change(i)
        assert len(list(store.path.glob("resolver.*"))) == files
    poll("as little to be held as before", lambda: resolver.holdings() == before)


@WORKERS
def test_unbound_ends_with_all_its_processes_and_starts_again(start, store: Store,
                                                              workers: int) -> None:
    store.compile(LISTED)
    resolver = start(store, threads=workers)
    for _ in range(3):
        meet_all(resolver)
        pids = processes(resolver)
        resolver.stop()
        assert not any(pathlib.Path(f"/proc/{pid}").exists() for pid in pids)
        assert not store.stats()["resolvers"]
        resolver.start()
    all_blocked(resolver, BLOCKED[0])


@WORKERS
def test_many_cached_messages_are_cleared_while_queries_keep_coming(
        start, store: Store, workers: int) -> None:
    store.compile(LISTED)
    resolver = start(store, threads=workers,
                     options=["msg-cache-size: 32m", "rrset-cache-size: 32m"])
    names = [f"www.many{i}.example" for i in range(10000)]
    resolver.client.ask_many([question(n) for n in names])
    with Load(resolver, BLOCKED, FREE):
        store.compile([*LISTED, *(n.removeprefix("www.") for n in names)])
        resolver.wait_enforced()
        for answer in resolver.client.ask_many([question(n) for n in names]):
            assert answer is not None
            assert_blocked(answer)


def test_two_resolvers_of_several_processes_are_told_apart(start,
                                                           store: Store) -> None:
    store.compile(LISTED)
    resolvers = [start(store, threads=2), start(store, threads=3)]
    for resolver in resolvers:
        meet_all(resolver)
    assert {r["pid"] for r in store.stats()["resolvers"]} == {
        r.pid for r in resolvers}
    done = store.compile([*LISTED, "new.example"])
    assert "enforced by 2 resolvers " in done.stderr
    for resolver in resolvers:
        all_blocked(resolver, "www.new.example")
