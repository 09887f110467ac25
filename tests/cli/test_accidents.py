# SPDX-License-Identifier: BSD-3-Clause
"""Accidents that have happened to lists elsewhere, each replayed: which guard stops it,
and with what message. `pytest -s` prints them as a table."""

import pathlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from configured import Configured

SHOPS = [f"toko{i}.example" for i in range(3000)]
GOOD = [f"good{i}.example" for i in range(8000)]
SEARCH = "search-engine.example"


@dataclass
class Accident:
    """What the source says all of a sudden, and what has to come of it."""

    happened: str
    guard: str
    message: str          # a part of what is said
    state: str            # of the feed
    list: Callable[[], str | bytes]
    innocent: tuple[str, ...] = ()
    feed: str = "trade"


def lines(names: list[str]) -> str:
    return "".join(n + "\n" for n in names)


def csv(rows: list[str]) -> str:
    return "domain,authority\n" + "".join(r + "\n" for r in rows)


ACCIDENTS = [
    Accident("8,000 good names put into the folder of the list", "window",
             "8000 names would come, more than 150 at once", "held",
             lambda: lines(SHOPS + GOOD), ("good0.example", SEARCH)),
    Accident("the same, in a list that may grow by 10,000", "popular names",
             "2000 popular names would be blocked, as 'good0.example', more than 10",
             "held", lambda: lines(SHOPS + GOOD), ("good0.example",), "national"),
    Accident("the search engine everyone uses", "protected name",
             "protected by the configuration: 'search-engine.example'", "changed",
             lambda: lines(SHOPS + [SEARCH, "new.example"]), (SEARCH,)),
    Accident("a storage host of that search engine", "protected name, below",
             "protected by the configuration: 'drive.content.search-engine.example'",
             "changed", lambda: lines(SHOPS + ["drive.content." + SEARCH, "new.example"]),
             ("drive.content." + SEARCH,)),
    Accident("the domain above a payment host", "protected name, above",
             "protected by the configuration: 'bank.example'", "changed",
             lambda: lines(SHOPS + ["bank.example", "new.example"]),
             ("pay.bank.example", "bank.example")),
    Accident("one label too few under a hosting service", "public suffix",
             "public suffix, shared by many owners: 'co.uk'", "changed",
             lambda: lines(SHOPS + ["co.uk", "new.example"]), ("shop.co.uk",)),
    Accident("a whole top-level domain", "top-level domain",
             "top-level domain: 'com'", "changed",
             lambda: lines(SHOPS + ["com", "new.example"]), ("a.com",)),
    Accident("the host of the notice page", "own host",
             "host of a notice page or of a list's source: 'notice.isp.example'",
             "changed", lambda: lines(SHOPS + ["notice.isp.example", "new.example"]),
             ("notice.isp.example",)),
    Accident("the host that the list is fetched from", "own host",
             "host of a notice page or of a list's source: 'ministry.example'",
             "changed", lambda: lines(SHOPS + ["ministry.example", "new.example"]),
             ("lists.ministry.example",)),
    Accident("an error page in place of the list", "no list",
             "an HTML page, not a list", "failed",
             lambda: "<html>\r\n<head><title>404 Not Found</title></head>\r\n"
                     "<body>\r\n<center><h1>404 Not Found</h1></center>\r\n</html>\r\n"),
    Accident("an error in words in place of the list", "no names",
             "no entries in", "failed", lambda: "404: Not Found\n"),
    Accident("a pointer to the file in place of the list", "no list",
             "a Git LFS pointer", "failed",
             lambda: "version https://git-lfs.github.com/spec/v1\n"
                     "oid sha256:00\nsize 3\n"),
    Accident("nothing in place of the list", "no list", "an empty file", "failed",
             lambda: ""),
    Accident("a download that was cut, between two lines", "window",
             "1500 names would go, more than 50 at once", "held",
             lambda: lines(SHOPS[:1500])),
    Accident("a download that was cut in its last lines", "cut file",
             "the file is cut: its last line does not end", "failed",
             lambda: lines(SHOPS[:-3]) + "toko"),
    Accident("a list of other bytes", "no list", "binary data", "failed",
             lambda: b"toko0.example\n\x00\x01\x02"),
    Accident("pages on a platform, not hosts", "URL with a path",
             "a: 1 refused", "changed",
             lambda: lines(SHOPS + ["https://apps.example/store/apps/details",
                                    "new.example"]), ("apps.example",)),
    Accident("addresses that thousands of sites share", "IP address",
             "a: 2 refused", "changed",
             lambda: lines(SHOPS + ["192.0.2.7", "198.51.100.0/24", "new.example"])),
    Accident("an authority's list speaks for another authority", "authority",
             "authority that the feed may not speak for: 'Court'", "changed",
             lambda: csv([f"{n},Ministry" for n in SHOPS] +
                         ["news.example,Court", "new.example,Ministry"]),
             ("news.example",)),
    Accident("all entries lose their block", "window",
             "3000 names would change their terms, more than 150 at once", "held",
             lambda: "domain,action\n" + "".join(f"{n},pass\n" for n in SHOPS)),
]


@pytest.fixture(scope="module")
def table() -> Iterator[list[str]]:
    rows: list[str] = []
    yield rows
    print(f"\n\n{'accident':52} {'guard':24} {'feed':8} message")
    print("\n".join(rows))


def arrange(tmp_path: pathlib.Path) -> Configured:
    popular = tmp_path / "popular.txt"
    popular.write_text("".join(f"{i + 1},{n}\n" for i, n in enumerate(GOOD[:2000])))
    conf = Configured(
        tmp_path, popular=str(popular), authorities=[{"name": "Ministry"}],
        protected={"names": [SEARCH, "pay.bank.example"]})
    for feed, profile in (("trade", "default"), ("national", "trustpositif")):
        conf.feed(feed, csv([f"{n},Ministry" for n in SHOPS]), profile=profile,
                  authorities=["Ministry"],
                  origin="https://lists.ministry.example/list.txt")
    conf.update()
    return conf


@pytest.mark.parametrize("accident", ACCIDENTS, ids=lambda a: a.happened)
def test_an_accident_is_stopped_and_told(tmp_path: pathlib.Path, table: list[str],
                                         accident: Accident) -> None:
    conf = arrange(tmp_path)
    conf.put(accident.feed, accident.list())
    taken = accident.state == "changed"
    done = conf.update(accident.feed, status=0 if taken else 1)
    message = accident.message.replace("a: ", f"{accident.feed}: ")
    said = [line for line in done.stderr.splitlines() if message in line]
    assert said, done.stderr
    # What was blocked still is, and of the accident nothing is.
    assert all(conf.blocked(*SHOPS[:50], *SHOPS[-50:]))
    assert not any(conf.blocked("x.not-listed.example", *accident.innocent))
    assert conf.blocked("new.example") == [taken]
    status = conf.status(0 if taken else 1)
    feeds = {f["feed"]: f["last"] for f in status["feeds"]}
    assert feeds[accident.feed] == ("taken" if taken else accident.state)
    row = said[0].replace(str(tmp_path), "").strip()
    table.append(f"{accident.happened:52} {accident.guard:24} {accident.state:8} {row}")


def test_the_morning_after_all_is_well_again(tmp_path: pathlib.Path) -> None:
    conf = arrange(tmp_path)
    conf.put("trade", "<html>")
    conf.update(status=1)
    conf.put("trade", csv([f"{n},Ministry" for n in SHOPS + ["new.example"]]))
    conf.update()
    assert conf.status()["good"] is True
    assert conf.blocked("new.example") == [True]
