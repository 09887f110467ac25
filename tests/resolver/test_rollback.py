# SPDX-License-Identifier: BSD-3-Clause
"""A resolver follows a rollback, and a file that was compacted."""

import threading

from command import Store, palang
from test_cache import assert_all_blocked, fill, variants
from wire import assert_true, looks_blocked, question

FILLING = [f"name{i}.judi.example" for i in range(10000)]


def test_a_rollback_of_10000_names_is_enforced_in_the_cache(start, store: Store) -> None:
    listed = [*FILLING, "toko-palsu.example"]
    store.compile(listed)
    store.compile(["other.example"])
    resolver = start(store)
    questions = variants("toko-palsu.example") + variants("www.toko-palsu.example")
    fill(resolver, questions)
    done = palang("rollback", "-o", store.path, "1")
    assert "enforced by 1 resolver" in done.stderr
    assert_all_blocked(resolver, questions)
    assert looks_blocked(resolver.client.ask(question("name77.judi.example")))
    done = palang("rollback", "-o", store.path, "2")
    assert "enforced by 1 resolver" in done.stderr
    for name in ("toko-palsu.example", "www.toko-palsu.example"):
        assert_true(resolver.client.ask(question(name)))


def test_a_resolver_follows_a_compacted_file(start, store: Store) -> None:
    store.compile([*FILLING, "toko-palsu.example"])
    store.compile(["toko-palsu.example"])
    resolver = start(store)
    stop, leaks = threading.Event(), []

    def ask() -> None:
        while not stop.is_set():
            answer = resolver.client.ask(question("toko-palsu.example"))
            if not looks_blocked(answer):
                leaks.append(str(answer))

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        for names in (["toko-palsu.example", "a.judi.example"],
                      ["toko-palsu.example", "b.judi.example"]):
            palang("compact", "-o", store.path)
            # The commit goes to the new file, and the resolver has to see it.
            done = store.compile(names)
            assert "enforced by 1 resolver" in done.stderr
            assert looks_blocked(resolver.client.ask(question(names[1])))
    finally:
        stop.set()
        thread.join()
    assert leaks == []


def test_a_resolver_makes_a_lock_file_where_a_killed_writer_left_none(
        start, store: Store) -> None:
    store.compile(["toko-palsu.example"])
    resolver = start(store)
    (store.path / "lock.mdb").unlink()
    done = store.compile(["toko-palsu.example", "judi.example"])
    assert "enforced by 1 resolver" in done.stderr
    assert looks_blocked(resolver.client.ask(question("judi.example")))
