# SPDX-License-Identifier: BSD-3-Clause
"""The world that the resolvers of the tests ask: one real NSD.

Wildcards make every name below the test TLDs exist, with true addresses that
are easy to tell from a notice:

    below test.                  198.51.100.1    2001:db8:ffff::1
    below example.               198.51.100.2    2001:db8:ffff::2
    below com. (example.com)     198.51.100.3    2001:db8:ffff::3
    below brief.example.         198.51.100.4    2001:db8:ffff::4    TTL 1
    below hN.hosted.example.     198.51.100.5    2001:db8:ffff::5
    below signed.test.           198.51.100.6    2001:db8:ffff::6    DNSSEC
    below child.signed.test.     198.51.100.7    2001:db8:ffff::7    DNSSEC
    below four.example.          198.51.100.8                        no AAAA

`*.alias.example.` are aliases of target.test., `first.chain.example.` is one at
the start of a chain of three, `first.hop0.example.` one at the start of a chain of
HOPS through as many zones, the last of which is first.hop9.example. itself (names
from n0 to n99 do as well as `first`). Below old.example., a DNAME of new.test.,
all are aliases; alias.signed.test. is a signed one of target.test. The zones hN.hosted.example. are found by the host
name of their server only, nsN.servers.test., whose address is 127.0.0.1.
"""

import pathlib

import dns.rdatatype

from harness import ADDRESS, NSD, NotStarted, Server, free_port
from signer import Key, sign_zone
from wire import Client

HOSTED = 40
HOPS = 9
SIGNED = "signed.test."
CHILD = "child.signed.test."

# One record of each of these types at every true name, besides A and AAAA. Type
# 65 is HTTPS: priority 1, the name itself, ipv4hint=198.51.100.1.
RECORDS = r"""
{owner} MX 10 mail.far.example.
{owner} TXT "this is true"
{owner} PTR true.example.
{owner} SRV 0 0 443 true.example.
{owner} HINFO "true" "true"
{owner} RP true.example. true.example.
{owner} LOC 6 10 0.000 S 106 49 0.000 E 8.00m
{owner} NAPTR 1 1 "S" "SIP+D2U" "" true.example.
{owner} SSHFP 4 2 0000000000000000000000000000000000000000000000000000000000000000
{owner} TLSA 3 1 1 0000000000000000000000000000000000000000000000000000000000000000
{owner} CAA 0 issue "ca.example"
{owner} TYPE64 \# 3 000100
{owner} TYPE65 \# 11 00010000040004C6336401
{owner} TYPE65280 \# 4 C6336401
"""


def true_records(owner: str, number: int) -> str:
    return (f"{owner} A 198.51.100.{number}\n"
            f"{owner} AAAA 2001:db8:ffff::{number}\n" + RECORDS.format(owner=owner))


def zone_text(origin: str, ttl: int, body: str) -> str:
    return (f"$ORIGIN {origin}\n$TTL {ttl}\n"
            "@ SOA ns.servers.test. hostmaster.test. 1 3600 900 604800 60\n"
            "@ NS ns.servers.test.\n" + body)


def true_zone(origin: str, number: int, ttl: int = 86400, body: str = "") -> str:
    return zone_text(origin, ttl, true_records("*", number) + body)


class World(Server):
    """The running NSD."""

    def __init__(self, directory: pathlib.Path) -> None:
        super().__init__("nsd", directory)
        self.port = 0
        self.key, self.child_key = Key(SIGNED), Key(CHILD)
        self.zones = self._zones()

    def _zones(self) -> dict[str, str]:
        www = true_records("www", 7) + true_records("listed", 7)
        zones = {
            ".": zone_text(".", 86400, "".join(
                f"{tld}. NS ns.servers.test.\n" for tld in ("test", "example", "com"))),
            "test.": true_zone("test.", 1, body=true_records("@", 1)),
            "servers.test.": zone_text("servers.test.", 86400,
                                       "* A 127.0.0.1\nns A 127.0.0.1\n"),
            "example.": true_zone("example.", 2),
            "com.": true_zone("com.", 3),
            "brief.example.": true_zone("brief.example.", 4, ttl=1),
            "alias.example.": zone_text("alias.example.", 86400,
                                        "* CNAME target.test.\n"),
            "chain.example.": zone_text(
                "chain.example.", 86400,
                "first CNAME second\nsecond CNAME third\nthird CNAME target.test.\n"),
            "four.example.": zone_text("four.example.", 86400, "* A 198.51.100.8\n"),
            "old.example.": zone_text("old.example.", 86400, "@ DNAME new.test.\n"),
            f"hop{HOPS}.example.": true_zone(f"hop{HOPS}.example.", 2),
            SIGNED: sign_zone(true_zone(
                SIGNED, 6,
                body="alias CNAME target.test.\n"
                f"child NS ns.servers.test.\nchild DS {self.child_key.ds}\n"),
                self.key),
            CHILD: sign_zone(zone_text(CHILD, 86400, true_records("@", 7) + www),
                             self.child_key),
        }
        for i in range(HOPS):
            zones[f"hop{i}.example."] = zone_text(
                f"hop{i}.example.", 86400, "".join(
                    f"{n} CNAME {n}.hop{i + 1}.example.\n"
                    for n in ("first", *(f"n{k}" for k in range(100)))))
        for i in range(HOSTED):
            origin = f"h{i}.hosted.example."
            zones[origin] = true_zone(origin, 5)
        return zones

    def _write(self) -> pathlib.Path:
        config = [f"""server:
    ip-address: {ADDRESS}@{self.port}
    port: {self.port}
    username: ""
    chroot: ""
    pidfile: "{self.directory}/nsd.pid"
    zonesdir: "{self.directory}"
    xfrdfile: "{self.directory}/xfrd.state"
    xfrdir: "{self.directory}"
    zonelistfile: "{self.directory}/zone.list"
    database: ""
    server-count: 1
    minimal-responses: yes
    rrl-ratelimit: 0
    rrl-whitelist-ratelimit: 0
    verbosity: 0
remote-control:
    control-enable: no
"""]
        for i, (origin, text) in enumerate(self.zones.items()):
            (self.directory / f"zone{i}").write_text(text)
            config.append(f'zone:\n    name: "{origin}"\n    zonefile: "zone{i}"\n')
        path = self.directory / "nsd.conf"
        path.write_text("".join(config))
        return path

    def start(self) -> None:
        for attempt in range(5):
            self.port = free_port()
            try:
                self.launch([NSD, "-d", "-c", self._write()], self._is_ready)
                return
            except NotStarted:
                if attempt == 4:
                    raise

    def _is_ready(self) -> bool:
        client = Client(self.port)
        return client.is_up() and client.ask(
            "com.", dns.rdatatype.SOA).rcode == "NOERROR"
