# SPDX-License-Identifier: BSD-3-Clause
"""Single measurements: each returns a number, or a few."""

import os
import pathlib
import re
import statistics
import time

from servers import (BUILD, CLIENT_CORE, COMMAND, ROOT, SERVER_CORE, Resolver, finish, run,
                     spawn)
from wire import ask_all


def resources(argv, log: pathlib.Path, **more) -> dict[str, float]:
    """Wall and processor seconds and peak memory (MB) of a command."""
    log.write_bytes(b"")
    start = time.monotonic()
    p = spawn(argv, log=log, **more)
    _, status, usage = os.wait4(p.pid, 0)
    wall = time.monotonic() - start
    p.returncode = os.waitstatus_to_exitcode(status)
    finish(p)
    if p.returncode != 0:
        raise RuntimeError(f"{' '.join(p.args)} failed: {log.read_text()[-2000:]}")
    return {"wall": wall, "cpu": usage.ru_utime + usage.ru_stime,
            "mb": usage.ru_maxrss / 1024}


def dnsperf(resolver: Resolver, data: pathlib.Path, seconds: float) -> dict[str, float]:
    """Answers per second, and how much of its core the server used for them."""
    before, start = resolver.cpu_ns(), time.monotonic()
    _, text = run(["dnsperf", "-s", "127.0.0.1", "-p", str(resolver.port), "-d", data,
                   "-l", str(seconds), "-c", "1", "-T", "1", "-q", "100", "-t", "2"],
                  seconds + 60, CLIENT_CORE)
    wall, after = time.monotonic() - start, resolver.cpu_ns()
    answers = int(re.search(r"Queries completed:\s+(\d+)", text)[1])
    spent = {t: after[t] - before.get(t, 0) for t in after}
    return {"per_second": float(re.search(r"Queries per second:\s+([\d.]+)", text)[1]),
            "lost": int(re.search(r"Queries lost:\s+(\d+)", text)[1]),
            "cpu_us": sum(spent.values()) / 1e3 / max(answers, 1),
            "busy": sum(spent.values()) / 1e9 / wall}


def warm(resolver: Resolver, data: pathlib.Path) -> None:
    """Asks everything in a data file once."""
    run(["dnsperf", "-s", "127.0.0.1", "-p", str(resolver.port), "-d", data, "-n", "1",
         "-c", "1", "-T", "1", "-q", "200", "-t", "5"], 900, CLIENT_CORE)


def build_lookup() -> pathlib.Path:
    program = BUILD / "bench" / "lookup"
    source = ROOT / "bench" / "lookup.c"
    library = BUILD / ".libs" / "libpalang.a"
    program.parent.mkdir(exist_ok=True)
    run(["gcc", "-std=c11", "-D_GNU_SOURCE", "-O2", "-g", f"-I{ROOT / 'lib'}", source,
         library, "-llmdb", "-pthread", "-o", program])
    return program


def lookup_ns(program: pathlib.Path, store: pathlib.Path, names: pathlib.Path,
              passes: int) -> tuple[list[float], int]:
    """Nanoseconds of a look-up in every pass, and how many names were blocked."""
    _, text = run([program, store, names, str(passes + 1)], core=SERVER_CORE)
    lines = [line.split() for line in text.splitlines()]
    return [float(ns) for ns, _ in lines], int(lines[-1][1])


def _totals(directory: pathlib.Path) -> tuple[int, int]:
    """Instructions of the maintenance thread, and of all others, from callgrind's
    files, which it removes."""
    maintenance = others = 0
    for path in directory.glob("cg.*"):
        text = path.read_text()
        found = re.search(r"^totals: (\d+)", text, re.M)
        if found and re.search(r"^c?fn=\(\d+\) watch$", text, re.M):
            maintenance += int(found[1])
        elif found:
            others += int(found[1])
        path.unlink()
    return maintenance, others


def _callgrind(directory: pathlib.Path) -> list[str]:
    directory.mkdir()
    return ["valgrind", "-q", "--tool=callgrind", "--separate-threads=yes",
            f"--callgrind-out-file={directory}/cg.%p"]


def lookup_instructions(program: pathlib.Path, store: pathlib.Path, names: pathlib.Path,
                        directory: pathlib.Path) -> float:
    """Of one look-up: two passes more, over the number of names."""
    counts = {}
    for passes in (2, 4):
        out = directory / f"lookup{passes}"
        run([*_callgrind(out), program, store, names, str(passes)], 900)
        counts[passes] = sum(_totals(out))
        out.rmdir()
    with open(names) as f:
        return (counts[4] - counts[2]) / 2 / sum(1 for _ in f)


# Answers per second that share the instructions of the maintenance thread.
SHARED_BY = 100000
# Before the next query, so that the server is back in epoll_wait(): it would take a
# query that comes sooner without, and the count would hang on the client's speed.
PAUSE = 0.001


def query_instructions(make, names: list[str], warm_names: list[str],
                       directory: pathlib.Path) -> dict[str, float]:
    """User-space instructions of a worker for one query, out of two runs with different
    numbers of queries, and of the maintenance thread in a second. MAKE makes a resolver
    in a directory."""
    workers, maintenance, times = [], [], []
    few = len(names) // 5
    for n in (few, len(names)):
        out = directory / f"callgrind{n}"
        wrapper = _callgrind(out)
        resolver: Resolver = make(out)
        start = time.monotonic()
        resolver.launch(*wrapper)
        resolver.wait_service(300)
        ask_all(resolver.port, warm_names)
        answers = ask_all(resolver.port, names[:n], 300, PAUSE)
        times.append(time.monotonic() - start)
        resolver.stop()
        if answers != n:
            raise RuntimeError(f"{n - answers} of {n} queries had no answer")
        in_maintenance, in_workers = _totals(out)
        maintenance.append(in_maintenance)
        workers.append(in_workers)
    worker = (workers[1] - workers[0]) / (len(names) - few)
    background = (maintenance[1] - maintenance[0]) / (times[1] - times[0])
    return {"background": background, "all": worker + background / SHARED_BY}


def compile_list(store: pathlib.Path, *words) -> list:
    """The command that compiles lists into a store."""
    return [COMMAND, "compile", "-o", store, "--notice", "203.0.113.1", "-f", "domains",
            *words]


def enforced_ms(text: str) -> float | None:
    found = re.search(r"enforced by \d+ resolvers? (\d+) ms", text)
    return float(found[1]) if found else None


def median(values) -> float:
    return statistics.median(values)
