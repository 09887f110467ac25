#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""A zone of NAME and *.NAME for many names, read by `palang compile` and by BIND's
named-compilezone: time and peak memory, as a table.

    bench/rpz.py [--names N] [--order pairs|apart] [--keep FILE]"""

import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PALANG = os.environ.get("PALANG", ROOT / "build/blocklist-tools/palang")
ENDS = ("example", "co.example", "shop.example", "hosting.test", "web.test", "test")


def names(count: int):
    """COUNT different names, about 20 bytes each, in no order."""
    for i in range(count):
        n = i * 2654435761 % 4294967296
        yield f"{n:x}-toko{n % 97}.{ENDS[n % len(ENDS)]}"


def write_zone(path: pathlib.Path, count: int, order: str) -> None:
    with path.open("w", buffering=1 << 20) as f:
        f.write("$ORIGIN rpz.example.\n$TTL 900\n"
                "@ IN SOA localhost. admin.example. 26081205 120 60 2592000 900\n"
                "@ IN NS localhost.\n")
        if order == "pairs":
            f.writelines(f"{n} IN CNAME notice.example.\n"
                         f"*.{n} IN CNAME notice.example.\n" for n in names(count))
        else:
            f.writelines(f"{n} IN CNAME notice.example.\n" for n in names(count))
            f.writelines(f"*.{n} IN CNAME notice.example.\n" for n in names(count))


def measure(command: list[str]) -> tuple[float, float, int, str]:
    """Seconds of the clock and of the processor, peak memory in KiB, last line."""
    begin = time.monotonic()
    with tempfile.TemporaryFile("w+") as talk:
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=talk)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        talk.seek(0)
        last = (talk.read().strip().splitlines() or [""])[-1]
    if child.returncode != 0:
        sys.exit(f"{command[0]} failed: {last}")
    return (time.monotonic() - begin, usage.ru_utime + usage.ru_stime,
            usage.ru_maxrss, last)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--names", type=int, default=10_000_000)
    parser.add_argument("--order", choices=("pairs", "apart"), default="pairs")
    parser.add_argument("--keep", type=pathlib.Path, help="the zone, made if not there")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="palang-rpz-") as d:
        directory = pathlib.Path(d)
        zone = args.keep or directory / "zone"
        if not zone.exists():
            write_zone(zone, args.names, args.order)
        runs = {"palang check": [str(PALANG), "check", str(zone)],
                "palang compile": [str(PALANG), "compile", "-o",
                                   str(directory / "store"), "--notice", "192.0.2.1",
                                   str(zone)]}
        other = shutil.which("named-compilezone")
        if other is not None:
            runs["named-compilezone (raw)"] = [
                other, "-q", "-k", "ignore", "-i", "none", "-F", "raw", "-o",
                str(directory / "raw"), "rpz.example", str(zone)]
        print(f"{args.names:,} names, {2 * args.names:,} records, order {args.order}, "
              f"{zone.stat().st_size / 1e6:,.0f} MB")
        print(f"| {'':24} | seconds | processor | peak MB | bytes a name |")
        print(f"| {'-' * 24} | ------: | --------: | ------: | -----------: |")
        for what, command in runs.items():
            clock, cpu, peak, _ = measure(command)
            print(f"| {what:24} | {clock:7.1f} | {cpu:9.1f} | {peak / 1000:7.0f} | "
                  f"{peak * 1024 / args.names:12.0f} |", flush=True)


if __name__ == "__main__":
    main()
