# SPDX-License-Identifier: BSD-3-Clause
"""The configurations of Unbound that the hunt goes through."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Configuration:
    name: str
    about: str
    options: tuple[str, ...] = ()  # lines of Unbound's server clause
    clauses: tuple[str, ...] = ()  # lines after it
    modules: str = "dynlib validator iterator"
    threads: int = 1
    clients: tuple[tuple[str, int], ...] = (("udp", 2), ("tcp", 1))
    window: int = 16
    encrypted: bool = False  # listens for DoT and DoH
    ipv6: bool = False
    cname_targets: bool = False
    signed: bool = False  # validates signed.test.
    forward: bool = False  # asks another Unbound for everything
    reload: tuple[str, ...] = ()  # in turn: "hup", or words for unbound-control


# Everything encrypted and by TCP is slow: it is asked by more threads.
ALL_TRANSPORTS = (("udp", 1), ("tcp", 2), ("tls", 2), ("https", 2))

TABLE = (
    Configuration("plain", "one thread, as Debian has it", ipv6=True,
                  clients=(("udp", 2), ("tcp", 1), ("tls", 1), ("https", 1)),
                  encrypted=True),
    Configuration("threads", "four threads, so-reuseport", threads=4,
                  options=("so-reuseport: yes",), ipv6=True),
    Configuration("prefetch", "prefetch, and every TTL short",
                  options=("prefetch: yes", "prefetch-key: yes", "cache-min-ttl: 0",
                           "cache-max-ttl: 2")),
    Configuration("serve-expired", "expired answers at once",
                  options=("serve-expired: yes", "serve-expired-client-timeout: 0",
                           "cache-max-ttl: 1")),
    Configuration("serve-expired-timeout", "expired answers after 1.8 s",
                  options=("serve-expired: yes", "serve-expired-client-timeout: 1800",
                           "cache-max-ttl: 1")),
    Configuration("serve-expired-small", "expired answers after 1 ms",
                  options=("serve-expired: yes", "serve-expired-client-timeout: 1",
                           "serve-expired-ttl: 86400", "cache-max-ttl: 1")),
    Configuration("dns64", "dns64 behind palang",
                  modules="dynlib dns64 validator iterator"),
    Configuration("subnetcache", "answers by the client's network behind palang",
                  modules="dynlib subnetcache validator iterator",
                  options=("send-client-subnet: 127.0.0.1",
                           "client-subnet-always-forward: yes",
                           "max-client-subnet-ipv4: 32")),
    Configuration("validator", "signed names, and minimised, hardened ways to them",
                  signed=True,
                  options=("harden-referral-path: yes", "qname-minimisation: yes",
                           "aggressive-nsec: yes")),
    Configuration("forward", "everything from another Unbound", forward=True),
    Configuration("cname-targets", "aliases of blocked names are blocked",
                  cname_targets=True),
    Configuration("transports", "DoT, DoH and TCP above all", encrypted=True,
                  threads=2, clients=ALL_TRANSPORTS, ipv6=True),
    Configuration("tiny", "caches so small that entries come and go",
                  options=("msg-cache-size: 100k", "rrset-cache-size: 100k",
                           "key-cache-size: 50k", "neg-cache-size: 50k")),
    Configuration("reload", "reloads all the time", threads=2,
                  reload=("hup", "reload_keep_cache", "reload")),
    Configuration("no-validator", "without the validator", modules="dynlib iterator"),
    Configuration("cachedb", "a second cache behind palang",
                  modules="dynlib validator cachedb iterator",
                  clauses=("cachedb:", 'backend: "testframe"')),
)

CONFIGURATIONS = {c.name: c for c in TABLE}
