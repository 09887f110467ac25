# SPDX-License-Identifier: BSD-3-Clause
"""What a published list says, read here by rules of our own, for palang's reading to be
compared with: palang(1) in other words, and nothing of its code."""

import datetime
import functools
import json
import pathlib
import re
import unicodedata
from typing import NamedTuple

SUFFIXES = pathlib.Path("/usr/share/publicsuffix/public_suffix_list.dat")

HOST = re.compile(r"(?!.{254})[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*")


class Entry(NamedTuple):
    """One listing of a name, with what the format takes of its order."""

    name: str
    scope: str
    order: str = ""
    category: str = ""
    issued: str = ""


class Unusable(Exception):
    """The list is refused as a whole."""


def ascii_form(text: str) -> str:
    """Lower case, without the final dot, labels in ASCII."""
    text = text.lower().removesuffix(".")
    return text if text.isascii() else text.encode("idna").decode()


@functools.cache
def suffix_rules() -> frozenset[str]:
    lines = (line.split()[:1] for line in SUFFIXES.read_text().splitlines())
    rules = (words[0] for words in lines if words and not words[0].startswith("//"))
    return frozenset(rule[0] + ascii_form(rule[1:]) if rule[0] in "!*"
                     else ascii_form(rule) for rule in rules)


def is_suffix(name: str) -> bool:
    """As publicsuffix.org says; where no rule is, a top-level domain is one."""
    parent = name.partition(".")[2]
    rules = suffix_rules()
    return f"!{name}" not in rules and (
        not parent or name in rules or f"*.{parent}" in rules)


def site(address: str) -> tuple[str, str] | None:
    """The name and scope that a whole site's address stands for; None for a page, or
    what no list may block. Raises ValueError for what is malformed."""
    scheme, authority, page = re.fullmatch(
        r"(?:([A-Za-z][A-Za-z0-9]*)://)?([^/?#]*)(.*)", address, re.DOTALL).groups("http")
    host = re.sub(r":[0-9]+$", "", authority.rpartition("@")[2])
    below = host.startswith("*.")
    name = ascii_form(host.removeprefix("*."))
    if not HOST.fullmatch(name):
        raise ValueError(address)
    labels = name.split(".")
    whole = scheme.lower() in ("http", "https") and host == authority and \
        page in ("", "/")
    if not whole or len(labels) == 1 or labels[-1].isdigit() or is_suffix(name):
        return None
    return name, "below" if below else "subtree"


class _Reading:
    def __init__(self) -> None:
        self.entries: set[Entry] = set()
        self.malformed = self.all = 0

    def take(self, address: str, *order: str) -> None:
        self.all += 1
        try:
            found = site(address)
        except (ValueError, UnicodeError):
            self.malformed += 1
            return
        if found:
            self.entries.add(Entry(*found, *order))

    def end(self) -> set[Entry]:
        if self.malformed >= 10 and self.malformed * 100 > self.all:
            raise Unusable(f"{self.malformed} of {self.all} lines are malformed")
        if not self.entries:
            raise Unusable("no entries")
        return self.entries


def read_domains(text: str) -> set[Entry]:
    """A name or a URL a line."""
    reading = _Reading()
    for line in text.split("\n"):
        line = line.strip(" \t\r")
        if line and line[0] not in "#!;":
            reading.take(re.split(r"[ \t]#", line)[0].rstrip(" \t"))
    return reading.end()


def iso_date(text: str) -> str:
    """The day that DD/MM/YYYY is, at its start in UTC."""
    day = datetime.datetime.strptime(text, "%d/%m/%Y") if text else None
    return day.strftime("%Y-%m-%dT%H:%M:%SZ") if day else ""


def is_printable(text: str) -> bool:
    return len(text.encode()) <= 1000 and not any(
        unicodedata.category(c) == "Cc" for c in text)


def read_ojk(text: str) -> set[Entry]:
    """The register of Indonesia's financial authority: entities, each with its web
    addresses, and the order, the kind and the day of them. Before May 2022 its members
    had other names: that is no list that palang reads."""
    reading = _Reading()
    for entity in json.loads(text)["data"]:
        if "web" not in entity or "entity_type" not in entity:
            raise Unusable("it has no web addresses")
        terms = entity["description"], entity["entity_type"]
        try:
            issued = iso_date(entity["input_date"])
        except ValueError:
            issued = None
        if issued is None or not all(map(is_printable, terms)):
            reading.all += len(entity["web"])
            continue
        for address in entity["web"]:
            reading.take(address.strip(" \t"), *terms, issued)
    return reading.end()


READERS = {".txt": read_domains, ".json": read_ojk}


def read(file_name: str, data: bytes) -> set[Entry] | None:
    """The entries of a list; None when it has to be refused as a whole."""
    try:
        return READERS[pathlib.Path(file_name).suffix](data.decode())
    except Unusable:
        return None
