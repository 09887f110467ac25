# SPDX-License-Identifier: BSD-3-Clause
"""`palang query` and the resolver say the same of every name."""

import os
import random

import dns.name

from command import Store, list_text
from oracle import SCOPES
from wire import Question

COUNT = int(os.environ.get("PALANG_AGREE", "2000"))
SEED = int(os.environ.get("PALANG_SEED", "17"))
ACTIONS = ["notice", "nxdomain", "nodata", "refused", "pass"]


def random_label(rng: random.Random) -> bytes:
    pick = rng.random()
    if pick < 0.8:
        return rng.choice([b"a", b"b", b"toko", b"palsu", b"www", b"x1", b"_dmarc"])
    if pick < 0.9:
        return rng.randbytes(rng.randint(1, 5)).replace(b"*", b"s")
    return rng.choice([b"\x00", b"\x01", b"\x00\x01", b"a\x00", b"A", b".", b"\\", b"@"])


def random_name(rng: random.Random, depth: int) -> dns.name.Name:
    labels = tuple(random_label(rng) for _ in range(rng.randint(1, depth)))
    return dns.name.Name(labels + (rng.choice([b"example", b"test"]), b""))


def test_the_command_and_the_resolver_agree_on_random_names(start,
                                                            store: Store) -> None:
    rng = random.Random(SEED)
    for feed in range(3):
        store.compile_rows([
            {"domain": list_text(random_name(rng, 3)),
             "scope": rng.choice(SCOPES), "action": rng.choice(ACTIONS)}
            for _ in range(200)], "--feed", f"feed{feed}")
    resolver = start(store)
    names = [random_name(rng, 5) for _ in range(COUNT)]
    verdicts = store.query(*names, file=True)
    answers = resolver.client.ask_many([Question(n) for n in names])
    wrong, kinds = [], set()
    for name, verdict, answer in zip(names, verdicts, answers):
        assert answer is not None
        assert dns.name.from_text(verdict["name"]) == name
        kind = verdict["action"] if verdict["blocked"] else "true"
        if kind == "nxdomain" and verdict["scope"] == "exact":
            kind = "nodata"
        kinds.add(kind)
        if answer.kind != kind:
            wrong.append(f"{name}: the answer is {answer.kind}, the verdict {verdict}")
    assert not wrong, f"{len(wrong)} of {COUNT}:\n" + "\n".join(wrong[:10])
    assert COUNT < 500 or kinds == {"true", "notice", "nxdomain", "nodata", "refused"}
