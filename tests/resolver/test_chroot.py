# SPDX-License-Identifier: BSD-3-Clause
"""Unbound in a chroot, as a user without rights: module, store and counters are inside
it, and there is no /proc."""

import os
import pathlib
import pwd
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator

import pytest

from command import Store
from harness import MODULE, UNBOUND_WRAPPER
from resolver import Resolver
from wire import assert_blocked, assert_true, question

USER = "nobody"


def has_user() -> bool:
    try:
        return pwd.getpwnam(USER).pw_uid > 0
    except KeyError:
        return False


pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can change the root"),
    pytest.mark.skipif(not has_user(), reason=f"there is no user {USER}"),
    pytest.mark.skipif(bool(UNBOUND_WRAPPER), reason="a wrapper needs its own files"),
]


@pytest.fixture
def root() -> Iterator[pathlib.Path]:
    """The new root, with the module and the libraries that it needs."""
    with tempfile.TemporaryDirectory(prefix="palang-test-") as name:
        root = pathlib.Path(name)
        root.chmod(0o755)
        needed = subprocess.run(["ldd", MODULE], check=True, capture_output=True,
                                text=True).stdout
        for path in re.findall(r"(/\S+) \(0x", needed):
            there = root / path.lstrip("/")
            there.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, there)
        shutil.copy(MODULE, root / "palang.so")
        yield root


class Chrooted(Resolver):
    """The paths in its configuration are those from outside, as Unbound wants them,
    but for the module and the store."""

    def write_config(self) -> None:
        super().write_config()
        text = self.config.read_text()
        text = text.replace('chroot: ""', f'chroot: "{self.store.path.parent}"')
        text = text.replace('username: ""', f'username: "{USER}"')
        text = text.replace(f'dynlib-file: "{MODULE}"', 'dynlib-file: "/palang.so"')
        self.config.write_text(text)

    def launch(self, argv, ready, environ=None) -> None:
        super().launch(argv, ready, {"PALANG_STORE": "/" + self.store.path.name})


@pytest.fixture
def start_in(root: pathlib.Path, world, monkeypatch: pytest.MonkeyPatch):
    running: list[Chrooted] = []

    def start(store: Store, **more: object) -> Chrooted:
        directory = root / "unbound"
        directory.mkdir()
        r = Chrooted(directory, world, store, **more)  # type: ignore[arg-type]
        running.append(r)
        r.start()
        return r

    try:
        yield start
        for r in running:
            r.stop()
    finally:
        for r in running:
            r.kill()


def give_away(store: Store) -> None:
    """As the operator's guide has it: the directory and the lock file belong to
    Unbound's group."""
    group = pwd.getpwnam(USER).pw_gid
    os.chown(store.path, 0, group)
    store.path.chmod(0o2770)
    for name, mode in (("data.mdb", 0o640), ("lock.mdb", 0o660)):
        os.chown(store.path / name, 0, group)
        (store.path / name).chmod(mode)


@pytest.mark.parametrize("threads", [1, 2])
def test_a_chrooted_resolver_blocks_counts_and_follows(start_in, root: pathlib.Path,
                                                       threads: int) -> None:
    store = Store(root / "store")
    store.compile(["toko-palsu.example"])
    give_away(store)
    resolver = start_in(store, threads=threads)
    assert os.readlink(f"/proc/{resolver.pid}/root") == str(root)
    status = pathlib.Path(f"/proc/{resolver.pid}/status").read_text()
    assert re.search(rf"^Uid:\t{pwd.getpwnam(USER).pw_uid}\b", status, re.MULTILINE)
    assert not (root / "proc").exists()
    free = [question(f"new{i}.example") for i in range(200)]
    for answer in resolver.client.ask_many(free):
        assert answer is not None
        assert_true(answer)
    assert_blocked(resolver.ask("www.toko-palsu.example"))
    queries = resolver.stats()["queries"]
    assert queries >= 201
    # The command waits until the cache is clear of them.
    store.compile(["toko-palsu.example", *(f"new{i}.example" for i in range(200))])
    assert resolver.stats()["enforced_serial"] == store.serial
    for answer in resolver.client.ask_many(free):
        assert answer is not None
        assert_blocked(answer)
    store.compile(["toko-palsu.example"])
    for answer in resolver.client.ask_many(free):
        assert answer is not None
        assert_true(answer)


def test_a_chroot_without_the_store_says_so(start_in, root: pathlib.Path) -> None:
    store = Store(root / "store")
    resolver = start_in(store)
    resolver.allow("error: palang: ")
    assert_true(resolver.ask("toko-palsu.example"))
    assert "there is no store at '/store'" in resolver.log()


def test_a_chroot_whose_store_is_for_others_only_says_so(start_in,
                                                         root: pathlib.Path) -> None:
    store = Store(root / "store")
    store.compile(["toko-palsu.example"])
    store.path.chmod(0o755)
    store.data.chmod(0o600)
    resolver = start_in(store)
    resolver.allow("error: palang: ")
    assert_true(resolver.ask("toko-palsu.example"))
    assert "cannot open store '/store': Permission denied" in resolver.log()
