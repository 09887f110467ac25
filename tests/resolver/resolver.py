# SPDX-License-Identifier: BSD-3-Clause
"""An Unbound with palang in it."""

import os
import pathlib
import signal
import subprocess
from collections.abc import Iterable, Mapping

from command import Store
from encrypted import Certificate, DohClient, DotClient
from harness import (ADDRESS, DEADLINE, MODULE, UNBOUND, UNBOUND_WRAPPER,
                     NotStarted, Server, free_port, poll)
from wire import Answer, Client
from world import World


# Unbound's word at the end of its start, and of a reload.
STARTED = "start of service"


class Resolver(Server):
    """Starts Unbound on a port of its own; `client` asks it.

    OPTIONS are further lines of its server clause, STUBS further zones and the
    ports of their servers, TEXT further clauses. UPSTREAM stands in place of the
    zones of the world. With MODULE False it is a plain Unbound. With ENCRYPTED it
    can be asked over TLS and HTTPS, too: `dot`, `doh`; with IP6 at ::1. With
    MAY_LEAK valgrind does not take memory that is left behind for an error."""

    def __init__(self, directory: pathlib.Path, world: World,
                 store: Store | pathlib.Path, threads: int = 1,
                 options: Iterable[str] = (), module: bool = True,
                 stubs: Mapping[str, int] | None = None, text: str = "",
                 encrypted: bool = False, ip6: bool = False,
                 upstream: Iterable[str] | None = None, may_leak: bool = False) -> None:
        super().__init__("unbound", directory)
        self.world = world
        self.store = store if isinstance(store, Store) else Store(store)
        self.threads = threads
        self.options = list(options)
        self.module = module
        self.stubs = dict(stubs or {})
        self.text = text
        self.upstream = None if upstream is None else list(upstream)
        self.certificate = Certificate(directory) if encrypted else None
        self.ip6 = ip6
        self.wrapper = [*UNBOUND_WRAPPER]
        if may_leak and self.wrapper:
            self.wrapper.append("--errors-for-leak-kinds=none")
        self.port = 0
        self.config = directory / "unbound.conf"
        self.socket = directory / "control"

    def write_config(self) -> None:
        modules = "validator iterator"
        lines = [
            "server:",
            f"interface: {ADDRESS}@{self.port}",
            f"outgoing-interface: {ADDRESS}",
            "do-ip6: no",
            f"num-threads: {self.threads}",
            f'directory: "{self.directory}"',
            'chroot: ""',
            'username: ""',
            'pidfile: ""',
            "do-daemonize: no",
            "use-syslog: no",
            'logfile: ""',
            "verbosity: 1",
            "log-time-ascii: no",
            "do-not-query-localhost: no",
            'local-zone: "test." nodefault',
            "hide-version: yes",
            "hide-identity: yes",
            'module-config: '
            f'"{"dynlib " if self.module else ""}{modules}"',
            *self.options,
        ]
        if self.ip6:
            lines += ["do-ip6: yes", f"interface: ::1@{self.port}"]
        if self.certificate is not None:
            lines += [f'tls-service-key: "{self.certificate.key}"',
                      f'tls-service-pem: "{self.certificate.path}"',
                      f"tls-port: {self.dot.port}", f"https-port: {self.doh.port}",
                      f"interface: {ADDRESS}@{self.dot.port}",
                      f"interface: {ADDRESS}@{self.doh.port}"]
        if self.module:
            lines += ["dynlib:", f'dynlib-file: "{MODULE}"']
        lines += ["remote-control:", "control-enable: yes",
                  f'control-interface: "{self.socket}"', "control-use-cert: no"]
        lines += self.upstream or []
        for origin in self.world.zones if self.upstream is None else ():
            lines += ["stub-zone:", f'name: "{origin}"', "stub-prime: no"]
            if origin.endswith("hosted.example."):
                host = "ns" + origin.split(".")[0].removeprefix("h") + ".servers.test"
                lines.append(f"stub-host: {host}@{self.world.port}")
            else:
                lines.append(f"stub-addr: {ADDRESS}@{self.world.port}")
        for origin, port in self.stubs.items():
            lines += ["stub-zone:", f'name: "{origin}"', "stub-prime: no",
                      f"stub-addr: {ADDRESS}@{port}"]
        self.config.write_text("\n".join(lines) + "\n" + self.text)

    def start(self) -> "Resolver":
        for attempt in range(5):
            self.port = free_port()
            self.client = Client(self.port)
            if self.certificate is not None:
                self.dot, self.doh = DotClient(free_port()), DohClient(free_port())
            self.write_config()
            self.log_path.write_bytes(b"")
            try:
                self.launch([*self.wrapper, UNBOUND, "-d", "-c", self.config],
                            self.client.is_up,
                            {"PALANG_STORE": os.fspath(self.store.path)})
                return self
            except NotStarted:
                # Another process was quicker to take the port.
                if "could not open ports" not in self.log() or attempt == 4:
                    raise
        return self

    def ask(self, *args: object, **more: object) -> Answer:
        return self.client.ask(*args, **more)  # type: ignore[arg-type]

    def from_address(self, source: str) -> Client:
        """A client there: at ::1, or at one of the loopback's many of IPv4."""
        return Client(self.port, "::1" if ":" in source else ADDRESS, source)

    def control(self, *words: str, text: str | None = None) -> str:
        """What unbound-control prints; TEXT is its standard input."""
        program = UNBOUND.with_name("unbound-control")
        done = subprocess.run([program, "-c", self.config, *words], input=text,
                              capture_output=True, text=True, timeout=DEADLINE)
        assert done.returncode == 0, f"unbound-control {words}: {done}"
        return done.stdout

    def holdings(self) -> dict[str, int]:
        """What the process holds of the things that do not come back by
        themselves: threads, open files, and maps of the store's files."""
        proc = pathlib.Path("/proc", str(self.pid))
        maps = (proc / "maps").read_text()
        return {"threads": len(list((proc / "task").iterdir())),
                "files": len(list((proc / "fd").iterdir())),
                "maps": maps.count(".mdb"), "states": maps.count("/resolver.")}

    def wait_enforced(self, serial: int | None = None) -> None:
        """Waits until the store's serial is enforced: its names are answered by it,
        and what the cache held against it is gone."""
        wanted = self.store.serial if serial is None else serial
        poll(f"serial {wanted} to be enforced",
             lambda: self.stats().get("enforced_serial", 0) >= wanted, pause=0.05)

    def stats(self) -> dict:
        """What `palang stats` says of this resolver; empty when it says nothing."""
        return next((r for r in self.store.stats()["resolvers"]
                     if r["pid"] == self.pid), {})

    def count(self, name: str) -> int:
        """One of Unbound's own counters, of all threads."""
        for line in self.control("stats_noreset").splitlines():
            key, _, value = line.partition("=")
            if key == name:
                return int(float(value))
        raise AssertionError(f"Unbound has no counter {name}")

    def reload(self) -> None:
        """By SIGHUP, as systemd does; returns when it is done."""
        done = self.log().count(STARTED)
        assert self.process is not None
        self.process.send_signal(signal.SIGHUP)
        poll("the reload to be done", lambda: self.log().count(STARTED) > done)
