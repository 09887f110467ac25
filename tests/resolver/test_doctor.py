# SPDX-License-Identifier: BSD-3-Clause
"""palang doctor: set-ups that are broken in one way each, made for real, and what
it finds in them. `-s` prints each set-up with its finding and the line to change."""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator

import pytest

from command import Store, palang
from harness import ADDRESS, COMMAND, MODULE, UNBOUND, free_port, poll
from resolver import Resolver
from test_failures import patch_head
from wire import NOTICE_V4, NOTICE_V6, looks_blocked

LEVELS = ["error", "warning", "note", "ok"]
LISTED = ["toko-palsu.example", "other.example"]


def doctor(store: pathlib.Path, config: pathlib.Path | None, *options: str | os.PathLike,
           status: int | None = None,
           checkconf: pathlib.Path = UNBOUND.with_name("unbound-checkconf"),
           ) -> list[dict]:
    words: list[str | os.PathLike] = [
        "doctor", "--json", "-o", store, "--unbound-checkconf", checkconf,
        "--unbound-control", UNBOUND.with_name("unbound-control"), *options]
    if config is not None:
        words += ["--config", config]
    done = palang(*words, status=status)
    assert done.stderr == ""
    findings = [json.loads(line) for line in done.stdout.splitlines()]
    assert all(set(f) == {"level", "check", "text", "change", "where"}
               for f in findings)
    levels = [LEVELS.index(f["level"]) for f in findings]
    assert levels == sorted(levels), "the gravest come first"
    assert done.returncode == (1 if 0 in levels else 0)
    return findings


def show(findings: list[dict]) -> str:
    return "\n" + "\n".join(
        f"{f['level']}: {f['check']}: {f['text']}\n    {f['change']} ({f['where']})"
        for f in findings)


def found(findings: list[dict], level: str, check: str, words: str,
          change: str | None) -> dict:
    """The one finding that says WORDS and what to change: patterns."""
    here = [f for f in findings if f["level"] == level and f["check"] == check
            and re.search(words, f["text"])]
    assert len(here) == 1, f"{len(here)} of {level} {check} {words!r}:{show(findings)}"
    said = here[0]["change"]
    if change is None:
        assert said is None, show(here)
    else:
        assert said is not None and re.search(change, said), show(here)
    name = os.environ.get("PYTEST_CURRENT_TEST", "").split("::")[-1].split(" ")[0]
    name = re.search(r"\[(.*)\]", name)[1] if "[" in name else name
    print(f"\n{name} | {level} {check}: {here[0]['text']} | {said}", end="")
    return here[0]


class SetUp:
    """A configuration and a store that are good, in a place that every user may
    enter, until a test breaks one thing of it."""

    def __init__(self, directory: pathlib.Path) -> None:
        self.directory = directory
        self.config = directory / "unbound.conf"
        self.store = Store(directory / "store")
        self.module = directory / "palang.so"
        self.programs = directory / "programs"
        self.modules = "dynlib validator iterator"
        self.server: list[str] = []
        self.dynlib: list[str] = [f'dynlib-file: "{self.module}"']
        self.rest: list[str] = []
        self.options: list[str] = []
        shutil.copy(MODULE, self.module)
        self.programs.mkdir()
        for name in ("unbound", "unbound-checkconf", "unbound-control"):
            (self.programs / name).symlink_to(UNBOUND.with_name(name))

    def write(self) -> None:
        lines = ["server:", f"interface: {ADDRESS}@{free_port()}", 'chroot: ""',
                 'username: ""', 'pidfile: ""', f'directory: "{self.directory}"',
                 f'module-config: "{self.modules}"', *self.server]
        if self.dynlib:
            lines += ["dynlib:", *self.dynlib]
        lines += ["remote-control:", "control-enable: no", *self.rest]
        self.config.write_text("\n".join(lines) + "\n")

    def patch_module(self, old: bytes, new: bytes) -> None:
        data = self.module.read_bytes()
        assert len(old) == len(new) and old in data
        self.module.write_bytes(data.replace(old, new))

    def doctor(self) -> list[dict]:
        return doctor(self.store.path, self.config, *self.options,
                      checkconf=self.programs / "unbound-checkconf")


@pytest.fixture
def good() -> Iterator[SetUp]:
    with tempfile.TemporaryDirectory(prefix="palang-test-") as name:
        os.chmod(name, 0o755)
        setup = SetUp(pathlib.Path(name))
        setup.store.compile(LISTED)
        setup.write()
        yield setup


# ---- set-ups without a running resolver ----

Break = Callable[[SetUp], None]


def option(line: str) -> Break:
    return lambda s: s.server.append(line)


def modules(line: str) -> Break:
    def change(s: SetUp) -> None:
        s.modules = line
    return change


def no_module_file(s: SetUp) -> None:
    s.module.unlink()


def text_for_a_module(s: SetUp) -> None:
    s.module.write_text("this is no library\n")


def another_library(s: SetUp) -> None:
    shutil.copy(next(pathlib.Path("/usr/lib").glob("*/liblmdb.so.0")), s.module)


def another_module(s: SetUp) -> None:
    """Its note has another name: that is all that tells it from palang's."""
    s.patch_module(b"\x01\x00\x00\x00palang\0", b"\x01\x00\x00\x00merang\0")


def another_build(s: SetUp) -> None:
    build_id = re.search(rb"palang\0\0([0-9a-f]{40})\0", s.module.read_bytes())
    assert build_id
    s.patch_module(build_id[1], b"0123456789" * 4)


def two_modules(s: SetUp) -> None:
    other = s.directory / "other.so"
    shutil.copy(s.module, other)
    other.write_bytes(other.read_bytes().replace(b"\x01\x00\x00\x00palang\0",
                                                 b"\x01\x00\x00\x00merang\0"))
    s.modules = "dynlib dynlib validator iterator"
    s.dynlib.insert(0, f'dynlib-file: "{other}"')


def no_threads(s: SetUp) -> None:
    """A program that cannot make a thread in the place of Unbound."""
    (s.programs / "unbound").unlink()
    shutil.copy("/bin/true", s.programs / "unbound")


def no_store(s: SetUp) -> None:
    shutil.rmtree(s.store.path)


def another_file(s: SetUp) -> None:
    s.store.data.write_bytes(b"no store at all\n" * 1000)


def another_format(s: SetUp) -> None:
    patch_head(s.store, 8, b"\x00\x63")
    # The lock file is made by who opens it first.
    palang("query", "-o", s.store.path, "toko-palsu.example", status=2)


def cut_short(s: SetUp) -> None:
    s.store.compile([f"many{i}.example" for i in range(5000)])
    data = s.store.data.read_bytes()
    s.store.data.write_bytes(data[:len(data) // 2])


def no_lock_file(s: SetUp) -> None:
    (s.store.path / "lock.mdb").unlink()


def only_v4(s: SetUp) -> None:
    shutil.rmtree(s.store.path)
    s.store.compile(LISTED, notices=[NOTICE_V4])


def only_v6(s: SetUp) -> None:
    shutil.rmtree(s.store.path)
    s.store.compile(LISTED, notices=[NOTICE_V6])


def chrooted(s: SetUp) -> None:
    root = s.directory / "root"
    root.mkdir()
    s.server += [f'chroot: "{root}"', f'directory: "{root}"']


def rpz(s: SetUp) -> None:
    s.modules = "dynlib respip validator iterator"
    s.rest += ["rpz:", 'name: "rpz.example"', f'zonefile: "{s.directory}/rpz"']


FIRST = r'^module-config: "dynlib validator iterator"$'

# Name of the set-up, how it is made, level, check, words, what to change.
BROKEN: list[tuple[str, Break, str, str, str, str | None]] = [
    ("unknown-option", option("no-such-option: yes"), "error", "configuration",
     r"cannot read '.*unbound.conf': .*:8: error: unknown keyword",
     None),
    ("value-that-is-refused", option("interface: 192.0.2.1.5"), "error", "configuration",
     "unbound-checkconf says of", None),
    ("no-configuration", lambda s: s.config.unlink(), "error", "configuration",
     "unbound-checkconf cannot read .*No such file", None),
    ("no-checkconf", lambda s: (s.programs / "unbound-checkconf").unlink(), "error",
     "configuration", "cannot find .*--unbound-checkconf", None),
    ("without-dynlib", modules("validator iterator"), "error", "dynlib",
     "without dynlib", FIRST),
    ("validator-first", modules("validator dynlib iterator"), "error", "order",
     "validator comes before dynlib", FIRST),
    ("dns64-first", modules("dns64 dynlib validator iterator"), "error", "order",
     "dns64 comes before dynlib", '^module-config: "dynlib dns64 validator iterator"$'),
    ("subnetcache-first", modules("subnetcache dynlib validator iterator"), "error",
     "order", "subnetcache comes before dynlib .*cannot clear",
     '^module-config: "dynlib subnetcache validator iterator"$'),
    ("no-dynlib-file", lambda s: s.dynlib.clear(), "error", "module",
     "1 dynlib, but there are 0 dynlib-file", r'^dynlib-file: ".*/palang\.so"$'),
    ("module-is-missing", no_module_file, "error", "module", "No such file",
     r'^dynlib-file: ".*/palang\.so"$'),
    ("module-is-a-text", text_for_a_module, "error", "module",
     "no program or library", "^dynlib-file: "),
    ("module-is-a-library", another_library, "error", "module", "six functions",
     "^dynlib-file: "),
    ("module-of-others", another_module, "error", "module", "not palang's module",
     "^dynlib-file: "),
    ("module-of-others-first", two_modules, "warning", "module",
     "other.so\" comes before palang's", r'^dynlib-file: ".*/palang\.so"$'),
    ("another-build", another_build, "error", "build",
     "build id 0123456789.* but '.*/unbound' has [0-9a-f]+: Unbound does not start",
     "--with-unbound"),
    ("no-threads", no_threads, "error", "threads", "without threads",
     "build-unbound"),
    ("no-store", no_store, "error", "store", "there is no store", "^palang compile -o "),
    ("not-a-store", another_file, "error", "store", "not written by LMDB", "^mv "),
    ("another-format", another_format, "error", "store", "it has format 99", "^mv "),
    ("cut-short", cut_short, "error", "store", "cut short", "^mv "),
    ("no-lock-file", no_lock_file, "warning", "store", "lock.mdb' is missing",
     "^palang query "),
    ("no-such-user", option('username: "no-such-user"'), "error", "permissions",
     "there is no user 'no-such-user'", "^username: "),
    ("chroot-without-store", chrooted, "error", "store", "outside of the chroot",
     '^chroot: ""$'),
    ("chroot-without-module", chrooted, "error", "module", "inside the chroot",
     "^dynlib-file: "),
    ("few-slabs", option("num-threads: 8\nmsg-cache-slabs: 4"), "warning", "slabs",
     "num-threads is 8 and msg-cache-slabs is 4", "^msg-cache-slabs: 8$"),
    ("expired-for-ever",
     lambda s: s.server.extend(["serve-expired: yes", "serve-expired-ttl: 0"]),
     "warning", "serve-expired", "without a limit", "^serve-expired-ttl: 86400$"),
    ("expired-without-palang",
     lambda s: (modules("validator iterator")(s), option("serve-expired: yes")(s)),
     "error", "serve-expired", "but module-config is without dynlib",
     "^serve-expired: no$"),
    ("notice-without-v6", only_v4, "warning", "notices",
     "2 of 2 entries .*no IPv6 address", "--notice 2001:db8::1"),
    ("notice-without-v4", only_v6, "warning", "notices",
     "2 of 2 entries .*no IPv4 address", "--notice 192.0.2.1"),
    ("local-zone-of-a-listed-name", option('local-zone: "toko-palsu.example" static'),
     "warning", "precedence", "local-zone of 'toko-palsu.example'",
     "^# local-zone: toko-palsu.example static$"),
    ("local-data-of-a-listed-name",
     option('local-data: "www.other.example. A 192.0.2.9"'),
     "warning", "precedence", "local-data of 'www.other.example.'", "^# local-data: "),
    ("rpz", rpz, "note", "precedence", "response policy zones", None),
    ("auth-zone", lambda s: s.rest.extend(["auth-zone:", 'name: "zone.example"']),
     "note", "precedence", "1 auth-zone", None),
    ("response-ip", lambda s: (modules("dynlib respip validator iterator")(s),
                               option("response-ip: 192.0.2.0/24 deny")(s)),
     "note", "precedence", "response-ip", None),
    ("no-resolver", lambda s: None, "warning", "resolver", "no running resolver",
     "^systemctl start unbound$"),
    ("no-control", lambda s: None, "note", "difference", "control-enable is no",
     "^control-enable: yes$"),
]


@pytest.mark.parametrize("breaks, level, check, words, change",
                         [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN])
def test_what_is_broken_is_named_with_the_line_to_change(
        good: SetUp, breaks: Break, level: str, check: str, words: str,
        change: str | None) -> None:
    breaks(good)
    if good.config.exists():
        good.write()
    found(good.doctor(), level, check, words, change)


def test_without_a_resolver_a_good_set_up_has_no_error(good: SetUp) -> None:
    findings = good.doctor()
    assert [f for f in findings if f["level"] == "error"] == [], show(findings)
    oks = {f["check"] for f in findings if f["level"] == "ok"}
    assert {"configuration", "order", "module", "build", "store"} <= oks


def test_a_line_is_found_where_it_is_included(good: SetUp) -> None:
    more = good.directory / "more"
    more.mkdir()
    (more / "a.conf").write_text("# nothing\n")
    (more / "b.conf").write_text(
        "\nserver:\n    module-config: 'validator dynlib iterator'\n")
    good.rest += [f'include-toplevel: "{more}/*.conf"']
    good.write()
    finding = found(good.doctor(), "error", "order", "validator comes before", FIRST)
    assert finding["where"] == f"{more}/b.conf:3"


def test_the_changes_that_are_told_heal(good: SetUp) -> None:
    """Each line put in the place that was told, until nothing more is told."""
    good.modules = "validator dynlib iterator"
    good.server += ["num-threads: 8", "msg-cache-slabs: 2", "serve-expired: yes",
                    "serve-expired-ttl: 0",
                    'local-zone: "toko-palsu.example" redirect']
    good.write()
    for _ in range(8):
        wrong = [f for f in good.doctor() if f["where"] and f["where"][-1].isdigit()
                 and f["level"] in ("error", "warning")]
        if not wrong:
            break
        path, _, line = wrong[0]["where"].rpartition(":")
        lines = pathlib.Path(path).read_text().splitlines()
        lines[int(line) - 1] = wrong[0]["change"]
        pathlib.Path(path).write_text("\n".join(lines) + "\n")
    findings = good.doctor()
    assert {f["check"] for f in findings if f["level"] in ("error", "warning")} == {
        "resolver"}, show(findings)


# ---- what Unbound's user may do ----

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs another user")


def close_directory(s: SetUp) -> None:
    s.store.path.chmod(0o700)


def close_lock(s: SetUp) -> None:
    s.store.path.chmod(0o777)
    s.store.data.chmod(0o644)
    (s.store.path / "lock.mdb").chmod(0o644)


def close_data(s: SetUp) -> None:
    s.store.path.chmod(0o777)
    s.store.data.chmod(0o600)


def close_way(s: SetUp) -> None:
    s.directory.chmod(0o700)


def close_counters(s: SetUp) -> None:
    s.store.path.chmod(0o755)


def close_module(s: SetUp) -> None:
    s.module.chmod(0o600)


@as_root
@pytest.mark.parametrize("close, level, check, words, change", [
    (close_directory, "error", "permissions", "may not enter '.*/store' ",
     "chmod 2770 .*/store$"),
    (close_lock, "error", "permissions", "may not write '.*lock.mdb'",
     "chmod 0660 .*/lock.mdb$"),
    (close_data, "error", "permissions", "may not read '.*data.mdb'",
     "chmod 0640 .*/data.mdb$"),
    (close_way, "error", "permissions", "because of '.*palang-test-",
     "^chmod o[+]x .*palang-test-[^/]*$"),
    (close_counters, "warning", "permissions", "cannot keep counters",
     "chmod 2770 .*/store$"),
    (close_module, "error", "module", "may not read '.*palang.so'", "^chmod o[+]r "),
], ids=lambda v: v.__name__.replace("_", "-") if callable(v) else "")
def test_what_unbound_may_not_do_is_named_with_the_mode(
        good: SetUp, close: Break, level: str, check: str, words: str,
        change: str) -> None:
    good.server += ['username: "nobody"']
    good.write()
    for path in (good.store.path / "lock.mdb", good.store.data):
        path.chmod(0o666)
    close(good)
    found(good.doctor(), level, check, words, change)


@as_root
def test_rights_that_only_root_can_see_are_said_to_be_unseen(good: SetUp) -> None:
    good.server += ['username: "daemon"']
    good.write()
    good.store.path.chmod(0o777)
    for path in (good.store.path / "lock.mdb", good.store.data):
        path.chmod(0o666)
    command = good.directory / "palang"
    shutil.copy(COMMAND, command)
    for name in ("unbound-checkconf", "unbound"):
        (good.programs / name).unlink()
        shutil.copy(UNBOUND.with_name(name), good.programs / name)
    done = subprocess.run(
        ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", command,
         "doctor", "-o", good.store.path, "-c", good.config, "--unbound-checkconf",
         good.programs / "unbound-checkconf"], capture_output=True, text=True)
    assert re.search("^note: cannot see what Unbound's user daemon may do .*root$",
                     done.stdout, re.MULTILINE), done.stdout + done.stderr


# ---- with a running resolver ----

def examine(resolver: Resolver, *options: str | os.PathLike,
            store: pathlib.Path | None = None) -> list[dict]:
    return doctor(store or resolver.store.path, resolver.config, *options)


def test_a_healthy_resolver_has_no_error(start, store: Store) -> None:
    store.compile(LISTED)
    resolver = start(store)
    assert looks_blocked(resolver.ask("toko-palsu.example"))
    findings = examine(resolver)
    assert [f for f in findings if f["level"] in ("error", "warning")] == [], show(
        findings)
    oks = {f["check"] for f in findings if f["level"] == "ok"}
    assert oks >= {"configuration", "order", "module", "build", "store", "resolver",
                   "enforced"}
    done = palang("doctor", "-o", store.path, "-c", resolver.config,
                  "--unbound-checkconf", UNBOUND.with_name("unbound-checkconf"),
                  "--unbound-control", UNBOUND.with_name("unbound-control"))
    assert f"ok: a resolver runs with this store: process {resolver.pid}," in done.stdout
    assert done.stdout.endswith("0 errors, 0 warnings\n")


def test_the_configuration_is_that_of_the_running_resolver(start, store: Store) -> None:
    store.compile(LISTED)
    resolver = start(store, options=["num-threads: 1", "msg-cache-slabs: 16"])
    findings = doctor(store.path, None)
    found(findings, "ok", "configuration", re.escape(str(resolver.config)), None)


def test_a_resolver_that_was_not_restarted_is_named(start, store: Store) -> None:
    store.compile(LISTED)
    resolver = start(store, module=False)
    resolver.module = True
    resolver.write_config()
    found(examine(resolver), "error", "resolver", "runs without palang",
          "^systemctl restart unbound$")


def test_a_running_configuration_that_differs_is_named(start, store: Store) -> None:
    store.compile(LISTED)
    resolver = start(store)
    resolver.options.append("serve-expired: yes")
    resolver.write_config()
    found(examine(resolver), "warning", "difference",
          'has serve-expired "no", .* says "yes"', "^systemctl restart unbound$")


def test_another_store_than_the_resolver_s_is_named(start, store: Store,
                                                    tmp_path: pathlib.Path) -> None:
    store.compile(LISTED)
    other = Store(tmp_path / "other")
    other.compile(LISTED)
    resolver = start(store)
    findings = examine(resolver, store=other.path)
    found(findings, "error", "environment", re.escape(f"answers from '{store.path}'"),
          re.escape(f"Environment=PALANG_STORE={other.path}"))
    found(findings, "error", "resolver", "keeps no state in", "journalctl")


def test_a_module_of_another_version_is_named(start, store: Store) -> None:
    """The running one says its version in its state, which is a file."""
    store.compile(LISTED)
    resolver = start(store)
    version = palang("--version").stdout.split()[1]
    older = re.sub(r"\d", "0", version)
    state = store.path / f"resolver.{resolver.pid}.0"
    with state.open("r+b") as file:
        at = file.read(4096).index(version.encode() + b"\0")
        file.seek(at)
        file.write(older.encode())
    found(examine(resolver), "warning", "resolver",
          re.escape(f"has palang {older}, the command is palang {version}"),
          "^systemctl restart unbound$")


def test_a_store_that_the_resolver_cannot_use_is_named(start, store: Store) -> None:
    store.compile(LISTED)
    store.data.write_bytes(b"no store at all\n" * 1000)
    resolver = start(store, options=["serve-expired: yes"])
    resolver.allow("error: palang: ")
    findings = examine(resolver)
    found(findings, "error", "enforced", "cannot use its store.*not written by LMDB", None)
    found(findings, "error", "store", "not written by LMDB", "^mv ")


def test_a_store_that_is_cut_short_in_use_is_named(start, store: Store) -> None:
    store.compile([f"many{i}.example" for i in range(5000)])
    resolver = start(store, options=["serve-expired: yes"])
    resolver.allow("error: palang: ")
    resolver.wait_enforced()
    os.truncate(store.data, store.data.stat().st_size // 2)
    poll("the cut to be seen", lambda: "cut short" in resolver.log())
    findings = examine(resolver)
    found(findings, "error", "enforced", "cannot use its store.*cut short", None)
    found(findings, "error", "serve-expired", "cannot use its store",
          "^serve-expired: no$")


def test_a_resolver_that_stands_still_is_named_and_not_waited_for(
        start, store: Store) -> None:
    """unbound-control waits for it without an end, the doctor does not."""
    store.compile(LISTED)
    resolver = start(store)
    resolver.allow("could not send: Broken pipe")  # who asked is gone
    resolver.wait_enforced()
    os.kill(resolver.pid, signal.SIGSTOP)
    try:
        store.compile([*LISTED, "new.example"], "--no-wait")
        findings = examine(resolver)
    finally:
        os.kill(resolver.pid, signal.SIGCONT)
    found(findings, "error", "enforced", "enforces serial 1, the store is at 2",
          "^systemctl restart unbound$")
    found(findings, "warning", "difference", "did not end within 5 seconds", None)


def test_a_configuration_given_by_a_relative_path_is_named(start, store: Store) -> None:
    store.compile(LISTED)
    resolver = start(store)
    resolver.stop()
    resolver.launch([UNBOUND, "-d", "-c", resolver.config.name], resolver.client.is_up,
                    {"PALANG_STORE": os.fspath(store.path)})
    found(examine(resolver), "warning", "command-line", "relative path",
          re.escape(f"unbound -c {resolver.config}") + "$")


# ---- usage ----

def test_operands_are_wrong_usage() -> None:
    assert palang("doctor", "operand", status=2).stderr.startswith("palang: ")


def test_the_doctor_changes_nothing(good: SetUp) -> None:
    def contents() -> dict:
        return {p: (p.read_bytes(), p.stat().st_mode) for p in sorted(
            good.directory.rglob("*")) if p.is_file() and p.name != "lock.mdb"}
    before = contents()
    good.doctor()
    assert contents() == before
    (good.store.path / "lock.mdb").unlink()
    good.doctor()
    assert contents() == before and not (good.store.path / "lock.mdb").exists()
