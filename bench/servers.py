# SPDX-License-Identifier: BSD-3-Clause
"""The processes of a benchmark: NSD, and Unbound in three ways."""

import os
import pathlib
import random
import re
import shutil
import socket
import subprocess
import time

from gen import NOTICE, TRUTH
from wire import ADDRESS, BLOCKED, TRUE, wait_answer

ROOT = pathlib.Path(__file__).resolve().parents[1]
BUILD = pathlib.Path(os.environ.get("PALANG_BUILD", ROOT / "build")).resolve()
COMMAND = BUILD / "blocklist-tools" / "palang"
MODULE = BUILD / "module" / ".libs" / "palang.so"
UNBOUND = BUILD / "unbound" / "sbin" / "unbound"
NSD = shutil.which("nsd", path=os.environ.get("PATH", "") + ":/usr/sbin") or "nsd"

SERVER_CORE, CLIENT_CORE = 0, 1

_running: list[subprocess.Popen] = []


def spawn(argv, core: int | None = None, log: pathlib.Path | None = None,
          **more) -> subprocess.Popen:
    """Starts a process; stop_all() ends whatever still runs."""
    argv = [os.fspath(a) for a in argv]
    if core is not None:
        argv = ["taskset", "-c", str(core), *argv]
    out = open(log, "ab") if log else None
    p = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=more.pop("stdout", out),
                         stderr=more.pop("stderr", out), **more)
    if out:
        out.close()
    _running.append(p)
    return p


def finish(p: subprocess.Popen, patience: float = 30) -> None:
    """Ends a process as its administrator would."""
    if p.poll() is None:
        p.terminate()
        try:
            p.wait(patience)
        except subprocess.TimeoutExpired:
            p.kill()
            p.wait()
    if p in _running:
        _running.remove(p)


def stop_all() -> None:
    for p in list(_running):
        finish(p, 3)


def run(argv, timeout: float = 3600, core: int | None = None) -> tuple[float, str]:
    """Runs a command to its end; returns how long it took and what it printed."""
    start = time.monotonic()
    p = spawn(argv, core, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        text = p.communicate(timeout=timeout)[0]
    finally:
        finish(p, 3)
    if p.returncode != 0:
        raise RuntimeError(f"{' '.join(p.args)} failed ({p.returncode}):\n{text[-2000:]}")
    return time.monotonic() - start, text


_ports: set[int] = set()


def free_port() -> int:
    """From below the range that the kernel gives to outgoing sockets."""
    while True:
        port = random.SystemRandom().randrange(10000, 32000)
        if port in _ports:
            continue
        try:
            for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
                with socket.socket(socket.AF_INET, kind) as s:
                    s.bind((ADDRESS, port))
        except OSError:
            continue
        _ports.add(port)
        return port


class Upstream:
    """An NSD whose root zone has a wildcard: every name resolves."""

    def __init__(self, directory: pathlib.Path, zones: str = "") -> None:
        self.port = free_port()
        self.directory = directory
        directory.mkdir()
        (directory / "root.zone").write_text(
            "$ORIGIN .\n$TTL 86400\n@ SOA ns.bench. host.bench. 1 3600 900 604800 60\n"
            f"@ NS ns.bench.\n* A {TRUTH}\n* AAAA 2001:db8::1\n")
        self.config = directory / "nsd.conf"
        self.config.write_text(f"""server:
    ip-address: {ADDRESS}@{self.port}
    username: ""
    chroot: ""
    pidfile: "{directory}/nsd.pid"
    zonesdir: "{directory}"
    xfrdfile: "{directory}/xfrd.state"
    xfrdir: "{directory}"
    zonelistfile: "{directory}/zone.list"
    database: ""
    server-count: 1
    rrl-ratelimit: 0
remote-control:
    control-enable: yes
    control-interface: "{directory}/control"
zone:
    name: "."
    zonefile: "root.zone"
{zones}""")

    def start(self, deadline: float = 10) -> None:
        self.process = spawn([NSD, "-d", "-c", self.config], CLIENT_CORE,
                             self.directory / "log")
        if wait_answer(self.port, "ready.example", TRUE, deadline,
                       lambda: self.process.poll() is None) is None:
            raise RuntimeError(f"NSD does not answer: {(self.directory / 'log').read_text()}")

    def control(self, *words: str) -> None:
        run([shutil.which("nsd-control", path=os.path.dirname(NSD)), "-c", self.config,
             *words], 600)


class Resolver:
    """One of the Unbounds: SUBJECT is "none", "palang" or "rpz". STORE is what palang
    answers from, RPZ the lines of the rpz: clause after its name."""

    MODULES = {"none": "", "palang": "dynlib ", "rpz": "respip "}

    def __init__(self, directory: pathlib.Path, subject: str, upstream: Upstream,
                 store: pathlib.Path | None = None, rpz: str = "", threads: int = 1,
                 options: tuple[str, ...] = ()) -> None:
        self.subject, self.store = subject, store
        self.directory = directory
        directory.mkdir(exist_ok=True)
        self.port = free_port()
        self.config = directory / "unbound.conf"
        self.log_path = directory / "log"
        lines = [
            "server:", f"interface: {ADDRESS}@{self.port}", f"num-threads: {threads}",
            f"outgoing-interface: {ADDRESS}", "do-ip6: no", "do-not-query-localhost: no",
            f'directory: "{directory}"', 'chroot: ""', 'username: ""', 'pidfile: ""',
            "do-daemonize: no", "use-syslog: no", 'logfile: ""', "verbosity: 0",
            "qname-minimisation: no", "msg-cache-size: 64m", "rrset-cache-size: 128m",
            f'module-config: "{self.MODULES[subject]}validator iterator"', *options,
            "remote-control:", "control-enable: yes", "control-use-cert: no",
            f'control-interface: "{directory}/control"',
            "stub-zone:", 'name: "."', "stub-prime: no",
            f"stub-addr: {ADDRESS}@{upstream.port}"]
        if subject == "palang":
            lines += ["dynlib:", f'dynlib-file: "{MODULE}"']
        if subject == "rpz":
            lines += ["rpz:", 'name: "rpz.bench"', rpz]
        self.config.write_text("\n".join(lines) + "\n")
        self.process: subprocess.Popen | None = None

    def launch(self, *wrapper: str) -> float:
        """Starts it; returns the time at which it was."""
        started = time.monotonic()
        self.process = spawn([*wrapper, UNBOUND, "-d", "-c", self.config], SERVER_CORE,
                             self.log_path,
                             env={**os.environ, "PALANG_STORE": str(self.store or "")})
        return started

    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self, blocked: str, deadline: float = 600) -> float:
        """Starts it; returns the seconds until it answers BLOCKED as it has to."""
        started = self.launch()
        at = wait_answer(self.port, blocked, TRUE if self.subject == "none" else BLOCKED,
                         deadline, self.alive)
        if at is None:
            raise RuntimeError(f"no answer from {self.subject}: {self.log()[-2000:]}")
        return at - started

    def wait_service(self, deadline: float) -> None:
        """Until it says that it serves; nothing is asked, for runs that count."""
        end = time.monotonic() + deadline
        while "start of service" not in self.log():
            if time.monotonic() > end or not self.alive():
                raise RuntimeError(f"{self.subject} does not start: {self.log()[-2000:]}")
            time.sleep(0.05)

    def stop(self) -> None:
        if self.process is not None:
            finish(self.process)
        self.process = None

    def log(self) -> str:
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def control(self, *words: str, timeout: float = 60) -> str:
        return run([UNBOUND.with_name("unbound-control"), "-c", self.config, *words],
                   timeout)[1]

    def count(self, counter: str) -> int:
        found = re.search(rf"^{re.escape(counter)}=(\d+)",
                          self.control("stats_noreset"), re.M)
        return int(found[1]) if found else -1

    def evicted(self) -> list[int]:
        """Messages dropped at each serial that was enforced."""
        return [int(n) for n in re.findall(r"is enforced, (\d+) cached", self.log())]

    def memory(self) -> dict[str, float]:
        """MB: `private` is what no other process could share, `pss` everything by its
        proportion, `store` the pages of the store's file, which are page cache."""
        kb = {"private": 0, "pss": 0, "store": 0}
        in_store = False
        smaps = pathlib.Path(f"/proc/{self.process.pid}/smaps").read_text()
        for line in smaps.splitlines():
            key, _, value = line.partition(":")
            if re.match(r"[0-9a-f]+-[0-9a-f]+ ", line):
                in_store = line.endswith("/data.mdb")
            elif key == "Pss":
                kb["pss"] += int(value.split()[0])
            elif key == "Rss" and in_store:
                kb["store"] += int(value.split()[0])
            elif key in ("Private_Clean", "Private_Dirty") and not in_store:
                kb["private"] += int(value.split()[0])
        return {k: v / 1024 for k, v in kb.items()}

    def move_maintenance(self, core: int) -> None:
        """Puts palang's maintenance thread on a core of its own."""
        for task in pathlib.Path(f"/proc/{self.process.pid}/task").iterdir():
            if (task / "comm").read_text().strip() == "palang":
                os.sched_setaffinity(int(task.name), {core})

    def cpu_ns(self) -> dict[str, int]:
        """Time on a processor, by the names of its threads."""
        times: dict[str, int] = {}
        for task in pathlib.Path(f"/proc/{self.process.pid}/task").iterdir():
            thread = (task / "comm").read_text().strip()
            spent = int((task / "schedstat").read_text().split()[0])
            times[thread] = times.get(thread, 0) + spent
        return times
