# SPDX-License-Identifier: BSD-3-Clause
"""palang compile: what it commits, and what it says about it."""

import pathlib
import re
import threading

import pytest

from command import NOTICES, STORE_FILES, Store, palang

LISTS = {
    "domains": "toko-palsu.example\n# a comment\n\nwww.pinjaman-ilegal.example\n",
    "hosts": "0.0.0.0 toko-palsu.example\n0.0.0.0 www.pinjaman-ilegal.example # why\n",
    "csv": "domain,authority\ntoko-palsu.example,Ministry of Examples\n"
           "www.pinjaman-ilegal.example,\n",
}


def blocked(store: Store, *names: str) -> list[bool]:
    return [v["blocked"] for v in store.query(*names)]


def numbers(text: str) -> dict[str, int]:
    """The numbers of the report, by the word after each."""
    last = "\n".join(x for x in text.splitlines()
                     if " names read: " in x or re.match(r"serial \d+: ", x))
    return {word: int(n) for n, word in re.findall(
        r"(\d+) (?:names? )?(read|entries|duplicates|refused|added|removed|changed|"
        r"listed)", last)}


def digest(store: Store) -> bytes:
    return store.data.read_bytes()


@pytest.mark.parametrize("name", LISTS)
def test_a_list_of_each_format_becomes_a_store(store: Store, name: str) -> None:
    store.compile(LISTS[name], "--format", name)
    assert store.serial == 1
    assert blocked(store, "toko-palsu.example", "x.toko-palsu.example",
                   "www.pinjaman-ilegal.example", "pinjaman-ilegal.example",
                   "example.com") == [True, True, True, False, False]


@pytest.mark.parametrize("name", LISTS)
def test_the_format_is_recognised(store: Store, tmp_path: pathlib.Path,
                                  name: str) -> None:
    path = tmp_path / "list"
    path.write_text(LISTS[name])
    palang("compile", "-o", store.path, "--notice", NOTICES[0], path)
    assert blocked(store, "toko-palsu.example", "www.pinjaman-ilegal.example") == [
        True, True]


def test_several_lists_make_one_feed(store: Store, tmp_path: pathlib.Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).write_text(f"{name}.example\nboth.example\n")
    done = palang("compile", "-o", store.path, tmp_path / "one", tmp_path / "two", "-",
                  stdin="three.example\n")
    assert blocked(store, "one.example", "two.example", "three.example",
                   "both.example") == [True] * 4
    assert numbers(done.stderr)["duplicates"] == 1


def test_a_compile_commits_the_difference_only(store: Store) -> None:
    names = [f"toko{i}.example" for i in range(1000)]
    done = store.compile(names)
    assert numbers(done.stderr)["added"] == 1000
    done = store.compile([*names[10:], "new.example"])
    n = numbers(done.stderr)
    assert (n["added"], n["removed"], n["changed"], n["listed"]) == (1, 10, 0, 991)
    assert store.serial == 2
    since = {v["name"]: v["since_serial"] for v in store.query(
        "toko500.example", "new.example")}
    assert since == {"toko500.example": 1, "new.example": 2}


def test_nothing_is_committed_when_nothing_changed(store: Store) -> None:
    names = [f"toko{i}.example" for i in range(1000)]
    store.compile(names)
    before = digest(store)
    for again in (names, names[::-1], names + names[:10],
                  [n.upper() for n in names], [n + "." for n in names]):
        done = store.compile(again)
        assert "nothing changed" in done.stderr
        assert store.serial == 1
    assert digest(store) == before


def test_the_serial_goes_up_by_one_with_each_change(store: Store) -> None:
    for i in range(1, 6):
        store.compile([f"toko{i}.example"])
        assert store.serial == i


def test_another_action_scope_or_order_is_a_change(store: Store) -> None:
    store.compile(["toko.example", "other.example"])
    for options in (["--action", "nxdomain"], ["--action", "nxdomain", "--scope",
                                               "exact"],
                    ["--authority", "Ministry of Examples"],
                    ["--authority", "Ministry of Examples", "--category", "fake-shop"],
                    ["--ede", "17"], ["--ede", "16"]):
        before = store.serial
        n = numbers(store.compile(["toko.example", "other.example"], *options).stderr)
        assert (n["added"], n["removed"], n["changed"]) == (0, 0, 2), options
        assert store.serial == before + 1
        assert "nothing changed" in store.compile(
            ["toko.example", "other.example"], *options).stderr


@pytest.mark.parametrize("options, notices", [
    ([], ["192.0.2.7"]), (["--ttl", "60"], NOTICES)], ids=["notice", "ttl"])
def test_another_setting_is_a_change(store: Store, options: list[str],
                                     notices: list[str]) -> None:
    store.compile(["toko.example"])
    n = numbers(store.compile(["toko.example"], *options, notices=notices).stderr)
    assert (n["added"], n["removed"], n["changed"]) == (0, 0, 0)
    assert store.serial == 2
    done = store.compile(["toko.example"], *options, notices=notices)
    assert "nothing changed" in done.stderr and store.serial == 2


def test_each_feed_keeps_its_own_names(store: Store) -> None:
    store.compile(["one.example", "both.example"], "--feed", "first")
    store.compile(["two.example", "both.example"], "--feed", "second")
    n = numbers(store.compile(["three.example"], "--feed", "first").stderr)
    assert (n["added"], n["removed"] + n["changed"], n["listed"]) == (1, 2, 3)
    assert blocked(store, "one.example", "two.example", "three.example",
                   "both.example") == [False, True, True, True]
    assert [v["feed"] for v in store.query("both.example", "three.example")] == [
        "second", "first"]


def test_an_empty_list_takes_all_names_of_its_feed_or_is_refused(store: Store) -> None:
    store.compile(["one.example"], "--feed", "first")
    store.compile(["two.example"], "--feed", "second")
    done = store.compile("", "--feed", "first", status=None)
    assert blocked(store, "one.example") == [done.returncode != 0]
    assert blocked(store, "two.example") == [True]


def test_the_counts_add_up(store: Store) -> None:
    """Every name that was read is an entry, a duplicate, or refused."""
    good = [f"toko{i}.example" for i in range(500)]
    double = good[:50] + [g.upper() for g in good[:20]]
    refused = ["https://shop.example/page?x=1", "example", "192.0.2.9"]
    done = store.compile([*good, *double, *refused, "# comment", ""])
    n = numbers(done.stderr)
    assert n["entries"] == n["added"] == n["listed"] == 500
    assert n["duplicates"] == 70
    assert n["refused"] == 3
    assert n["read"] == n["entries"] + n["duplicates"] + n["refused"]


def test_a_refused_line_is_told_with_its_reason(store: Store,
                                                tmp_path: pathlib.Path) -> None:
    path, refused = tmp_path / "list", tmp_path / "refused"
    good = [f"toko{i}.example" for i in range(300)]
    path.write_text("\n".join([*good, "https://shop.example/page", "co.uk", ""]))
    done = palang("compile", "-o", store.path, "--refused", refused, path)
    assert f"{path}:301: " in done.stderr and f"{path}:302: " in done.stderr
    report = refused.read_text()
    assert f"\n1 refused: URL with a path (url-path)\n  {path}:301: " in report
    assert "302 names, 300 accepted, 2 refused" in report.splitlines()[0]
    assert blocked(store, "shop.example", "x.co.uk") == [False, False]


def test_a_list_of_mostly_bad_lines_is_refused_whole(store: Store) -> None:
    store.compile(["toko.example"])
    before = digest(store)
    page = "<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head>\n" * 30
    done = store.compile(page, status=1)
    assert done.stderr.splitlines()[-1].startswith("palang: ")
    assert digest(store) == before
    assert blocked(store, "toko.example") == [True]


def test_a_list_that_is_not_there_changes_nothing(store: Store,
                                                  tmp_path: pathlib.Path) -> None:
    done = palang("compile", "-o", store.path, tmp_path / "nowhere", status=1)
    assert str(tmp_path / "nowhere") in done.stderr
    store.compile(["toko.example"])
    palang("compile", "-o", store.path, tmp_path / "nowhere", status=1)
    assert store.serial == 1


@pytest.mark.parametrize("words", [
    [], ["--no-such-option", "-"], ["--action", "explode", "-"],
    ["--scope", "sideways", "-"], ["--format", "pdf", "-"], ["--ede", "panic", "-"],
    ["--ttl", "soon", "-"], ["--ttl", "-1", "-"]])
def test_wrong_usage_exits_with_2(store: Store, words: list[str]) -> None:
    done = palang("compile", "-o", store.path, *words, stdin="toko.example\n", status=2)
    assert done.stderr.startswith("palang: ")
    assert not store.data.exists()


@pytest.mark.parametrize("address", ["", "192.0.2", "192.0.2.1/24", "toko.example",
                                     "2001:db8::g"])
def test_a_notice_that_is_no_address_is_refused(store: Store, address: str) -> None:
    done = palang("compile", "-o", store.path, "--notice", address, "-",
                  stdin="toko.example\n", status=None)
    assert done.returncode in (1, 2)
    assert done.stderr.splitlines()[0].startswith("palang: ")
    assert not store.data.exists()


def test_nothing_is_on_standard_output(store: Store) -> None:
    assert store.compile(["toko.example"]).stdout == ""


def test_writers_wait_for_one_another(store: Store) -> None:
    """Each of many at a time commits its own feed."""
    store.compile(["zero.example"])
    done: list[int] = []
    threads = [threading.Thread(target=lambda i=i: done.append(store.compile(
        [f"toko{i}.example", *(f"x{j}.toko{i}.example" for j in range(2000))],
        "--feed", f"feed{i}").returncode)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert done == [0] * 6
    assert store.serial == 7
    assert all(blocked(store, "zero.example", *(f"toko{i}.example" for i in range(6))))


def test_writers_of_a_new_store_wait_for_one_another(store: Store) -> None:
    done: list[int] = []
    threads = [threading.Thread(target=lambda i=i: done.append(store.compile(
        [f"toko{i}.example"], "--feed", f"feed{i}").returncode)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert done == [0] * 6
    assert store.serial == 6
    assert all(blocked(store, *(f"toko{i}.example" for i in range(6))))


def test_the_directory_of_a_store_holds_nothing_else(store: Store) -> None:
    for i in range(3):
        store.compile([f"toko{i}.example"])
    assert store.files() == STORE_FILES
    assert (store.path / "update.lock").stat().st_mode & 0o777 == 0o660
    assert [p.name for p in store.path.parent.iterdir()] == ["store"]
