# SPDX-License-Identifier: BSD-3-Clause
"""The verdict on a name, written from the words of the design, to compare palang
with. Nothing here is taken from palang's own code.

- Feeds have a rank; of the feeds with any match the first decides alone.
- Inside a feed the most specific listed name decides. At one name the scope
  `exact` goes before `below` before `subtree`, then `pass` before every other
  action, then the entry that was there first.
- `exact` covers the name itself, `below` everything below it but not itself,
  `subtree` both.
- An entry outside its time does not count at all.
- The verdict `pass` means: not blocked, whatever a later feed says.
"""

import dataclasses
from collections.abc import Iterable

import dns.name

SCOPES = ("exact", "below", "subtree")


@dataclasses.dataclass(frozen=True)
class Entry:
    name: dns.name.Name
    scope: str = "subtree"
    action: str = "notice"
    rank: int = 0
    effective: float | None = None
    expires: float | None = None
    age: int = 0  # of two entries that are equal otherwise the lower decides

    def covers(self, name: dns.name.Name) -> bool:
        if self.scope == "exact":
            return name == self.name
        if self.scope == "below":
            return name != self.name and name.is_subdomain(self.name)
        return name.is_subdomain(self.name)

    def counts_at(self, now: float) -> bool:
        return ((self.effective is None or self.effective <= now)
                and (self.expires is None or now < self.expires))


def folded(name: dns.name.Name) -> tuple[bytes, ...]:
    """The labels without the case of ASCII letters, which never matters."""
    return tuple(label.lower() for label in name.labels)


class Oracle:
    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries: dict[tuple[bytes, ...], list[Entry]] = {}
        for entry in entries:
            self.entries.setdefault(folded(entry.name), []).append(entry)

    def entry(self, name: dns.name.Name, now: float = 0) -> Entry | None:
        """The entry that decides about NAME."""
        labels = folded(name)
        matches = [e for depth in range(len(labels))
                   for e in self.entries.get(labels[depth:], [])
                   if e.covers(name) and e.counts_at(now)]
        return min(matches, default=None, key=lambda e: (
            e.rank, -len(e.name.labels), SCOPES.index(e.scope),
            e.action != "pass", e.age))

    def action(self, name: dns.name.Name, now: float = 0) -> str:
        """What is done about NAME; `pass` when nothing is."""
        entry = self.entry(name, now)
        return "pass" if entry is None else entry.action

    def kind(self, name: dns.name.Name, now: float = 0) -> str:
        """What the answer to an A query looks like (see wire.Answer.kind)."""
        entry = self.entry(name, now)
        if entry is None or entry.action == "pass":
            return "true"
        # "Nothing exists below" (RFC 8020) must not be said of a name alone.
        if entry.action == "nxdomain" and entry.scope == "exact":
            return "nodata"
        return entry.action
