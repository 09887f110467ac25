# SPDX-License-Identifier: BSD-3-Clause
"""The house rules that a machine can check: the arrows between the parts, the size
of files and functions, and that the manual names what the command offers."""

import os
import pathlib
import re
import subprocess

import pytest

from command import palang

ROOT = pathlib.Path(__file__).parents[2]
BUILD = pathlib.Path(os.environ.get("PALANG_BUILD", ROOT / "build"))
MODULE = BUILD / "module" / ".libs" / "palang.so"

PARTS = ("lib", "module", "blocklist-tools")
SOURCES = sorted(p for part in PARTS for p in (ROOT / part).glob("*.[ch]"))
SIX = {"init", "deinit", "operate", "inform_super", "clear", "get_mem"}

BANNED = ("strcpy", "strcat", "sprintf", "vsprintf", "strtok", "gmtime", "localtime",
          "gets")


def names_of(part: str) -> set[str]:
    return {p.name for p in (ROOT / part).glob("*.h")}


def includes(path: pathlib.Path) -> list[str]:
    return re.findall(r'^#include "([^"]+)"', path.read_text(), re.M)


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_the_arrows_point_to_lib(path: pathlib.Path) -> None:
    part = path.parent.name
    for other in PARTS:
        if other in ("lib", part):
            continue
        foreign = set(includes(path)) & (names_of(other) - names_of(part))
        assert not foreign, f"{path.name} of {part} includes {foreign} of {other}"


def test_lib_speaks_neither_dns_libraries_nor_to_people() -> None:
    for path in (ROOT / "lib").glob("*.[ch]"):
        text = path.read_text()
        assert not re.search(r"<(ldns|unbound|jansson|idn2|libpsl|csv)", text), path
        assert not re.search(r"\b(printf|puts|perror|fprintf|exit|abort)\(", text), path


def readelf(*options: str) -> str:
    return subprocess.run(["readelf", "-W", *options, MODULE], check=True,
                          capture_output=True, text=True).stdout


def test_the_module_shows_the_six_functions_that_unbound_looks_up() -> None:
    shown = {m[1] for m in re.finditer(
        r"(?:FUNC|OBJECT)\s+(?:GLOBAL|WEAK)\s+DEFAULT\s+\d+\s+(\w+)\n",
        readelf("--dyn-syms"))}
    shown = {s for s in shown if not s.startswith(("__asan", "__ubsan", "__odr"))}
    assert shown == SIX


def test_the_module_brings_lmdb_and_libc_only() -> None:
    needed = set(re.findall(r"\(NEEDED\).*\[([a-z_+-]+)", readelf("-d")))
    assert needed - {"libasan", "libubsan", "libtsan", "ld-linux-x"} <= {"liblmdb",
                                                                         "libc"}


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_a_file_can_be_read_in_a_sitting(path: pathlib.Path) -> None:
    lines = path.read_text().splitlines()
    assert lines[0].startswith("// SPDX-License-Identifier: ")
    assert len(lines) <= 400
    wide = [i for i, x in enumerate(lines, 1) if len(x.expandtabs(8)) > 88]
    assert not wide, f"lines of more than 88 columns: {wide}"
    start = 0
    for i, line in enumerate(lines, 1):
        if line == "{":
            start = i
        assert line != "}" or i - start <= 60, f"a function of {i - start} lines at {start}"
    calls = re.findall(rf"\b({'|'.join(BANNED)})\(", "\n".join(lines))
    assert not calls, f"banned calls: {calls}"
    assert not re.search(r"\b(TODO|FIXME|XXX)\b", "\n".join(lines))


def verbs() -> list[str]:
    return re.findall(r"^  (\w+) {2,}\S", palang("--help").stdout, re.M)


def test_the_manual_names_every_verb_and_option() -> None:
    page = (ROOT / "doc" / "palang.1").read_text().replace("\\-", "-")
    assert verbs()
    for verb in verbs():
        assert re.search(rf"\b{verb}\b", page), f"verb {verb}"
        for option in re.findall(r"--([a-z-]+)", palang(verb, "--help").stdout):
            assert re.search(rf"\bFl -\s?{option}\b|--{option}\b", page), (
                f"palang {verb} --{option} is not in the manual")


def test_the_manual_names_every_reason_for_a_refusal() -> None:
    page = (ROOT / "doc" / "palang.1").read_text()
    table = (ROOT / "blocklist-tools" / "refusal.h").read_text()
    for word in re.findall(r'X\(\w+, "([a-z0-9-]+)"', table):
        assert word in page.replace("\\-", "-"), f"{word} is not in the manual"
