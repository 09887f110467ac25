# SPDX-License-Identifier: BSD-3-Clause
"""A store that breaks, fills up or is crowded while Unbound answers from it: it goes
on, says what is wrong, counts, and is well again by itself once the store is."""

import contextlib
import os
import pathlib
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from command import Store, palang
from harness import COMMAND, DEADLINE, SLOW, poll
from resolver import Resolver
from test_failures import (COMPLAINT, LISTED, assert_says, garbage, open_directory,
                           patch_head, replace_by_good, wait_blocked)
from test_threads_and_reload import BLOCKED, FREE, Load
from wire import assert_blocked, assert_true, looks_blocked, question

__all__ = ["open_directory"]

ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="only root can do this")
ON_ERROR = pytest.mark.parametrize("on_error", ["pass", "servfail"])
FAILED = {"pass": "failed_open", "servfail": "failed_closed"}

MANY = [*LISTED, *(f"toko-palsu{i}.example" for i in range(20)),
        *(f"many{i}.example" for i in range(5000))]


def lock_file(store: Store) -> int | None:
    """Which file it is; None while there is none."""
    try:
        return (store.path / "lock.mdb").stat().st_ino
    except FileNotFoundError:
        return None


class Storm:
    """Asks for names that are listed, and judges what comes while the store is
    broken: the block, or what `on-error` says."""

    def __init__(self, resolver: Resolver, on_error: str) -> None:
        self.resolver = resolver
        self.on_error = on_error
        self.kinds: set[str] = set()
        self.answers = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        questions = [question(f"www{i}.{n}") for i, n in enumerate(MANY[:200])]
        while not self._done.is_set():
            for answer in self.resolver.client.ask_many(questions):
                assert answer is not None
                self.kinds.add(answer.kind)
                self.answers += 1

    def wait(self) -> None:
        wanted = self.answers + 400

        def enough() -> bool:
            assert self.resolver.is_alive(), "Unbound has crashed"
            return self.answers >= wanted or not self._thread.is_alive()

        poll("more answers", enough)

    def __enter__(self) -> "Storm":
        self._thread.start()
        self.wait()
        assert self.kinds == {"notice"}
        return self

    def __exit__(self, failure: object, *args: object) -> None:
        self._done.set()
        self._thread.join()
        if failure is None:
            allowed = "true" if self.on_error == "pass" else "servfail"
            assert self.kinds <= {"notice", allowed}, self.kinds


def wait_broken(resolver: Resolver, on_error: str) -> None:
    """Until queries are answered without a store, and that is counted and told."""
    before = resolver.stats()[FAILED[on_error]]
    kind = "true" if on_error == "pass" else "servfail"

    def broken() -> bool:
        answer = resolver.ask(f"new{random.random()}.toko-palsu.example")
        assert answer.kind in ("notice", kind), str(answer)
        return answer.kind == kind and resolver.stats()["store"] != "serving"

    poll("the store to be given up", broken)
    stats = resolver.stats()
    assert stats[FAILED[on_error]] > before and stats["error"], stats


SIZES = {"nothing": lambda size: 0, "half": lambda size: size // 8192 * 4096,
         "a-page-less": lambda size: size - 4096,
         "an-octet-less": lambda size: size - 1}


@ON_ERROR
@pytest.mark.parametrize("size", SIZES)
def test_a_store_that_is_cut_short_in_use_is_given_up_until_a_good_one_comes(
        start, store: Store, tmp_path: pathlib.Path, size: str,
        on_error: str) -> None:
    store.compile(MANY)
    store.set(f"on-error={on_error}")
    resolver = start(store, threads=2)
    resolver.allow(COMPLAINT)
    with Storm(resolver, on_error) as storm:
        os.truncate(store.data, SIZES[size](store.data.stat().st_size))
        storm.wait()
        wait_broken(resolver, on_error)
        storm.wait()
        assert_says(resolver, "cut short")
        good = Store(tmp_path / "good")
        good.compile(MANY)
        os.replace(good.data, store.data)
        wait_blocked(resolver)
        # Without threads each process follows by itself.
        poll("all of it to follow", lambda: resolver.stats()["store"] == "serving")
        store.compile([*MANY, "new.example"])
        assert_blocked(resolver.ask("new.example"))
    assert resolver.stats()["store"] == "serving" and not resolver.stats()["error"]


def test_a_lock_file_that_is_cut_short_in_use_ends_nothing(start,
                                                           store: Store) -> None:
    store.compile(MANY)
    # LMDB cannot close what it would have to write to that file for.
    resolver = start(store, threads=2, may_leak=True)
    resolver.allow(COMPLAINT)
    with Storm(resolver, "pass") as storm:
        os.truncate(store.path / "lock.mdb", 0)
        storm.wait()
        wait_blocked(resolver)
        storm.wait()
    store.compile([*MANY, "new.example"])
    assert_blocked(resolver.ask("new.example"))


def test_a_store_that_is_cut_short_while_the_cache_is_cleared_does_no_harm(
        start, store: Store, tmp_path: pathlib.Path) -> None:
    store.compile(MANY)
    resolver = start(store, threads=2, options=["msg-cache-slabs: 4"])
    resolver.allow(COMPLAINT)
    cached = [question(f"www.toko-asli{i}.example") for i in range(3000)]
    for i in range(8):
        resolver.client.ask_many(cached)
        old = store.data.stat()
        names = [*MANY, *(f"toko-asli{j}.example" for j in range(2000 + i))]
        writer = subprocess.Popen([COMMAND, "compile", "-o", store.path, "--no-wait",
                                   "--notice", "192.0.2.1", "--notice",
                                   "2001:db8::1", "-"], text=True,
                                  stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
        assert writer.stdin is not None
        writer.stdin.write("".join(n + "\n" for n in names))
        writer.stdin.close()
        # The moments after this are those in which the cache is cleared.
        poll("the commit", lambda: store.data.stat().st_mtime_ns != old.st_mtime_ns
             or writer.poll() is not None, pause=0)
        writer.wait(DEADLINE)
        pages = store.data.stat().st_size // 4096
        os.truncate(store.data, 4096 * random.randrange(pages))
        # What is missing may be what nobody reads: then the answers stay right.
        for answer in resolver.client.ask_many(cached[:500]):
            assert answer is not None and answer.kind in ("true", "notice")
        other = Store(tmp_path / f"other{i}")
        other.compile([*MANY, f"new{i}.example"])
        os.replace(other.data, store.data)
        wait_blocked(resolver, f"new{i}.example")
        assert resolver.is_alive()


@ON_ERROR
@pytest.mark.parametrize("how", ["garbage", "empty", "format-1", "missing"])
def test_a_bad_file_in_the_place_of_a_good_one_changes_nothing(
        start, store: Store, tmp_path: pathlib.Path, how: str, on_error: str) -> None:
    """What is open is used on, and a good file is followed."""
    store.compile(LISTED)
    store.set(f"on-error={on_error}")
    resolver = start(store)
    resolver.allow(COMPLAINT)
    lock = lock_file(store)
    bad = Store(tmp_path / "bad")
    bad.compile(LISTED)
    if how == "format-1":
        patch_head(bad, 8, b"\x00\x01")
    elif how != "missing":
        bad.data.write_bytes(garbage(100000) if how == "garbage" else b"")
    if how == "missing":
        store.data.unlink()
    else:
        os.replace(bad.data, store.data)
        poll("a line about it", lambda: "is used on" in resolver.log())
        assert_says(resolver, "is used on")
    for i in range(50):
        assert_blocked(resolver.ask(f"www{i}.toko-palsu.example"))
        assert_true(resolver.ask(f"toko-asli{i}.example"))
    replace_by_good(store, tmp_path)
    # Until then a writer is refused: the lock file is that of what the resolver reads.
    poll("the old lock file to be left", lambda: lock_file(store) != lock)
    store.compile([*LISTED, "new.example"])
    wait_blocked(resolver, "new.example")


@ON_ERROR
def test_a_resolver_that_starts_with_a_broken_store_does_as_the_one_before_knew(
        start, store: Store, tmp_path: pathlib.Path, on_error: str) -> None:
    """After a crash: its counters' file is still there."""
    store.compile(LISTED)
    store.set(f"on-error={on_error}")
    first = start(store)
    assert_blocked(first.ask("toko-palsu.example"))
    first.kill()
    first.process = None
    store.data.write_bytes(garbage(100000))
    resolver = start(store)
    resolver.allow(COMPLAINT)
    wait_broken(resolver, on_error)
    assert_says(resolver)
    replace_by_good(store, tmp_path)
    wait_blocked(resolver)


@pytest.mark.parametrize("timeout", [50, 1800])
def test_on_error_servfail_gives_no_stale_truth(start, store: Store,
                                                timeout: int) -> None:
    store.compile(["other.example"])
    store.set("on-error=servfail")
    resolver = start(store, options=[
        "serve-expired: yes", "serve-expired-ttl: 86400",
        f"serve-expired-client-timeout: {timeout}"])
    resolver.allow(COMPLAINT)
    names = [f"toko{i}.brief.example" for i in range(20)]
    for name in names:
        assert_true(resolver.ask(name))
    os.truncate(store.data, 0)
    wait_broken(resolver, "servfail")

    def all_are_stale() -> bool:
        kinds = {resolver.ask(n).kind for n in names}
        assert kinds <= {"true", "servfail"}, kinds
        return kinds == {"servfail"}

    # As long as they are fresh Unbound answers by itself; it may renew none.
    poll("the cached answers to expire", all_are_stale)
    for _ in range(3):
        assert all_are_stale()


@ROOT_ONLY
@ON_ERROR
def test_a_file_that_the_resolver_may_not_read_is_told_and_read_once_it_may(
        start, open_directory: pathlib.Path, on_error: str) -> None:
    store = Store(open_directory / "store")
    store.compile(LISTED)
    store.set(f"on-error={on_error}")
    store.path.chmod(0o777)
    for name in ("data.mdb", "lock.mdb"):
        (store.path / name).chmod(0o666)
    resolver = start(store, options=['username: "nobody"'])
    resolver.allow(COMPLAINT)
    assert_blocked(resolver.ask("toko-palsu.example"))
    assert resolver.stats()["enforced_serial"] == store.serial
    other = Store(open_directory / "other")
    other.compile([*LISTED, "new.example"])
    other.data.chmod(0)
    os.replace(other.data, store.data)
    poll("a line about it", lambda: "Permission denied" in resolver.log())
    assert_says(resolver, "is used on")
    assert_blocked(resolver.ask("toko-palsu.example"))
    store.data.chmod(0o644)
    poll("the file to be read", lambda: looks_blocked(resolver.ask("new.example")))


@ROOT_ONLY
def test_a_lock_file_that_the_resolver_may_not_write_is_told(
        start, open_directory: pathlib.Path) -> None:
    store = Store(open_directory / "store")
    store.compile(LISTED)
    store.path.chmod(0o755)
    store.data.chmod(0o644)
    (store.path / "lock.mdb").chmod(0o644)
    resolver = start(store, options=['username: "nobody"'])
    resolver.allow(COMPLAINT)
    assert_true(resolver.ask("toko-palsu.example"))
    assert_says(resolver, "Permission denied")
    (store.path / "lock.mdb").chmod(0o666)
    wait_blocked(resolver)


def take_all_slots(store: Store) -> subprocess.Popen[str]:
    holder = subprocess.Popen(
        [sys.executable, pathlib.Path(__file__).with_name("readers.py"), store.path],
        stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert int(holder.stdout.readline()) > 900
    return holder


@contextlib.contextmanager
def crowded(store: Store) -> Iterator[subprocess.Popen[str]]:
    holder = take_all_slots(store)
    try:
        yield holder
    finally:
        holder.kill()
        holder.wait()
        assert holder.stdout is not None
        holder.stdout.close()


def test_a_running_resolver_needs_no_more_places_among_the_readers(
        start, store: Store) -> None:
    store.compile(LISTED)
    resolver = start(store, threads=2)
    with crowded(store):
        for i in range(20):
            assert_blocked(resolver.ask(f"www{i}.toko-palsu.example"))
        # The command may find no place; it says so, and the store stays.
        done = store.compile([*LISTED, "new.example"], status=None)
        assert done.returncode == 0 or "READERS_FULL" in done.stderr, str(done)
    # The places of a process that was killed are given away.
    store.compile([*LISTED, "newer.example"])
    assert_blocked(resolver.ask("newer.example"))


def test_a_resolver_that_finds_no_place_among_the_readers_says_so_and_waits(
        start, store: Store) -> None:
    store.compile(LISTED)
    with crowded(store):
        resolver = start(store, threads=2)
        resolver.allow(COMPLAINT)
        assert_true(resolver.ask("toko-palsu.example"))
        assert_says(resolver, "READERS_FULL")
        assert resolver.stats()["failed_open"] > 0
    wait_blocked(resolver)


def test_writers_that_are_killed_at_any_point_leave_resolver_and_store_whole(
        start, store: Store) -> None:
    store.compile(MANY)
    resolver = start(store, threads=2)
    with Load(resolver, BLOCKED, FREE) as load:
        for i in range(25 if SLOW == 1 else 8):
            text = "".join(f"{n}\n" for n in (
                *MANY, *(f"killed{i}-{j}.example" for j in range(20000))))
            writer = subprocess.Popen(
                [COMMAND, "compile", "-o", store.path, "--notice", "192.0.2.1",
                 "--notice", "2001:db8::1", "-"], stdin=subprocess.PIPE, text=True,
                stderr=subprocess.DEVNULL)
            assert writer.stdin is not None
            writer.stdin.write(text)
            writer.stdin.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                writer.wait(random.random() * 0.4 * SLOW)
            writer.send_signal(signal.SIGKILL)
            writer.wait()
            load.wait(10)
            verdict, = store.query("toko-palsu.example")
            assert verdict["blocked"]
        store.compile([*MANY, "new.example"])
        assert_blocked(resolver.ask("new.example"))
    assert resolver.stats()["errors"] == 0


@pytest.fixture
def small_disk(tmp_path: pathlib.Path) -> Iterator[pathlib.Path]:
    """A file system of three megabytes."""
    path = tmp_path / "disk"
    path.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "none", path],
                          capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip(f"no file system can be mounted: {done.stderr.strip()}")
    yield path
    subprocess.run(["umount", "--lazy", path], check=True)


def fill_disk(path: pathlib.Path) -> pathlib.Path:
    filler = path / "filler"
    with open(filler, "wb", buffering=0) as f, contextlib.suppress(OSError):
        while f.write(bytes(4096)) > 0:
            pass
    return filler


def test_a_full_disk_does_not_disturb_a_resolver_and_no_commit_breaks_the_store(
        start, store: Store, small_disk: pathlib.Path) -> None:
    store = Store(small_disk / "store")
    store.compile(LISTED)
    resolver = start(store, threads=2)
    assert_true(resolver.ask("www.killed.example"))
    filler = fill_disk(small_disk)
    serial, queries = store.serial, resolver.stats()["queries"]
    for i in range(100):
        assert_blocked(resolver.ask(f"www{i}.toko-palsu.example"))
    assert resolver.stats()["queries"] == queries + 100
    done = store.compile([*LISTED, *(f"killed{i}.example" for i in range(50000))],
                         status=1)
    assert done.stderr.splitlines()[-1].startswith("palang: "), done.stderr
    assert "No space left on device" in done.stderr
    assert store.serial == serial == resolver.stats()["enforced_serial"]
    assert_blocked(resolver.ask("toko-palsu.example"))
    filler.unlink()
    store.compile([*LISTED, "killed.example"])
    assert_blocked(resolver.ask("www.killed.example"))


def test_a_resolver_that_starts_on_a_full_disk_blocks_without_counters(
        start, store: Store, small_disk: pathlib.Path) -> None:
    store = Store(small_disk / "store")
    store.compile(LISTED)
    fill_disk(small_disk)
    resolver = start(store, threads=2)
    assert_blocked(resolver.ask("toko-palsu.example"))
    assert "cannot keep counters" in resolver.log()
    assert store.stats()["resolvers"] == []
    assert palang("query", "-o", store.path, "toko-palsu.example").stdout
