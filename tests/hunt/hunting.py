# SPDX-License-Identifier: BSD-3-Clause
"""One run of the hunt: the world, an Unbound, the program, and what became of it."""

import dataclasses
import functools
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

from command import COMMAND, Store
from configurations import CONFIGURATIONS, Configuration
from harness import (ADDRESS, BUILD, DEADLINE, MODULE, SLOW, UNBOUND, NotStarted, Server,
                     free_port, poll)
from resolver import STARTED, Resolver
from wire import Client
from world import World, true_records, zone_text

PROGRAM = BUILD / "tests" / "hunt" / "hunt"
NO_EVICTION = BUILD / "tests" / "hunt" / ".libs" / "no-eviction.so"

GROUPS = 8
ALIASES = "pointer.example"
# With A records and without AAAA: for dns64.
ONLY_V4 = "four.example"
ZONES = ("test", "example", "brief.example", "h0.hosted.example", "h1.hosted.example",
         "h2.hosted.example", ONLY_V4, "signed.test")
EXEMPT = "127.0.0.2"


class HuntWorld(World):
    """The world, and what only the hunt asks for."""

    def _zones(self) -> dict[str, str]:
        zones = super()._zones()
        aliases = "".join(
            f"a{z}-{g} {1 if g % 4 < 2 else 3600} CNAME "
            f"g{g}.{('left', 'right')[g % 2]}.{zone}.\n"
            for z, zone in enumerate(ZONES) for g in range(GROUPS))
        zones[ALIASES + "."] = zone_text(ALIASES + ".", 3600, aliases)
        records = [line for line in true_records("*", 8).splitlines()
                   if " AAAA " not in line]
        zones[ONLY_V4 + "."] = zone_text(ONLY_V4 + ".", 86400,
                                         "\n".join(records) + "\n")
        return zones


class HuntResolver(Resolver):
    """An Unbound of one of the configurations."""

    def __init__(self, directory: pathlib.Path, world: World, store: Store,
                 configuration: Configuration, module: pathlib.Path,
                 forward: int | None) -> None:
        super().__init__(directory, world, store, threads=configuration.threads)
        self.configuration = configuration
        self.file = module
        self.forward = forward
        self.tls_port = self.https_port = 0

    def write_config(self) -> None:
        c = self.configuration
        options = list(c.options)
        if c.ipv6:
            options += ["do-ip6: yes", f"interface: ::1@{self.port}"]
        if c.encrypted:
            make_certificate(self.directory)
            self.tls_port, self.https_port = free_port(), free_port()
            options += [f"interface: {ADDRESS}@{self.tls_port}",
                        f"interface: {ADDRESS}@{self.https_port}",
                        f"tls-port: {self.tls_port}", f"https-port: {self.https_port}",
                        f'tls-service-key: "{self.directory}/key.pem"',
                        f'tls-service-pem: "{self.directory}/certificate.pem"']
        if c.signed:
            options.append(f'trust-anchor: "signed.test. DS {self.world.key.ds}"')
        options += ["access-control: ::1 allow", "outgoing-range: 4096",
                    "num-queries-per-thread: 2048", "unwanted-reply-threshold: 0",
                    f'module-config: "{c.modules}"']
        self.options = options
        super().write_config()
        text = self.config.read_text().replace(
            f'dynlib-file: "{MODULE}"', f'dynlib-file: "{self.file}"')
        if c.ipv6:
            text = text.replace("do-ip6: no\n", "")
        if self.forward is not None:
            text = (text[:text.index("stub-zone:")]
                    + f'forward-zone:\nname: "."\nforward-addr: '
                    f"{ADDRESS}@{self.forward}\n")
        text += "".join(line + "\n" for line in c.clauses)
        self.config.write_text(text)


def make_certificate(directory: pathlib.Path) -> None:
    if not (directory / "key.pem").exists():
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj",
             "/CN=resolver.test", "-keyout", directory / "key.pem", "-out",
             directory / "certificate.pem"], check=True, capture_output=True)


@functools.cache
def unbound_version() -> str:
    return subprocess.run([UNBOUND, "-V"], capture_output=True, text=True).stdout


def missing(c: Configuration) -> str | None:
    """Why this Unbound cannot have the configuration, if it cannot."""
    for module in c.modules.split():
        if module not in unbound_version():
            return f"this Unbound has no {module}"
    return None


def has_set() -> bool:
    """Whether the command can say who is exempt."""
    return subprocess.run([COMMAND, "set", "--help"],
                          capture_output=True).returncode == 0


@dataclasses.dataclass
class Outcome:
    name: str
    result: dict[str, str]  # the hunt's last line
    end: str  # "clean", or what was wrong

    @property
    def is_clean(self) -> bool:
        return self.end == "clean" or self.end.startswith("left out")


class Hunt:
    """A run in one configuration."""

    def __init__(self, configuration: Configuration, seconds: int,
                 module: pathlib.Path | None = None, exempt: bool = True,
                 alias: bool = True, seed: int | None = None,
                 enough: int | None = None, quiet: bool = False,
                 keep: pathlib.Path | None = None) -> None:
        self.configuration = configuration
        self.seconds = seconds
        self.module = module or MODULE
        self.exempt = exempt
        self.alias = alias
        self.seed = seed
        self.enough = enough
        self.quiet = quiet
        self.keep = keep
        self.text = ""

    def run(self) -> Outcome:
        with tempfile.TemporaryDirectory(prefix="palang-hunt-") as name:
            directory = pathlib.Path(name)
            servers: list[Server] = []
            try:
                return self._run(directory, servers)
            except (AssertionError, NotStarted, OSError) as e:
                print(e)
                return Outcome(self.configuration.name, self._result(), "trouble")
            finally:
                for server in servers:
                    server.kill()
                if self.keep is not None:
                    shutil.copytree(directory, self.keep / self.configuration.name,
                                    ignore=shutil.ignore_patterns("control"))

    def _run(self, directory: pathlib.Path, servers: list[Server]) -> Outcome:
        for part in ("world", "unbound", "upstream"):
            (directory / part).mkdir()
        world = HuntWorld(directory / "world")
        servers.append(world)
        world.start()
        store = Store(directory / "store")
        forward = None
        if self.configuration.forward:
            upstream = Resolver(directory / "upstream", world, store, module=False)
            servers.insert(0, upstream)
            forward = upstream.start().port
        # The store is not there yet; the directory is, as an administrator makes it.
        store.path.mkdir()
        resolver = HuntResolver(directory / "unbound", world, store,
                                self.configuration, self.module, forward)
        resolver.allow(r"cannot open|there is no store|nothing is blocked")
        servers.insert(0, resolver)
        resolver.start()
        return self._hunt(directory, resolver, servers)

    def _arguments(self, resolver: HuntResolver) -> list[str]:
        c = self.configuration
        argv = [str(PROGRAM), "--store", str(resolver.store.path), "--palang",
                str(COMMAND), "--port", str(resolver.port), "--seconds",
                str(self.seconds), "--groups", str(GROUPS), "--window", str(c.window),
                "--patience", str(int(20 * SLOW))]
        for zone in ZONES:
            argv += ["--zone", zone]
        for kind, threads in c.clients:
            argv += [f"--{kind}", str(threads)]
        if c.encrypted:
            argv += ["--tls-port", str(resolver.tls_port),
                     "--https-port", str(resolver.https_port)]
        if self.exempt:
            argv += ["--exempt", EXEMPT] + ["--exempt-v6"] * c.ipv6
        if self.alias:
            argv += ["--alias", ALIASES]
        if self.enough is not None:
            argv += ["--enough", str(self.enough)]
        if c.cname_targets:
            argv.append("--cname-targets")
        if self.seed is not None:
            argv += ["--seed", str(self.seed)]
        return argv

    def _hunt(self, directory: pathlib.Path, resolver: HuntResolver,
              servers: list[Server]) -> Outcome:
        output = directory / "hunt.out"
        with open(output, "wb") as out:
            process = subprocess.Popen(self._arguments(resolver), stdout=out,
                                       stderr=subprocess.STDOUT)
        try:
            self._wait(process, resolver)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
            self.text = output.read_text(errors="replace")
        if not self.quiet:
            print(self.text, end="", flush=True)
        end = {0: "clean", 1: "VIOLATIONS"}.get(process.returncode,
                                                f"trouble ({process.returncode})")
        for server in servers:
            try:
                server.stop()
            except AssertionError as e:
                end = (f"{end}, " if end != "clean" else "") + f"{server.name} complains"
                self.text += str(e)[:4000]
                if not self.quiet:
                    print(str(e)[:4000])
        return Outcome(self.configuration.name, self._result(), end)

    def _result(self) -> dict[str, str]:
        lines = [line for line in self.text.splitlines() if line.startswith("result ")]
        return dict(word.split("=") for word in lines[-1].split()[1:]) if lines else {}

    def _wait(self, process: subprocess.Popen[bytes], resolver: HuntResolver) -> None:
        """Until the hunt ends; some configurations reload meanwhile."""
        give_up = time.monotonic() + self.seconds + 6 * DEADLINE
        turn = 0
        while process.poll() is None and resolver.is_alive():
            if time.monotonic() > give_up:
                raise AssertionError("the hunt does not end")
            try:
                process.wait(2.0)
            except subprocess.TimeoutExpired:
                if ways := self.configuration.reload:
                    self._reload(resolver, ways[turn % len(ways)])
                    turn += 1
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            poll("the hunt to end", lambda: process.poll() is not None, 6 * DEADLINE)

    @staticmethod
    def _reload(resolver: HuntResolver, way: str) -> None:
        if way == "hup":
            resolver.reload()
            return
        done = resolver.log().count(STARTED)
        resolver.control(way)
        poll("the reload to be done", lambda: resolver.log().count(STARTED) > done)


def self_test(seconds: int = 60) -> int:
    """With a module that drops nothing from the cache. Returns an exit status."""
    hunt = Hunt(CONFIGURATIONS["no-validator"], seconds, module=NO_EVICTION,
                exempt=False, enough=100, quiet=True)
    outcome = hunt.run()
    print(hunt.text[:3000])
    found = int(outcome.result.get("violations", 0))
    print(f"self-test: {found} violations without eviction: "
          + ("found, as it has to be" if found else "NOTHING WAS FOUND"))
    return 0 if found else 1
