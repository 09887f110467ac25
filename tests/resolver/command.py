# SPDX-License-Identifier: BSD-3-Clause
"""The command `palang`, and a store made with it."""

import csv
import io
import json
import os
import pathlib
import string
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence

import dns.name

from harness import COMMAND, DEADLINE
from wire import NOTICE_V4, NOTICE_V6

CSV_COLUMNS = ("domain", "scope", "action", "authority", "category", "order", "basis",
               "reason", "issued", "effective", "expires", "notice", "contact", "ede",
               "language")

# What lies in the directory of a store that was compiled.
STORE_FILES = ["data.mdb", "lock.mdb", "update.lock"]

PLAIN = string.ascii_letters + string.digits + "-_"

NOTICES = (NOTICE_V4, NOTICE_V6)


def palang(*args: str | os.PathLike[str], stdin: str | bytes = b"",
           status: int | None = 0) -> subprocess.CompletedProcess[str]:
    """Runs the command to its end. With STATUS it has to exit with that."""
    if isinstance(stdin, str):
        stdin = stdin.encode()
    done = subprocess.run([COMMAND, *args], input=stdin, capture_output=True,
                          timeout=20 * DEADLINE)
    text = subprocess.CompletedProcess(
        done.args, done.returncode, done.stdout.decode(errors="replace"),
        done.stderr.decode(errors="replace"))
    assert status is None or text.returncode == status, (
        f"exit status {text.returncode}, not {status}: palang "
        f"{' '.join(map(str, args))}\n{text.stdout}{text.stderr}")
    return text


def run_killed(after: float, *args: str | os.PathLike[str],
               writing: "Store | None" = None) -> bool:
    """Kills the command after that many seconds, counted from its start or, with
    WRITING, from its first write to that store. False when it was quicker."""
    before = writing.written() if writing else 0
    process = subprocess.Popen([COMMAND, *args], stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    while writing and process.poll() is None and writing.written() == before:
        time.sleep(0.0005)
    try:
        process.wait(after)
        return False
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return True


def csv_text(rows: Iterable[Mapping[str, str]]) -> str:
    """Rows as a CSV list with all columns that any of them has."""
    rows = list(rows)
    columns = [c for c in CSV_COLUMNS if c == "domain" or any(c in r for r in rows)]
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def list_text(name: dns.name.Name) -> str:
    """The name as a list spells it: whatever is not plain is escaped."""
    return ".".join("".join(
        chr(c) if chr(c) in PLAIN else f"\\{c:03}" for c in label)
        for label in name.labels[:-1])


class Store:
    """A store in a directory of its own; nothing is made before compile()."""

    def __init__(self, path: pathlib.Path) -> None:
        self.path = path

    @property
    def data(self) -> pathlib.Path:
        return self.path / "data.mdb"

    def files(self) -> list[str]:
        return sorted(f.name for f in self.path.iterdir())

    def written(self) -> int:
        """When, by the file's clock; 0 while there is none."""
        return self.data.stat().st_mtime_ns if self.data.exists() else 0

    def compile(self, names: Iterable[str] | str, *options: str,
                notices: Sequence[str] = NOTICES,
                status: int | None = 0) -> subprocess.CompletedProcess[str]:
        """Compiles NAMES, a list's lines or its text, as a plain list unless the
        options say otherwise."""
        text = names if isinstance(names, str) else "".join(n + "\n" for n in names)
        arguments: list[str] = []
        for address in notices:
            arguments += ["--notice", address]
        if "--format" not in options:
            arguments += ["--format", "domains"]
        return palang("compile", "-o", self.path, *arguments, *options, "-",
                      stdin=text, status=status)

    def compile_rows(self, rows: Iterable[Mapping[str, str]], *options: str,
                     **more: object) -> subprocess.CompletedProcess[str]:
        """Compiles a CSV list."""
        return self.compile(csv_text(rows), "--format", "csv", *options,
                            **more)  # type: ignore[arg-type]

    def set(self, *words: str,
            status: int | None = 0) -> subprocess.CompletedProcess[str]:
        """Shows or changes settings: options and KEY=VALUE."""
        return palang("set", "-o", self.path, *words, status=status)

    def settings(self) -> dict:
        """All settings, of the store and of its feeds."""
        return json.loads(self.set("--json").stdout)

    def query(self, *names: str | dns.name.Name, file: bool = False) -> list[dict]:
        """The verdicts of `palang query --json`, in the order of the names."""
        texts = [n if isinstance(n, str) else list_text(n) for n in names]
        if file or len(texts) > 100:
            done = palang("query", "-o", self.path, "--json", "-f", "-",
                          stdin="".join(t + "\n" for t in texts), status=None)
        else:
            done = palang("query", "-o", self.path, "--json", "--", *texts, status=None)
        assert done.returncode in (0, 1), done.stderr
        verdicts = [json.loads(line) for line in done.stdout.splitlines()]
        assert len(verdicts) == len(texts), f"{len(verdicts)} verdicts\n{done.stderr}"
        return verdicts

    def stats(self) -> dict:
        done = palang("stats", "-o", self.path, "--format", "json")
        return json.loads(done.stdout)

    @property
    def serial(self) -> int:
        return self.query("not-listed.example")[0]["serial"]
