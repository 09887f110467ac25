# SPDX-License-Identifier: BSD-3-Clause
"""Which names a listing covers, asked over the wire and compared with the oracle."""

import random
import string

import dns.name
import pytest

from command import Store
from oracle import Entry, Oracle
from resolver import Resolver
from wire import Question, assert_blocked, assert_true

COUNT = 1000
SEED = 20260817
SCOPES = ["exact", "below", "subtree"]
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789-_"


def label(rng: random.Random) -> str:
    return "".join(rng.choices(LETTERS, k=rng.choice([1, 2, 3, 8, 20, 63])))


def listed_names(rng: random.Random, count: int) -> list[str]:
    """Names below two TLDs, many of them below or beside one another, none twice.
    A label is prefixed so that it neither is a number nor looks like an A-label."""
    names: list[str] = []
    seen: set[str] = set()
    while len(names) < count:
        parent = rng.choice(["test", "example", *names[-20:]])
        name = f"l{label(rng)[:62]}.{parent}"
        if len(name) <= 200 and name not in seen:
            seen.add(name)
            names.append(name)
    return names


def around(name: dns.name.Name) -> list[dns.name.Name]:
    """The name, its children, its parents and its neighbours in every sense."""
    first, rest = name.labels[0], name.labels[1:]
    out = [name]
    out += [dns.name.Name(labels + name.labels) for labels in (
        (b"www",), (b"a", b"b"), (b"\x00",)) if name_fits(labels + name.labels)]
    out += [dns.name.Name(name.labels[depth:])
            for depth in range(1, len(name.labels) - 2)]
    for other in (first[:-1], first + b"\x00", first[:-1] + bytes([(first[-1] + 1) % 256]),
                  first[:-1] + bytes([(first[-1] - 1) % 256]), b"x" + first[1:]):
        if 0 < len(other) and name_fits((other,) + rest):
            out.append(dns.name.Name((other,) + rest))
    # The same bytes, with one dot inside a label.
    joined = (first + b"." + rest[0],) + rest[1:]
    if len(joined) > 2 and name_fits(joined):
        out.append(dns.name.Name(joined))
    return out


def name_fits(labels: tuple[bytes, ...]) -> bool:
    return max(map(len, labels)) <= 63 and sum(len(x) + 1 for x in labels) <= 255


def compare(resolver: Resolver, oracle: Oracle, names: list[dns.name.Name]) -> None:
    names = list(dict.fromkeys(names))
    answers = resolver.client.ask_many([Question(n) for n in names])
    wrong = [f"{n}: {a.kind}, not {oracle.kind(n)}" for n, a in zip(names, answers)
             if a is not None and a.kind != oracle.kind(n)]
    assert not wrong, f"{len(wrong)} of {len(names)}:\n" + "\n".join(wrong[:20])


@pytest.mark.parametrize("scope", SCOPES)
def test_a_thousand_names_and_their_relatives_get_the_oracles_verdict(
        start, store: Store, scope: str) -> None:
    names = listed_names(random.Random(SEED), COUNT)
    store.compile(names, "--scope", scope)
    oracle = Oracle(Entry(dns.name.from_text(n), scope) for n in names)
    relatives = [r for n in names for r in around(dns.name.from_text(n))]
    compare(start(store), oracle, relatives)


def test_names_of_all_scopes_at_once_get_the_oracles_verdict(start,
                                                             store: Store) -> None:
    rng = random.Random(SEED + 1)
    names = listed_names(rng, COUNT)
    rows, entries = [], []
    for name in names:
        terms = {}
        for scope in rng.sample(SCOPES, rng.randint(1, 2)):
            action = rng.choice(["notice", "nxdomain", "nodata", "refused", "pass"])
            rows.append({"domain": name, "scope": scope, "action": action})
            terms[scope] = action
        # What a name and all below it have alike is one subtree.
        if len(terms) == 2 and set(terms) == {"exact", "below"} and len(
                set(terms.values())) == 1:
            terms = {"subtree": terms["exact"]}
        entries += [Entry(dns.name.from_text(name), s, a) for s, a in terms.items()]
    store.compile_rows(rows)
    compare(start(store), Oracle(entries),
            [r for n in names for r in around(dns.name.from_text(n))])


def test_the_letter_case_of_list_and_question_does_not_matter(start,
                                                              store: Store) -> None:
    store.compile(["ToKo-PALSU.Example", "kecil.example"])
    resolver = start(store)
    for name in ("toko-palsu.example", "TOKO-PALSU.EXAMPLE", "wWw.tOkO-pAlSu.ExAmPlE",
                 "KECIL.EXAMPLE", "kEcIl.example"):
        assert_blocked(resolver.ask(name))


def test_every_letter_is_folded(start, store: Store) -> None:
    store.compile([f"{c}.example" for c in string.ascii_lowercase[::2]]
                  + [f"{c}.example" for c in string.ascii_uppercase[1::2]])
    resolver = start(store)
    for c in string.ascii_letters:
        assert_blocked(resolver.ask(f"{c}.example"))
    for c in "@[`{":  # the octets beside the letters
        assert_true(resolver.ask(dns.name.Name((c.encode(), b"example", b""))))


def test_letters_outside_ascii_have_no_case(start, store: Store) -> None:
    store.compile([r"\195\132.example"])
    resolver = start(store)
    assert_blocked(resolver.ask(r"\195\132.example"))
    assert_true(resolver.ask(r"\195\164.example"))
    assert_true(resolver.ask(r"\227\164.example"))


@pytest.mark.parametrize("text, asked", [
    ("bücher.example", "xn--bcher-kva.example"),
    ("BÜCHER.example", "xn--bcher-kva.example"),
    ("straße.example", "xn--strae-oqa.example"),
    ("пример.example", "xn--e1afmkfd.example"),
    ("例え。example", "xn--r8jz45g.example"),
    ("ไทย.example", "xn--o3cw4h.example"),
    ("xn--bcher-kva.example", "XN--BCHER-KVA.example"),
    ("ＷＩＤＥ.example", "wide.example"),
])
def test_a_unicode_name_blocks_its_a_label_form(start, store: Store, text: str,
                                                asked: str) -> None:
    store.compile([text])
    resolver = start(store)
    assert_blocked(resolver.ask(asked))
    assert_blocked(resolver.ask("www." + asked))
    assert_true(resolver.ask("x" + asked))
    assert_true(resolver.ask("bucher.example"))


ESCAPED = [r"nul\000.example", r"one\001.example", r"\000.example", r"\001.example",
           r"\000\001\000.zero.example", r"dot\.dot.example", r"back\\slash.example",
           r"a\032b.example", r"\255\254.example", r"st\*ar.example"]


def test_any_octet_may_be_in_a_label(start, store: Store) -> None:
    store.compile(ESCAPED)
    resolver = start(store)
    oracle = Oracle(Entry(dns.name.from_text(n)) for n in ESCAPED)
    compare(resolver, oracle, [
        r for n in ESCAPED for r in around(dns.name.from_text(n))])
    for text in ESCAPED:
        assert_blocked(resolver.ask(text))
    for text in ("nul.example", "one.example", "dot.dot.example", "dot.example",
                 r"\000\001.zero.example", r"\002.example", r"nul\000.x.test",
                 r"nul\001\001.example", r"one\001\002.example", r"\001\001.example"):
        assert_true(resolver.ask(text))


def test_a_dot_inside_a_label_ends_no_label(start, store: Store) -> None:
    store.compile(["toko-palsu.example"])
    resolver = start(store)
    assert_true(resolver.ask(dns.name.Name((b"www.toko-palsu", b"example", b""))))
    assert_true(resolver.ask(dns.name.Name((b"toko-palsu\x00", b"example", b""))))
    assert_true(resolver.ask(dns.name.Name((b"\x00toko-palsu", b"example", b""))))
    assert_blocked(resolver.ask(dns.name.Name((b"\x00", b"toko-palsu", b"example",
                                               b""))))


def longest(top: bytes = b"example", size: int = 1) -> dns.name.Name:
    """A name of 255 octets with labels of SIZE octets, the last one as it fits."""
    name = dns.name.Name((top, b""))
    while len(name.to_wire()) + size + 1 <= 255:
        name = dns.name.Name((b"n" * size,) + name.labels)
    room = 255 - len(name.to_wire())
    if room > 1:
        name = dns.name.Name((b"m" * (room - 1),) + name.labels)
    if len(name.to_wire()) < 255:
        name = dns.name.Name((name.labels[0] + b"n",) + name.labels[1:])
    return name


@pytest.mark.parametrize("size", [1, 2, 7, 31, 62, 63])
def test_a_name_of_255_octets_can_be_listed_and_asked(start, store: Store,
                                                      size: int) -> None:
    name = longest(size=size)
    assert len(name.to_wire()) == 255
    store.compile([name.to_text(omit_final_dot=True)])
    resolver = start(store)
    assert_blocked(resolver.ask(name))
    assert_blocked(resolver.ask(name, "MX"))
    assert_true(resolver.ask(name.parent()))
    assert_true(resolver.ask(longest(b"test", size)))


@pytest.mark.parametrize("size", [1, 2, 7, 31, 62, 63])
def test_a_name_of_255_octets_is_covered_from_above(start, store: Store,
                                                    size: int) -> None:
    name = longest(size=size)
    above = dns.name.Name(name.labels[-3:])
    store.compile([above.to_text(omit_final_dot=True)])
    resolver = start(store)
    assert_blocked(resolver.ask(name))
    assert_blocked(resolver.ask(name, "MX"))
    assert_blocked(resolver.ask(name.parent()))


@pytest.mark.parametrize("octet", [b"\x00", b"\x01"])
def test_a_name_of_255_octets_that_all_need_escapes_is_found(start, store: Store,
                                                             octet: bytes) -> None:
    name = dns.name.Name((octet * 53, octet * 63, octet * 63, octet * 63,
                          b"test", b""))
    name = dns.name.Name((octet * (53 + 255 - len(name.to_wire())),) + name.labels[1:])
    assert len(name.to_wire()) == 255
    store.compile([name.to_text(omit_final_dot=True)])
    resolver = start(store)
    assert_blocked(resolver.ask(name))
    assert_true(resolver.ask(name.parent()))
    for last in (b"\x00", b"\x01", b"\x02"):
        if last != octet:
            assert_true(resolver.ask(dns.name.Name(
                (name.labels[0][:-1] + last,) + name.labels[1:])))


def test_a_label_of_63_octets_can_be_listed_and_asked(start, store: Store) -> None:
    store.compile(["a" * 63 + ".example"])
    resolver = start(store)
    assert_blocked(resolver.ask("a" * 63 + ".example"))
    assert_blocked(resolver.ask("b" * 63 + "." + "a" * 63 + ".example"))
    assert_true(resolver.ask("a" * 62 + ".example"))
    assert_true(resolver.ask("a" * 62 + "b.example"))


def test_the_root_and_the_tlds_are_never_blocked(start, store: Store) -> None:
    store.compile(["a.test", "b.example", "example.com"])
    resolver = start(store)
    for name, rdtype in ((".", "NS"), (".", "SOA"), ("test", "NS"), ("test", "SOA"),
                         ("example", "NS"), ("com", "NS"), (".", "ANY")):
        answer = resolver.ask(name, rdtype)
        assert answer.rcode == "NOERROR" and answer.message.answer, str(answer)
        assert not answer.ede
    assert resolver.ask("nowhere").rcode == "NXDOMAIN"
    assert_true(resolver.ask("test"))


def test_a_root_or_tld_entry_is_refused_by_compile(start, store: Store) -> None:
    done = store.compile([".", "*", "example", "test.", "*.test", "listed.example"],
                         status=None)
    assert "top-level" in done.stderr or "root" in done.stderr
    if done.returncode != 0:  # so many bad lines may be too many
        store.compile(["listed.example"])
    resolver = start(store)
    assert_blocked(resolver.ask("listed.example"))
    assert_true(resolver.ask("other.example"))
    assert_true(resolver.ask("other.test"))


def test_a_star_in_front_of_a_plain_name_lists_what_is_below(start,
                                                             store: Store) -> None:
    store.compile(["*.toko-palsu.example"])
    resolver = start(store)
    assert_true(resolver.ask("toko-palsu.example"))
    assert_blocked(resolver.ask("www.toko-palsu.example"))
    assert_blocked(resolver.ask("*.toko-palsu.example"))


def test_a_list_in_hosts_format_lists_its_names(start, store: Store) -> None:
    store.compile("# a comment\n0.0.0.0 toko-palsu.example www.palsu.example\n"
                  "127.0.0.1 localhost\n", "--format", "hosts")
    resolver = start(store)
    assert_blocked(resolver.ask("toko-palsu.example"))
    assert_blocked(resolver.ask("www.palsu.example"))
    assert_true(resolver.ask("palsu.example"))


def test_an_alias_of_a_listed_name_is_not_blocked(start, store: Store) -> None:
    """The default: only the name that was asked for counts."""
    store.compile(["target.test", "second.chain.example"])
    resolver = start(store)
    assert_blocked(resolver.ask("target.test"))
    for name in ("www.alias.example", "first.chain.example"):
        assert_true(resolver.ask(name))
    # The target's records came along: they are no way round the block.
    assert_blocked(resolver.ask("target.test"))
    assert_blocked(resolver.ask("second.chain.example"))
    assert_blocked(resolver.ask("target.test", "AAAA"))


def test_a_listed_alias_of_a_free_name_is_blocked(start, store: Store) -> None:
    store.compile(["www.alias.example"])
    resolver = start(store)
    assert_blocked(resolver.ask("www.alias.example"))
    assert_blocked(resolver.ask("www.alias.example", "CNAME"))
    assert_true(resolver.ask("ftp.alias.example"))
    assert_true(resolver.ask("target.test"))


def test_names_of_random_octets_get_the_oracles_verdict(start, store: Store) -> None:
    rng = random.Random(SEED + 2)
    store.compile(["toko-palsu.example"])
    names = []
    while len(names) < COUNT:
        labels = tuple(rng.randbytes(rng.randint(1, rng.choice([4, 63])))
                       for _ in range(rng.randint(1, 4)))
        labels += rng.choice([(b"example", b""), (b"toko-palsu", b"example", b"")])
        # The world has no name below its own wildcards.
        if name_fits(labels) and b"*" not in labels:
            names.append(dns.name.Name(labels))
    compare(start(store), Oracle([Entry(dns.name.from_text("toko-palsu.example"))]),
            names)
