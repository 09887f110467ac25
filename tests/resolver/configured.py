# SPDX-License-Identifier: BSD-3-Clause
"""A store that is kept by a configuration: palang.conf, the lists of its feeds, and
the verbs that read it."""

import json
import pathlib
import subprocess
from collections.abc import Iterable

from command import Store, palang
from wire import NOTICE_V4, NOTICE_V6


class Configured:
    """palang.conf, and beside it a store and a directory of lists. JSON is YAML."""

    def __init__(self, directory: pathlib.Path, **more: object) -> None:
        self.path = directory / "palang.conf"
        self.lists = directory / "lists"
        self.lists.mkdir()
        self.store = Store(directory / "store")
        self.conf: dict = {
            "store": str(self.store.path),
            "notices": [{"name": "default", "addresses": [NOTICE_V4, NOTICE_V6],
                         "host": "notice.isp.example"}],
            "feeds": [],
            **more,
        }
        self.write()

    def write(self) -> None:
        self.path.write_text(json.dumps(self.conf, indent=1))

    def feed(self, name: str, names: Iterable[str] | str | bytes,
             **keys: object) -> pathlib.Path:
        """Adds a feed, the last in rank, or gives it another list and other keys."""
        source = self.put(name, names)
        for feed in self.conf["feeds"]:
            if feed["name"] == name:
                feed.update(keys)
                break
        else:
            self.conf["feeds"].append({"name": name, "source": str(source), **keys})
        self.write()
        return source

    def put(self, name: str, names: Iterable[str] | str | bytes) -> pathlib.Path:
        """Writes what the source of a feed holds now."""
        source = self.lists / f"{name}.txt"
        if isinstance(names, bytes):
            source.write_bytes(names)
        else:
            source.write_text(names if isinstance(names, str)
                              else "".join(n + "\n" for n in names))
        return source

    def update(self, *words: str,
               status: int | None = 0) -> subprocess.CompletedProcess[str]:
        return palang("update", "-c", self.path, *words, status=status)

    def json(self, *words: str, status: int | None = 0) -> dict:
        """What `palang update --json` says."""
        return json.loads(self.update("--json", *words, status=status).stdout)

    def outcomes(self, *words: str, status: int | None = 0) -> dict[str, dict]:
        """The same, by feed."""
        return {f["feed"]: f for f in self.json(*words, status=status)["feeds"]}

    def status(self, status: int | None = 0) -> dict:
        return json.loads(palang("status", "--json", "-c", self.path,
                                 status=status).stdout)

    def blocked(self, *names: str) -> list[bool]:
        return [v["blocked"] for v in self.store.query(*names)]
