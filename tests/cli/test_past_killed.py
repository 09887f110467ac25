# SPDX-License-Identifier: BSD-3-Clause
"""A rollback or a compaction that is killed leaves the old store or the new one."""

import os
import pathlib
import random
import time

from command import STORE_FILES, Store, palang, run_killed

KILLS = int(os.environ.get("PALANG_KILLS", "60"))
NAMES = int(os.environ.get("PALANG_KILL_NAMES", "200000")) // 4
SEED = int(os.environ.get("PALANG_SEED", "29"))


def probes(which: str) -> list[str]:
    return [f"toko{i}.{which}.example" for i in (0, 1, 17, NAMES // 2, NAMES - 1)]


def state(store: Store) -> tuple[str, int]:
    """Which list the store holds, whole, and its serial."""
    verdicts = store.query(*probes("even"), *probes("odd"))
    found = [v["blocked"] for v in verdicts]
    assert found in ([True] * 5 + [False] * 5, [False] * 5 + [True] * 5), found
    return "even" if found[0] else "odd", verdicts[0]["serial"]


def seconds(*argv: str | os.PathLike[str]) -> float:
    start = time.monotonic()
    palang(*argv)
    return time.monotonic() - start


def fill(store: Store, tmp_path: pathlib.Path) -> None:
    for which in ("even", "odd"):
        path = tmp_path / which
        path.write_text("".join(f"toko{i}.{which}.example\n" for i in range(NAMES)))
        palang("compile", "-o", store.path, path)


def test_a_store_outlives_a_rollback_that_is_killed_at_any_point(
        store: Store, tmp_path: pathlib.Path) -> None:
    rng = random.Random(SEED)
    fill(store, tmp_path)
    took = max(seconds("rollback", "-o", store.path, "1"),
               seconds("rollback", "-o", store.path, "2"))
    holds, serial = state(store)
    reach, committed = 1.1 * took, 0
    for _ in range(KILLS):
        # To the last serial that had the other list.
        killed = run_killed(rng.uniform(0, reach), "rollback", "-o", store.path,
                            str(serial - 1))
        now_holds, now_serial = state(store)
        assert now_serial in (serial, serial + 1)
        assert (now_holds == holds) == (now_serial == serial)
        assert killed or now_serial == serial + 1
        palang("verify", "-o", store.path)
        committed += now_serial - serial
        # The machine may be slower by now.
        reach = 1.1 * took if now_serial > serial else 1.1 * reach
        holds, serial = now_holds, now_serial
    print(f"\nrollback: {KILLS} kills, {committed} after the commit")
    palang("rollback", "-o", store.path, str(serial - 1))
    assert state(store) == ("odd" if holds == "even" else "even", serial + 1)
    palang("verify", "-o", store.path)
    assert 0 < committed, "none came to its end"
    assert store.files() == STORE_FILES


def test_a_store_outlives_a_compaction_that_is_killed_at_any_point(
        store: Store, tmp_path: pathlib.Path) -> None:
    rng = random.Random(SEED + 1)
    fill(store, tmp_path)
    took = 1.1 * seconds("compact", "-o", store.path)
    reach, replaced = took, 0
    for kill in range(KILLS):
        if kill % 10 == 0:
            palang("rollback", "-o", store.path, str(store.serial - 1))
        before, was = state(store), store.data.stat().st_ino
        run_killed(rng.uniform(0, reach), "compact", "-o", store.path)
        assert state(store) == before
        done = store.data.stat().st_ino != was
        replaced += done
        # The machine may be slower by now.
        reach = took if done else 1.1 * reach
        palang("verify", "-o", store.path)
    print(f"\ncompact: {KILLS} kills, {replaced} after the file was replaced")
    palang("compact", "-o", store.path)
    palang("verify", "-o", store.path)
    assert 0 < replaced, "none came to its end"
    assert store.files() == STORE_FILES
