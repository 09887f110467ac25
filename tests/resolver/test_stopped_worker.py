# SPDX-License-Identifier: BSD-3-Clause
"""A worker that the kernel keeps from running: it holds nothing up, and what it may
store late does not stay once it runs again."""

import contextlib
import ctypes
import os
import pathlib
from collections.abc import Iterator

import pytest

from command import Store
from harness import NO_THREADS, SLOW, poll
from resolver import Resolver
from wire import Answer, assert_blocked, assert_true, question

pytestmark = pytest.mark.skipif(NO_THREADS or SLOW > 1,
                                reason="needs threads, and the kernel's own")

LISTED = ["toko-palsu.example"]
PTRACE_DETACH, PTRACE_SEIZE, PTRACE_INTERRUPT = 17, 0x4206, 0x4207
WALL = 0x40000000

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
libc.ptrace.restype = ctypes.c_long


def ptrace(request: int, thread: int) -> None:
    if libc.ptrace(request, thread, None, None) != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"ptrace {request:#x}: {os.strerror(error)}")


@contextlib.contextmanager
def stopped(thread: int) -> Iterator[None]:
    """That thread does not run, and does not sleep either."""
    try:
        ptrace(PTRACE_SEIZE, thread)
    except OSError as e:
        pytest.skip(str(e))
    try:
        ptrace(PTRACE_INTERRUPT, thread)
        os.waitpid(thread, WALL)
        yield
    finally:
        ptrace(PTRACE_DETACH, thread)


def second_worker(resolver: Resolver) -> int:
    """The first is the main thread, and the module's thread has its own name."""
    tasks = pathlib.Path("/proc", str(resolver.pid), "task").iterdir()
    return next(int(t.name) for t in tasks if int(t.name) != resolver.pid
                and (t / "comm").read_text().strip() != "palang")


def ask(resolver: Resolver, name: str) -> Answer:
    """From one port after the other: some are the stopped worker's."""
    return poll(f"an answer to {name}", lambda: resolver.client.ask_many(
        [question(name)], unanswered=True, patience=0.2)[0])


def test_what_a_stopped_worker_may_have_stored_is_dropped(start, store: Store) -> None:
    store.compile(LISTED)
    resolver = start(store, threads=2, options=["so-reuseport: yes"])
    for i in range(100):  # each worker has begun with a query
        assert_blocked(resolver.ask(f"www{i}.toko-palsu.example"))
    assert_true(resolver.ask("www.new.example"))
    dump = resolver.control("dump_cache")
    assert "\nmsg www.new.example." in dump
    with stopped(second_worker(resolver)):
        store.compile([*LISTED, "new.example"], "--no-wait")
        resolver.wait_enforced()
        assert_blocked(ask(resolver, "www.new.example"))
        # In place of what it may store late.
        resolver.control("load_cache", text=dump)
        assert_true(ask(resolver, "www.new.example"))
    poll("the true answer to be dropped",
         lambda: not resolver.ask("www.new.example").is_true)
    for _ in range(100):
        assert_blocked(resolver.ask("www.new.example"))
