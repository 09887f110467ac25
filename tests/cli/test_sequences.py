# SPDX-License-Identifier: BSD-3-Clause
"""Lists as they were published, version after version, through `palang update`: each
step's changes are those that Python finds, and the last store is what a fresh one is.
PALANG_DATA names the directory that has them, as sequences/*.tar.xz."""

import json
import os
import pathlib
import re
import subprocess
import tarfile

import pytest

from command import palang
from configured import Configured

DATA = os.environ.get("PALANG_DATA")
STEPS = int(os.environ.get("PALANG_SEQUENCE_STEPS", "1000"))
SEQUENCES = sorted(pathlib.Path(DATA, "sequences").glob("*.tar.xz")) if DATA else []

pytestmark = pytest.mark.skipif(not SEQUENCES, reason="PALANG_DATA has no sequences")


def versions(path: pathlib.Path) -> list[bytes]:
    with tarfile.open(path) as tar:
        members = sorted((m for m in tar if m.isfile()), key=lambda m: m.name)[:STEPS]
        return [tar.extractfile(m).read() for m in members]  # type: ignore[union-attr]


def plain(line: str) -> str:
    """A name in lower case and ASCII; a URL that is no more than a host is a name."""
    host = re.sub(r"^https?://([^/]+)/?$", r"\1", line).lower().rstrip(".")
    return host if host.isascii() else host.encode("idna").decode()


def accepted(text: bytes, refused: set[str]) -> set[str]:
    """The names of a plain list, by rules of our own."""
    lines = {line.strip() for line in text.decode().splitlines()}
    return {plain(line) for line in lines
            if line and line[0] not in "#!;" and line not in refused}


def varuint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7f) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def records(conf: Configured) -> dict[bytes, tuple]:
    """All names of the store: the length of the nearest listed ancestor, and the
    entries without the serial that brought them (palang-store(5))."""
    dump = subprocess.run(["mdb_dump", conf.store.path], check=True,
                          capture_output=True).stdout.split(b"HEADER=END\n")[1]
    rows = [bytes.fromhex(r.decode()) for r in dump.split(b"DATA=END")[0].split()]
    found: dict[bytes, tuple] = {}
    for key, value in zip(rows[::2], rows[1::2], strict=True):
        if key[:1] == b"\0":
            continue
        above, at = varuint(value, 0)
        entries = []
        while at < len(value):
            head = value[at:at + 2]
            order, at = varuint(value, at + 2)
            _since, at = varuint(value, at)
            entries.append((head, order))
        found[key] = (above, *entries)
    return found


@pytest.mark.parametrize("path", SEQUENCES, ids=lambda p: p.name.split(".")[0])
def test_a_real_sequence_is_followed_step_by_step(path: pathlib.Path,
                                                  tmp_path: pathlib.Path) -> None:
    lists = versions(path)
    source = tmp_path / "version"
    source.write_bytes(lists[0])
    first = [json.loads(line) for line in palang(
        "check", "--json", source, status=None).stdout.splitlines()]
    if not first[-1]["usable"] or first[-1]["format"] != "domains":
        pytest.skip("not a plain list")
    conf = Configured(tmp_path)
    before: set[str] = set()
    held = 0
    for step, text in enumerate(lists):
        source.write_bytes(text)
        refused = {r["text"] for r in map(json.loads, palang(
            "check", "--json", source, status=None).stdout.splitlines())
            if "reason" in r}
        now = accepted(text, refused)
        conf.feed("a", text, profile="trustpositif")
        feed = conf.outcomes(status=None)["a"]
        assert feed["state"] != "failed", feed["why"]
        if feed["state"] == "held":
            held += 1
            feed = conf.outcomes("--accept-change", "it was so", "a")["a"]
        assert (feed["added"], feed["removed"], feed["changed"]) == (
            len(now - before), len(before - now), 0), f"step {step}"
        before = now
    status = conf.status()
    assert status["names"] == len(before)
    fresh_path = tmp_path / "fresh"
    fresh_path.mkdir()
    fresh = Configured(fresh_path)
    fresh.feed("a", lists[-1])
    fresh.update()
    assert records(conf) == records(fresh)
    print(f"\n{path.name}: {len(lists)} versions, {len(before)} names, {held} held")
