# SPDX-License-Identifier: BSD-3-Clause
"""Updates of a resolver whose cache holds a million messages."""

import pathlib

import gen
import measure
import updates
from servers import CLIENT_CORE, Resolver, Upstream, run
from table import Results
from wire import ADDRESS, BLOCKED, wait_answer

BIG_CACHE = ("msg-cache-size: 1g", "rrset-cache-size: 2g", "outgoing-range: 900",
             "num-queries-per-thread: 900", "extended-statistics: yes")


def cached_name(i: int) -> str:
    return f"h{i:07d}.cached.example"


def fill(resolver: Resolver, directory: pathlib.Path, messages: int, results: Results,
         progress) -> None:
    progress(f"{resolver.subject}: {messages:,} messages into the cache")
    data = gen.write_queries(directory / "q.fill", (cached_name(i) for i in range(messages)))
    measure.warm(resolver, data)
    held = resolver.count("msg.cache.count")
    memory = resolver.memory()
    results.note(f"{resolver.subject}: {held:,} messages in the cache, "
                 f"{memory['private']:,.0f} MB private")


def everything(directory: pathlib.Path, count: int, options, results: Results,
               progress) -> None:
    messages = 100000 if options.quick else 1000000
    rounds = 2 if options.quick else 5
    progress("making the list and the store")
    the_list = gen.write_list(directory / "list", options.seed, count)
    store = directory / "store"
    run(measure.compile_list(store, the_list), 1800)
    upstream = Upstream(directory / "nsd")
    upstream.start()
    r = Resolver(directory / "palang", "palang", upstream, store, options=BIG_CACHE)
    r.start(gen.name(options.seed, 0))
    fill(r, directory, messages, results, progress)
    extra = updates.Extra(directory, r)
    step = messages // 20
    batches = [[cached_name(b * step + i) for i in range(min(10000, step))]
               for b in range(2 * (1 + rounds))]
    # The maintenance thread beside the worker, and then where a core is free for it.
    for subject in ("palang", "apart"):
        progress(f"one name, {subject}")
        extra.subject = subject
        updates.one_name(extra, rounds, results, f"{subject}.cached.example")
        progress(f"10,000 names, {subject}")
        updates.many_names(extra, [batches.pop() for _ in range(1 + rounds)], results)
        r.move_maintenance(CLIENT_CORE)
    progress("the whole list with one name more")
    updates.whole_list(directory, r, the_list, 2, results)
    results.note("messages dropped at each serial: "
                 + " ".join(str(n) for n in r.evicted()))
    r.stop()
    if options.with_rpz:
        with_rpz(directory, min(count, 1000000), messages, upstream, options, results, progress)


PRIMARY = """zone:
    name: "rpz.bench"
    zonefile: "rpz.zone"
    provide-xfr: 127.0.0.1 NOKEY
    store-ixfr: yes
    create-ixfr: yes
"""


def with_rpz(directory: pathlib.Path, count: int, messages: int, upstream: Upstream,
             options, results: Results, progress) -> None:
    """A million names: more do not fit, and take minutes to load. One name is added
    by IXFR from an NSD, another by the zone file."""
    progress(f"RPZ with {count:,} names starts")
    primary = Upstream(directory / "primary", PRIMARY)
    served, zone = directory / "primary" / "rpz.zone", directory / "rpz.zone"
    for path in (served, zone):
        gen.write_lines(path, gen.rpz_lines(options.seed, count))
    primary.start(300)
    r = Resolver(directory / "rpz", "rpz", upstream, options=BIG_CACHE,
                 rpz=f'zonefile: "{zone}"\nprimary: {ADDRESS}@{primary.port}')
    r.start(gen.name(options.seed, 0), 1200)
    fill(r, directory, messages, results, progress)
    results.note(f"RPZ has {count:,} names")
    progress("RPZ, IXFR")
    name = "ixfr.update.example"
    gen.write_lines(served, gen.rpz_lines(options.seed, count, 2, (name,)))
    primary.control("reload", "rpz.bench")
    if wait_answer(primary.port, f"{name}.rpz.bench", BLOCKED, 300) is None:
        results.note("NSD did not take the changed zone")
    updates.rpz_update("ixfr", r, name, ("auth_zone_transfer", "rpz.bench"), results)
    progress("RPZ, zone file again")
    updates.rpz_reload(r, zone, results)
    r.stop()
