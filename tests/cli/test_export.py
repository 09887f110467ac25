# SPDX-License-Identifier: BSD-3-Clause
"""palang export: what is written is read back as the same, or it is said what is not."""

import csv
import io
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import time

import dns.name
import dns.rdatatype
import dns.zone
import pytest

from command import COMMAND, Store, list_text, palang

SEED = int(os.environ.get("PALANG_SEED", "31"))

ROWS = [
    {"domain": "toko.example", "authority": "Ministry", "category": "gambling",
     "order": 'No. 1, "x"', "basis": "Law 1", "reason": "why; #not",
     "issued": "2026-01-02T00:00:00Z", "contact": "mailto:a@office.example",
     "language": "id", "ede": "16"},
    {"domain": "www.sub.toko.example", "action": "nxdomain"},
    {"domain": "lone.example", "scope": "exact", "action": "nxdomain"},
    {"domain": "star.example", "scope": "below", "action": "drop"},
    {"domain": "own.example", "notice": "192.0.2.9 2001:db8::9"},
    {"domain": "refused.example", "action": "refused"},
    {"domain": "good.toko.example", "action": "pass"},
    {"domain": "old.example", "expires": "2020-01-01T00:00:00Z"},
    {"domain": "later.example", "effective": "2099-01-01T00:00:00Z"},
    {"domain": "odd\\035\\044\\034.example"},
]


@pytest.fixture
def filled(store: Store) -> Store:
    store.compile_rows(ROWS, "--feed", "first")
    return store


def export(store: Store, *options: str | os.PathLike[str], status: int | None = 0):
    return palang("export", "-o", store.path, *options, status=status)


def table(store: Store, *options: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(export(store, *options).stdout)))


def same(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """Without what is not the same in another store."""
    return [{k: v for k, v in r.items() if k != "since"} for r in rows]


@pytest.mark.parametrize("form", ["csv", "json"])
def test_entries_are_read_back_as_they_were(form: str, filled: Store,
                                            tmp_path: pathlib.Path) -> None:
    text = export(filled, "--format", form, "--all").stdout
    if form == "json" and "jsonl" not in palang("compile", "--help").stdout:
        pytest.skip("no format jsonl")
    other = Store(tmp_path / "other")
    other.compile(text, "--feed", "first", "--format",
                  "csv" if form == "csv" else "jsonl")
    assert same(table(other, "--all")) == same(table(filled, "--all"))
    assert len(table(other, "--all")) == len(ROWS)
    again = filled.compile(text, "--feed", "first", "--format",
                           "csv" if form == "csv" else "jsonl")
    assert "nothing changed" in again.stderr


def test_only_what_is_in_force_is_written_unless_all_is_asked_for(filled: Store) -> None:
    def names(*options: str) -> set[str]:
        return {r["domain"] for r in table(filled, *options)}

    assert names("--all") - names() == {"old.example", "later.example"}
    assert "old.example" in names("--at", "2019-12-31")
    assert "old.example" not in names("--at", "2020-01-01")
    assert "later.example" in names("--at", "2099-01-01T00:00:00Z")


def test_json_has_an_object_a_line_with_what_is_said(filled: Store) -> None:
    lines = [json.loads(line) for line in
             export(filled, "--format", "json").stdout.splitlines()]
    first = next(o for o in lines if o["domain"] == "toko.example")
    assert {k: first[k] for k in ROWS[0]} == ROWS[0]
    assert first["feed"] == "first" and first["action"] == "notice"
    assert "expires" not in first


def test_feeds_are_told_apart(filled: Store) -> None:
    filled.compile(["toko.example", "more.example"], "--feed", "second")
    both = [r["feed"] for r in table(filled) if r["domain"] == "toko.example"]
    assert both == ["first", "second"]
    assert {r["domain"] for r in table(filled, "--feed", "second")} == {
        "toko.example", "more.example"}
    done = export(filled, "--feed", "third", status=2)
    assert "has no feed 'third'" in done.stderr


def test_a_feed_in_shadow_mode_is_written_only_when_named(filled: Store) -> None:
    filled.compile(["shadow.example"], "--feed", "second")
    filled.set("--feed", "second", "shadow=yes")
    assert "shadow.example" not in export(filled, "--format", "rpz", status=1).stdout
    assert export(filled, "--format", "domains", "--feed", "second").stdout == \
        "shadow.example\n"


def test_domains_are_what_is_blocked_and_what_is_lost_is_said(filled: Store) -> None:
    done = export(filled, "--format", "domains", status=1)
    assert done.stdout.splitlines() == [
        "odd\\035\\044\\034.example", "own.example", "refused.example",
        "*.star.example", "toko.example", "www.sub.toko.example"]
    assert "1 names blocked alone" in done.stderr  # lone.example
    assert "1 names let pass below" in done.stderr  # good.toko.example
    assert "3 names blocked by another action" in done.stderr


def test_domains_and_hosts_are_read_back_as_the_same_names(store: Store,
                                                           tmp_path) -> None:
    names = ["a.example", "b.a.example", "c.example", "odd\\035.example"]
    store.compile(names)
    for form in ("domains", "hosts"):
        text = export(store, "--format", form).stdout
        other = Store(tmp_path / form)
        other.compile(text, "--format", form)
        assert same(table(other)) == same(table(store))


def test_hosts_have_the_notice_addresses(filled: Store) -> None:
    done = export(filled, "--format", "hosts", status=1)
    lines = done.stdout.splitlines()
    assert "192.0.2.9 own.example" in lines and "2001:db8::9 own.example" in lines
    assert "0.0.0.0 refused.example" in lines
    assert not any("star.example" in line for line in lines)
    assert "only what is below: left out" in done.stderr


def test_what_a_better_feed_lets_pass_is_in_no_list(filled: Store) -> None:
    palang("allow", "-o", filled.path, "--reason", "x", "toko.example")
    text = export(filled, "--format", "domains", status=1).stdout
    assert "toko.example" not in text
    zone = export(filled, "--format", "rpz", status=1).stdout
    assert [line for line in zone.splitlines() if "toko.example" in line] == [
        "toko.example IN CNAME rpz-passthru.", "*.toko.example IN CNAME rpz-passthru."]


def zone_of(store: Store, path: pathlib.Path, *options: str,
            status: int = 0) -> dns.zone.Zone:
    export(store, "--format", "rpz", "--zone", "rpz.test", "--output", path, *options,
           status=status)
    return dns.zone.from_file(os.fspath(path), "rpz.test", relativize=False)


def test_a_zone_has_a_head_and_the_serial_of_the_store(filled: Store,
                                                       tmp_path: pathlib.Path) -> None:
    zone = zone_of(filled, tmp_path / "zone", status=1)
    soa = zone.get_rdataset("rpz.test.", "SOA")[0]
    assert soa.serial == filled.serial
    assert zone.get_rdataset("rpz.test.", "NS")[0].to_text() == "localhost."
    zone = zone_of(filled, tmp_path / "zone", "--serial", "4294967294", "--ttl", "77",
                   status=1)
    assert zone.get_rdataset("rpz.test.", "SOA")[0].serial == 4294967294
    assert zone.get_rdataset("toko.example.rpz.test.", "A").ttl == 77


def test_a_zone_says_what_the_store_answers(filled: Store,
                                            tmp_path: pathlib.Path) -> None:
    zone = zone_of(filled, tmp_path / "zone", status=1)

    def policy(name: str) -> list[str]:
        node = zone.get_node(name + ".rpz.test.")
        return sorted(r.to_text() for s in node for r in s) if node else []

    assert policy("own.example") == policy("*.own.example") == [
        "192.0.2.9", "2001:db8::9"]
    assert policy("lone.example") == ["*."] and policy("*.lone.example") == []
    assert policy("star.example") == [] and policy("*.star.example") == ["rpz-drop."]
    assert policy("sub.toko.example") == policy("*.sub.toko.example") == \
        policy("toko.example")
    assert policy("www.sub.toko.example") == ["."]
    assert policy("good.toko.example") == ["rpz-passthru."]
    assert policy("refused.example") == ["."]
    assert policy("old.example") == policy("later.example") == []


def test_names_that_are_covered_are_not_in_the_zone(store: Store,
                                                    tmp_path: pathlib.Path) -> None:
    store.compile(["toko.example", "a.toko.example", "b.a.toko.example"])
    zone = zone_of(store, tmp_path / "zone")
    assert sorted(str(n) for n in zone) == [
        "*.toko.example.rpz.test.", "rpz.test.", "toko.example.rpz.test."]


def test_names_that_a_zone_cannot_have_are_counted(store: Store,
                                                   tmp_path: pathlib.Path) -> None:
    long = ".".join(["a" * 60] * 4)
    store.compile([f"{long}.example"[-247:], "b.rpz-ip", "a.\\042.example",
                   "good.example"], "--feed", "x")
    done = export(store, "--format", "rpz", "--zone", "rpz.test", status=1)
    assert "1 names too long in this zone" in done.stderr
    assert "2 names that mean something else in a zone" in done.stderr
    assert "good.example" in done.stdout and "rpz-ip" not in done.stdout


@pytest.mark.parametrize("program", ["named-compilezone", "nsd-checkzone"])
def test_other_programs_take_the_zone(program: str, filled: Store,
                                      tmp_path: pathlib.Path) -> None:
    path = shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin")
    if path is None:
        pytest.skip(f"no {program}")
    zone_of(filled, tmp_path / "zone", "--zonemd", status=1)
    # Not every name that is listed is a host's, which BIND wants of those with an A.
    words = (["-k", "ignore", "-o", tmp_path / "out"] if program.startswith("named")
             else [])
    done = subprocess.run([path, *words, "rpz.test", tmp_path / "zone"],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_digest_is_that_of_the_zone(store: Store, tmp_path: pathlib.Path) -> None:
    rng = random.Random(SEED)
    labels = [b"a", b"b", b"toko", b"!", b"#", b"\x00", b"*a", b"-", b"+"]
    names = {dns.name.Name(tuple(rng.choices(labels, k=rng.randint(1, 5)))
                           + (b"example", b"")) for _ in range(300)}
    store.compile_rows([{"domain": list_text(n), "scope": rng.choice(
        ["exact", "below", "subtree"]), "action": rng.choice(["notice", "nxdomain"])}
        for n in names])
    zone = zone_of(store, tmp_path / "zone", "--zonemd")
    zone.verify_digest()
    first = next(iter(n for n in zone if str(n).startswith("toko")))
    zone.delete_node(first)
    with pytest.raises(dns.zone.DigestVerificationFailure):
        zone.verify_digest()


def test_what_a_zone_says_is_read_back(filled: Store, tmp_path: pathlib.Path) -> None:
    if "rpz" not in palang("compile", "--help").stdout:
        pytest.skip("no format rpz")
    text = export(filled, "--format", "rpz", status=1).stdout
    other = Store(tmp_path / "other")
    other.compile(text, "--format", "rpz", status=None)
    names = ["toko.example", "x.toko.example", "www.sub.toko.example", "a.star.example",
             "star.example", "good.toko.example", "lone.example", "x.lone.example"]
    assert [v["blocked"] for v in other.query(*names)] == [
        v["blocked"] for v in filled.query(*names)]


def test_a_file_is_whole_or_as_it_was(filled: Store, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "list"
    path.write_text("as it was\n")
    path.chmod(0o640)
    export(filled, "--feed", "none", "--output", path, status=2)
    assert path.read_text() == "as it was\n"
    export(filled, "--output", path)
    assert path.read_text() == export(filled).stdout
    assert path.stat().st_mode & 0o777 == 0o640
    assert [p.name for p in tmp_path.iterdir()] in (["list", "store"], ["store", "list"])


def test_what_is_no_file_is_not_replaced(filled: Store, tmp_path: pathlib.Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    for path in (fifo, tmp_path, "/dev/null"):
        done = export(filled, "--output", path, status=2)
        assert "not a file" in done.stderr
    done = export(filled, "--output", tmp_path / "none" / "list", status=2)
    assert "No such file" in done.stderr


def test_a_full_disk_is_an_error(filled: Store) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run([COMMAND, "export", "-o", filled.path], stdout=full,
                              stderr=subprocess.PIPE, text=True)
    assert done.returncode == 2
    assert done.stderr.count("No space left") == 1


def test_a_signal_leaves_nothing_behind(store: Store, tmp_path: pathlib.Path) -> None:
    store.compile("".join(f"n{i}.example\n" for i in range(300000)))
    out = tmp_path / "out"
    out.mkdir()
    with subprocess.Popen([COMMAND, "export", "-o", store.path, "--format", "rpz",
                           "--output", out / "zone"], stderr=subprocess.DEVNULL) as p:
        while p.poll() is None and not list(out.iterdir()):
            time.sleep(0.001)
        p.send_signal(signal.SIGTERM)
        p.wait()
    left = [f.name for f in out.iterdir()]
    assert left == ([] if p.returncode == -signal.SIGTERM else ["zone"])


@pytest.mark.parametrize("options, text", [
    (["--format", "csv", "--zone", "rpz.test"], "are of the format rpz"),
    (["--format", "rpz", "--all"], "--all goes with csv and json"),
    (["--all", "--at", "2026-01-01"], "exclude each other"),
    (["--at", "yesterday"], "not a date"),
    (["--format", "rpz", "--zone", "*.rpz.test"], "without '*.'"),
    (["--format", "rpz", "--zone", "a..b"], "empty label"),
    (["--format", "xml"], "not one of rpz"),
    (["more"], "too many operands"),
])
def test_wrong_usage_is_told(options: list[str], text: str, filled: Store) -> None:
    done = export(filled, *options, status=2)
    assert text in done.stderr and done.stdout == ""


def test_without_a_store_there_is_nothing_to_export(store: Store) -> None:
    assert export(store, status=2).stdout == ""
