# SPDX-License-Identifier: BSD-3-Clause
"""conf/unbound-palang-extras.conf: what the resolver says of itself, and the names by
which browsers ask whether they may go elsewhere."""

import re
import shutil
import subprocess

import pytest

from command import Store
from harness import ROOT, UNBOUND
from resolver import Resolver
from wire import assert_blocked, assert_true

EXTRAS = ROOT / "conf/unbound-palang-extras.conf"
RESINFO = 261
CANARIES = ("use-application-dns.net", "mask.icloud.com", "mask-h2.icloud.com")

# What palang may send (tests/resolver/test_structured_errors.py has them all).
EDE_CODES = {4, 15, 16, 17}


@pytest.fixture(scope="module")
def resolver(start_once, tmp_path_factory: pytest.TempPathFactory) -> Resolver:
    store = Store(tmp_path_factory.mktemp("extras") / "store")
    store.compile(["toko-palsu.example"])
    return start_once(store, text=f'include: "{EXTRAS}"\n')


@pytest.mark.parametrize("edns", [False, True], ids=["no-edns", "edns"])
@pytest.mark.parametrize("recursion", [False, True], ids=["no-rd", "rd"])
def test_resinfo_is_answered_with_authority_and_without_recursion(
        resolver: Resolver, recursion: bool, edns: bool) -> None:
    answer = resolver.ask("resolver.arpa", RESINFO, recursion=recursion, edns=edns)
    assert answer.rcode == "NOERROR" and answer.flag("AA"), str(answer)
    (rrset,) = answer.message.answer
    assert (str(rrset.name), rrset.ttl, len(rrset)) == ("resolver.arpa.", 7200, 1)
    rdata, keys = rrset[0].to_wire(), []
    while rdata:
        keys.append(rdata[1:1 + rdata[0]].decode())
        rdata = rdata[1 + rdata[0]:]
    assert keys == ["qnamemin", "exterr=4,15-17",
                    "infourl=https://dns.example.net/policy"]


def test_resinfo_names_the_errors_that_palang_sends() -> None:
    (hexadecimal,) = re.findall(r"TYPE261 \\# 63 ([0-9a-f]+)", EXTRAS.read_text())
    text = bytes.fromhex(hexadecimal)
    (ranges,) = re.findall(rb"exterr=([0-9,-]+)", text)
    codes: set[int] = set()
    for part in ranges.decode().split(","):
        first, _, last = part.partition("-")
        codes |= set(range(int(first), int(last or first) + 1))
    assert codes == EDE_CODES


def test_the_command_in_the_comment_makes_the_record() -> None:
    """An operator has to put another page's address into it."""
    text = EXTRAS.read_text()
    lines = [line.strip(" #\\") for line in text[text.index("python3 -c"):].splitlines()]
    command = " ".join(lines[:3])
    done = subprocess.run(["sh", "-c", command.replace("python3", "/usr/bin/python3", 1)],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert f"TYPE261 {done.stdout.strip()}\"" in text


@pytest.mark.parametrize("rdtype", ["A", "TXT", "SVCB"])
def test_nothing_else_is_said_of_the_resolver(resolver: Resolver, rdtype: str) -> None:
    for name in ("resolver.arpa", "_dns.resolver.arpa", "www.resolver.arpa"):
        answer = resolver.ask(name, rdtype)
        assert not answer.message.answer and answer.flag("AA"), str(answer)
        assert answer.rcode == ("NOERROR" if name == "resolver.arpa" else "NXDOMAIN")


@pytest.mark.parametrize("name", CANARIES)
def test_a_canary_does_not_exist(resolver: Resolver, name: str) -> None:
    for rdtype in ("A", "AAAA", "HTTPS"):
        for text in (name, name.upper()):
            answer = resolver.ask(text, rdtype)
            assert answer.rcode == "NXDOMAIN", str(answer)
            assert not answer.message.answer and not answer.ede


def test_what_is_beside_a_canary_is_not_touched(resolver: Resolver) -> None:
    for name in ("icloud.com", "www.icloud.com", "xmask.icloud.com"):
        assert_true(resolver.ask(name))


def test_palang_goes_on_blocking_beside_them(resolver: Resolver) -> None:
    assert_blocked(resolver.ask("toko-palsu.example"))
    assert_true(resolver.ask("toko-asli.example"))


def test_nothing_of_it_is_on_unless_it_is_included(start, store: Store) -> None:
    store.compile(["toko-palsu.example"])
    resolver = start(store)
    assert_true(resolver.ask("mask.icloud.com"))
    assert not resolver.ask("resolver.arpa", RESINFO).message.answer


def test_unbound_checkconf_accepts_it_beside_palang(tmp_path) -> None:
    checkconf = UNBOUND.with_name("unbound-checkconf")
    if not checkconf.exists():
        pytest.skip("unbound-checkconf is missing")
    shutil.copy(EXTRAS, tmp_path / "extras.conf")
    config = tmp_path / "unbound.conf"
    config.write_text('server:\nchroot: ""\nusername: ""\npidfile: ""\n'
                      f'directory: "{tmp_path}"\ninclude: "{tmp_path}/extras.conf"\n')
    done = subprocess.run([checkconf, config], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
