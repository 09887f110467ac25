# SPDX-License-Identifier: BSD-3-Clause
"""A name server that keeps its answers back until it is told to give them.

So a test can let something happen while a resolver waits for the truth."""

import socket
import threading

import dns.edns
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

from harness import ADDRESS, poll

TTL = 86400
RECORDS = {dns.rdatatype.A: "198.51.100.9", dns.rdatatype.AAAA: "2001:db8:ffff::9",
           dns.rdatatype.TXT: '"this is true"'}


class HeldServer:
    """Knows an A, an AAAA and a TXT record of every name; or answers with another
    RCODE than NOERROR. It says so when an answer is for a client's network alone
    (RFC 7871)."""

    def __init__(self, rcode: int = dns.rcode.NOERROR) -> None:
        self.rcode = rcode
        self.without = 0  # a type that no name has
        self.aliases: dict[str, str] = {}
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((ADDRESS, 0))
        self.port: int = self.socket.getsockname()[1]
        self._lock = threading.Lock()
        self._type = 0
        self._held: list[tuple[bytes, tuple[str, int]]] | None = None
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> "HeldServer":
        self._thread.start()
        return self

    def __exit__(self, *args: object) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.sendto(b"", (ADDRESS, self.port))
        self._thread.join()
        self.socket.close()

    def hold(self, rdtype: int = 0) -> None:
        """Keeps all answers back, or those of a type."""
        with self._lock:
            self._held, self._type = [], rdtype

    def wait_for_questions(self, count: int = 1) -> None:
        poll(f"{count} held questions", lambda: len(self._held or []) >= count)

    def release(self) -> None:
        with self._lock:
            held, self._held = self._held or [], None
            for wire, who in held:
                self.socket.sendto(wire, who)

    def _serve(self) -> None:
        while True:
            wire, who = self.socket.recvfrom(65535)
            if not wire:
                return
            query = dns.message.from_wire(wire)
            reply = dns.message.make_response(query)
            reply.flags |= dns.flags.AA
            reply.set_rcode(self.rcode)
            for option in query.options:
                if isinstance(option, dns.edns.ECSOption):
                    reply.use_edns(options=[dns.edns.ECSOption(
                        option.address, option.srclen, option.srclen)])
            q = query.question[0]
            if self.rcode != dns.rcode.NOERROR:
                pass
            elif q.name.to_text().lower() in self.aliases:
                reply.answer.append(dns.rrset.from_text(
                    q.name, TTL, "IN", "CNAME", self.aliases[q.name.to_text().lower()]))
            elif q.rdtype in RECORDS and q.rdtype != self.without:
                reply.answer.append(dns.rrset.from_text(
                    q.name, TTL, "IN", q.rdtype, RECORDS[q.rdtype]))
            else:
                reply.authority.append(dns.rrset.from_text(
                    "held.example.", TTL, "IN", "SOA",
                    "ns.servers.test. hostmaster.test. 1 3600 900 604800 60"))
            with self._lock:
                if self._held is not None and self._type in (0, q.rdtype):
                    self._held.append((reply.to_wire(), who))
                else:
                    self.socket.sendto(reply.to_wire(), who)
