# SPDX-License-Identifier: BSD-3-Clause
"""Lists in all formats, packed or not, give the same store; what is refused is told
grouped by reason."""

import csv
import gzip
import io
import json
import lzma
import pathlib
import shutil
import subprocess

import pytest

from command import Store, palang
from harness import ROOT

NAMES = [f"toko{i}.example" for i in range(50)]
CONF = ROOT / "conf"


def lines(form: str, head: str = "") -> str:
    return head + "".join(form.format(n) + "\n" for n in NAMES)


# What says that the names and all below them are listed, with no more.
SAME = {
    "domains": lines("{}", "# x\n"),
    "hosts": lines("0.0.0.0 {}"),
    "csv": lines("{}", "domain\n"),
    "jsonl": lines('{{"domain": "{}"}}'),
    "json": json.dumps(NAMES),
    "dnsmasq": lines("address=/{}/#"),
    "unbound": lines('local-zone: "{}." always_null', "server:\n"),
    "adblock": lines("||{}^", "[Adblock Plus]\n"),
    "wildcard": lines("*.{}"),
    "rpz": "$TTL 60\n" + "".join(f"{n} CNAME x.example.\n" for n in NAMES)
           + "".join(f"*.{n} CNAME x.example.\n" for n in NAMES),
    "adm": lines("{}", "0000350_2026.29.08\n"),
    "certpl": "DomainAddress\n" + lines("{}"),
    "certpl-log": lines('{{"DomainAddress": "{}", "ActionType": "block"}}'),
    "hazard": "<Rejestr>" + lines("<PozycjaRejestru><AdresDomeny>{}</AdresDomeny>"
                                  "</PozycjaRejestru>") + "</Rejestr>",
    "ojk": json.dumps({"data": [{"web": NAMES, "entity_type": ""}]}),
    "rkn": "<register>" + lines('<content blockType="domain-mask"><domain>{}</domain>'
                                "</content>") + "</register>",
}


@pytest.mark.parametrize("form", SAME)
def test_every_format_gives_the_same_store(store: Store, tmp_path: pathlib.Path,
                                           form: str) -> None:
    path = tmp_path / "list"
    store.compile(NAMES)
    path.write_text(SAME[form])
    done = palang("compile", "-o", store.path, "--format", form, path)
    assert "nothing changed: the store stays at serial 1" in done.stderr
    if form != "wildcard":
        assert f"format {form}" in palang("check", path).stderr


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress, "zstd"])
def test_a_compressed_list_is_as_the_list(store: Store, tmp_path: pathlib.Path,
                                          pack) -> None:
    plain = "".join(n + "\n" for n in NAMES).encode()
    path = tmp_path / "list.txt"
    if pack == "zstd":
        if shutil.which("zstd") is None:
            pytest.skip("no zstd")
        path.write_bytes(subprocess.run(["zstd", "-c"], input=plain, check=True,
                                        capture_output=True).stdout)
    else:
        path.write_bytes(pack(plain))
    store.compile(NAMES)
    done = palang("compile", "-o", store.path, path)
    assert "nothing changed" in done.stderr


SAMPLES = sorted(p for p in CONF.iterdir() if p.name.startswith("sample"))


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda p: p.name)
def test_every_sample_can_be_read(sample: pathlib.Path) -> None:
    form = ["--format", "wildcard"] if "wildcard" in sample.name else []
    done = palang("check", "--json", *form, sample, status=None)
    summary = json.loads(done.stdout.splitlines()[-1])
    assert summary["usable"] and summary["accepted"] > 0
    assert summary["format"] in sample.name or sample.suffix[1:] == summary["format"] \
        or (sample.name, summary["format"]) == ("sample-certpl.log", "certpl-log")


def test_there_is_a_sample_of_every_format() -> None:
    text = palang("compile", "--format", "x", "-", status=2).stderr
    names = text.split("not one of ")[1].splitlines()[0].split(", ")
    seen = {json.loads(palang("check", "--json",
                              *(["--format", "wildcard"] if "wildcard" in p.name else []),
                              p, status=None).stdout.splitlines()[-1])["format"]
            for p in SAMPLES}
    assert seen == set(names)


BAD = ('https://shop.example/page\nshop.example/"x",y\n192.0.2.1\n'
       "https://shop.example/other\n")
GOOD = "".join(n + "\n" for n in NAMES)


@pytest.fixture
def mixed(tmp_path: pathlib.Path) -> list[pathlib.Path]:
    paths = [tmp_path / "one", tmp_path / "two"]
    paths[0].write_text(GOOD + BAD)
    paths[1].write_text("a.example\nhttps://b.example/x\n")
    return paths


def test_refusals_are_grouped_as_text(mixed: list[pathlib.Path]) -> None:
    one, two = mixed
    done = palang("check", "--refused-format", "text", one, two, status=1)
    head, *groups = done.stdout.strip().split("\n\n")
    assert f"{one}: format domains, 54 names, 50 accepted, 4 refused" in head
    assert groups == [
        f"4 refused: URL with a path (url-path)\n  {one}:51: https://shop.example/page\n"
        f'  {one}:52: shop.example/"x",y\n  {one}:54: https://shop.example/other\n'
        f"  {two}:2: https://b.example/x",
        f"1 refused: IP address (ip-address)\n  {one}:53: 192.0.2.1"]


def test_refusals_are_grouped_as_csv(mixed: list[pathlib.Path]) -> None:
    done = palang("check", "--refused-format", "csv", *mixed, status=1)
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [(int(r["line"]), r["reason"], r["text"]) for r in rows] == [
        (51, "url-path", "https://shop.example/page"),
        (52, "url-path", 'shop.example/"x",y'),
        (54, "url-path", "https://shop.example/other"),
        (2, "url-path", "https://b.example/x"),
        (53, "ip-address", "192.0.2.1")]
    assert {r["file"] for r in rows} == {str(p) for p in mixed}


@pytest.mark.parametrize("first", "=+-@")
def test_no_refusal_is_a_formula_to_a_spreadsheet(first: str,
                                                  tmp_path: pathlib.Path) -> None:
    bad = tmp_path / "list"
    bad.write_text(GOOD + f'{first}HYPERLINK("https://c.example/x")\n')
    done = palang("check", "--refused-format", "csv", bad, status=1)
    texts = [r["text"] for r in csv.DictReader(io.StringIO(done.stdout))]
    assert texts == [f'\'{first}HYPERLINK("https://c.example/x")']


def test_refusals_are_grouped_as_json(store: Store, mixed: list[pathlib.Path],
                                      tmp_path: pathlib.Path) -> None:
    report = tmp_path / "report"
    palang("compile", "-o", store.path, "--refused", report, "--refused-format", "json",
           *mixed)
    data = json.loads(report.read_text())
    assert [(x["file"], x["accepted"], x["refused"], x["usable"])
            for x in data["lists"]] == [(str(mixed[0]), 50, 4, True),
                                        (str(mixed[1]), 1, 1, True)]
    assert [(g["reason"], g["count"], len(g["names"])) for g in data["refused"]] == [
        ("url-path", 4, 4), ("ip-address", 1, 1)]


def test_a_list_that_is_refused_as_a_whole_is_reported_too(
        store: Store, mixed: list[pathlib.Path], tmp_path: pathlib.Path) -> None:
    report, bad = tmp_path / "report", tmp_path / "bad"
    bad.write_text("https://c.example/x\n")
    palang("compile", "-o", store.path, "--refused", report, mixed[1], bad, status=1)
    text = report.read_text()
    assert f"{bad}: format domains, 1 names, 0 accepted, 1 refused; refused as a whole" \
        in text
    assert f"  {bad}:1: https://c.example/x" in text


def test_many_orders_are_kept_once_each(store: Store, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "list.json"
    path.write_text(json.dumps([
        {"RegisterPositionId": i, "DomainAddress": f"n{i}.example",
         "InsertDate": "2026-11-23T11:00:00", "DeleteDate": None}
        for i in range(3000)]))
    palang("compile", "-o", store.path, path)
    verdict = store.query("www.n2999.example")[0]
    assert verdict["blocked"] and verdict["order"] == "2999"
    assert verdict["issued"] == "2026-11-23T10:00:00Z"
