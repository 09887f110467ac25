# SPDX-License-Identifier: BSD-3-Clause
"""What a client gets for a blocked name, and for one that is not."""

import dns.flags
import dns.name
import dns.rdatatype
import pytest

from command import Store
from resolver import Resolver
from wire import (NOTICE_V4, NOTICE_V6, Answer, assert_blocked, assert_true,
                  question)

AUTHORITY = "Ministry of Examples"
REFERENCE = "No. 7/2026"
CONTACT = "https://notice.example/appeal"

# 41 is OPT; Unbound itself refuses questions of the meta types 128 to 254.
TYPES = [t for t in range(1, 128) if t != 41] + [*range(255, 261), 65280, 65534]

# Types that the true names have a record of.
TRUE_TYPES = ["A", "AAAA", "MX", "TXT", "PTR", "SRV", "HINFO", "RP", "LOC", "NAPTR",
              "SSHFP", "TLSA", "CAA", "SVCB", "HTTPS", "TYPE65280"]

ROWS = [
    {"domain": "toko-palsu.example"},
    {"domain": "ordered.example", "authority": AUTHORITY, "order": REFERENCE,
     "contact": CONTACT},
    {"domain": "authority-only.example", "authority": AUTHORITY},
    {"domain": "own.example", "order": REFERENCE, "contact": CONTACT},
    {"domain": "nxdomain.example", "action": "nxdomain", "authority": AUTHORITY},
    {"domain": "nodata.example", "action": "nodata", "authority": AUTHORITY},
    {"domain": "refused.example", "action": "refused", "authority": AUTHORITY},
    {"domain": "below.example", "scope": "below"},
    {"domain": "exact.example", "scope": "exact"},
]


@pytest.fixture(scope="module")
def resolver(start_once, tmp_path_factory: pytest.TempPathFactory) -> Resolver:
    store = Store(tmp_path_factory.mktemp("answers") / "store")
    store.compile_rows(ROWS)
    return start_once(store)


@pytest.fixture(scope="module")
def plain(start_once, tmp_path_factory: pytest.TempPathFactory) -> Resolver:
    return start_once(tmp_path_factory.mktemp("plain") / "store", module=False)


def assert_soa(answer: Answer) -> None:
    """RFC 2308: of the name or above it, and both its times are the notice's."""
    soa = answer.soa
    assert soa is not None, str(answer)
    assert answer.asked.name.is_subdomain(soa.name), str(answer)
    assert soa.name != dns.name.root, str(answer)
    assert soa.ttl == 30 and soa[0].minimum == 30, str(answer)


def assert_flags(answer: Answer) -> None:
    flags = set(dns.flags.to_text(answer.message.flags).split())
    assert flags - {"CD"} == {"QR", "RD", "RA"}, str(answer)


@pytest.mark.parametrize("rdtype", TRUE_TYPES)
def test_the_world_answers_with_the_truth_where_no_palang_is(
        plain: Resolver, rdtype: str) -> None:
    answer = plain.ask("www.toko-palsu.example", rdtype)
    assert answer.rcode == "NOERROR" and len(answer.message.answer) == 1
    if rdtype in ("A", "AAAA"):
        assert_true(answer)


@pytest.mark.parametrize("name", ["toko-palsu.example", "www.toko-palsu.example",
                                  "a.b.c.toko-palsu.example"])
def test_an_a_query_is_answered_with_the_notice(resolver: Resolver, name: str) -> None:
    answer = resolver.ask(name, "A")
    assert answer.records == [(name + ".", 30, "A", NOTICE_V4)]
    assert not answer.message.authority and not answer.message.additional
    assert_flags(answer)


@pytest.mark.parametrize("name", ["toko-palsu.example", "www.toko-palsu.example"])
def test_an_aaaa_query_is_answered_with_the_notice(resolver: Resolver,
                                                   name: str) -> None:
    answer = resolver.ask(name, "AAAA")
    assert answer.records == [(name + ".", 30, "AAAA", NOTICE_V6)]
    assert not answer.message.authority and not answer.message.additional
    assert_flags(answer)


@pytest.mark.parametrize("rdtype", [dns.rdatatype.to_text(t) for t in TYPES
                                    if t not in (1, 28)])
def test_every_other_type_is_answered_with_no_data(resolver: Resolver,
                                                   rdtype: str) -> None:
    for name in ("toko-palsu.example", "www.toko-palsu.example"):
        answer = resolver.ask(name, rdtype)
        assert answer.rcode == "NOERROR" and answer.is_empty, str(answer)
        assert_soa(answer)
        assert_flags(answer)


@pytest.mark.parametrize("rdtype", TRUE_TYPES)
def test_a_name_that_is_not_listed_has_its_true_records(resolver: Resolver,
                                                        rdtype: str) -> None:
    for name in ("toko-asli.example", "toko-palsu.test", "palsu.example",
                 "xtoko-palsu.example", "toko-palsu.examplex.test"):
        answer = resolver.ask(name, rdtype)
        assert answer.rcode == "NOERROR" and len(answer.message.answer) == 1
        assert not answer.ede
        if rdtype in ("A", "AAAA"):
            assert_true(answer)


@pytest.mark.parametrize("tcp", [False, True], ids=["udp", "tcp"])
@pytest.mark.parametrize("edns", [False, True], ids=["no-edns", "edns"])
@pytest.mark.parametrize("rdtype", ["A", "AAAA", "HTTPS", "ANY", "TYPE65280"])
def test_transport_and_edns_do_not_change_the_answer(
        resolver: Resolver, rdtype: str, edns: bool, tcp: bool) -> None:
    answer = resolver.ask("www.toko-palsu.example", rdtype, tcp=tcp, edns=edns)
    assert_blocked(answer)
    assert (answer.message.edns == 0) == edns
    assert not answer.flag("TC")


@pytest.mark.parametrize("edns", [False, True], ids=["no-edns", "edns"])
@pytest.mark.parametrize("more", [{"dnssec": True, "edns": True}, {"checking": False},
                                  {"dnssec": True, "edns": True, "checking": False}],
                         ids=["do", "cd", "do-cd"])
@pytest.mark.parametrize("rdtype", ["A", "AAAA", "HTTPS", "DS", "DNSKEY"])
def test_dnssec_bits_do_not_change_the_answer(resolver: Resolver, rdtype: str,
                                              more: dict, edns: bool) -> None:
    answer = resolver.ask("toko-palsu.example", rdtype, **{"edns": edns, **more})
    assert_blocked(answer)
    assert not answer.flag("AD")


@pytest.mark.parametrize("rdtype", ["A", "AAAA"])
def test_the_owner_keeps_the_letter_case_of_the_question(resolver: Resolver,
                                                         rdtype: str) -> None:
    answer = resolver.ask("wWw.ToKo-PaLsU.eXaMpLe", rdtype)
    assert_blocked(answer)
    assert answer.records[0][0] == "wWw.ToKo-PaLsU.eXaMpLe."
    assert answer.message.question[0].name.to_text() == "wWw.ToKo-PaLsU.eXaMpLe."


def test_the_soa_keeps_the_letter_case_of_the_question(resolver: Resolver) -> None:
    answer = resolver.ask("wWw.ToKo-PaLsU.eXaMpLe", "MX")
    assert_soa(answer)
    assert answer.soa is not None
    assert "wWw.ToKo-PaLsU.eXaMpLe.".endswith(answer.soa.name.to_text())


def test_a_blocked_name_has_its_whole_ttl_at_every_query(resolver: Resolver) -> None:
    for _ in range(3):
        assert resolver.ask("toko-palsu.example").ttl == 30


def test_the_action_nxdomain_answers_that_there_is_no_such_name(
        resolver: Resolver) -> None:
    for name in ("nxdomain.example", "www.nxdomain.example"):
        for rdtype in ("A", "AAAA", "HTTPS", "DS"):
            answer = resolver.ask(name, rdtype)
            assert answer.rcode == "NXDOMAIN" and answer.is_empty, str(answer)
            assert_soa(answer)
            assert_flags(answer)


def test_the_action_nodata_answers_that_there_is_no_record(resolver: Resolver) -> None:
    for rdtype in ("A", "AAAA", "HTTPS", "DS"):
        answer = resolver.ask("www.nodata.example", rdtype)
        assert answer.rcode == "NOERROR" and answer.is_empty, str(answer)
        assert_soa(answer)
        assert_flags(answer)


def test_the_action_refused_answers_refused(resolver: Resolver) -> None:
    for rdtype in ("A", "AAAA", "HTTPS", "DS"):
        answer = resolver.ask("www.refused.example", rdtype)
        assert answer.rcode == "REFUSED", str(answer)
        assert not answer.message.answer and not answer.message.authority
        assert not answer.flag("AD")


def test_a_forged_address_carries_ede_4_and_then_the_reason(resolver: Resolver) -> None:
    text = f"{AUTHORITY}; {REFERENCE}; {CONTACT}"
    for rdtype in ("A", "AAAA"):
        assert resolver.ask("ordered.example", rdtype).ede == [(4, ""), (16, text)]


def test_an_empty_answer_carries_the_reason_alone(resolver: Resolver) -> None:
    text = f"{AUTHORITY}; {REFERENCE}; {CONTACT}"
    for rdtype in ("HTTPS", "ANY", "DS", "TYPE65280"):
        assert resolver.ask("ordered.example", rdtype).ede == [(16, text)]


def test_ede_15_says_that_no_authority_asked(resolver: Resolver) -> None:
    assert resolver.ask("toko-palsu.example", "MX").ede == [(15, "")]
    assert resolver.ask("toko-palsu.example", "A").ede == [(4, ""), (15, "")]
    assert resolver.ask("own.example", "MX").ede == [(15, f"{REFERENCE}; {CONTACT}")]


@pytest.mark.parametrize("name", ["nxdomain.example", "nodata.example",
                                  "refused.example"])
def test_every_action_carries_its_reason(resolver: Resolver, name: str) -> None:
    assert resolver.ask(name, "A").ede == [(16, AUTHORITY)]
    assert resolver.ask("www." + name, "AAAA").ede == [(16, AUTHORITY)]


def test_ede_is_the_same_over_tcp(resolver: Resolver) -> None:
    for rdtype in ("A", "MX"):
        assert (resolver.ask("ordered.example", rdtype, tcp=True).ede
                == resolver.ask("ordered.example", rdtype).ede != [])


def test_without_edns_in_the_query_there_is_none_in_the_answer(
        resolver: Resolver) -> None:
    for name in ("ordered.example", "nxdomain.example", "refused.example"):
        answer = resolver.ask(name, "A", edns=False)
        assert answer.message.edns == -1 and not answer.message.options


def test_ede_never_makes_an_answer_too_long(resolver: Resolver) -> None:
    """512 octets, the least a client takes, hold the longest name."""
    name = dns.name.from_text("ordered.example.")
    while len(name.to_wire()) + 12 <= 255:
        name = dns.name.Name((b"x" * 11,) + name.labels)
    room = 255 - len(name.to_wire()) - 1
    if room > 0:
        name = dns.name.Name((b"y" * room,) + name.labels)
    for rdtype in ("A", "AAAA", "MX"):
        answer = resolver.ask(name, rdtype, payload=512)
        assert_blocked(answer)
        assert len(answer.wire) <= 512 and not answer.flag("TC")


def test_the_scope_below_leaves_the_name_itself_alone(resolver: Resolver) -> None:
    assert_true(resolver.ask("below.example"))
    assert_blocked(resolver.ask("www.below.example"))
    assert_blocked(resolver.ask("a.www.below.example"))


def test_the_scope_exact_leaves_what_is_below_alone(resolver: Resolver) -> None:
    assert_blocked(resolver.ask("exact.example"))
    assert_true(resolver.ask("www.exact.example"))


def test_a_question_of_another_class_is_not_blocked(resolver: Resolver) -> None:
    answer = resolver.ask("toko-palsu.example", "A", rdclass=3)
    assert NOTICE_V4 not in answer.addresses


@pytest.mark.parametrize("rdtype", ["A", "MX"])
def test_a_query_without_rd_is_not_answered_with_the_truth(resolver: Resolver,
                                                           rdtype: str) -> None:
    answer = resolver.ask("toko-palsu.example", rdtype, recursion=False)
    assert not answer.is_true and not answer.message.answer


def test_many_clients_with_and_without_edns_share_one_question(
        resolver: Resolver) -> None:
    """What is said of a block is decided for each client."""
    questions = [question("ordered.example", "A", edns=bool(i % 2)) for i in range(200)]
    for q, answer in zip(questions, resolver.client.ask_many(questions)):
        assert answer is not None
        assert answer.addresses == [NOTICE_V4]
        assert len(answer.ede) == (2 if q.edns else 0)


def test_many_questions_on_one_tcp_connection_are_answered(resolver: Resolver) -> None:
    questions = [question(f"www{i}.{name}", "A") for i in range(40)
                 for name in ("toko-palsu.example", "toko-asli.example")]
    for q, answer in zip(questions, resolver.client.ask_tcp_many(questions)):
        (assert_blocked if b"toko-palsu" in q.name.labels else assert_true)(answer)


def test_all_addresses_of_the_notice_are_in_the_answer(start, store: Store) -> None:
    addresses = ["192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8::2"]
    store.compile(["toko-palsu.example"], notices=addresses)
    resolver = start(store)
    assert resolver.ask("toko-palsu.example", "A").addresses == addresses[:2]
    assert resolver.ask("toko-palsu.example", "AAAA").addresses == addresses[2:]


def test_a_notice_without_an_ipv6_address_leaves_aaaa_empty(start,
                                                            store: Store) -> None:
    store.compile(["toko-palsu.example"], notices=["192.0.2.1"])
    resolver = start(store)
    assert resolver.ask("toko-palsu.example", "A").addresses == ["192.0.2.1"]
    answer = resolver.ask("toko-palsu.example", "AAAA")
    assert answer.is_empty and answer.ede == [(15, "")], str(answer)
    assert_soa(answer)


def test_a_notice_without_an_ipv4_address_leaves_a_empty(start, store: Store) -> None:
    store.compile(["toko-palsu.example"], notices=["2001:db8::1"])
    resolver = start(store)
    assert resolver.ask("toko-palsu.example", "AAAA").addresses == ["2001:db8::1"]
    answer = resolver.ask("toko-palsu.example", "A")
    assert answer.is_empty and answer.ede == [(15, "")], str(answer)


def test_without_a_notice_a_blocked_name_has_no_data(start, store: Store) -> None:
    store.compile(["toko-palsu.example"], notices=[])
    resolver = start(store)
    for rdtype in ("A", "AAAA", "MX"):
        answer = resolver.ask("toko-palsu.example", rdtype)
        assert answer.is_empty and answer.ede == [(15, "")], str(answer)
        assert_soa(answer)


def test_the_ttl_of_the_notice_can_be_chosen(start, store: Store) -> None:
    store.compile(["toko-palsu.example"], "--ttl", "77")
    resolver = start(store)
    assert resolver.ask("toko-palsu.example", "A").ttl == 77
    soa = resolver.ask("toko-palsu.example", "MX").soa
    assert soa is not None and soa.ttl == soa[0].minimum == 77
