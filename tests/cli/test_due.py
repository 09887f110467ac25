# SPDX-License-Identifier: BSD-3-Clause
"""palang due: orders that somebody has to look at."""

import csv
import datetime
import io
import json

import pytest

from command import Store, palang

NOW = datetime.datetime.now(datetime.timezone.utc)


def day(days: float) -> str:
    return (NOW + datetime.timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


ROWS = [
    {"domain": "a.example", "authority": "Ministry", "order": "soon", "review": day(10),
     "expires": day(20)},
    {"domain": "b.example", "authority": "Ministry", "order": "soon", "review": day(10),
     "expires": day(20)},
    {"domain": "c.example", "order": "over", "expires": day(-2)},
    {"domain": "d.example", "order": "late", "review": day(40)},
    {"domain": "e.example", "order": "old", "issued": day(-200)},
    {"domain": "f.example", "order": "young", "issued": day(-100)},
    {"domain": "g.example", "order": "old with an end", "issued": day(-200),
     "expires": day(400)},
    {"domain": "h.example"},
]


@pytest.fixture
def filled(store: Store) -> Store:
    csv_rows = [dict(r) for r in ROWS]
    columns = ["domain", "authority", "order", "issued", "expires", "review"]
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(csv_rows)
    store.compile(out.getvalue(), "--format", "csv", "--feed", "list")
    return store


def due(store: Store, *options: str, status: int = 1) -> list[dict]:
    done = palang("due", "-o", store.path, "--json", *options, status=status)
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_they_are_told_by_date_with_all_that_is_needed(filled: Store) -> None:
    rows = due(filled)
    assert [(r["order"], r["why"], r["overdue"], r["names"]) for r in rows] == [
        ("old", "no end", True, 1), ("over", "expires", True, 1),
        ("soon", "review", False, 2)]
    soon = rows[-1]
    assert soon["due"] == soon["review"] == day(10) and soon["until"] == day(20)
    assert soon["authority"] == "Ministry" and soon["domain"] == "a.example"
    assert soon["feed"] == "list"


def test_within_says_how_far_to_look(filled: Store) -> None:
    assert [r["order"] for r in due(filled, "--within", "5d")] == ["old", "over"]
    assert [r["order"] for r in due(filled, "--within", "60d")] == [
        "old", "over", "soon", "late"]
    assert "old with an end" in {r["order"] for r in due(filled, "--within", "500d")}


def test_the_table_has_the_same(filled: Store) -> None:
    done = palang("due", "-o", filled.path, "--csv", status=1)
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [(r["order"], r["names"], r["overdue"]) for r in rows] == [
        ("old", "1", "yes"), ("over", "1", "yes"), ("soon", "2", "no")]
    text = palang("due", "-o", filled.path, status=1).stdout.splitlines()
    assert text[-1] == (f"{day(10)} review: Ministry; soon; 2 names, such as a.example; "
                        "feed 'list'")
    assert " over, expires: over; 1 name," in text[1]


def test_what_was_done_by_hand_is_told_too(filled: Store) -> None:
    palang("allow", "-o", filled.path, "x.example", "--reason", "r", "--until", "2d")
    row = next(r for r in due(filled) if r["feed"] == "override")
    assert row["why"] == "expires" and row["reason"] == "r"


def test_nothing_due_is_exit_status_0(store: Store) -> None:
    store.compile(["a.example"])
    assert due(store, status=0) == []
    assert palang("due", "-o", store.path, "--csv").stdout.startswith("due,overdue,")


def test_an_order_that_no_name_has_any_more_is_not_due(filled: Store) -> None:
    filled.compile(["h.example"], "--feed", "list")
    assert due(filled, status=0) == []


@pytest.mark.parametrize("options", [["--within", "soon"], ["--json", "--csv"]])
def test_wrong_usage_is_told(options: list[str], filled: Store) -> None:
    assert palang("due", "-o", filled.path, *options, status=2).stdout == ""


def test_without_a_store_it_is_an_error(store: Store) -> None:
    palang("due", "-o", store.path, status=2)
