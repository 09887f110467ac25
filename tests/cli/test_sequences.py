# SPDX-License-Identifier: BSD-3-Clause
"""Lists as they were published, version after version, through `palang update`: each
step's changes are those that Python finds by rules of its own, what is no list is
refused while the last good one serves on, and the last store is what a fresh one is.
PALANG_DATA names the directory that has them, as sequences/*.tar.xz, and as faults/*
what was published in the place of lists. Prints a table; show it with pytest -s."""

import json
import os
import pathlib
import subprocess
import tarfile
import time
from collections.abc import Iterator

import pytest

from command import palang
from configured import Configured
from published import Entry, read

DATA = os.environ.get("PALANG_DATA")
STEPS = int(os.environ.get("PALANG_SEQUENCE_STEPS", "1000"))
SEQUENCES = sorted(pathlib.Path(DATA, "sequences").glob("*.tar.xz")) if DATA else []
FAULTS = sorted(pathlib.Path(DATA, "faults").iterdir()) if DATA else []
FAULTS_EVERY = 10  # versions

pytestmark = pytest.mark.skipif(not SEQUENCES, reason="PALANG_DATA has no sequences")


def versions(path: pathlib.Path) -> list[tuple[str, bytes]]:
    with tarfile.open(path) as tar:
        members = sorted((m for m in tar if m.isfile()), key=lambda m: m.name)[:STEPS]
        return [(m.name, tar.extractfile(m).read())  # type: ignore[union-attr]
                for m in members]


def varuint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7f) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def records(conf: Configured) -> dict[bytes, tuple]:
    """All names of the store: the length of the nearest listed ancestor, and the entries
    with all bytes of their orders, without the serial that brought them
    (palang-store(5))."""
    dump = subprocess.run(["mdb_dump", conf.store.path], check=True,
                          capture_output=True).stdout.split(b"HEADER=END\n")[1]
    rows = [bytes.fromhex(r.decode()) for r in dump.split(b"DATA=END")[0].split()]
    orders: dict[int, bytes] = {}
    found: dict[bytes, tuple] = {}
    for key, value in zip(rows[::2], rows[1::2], strict=True):
        if key[:2] == b"\0\2":
            orders[int.from_bytes(key[2:], "big")] = value
        if key[:1] == b"\0":
            continue
        above, at = varuint(value, 0)
        entries = []
        while at < len(value):
            head = value[at:at + 2]
            order, at = varuint(value, at + 2)
            _since, at = varuint(value, at)
            entries.append((head, orders[order]))
        found[key] = (above, *sorted(entries))
    return found


def exported(conf: Configured) -> set[Entry]:
    """What the store says it holds."""
    rows = map(json.loads, palang("export", "-o", conf.store.path, "--all", "-f",
                                  "json").stdout.splitlines())
    return {Entry(r["domain"], r["scope"], r.get("order", ""), r.get("category", ""),
                  r.get("issued", "")) for r in rows}


def journalled(conf: Configured, serial: int) -> tuple[list, list]:
    """What the journal says came and went."""
    done = palang("history", "-o", conf.store.path, "--json", str(serial))
    rows = [json.loads(line) for line in done.stdout.splitlines()[1:]]
    came, went = (sorted((r["name"], r["scope"], r["order"] or "") for r in rows
                         if r["came"] == which) for which in (True, False))
    return came, went


def shown(entries: set[Entry]) -> list:
    """The same of what came or went."""
    return sorted((e.name, e.scope, e.order) for e in entries)


def counts(before: set[Entry], now: set[Entry]) -> tuple[int, int, int]:
    """Names added, removed and changed."""
    old, new = ({e.name for e in entries} for entries in (before, now))
    touched = {e.name for e in before ^ now}
    return len(new - old), len(old - new), len(touched & old & new)


def is_held(before: set[Entry], now: set[Entry]) -> bool:
    """Whether a change is beyond the limits of the profile `default` (palang.conf(5));
    the first list has none."""
    added, removed, changed = counts(before, now)
    names = len({e.name for e in before})
    return names > 0 and (max(added, changed) > max(50, names * 5 // 100)
                          or removed > max(50, names // 100))


class Replay:
    """A feed that is given one version after the other."""

    def __init__(self, directory: pathlib.Path) -> None:
        self.conf = Configured(directory)
        self.before: set[Entry] = set()
        self.equal = self.held = self.refused = self.faults = 0

    def outcome(self, data: bytes, *words: str) -> dict:
        self.conf.feed("a", data)
        return self.conf.json(*words, status=None)

    def refuse(self, data: bytes) -> None:
        """What is no list, or only a part of one, changes nothing."""
        store = self.conf.store
        was = store.data.read_bytes() if self.before else b""
        feed = self.outcome(data)["feeds"][0]
        assert feed["state"] in ("failed", "held"), feed
        assert feed["why"]
        if self.before:
            assert store.data.read_bytes() == was
            names = sorted(e.name for e in self.before if e.scope != "below")
            assert all(self.conf.blocked(*names[::len(names) // 20 + 1]))

    def step(self, name: str, data: bytes) -> None:
        now = read(name, data)
        if now is None:
            self.refuse(data)
            self.refused += 1
            return
        done = self.outcome(data)
        assert (done["feeds"][0]["state"] == "held") == is_held(self.before, now), done
        if is_held(self.before, now):
            self.held += 1
            done = self.outcome(data, "--accept-change", "it was so", "a")
        feed = done["feeds"][0]
        assert (feed["added"], feed["removed"], feed["changed"]) == counts(
            self.before, now), feed
        assert feed["state"] == ("unchanged" if now == self.before else "changed")
        if now != self.before:
            assert journalled(self.conf, done["serial"]) == (
                shown(now - self.before), shown(self.before - now))
        self.equal += 1
        self.before = now

    def damage(self, data: bytes) -> None:
        """All that was ever published in the place of a list, and a half of this one."""
        for fault in (*(p.read_bytes() for p in FAULTS), data[:len(data) // 2]):
            self.refuse(fault)
            self.faults += 1


@pytest.fixture(scope="module")
def table() -> Iterator[None]:
    print("\n| sequence | versions | changesets equal | refused | held and accepted | "
          "faults refused | names | seconds |")
    yield


@pytest.mark.parametrize("path", SEQUENCES, ids=lambda p: p.name.split(".")[0])
def test_a_real_sequence_is_followed_step_by_step(path: pathlib.Path, table: None,
                                                  tmp_path: pathlib.Path) -> None:
    lists = versions(path)
    replay = Replay(tmp_path)
    start = time.monotonic()
    for i, (name, data) in enumerate(lists):
        replay.step(name, data)
        if i % FAULTS_EVERY == 0:
            replay.damage(data)
    seconds = time.monotonic() - start
    assert replay.equal + replay.refused == len(lists)
    assert exported(replay.conf) == replay.before
    fresh_path = tmp_path / "fresh"
    fresh_path.mkdir()
    fresh = Configured(fresh_path)
    fresh.feed("a", lists[-1][1])
    fresh.update()
    assert records(replay.conf) == records(fresh)
    palang("verify", "-o", replay.conf.store.path)
    print(f"\n| {path.name.split('.')[0]} | {len(lists)} | {replay.equal} | "
          f"{replay.refused} | {replay.held} | {replay.faults} | "
          f"{len({e.name for e in replay.before})} | {seconds:.1f} |")
