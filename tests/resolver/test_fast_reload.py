# SPDX-License-Identifier: BSD-3-Clause
"""Reloads that keep the cache: `unbound-control fast_reload`, which exchanges the
configuration while the modules run on, and reload_keep_cache, which starts them
anew."""

import subprocess
import threading

import pytest

from command import Store
from harness import NO_THREADS, UNBOUND
from held import HeldServer
from resolver import Resolver
from test_threads_and_reload import BLOCKED, FREE, LISTED, Load
from wire import Answer, Question, assert_blocked, assert_true, question


def knows(word: str) -> bool:
    """True when this Unbound's control program has the command."""
    done = subprocess.run([UNBOUND.with_name("unbound-control"), "-h"],
                          capture_output=True, text=True)
    return word in done.stdout


FAST = pytest.mark.skipif(NO_THREADS or not knows("fast_reload"),
                          reason="this Unbound has no fast_reload")
# Without stopping the threads; with the queries under way dropped; both.
FLAGS = [[], ["+p"], ["+d"], ["+dp"]]
HOWS = [pytest.param(["fast_reload", *flags], marks=FAST,
                     id="fast_reload" + "".join(flags)) for flags in FLAGS]
HOWS.append(pytest.param(["reload_keep_cache"], id="reload_keep_cache"))


def reload(resolver: Resolver, how: list[str]) -> None:
    resolver.control(*how)
    assert resolver.ask(FREE[0]).is_true


def assert_cached(resolver: Resolver, questions: list[Question]) -> None:
    hits = resolver.count("total.num.cachehits")
    for answer in resolver.client.ask_many(questions):
        assert answer is not None
        assert_true(answer)
    assert resolver.count("total.num.cachehits") - hits == len(questions)


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("threads", [1, 2])
def test_blocks_of_before_and_after_hold_and_the_cache_is_kept(
        start, store: Store, how: list[str], threads: int) -> None:
    if NO_THREADS and threads > 1:
        pytest.skip("each process has a cache, which is filled anew after a reload")
    store.compile(LISTED)
    resolver = start(store, threads=threads)
    free = [question(n) for n in FREE]
    for i in range(3):
        before, after = f"www.before{i}.example", f"www.after{i}.example"
        for name in (before, after):
            assert_true(resolver.ask(name))
        resolver.client.ask_many(free)
        store.compile([*LISTED, f"before{i}.example"])
        resolver.wait_enforced()
        reload(resolver, how)
        assert_cached(resolver, free)
        assert_blocked(resolver.ask(before))
        assert_cached(resolver, [question(after)])
        store.compile([*LISTED, f"before{i}.example", f"after{i}.example"])
        resolver.wait_enforced()
        for name in (before, after, *BLOCKED):
            assert_blocked(resolver.ask(name))
        assert_cached(resolver, free)


@pytest.mark.parametrize("how", HOWS)
def test_a_commit_that_nobody_waited_for_holds_after_the_reload(
        start, store: Store, how: list[str]) -> None:
    store.compile(LISTED)
    resolver = start(store)
    for i in range(5):
        assert_true(resolver.ask(f"www.new{i}.example"))
        store.compile([*LISTED, f"new{i}.example"], "--no-wait")
        reload(resolver, how)
        resolver.wait_enforced()
        assert_blocked(resolver.ask(f"www.new{i}.example"))


@pytest.mark.parametrize("how", HOWS)
def test_the_cache_may_be_given_another_size(start, store: Store,
                                             how: list[str]) -> None:
    store.compile(LISTED)
    resolver = start(store, options=["msg-cache-size: 4m"])
    names = [f"www.new{i}.example" for i in range(200)]
    for size in ("64k", "8m"):
        resolver.client.ask_many([question(n) for n in names])
        resolver.options = [f"msg-cache-size: {size}"]
        resolver.write_config()
        reload(resolver, how)
        resolver.client.ask_many([question(n) for n in names])
        store.compile([*LISTED, *(n.removeprefix("www.") for n in names)])
        resolver.wait_enforced()
        for answer in resolver.client.ask_many([question(n) for n in names]):
            assert answer is not None
            assert_blocked(answer)
        store.compile(LISTED)


@FAST
@pytest.mark.parametrize("flags", FLAGS[:2])
def test_an_answer_on_its_way_at_a_fast_reload_is_not_given_once_it_is_listed(
        start, store: Store, flags: list[str]) -> None:
    store.compile(["other.example"])
    with HeldServer() as held:
        resolver = start(store, stubs={"held.example.": held.port})
        assert_true(resolver.ask("known.held.example"))
        held.hold()
        answers: list[Answer | None] = []
        asking = threading.Thread(target=lambda: answers.extend(
            resolver.client.ask_many([question("toko-palsu.held.example"),
                                      question("toko-asli.held.example")])))
        asking.start()
        held.wait_for_questions(2)
        reload(resolver, ["fast_reload", *flags])
        store.compile(["other.example", "toko-palsu.held.example"])
        held.release()
        asking.join()
        blocked, free = answers
        assert blocked is not None and free is not None
        assert_blocked(blocked)
        assert_true(free)
        assert_blocked(resolver.ask("toko-palsu.held.example"))


@FAST
def test_a_fast_reload_leaves_the_module_as_it_is(start, store: Store) -> None:
    store.compile(LISTED)
    resolver = start(store, threads=2)
    resolver.client.ask_many([question(n) for n in BLOCKED])
    before, holdings = resolver.stats(), resolver.holdings()
    for flags in FLAGS:
        resolver.control("fast_reload", *flags)
    assert resolver.holdings() == holdings
    assert resolver.stats()["action"] == before["action"]
    assert resolver.stats()["enforced_serial"] == store.serial


@FAST
@pytest.mark.parametrize("flags", FLAGS[:2])
def test_answers_are_right_while_fast_reloads_and_commits_meet(
        start, store: Store, flags: list[str]) -> None:
    store.compile(LISTED)
    resolver = start(store, threads=2)
    with Load(resolver, BLOCKED, FREE, ["www.toggled.example"]) as load:
        for _ in range(5):
            store.compile([*LISTED, "toggled.example"], "--no-wait")
            resolver.control("fast_reload", *flags)
            resolver.wait_enforced()
            assert_blocked(resolver.ask("www.toggled.example"))
            store.compile(LISTED)
            assert_true(resolver.ask("www.toggled.example"))
            load.wait()
