# SPDX-License-Identifier: BSD-3-Clause
"""The names: made by a formula from a seed, so that nothing has to be kept.

Name number i of the list is name(seed, i). Numbers from UNLISTED on are of the
same make and never in a list. The shape is that of real national lists: about 20
characters, 60 % of them directly below a public suffix.
"""

import pathlib
import random

NOTICE = "203.0.113.1"  # the answer to a listed name
TRUTH = "198.51.100.1"  # the answer to any other
UNLISTED = 1 << 31

WORDS = ("slot gacor bet casino poker togel maxwin jackpot bola sport live win play game "
         "club vip lucky gold royal king star mega super best top free bonus cash dana "
         "pulsa qq idn agen situs link login daftar resmi asia indo macau dewa raja hoki "
         "toto bandar domino ceme spin judi cuan rtp pragmatic mahjong zeus olympus wild "
         "sakura naga tiger phoenix dragon panda").split()
TLDS = (["com"] * 43 + ["net", "xyz", "org", "io", "top", "dev"] * 4 + ["app", "shop"] * 3
        + ["site", "info", "online", "cc", "vip"] * 2
        + "tk xin co pl cn id de br me live ru club fun store pro biz".split() + ["com"] * 17)
BELOW = [""] * 38 + ["www."] * 8 + ["m.", "login.", "id.", "play.", "app.", "cdn."] * 2 + [
    "www.id.", "img.cdn.", "a.b.", "go.m.", "x1.", "x2."]


def name(seed: int, i: int) -> str:
    # An odd factor maps 32 bits one to one: no name comes twice.
    x = (i * 0x9E3779B1 + seed * 0x85EBCA6B) & 0xFFFFFFFF
    y = x * 0xC2B2AE35 >> 7
    return (f"{BELOW[y & 63]}{WORDS[(y >> 6) % len(WORDS)]}{x:08x}"
            f".{TLDS[(y >> 13) % len(TLDS)]}")


def write_lines(path: pathlib.Path, lines) -> pathlib.Path:
    with open(path, "w", buffering=1 << 20) as f:
        f.writelines(lines)
    return path


def write_list(path: pathlib.Path, seed: int, count: int) -> pathlib.Path:
    return write_lines(path, (name(seed, i) + "\n" for i in range(count)))


def rpz_lines(seed: int, count: int, serial: int = 1, more: tuple[str, ...] = ()):
    """The same list as a response policy zone."""
    yield ("$ORIGIN rpz.bench.\n$TTL 60\n"
           f"@ SOA ns.bench. host.bench. {serial} 3600 900 604800 60\n@ NS ns.bench.\n")
    for i in range(count):
        n = name(seed, i)
        yield f"{n} A {NOTICE}\n*.{n} A {NOTICE}\n"
    for n in more:
        yield f"{n} A {NOTICE}\n*.{n} A {NOTICE}\n"


def listed(seed: int, count: int, sample: int) -> list[str]:
    """Random names of the list."""
    rng = random.Random(seed)
    return [name(seed, rng.randrange(count)) for _ in range(sample)]


def unlisted(seed: int, sample: int) -> list[str]:
    """Random names that are in no list."""
    rng = random.Random(seed + 1)
    return [name(seed, UNLISTED + rng.randrange(1 << 30)) for _ in range(sample)]


def mixed(seed: int, usual: list[str], blocked: list[str], part: float,
          sample: int) -> list[str]:
    rng = random.Random(seed + 2)
    return [rng.choice(blocked if rng.random() < part else usual) for _ in range(sample)]


def write_queries(path: pathlib.Path, names) -> pathlib.Path:
    """A data file of dnsperf."""
    return write_lines(path, (n + " A\n" for n in names))
