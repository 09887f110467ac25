# SPDX-License-Identifier: BSD-3-Clause
"""Signs the zones of the tests: DNSSEC with Ed25519 (RFC 8080), by openssl(1).

Debian's dnspython signs only with python3-cryptography; this needs neither it
nor another package. It signs whole zones, delegations included, with one key.
"""

import pathlib
import struct
import subprocess
import tempfile

import dns.dnssec
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset
import dns.zone

ED25519 = 15
TTL = 3600
# Fixed dates: a test's outcome must not hang on the clock.
INCEPTION = 1577836800  # 2020-01-01
EXPIRATION = 2114380800  # 2037-01-01


class Key:
    """One key, which signs everything of its zone."""

    def __init__(self, zone: str) -> None:
        self.zone = dns.name.from_text(zone)
        self.pem = subprocess.run(
            ["openssl", "genpkey", "-algorithm", "ED25519"],
            check=True, capture_output=True).stdout
        der = subprocess.run(
            ["openssl", "pkey", "-pubout", "-outform", "DER"],
            input=self.pem, check=True, capture_output=True).stdout
        self.dnskey = dns.rdata.from_wire(
            dns.rdataclass.IN, dns.rdatatype.DNSKEY,
            struct.pack("!HBB", 257, 3, ED25519) + der[-32:], 0, 4 + 32)

    @property
    def ds(self) -> str:
        return dns.dnssec.make_ds(self.zone, self.dnskey, "SHA256").to_text()

    def sign(self, data: bytes) -> bytes:
        with tempfile.TemporaryDirectory() as directory:
            pem, message = (pathlib.Path(directory, f) for f in ("key", "data"))
            pem.write_bytes(self.pem)
            message.write_bytes(data)
            return subprocess.run(
                ["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", pem,
                 "-in", message], check=True, capture_output=True).stdout

    def rrsig(self, rrset: dns.rrset.RRset) -> dns.rdata.Rdata:
        """RFC 4034, section 3.1.8.1."""
        labels = len(rrset.name) - 1 - (rrset.name.labels[0] == b"*")
        fixed = struct.pack("!HBBIIIH", rrset.rdtype, ED25519, labels, rrset.ttl,
                            EXPIRATION, INCEPTION, dns.dnssec.key_id(self.dnskey))
        owner = rrset.name.canonicalize().to_wire()
        data = fixed + self.zone.canonicalize().to_wire()
        for rdata in sorted(r.to_digestable() for r in rrset):
            data += owner + struct.pack("!HHIH", rrset.rdtype, dns.rdataclass.IN,
                                        rrset.ttl, len(rdata)) + rdata
        signature = self.sign(data)
        wire = fixed + self.zone.to_wire() + signature
        return dns.rdata.from_wire(dns.rdataclass.IN, dns.rdatatype.RRSIG, wire, 0,
                                   len(wire))


def sign_zone(text: str, key: Key) -> str:
    """The zone file TEXT with NSEC records and signatures added."""
    zone = dns.zone.from_text(text, origin=key.zone, relativize=False,
                              check_origin=False)
    zone.find_rdataset(key.zone, "DNSKEY", create=True).add(key.dnskey, TTL)
    cuts = [name for name, node in zone.nodes.items()
            if name != key.zone and node.get_rdataset(dns.rdataclass.IN,
                                                      dns.rdatatype.NS)]
    names = sorted(n for n in zone.nodes
                   if not any(n != c and n.is_subdomain(c) for c in cuts))
    for here, after in zip(names, names[1:] + names[:1]):
        types = {s.rdtype for s in zone.nodes[here]}
        if here in cuts:
            types &= {dns.rdatatype.NS, dns.rdatatype.DS}
        types |= {dns.rdatatype.RRSIG, dns.rdatatype.NSEC}
        zone.find_rdataset(here, "NSEC", create=True).add(
            dns.rdata.from_text("IN", "NSEC", " ".join(
                [after.to_text(), *sorted(map(dns.rdatatype.to_text, types))])), TTL)
    for name in names:
        for rdataset in list(zone.nodes[name]):
            if name in cuts and rdataset.rdtype not in (dns.rdatatype.DS,
                                                        dns.rdatatype.NSEC):
                continue
            rrset = dns.rrset.from_rdata_list(name, rdataset.ttl, list(rdataset))
            zone.find_rdataset(name, "RRSIG", rdataset.rdtype, create=True).add(
                key.rrsig(rrset), rdataset.ttl)
    return zone.to_text(relativize=False)
