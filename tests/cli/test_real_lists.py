# SPDX-License-Identifier: BSD-3-Clause
"""Real lists, where PALANG_DATA names a directory with some: none crashes or is read as
something else, and the same list gives the same names in every format. Prints a table;
show it with pytest -s."""

import collections
import json
import os
import pathlib
import time

import pytest

from command import Store, palang

DATA = os.environ.get("PALANG_DATA")
pytestmark = pytest.mark.skipif(DATA is None, reason="PALANG_DATA is not set")
LISTS = sorted(p for p in pathlib.Path(DATA or "/nonexistent").rglob("*")
               if p.is_file() and p.suffix != ".md" and ".tar" not in p.name)
ROOT = pathlib.Path(DATA or "/nonexistent")


def check(path: pathlib.Path, *options: str) -> dict:
    begin = time.monotonic()
    done = palang("check", "--json", *options, path, status=None)
    assert done.returncode in (0, 1), done.stderr
    summary = json.loads(done.stdout.splitlines()[-1])
    summary["seconds"] = time.monotonic() - begin
    return summary


@pytest.mark.parametrize("path", LISTS, ids=str)
def test_a_real_list_is_read_or_named(path: pathlib.Path) -> None:
    s = check(path)
    refused = ", ".join(f"{n} {why}" for why, n in s["refused"].items())
    print(f"\n| {path.relative_to(ROOT)} | {s['format']} | {s['lines']} | "
          f"{s['accepted']} | {refused or '-'} | {s['seconds']:.2f} | "
          f"{(s['error'] or '').replace(str(path), 'it')} |")
    assert s["names"] == s["accepted"] + s["local"] + s["joined"] + s["lifted"] \
        + sum(s["refused"].values())
    assert s["usable"] or s["error"]
    if "faults" in path.parts:
        assert not s["usable"]


def families() -> list[pathlib.Path]:
    return sorted(p for p in ROOT.rglob("same-list*") if p.is_dir())


@pytest.mark.parametrize("family", families(), ids=str)
def test_the_same_list_gives_the_same_names(store: Store, family: pathlib.Path) -> None:
    """Publishers leave out of some formats what is below a name that is listed: so the
    files with equally many names are compared."""
    groups = collections.defaultdict(list)
    for path in sorted(family.iterdir()):
        options = ["--format", "wildcard"] if check(path)["format"] == "domains" and \
            path.read_text().splitlines()[-1].startswith("*.") else []
        groups[check(path, *options)["accepted"]].append((path, options))
    assert any(len(g) > 1 for g in groups.values())
    for group in groups.values():
        for at, (path, options) in enumerate(group):
            done = palang("compile", "-o", store.path, "--feed", str(len(group)),
                          *options, path)
            names = [x for x in done.stderr.splitlines() if "names added" in x]
            # Only actions differ between the formats.
            assert at == 0 or names == [] or (" 0 names added, 0 removed" in names[0])
