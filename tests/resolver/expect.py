# SPDX-License-Identifier: BSD-3-Clause
"""What an answer has to look like on the wire, written from the words of the manual,
to compare palang with. Nothing here is taken from palang's own code.

The verdict comes from oracle.py. A name that is not blocked has the answer that an
Unbound without palang gives; a blocked one has what is written here.
"""

import collections
import dataclasses
from collections.abc import Mapping, Sequence

import dns.flags
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset
import pytest

from wire import Answer, Question

A, AAAA, SOA = dns.rdatatype.A, dns.rdatatype.AAAA, dns.rdatatype.SOA
IN = dns.rdataclass.IN

FORGED = 4  # the EDE of an answer that was made up

# Flags that the answer to a client's recursive query has in any case, and those
# that it repeats from the query.
ALWAYS = dns.flags.QR | dns.flags.RA
REPEATED = dns.flags.RD | dns.flags.CD

# Of the OPT record that Unbound adds: its own size.
SERVER_PAYLOAD = 1232

# Owner, type, class, TTL, data; the data of a SOA without names and timers, which
# are of no account.
Record = tuple[str, int, int, int, str]


@dataclasses.dataclass(frozen=True)
class Notice:
    v4: tuple[str, ...] = ()
    v6: tuple[str, ...] = ()
    ttl: int = 30

    def addresses(self, rdtype: int) -> tuple[str, ...]:
        return self.v4 if rdtype == A else self.v6 if rdtype == AAAA else ()


@dataclasses.dataclass(frozen=True)
class Reason:
    """Why a name is blocked, as far as clients are told."""

    code: int = 15
    text: str = ""


@dataclasses.dataclass
class Look:
    """All of an answer that a client can see, but for its id."""

    rcode: str
    flags: int
    question: tuple[str, int, int]
    answer: list[Record] = dataclasses.field(default_factory=list)
    authority: list[Record] = dataclasses.field(default_factory=list)
    additional: list[Record] = dataclasses.field(default_factory=list)
    # DO bit and size of the OPT record; None without one.
    opt: tuple[bool, int] | None = None
    options: list[tuple[int, str]] = dataclasses.field(default_factory=list)

    def differences(self, other: "Look") -> list[str]:
        """What is different in this one from OTHER, which was expected."""
        return [f"{field.name}: {mine!r}, not {its!r}"
                for field in dataclasses.fields(self)
                if (mine := getattr(self, field.name))
                != (its := getattr(other, field.name))]


def expected_block(q: Question, action: str, listed: dns.name.Name, scope: str,
                   notice: Notice, reason: Reason, serial: int) -> Look:
    """The answer to Q by an entry with ACTION (not `drop`) and SCOPE of LISTED."""
    look = Look(
        rcode="NOERROR",
        flags=ALWAYS | (q.recursion * dns.flags.RD)
        | (not q.checking) * dns.flags.CD,
        question=(q.name.to_text(), q.rdtype, q.rdclass),
        opt=(q.dnssec, SERVER_PAYLOAD) if q.edns else None)
    addresses = notice.addresses(q.rdtype) if action == "notice" else ()
    if q.edns:
        look.options = [(FORGED, "")] if addresses else []
        look.options.append((reason.code, reason.text))
    if action == "refused":
        look.rcode = "REFUSED"
    elif addresses:
        look.answer = [(q.name.to_text(), q.rdtype, IN, notice.ttl, address)
                       for address in sorted(addresses)]
    else:
        # NXDOMAIN would deny what is below (RFC 8020).
        if action == "nxdomain" and scope != "exact":
            look.rcode = "NXDOMAIN"
        # The listed name is the tail of what was asked, letter case included.
        owner = dns.name.Name(q.name.labels[-len(listed.labels):]).to_text()
        look.authority = [(owner, SOA, IN, notice.ttl,
                           f"serial {serial} minimum {notice.ttl}")]
    return look


def _records(section: Sequence[dns.rrset.RRset]) -> list[Record]:
    return sorted(
        (s.name.to_text(), int(s.rdtype), int(s.rdclass), s.ttl,
         f"serial {r.serial} minimum {r.minimum}" if s.rdtype == SOA else r.to_text())
        for s in section for r in s)


def seen(answer: Answer) -> Look:
    """ANSWER as it is. An option that is no EDE shows as a negative code."""
    m = answer.message
    q = m.question[0]
    look = Look(rcode=dns.rcode.to_text(m.rcode()), flags=int(m.flags) & 0x87f0,
                question=(q.name.to_text(), int(q.rdtype), int(q.rdclass)),
                answer=_records(m.answer), authority=_records(m.authority),
                additional=_records(m.additional))
    if m.edns >= 0:
        look.opt = (bool(m.ednsflags & dns.flags.DO), m.payload)
    others = [(-int(o.otype), repr(o)) for o in m.options if o.otype != 15]
    look.options = answer.ede + others
    return look


def as_of(look: Look, q: Question, asked: dns.name.Name) -> Look:
    """LOOK, the true answer for ASKED, as it has to be for the name of Q: owners
    that equal ASKED are that of Q. TTLs, which run down in a cache, are 0, and all
    other names are in lower case: they may be written as a tail of what was asked."""
    def moved(section: list[Record]) -> list[Record]:
        old, new = asked.to_text(), q.name.to_text()
        return sorted((new if owner == old else owner.lower(), t, c, 0, data.lower())
                      for owner, t, c, _, data in section)

    return dataclasses.replace(
        look, question=(q.name.to_text(), *look.question[1:]),
        answer=moved(look.answer), authority=moved(look.authority),
        additional=moved(look.additional))


class Tally:
    """Counts combinations, and prints a table of them."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.tried: collections.Counter[tuple[str, str]] = collections.Counter()
        self.failed: collections.Counter[tuple[str, str]] = collections.Counter()

    def add(self, row: str, column: str, good: bool) -> None:
        self.tried[row, column] += 1
        self.failed[row, column] += not good

    def lines(self) -> list[str]:
        columns = list(dict.fromkeys(c for _, c in self.tried))
        rows = list(dict.fromkeys(r for r, _ in self.tried))

        def cell(counts: Mapping[tuple[str, str], int], row: str) -> int:
            return sum(n for (r, _), n in counts.items() if r == row)

        out = [f"{'':<20}" + "".join(f"{c:>10}" for c in columns)
               + f"{'tried':>10}{'failed':>10}"]
        for row in rows:
            out.append(f"{row:<20}" + "".join(
                f"{self.tried[row, c] or '-':>10}" for c in columns)
                + f"{cell(self.tried, row):>10}{cell(self.failed, row):>10}")
        out.append(f"combinations tried: {sum(self.tried.values())}, "
                   f"failed: {sum(self.failed.values())}")
        return out


# The tables of this run; conftest.py prints them at its end.
TABLES = pytest.StashKey[list[Tally]]()
