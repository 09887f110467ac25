# SPDX-License-Identifier: BSD-3-Clause
"""Nothing that a packet holds ends the resolver, slows it down or leaves a trace in
it."""

import random
import socket
import struct

from command import Store
from harness import NO_THREADS, poll
from wire import assert_blocked, assert_true, question

COUNT = 10000
ROOT = b"\x00"
TOKO = b"\x0atoko-palsu\x07example" + ROOT
LISTED = ["toko-palsu.example"]


def packet(body: bytes, questions: int = 1, flags: int = 0x0100,
           number: int | None = None) -> bytes:
    return struct.pack("!HHHHHH", random.randrange(1, 65536) if number is None
                       else number, flags, questions, 0, 0, 0) + body


def asked(name: bytes, rdtype: int = 1) -> bytes:
    return name + struct.pack("!HH", rdtype, 1)


def label(data: bytes) -> bytes:
    return bytes([len(data)]) + data


def odd_names() -> list[bytes]:
    """Names that are in order, if rare: as long, as deep and as strange as can be."""
    octets = bytes(range(256))
    full = label(b"a" * 63) * 3
    return [
        full + label(b"a" * 61) + ROOT,  # 255 octets
        full + label(b"a" * 42) + TOKO,  # 255 octets, and blocked
        label(b"a") * 127 + ROOT,
        label(b"\x00") * 117 + TOKO,
        *(label(octets[i:i + 50]) + TOKO for i in range(0, 256, 50)),
        *(label(bytes([c])) + TOKO for c in octets),
        *(label(bytes([c])) + ROOT for c in octets),
        label(b"*") + TOKO, label(b".") + TOKO, label(b"toko-palsu.example") + ROOT,
        b"\x0aTOKO-pALSU\x07EXAMPLE" + ROOT, ROOT,
    ]


def bad_packets() -> list[bytes]:
    whole = packet(asked(TOKO))
    return [
        *(whole[:i] for i in range(len(whole))),
        packet(asked(b"\xc0\x0c")),  # a pointer to itself
        packet(asked(b"\xc0\x0e\xc0\x0c")),  # two to each other
        packet(asked(label(b"www") + b"\xc0\x0c")),  # back to its own start
        packet(asked(b"\xc0\xff")), packet(asked(b"\xff\xff")),
        packet(asked(label(b"www") + b"\xc0")),
        packet(asked(b"\x40abc" + ROOT)), packet(asked(b"\x80abc" + ROOT)),
        packet(asked(label(b"a" * 63) * 4 + ROOT)),  # 257 octets
        packet(asked(label(b"a") * 128 + ROOT)),
        packet(asked(label(b"a" * 42) + label(b"a" * 63) * 3 + b"\x00" + TOKO)),
        packet(b"", 0), packet(asked(TOKO), 0), packet(asked(TOKO), 2),
        packet(asked(TOKO) * 2, 2), packet(asked(TOKO), 65535),
        *(packet(asked(TOKO), flags=1 << i) for i in range(16)),
        *(packet(asked(TOKO, 1 << i)) for i in range(16)),
        *(packet(TOKO + struct.pack("!HH", 1, 1 << i)) for i in range(16)),
        packet(asked(TOKO) + bytes(100)),
        whole[:10] + b"\x00\x01" + whole[12:] + ROOT + struct.pack(
            "!HHIH", 41, 1232, 0, 65535),  # an OPT record that ends nowhere
        whole[:10] + b"\x00\x01" + whole[12:] + ROOT + struct.pack(
            "!HHIHHH", 41, 0, 0, 4, 26, 500),  # an option that is longer than it
    ]


def test_names_of_all_forms_are_looked_up_and_blocked_where_they_are_listed(
        start, store: Store) -> None:
    store.compile(LISTED)
    resolver = start(store, threads=2)
    names = odd_names()
    answers = resolver.client.ask_many([question(n) for n in names])
    for name, answer in zip(names, answers):
        assert answer is not None
        if name.lower().endswith(TOKO):
            assert_blocked(answer)
        else:
            assert not answer.ede and answer.kind != "notice", str(answer)
    stats = resolver.stats()
    assert stats["errors"] == stats["failed_open"] == 0, stats


def test_packets_of_all_kinds_leave_the_resolver_as_it_was(start, store: Store) -> None:
    store.compile(LISTED)
    # Of several processes each would look up what only another one has cached.
    resolver = start(store, threads=1 if NO_THREADS else 2)
    random.seed(8)
    seeds = [*bad_packets(), *(packet(asked(n)) for n in odd_names())]
    free = [question(f"toko-asli{i}.example") for i in range(100)]
    resolver.client.ask_many(free)

    def send(packets: list[bytes]) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.connect(resolver.client.where)
            for i, p in enumerate(packets):
                s.send(p)
                if i % 50 == 0:  # a buffer that is full would drop them
                    assert_blocked(resolver.ask("toko-palsu.example"))

    def is_idle() -> bool:
        return resolver.count("total.requestlist.current.all") == 0

    send(seeds)
    poll("the queries to end", is_idle)
    before = resolver.holdings()
    for _ in range(COUNT // 1000):
        packets = []
        for _ in range(1000):
            p = bytearray(random.choice(seeds))
            for _ in range(random.randrange(4)):
                if p:
                    p[random.randrange(len(p))] = random.randrange(256)
            packets.append(bytes(p))
        send(packets)
        assert resolver.is_alive()
    poll("the queries to end", is_idle)
    for name, count in resolver.holdings().items():
        assert count <= before[name] + 2, (before, resolver.holdings())

    # It does as much for a query as before: one look-up, none where the cache has
    # the answer.
    stats, hits = resolver.stats(), resolver.count("total.num.cachehits")
    assert stats["errors"] == stats["failed_open"] == stats["failed_closed"] == 0
    assert stats["late"] == 0, stats
    for i in range(100):
        assert_blocked(resolver.ask(f"www{i}.toko-palsu.example"))
    for answer in resolver.client.ask_many(free):
        assert answer is not None
        assert_true(answer)
    assert resolver.stats()["queries"] - stats["queries"] == 100
    assert resolver.count("total.num.cachehits") - hits == len(free)
