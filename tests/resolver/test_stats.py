# SPDX-License-Identifier: BSD-3-Clause
"""The counters of a resolver, as `palang stats` shows them."""

import ipaddress
import re
import socket

import pytest

from command import Store, palang
from harness import ADDRESS
from resolver import Resolver
from wire import assert_blocked, assert_true, question

ROWS = [
    {"domain": "toko-palsu.example", "authority": "Ministry of Examples",
     "category": "fake-shop", "order": "No. 7/2026"},
    {"domain": "nxdomain.example", "action": "nxdomain", "authority": "Second Agency",
     "category": "illegal-lender", "order": "No. 8/2026"},
    {"domain": "refused.example", "action": "refused"},
    {"domain": "good.toko-palsu.example", "action": "pass"},
]
ACTIONS = ["pass", "notice", "nxdomain", "nodata", "refused", "drop"]


@pytest.fixture
def resolver(start, store: Store) -> Resolver:
    store.compile_rows(ROWS)
    return start(store)


Sample = tuple[str, tuple[tuple[str, str], ...]]


def parse_prometheus(text: str) -> dict[Sample, float]:
    """The text exposition format, version 0.0.4; a fault in it is an error."""
    samples: dict[Sample, float] = {}
    types: dict[str, str] = {}
    helped: set[str] = set()
    assert text.endswith("\n")
    for line in text.splitlines():
        if line.startswith("# HELP "):
            name = line.split(" ", 3)[2]
            assert name not in helped, f"two HELP lines: {line}"
            helped.add(name)
        elif line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name not in types and kind in ("counter", "gauge"), line
            types[name] = kind
        elif line:
            m = re.fullmatch(r"([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? ([0-9.eE+-]+)",
                             line)
            assert m, line
            name, labels, value = m[1], m[2] or "", float(m[3])
            pairs = re.findall(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[n"\\])*)"',
                               labels)
            assert ",".join(f'{k}="{v}"' for k, v in pairs) == labels, line
            assert name in types, f"no TYPE line before {line}"
            assert types[name] == "gauge" or name.endswith("_total"), line
            assert (name, tuple(pairs)) not in samples, f"twice: {line}"
            samples[name, tuple(pairs)] = value
    assert set(types) == helped
    return samples


def test_counters_start_at_zero_and_zeros_are_shown(resolver: Resolver) -> None:
    stats = resolver.stats()
    assert stats["queries"] == 0
    assert stats["action"] == dict.fromkeys(ACTIONS, 0)
    assert stats["feed"] == {"list": 0}
    assert stats["authority"] == {"Ministry of Examples": 0, "Second Agency": 0,
                                  "none": 0}
    assert set(stats["category"]) == {"fake-shop", "illegal-lender", "none"}
    assert set(stats["order"]) == {"No. 7/2026", "No. 8/2026", "none"}
    for name in ("errors", "failed_open", "failed_closed", "late", "evicted"):
        assert stats[name] == 0, name


def test_each_query_is_counted_by_what_was_decided(resolver: Resolver) -> None:
    plan = [("www.toko-palsu.example", 5), ("toko-palsu.example", 2),
            ("nxdomain.example", 3), ("refused.example", 4),
            ("good.toko-palsu.example", 1), ("toko-asli.example", 1)]
    for name, times in plan:
        for _ in range(times):
            resolver.ask(name)
    stats = resolver.stats()
    assert stats["action"] == {"pass": 1, "notice": 7, "nxdomain": 3, "nodata": 0,
                               "refused": 4, "drop": 0}
    assert stats["queries"] == 16
    assert stats["feed"] == {"list": 15}
    assert stats["authority"] == {"Ministry of Examples": 7, "Second Agency": 3,
                                  "none": 5}
    assert stats["category"] == {"fake-shop": 7, "illegal-lender": 3, "none": 5}
    assert stats["order"] == {"No. 7/2026": 7, "No. 8/2026": 3, "none": 5}
    assert stats["errors"] == stats["failed_open"] == stats["late"] == 0


def test_a_query_answered_from_the_cache_costs_no_look_up(resolver: Resolver) -> None:
    for _ in range(10):
        assert_true(resolver.ask("toko-asli.example"))
    assert resolver.stats()["queries"] == 1


def test_unbounds_own_queries_are_not_counted(resolver: Resolver) -> None:
    assert_true(resolver.ask("www.h0.hosted.example"))  # and its server's host
    assert_true(resolver.ask("www.alias.example"))  # and the alias's target
    assert resolver.stats()["queries"] == 2


def test_evicted_messages_are_counted(resolver: Resolver) -> None:
    for rdtype in ("A", "AAAA", "MX"):
        assert resolver.ask("www.new.example", rdtype).message.answer
    resolver.store.compile_rows([*ROWS, {"domain": "new.example"}])
    resolver.wait_enforced()
    stats = resolver.stats()
    assert stats["evicted"] >= 3  # and what Unbound asked on the way
    assert stats["enforced_serial"] == stats["serial"] == resolver.store.serial


def test_the_names_asked_for_most_are_told(resolver: Resolver) -> None:
    for name, times in (("www.toko-palsu.example", 30), ("nxdomain.example", 10),
                        ("toko-asli.example", 20)):
        for _ in range(times):
            resolver.ask(name)
    top = {t["name"]: t["hits"] for t in resolver.store.stats()["top"]}
    assert top == {"www.toko-palsu.example": 30, "nxdomain.example": 10}


def test_prometheus_reads_the_counters(resolver: Resolver) -> None:
    for _ in range(3):
        assert_blocked(resolver.ask("toko-palsu.example"))
    out = palang("stats", "-o", resolver.store.path, "--format", "prometheus").stdout
    samples = parse_prometheus(out)
    pid = ("pid", str(resolver.pid))
    assert samples["palang_resolvers", ()] == 1
    assert samples["palang_queries_total", (pid,)] == 3
    assert samples["palang_store_serving", (pid,)] == 1
    assert samples["palang_enforced_serial", (pid,)] == resolver.store.serial
    for action in ACTIONS:
        assert samples["palang_verdicts_by_action_total", (pid, ("action", action))] == (
            3 if action == "notice" else 0)
    assert samples["palang_verdicts_by_authority_total",
                   (pid, ("authority", "Ministry of Examples"))] == 3
    assert samples["palang_verdicts_by_authority_total",
                   (pid, ("authority", "Second Agency"))] == 0


def test_prometheus_reads_any_text(start, store: Store) -> None:
    odd = 'quo"te back\\slash ünï {brace} = , end'
    store.compile_rows([{"domain": "toko.example", "authority": odd, "category": odd,
                         "order": odd}], "--feed", odd)
    resolver = start(store)
    assert_blocked(resolver.ask("toko.example"))
    out = palang("stats", "-o", store.path, "--format", "prometheus").stdout
    escaped = odd.replace("\\", "\\\\").replace('"', '\\"')
    values = {(n, labels[-1]): v for (n, labels), v in parse_prometheus(out).items()
              if labels}
    for what in ("authority", "category", "order", "feed"):
        assert values[f"palang_verdicts_by_{what}_total", (what, escaped)] == 1


def test_prometheus_reads_the_output_without_a_resolver(store: Store) -> None:
    store.compile_rows(ROWS)
    out = palang("stats", "-o", store.path, "--format", "prometheus").stdout
    assert parse_prometheus(out)["palang_resolvers", ()] == 0


def test_text_tells_the_same_counters(resolver: Resolver) -> None:
    for _ in range(41):
        resolver.ask("toko-palsu.example")
    lines = palang("stats", "-o", resolver.store.path).stdout.splitlines()
    assert ["41", "notice"] in [line.split() for line in lines]
    assert any("Ministry of Examples" in line and "41" in line for line in lines)


def test_a_resolver_that_has_ended_is_not_told(start, store: Store) -> None:
    store.compile_rows(ROWS)
    resolver = start(store)
    assert len(store.stats()["resolvers"]) == 1
    resolver.stop()
    assert store.stats()["resolvers"] == []
    assert start(store).pid == store.stats()["resolvers"][0]["pid"]


def test_a_resolver_that_was_killed_is_not_told(start, store: Store) -> None:
    store.compile_rows(ROWS)
    resolver = start(store)
    resolver.kill()
    resolver.process = None
    assert store.stats()["resolvers"] == []
    second = start(store)
    assert [r["pid"] for r in store.stats()["resolvers"]] == [second.pid]
    assert_blocked(second.ask("toko-palsu.example"))


# A client of its own address, which is nowhere else in the tests.
CLIENT = "127.83.77.211"


def test_no_client_address_is_in_the_store(resolver: Resolver) -> None:
    for i in range(50):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.bind((CLIENT, 0))
            s.settimeout(10)
            s.connect((ADDRESS, resolver.port))
            s.send(question("www.toko-palsu.example").wire(i))
            assert s.recv(65535)
    assert resolver.stats()["action"]["notice"] >= 50
    packed = ipaddress.ip_address(CLIENT).packed
    files = [f for f in resolver.store.path.rglob("*") if f.is_file()]
    assert len(files) >= 3, files  # the data, its lock, the resolver's state
    for file in files:
        content = file.read_bytes()
        assert b"toko-palsu" in content or "lock" in file.name, file
        for form in (packed, packed[::-1], CLIENT.encode()):
            assert form not in content, f"a client's address is in {file}"
