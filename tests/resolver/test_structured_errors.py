# SPDX-License-Identifier: BSD-3-Clause
"""What a client is told about a block: Extended DNS Errors (RFC 8914), and structured
errors for those who ask for them."""

import dataclasses
import threading
from collections.abc import Callable

import dns.name
import dns.rdatatype
import pytest

import structured
from command import Store, palang
from resolver import Resolver
from structured import SDE
from wire import NOTICE_V4, Answer, Question, assert_blocked, assert_true, question

SIGNAL = ((SDE, b""),)


@dataclasses.dataclass(frozen=True)
class Order:
    code: int
    authority: str = ""
    order: str = ""
    contact: str = ""
    reason: str = ""
    language: str = ""
    action: str = "notice"

    @property
    def text(self) -> str:
        """What is told to people."""
        return "; ".join(t for t in (self.authority, self.order, self.contact) if t)

    def row(self, domain: str) -> dict[str, str]:
        return {"domain": domain, "action": self.action, "authority": self.authority,
                "order": self.order, "contact": self.contact, "reason": self.reason,
                "ede": str(self.code), "language": self.language}


FULL = Order(16, "Ministry of Examples", "No. 7/2026", "mailto:appeal@notice.example",
             "Illegal lending", "en")
ORDERS = {
    "full.example": FULL,
    "blocked.example": dataclasses.replace(FULL, code=15),
    "filtered.example": dataclasses.replace(FULL, code=17),
    "phone.example": dataclasses.replace(FULL, contact="tel:+62-21-555-0100"),
    "page.example": dataclasses.replace(FULL, contact="https://notice.example/appeal"),
    "indonesian.example": dataclasses.replace(
        FULL, authority="Kementerian Contoh", reason="Pinjaman ilegal", language="id"),
    "quotes.example": dataclasses.replace(
        FULL, authority='The "Office" \\ of {Examples}', reason='a "b" \\n <c>'),
    "letters.example": dataclasses.replace(
        FULL, authority="Minist\u00e8re des \u6a23\u672c", reason="\U0001f6ab \u00fc"),
    "nxdomain.example": dataclasses.replace(FULL, action="nxdomain"),
    "nodata.example": dataclasses.replace(FULL, action="nodata"),
    "refused.example": dataclasses.replace(FULL, action="refused"),
    "who.example": Order(16, authority="Ministry of Examples"),
    "nothing.example": Order(15),
}
RCODES = {"nxdomain": "NXDOMAIN", "refused": "REFUSED"}

TRANSPORTS = ("udp", "tcp", "dot", "doh")
ENCRYPTED = ("dot", "doh")

NAMES = pytest.mark.parametrize("name", ORDERS)
OVER = pytest.mark.parametrize("transport", TRANSPORTS)


def ask(resolver: Resolver, transport: str, name: str | Question, rdtype: str = "A",
        **more: object) -> Answer:
    q = name if isinstance(name, Question) else question(name, rdtype, **more)
    asks: dict[str, Callable[[], Answer]] = {
        "udp": lambda: resolver.client.ask(q),
        "tcp": lambda: resolver.client.ask(q, tcp=True),
        "dot": lambda: resolver.dot.ask(q), "doh": lambda: resolver.doh.ask(q)}
    return asks[transport]()


def option_codes(answer: Answer) -> list[int]:
    return [int(o.otype) for o in answer.message.options]


@pytest.fixture(scope="module")
def orders(tmp_path_factory: pytest.TempPathFactory) -> Store:
    store = Store(tmp_path_factory.mktemp("orders") / "store")
    store.compile_rows([o.row(domain) for domain, o in ORDERS.items()])
    return store


@pytest.fixture(scope="module")
def resolver(start_once, orders: Store) -> Resolver:
    return start_once(orders, encrypted=True)


# ---- clients that do not ask for structured errors ----

@OVER
@NAMES
def test_the_order_says_why_a_name_is_blocked(resolver: Resolver, name: str,
                                              transport: str) -> None:
    order = ORDERS[name]
    for rdtype in ("A", "AAAA", "MX"):
        answer = ask(resolver, transport, name, rdtype)
        forged = order.action == "notice" and rdtype != "MX"
        assert answer.ede == [(4, "")] * forged + [(order.code, order.text)], str(answer)
        assert bool(answer.addresses) == forged
        assert answer.rcode == RCODES.get(order.action, "NOERROR")


@pytest.mark.parametrize("code", [15, 16, 17])
@pytest.mark.parametrize("authority", ["", "Ministry of Examples"])
def test_a_list_s_code_can_be_given_for_all_of_it(start, store: Store, code: int,
                                                  authority: str) -> None:
    store.compile(["toko-palsu.example"], "--ede", str(code),
                  *(["--authority", authority] if authority else []))
    answer = start(store).ask("toko-palsu.example")
    assert answer.ede == [(4, ""), (code, authority)]


def test_a_row_s_code_goes_before_the_list_s(start, store: Store) -> None:
    store.compile_rows([{"domain": "one.example", "ede": "17"}, {"domain": "two.example"}],
                       "--ede", "15")
    resolver = start(store)
    assert resolver.ask("one.example", "MX").ede == [(17, "")]
    assert resolver.ask("two.example", "MX").ede == [(15, "")]


@pytest.mark.parametrize("code", ["0", "4", "14", "18", "35", "-1", "x", ""])
def test_another_code_is_refused(store: Store, code: str) -> None:
    done = store.compile(["toko-palsu.example"], "--ede", code, status=None)
    assert done.returncode != 0 and not store.data.exists(), done.stderr


def test_an_ede_option_in_a_query_asks_for_nothing(resolver: Resolver) -> None:
    """In early drafts it did."""
    for data in (b"", b"\0\0", b"\0\x10{}"):
        answer = resolver.dot.ask("full.example", options=((15, data),))
        assert answer.ede == [(4, ""), (16, FULL.text)]
        assert answer.addresses == [NOTICE_V4]


# ---- clients that do ----

@OVER
@NAMES
def test_who_asks_for_a_structured_error_gets_no_forged_answer(
        resolver: Resolver, name: str, transport: str) -> None:
    order = ORDERS[name]
    for rdtype in ("A", "AAAA", "HTTPS"):
        answer = ask(resolver, transport, name, rdtype, options=SIGNAL)
        assert [code for code, _ in answer.ede] == [order.code], str(answer)
        assert not answer.message.answer
        assert answer.rcode == RCODES.get(order.action, "NOERROR")
        assert order.action == "refused" or answer.is_empty, str(answer)
        assert SDE not in option_codes(answer)


@pytest.mark.parametrize("transport", ENCRYPTED)
@NAMES
def test_over_an_encrypted_transport_the_error_is_structured(
        resolver: Resolver, name: str, transport: str) -> None:
    order = ORDERS[name]
    (code, text), = ask(resolver, transport, name, options=SIGNAL).ede
    if name == "who.example":
        # A name alone: clients would throw it away.
        assert text == order.text
        return
    error = structured.read(text, code)
    if order.contact.startswith(("mailto:", "tel:")):
        assert error["c"] == [order.contact]
    else:
        assert "c" not in error
    assert error.get("j", "") == (order.reason or order.order)
    assert error.get("o", "") == order.authority
    assert error.get("l", "") == order.language
    assert "http" not in text


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@NAMES
def test_in_the_clear_there_is_the_text_for_people_alone(
        resolver: Resolver, name: str, transport: str) -> None:
    answer = ask(resolver, transport, name, options=SIGNAL)
    assert answer.ede == [(ORDERS[name].code, ORDERS[name].text)]


@pytest.mark.parametrize("setting", ["never", "encrypted", "always"])
def test_the_store_says_over_what_the_error_is_structured(start, store: Store,
                                                          setting: str) -> None:
    store.compile_rows([FULL.row("full.example")])
    resolver = start(store, encrypted=True)
    palang("set", "-o", store.path, f"structured-errors={setting}")
    has = {"never": (), "encrypted": ENCRYPTED, "always": TRANSPORTS}[setting]
    for transport in TRANSPORTS:
        (code, text), = ask(resolver, transport, "full.example", options=SIGNAL).ede
        if transport in has:
            assert structured.read(text, code)["c"] == [FULL.contact]
        else:
            assert text == FULL.text
        # It is no matter of those who do not ask.
        answer = ask(resolver, transport, "full.example")
        assert answer.ede == [(4, ""), (16, FULL.text)]


def test_a_change_of_the_setting_counts_at_the_next_query(start, store: Store) -> None:
    store.compile_rows([FULL.row("full.example")])
    resolver = start(store)
    for setting in ("always", "never", "always", "encrypted"):
        palang("set", "-o", store.path, f"structured-errors={setting}")
        text = resolver.ask("full.example", options=SIGNAL).ede[0][1]
        assert text.startswith("{") == (setting == "always")


@pytest.mark.parametrize("options", [((SDE, b"\0"),), ((SDE, b"{}" * 40),),
                                     ((SDE, b""), (SDE, b"")),
                                     ((10, b"\1" * 8), (SDE, b"")),
                                     ((SDE, b""), (65001, b"x"))],
                         ids=["octet", "payload", "twice", "after-cookie", "before"])
def test_a_signal_with_data_or_among_others_is_still_one(
        resolver: Resolver, options: tuple[tuple[int, bytes], ...]) -> None:
    for transport in TRANSPORTS:
        answer = ask(resolver, transport, "full.example", options=options)
        assert not answer.message.answer and len(answer.ede) == 1, str(answer)
        if transport in ENCRYPTED:
            structured.read(answer.ede[0][1], 16)
        assert SDE not in option_codes(answer)


@OVER
@pytest.mark.parametrize("dnssec", [False, True], ids=["no-do", "do"])
@pytest.mark.parametrize("checking", [False, True], ids=["cd", "no-cd"])
def test_a_name_that_is_not_blocked_has_its_true_answer(
        resolver: Resolver, transport: str, dnssec: bool, checking: bool) -> None:
    answer = ask(resolver, transport, "toko-asli.example", options=SIGNAL,
                 dnssec=dnssec, checking=checking)
    assert_true(answer)
    assert option_codes(answer) == []


def test_those_who_ask_and_those_who_do_not_each_get_their_own(
        resolver: Resolver) -> None:
    """All at once and for the same name, which Unbound would otherwise answer only
    once."""
    asked = [question("full.example", t, options=SIGNAL if i % 2 else (),
                      edns=i % 3 > 0)
             for i in range(300) for t in ("A", "AAAA", "MX")]
    for q, answer in zip(asked, resolver.client.ask_many(asked, window=200)):
        assert answer is not None
        if q.edns and q.options:
            assert not answer.message.answer
            assert answer.ede == [(16, FULL.text)]
        else:
            assert_blocked(answer)
            forged = [(4, "")] if answer.addresses else []
            assert answer.ede == (forged + [(16, FULL.text)] if q.edns else [])


def test_transports_at_the_same_time_do_not_mix(resolver: Resolver) -> None:
    plain: list[Answer | None] = []
    asked = [question("full.example", options=SIGNAL if i % 2 else ())
             for i in range(2000)]
    asking = threading.Thread(
        target=lambda: plain.extend(resolver.client.ask_many(asked)))
    asking.start()
    for _ in range(30):
        (code, text), = resolver.dot.ask("full.example", options=SIGNAL).ede
        structured.read(text, code)
        assert resolver.dot.ask("full.example").ede == [(4, ""), (16, FULL.text)]
    asking.join()
    for q, answer in zip(asked, plain):
        assert answer is not None
        assert answer.ede == [(4, "")] * (not q.options) + [(16, FULL.text)]


# ---- texts from anywhere ----

HOSTILE = {
    "control": "a\x01\x1f\x7fb", "quotes": '"},{"c":["https://evil.example"]}',
    "backslash": "\\", "ends": "x\\", "markup": "<script>alert(1)</script>",
    "bidi": "a\u202eb\u2066c", "nonchar": "a\ufffeb", "space": "   ",
    "long": "\u00e9" * 450, "wide": "\U0001f6ab" * 240, "escapes": '"\\' * 400,
    "address": "see https://evil.example/x", "c1": "a\u0085b\u009fc",
}


@pytest.mark.parametrize("code", [15, 16, 17])
def test_whatever_a_list_says_the_error_is_well_formed(start, store: Store,
                                                       code: int) -> None:
    fields = ("authority", "order", "reason", "contact")
    rows = [{"domain": f"{field}.{what}.example", "contact": "a@notice.example",
             "authority": "Ministry", "ede": str(code), field: text}
            for what, text in HOSTILE.items() for field in fields]
    rows += [{"domain": f"all.{what}.example", "ede": str(code),
              **{field: text for field in fields}} for what, text in HOSTILE.items()]
    store.compile_rows(rows)
    palang("set", "-o", store.path, "structured-errors=always")
    resolver = start(store)
    # Some rows are refused: then nothing is to be said of them.
    names = [r["domain"] for r in rows]
    listed = [name for name, verdict in zip(names, store.query(*names))
              if verdict["blocked"]]
    assert len(listed) > len(names) / 2
    structures = 0
    for name in listed:
        answer = resolver.ask(name, options=SIGNAL, payload=4096)
        (got, error), = answer.ede
        assert got == code
        if error.startswith("{"):
            structures += 1
            structured.read(error, code)
        plain = resolver.ask(name, payload=4096)  # what is no UTF-8 cannot be read
        assert [c for c, _ in plain.ede] == [4, code]
    assert structures > len(listed) / 2


# ---- sizes ----

SIZES = [0, 1, 100, 511, *range(512, 1100, 28), 1232, 1280, 1400, 1452, 1500, 1800,
         2048, 3000, 4096]


# What the names in a SOA may be shorter for what they share: palang cannot know.
COMPRESSED = len(b"\7invalid\0") - 2


def long_name(domain: str) -> dns.name.Name:
    """255 octets, and not more than one in a pointer's reach."""
    name = dns.name.from_text(domain)
    while (room := 255 - len(name.to_wire())) > 1:
        name = dns.name.Name((b"x" * min(room - 1, 63),) + name.labels)
    assert len(name.to_wire()) == 255
    return name


@pytest.fixture(scope="module")
def sized(start_once, tmp_path_factory: pytest.TempPathFactory) -> Resolver:
    """A resolver with 1 to 8 notice addresses of both families, and texts as long as
    a list may have them."""
    store = Store(tmp_path_factory.mktemp("sized") / "store")
    rows = []
    for count in range(1, 9):
        notice = " ".join(f"192.0.2.{i + 1} 2001:db8::{i + 1}" for i in range(count))
        for length in (10, 190, 1000):
            rows.append({"domain": f"n{count}t{length}.example", "notice": notice,
                         "authority": "A" * length, "order": "R" * length,
                         "reason": "W" * length, "ede": "16",
                         "contact": "mailto:" + "c" * min(length, 150) + "@a.example"})
    for action in ("refused", "nxdomain", "nodata"):
        rows.append({**rows[-1], "domain": f"{action}.example", "action": action})
    store.compile_rows(rows)
    palang("set", "-o", store.path, "structured-errors=always")
    return start_once(store, options=["max-udp-size: 4096"])


SIZED = [f"n{count}t{length}.example" for count in range(1, 9)
         for length in (10, 190, 1000)] + ["refused.example", "nxdomain.example",
                                           "nodata.example"]


def sections(answer: Answer) -> tuple[list[str], list[str]]:
    """The records of both, in no order: Unbound turns them round."""
    answers, authorities = (
        sorted(f"{s.name} {s.ttl} {s.rdtype} {r}" for s in section for r in s)
        for section in (answer.message.answer, answer.message.authority))
    return answers, authorities


def octets(options: list[tuple[int, str]]) -> int:
    return sum(6 + len(text.encode()) for _, text in options)


@pytest.mark.parametrize("sde", [False, True], ids=["plain", "sde"])
@pytest.mark.parametrize("rdtype", ["A", "AAAA", "MX"])
def test_the_text_never_costs_an_answer_its_records(sized: Resolver, rdtype: str,
                                                    sde: bool) -> None:
    number = dns.rdatatype.from_text(rdtype)
    for domain in SIZED:
        for name in (long_name(domain), dns.name.from_text(domain)):
            # The records alone; to those who ask for errors no address is given.
            bare = sized.ask(name, "TXT" if sde else rdtype, edns=False, tcp=True)
            whole = sized.ask(name, rdtype, tcp=True, options=SIGNAL if sde else ())
            assert sections(whole) == sections(bare), str(whole)
            asked = [Question(name, number, payload=size,
                              options=SIGNAL if sde else ()) for size in SIZES]
            for size, answer in zip(SIZES, sized.client.ask_many(asked)):
                assert answer is not None
                room = max(size, 512) - len(bare.wire) - 11
                where = f"{domain} {rdtype} {size}: {answer}"
                assert len(answer.wire) <= max(size, 512), where
                assert room >= 0, "no answer is longer than 512 octets without text"
                assert not answer.flag("TC"), where
                assert sections(answer) == sections(bare), where
                assert answer.message.edns == 0, where
                if octets(whole.ede) + COMPRESSED <= room:
                    assert answer.ede == whole.ede, where
                # The codes come first, the text if there is room.
                if octets([(code, "") for code, _ in whole.ede]) <= room:
                    assert ([code for code, _ in answer.ede]
                            == [code for code, _ in whole.ede]), where
                for (code, text), (_, full) in zip(answer.ede[::-1], whole.ede[::-1]):
                    if sde and text:
                        structured.read(text, code)
                    assert sde or full.startswith(text), where


@pytest.mark.parametrize("sde", [False, True], ids=["plain", "sde"])
def test_without_room_for_all_of_it_the_error_keeps_where_to_object(
        sized: Resolver, sde: bool) -> None:
    """`j` and `o` go first; what is left is well-formed."""
    if not sde:
        answer = sized.ask(long_name("n1t190.example"), payload=512)
        assert answer.ede[-1][0] == 16 and answer.addresses == [NOTICE_V4]
        return
    seen = set()
    for size in range(512, 1500, 8):
        (code, text), = sized.ask(long_name("n1t190.example"), payload=size,
                                  options=SIGNAL).ede
        seen.add("".join(structured.read(text, code)) if text else "")
    # Never `j` without `o` or the other way round, nor either without `l`.
    assert seen <= {"", "c", "cjol"} and {"c", "cjol"} <= seen, seen


def test_sizes_below_512_mean_512(sized: Resolver) -> None:
    for domain in ("n8t1000.example", "n1t10.example"):
        name = long_name(domain)
        for rdtype in ("A", "AAAA", "MX"):
            answers = [sized.ask(name, rdtype, payload=size)
                       for size in (0, 1, 11, 64, 256, 511, 512)]
            assert len({a.wire[2:] for a in answers}) == 1
