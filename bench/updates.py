# SPDX-License-Identifier: BSD-3-Clause
"""What an update of a resolver at work takes, in the command and on the wire."""

import pathlib
import time

from gen import NOTICE, write_lines
from measure import compile_list, enforced_ms
from servers import CLIENT_CORE, Resolver, run
from table import Results
from wire import BLOCKED, Watch, ask_all, wait_answer

STEADY = "steady.bench"
CHILDREN = 100


class Extra:
    """A second feed, so that a commit is not dominated by reading the big list."""

    def __init__(self, directory: pathlib.Path, resolver: Resolver) -> None:
        self.resolver = resolver
        self.subject = "palang"  # of the results
        self.path = directory / "extra.txt"
        self.names = ["first.update.example"]
        self.compile()

    def compile(self, core: int | None = None) -> tuple[float, str]:
        write_lines(self.path, (n + "\n" for n in self.names))
        return run(compile_list(self.resolver.store, "--feed", "extra", self.path), 600, core)


def _watch_update(key: str, extra: Extra, add: list[str], watched: list[str],
                  results: Results) -> None:
    """One update seen by a client, the same work again without anything to commit, and
    the same time without any work. The command shares the client's core, not the
    resolver's."""
    port = extra.resolver.port
    data = extra.resolver.store / "data.mdb"
    ask_all(port, [STEADY])
    with Watch(CLIENT_CORE, port, STEADY, watched, data) as w:
        extra.names += add
        extra.compile(CLIENT_CORE)
    with Watch(CLIENT_CORE, port, STEADY, watched) as load:
        extra.compile(CLIENT_CORE)
    with Watch(CLIENT_CORE, port, STEADY, watched) as idle:
        time.sleep(max(0.0, w.length - 0.4))
    results.add(f"{key}_true", extra.subject, w.stayed_true_ms)
    if w.stayed_true_ms is None:
        results.note(f"{key}: no commit seen, or a watched name was not blocked: {w.seen}")
    for subject, watch in ((extra.subject, w), ("load", load), ("idle", idle)):
        results.add(f"{key}_gap", subject, watch.seen.get("gap_ms"))
        results.add(f"{key}_slowest", subject, watch.seen.get("slowest_ms"))


def one_name(extra: Extra, rounds: int, results: Results,
             parent: str = "update.example") -> None:
    """One name and a hundred cached children of it."""
    resolver = extra.resolver
    for i in range(rounds):
        name = f"one{i}.{parent}"
        ask_all(resolver.port, [name] + [f"c{j}.{name}" for j in range(CHILDREN)])
        extra.names.append(name)
        wall, text = extra.compile()
        results.add("one_wall", extra.subject, wall * 1000)
        results.add("one_enforced", extra.subject, enforced_ms(text))
    for i in range(rounds):
        name = f"seen{i}.{parent}"
        watched = [name] + [f"c{j}.{name}" for j in range(CHILDREN)]
        ask_all(resolver.port, watched)
        _watch_update("one", extra, [name], watched, results)


def many_names(extra: Extra, cached: list[list[str]], results: Results) -> None:
    """Each of the lists of CACHED is an update: one for the command's times, the
    others for the client's."""
    extra.names += cached[0]
    wall, text = extra.compile()
    results.add("many_wall", extra.subject, wall * 1000)
    results.add("many_enforced", extra.subject, enforced_ms(text))
    for names in cached[1:]:
        watched = names[::len(names) // 100][:101]
        ask_all(extra.resolver.port, watched)
        _watch_update("many", extra, names, watched, results)


def whole_list(directory: pathlib.Path, resolver: Resolver, the_list: pathlib.Path,
               rounds: int, results: Results) -> None:
    """The big list again, with one name more in it."""
    more = directory / "more.txt"
    names: list[str] = []
    for i in range(rounds):
        names.append(f"whole{i}.update.example")
        ask_all(resolver.port, names[-1:])
        write_lines(more, (n + "\n" for n in names))
        wall, text = run(compile_list(resolver.store, the_list, more), 1800)
        results.add("full_wall", "palang", wall * 1000)
        results.add("full_enforced", "palang", enforced_ms(text))


def rpz_update(subject: str, resolver: Resolver, name: str, command: tuple[str, ...],
               results: Results) -> None:
    """One name more in an RPZ, from the command that makes Unbound fetch it."""
    ask_all(resolver.port, [STEADY, name])
    with Watch(CLIENT_CORE, resolver.port, STEADY, [name]) as w:
        start = time.time_ns()
        resolver.control(*command, timeout=900)
        wait_answer(resolver.port, name, BLOCKED, 120)
        time.sleep(5)  # a zone that was transferred is written to its file
    results.add("one_gap", subject, w.seen.get("gap_ms"))
    results.add("one_slowest", subject, w.seen.get("slowest_ms"))
    if w.seen.get("blocked"):
        results.add("one_wall", subject, (w.seen["blocked"] - start) / 1e6)
    else:
        results.note(f"{subject}: the name was not blocked")


def rpz_reload(resolver: Resolver, zone: pathlib.Path, results: Results) -> None:
    """By the zone file, which Unbound reads again."""
    name = "reload.update.example"
    with open(zone, "a") as f:
        f.write(f"{name} A {NOTICE}\n*.{name} A {NOTICE}\n")
    rpz_update("rpz", resolver, name, ("auth_zone_reload", "rpz.bench"), results)
