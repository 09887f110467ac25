# SPDX-License-Identifier: BSD-3-Clause
"""DNS messages over UDP, and what a client sees while a list changes."""

import gc
import mmap
import multiprocessing
import os
import select
import socket
import struct
import time

from gen import NOTICE, TRUTH

ADDRESS = "127.0.0.1"
BLOCKED, TRUE = socket.inet_aton(NOTICE), socket.inet_aton(TRUTH)
SO_TIMESTAMPNS = 35  # Linux: the kernel's time of arrival


def query(name: str, ident: int = 0) -> bytes:
    """A client's query for an A record."""
    labels = b"".join(bytes([len(p)]) + p.encode() for p in name.split("."))
    return struct.pack(">6H", ident, 0x0100, 1, 0, 0, 0) + labels + b"\0\0\1\0\1"


def connect(port: int) -> socket.socket:
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.connect((ADDRESS, port))
    return s


def wait_answer(port: int, name: str, expected: bytes, deadline: float,
                alive=lambda: True) -> float | None:
    """Asks every two milliseconds until the answer is the expected one; returns the
    time of that."""
    end = time.monotonic() + deadline
    message = query(name)
    with connect(port) as s:
        s.settimeout(0.002)
        while time.monotonic() < end and alive():
            try:
                s.send(message)
                if expected in s.recv(4096):
                    return time.monotonic()
            except ConnectionRefusedError:
                time.sleep(0.001)
            except TimeoutError:
                pass
    return None


def ask_all(port: int, names: list[str], deadline: float = 60, pause: float = 0) -> int:
    """Asks one name after the other, each when the one before is answered, and a pause
    later; returns how many answers came."""
    end = time.monotonic() + deadline
    answers = 0
    with connect(port) as s:
        s.settimeout(2)
        for i, n in enumerate(names):
            message = query(n, i & 0xFFFF)
            for _ in range(3):
                s.send(message)
                try:
                    while s.recv(4096)[:2] != message[:2]:
                        pass
                    answers += 1
                    break
                except TimeoutError:
                    pass
            if time.monotonic() > end:
                break
            if pause:
                time.sleep(pause)
    return answers


class Commits:
    """LMDB's number of the last transaction, from the two meta pages of the file."""

    def __init__(self, path: str) -> None:
        with open(path, "rb") as f:
            self.pages = mmap.mmap(f.fileno(), 8192, prot=mmap.PROT_READ)

    def last(self) -> int:
        return max(struct.unpack_from("<Q", self.pages, at + 144)[0] for at in (0, 4096))


def _stamp(ancillary) -> int:
    for _, kind, data in ancillary:
        if kind == SO_TIMESTAMPNS:
            seconds, ns = struct.unpack("qq", data[:16])
            return seconds * 1000000000 + ns
    return time.time_ns()


class _Steady:
    """Asks for one cached name every millisecond, answered or not."""

    PERIOD = 1000000

    def __init__(self, port: int, name: str) -> None:
        self.socket = connect(port)
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.name = name
        self.sent: dict[int, int] = {}
        self.ident = 0
        self.next = time.time_ns()
        self.previous = 0
        self.gap = self.slowest = self.answers = 0

    def ask_if_due(self, now: int) -> None:
        if now < self.next:
            return
        self.next = max(self.next + self.PERIOD, now - self.PERIOD)
        self.ident = (self.ident + 1) & 0xFFFF
        self.sent[self.ident] = time.time_ns()
        try:
            self.socket.send(query(self.name, self.ident))
        except (BlockingIOError, ConnectionRefusedError):
            pass

    def read(self) -> None:
        while True:
            try:
                data, ancillary, _, _ = self.socket.recvmsg(4096, 64)
            except (BlockingIOError, ConnectionRefusedError):
                return
            at = _stamp(ancillary)
            if self.previous:
                self.gap = max(self.gap, at - self.previous)
            self.previous = at
            self.answers += 1
            sent = self.sent.pop(struct.unpack(">H", data[:2])[0], None)
            if sent is not None:
                self.slowest = max(self.slowest, at - sent)


class _Watched:
    """Asks for names in turn, four at a time, and notes when each had its true answer
    last."""

    WINDOW = 4
    PATIENCE = 20000000

    def __init__(self, port: int, names: list[str]) -> None:
        self.socket = connect(port)
        self.socket.setblocking(False)
        self.queries = [query(n, i) for i, n in enumerate(names)]
        self.last_true = [0] * len(names)
        self.blocked_at = [0] * len(names)
        self.next = self.waiting = self.since = 0

    def ask(self, now: int) -> None:
        if self.waiting and now - self.since > self.PATIENCE:
            self.waiting = 0
        while self.queries and self.waiting < self.WINDOW:
            try:
                self.socket.send(self.queries[self.next])
            except (BlockingIOError, ConnectionRefusedError):
                return
            self.next = (self.next + 1) % len(self.queries)
            self.waiting += 1
            self.since = now

    def read(self) -> None:
        while True:
            try:
                data = self.socket.recv(4096)
            except (BlockingIOError, ConnectionRefusedError):
                return
            self.waiting -= self.waiting > 0
            i = struct.unpack(">H", data[:2])[0]
            if TRUE in data:
                self.last_true[i] = time.time_ns()
            elif BLOCKED in data:
                self.blocked_at[i] = self.blocked_at[i] or time.time_ns()


def _watch(pipe, core: int, port: int, steady: str, names: list[str],
           data: str | None) -> None:
    os.sched_setaffinity(0, {core})
    gc.disable()
    a, b = _Steady(port, steady), _Watched(port, names)
    commits = Commits(data) if data else None
    before = commits.last() if commits else 0
    committed = 0
    poll = select.poll()
    poll.register(a.socket, select.POLLIN)
    poll.register(b.socket, select.POLLIN)
    pipe.send(True)
    checked = time.time_ns()
    while True:
        now = time.time_ns()
        a.ask_if_due(now)
        b.ask(now)
        poll.poll(1)
        a.read()
        b.read()
        if commits and not committed and commits.last() != before:
            committed = time.time_ns()
        if now - checked > 10000000:
            checked = now
            if pipe.poll():
                break
    a.gap = max(a.gap, time.time_ns() - a.previous) if a.previous else 0
    pipe.send({"gap_ms": a.gap / 1e6, "slowest_ms": a.slowest / 1e6, "answers": a.answers,
               "committed": committed, "last_true": max(b.last_true, default=0),
               "blocked": max(b.blocked_at) if b.queries and all(b.blocked_at) else 0})


class Watch:
    """A client process beside an update:

        with Watch(...) as w:
            ...
        w.seen["gap_ms"]

    STEADY is the cached name that it asks for every millisecond, NAMES are asked for
    all the time; DATA is the store's file, to see the commit."""

    def __init__(self, core: int, port: int, steady: str, names: list[str] = [],
                 data: object = None) -> None:
        self.pipe, other = multiprocessing.Pipe()
        self.process = multiprocessing.Process(
            target=_watch, daemon=True,
            args=(other, core, port, steady, names, data and str(data)))
        self.seen: dict = {}

    def __enter__(self) -> "Watch":
        self.process.start()
        self.pipe.recv()
        self.started = time.monotonic()
        time.sleep(0.2)
        return self

    def __exit__(self, kind, *_) -> None:
        if kind is None:
            time.sleep(0.2)
            self.pipe.send(True)
            if self.pipe.poll(30):
                self.seen = self.pipe.recv()
            self.length = time.monotonic() - self.started
        self.process.kill() if kind else self.process.join(5)

    @property
    def stayed_true_ms(self) -> float | None:
        """From the commit to the last true answer; None when it was not seen."""
        s = self.seen
        if not s.get("committed") or not s["blocked"]:
            return None
        return max(0.0, (s["last_true"] - s["committed"]) / 1e6)
