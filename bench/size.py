# SPDX-License-Identifier: BSD-3-Clause
"""All figures for a list of one size, but for those of a full cache."""

import os
import pathlib
import shutil

import gen
import measure
import updates
from servers import Resolver, Upstream, run
from table import Results

RPZ_BYTES = 2200  # of memory a name, measured
INSTRUCTIONS_RPZ = 10000
ONLY_NONE = "not applicable"


def available_bytes() -> int:
    with open("/proc/meminfo") as f:
        return next(int(line.split()[1]) * 1024 for line in f
                    if line.startswith("MemAvailable"))


class Bench:
    def __init__(self, directory: pathlib.Path, count: int, options, results: Results,
                 progress) -> None:
        self.dir, self.count, self.options = directory, count, options
        self.results, self.progress = results, progress
        self.seed = options.seed
        self.rounds = 3 if options.quick else 5
        self.store = directory / "store"
        self.zone = directory / "rpz.zone"
        self.resolvers: dict[str, Resolver] = {}
        self.rpz = self._rpz_fits()

    def _rpz_fits(self) -> bool:
        need = self.count * RPZ_BYTES
        if self.count > self.options.skip_rpz_above:
            word = f"not run (--skip-rpz-above): {need / 1e9:.0f} GB needed"
        elif need * 1.15 > available_bytes():
            word = f"not run: {need / 1e9:.0f} GB needed"
        else:
            return True
        for figure in ("start", "private", "blocked"):
            self.results.say(figure, "rpz", word)
        return False

    def everything(self) -> None:
        self.generate()
        self.compile()
        self.look_up()
        self.upstream = Upstream(self.dir / "nsd")
        self.upstream.start()
        self.start()
        self.throughput()
        self.update()
        for r in self.resolvers.values():
            r.stop()
        self.instructions()

    def generate(self) -> None:
        self.progress("making the list")
        self.list = gen.write_list(self.dir / "list", self.seed, self.count)
        self.listed = gen.listed(self.seed, self.count, 100000)
        self.unlisted = gen.unlisted(self.seed, 100000)
        self.usual = gen.unlisted(self.seed + 7, 1000)
        mixed = gen.mixed(self.seed, self.usual, self.listed[:5000], 0.05, 100000)
        self.data = {
            "cached": gen.write_queries(self.dir / "q.cached", self.usual),
            "blocked": gen.write_queries(self.dir / "q.blocked", self.listed),
            "mix": gen.write_queries(self.dir / "q.mix", mixed)}
        if self.rpz:
            gen.write_lines(self.zone, gen.rpz_lines(self.seed, self.count))

    def compile(self) -> None:
        add = self.results.add
        sort = {**os.environ, "LC_ALL": "C"}
        log = self.dir / "command.log"
        for i in range(self.rounds if self.count <= 2000000 else 3):
            self.progress(f"compile and sort -u, round {i + 1}")
            if self.store.exists():
                shutil.rmtree(self.store)
            for subject, used in (
                    ("palang", measure.resources(
                        measure.compile_list(self.store, self.list), log)),
                    ("sort", measure.resources(
                        ["sort", "-u", "-o", self.dir / "sorted", self.list], log, env=sort))):
                add("compile_wall", subject, used["wall"])
                add("compile_cpu", subject, used["cpu"])
                add("compile_mb", subject, used["mb"])
                add("compile_bytes", subject, used["mb"] * 1048576 / self.count)
            (self.dir / "sorted").unlink()
        add("disk_bytes", "palang", (self.store / "data.mdb").stat().st_size / self.count)
        for _ in range(self.rounds if self.count <= 2000000 else 2):
            wall, text = run(measure.compile_list(self.store, self.list), 900)
            add("reread_wall", "palang", wall)
        if "nothing changed" not in text:
            self.results.note(f"the unchanged list was committed again: {text[-300:]}")
        for seconds in self.results.samples["compile_wall"]["sort"]:
            add("reread_wall", "sort", seconds)

    def look_up(self) -> None:
        self.progress("look-ups")
        program = measure.build_lookup()
        for key, names in (("ns_unlisted", self.unlisted), ("ns_listed", self.listed),
                           ("ns_hot", self.usual)):
            path = gen.write_lines(self.dir / key, (n + "\n" for n in names))
            samples, blocked = measure.lookup_ns(program, self.store, path, 7)
            self.results.add(key, "palang", *samples)
            if blocked != (len(names) if key == "ns_listed" else 0):
                self.results.note(f"{key}: {blocked} of {len(names)} names were blocked")
        for key, names in (("i_lookup", self.unlisted), ("i_lookup_listed", self.listed)):
            path = gen.write_lines(self.dir / key, (n + "\n" for n in names[:10000]))
            self.results.add(key, "palang", measure.lookup_instructions(
                program, self.store, path, self.dir))

    def make(self, subject: str, directory: pathlib.Path, zone=None,
             threads: int = 1) -> Resolver:
        return Resolver(directory, subject, self.upstream,
                        self.store if subject == "palang" else None,
                        f'zonefile: "{zone or self.zone}"', threads)

    def start(self) -> None:
        add = self.results.add
        for i in range(self.rounds):
            for subject in ("none", "palang"):
                self.progress(f"start, {subject}, round {i + 1}")
                r = self.make(subject, self.dir / subject)
                add("start", subject, r.start(self.listed[0]))
                if i < self.rounds - 1:
                    r.stop()
                self.resolvers[subject] = r
        cold = self.make("palang", self.dir / "cold")
        self.resolvers["palang"].stop()
        forget(self.store / "data.mdb")
        add("start_cold", "palang", cold.start(self.listed[0]))
        cold.stop()
        self.resolvers["palang"] = self.make("palang", self.dir / "palang")
        self.resolvers["palang"].start(self.listed[0])
        if self.rpz:
            self.progress("start, RPZ")
            r = self.resolvers["rpz"] = self.make("rpz", self.dir / "rpz")
            add("start", "rpz", r.start(self.listed[0], 1200))
        self.memory("private")

    def memory(self, key: str) -> None:
        """Of each resolver, less that of the one without a list."""
        used = {s: r.memory() for s, r in self.resolvers.items()}
        for subject, m in used.items():
            base = used["none"] if subject != "none" else {"private": 0, "pss": 0}
            self.results.add(key, subject, m["private"] - base["private"])
            if key == "private_end":
                self.results.add("pss", subject, m["pss"] - base["pss"])
                if subject == "palang":
                    self.results.add("store_mb", subject, m["store"])

    def throughput(self) -> None:
        seconds = 2 if self.options.quick else 5
        add = self.results.add
        for r in self.resolvers.values():
            measure.warm(r, self.data["cached"])
            measure.warm(r, self.data["mix"])
        lost = idle = 0
        for i in range(self.rounds):
            for kind in ("cached", "blocked", "mix"):
                for subject, r in self.resolvers.items():
                    if subject == "none" and kind == "blocked":
                        continue
                    self.progress(f"{kind}, {subject}, round {i + 1}")
                    figures = measure.dnsperf(r, self.data[kind], seconds)
                    add(kind, subject, figures["per_second"])
                    add(f"{kind}_us", subject, figures["cpu_us"])
                    lost += figures["lost"]
                    idle += figures["busy"] < 0.9
        if lost:
            self.results.note(f"dnsperf lost {lost} queries")
        if idle:
            self.results.note(
                f"in {idle} rounds the server had less than 90 % of its core: dnsperf or "
                "other work on the machine set the pace. The processor times are better "
                "to compare by then")
        self.memory("private_end")

    def update(self) -> None:
        self.progress("updates")
        r = self.resolvers["palang"]
        extra = updates.Extra(self.dir, r)
        updates.one_name(extra, self.rounds, self.results)
        batches = [[f"n{i}.many{b}.example" for i in range(10000)]
                   for b in range(2 if self.options.quick else 4)]
        updates.many_names(extra, batches, self.results)
        self.progress("the whole list with one name more")
        updates.whole_list(self.dir, r, self.list, 2, self.results)
        if self.rpz:
            self.progress("RPZ, zone file again")
            updates.rpz_reload(self.resolvers["rpz"], self.zone, self.results)

    def instructions(self) -> None:
        count = 4000 if self.options.quick else 10000
        names = (self.usual * (count // len(self.usual) + 1))[:count]
        for threads in (1, 2):
            for subject in ("none", "palang"):
                self.progress(f"instructions, cached, {subject}, threads: {threads}")
                found = measure.query_instructions(
                    lambda d: self.make(subject, d, threads=threads), names, self.usual,
                    self.fresh(f"{subject}{threads}"))
                self.results.add(f"i_cached{threads}", subject, found["all"])
        self.results.add("i_background", "palang", found["background"])
        small = gen.write_lines(self.dir / "small.zone",
                                gen.rpz_lines(self.seed, INSTRUCTIONS_RPZ))
        for subject, blocked in (
                ("palang", self.listed[:count]),
                ("rpz", gen.listed(self.seed, INSTRUCTIONS_RPZ, count))):
            self.progress(f"instructions, blocked, {subject}")
            found = measure.query_instructions(
                lambda d: self.make(subject, d, small), blocked, self.usual[:1],
                self.fresh(f"{subject}.blocked"))
            self.results.add("i_blocked", subject, found["all"])

    def fresh(self, name: str) -> pathlib.Path:
        path = self.dir / f"instructions.{name}"
        path.mkdir()
        return path


def forget(path: pathlib.Path) -> None:
    """Takes a file out of the page cache."""
    fd = os.open(path, os.O_RDONLY)
    os.fsync(fd)
    os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(fd)
