# SPDX-License-Identifier: BSD-3-Clause
"""What else answers in Unbound in place of a name's owner, and who comes first where
palang blocks the name, too. doc/operations.md and palang-module(8) have the table."""

import dataclasses
import pathlib

import pytest

from command import Store
from resolver import Resolver
from wire import Answer, assert_blocked, assert_true

NAME = "www.toko-palsu.example"  # below a listed name
OTHER = "www.toko-asli.example"  # not listed
LOCAL = "192.0.2.77"  # what the other mechanism answers

RESPIP = 'module-config: "dynlib respip validator iterator"'


@dataclasses.dataclass(frozen=True)
class Mechanism:
    first: bool  # it answers before palang looks
    options: tuple[str, ...] = ()  # {name} is the name asked for
    text: str = ""  # further clauses; {zone} is the path of the zone
    zone: str = ""
    kind: str = LOCAL  # what it answers by itself


def rpz(*records: str) -> str:
    return ("$ORIGIN rpz.test.\n$TTL 60\n"
            "@ SOA localhost. nobody.invalid. 1 3600 900 604800 60\n@ NS localhost.\n"
            + "".join(r + "\n" for r in records))


def rpz_clause(*more: str) -> str:
    return "\n".join(('rpz:', 'name: "rpz.test."', 'zonefile: "{zone}"', *more)) + "\n"


def auth_clause(downstream: str, upstream: str) -> str:
    return ('auth-zone:\nname: "{name}."\nzonefile: "{zone}"\n'
            f"for-downstream: {downstream}\nfor-upstream: {upstream}\n")


AUTH = ("$ORIGIN {name}.\n$TTL 60\n@ SOA localhost. nobody.invalid. 1 3600 900 604800 60\n"
        f"@ NS localhost.\n@ A {LOCAL}\n")

MECHANISMS = {
    "local-data": Mechanism(True, ('local-data: "{name}. A ' + LOCAL + '"',)),
    "local-zone redirect": Mechanism(
        True, ('local-zone: "{name}." redirect', 'local-data: "{name}. A ' + LOCAL + '"')),
    "local-zone always_nxdomain": Mechanism(
        True, ('local-zone: "{name}." always_nxdomain',), kind="NXDOMAIN"),
    "local-zone always_refuse": Mechanism(
        True, ('local-zone: "{name}." always_refuse',), kind="REFUSED"),
    "local-zone transparent without data": Mechanism(
        False, ('local-zone: "{name}." transparent',), kind="true"),
    "view": Mechanism(
        True, ('access-control-view: 127.0.0.0/8 "some"',),
        'view:\nname: "some"\nlocal-data: "{name}. A ' + LOCAL + '"\n'),
    "view of other clients": Mechanism(
        False, ('access-control-view: 192.0.2.0/24 "some"',),
        'view:\nname: "some"\nlocal-data: "{name}. A ' + LOCAL + '"\n', kind="true"),
    "RPZ by name": Mechanism(True, (RESPIP,), rpz_clause(),
                             rpz("{name} A " + LOCAL)),
    "RPZ by name, NXDOMAIN": Mechanism(True, (RESPIP,), rpz_clause(),
                                       rpz("{name} CNAME ."), kind="NXDOMAIN"),
    "RPZ by client": Mechanism(
        True, (RESPIP,), rpz_clause(),
        rpz("8.0.0.0.127.rpz-client-ip A " + LOCAL)),
    "RPZ passthru": Mechanism(False, (RESPIP,), rpz_clause(),
                              rpz("{name} CNAME rpz-passthru."), kind="true"),
    "RPZ only logged": Mechanism(
        False, (RESPIP,), rpz_clause("rpz-action-override: disabled"),
        rpz("{name} A " + LOCAL), kind="true"),
    "RPZ by address": Mechanism(
        False, (RESPIP,), rpz_clause(),
        rpz("24.0.100.51.198.rpz-ip A " + LOCAL)),
    "RPZ by name server": Mechanism(
        False, (RESPIP,), rpz_clause(),
        rpz("32.1.0.0.127.rpz-nsip CNAME ."), kind="NXDOMAIN"),
    "response-ip": Mechanism(
        False, (RESPIP, "response-ip: 198.51.100.0/24 redirect",
                f'response-ip-data: 198.51.100.0/24 "A {LOCAL}"')),
    "dns64": Mechanism(
        False, ('module-config: "dynlib dns64 validator iterator"',), kind="true"),
    "subnetcache": Mechanism(
        False, ('module-config: "dynlib subnetcache validator iterator"',), kind="true"),
    "auth-zone for clients": Mechanism(True, (), auth_clause("yes", "no"), AUTH),
    "auth-zone for Unbound itself": Mechanism(False, (), auth_clause("no", "yes"), AUTH),
}


def shown(answer: Answer) -> str:
    """The other mechanism's address, `true`, or the response code."""
    if answer.is_true:
        return "true"
    return LOCAL if answer.addresses == [LOCAL] else answer.rcode


@pytest.mark.parametrize("what", MECHANISMS)
def test_what_comes_first_is_as_documented(start, store: Store, what: str,
                                           tmp_path: pathlib.Path) -> None:
    mechanism = MECHANISMS[what]
    resolvers: dict[str, Resolver] = {}
    store.compile(["toko-palsu.example"])
    for name in (NAME, OTHER):
        zone = tmp_path / f"zone-{name}"
        zone.write_text(mechanism.zone.replace("{name}", name))
        resolvers[name] = start(
            store, options=[o.replace("{name}", name) for o in mechanism.options],
            text=mechanism.text.replace("{name}", name).replace("{zone}", str(zone)))
    # By itself it works; and again from the cache.
    for _ in range(2):
        assert shown(resolvers[OTHER].ask(OTHER)) == mechanism.kind
    for _ in range(2):
        answer = resolvers[NAME].ask(NAME)
        if mechanism.first:
            assert shown(answer) == mechanism.kind, str(answer)
            assert not answer.ede, "palang had no part in it"
        else:
            assert_blocked(answer)
            assert answer.ede, str(answer)
    if what != "RPZ by client":
        assert_blocked(resolvers[OTHER].ask("toko-palsu.example"))


def test_a_reverse_zone_of_unbound_s_own_comes_first(start, store: Store) -> None:
    store.compile(["10.in-addr.arpa", "toko-palsu.example"])
    answer = start(store).ask("1.0.0.10.in-addr.arpa", "PTR")
    assert answer.rcode == "NXDOMAIN" and not answer.ede
    assert_true(start(store).ask("toko-asli.example"))
