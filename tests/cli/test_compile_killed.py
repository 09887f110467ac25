# SPDX-License-Identifier: BSD-3-Clause
"""A compile that is killed leaves the old serial or the new one, never another."""

import os
import pathlib
import random
import signal
import subprocess
import time

from command import COMMAND, NOTICES, STORE_FILES, Store, palang, run_killed

KILLS = int(os.environ.get("PALANG_KILLS", "60"))
NAMES = int(os.environ.get("PALANG_KILL_NAMES", "200000"))
SEED = int(os.environ.get("PALANG_SEED", "23"))


class Lists:
    """Two lists of as many names, a quarter of which is in one of them only."""

    def __init__(self, directory: pathlib.Path) -> None:
        self.paths = [directory / "even", directory / "odd"]
        shared = [f"www{i}.toko{i % 977}.example\n" for i in range(NAMES * 3 // 4)]
        for which, path in enumerate(self.paths):
            path.write_text("".join(shared) + "".join(
                f"toko{i}.{'odd' if which else 'even'}.example\n"
                for i in range(NAMES - len(shared))))

    def argv(self, store: Store, which: int) -> list[str | os.PathLike[str]]:
        argv: list[str | os.PathLike[str]] = ["compile", "-o", store.path]
        for address in NOTICES:
            argv += ["--notice", address]
        return [*argv, self.paths[which]]

    def compile(self, store: Store, which: int) -> None:
        palang(*self.argv(store, which))

    def killed(self, store: Store, which: int, after: float,
               writing: bool = False) -> bool:
        """Kills a compile after that many seconds, counted from its start or, with
        WRITING, from its first write to the store. False when it was quicker."""
        return run_killed(after, *self.argv(store, which),
                          writing=store if writing else None)

    def seconds(self, store: Store, which: int) -> float:
        start = time.monotonic()
        self.compile(store, which)
        return time.monotonic() - start


def which_list(store: Store) -> tuple[int, int]:
    """The list that the store holds, whole, and its serial."""
    last = NAMES - NAMES * 3 // 4 - 1
    probes = [f"toko{i}.{w}.example" for w in ("even", "odd")
              for i in (0, 1, 17, last // 2, last - 1, last)]
    shared = [f"x.www{i}.toko{i % 977}.example" for i in (0, 1, 5000 % NAMES)]
    verdicts = store.query(*probes, *shared)
    found = [v["blocked"] for v in verdicts]
    assert found in ([True] * 6 + [False] * 6 + [True] * 3,
                     [False] * 6 + [True] * 6 + [True] * 3), found
    assert len({v["serial"] for v in verdicts}) == 1
    return int(not found[0]), verdicts[0]["serial"]


def test_a_store_outlives_a_compile_that_is_killed_at_any_point(
        store: Store, tmp_path: pathlib.Path) -> None:
    rng = random.Random(SEED)
    lists = Lists(tmp_path)
    lists.compile(store, 0)
    took = max(lists.seconds(store, 1), lists.seconds(store, 0))
    holds, serial = which_list(store)
    committed = 0
    for kill in range(KILLS):
        # Most of the time goes into reading and sorting, the least into writing.
        writing = kill % 2 == 0
        at = rng.uniform(0, (0.1 if writing else 0.8) * took)
        killed = lists.killed(store, 1 - holds, at, writing)
        now_holds, now_serial = which_list(store)
        assert (now_holds, now_serial) in ((holds, serial), (1 - holds, serial + 1)), (
            f"killed after {at:.3f} s")
        assert killed or now_serial == serial + 1
        committed += now_serial - serial
        if kill % 5 == 0:
            lists.compile(store, 1 - holds)
            now_holds, now_serial = which_list(store)
            assert (now_holds, now_serial) == (1 - holds, serial + 1)
        holds, serial = now_holds, now_serial
    lists.compile(store, 1 - holds)
    assert which_list(store) == (1 - holds, serial + 1)
    assert 0 < committed < KILLS, "all were killed on the same side of the commit"
    assert store.files() == STORE_FILES


def test_a_new_store_is_there_whole_or_not_at_all(store: Store,
                                                  tmp_path: pathlib.Path) -> None:
    rng = random.Random(SEED + 1)
    lists = Lists(tmp_path)
    took = lists.seconds(Store(tmp_path / "measured"), 0)
    for kill in range(max(KILLS // 3, 5)):
        fresh = Store(tmp_path / f"fresh{kill}")
        lists.killed(fresh, 0, rng.uniform(0.2 * took, 1.1 * took))
        if fresh.data.exists():
            assert which_list(fresh) == (0, 1)
        lists.compile(fresh, 0)
        assert which_list(fresh) == (0, 1)
        assert fresh.files() == STORE_FILES
        for file in fresh.path.iterdir():
            file.unlink()


def test_a_writer_that_was_killed_does_not_hold_up_the_next(
        store: Store, tmp_path: pathlib.Path) -> None:
    """A process that is stopped holds the store; killed, it no longer does."""
    lists = Lists(tmp_path)
    lists.compile(store, 0)
    took = lists.seconds(store, 1)
    for _ in range(5):
        process = subprocess.Popen([COMMAND, *lists.argv(store, 0)],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        waiting = subprocess.Popen([COMMAND, *lists.argv(store, 1)],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            process.wait(took * 0.7)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
        assert waiting.wait(100) == 0
        assert which_list(store)[0] in (0, 1)
        lists.compile(store, 1)
        assert which_list(store)[0] == 1
