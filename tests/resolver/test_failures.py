# SPDX-License-Identifier: BSD-3-Clause
"""A store that is missing, broken, of another version or replaced."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator

import pytest

from command import Store, palang
from harness import MODULE, NO_THREADS, SLOW, poll
from held import HeldServer
from resolver import Resolver
from wire import Answer, assert_blocked, assert_true, looks_blocked

COMPLAINT = r"error: palang: "

LISTED = ["toko-palsu.example", "other.example"]


def assert_says(resolver: Resolver, text: str = "palang") -> None:
    """There is a line about the trouble in the log: one, not one per query; without
    threads each process says it."""
    lines = [x for x in resolver.log().splitlines() if COMPLAINT in x]
    assert lines, resolver.log()
    most = 3 * (resolver.threads if NO_THREADS else 1)
    assert len(lines) <= most, "\n".join(lines)
    assert any(text in x for x in lines), "\n".join(lines)


def wait_blocked(resolver: Resolver, name: str = "www.toko-palsu.example") -> None:
    poll(f"{name} to be blocked", lambda: looks_blocked(resolver.ask(name)))


def patch_head(store: Store, offset: int, replacement: bytes) -> None:
    """Writes the store anew with other bytes in its head, by LMDB's own tools."""
    dump = subprocess.run(["mdb_dump", store.path], check=True,
                          capture_output=True, text=True).stdout
    lines = dump.splitlines()
    key = lines.index(" " + b"\0\0head".hex())
    value = bytearray.fromhex(lines[key + 1].strip())
    value[offset:offset + len(replacement)] = replacement
    lines[key + 1] = " " + value.hex()
    fresh = store.path.with_name("fresh")
    fresh.mkdir()
    # Debian's mdb_load wants to know the map's size from the dump.
    subprocess.run(["mdb_load", fresh], check=True, text=True,
                   input="\n".join(lines) + "\n", capture_output=True)
    os.replace(fresh / "data.mdb", store.data)
    (store.path / "lock.mdb").unlink()
    shutil.rmtree(fresh)


def test_without_a_store_names_are_true_until_one_appears(start, store: Store) -> None:
    resolver = start(store)
    resolver.allow(COMPLAINT)
    for _ in range(3):
        assert_true(resolver.ask("www.toko-palsu.example"))
    assert_says(resolver, str(store.path))
    store.compile(LISTED)
    wait_blocked(resolver)
    assert_blocked(resolver.ask("toko-palsu.example", "MX"))


def test_without_even_its_directory_a_store_is_waited_for(
        start, tmp_path: pathlib.Path) -> None:
    store = Store(tmp_path / "not" / "yet" / "store")
    resolver = start(store)
    resolver.allow(COMPLAINT)
    assert_true(resolver.ask("toko-palsu.example"))
    store.path.parent.mkdir(parents=True)
    store.compile(LISTED)
    wait_blocked(resolver)


def test_an_empty_directory_is_no_store_but_may_become_one(start,
                                                           store: Store) -> None:
    store.path.mkdir()
    resolver = start(store)
    resolver.allow(COMPLAINT)
    assert_true(resolver.ask("toko-palsu.example"))
    assert_says(resolver)
    store.compile(LISTED)
    wait_blocked(resolver)


def test_an_empty_store_blocks_nothing(start, store: Store) -> None:
    store.compile(["other.example"])
    store.compile([], status=None)
    resolver = start(store)
    assert_true(resolver.ask("toko-palsu.example"))


def replace_by_good(store: Store, tmp_path: pathlib.Path) -> None:
    good = Store(tmp_path / "good")
    good.compile(LISTED)
    os.replace(good.data, store.data)


@pytest.mark.parametrize("offset, replacement", [(8, b"\x00\x63"), (8, b"\xff\xff"),
                                                 (0, b"notpalan")],
                         ids=["format-99", "format-65535", "other-magic"])
def test_a_store_of_another_version_is_told_and_not_guessed_at(
        start, store: Store, tmp_path: pathlib.Path, offset: int,
        replacement: bytes) -> None:
    store.compile(LISTED)
    patch_head(store, offset, replacement)
    assert palang("query", "-o", store.path, "toko-palsu.example",
                  status=2).stderr.startswith("palang: ")
    resolver = start(store)
    resolver.allow(COMPLAINT)
    assert_true(resolver.ask("toko-palsu.example"))
    assert_says(resolver)
    replace_by_good(store, tmp_path)
    wait_blocked(resolver)


def garbage(size: int) -> bytes:
    return bytes((i * 7 + i // 256) % 256 for i in range(size))


BREAKS = {
    "empty": lambda whole: b"",
    "one-byte": lambda whole: b"\x00",
    "page": lambda whole: whole[:4096],
    "half": lambda whole: whole[:len(whole) // 8192 * 4096],
    "odd": lambda whole: whole[:len(whole) - 1000],
    "garbage": lambda whole: garbage(len(whole)),
    "text": lambda whole: b"toko-palsu.example\n" * 1000,
    "no-metas": lambda whole: b"\x00" * 8192 + whole[8192:],
}


@pytest.mark.parametrize("how", BREAKS)
def test_a_broken_store_blocks_nothing_until_a_good_one_takes_its_place(
        start, store: Store, tmp_path: pathlib.Path, how: str) -> None:
    store.compile([*LISTED, *(f"many{i}.example" for i in range(5000))])
    store.data.write_bytes(BREAKS[how](store.data.read_bytes()))
    resolver = start(store)
    resolver.allow(COMPLAINT)
    assert resolver.ask("toko-asli.example").is_true
    for _ in range(3):
        assert_true(resolver.ask("toko-palsu.example"))
    assert_says(resolver)
    replace_by_good(store, tmp_path)
    wait_blocked(resolver)


@pytest.mark.parametrize("how", BREAKS)
def test_the_command_says_what_is_wrong_with_a_broken_store(store: Store,
                                                            how: str) -> None:
    store.compile([*LISTED, *(f"many{i}.example" for i in range(5000))])
    broken = BREAKS[how](store.data.read_bytes())
    store.data.write_bytes(broken)
    for words in (["query", "-o", store.path, "toko-palsu.example"],
                  ["compile", "-o", store.path, "-"]):
        done = palang(*words, stdin="toko.example\n", status=None)
        assert done.returncode == (2 if words[0] == "query" else 1), str(done)
        assert done.stderr.splitlines()[-1].startswith("palang: "), done.stderr
    assert store.data.read_bytes() == broken


def test_a_data_file_that_is_replaced_is_followed(start, store: Store,
                                                  tmp_path: pathlib.Path) -> None:
    """By one that was made elsewhere, or comes from a backup."""
    store.compile(LISTED)
    resolver = start(store, threads=2)
    for i in range(5):
        name = f"new{i}.example"
        assert_true(resolver.ask(name))
        other = Store(tmp_path / f"other{i}")
        other.compile([*LISTED, name])
        os.replace(other.data, store.data)
        wait_blocked(resolver, name)
        assert_blocked(resolver.ask("toko-palsu.example"))


def test_a_store_directory_that_is_replaced_is_followed(start, store: Store,
                                                        tmp_path: pathlib.Path) -> None:
    store.compile(LISTED)
    resolver = start(store)
    assert_blocked(resolver.ask("toko-palsu.example"))
    other = Store(tmp_path / "other")
    other.compile([*LISTED, "new.example"])
    store.path.rename(tmp_path / "away")
    other.path.rename(store.path)
    wait_blocked(resolver, "new.example")


@pytest.mark.skipif(SLOW > 1, reason="a wrapper holds files of its own")
@pytest.mark.parametrize("whole", [False, True], ids=["data", "directory"])
def test_a_store_that_was_replaced_is_held_no_more(
        start, store: Store, tmp_path: pathlib.Path, whole: bool) -> None:
    store.compile(LISTED)
    resolver = start(store)
    assert_blocked(resolver.ask("toko-palsu.example"))
    before = resolver.holdings()
    for i in range(5):
        name = f"new{i}.example"
        other = Store(tmp_path / f"other{i}")
        other.compile([*LISTED, name])
        if whole:
            store.path.rename(tmp_path / f"away{i}")
            other.path.rename(store.path)
        else:
            os.replace(other.data, store.data)
        wait_blocked(resolver, name)
    held = poll("the old stores to be let go", lambda: [resolver.holdings()]
                if resolver.holdings()["maps"] == before["maps"] else [])
    assert held[0]["files"] <= before["files"] + 1, (before, held[0])


def test_an_answer_on_its_way_while_the_store_is_replaced_is_not_given(
        start, store: Store, tmp_path: pathlib.Path) -> None:
    """Also when both stores have had as many commits."""
    name = "toko-palsu.held.example"
    store.compile(["other.example"])
    other = Store(tmp_path / "other")
    other.compile(["other.example", name, "new.example"])
    with HeldServer() as held:
        resolver = start(store, stubs={"held.example.": held.port})
        assert_true(resolver.ask("known.held.example"))
        held.hold()
        answers: list[Answer] = []
        asking = threading.Thread(target=lambda: answers.append(resolver.ask(name)))
        asking.start()
        held.wait_for_questions()
        store.path.rename(tmp_path / "away")
        other.path.rename(store.path)
        wait_blocked(resolver, "new.example")
        held.release()
        asking.join()
        for answer in (*answers, resolver.ask(name)):
            assert_blocked(answer)


def test_a_store_that_is_taken_away_goes_on_blocking(start, store: Store,
                                                     tmp_path: pathlib.Path) -> None:
    store.compile(LISTED)
    resolver = start(store)
    store.path.rename(tmp_path / "away")
    for _ in range(10):
        assert_blocked(resolver.ask("www.toko-palsu.example"))
    (tmp_path / "away").rename(store.path)
    store.compile([*LISTED, "new.example"])
    wait_blocked(resolver, "new.example")


@pytest.fixture
def open_directory(monkeypatch: pytest.MonkeyPatch) -> Iterator[pathlib.Path]:
    """One that every user may enter, with the module in it; pytest's own are closed,
    and so may be the one in which palang was built."""
    with tempfile.TemporaryDirectory(prefix="palang-test-") as name:
        path = pathlib.Path(name)
        path.chmod(0o755)
        shutil.copy(MODULE, path / "palang.so")
        monkeypatch.setattr("resolver.MODULE", path / "palang.so")
        yield path


def test_an_unreadable_store_is_told_and_taken_up_once_it_is_readable(
        start, open_directory: pathlib.Path) -> None:
    store = Store(open_directory / "store")
    store.compile(LISTED)
    files = [store.data, store.path / "lock.mdb"]
    for file in files:
        file.chmod(0)
    # What root starts goes on as a user who may not read everything.
    user = ['username: "nobody"'] if os.geteuid() == 0 else []
    resolver = start(store, options=user)
    resolver.allow(COMPLAINT)
    assert_true(resolver.ask("toko-palsu.example"))
    assert_says(resolver, "Permission denied")
    store.path.chmod(0o777)
    for file in files:
        file.chmod(0o666)
    wait_blocked(resolver)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can start another user")
def test_a_resolver_that_may_not_write_beside_the_store_blocks_all_the_same(
        start, open_directory: pathlib.Path) -> None:
    """It cannot tell what it counts, and says so."""
    store = Store(open_directory / "store")
    store.compile(LISTED)
    store.path.chmod(0o755)
    store.data.chmod(0o644)
    (store.path / "lock.mdb").chmod(0o666)
    resolver = start(store, options=['username: "nobody"'])
    assert_blocked(resolver.ask("toko-palsu.example"))
    assert "warning: palang: " in resolver.log()
    assert store.stats()["resolvers"] == []
    store.compile([*LISTED, "new.example"])
    store.data.chmod(0o644)
    wait_blocked(resolver, "new.example")


def test_on_error_servfail_counts_once_the_store_has_said_so(
        start, store: Store, tmp_path: pathlib.Path) -> None:
    """The store says it, so it is known from when it could last be read."""
    store.compile(LISTED)
    store.set("on-error=servfail")
    resolver = start(store)
    resolver.allow(COMPLAINT)
    assert_blocked(resolver.ask("toko-palsu.example"))
    assert_true(resolver.ask("toko-asli.example"))
    broken = tmp_path / "broken"
    broken.write_bytes(garbage(100000))
    os.replace(broken, store.data)

    # It may as well go on with the good store that it still has open.
    for _ in range(20):
        answer = resolver.ask("toko-palsu.example")
        assert answer.rcode == "SERVFAIL" or looks_blocked(answer), str(answer)
    replace_by_good(store, tmp_path)
    wait_blocked(resolver)


def test_on_error_servfail_does_not_hurt_a_good_store(start, store: Store) -> None:
    store.compile(LISTED)
    store.set("on-error=servfail")
    resolver = start(store)
    assert_blocked(resolver.ask("toko-palsu.example"))
    assert_true(resolver.ask("toko-asli.example"))
    assert_true(resolver.ask("toko-asli.example", "AAAA"))


def test_stats_tell_that_there_is_no_store(start, store: Store) -> None:
    store.path.mkdir()
    resolver = start(store)
    resolver.allow(COMPLAINT)
    for i in range(5):
        assert_true(resolver.ask(f"toko{i}.example"))
    stats = resolver.stats()
    assert stats["store"] != "serving" and stats["error"], stats
    assert stats["failed_open"] >= 5, stats
    store.compile(LISTED)
    wait_blocked(resolver)
    stats = resolver.stats()
    assert stats["store"] == "serving" and not stats["error"], stats
