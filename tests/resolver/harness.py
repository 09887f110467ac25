# SPDX-License-Identifier: BSD-3-Clause
"""What all tests share: where the programs are, waiting, ports, and processes.

Everything listens and sends on the loopback interface only.
"""

import os
import pathlib
import random
import re
import shlex
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("PALANG_BUILD", ROOT / "build")).resolve()
COMMAND = pathlib.Path(
    os.environ.get("PALANG", BUILD / "blocklist-tools" / "palang"))
MODULE = pathlib.Path(
    os.environ.get("PALANG_MODULE", BUILD / "module" / ".libs" / "palang.so"))
UNBOUND = pathlib.Path(
    os.environ.get("PALANG_UNBOUND", BUILD / "unbound" / "sbin" / "unbound"))
UNBOUND_WRAPPER = shlex.split(os.environ.get("PALANG_UNBOUND_WRAPPER", ""))
NSD = pathlib.Path(os.environ.get("PALANG_NSD", "/usr/sbin/nsd"))

# Without threads each worker of Unbound is a process with a cache of its own.
NO_THREADS = "--without-pthreads" in subprocess.run(
    [UNBOUND, "-V"], capture_output=True, text=True).stdout

ADDRESS = "127.0.0.1"

# Every wait ends as soon as what it waits for is there; the deadline only says
# when to give up. Under valgrind everything takes some thirty times as long.
SLOW = 6 if UNBOUND_WRAPPER else 1
DEADLINE = 15.0 * SLOW

T = TypeVar("T")


def poll(what: str, attempt: Callable[[], T], deadline: float = DEADLINE,
         pause: float = 0.01) -> T:
    """Calls ATTEMPT until it returns something true, and returns that."""
    end = time.monotonic() + deadline
    while True:
        result = attempt()
        if result:
            return result
        if time.monotonic() > end:
            raise AssertionError(f"waited {deadline:.0f} s in vain: {what}")
        time.sleep(pause)


# A port that is free now may be taken the next moment: by another test's
# server, or as the source of some query. So ports are drawn at random from
# below the range that the kernel gives to outgoing sockets, each at most once,
# and a server that fails to start is started again on others.
_drawn: set[int] = set()


def free_port() -> int:
    """A port above 1024 that is free for both UDP and TCP."""
    for _ in range(1000):
        port = random.SystemRandom().randrange(10000, 32000)
        if port in _drawn:
            continue
        _drawn.add(port)
        try:
            for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
                with socket.socket(socket.AF_INET, kind) as s:
                    s.bind((ADDRESS, port))
        except OSError:
            continue
        return port
    raise AssertionError("there is no free port")


class NotStarted(Exception):
    """A server ended before it answered."""


class Server:
    """A server process in the foreground with its output in a file."""

    # What must not be in a server's log.
    TROUBLE = re.compile(
        r"\berror:|\bfatal\b|Sanitizer|runtime error|^==\d+== .*(Invalid|uninit)",
        re.MULTILINE)

    def __init__(self, name: str, directory: pathlib.Path) -> None:
        self.name = name
        self.directory = directory
        self.log_path = directory / f"{name}.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.allowed: list[re.Pattern[str]] = []

    def launch(self, argv: Sequence[str | os.PathLike[str]],
               ready: Callable[[], bool],
               environ: dict[str, str] | None = None) -> None:
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [os.fspath(a) for a in argv], stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, cwd=self.directory,
                env={**os.environ, **(environ or {})})
        process = self.process

        def started() -> bool:
            if process.poll() is not None:
                raise NotStarted(f"{self.name} ended with {process.returncode}:\n"
                                 f"{self.log()}")
            return ready()

        try:
            poll(f"{self.name} to answer", started)
        except BaseException:
            self.kill()
            raise

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def log(self) -> str:
        return self.log_path.read_text(errors="replace")

    def allow(self, pattern: str) -> None:
        """Expects lines in the log that would otherwise be trouble."""
        self.allowed.append(re.compile(pattern))

    def trouble(self) -> list[str]:
        return [line for line in self.log().splitlines()
                if self.TROUBLE.search(line)
                and not any(a.search(line) for a in self.allowed)]

    def kill(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def terminate(self, how: int = signal.SIGTERM) -> int:
        """Ends the server as its administrator would; returns its status."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            return self.process.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(
                f"{self.name} does not end on SIGTERM:\n{self.log()}") from None

    def stop(self) -> None:
        """Ends the server and checks that all went well with it."""
        status = self.terminate()
        assert not self.trouble(), (
            f"{self.name} complains:\n" + "\n".join(self.trouble())
            + f"\nall it said:\n{self.log()}")
        assert status == 0, f"{self.name} ended with {status}:\n{self.log()}"
