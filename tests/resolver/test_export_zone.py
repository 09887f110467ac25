# SPDX-License-Identifier: BSD-3-Clause
"""A zone of `palang export` in an Unbound without palang answers what `palang query`
says, for every name."""

import os
import pathlib
import random

import dns.name

from command import Store, list_text, palang
from oracle import SCOPES
from wire import Question

COUNT = int(os.environ.get("PALANG_AGREE", "2000"))
SEED = int(os.environ.get("PALANG_SEED", "29"))
ACTIONS = ["notice", "nxdomain", "nodata", "pass"]
RESPIP = 'module-config: "respip validator iterator"'


def export_zone(store: Store, path: pathlib.Path, *options: str,
                status: int = 0) -> str:
    palang("export", "-o", store.path, "--format", "rpz", "--zone", "rpz.test",
           "--output", path, *options, status=status)
    return 'rpz:\nname: "rpz.test."\nzonefile: "%s"\n' % path


def rpz_kind(answer) -> str:
    """As the zone's answers show it: they have no SOA in the authority section."""
    return answer.kind.replace(" without a SOA", "").replace("empty", "nodata")


def compare(resolver, store: Store, names: list[dns.name.Name]) -> set[str]:
    verdicts = store.query(*names, file=True)
    answers = resolver.client.ask_many([Question(n) for n in names])
    wrong, kinds = [], set()
    for name, verdict, answer in zip(names, verdicts, answers):
        assert answer is not None, name
        kind = verdict["action"] if verdict["blocked"] else "true"
        if kind == "nxdomain" and verdict["scope"] == "exact":
            kind = "nodata"
        kinds.add(kind)
        if rpz_kind(answer) != kind:
            wrong.append(f"{name}: the zone says {rpz_kind(answer)}, palang {verdict}")
        elif kind == "notice":
            assert answer.addresses == [a for a in verdict["notice"].split()
                                        if ":" not in a]
    assert not wrong, f"{len(wrong)} of {len(names)}:\n" + "\n".join(wrong[:10])
    return kinds


def test_there_is_no_hole_below_a_name_that_a_deeper_one_goes_through(
        start, store: Store, tmp_path: pathlib.Path) -> None:
    store.compile_rows([
        {"domain": "toko.example"},
        {"domain": "www.sub.toko.example", "action": "nxdomain"},
        {"domain": "a.b.c.toko.example", "action": "pass"},
        {"domain": "d.toko.example"}])
    resolver = start(store, module=False, options=[RESPIP],
                     text=export_zone(store, tmp_path / "zone"))
    names = [dns.name.from_text(n + ".toko.example") for n in (
        "sub", "aaa.sub", "x.sub", "zzz.sub", "xxxx.sub", "www.sub", "y.www.sub", "c",
        "z.c", "b.c", "zz.b.c", "a.b.c", "x.a.b.c", "d", "x.d", "x.y.z", "zzzzzz",
        "q.w.zzz.sub")]
    kinds = compare(resolver, store, [*names, dns.name.from_text("toko.example"),
                                      dns.name.from_text("other.example")])
    assert kinds == {"notice", "nxdomain", "true"}


def test_random_zones_of_many_feeds_answer_as_query_says(
        start, store: Store, tmp_path: pathlib.Path) -> None:
    rng = random.Random(SEED)

    def label() -> bytes:
        if rng.random() < 0.85:
            return rng.choice([b"a", b"b", b"toko", b"palsu", b"www", b"x1", b"_dmarc"])
        # Not a single octet before `*`: below a *.NAME without a NAME such a name has
        # no policy in Unbound, which looks at what sorts before it.
        return rng.choice([b"\x00x", b"\x01x", b"!x", b"#x", b"a\x00", b"A", b".",
                           b"\\", b"@", b'"x', b"$x", b";", b"(x", b"&x", b"\xff"])

    def name(depth: int) -> dns.name.Name:
        labels = tuple(label() for _ in range(rng.randint(1, depth)))
        return dns.name.Name(labels + (rng.choice([b"example", b"test"]), b""))

    for feed in range(3):
        store.compile_rows([
            {"domain": list_text(name(4)), "scope": rng.choice(SCOPES),
             "action": rng.choice(ACTIONS),
             "notice": rng.choice(["", "", "192.0.2.77"])}
            for _ in range(200)], "--feed", f"feed{feed}")
    palang("allow", "-o", store.path, "--reason", "test", "toko.www.example")
    resolver = start(store, module=False, options=[RESPIP],
                     text=export_zone(store, tmp_path / "zone"))
    kinds = compare(resolver, store, [name(6) for _ in range(COUNT)])
    assert COUNT < 500 or kinds == {"true", "notice", "nxdomain", "nodata"}


def test_a_digest_does_not_keep_unbound_from_the_zone(start, store: Store,
                                                      tmp_path: pathlib.Path) -> None:
    store.compile(["toko.example"])
    resolver = start(store, module=False, options=[RESPIP],
                     text=export_zone(store, tmp_path / "zone", "--zonemd"))
    compare(resolver, store, [dns.name.from_text(n) for n in (
        "toko.example", "www.toko.example", "other.example")])
