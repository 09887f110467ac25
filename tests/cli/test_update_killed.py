# SPDX-License-Identifier: BSD-3-Clause
"""An update that is killed leaves the old serial of all feeds or the new one, and what
is known of the feeds can still be read."""

import json
import os
import pathlib
import random
import time

from command import palang, run_killed
from configured import Configured

KILLS = int(os.environ.get("PALANG_KILLS", "60"))
NAMES = int(os.environ.get("PALANG_KILL_NAMES", "200000")) // 4
SEED = int(os.environ.get("PALANG_SEED", "29"))
FEEDS = ("one", "two", "three")
WIDE = {"added": "100%", "removed": "100%"}


def fill(conf: Configured, which: int) -> None:
    """Gives each feed its even or its odd list."""
    for feed in FEEDS:
        conf.put(feed, [f"{feed}{i}.shared.example" for i in range(NAMES)] +
                 [f"{feed}{i}.{'odd' if which else 'even'}.example"
                  for i in range(NAMES // 4)])


def holds(conf: Configured) -> tuple[int, int]:
    """Which lists the store holds, of all feeds the same, and its serial."""
    probes = [f"{feed}{i}.{w}.example" for w in ("even", "odd") for feed in FEEDS
              for i in (0, NAMES // 8, NAMES // 4 - 1)]
    verdicts = conf.store.query(*probes, *(f"{feed}7.shared.example" for feed in FEEDS))
    found = [v["blocked"] for v in verdicts]
    half = len(probes) // 2
    assert found in ([True] * half + [False] * half + [True] * 3,
                     [False] * half + [True] * half + [True] * 3), found
    assert len({v["serial"] for v in verdicts}) == 1
    return int(not found[0]), verdicts[0]["serial"]


def test_a_store_outlives_an_update_that_is_killed_at_any_point(
        tmp_path: pathlib.Path) -> None:
    rng = random.Random(SEED)
    conf = Configured(tmp_path)
    for feed in FEEDS:
        conf.feed(feed, [], limits=WIDE)
    fill(conf, 0)
    conf.update()
    fill(conf, 1)
    start = time.monotonic()
    conf.update()
    took = time.monotonic() - start
    which, serial = holds(conf)
    committed = 0
    # How late it is killed at most, counted from its start or from its first write. It
    # follows the machine: half of the kills come before the commit, however fast it is.
    reach = {False: 0.9 * took, True: 0.1 * took}
    for kill in range(KILLS):
        fill(conf, 1 - which)
        writing = kill % 2 == 0
        at = rng.uniform(0, reach[writing])
        killed = run_killed(at, "update", "-c", conf.path,
                            writing=conf.store if writing else None)
        now, now_serial = holds(conf)
        assert (now, now_serial) in ((which, serial), (1 - which, serial + 1)), (
            f"killed after {at:.3f} s")
        assert killed or now_serial == serial + 1
        json.loads((conf.store.path / "feeds.json").read_text())
        palang("verify", "-o", conf.store.path)
        committed += now_serial - serial
        reach[writing] *= 0.9 if now_serial > serial else 1.1
        which, serial = now, now_serial
    print(f"\nupdate: {KILLS} kills, {committed} after the commit")
    fill(conf, 1 - which)
    conf.update()
    assert holds(conf) == (1 - which, serial + 1)
    assert conf.status()["good"] is True
    assert 0 < committed < KILLS, "all were killed on the same side of the commit"
