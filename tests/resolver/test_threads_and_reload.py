# SPDX-License-Identifier: BSD-3-Clause
"""Several threads, reloads and commits, all while queries keep coming."""

import threading
from collections.abc import Sequence

import pytest

from command import Store
from harness import NO_THREADS, SLOW, poll
from resolver import Resolver
from wire import Answer, Client, assert_blocked, assert_true, question

RELOADS = 8 if SLOW == 1 else 3
COMMITS = 12 if SLOW == 1 else 6


class Load:
    """Clients that ask without a pause, and judge each answer that they get."""

    def __init__(self, resolver: Resolver, blocked: list[str], free: list[str],
                 either: Sequence[str] = (), clients: int = 2) -> None:
        self.resolver = resolver
        self.client = Client(resolver.port)
        self.blocked, self.free = set(blocked), set(free)
        self.questions = [question(n, t) for n in (*blocked, *free, *either)
                          for t in ("A", "AAAA", "HTTPS")]
        self.wrong: list[str] = []
        self.answers = 0
        self._done = threading.Event()
        self._threads = [threading.Thread(target=self._run) for _ in range(clients)]

    def _judge(self, answer: Answer) -> None:
        name = answer.asked.name.to_text(omit_final_dot=True)
        if name in self.blocked:
            assert_blocked(answer)
        elif name in self.free and answer.asked.rdtype in (1, 28):
            assert_true(answer)
        elif name in self.free:
            assert answer.message.answer, str(answer)

    def _run(self) -> None:
        while not self._done.is_set():
            try:
                # A query that comes in the moment of a reload is lost, and asked
                # again.
                for answer in self.client.ask_many(self.questions):
                    assert answer is not None
                    self._judge(answer)
                    self.answers += 1
            except AssertionError as e:
                self.wrong.append(str(e))

    def wait(self, count: int = 1) -> None:
        """For that many more answers."""
        wanted = self.answers + count

        def enough() -> bool:
            assert self.resolver.is_alive(), "Unbound has crashed"
            return self.answers >= wanted

        poll(f"{count} more answers", enough)

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        try:
            self.wait()
        except BaseException:
            self.__exit__(True)
            raise
        return self

    def __exit__(self, failure: object, *args: object) -> None:
        self._done.set()
        for thread in self._threads:
            thread.join()
        if failure is None:
            assert not self.wrong, f"{len(self.wrong)} of {self.answers}:\n" + (
                "\n".join(self.wrong[:3]))


BLOCKED = [f"www{i}.toko-palsu{i}.example" for i in range(20)]
LISTED = [f"toko-palsu{i}.example" for i in range(20)]
FREE = [f"toko-asli{i}.example" for i in range(20)]


@pytest.mark.parametrize("how", ["SIGHUP", "reload"])
def test_answers_are_right_while_unbound_reloads(start, store: Store, how: str) -> None:
    store.compile(LISTED)
    resolver = start(store, threads=2)
    with Load(resolver, BLOCKED, FREE) as load:
        for _ in range(RELOADS):
            if how == "SIGHUP":
                resolver.reload()
            else:
                resolver.control("reload")
            load.wait()
    assert resolver.is_alive()


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_answers_are_right_while_the_store_changes(start, store: Store,
                                                   threads: int) -> None:
    store.compile(LISTED)
    resolver = start(store, threads=threads)
    with Load(resolver, BLOCKED, FREE, ["www.toggled.example"]):
        for _ in range(COMMITS):
            store.compile([*LISTED, "toggled.example"])
            resolver.wait_enforced()
            for _ in range(10):
                assert_blocked(resolver.ask("www.toggled.example"))
            store.compile(LISTED)
            assert_true(resolver.ask("www.toggled.example"))


def test_answers_are_right_while_reloads_and_commits_meet(start, store: Store) -> None:
    store.compile(LISTED)
    resolver = start(store, threads=2)
    failed: list[BaseException] = []

    def commit() -> None:
        try:
            for i in range(COMMITS):
                store.compile([*LISTED, *(f"toggled{j}.example" for j in range(i % 5))])
        except BaseException as e:
            failed.append(e)

    with Load(resolver, BLOCKED, FREE, ["www.toggled1.example"]):
        committer = threading.Thread(target=commit)
        committer.start()
        for _ in range(RELOADS):
            resolver.reload()
        committer.join()
    assert not failed, failed
    store.compile([*LISTED, "toggled1.example"])
    resolver.wait_enforced()
    assert_blocked(resolver.ask("www.toggled1.example"))


def test_a_large_list_is_committed_while_queries_keep_coming(start,
                                                             store: Store) -> None:
    store.compile(LISTED)
    resolver = start(store, threads=2)
    many = [f"a{i}.many.example" for i in range(100000)]
    with Load(resolver, BLOCKED, FREE):
        store.compile([*LISTED, *many])
        resolver.wait_enforced()
        assert_blocked(resolver.ask("www.a99999.many.example"))
        store.compile(LISTED)
        assert_true(resolver.ask("www.a99999.many.example"))


def test_a_reload_takes_up_what_was_committed_meanwhile(start, store: Store) -> None:
    store.compile(LISTED)
    resolver = start(store, threads=2)
    assert_true(resolver.ask("www.new.example"))
    store.compile([*LISTED, "new.example"], "--no-wait")
    resolver.reload()
    resolver.wait_enforced()
    assert_blocked(resolver.ask("www.new.example"))


def test_a_reload_that_keeps_the_cache_keeps_no_blocked_name(start,
                                                             store: Store) -> None:
    store.compile(LISTED)
    resolver = start(store)
    for i in range(5):
        assert_true(resolver.ask(f"www.new{i}.example"))
        store.compile([*LISTED, f"new{i}.example"], "--no-wait")
        resolver.control("reload_keep_cache")
        if NO_THREADS:  # what was kept is looked at with the first query
            assert_true(resolver.ask(FREE[0]))
        resolver.wait_enforced()
        assert_blocked(resolver.ask(f"www.new{i}.example"))


@pytest.mark.parametrize("before, after", [(2, 1), (1, 2), (2, 4), (4, 2)])
@pytest.mark.parametrize("reuseport", ["yes", "no"])
def test_the_number_of_threads_may_change_at_a_reload(
        start, store: Store, before: int, after: int, reuseport: str) -> None:
    """With so-reuseport Unbound itself may keep more than its file says."""
    store.compile(LISTED)
    resolver = start(store, threads=before, options=[f"so-reuseport: {reuseport}"])
    resolver.allow("cannot (increase|reduce) num-threads")
    for _ in range(2):
        resolver.threads = after
        resolver.write_config()
        resolver.reload()
        with Load(resolver, BLOCKED, FREE) as load:
            load.wait(2000)
        before, after = after, before
    assert_blocked(resolver.ask(BLOCKED[0]))


def test_queries_of_all_threads_are_counted(start, store: Store) -> None:
    store.compile(LISTED)
    resolver = start(store, threads=4)
    questions = [question(n) for n in BLOCKED] * 10
    clients = [threading.Thread(target=resolver.client.ask_many, args=(questions,))
               for _ in range(8)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    assert resolver.stats()["action"]["notice"] >= 8 * len(questions)


def test_a_reload_keeps_the_counters(start, store: Store) -> None:
    store.compile(LISTED)
    resolver = start(store)
    resolver.client.ask_many([question(n) for n in BLOCKED])
    before = resolver.stats()
    resolver.reload()
    assert resolver.stats()["action"]["notice"] == before["action"]["notice"]
    assert resolver.stats()["queries"] == before["queries"]


def test_a_reload_may_switch_palang_off_and_on(start, store: Store) -> None:
    store.compile(LISTED)
    resolver = start(store)
    assert_blocked(resolver.ask(BLOCKED[0]))
    resolver.module = False
    resolver.write_config()
    resolver.reload()
    assert_true(resolver.ask(BLOCKED[0]))
    resolver.module = True
    resolver.write_config()
    resolver.reload()
    for name in BLOCKED:
        assert_blocked(resolver.ask(name))


@pytest.mark.skipif(SLOW > 1, reason="a wrapper holds files of its own")
def test_reloads_and_commits_leave_nothing_behind(start, store: Store) -> None:
    store.compile(LISTED)
    resolver = start(store, threads=2)

    def change(i: int) -> None:
        store.compile([*LISTED, f"new{i}.example"])
        resolver.reload()
        resolver.wait_enforced()
        assert_blocked(resolver.ask(f"www.new{i}.example"))
        resolver.client.ask_many([question(n) for n in BLOCKED + FREE] * 5)
        # A process holds a file more from its first query on: each gets one.
        for _ in range(20):
            assert_blocked(resolver.ask(BLOCKED[0]))

    change(0)
    # Each thread may open sockets for what is under way.
    poll("the queries to end",
         lambda: resolver.count("total.requestlist.current.all") == 0)
    before = resolver.holdings()
    assert before["maps"] >= 2 and before["states"] == 1, before
    for i in range(1, 8):
        change(i)
    poll("as little to be held as before", lambda: resolver.holdings() == before)


def test_two_resolvers_answer_from_one_store(start, store: Store) -> None:
    store.compile(LISTED)
    resolvers = [start(store), start(store, threads=2)]
    for resolver in resolvers:
        assert_true(resolver.ask("www.new.example"))
        assert_blocked(resolver.ask(BLOCKED[0]))
    store.compile([*LISTED, "new.example"])
    for resolver in resolvers:
        resolver.wait_enforced()
        assert_blocked(resolver.ask("www.new.example"))
    assert len(store.stats()["resolvers"]) == 2
