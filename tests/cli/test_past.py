# SPDX-License-Identifier: BSD-3-Clause
"""palang history, rollback, verify, compact, and what query says of the past."""

import json

import pytest

from command import STORE_FILES, Store, csv_text, palang

FIRST = [{"domain": "toko-palsu.example", "authority": "Ministry", "order": "EX/1"},
         {"domain": "www.toko-palsu.example", "scope": "exact", "action": "pass"},
         {"domain": "judi.example", "authority": "Ministry", "order": "EX/2"}]
SECOND = [{"domain": "judi.example", "authority": "Ministry", "order": "EX/3"}]


@pytest.fixture
def filled(store: Store) -> Store:
    store.compile_rows(FIRST)
    store.compile_rows(SECOND)
    return store


def history(store: Store, *words: str) -> list[dict]:
    done = palang("history", "-o", store.path, "--json", *words)
    return [json.loads(line) for line in done.stdout.splitlines()]


def verify(store: Store) -> dict:
    return json.loads(palang("verify", "-o", store.path, "--json").stdout)


def entries(store: Store) -> list[tuple]:
    return [(v["name"], v["blocked"], v["order"], v["since_serial"])
            for v in store.query("toko-palsu.example", "www.toko-palsu.example",
                                 "judi.example")]


def test_query_tells_what_a_free_name_was_blocked_by(filled: Store) -> None:
    text = palang("query", "-o", filled.path, "toko-palsu.example", status=1).stdout
    assert "toko-palsu.example is not blocked" in text
    assert "feed 'list', Ministry, order EX/1: from " in text
    assert "(serial 1 to 2)" in text
    past, = filled.query("toko-palsu.example")[0]["past"]
    assert past["order"] == "EX/1" and past["authority"] == "Ministry"
    assert past["since_serial"] == 1 and past["until_serial"] == 2
    assert past["since"] <= past["until"]


def test_query_tells_earlier_times_of_a_blocked_name(filled: Store) -> None:
    verdict, = filled.query("judi.example")
    assert verdict["blocked"] and verdict["order"] == "EX/3"
    assert [p["order"] for p in verdict["past"]] == ["EX/2"]


def test_query_tells_of_names_above_what_covered_the_name(filled: Store) -> None:
    under, = filled.query("a.www.toko-palsu.example")
    assert [(p["name"], p["action"]) for p in under["past"]] == [
        ("toko-palsu.example", "notice")]
    assert filled.query("example")[0]["past"] == []


def test_history_tells_serials_and_where_they_came_from(filled: Store) -> None:
    filled.set("on-error=servfail")
    serials = history(filled)
    assert [s["serial"] for s in serials] == [1, 2, 3]
    assert [s["verb"] for s in serials] == ["compile", "compile", "set"]
    assert [s["first_load"] for s in serials] == [True, False, False]
    assert serials[1]["feeds"][0]["feed"] == "list"
    assert serials[1]["removed"] == 2 and serials[1]["changed"] == 1
    assert len(serials[1]["feeds"][0]["source_sha256"]) == 64
    assert serials[2]["settings"] == ["on-error"]
    assert [s["serial"] for s in history(filled, "--last", "1")] == [3]


def test_history_tells_what_a_serial_changed(filled: Store) -> None:
    header, *changes = history(filled, "2")
    assert header["serial"] == 2
    assert sorted((c["name"], c["came"], c["order"]) for c in changes) == [
        ("judi.example", False, "EX/2"), ("judi.example", True, "EX/3"),
        ("toko-palsu.example", False, "EX/1"), ("www.toko-palsu.example", False, None)]
    text = palang("history", "-o", filled.path, "2").stdout
    assert "- toko-palsu.example (subtree, notice), feed 'list', Ministry" in text


def test_history_tells_what_happened_to_a_name_and_above_it(filled: Store) -> None:
    found = [(e["serial"], e["came"], e["name"])
             for e in history(filled, "www.toko-palsu.example")]
    assert found == [(1, True, "toko-palsu.example"),
                     (1, True, "www.toko-palsu.example"),
                     (2, False, "toko-palsu.example"),
                     (2, False, "www.toko-palsu.example")]
    assert history(filled, "never-listed.example") == []


def test_history_of_a_name_outlives_the_changes(filled: Store) -> None:
    before = history(filled, "judi.example")
    palang("compact", "-o", filled.path, "--max-size", "1")
    # The tombstones are cut, too: what is there now is still told.
    assert [(e["serial"], e["came"]) for e in before] == [
        (1, True), (2, False), (2, True)]
    assert [(e["serial"], e["came"]) for e in history(filled, "judi.example")] == [
        (2, True)]


def test_rollback_makes_entries_what_they_were(filled: Store) -> None:
    was = [("toko-palsu.example", True, "EX/1", 1),
           ("www.toko-palsu.example", False, None, 1), ("judi.example", True, "EX/2", 1)]
    done = palang("rollback", "-o", filled.path, "1", "--reason", "the wrong list")
    assert "serial 3, as serial 1 was: 2 names added, 0 removed, 1 changed" in done.stderr
    assert entries(filled) == was
    assert history(filled, "--last", "1")[0]["reason"] == "to serial 1: the wrong list"
    palang("rollback", "-o", filled.path, "2")
    assert [e[1] for e in entries(filled)] == [False, False, True]
    palang("rollback", "-o", filled.path, "3")
    assert entries(filled) == was
    assert verify(filled)["whole"]


def test_a_dry_run_writes_nothing(filled: Store) -> None:
    before = filled.data.read_bytes()
    done = palang("rollback", "-o", filled.path, "--dry-run", "1")
    assert done.stdout.splitlines() == [
        "- judi.example (subtree, notice)", "+ judi.example (subtree, notice)",
        "+ toko-palsu.example (subtree, notice)",
        "+ www.toko-palsu.example (exact, pass)"]
    assert "2 names would be added, 0 removed, 1 changed" in done.stderr
    assert filled.data.read_bytes() == before


@pytest.mark.parametrize("words, status, message", [
    (["9"], 1, "the store has no serial 9"), (["0"], 2, "a serial is a number"),
    (["x"], 2, "a serial is a number"), ([], 2, ""), (["1", "2"], 2, ""),
    *((["1", "--reason", text], 2, "--reason needs plain text of 1 to 1000 bytes")
      for text in ("", "\x1b[31m", "x" * 1001))])
def test_what_cannot_be_rolled_back_is_said(filled: Store, words: list[str],
                                            status: int, message: str) -> None:
    done = palang("rollback", "-o", filled.path, *words, status=status)
    assert done.stderr.startswith("palang: ") and message in done.stderr
    assert filled.serial == 2


def test_without_a_store_nothing_is_made(store: Store) -> None:
    for verb in (["rollback", "1"], ["verify"], ["compact"], ["history"]):
        done = palang(verb[0], "-o", store.path, *verb[1:], status=1)
        assert str(store.path) in done.stderr
        assert not store.path.exists()


def test_compact_cuts_and_says_so_and_rollback_says_why_not(filled: Store) -> None:
    palang("rollback", "-o", filled.path, "1")
    digest = verify(filled)["digest"]
    done = palang("compact", "-o", filled.path, "--max-size", "1")
    assert "up to serial 3: changes of 2 serials and 4 tombstones cut" in done.stderr
    found = verify(filled)
    assert found["whole"] and found["serials_cut"] == 2 and found["digest"] == digest
    done = palang("rollback", "-o", filled.path, "2", status=1)
    assert done.stderr == ("palang: cannot roll back to serial 2: the changes of "
                           "serial 3 are no longer kept\n")
    assert [s["cut"] for s in history(filled)] == [False, True, True]
    filled.compile_rows(SECOND)
    palang("rollback", "-o", filled.path, "3")
    assert verify(filled)["whole"]


def test_compact_keeps_what_the_configuration_says(filled: Store) -> None:
    conf = filled.path.parent / "palang.conf"
    conf.write_text(f"store: {filled.path}\nretention: {{age: 400d, size: 1G}}\n")
    assert "nothing to cut" in palang("compact", "-c", conf).stderr
    conf.write_text(f"store: {filled.path}\nretention: {{age: 400d, size: 1K}}\n")
    assert "nothing to cut" in palang("compact", "-c", conf, "--max-size", "1G").stderr
    conf.write_text(f"store: {filled.path}\nretention: {{size: 1}}\n")
    palang("compact", "-c", conf)
    done = palang("rollback", "-o", filled.path, "1", status=1)
    assert "no longer kept" in done.stderr


def test_compact_shrinks_the_file_and_changes_no_verdict(store: Store) -> None:
    store.compile([f"toko{i}.example" for i in range(20000)])
    store.compile(["toko7.example"])
    before = store.data.stat()
    palang("compact", "-o", store.path, "--keep", "0s", "--max-size", "1")
    after = store.data.stat()
    assert after.st_size * 4 < before.st_size and after.st_mode == before.st_mode
    assert [v["blocked"] for v in store.query("toko7.example", "toko8.example")] == [
        True, False]
    assert store.files() == STORE_FILES


@pytest.mark.parametrize("words", [["--keep", "soon"], ["--keep", "5"],
                                   ["--max-size", "0"], ["--max-size", "big"], ["x"]])
def test_wrong_words_of_compact_are_usage(filled: Store, words: list[str]) -> None:
    done = palang("compact", "-o", filled.path, *words, status=2)
    assert done.stderr.startswith("palang: ")


def test_verify_says_the_first_fault(filled: Store) -> None:
    data = bytearray(filled.data.read_bytes())
    assert data.count(b"EX/3") > 0
    filled.data.write_bytes(data.replace(b"EX/3", b"EX/9"))
    done = palang("verify", "-o", filled.path, status=1)
    assert "is damaged: order" in done.stderr and "its words are not those" in done.stderr
    found = json.loads(palang("verify", "-o", filled.path, "--json", status=1).stdout)
    assert found["whole"] is False and "its words" in found["error"]


def diff(store: Store, *words: object, status: int = 1) -> tuple[list[tuple], dict]:
    done = palang("diff", "-o", store.path, "--json", *map(str, words), status=status)
    *lines, sums = [json.loads(line) for line in done.stdout.splitlines()]
    return [(x["only"], x["name"], x["action"], x["order"]) for x in lines], sums


def test_diff_of_serials_stores_and_lists_agree(filled: Store, tmp_path) -> None:
    other = Store(tmp_path / "other")
    other.compile_rows(FIRST)
    paths = [tmp_path / "first.csv", tmp_path / "second.csv"]
    for path, rows in zip(paths, (FIRST, SECOND)):
        path.write_text(csv_text(rows))
    want = [("a", "judi.example", "notice", "EX/2"),
            ("b", "judi.example", "notice", "EX/3"),
            ("a", "toko-palsu.example", "notice", "EX/1"),
            ("a", "www.toko-palsu.example", "pass", None)]
    for a in (1, other.path, paths[0]):
        for b in (2, filled.path, paths[1]):
            lines, sums = diff(filled, a, b)
            assert sorted(lines, key=str) == sorted(want, key=str), (a, b)
            assert (sums["same"], sums["removed"], sums["added"], sums["changed"]) == (
                False, 2, 0, 1)
            back, _ = diff(filled, b, a)
            assert sorted(back, key=str) == sorted(
                ((("b" if x[0] == "a" else "a"), *x[1:]) for x in want), key=str)
    for a, b in ((1, other.path), (1, paths[0]), (2, paths[1]), (2, 2),
                 (filled.path, paths[1])):
        assert diff(filled, a, b, status=0) == ([], {
            "same": True, "only_a": 0, "only_b": 0, "removed": 0, "added": 0,
            "changed": 0}), (a, b)


def test_diff_sees_over_a_rollback(filled: Store) -> None:
    palang("rollback", "-o", filled.path, "1")
    assert diff(filled, 1, 3, status=0)[0] == []
    assert len(diff(filled, 2, 3)[0]) == 4
    filled.compile_rows([*FIRST, {"domain": "z.example"}])
    lines, _ = diff(filled, 2, 4)
    assert ("b", "z.example", "notice", None) in lines and len(lines) == 5
    palang("compact", "-o", filled.path, "--max-size", "1")
    done = palang("diff", "-o", filled.path, "2", "4", status=2)
    assert "are no longer kept" in done.stderr


@pytest.mark.parametrize("words", [["1"], ["1", "9"], ["1", "/nonexistent"], []])
def test_what_cannot_be_compared_exits_with_2(filled: Store, words: list[str]) -> None:
    done = palang("diff", "-o", filled.path, *words, status=2)
    assert done.stderr.startswith("palang: ")
