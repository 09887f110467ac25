# SPDX-License-Identifier: BSD-3-Clause
"""Asking a resolver, one question or many at a time, and judging its answers."""

import dataclasses
import functools
import random
import select
import socket
import struct
import time
from collections.abc import Iterable, Sequence

import dns.edns
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from harness import ADDRESS, DEADLINE, SLOW

# A test's question goes unanswered only when the resolver drops it on purpose,
# or when a socket's buffer is full; then it is asked again.
PATIENCE = 2.0 * SLOW

# In the tests every true address is one of these, and no notice address is.
TRUE_V4 = "198.51.100."
TRUE_V6 = "2001:db8:ffff::"
NOTICE_V4 = "192.0.2.1"
NOTICE_V6 = "2001:db8::1"


@dataclasses.dataclass(frozen=True)
class Question:
    name: dns.name.Name
    rdtype: int = dns.rdatatype.A
    rdclass: int = dns.rdataclass.IN
    edns: bool = True
    dnssec: bool = False  # the DO bit
    checking: bool = True  # False sets the CD bit
    recursion: bool = True  # the RD bit
    authentic: bool = False  # the AD bit
    payload: int = 1232  # octets that the client takes
    options: tuple[tuple[int, bytes], ...] = ()  # of EDNS: code and data

    def __str__(self) -> str:
        return f"{self.name} {dns.rdatatype.to_text(self.rdtype)}"

    @property
    def bits(self) -> str:
        """What the header and EDNS say, in words."""
        said = {"RD": self.recursion, "CD": not self.checking, "AD": self.authentic,
                "EDNS": self.edns, "DO": self.edns and self.dnssec}
        return " ".join(word for word, on in said.items() if on)

    def wire(self, number: int) -> bytes:
        """The query with that id: dnspython would take several times as long."""
        flags = (self.recursion * dns.flags.RD | (not self.checking) * dns.flags.CD
                 | self.authentic * dns.flags.AD)
        wire = (struct.pack("!HHHHHH", number, flags, 1, 0, 0, self.edns)
                + self.name.to_wire() + struct.pack("!HH", self.rdtype, self.rdclass))
        if self.edns:
            options = b"".join(struct.pack("!HH", code, len(data)) + data
                               for code, data in self.options)
            wire += struct.pack("!BHHBBHH", 0, dns.rdatatype.OPT, self.payload, 0, 0,
                                0x8000 if self.dnssec else 0, len(options)) + options
        return wire


def question(name: str | bytes | dns.name.Name, rdtype: str | int = "A",
             **more: object) -> Question:
    if isinstance(name, bytes):
        name = dns.name.from_wire(name, 0)[0]
    if isinstance(name, str):
        name = dns.name.from_text(name)
    if isinstance(rdtype, str):
        rdtype = dns.rdatatype.from_text(rdtype)
    return Question(name, rdtype, **more)  # type: ignore[arg-type]


class Answer:
    """A resolver's answer, with the words that tests use about it."""

    def __init__(self, asked: Question, wire: bytes) -> None:
        self.asked = asked
        self.wire = wire

    @functools.cached_property
    def message(self) -> dns.message.Message:
        return dns.message.from_wire(self.wire)

    def __str__(self) -> str:
        return self.message.to_text()

    @property
    def rcode(self) -> str:
        return dns.rcode.to_text(self.message.rcode())

    def flag(self, name: str) -> bool:
        return name in dns.flags.to_text(self.message.flags).split()

    @property
    def records(self) -> list[tuple[str, int, str, str]]:
        """Of the answer section: owner, TTL, type, data."""
        return [(str(s.name), s.ttl, dns.rdatatype.to_text(s.rdtype), r.to_text())
                for s in self.message.answer for r in s]

    @property
    def addresses(self) -> list[str]:
        return sorted(data for _, _, rdtype, data in self.records
                      if rdtype in ("A", "AAAA"))

    @property
    def ttl(self) -> int:
        return min(s.ttl for s in self.message.answer)

    @property
    def soa(self) -> dns.rrset.RRset | None:
        """The one SOA of the authority section, if that is all it holds."""
        section = self.message.authority
        if len(section) != 1 or len(section[0]) != 1:
            return None
        return section[0] if section[0].rdtype == dns.rdatatype.SOA else None

    @property
    def ede(self) -> list[tuple[int, str]]:
        return [(int(o.code), o.text or "") for o in self.message.options
                if isinstance(o, dns.edns.EDEOption)]

    @property
    def is_true(self) -> bool:
        """Holds an address that only the true name has."""
        return any(a.startswith((TRUE_V4, TRUE_V6)) for a in self.addresses)

    @property
    def is_empty(self) -> bool:
        """No records but a SOA that tells how long there are none."""
        return not self.message.answer and self.soa is not None

    @property
    def kind(self) -> str:
        """What was done about an A query: `true`, or the action it shows."""
        if self.is_true:
            return "true"
        if self.rcode == "NOERROR":
            if self.message.answer:
                return "notice"
            return "nodata" if self.is_empty else "empty without a SOA"
        if self.rcode == "NXDOMAIN":
            return "nxdomain" if self.is_empty else "nxdomain without a SOA"
        return self.rcode.lower()


class Client:
    """Asks one resolver, from an address of its own."""

    def __init__(self, port: int, address: str = ADDRESS,
                 source: str = ADDRESS) -> None:
        self.where = (address, port)
        self.source = source if ":" not in address else address

    def _connect(self) -> socket.socket:
        return socket.create_connection(self.where, DEADLINE, (self.source, 0))

    def _datagrams(self) -> socket.socket:
        s = socket.socket(socket.AF_INET6 if ":" in self.where[0] else socket.AF_INET,
                          socket.SOCK_DGRAM)
        s.bind((self.source, 0))
        s.connect(self.where)
        return s

    def ask(self, name: str | bytes | dns.name.Name | Question,
            rdtype: str | int = "A", tcp: bool = False, deadline: float = DEADLINE,
            **more: object) -> Answer:
        """The answer to one question, asked until there is one."""
        q = name if isinstance(name, Question) else question(name, rdtype, **more)
        if tcp:
            return self._ask_tcp(q, deadline)
        answer = self.ask_many([q], deadline=deadline)[0]
        assert answer is not None, f"no answer to {q}"
        return answer

    def _ask_tcp(self, q: Question, deadline: float) -> Answer:
        wire = q.wire(random.randrange(1 << 16))
        with self._connect() as s:
            s.settimeout(deadline)
            s.sendall(struct.pack("!H", len(wire)) + wire)
            with s.makefile("rb") as f:
                size = struct.unpack("!H", f.read(2))[0]
                reply = f.read(size)
        assert reply[:2] == wire[:2], "an answer with another id"
        return Answer(q, reply)

    def ask_tcp_many(self, questions: Sequence[Question]) -> list[Answer]:
        """Asks over one connection, all questions before the first answer."""
        wires = [q.wire(i) for i, q in enumerate(questions)]
        answers: dict[int, Answer] = {}
        with self._connect() as s:
            s.sendall(b"".join(struct.pack("!H", len(w)) + w for w in wires))
            with s.makefile("rb") as f:
                for _ in wires:
                    reply = f.read(struct.unpack("!H", f.read(2))[0])
                    i = int.from_bytes(reply[:2], "big")
                    answers[i] = Answer(questions[i], reply)
        return [answers[i] for i in range(len(wires))]

    def ask_many(self, questions: Iterable[Question], window: int = 40,
                 deadline: float = DEADLINE, unanswered: bool = False,
                 patience: float = PATIENCE) -> list[Answer | None]:
        """The answers in the order of the questions, WINDOW of which are under way
        at a time. With UNANSWERED a question may end without an answer, as None,
        after PATIENCE seconds; every other is asked again then, until the deadline,
        which counts from the last answer that came."""
        todo = [(i, q) for i, q in enumerate(questions)]
        answers: list[Answer | None] = [None] * len(todo)
        todo.reverse()
        flying: dict[int, tuple[int, Question, float]] = {}
        next_id = 0
        last = time.monotonic()
        with self._datagrams() as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
            while todo or flying:
                while todo and len(flying) < window:
                    i, q = todo.pop()
                    next_id = (next_id + 1) & 0xffff
                    flying[next_id] = (i, q, time.monotonic())
                    self._send(s, q.wire(next_id))
                if select.select([s], [], [], 0.05)[0]:
                    try:
                        reply = s.recv(65535)
                    except ConnectionRefusedError:
                        continue
                    entry = flying.pop(int.from_bytes(reply[:2], "big"), None)
                    if entry is not None:
                        answers[entry[0]] = Answer(entry[1], reply)
                        last = time.monotonic()
                    continue
                now = time.monotonic()
                assert unanswered or now - last < deadline, (
                    "no answer to " + ", ".join(str(q) for _, q, _ in flying.values()))
                for number, (i, q, sent) in list(flying.items()):
                    if now - sent > patience:
                        del flying[number]
                        if not unanswered:
                            todo.append((i, q))
        return answers

    @staticmethod
    def _send(s: socket.socket, wire: bytes) -> None:
        try:
            s.send(wire)
        except ConnectionRefusedError:
            pass  # about the packet before; this one is asked again

    def is_up(self) -> bool:
        """True when the resolver answers at all: a question of class CHAOS is
        answered by Unbound and NSD themselves, and is counted nowhere."""
        q = Question(dns.name.from_text("version.server."), dns.rdatatype.TXT,
                     dns.rdataclass.CH)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.settimeout(0.25)
            s.connect(self.where)
            try:
                s.send(q.wire(1))
                return len(s.recv(65535)) >= 12
            except OSError:
                return False


class Pending:
    """One question by a client that waits for its answer meanwhile."""

    def __init__(self, client: Client, asked: Question, tcp: bool = False) -> None:
        self.asked = asked
        self.tcp = tcp
        self.socket = client._connect() if tcp else client._datagrams()
        self.socket.settimeout(DEADLINE)
        self._send(asked, 1)

    def _send(self, asked: Question, number: int) -> None:
        wire = asked.wire(number)
        self.socket.sendall(struct.pack("!H", len(wire)) + wire if self.tcp else wire)

    def _receive(self) -> bytes:
        if not self.tcp:
            return self.socket.recv(65535)
        with self.socket.makefile("rb") as f:
            size = f.read(2)
            return f.read(int.from_bytes(size, "big")) if len(size) == 2 else b""

    def answer(self) -> Answer:
        wire = self._receive()
        self.socket.close()
        assert wire[:2] == b"\0\1", f"no answer to {self.asked}"
        return Answer(self.asked, wire)

    def assert_dropped(self, another: Question) -> None:
        """Nothing came: over UDP the next answer is that to ANOTHER question, a TCP
        connection has ended."""
        if self.tcp:
            assert self._receive() == b""
        else:
            self._send(another, 2)
            assert self._receive()[:2] == b"\0\2", f"an answer to {self.asked}"
        self.socket.close()


def assert_true(answer: Answer) -> None:
    assert answer.is_true, f"not the true answer to {answer.asked}:\n{answer}"
    assert answer.rcode == "NOERROR" and not answer.ede, str(answer)


def assert_blocked(answer: Answer,
                   addresses: Sequence[str] = (NOTICE_V4, NOTICE_V6)) -> None:
    """A block as the action `notice` makes it, for a question of any type."""
    own = [a for a in addresses
           if (":" in a) == (answer.asked.rdtype == dns.rdatatype.AAAA)]
    if answer.asked.rdtype not in (dns.rdatatype.A, dns.rdatatype.AAAA):
        own = []
    assert not answer.is_true, f"the true answer to {answer.asked}:\n{answer}"
    assert answer.rcode == "NOERROR", f"{answer.asked}:\n{answer}"
    if own:
        assert answer.addresses == sorted(own), f"{answer.asked}:\n{answer}"
        assert not answer.message.authority, str(answer)
    else:
        assert answer.is_empty, f"{answer.asked} is not empty:\n{answer}"


def looks_blocked(answer: Answer) -> bool:
    try:
        assert_blocked(answer)
    except AssertionError:
        return False
    return True
