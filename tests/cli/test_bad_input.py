# SPDX-License-Identifier: BSD-3-Clause
"""Whatever `palang compile` is given that is wrong: it says what and where, fails,
and leaves the store as it was, byte for byte."""

import gzip
import lzma
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

from command import STORE_FILES, Store, palang
from harness import COMMAND

LISTED = "toko-palsu.example"

HEADER = "domain,scope,action,issued,effective,expires,notice\n"

# What the list holds, what the message has to say ({} is the list's path), and the
# options it is compiled with.
LISTS = {
    "CSV with a broken quote": (
        'domain,reason\na.example,"no end\nb.example,x\n',
        "{}:2: cannot read the list: broken CSV: a quote that never ends", ()),
    "CSV with a quote inside a field": (
        'domain,reason\na.example,"one" two"\n',
        "{}:2: cannot read the list: broken CSV: a quote inside a field", ("csv",)),
    "CSV without a header": (
        "a.example,x\nb.example,y\n", "{}:1: cannot read the list: unknown column "
        "'a.example'", ("csv",)),
    "CSV with one name in 256 orders": (
        "domain,order\n" + "".join(f"a.example,{i}\n" for i in range(256)),
        "'a.example' is listed with more than 255 different terms", ("csv",)),
    "CSV with an unknown column": (
        "domain,colour\na.example,red\n", "{}:1: cannot read the list: unknown column 'colour'",
        ("csv",)),
    "CSV with a column twice": (
        "domain,domain\na.example,b.example\n",
        "{}:1: cannot read the list: column 'domain' twice", ("csv",)),
    "CSV without the column domain": (
        "order,reason\n1,x\n", "{}:1: cannot read the list: no column 'domain'",
        ("csv",)),
    "CSV with a short row only": (
        "domain,reason\na.example\n", "{}:2: fewer fields than columns", ("csv",)),
    "CSV with a bad date only": (
        HEADER + "a.example,,,2026-13-01,,,\n", "{}:2: not a date", ("csv",)),
    "CSV with a bad scope only": (
        HEADER + "a.example,all,,,,,\n", "{}:2: not a scope", ("csv",)),
    "CSV with a bad action only": (
        HEADER + "a.example,,burn,,,,\n", "{}:2: not an action", ("csv",)),
    "CSV with a bad notice only": (
        HEADER + "a.example,,,,,,192.0.2.999\n", "{}:2: not a list of notice", ("csv",)),
    "CSV that expires before it begins": (
        HEADER + "a.example,,,,2026-02-01,2026-01-01,\n", "{}:2: expires before",
        ("csv",)),
    "binary data": (bytes(range(256)) * 40,
                    "{}:1: cannot read the list: binary data", ()),
    "a NUL byte": (b"a.example\nb\0.example\n",
                   "{}:2: cannot read the list: binary data", ()),
    "a NUL byte after a megabyte": (b"a.example\n" * 200_000 + b"\0",
                                    "{}:200001: cannot read the list: binary data", ()),
    "a line of 10 MB": (b"a.example\n" + b"x" * 10_000_000 + b"\n",
                        "{}:2: cannot read the list: line longer than 65536 bytes", ()),
    "cut UTF-8": ("b\u00fccher.example\n".encode()[:2], "{}:1: not UTF-8: 'b\\xc3'",
                  ()),
    "UTF-16": ("a.example\n".encode("utf-16"), "UTF-16 text: convert it to UTF-8", ()),
    "an HTML page": (
        "<!DOCTYPE html>\n<html><body>404</body></html>\n", "an HTML page, not a list",
        ()),
    "an HTML page in upper case": (
        "\n  <HTML>\n<BODY>503</BODY>\n", "an HTML page, not a list", ()),
    "a pointer file": (
        "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n",
        "cannot read '{}': a Git LFS pointer, not the list it stands for", ()),
    "cut gzip data": (gzip.compress(b"a.example\n")[:-1],
                      "cannot read '{}': it is compressed and cut short", ()),
    "cut xz data": (lzma.compress(b"a.example\n")[:-1],
                    "cannot read '{}': it is compressed and cut short", ()),
    "damaged xz data": (b"\xfd7zXZ\0" + b"\0" * 50,
                        "cannot read '{}': it is compressed and damaged", ()),
    "damaged zstd data": (b"\x28\xb5\x2f\xfd" + b"\xff" * 50,
                          "cannot read '{}': it is compressed and damaged", ()),
    "a page that is compressed": (
        gzip.compress(b"<html><body>404</body></html>\n"),
        "cannot read '{}': an HTML page, not a list", ()),
    "YAML": ("---\n- name: a.example\n- name: b.example\n- name: c.example\n"
             "- name: d.example\n", "cannot read '{}': YAML", ()),
    "regular expressions": ("^a\\.example$\n", "cannot read '{}': regular expressions",
                            ("domains",)),
    "match patterns": ("*://*.a.example/*\n", "cannot read '{}': match patterns", ()),
    "a list that is cut": (
        "".join(f"name{i}.example\n" for i in range(2000)) + "name2000.exam",
        "{}:2001: cannot read the list: the file is cut", ()),
    "an empty file": ("", "cannot read '{}': an empty file", ()),
    "comments only": ("# one\n\n; two\n", "no entries in '{}'", ()),
    "URLs with paths only": (
        "https://a.example/x\nhttps://b.example/?y\n", "no entries in '{}'", ()),
    "addresses only": ("192.0.2.1\n2001:db8::1\n198.51.100.0/24\n",
                       "cannot read '{}': a list of IP addresses", ()),
    "too much garbage": (
        "".join(f"good{i}.example\n" for i in range(500)) + "a b c..\n" * 10,
        "{}: 10 of 510 lines are not names (more than 1 %): refusing the list",
        ("domains",)),
    "names too long": ("a" * 64 + ".example\n", "{}:1: label longer than 63 bytes: 'aaa", ()),
}

# The options, the exit status, and the message without "palang: ".
OPTIONS = {
    "a notice that is no address": (
        ("--notice", "notice.example"), 2,
        "'notice.example' is not an IP address, or one too many"),
    "nine notices": (
        tuple(x for i in range(1, 10) for x in ("--notice", f"192.0.2.{i}")), 2,
        "'192.0.2.9' is not an IP address, or one too many"),
    "a TTL of nothing": (
        ("--ttl", "0"), 2, "cannot use --ttl '0': not a number from 1 to 86400"),
    "a TTL that is no number": (
        ("--ttl", "30s"), 2, "cannot use --ttl '30s': not a number from 1 to 86400"),
    "a TTL of more than a day": (
        ("--ttl", "86401"), 2, "cannot use --ttl '86401': not a number from 1 to 86400"),
    "an unknown option": (
        ("--colour",), 2, "unknown or ambiguous option '--colour'"),
    "an unknown letter": (("-q",), 2, "unknown option '-q'"),
    "an option without its argument": (
        ("-", "--feed"), 2, "option '--feed' needs an argument"),
    "an unknown action": (
        ("--action", "burn"), 2, "cannot use --action 'burn': not one of pass, notice, "
        "nxdomain, nodata, refused, drop"),
    "an unknown scope": (
        ("--scope", "all"), 2, "cannot use --scope 'all': not one of exact, below, subtree"),
    "an unknown format": (
        ("--format", "doc"), 2, "cannot use --format 'doc': not one of csv, jsonl, "
        "certpl, certpl-log, ojk, json, hazard, rkn, hosts, unbound, dnsmasq, adblock, "
        "adm, rpz, wildcard, domains"),
    "an unknown code": (
        ("--ede", "4"), 2, "cannot use --ede '4': not a number from 15 to 17"),
    "a code that is a word": (
        ("--ede", "censored"), 2,
        "cannot use --ede 'censored': not a number from 15 to 17"),
    "an authority that is no text": (
        ("--authority", "a\nb"), 2, "an authority or a category is not plain text"),
    "a category that is no text": (
        ("--category", b"\xff"), 2, "an authority or a category is not plain text"),
    "a setting of the store": (
        ("--on-error", "pass"), 2, "unknown or ambiguous option '--on-error'"),
    "no name for the feed": (
        ("--feed", ""), 2,
        "the name of a feed, an authority or a category is empty or too long"),
    "an authority without end": (
        ("--authority", "x" * 2000), 2,
        "the name of a feed, an authority or a category is empty or too long"),
    "a report that cannot be written": (
        ("--refused", "/nowhere/at/all"), 1,
        "cannot write '/nowhere/at/all': No such file or directory"),
}


def show(kind: str, status: int, message: str) -> None:
    last = [x for x in message.splitlines() if x.startswith("palang: ")][-1]
    print(f"| {kind} | {status} | {last[:150]} |", file=sys.stderr)


@pytest.fixture
def kept(store: Store):
    """A store that has to be the same afterwards."""
    store.compile([LISTED])
    before = store.data.read_bytes()
    yield store
    assert store.data.read_bytes() == before, "the store is not as it was"
    assert store.files() == STORE_FILES
    assert [v["blocked"] for v in store.query(LISTED, "a.example")] == [True, False]


@pytest.mark.parametrize("kind", LISTS)
def test_a_bad_list_is_refused(kept: Store, tmp_path: pathlib.Path, kind: str) -> None:
    content, message, formats = LISTS[kind]
    path = tmp_path / "list"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    options = [x for f in formats for x in ("--format", f)]
    done = palang("compile", "-o", kept.path, *options, path, status=1)
    show(kind, done.returncode, done.stderr)
    assert message.format(path) in done.stderr
    assert done.stderr.strip().splitlines()[-1].startswith("palang: ")
    assert len(done.stderr) < 4000, "a message is not to repeat the list"
    assert done.stdout == ""


@pytest.mark.parametrize("kind", OPTIONS)
def test_a_bad_option_is_refused(kept: Store, kind: str) -> None:
    options, status, message = OPTIONS[kind]
    last = () if options[0] == "-" else ("-",)
    done = palang("compile", "-o", kept.path, *options, *last, stdin="a.example\n",
                  status=status)
    show(kind, done.returncode, done.stderr)
    assert done.stderr.splitlines()[-2 if status == 2 else -1] == f"palang: {message}"


@pytest.mark.parametrize("name, message", [
    ("missing", "No such file or directory"), (".", "directory")])
def test_a_list_that_is_no_file_is_refused(kept: Store, tmp_path: pathlib.Path,
                                           name: str, message: str) -> None:
    done = palang("compile", "-o", kept.path, tmp_path / name, status=1)
    show(f"a list that is {name}", done.returncode, done.stderr)
    assert message in done.stderr and str(tmp_path / name) in done.stderr


def as_nobody(tmp_path: pathlib.Path,
              *args: str | os.PathLike[str]) -> subprocess.CompletedProcess[str]:
    """Runs the command without rights, from a copy where everybody gets to it; root
    may do everything anyway."""
    drop: list[str] = []
    command = tmp_path / "palang"
    shutil.copy(COMMAND, command)
    open_way(command)
    command.chmod(0o755)
    if os.geteuid() == 0:
        if shutil.which("setpriv") is None:
            pytest.skip("root cannot give up its rights here")
        drop = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    return subprocess.run([*drop, command, *args], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL)


def open_way(path: pathlib.Path) -> None:
    """Lets everybody get to PATH: pytest's directories are their owner's only."""
    for parent in path.parents:
        if parent.stat().st_mode & 0o005 == 0o005:
            return
        parent.chmod(0o755)


def test_a_list_that_may_not_be_read_is_refused(kept: Store,
                                                tmp_path: pathlib.Path) -> None:
    path = tmp_path / "list"
    path.write_text("a.example\n")
    open_way(path)
    path.chmod(0)
    other = tmp_path / "other"
    other.mkdir()
    other.chmod(0o777)
    done = as_nobody(tmp_path, "compile", "-o", other, path)
    show("a list that may not be read", done.returncode, done.stderr)
    assert done.returncode == 1
    assert "Permission denied" in done.stderr and str(path) in done.stderr


def test_a_store_that_may_not_be_written_is_refused(kept: Store,
                                                    tmp_path: pathlib.Path) -> None:
    path = tmp_path / "list"
    path.write_text("a.example\n")
    open_way(path)
    mode = kept.path.stat().st_mode
    kept.path.chmod(0o755)
    done = as_nobody(tmp_path, "compile", "-o", kept.path, path)
    kept.path.chmod(mode)
    show("a store that may not be written", done.returncode, done.stderr)
    assert done.returncode == 1
    assert "Permission denied" in done.stderr and str(kept.path) in done.stderr


def test_a_directory_that_may_not_be_made_is_refused(tmp_path: pathlib.Path) -> None:
    done = palang("compile", "-o", tmp_path / "no" / "store", "-", stdin="a.example\n",
                  status=1)
    show("a store nowhere", done.returncode, done.stderr)
    assert f"cannot make the directory '{tmp_path}/no/store'" in done.stderr


def test_a_store_that_is_a_file_is_refused(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "store"
    path.write_text("mine")
    done = palang("compile", "-o", path, "-", stdin="a.example\n", status=1)
    show("a store that is a file", done.returncode, done.stderr)
    assert "Not a directory" in done.stderr and path.read_text() == "mine"


def test_a_path_without_end_is_refused() -> None:
    done = palang("compile", "-o", "/" + "x" * 3000, "-", stdin="a.example\n", status=1)
    show("a path without end", done.returncode, done.stderr)
    assert "the path of the store is too long" in done.stderr


def replace(data: bytes, kind: str) -> bytes:
    if kind == "cut short":
        return data[:3 * 4096]
    if kind == "cut in its first page":
        return data[:100]
    if kind == "not a store":
        return b"something else entirely\n" * 4096
    if kind == "of another format":
        assert data.count(b"palang\r\n\0\4") >= 1
        return data.replace(b"palang\r\n\0\4", b"palang\r\n\0\2")
    raise KeyError(kind)


STORES = {
    "cut short": "is cut short: ",
    "cut in its first page": "move it away and compile the lists again",
    "not a store": "move it away and compile the lists again",
    "of another format": "it has format 2 and this palang reads format 4",
}


@pytest.mark.parametrize("kind", STORES)
@pytest.mark.parametrize("verb", ["compile", "query", "set"])
def test_a_bad_store_is_named_and_left_alone(store: Store, kind: str,
                                             verb: str) -> None:
    store.compile([f"name{i}.example" for i in range(2000)])
    bad = replace(store.data.read_bytes(), kind)
    (store.path / "lock.mdb").unlink()
    store.data.write_bytes(bad)
    operand = {"compile": "-", "query": "a.example", "set": "on-error=servfail"}[verb]
    done = palang(verb, "-o", store.path, operand, stdin="a.example\n", status=None)
    show(f"{verb}, a store {kind}", done.returncode, done.stderr)
    assert done.returncode == (2 if verb == "query" else 1)
    assert STORES[kind] in done.stderr and str(store.path) in done.stderr
    assert store.data.read_bytes() == bad


@pytest.mark.parametrize("verb", ["compile", "query"])
@pytest.mark.parametrize("noise", [0x41, 0xc1])
@pytest.mark.parametrize("page", range(2, 20))
def test_garbage_in_a_store_never_ends_the_command_by_a_signal(
        store: Store, page: int, noise: int, verb: str) -> None:
    """LMDB keeps no checksums: a page of noise may not be noticed, but nobody may
    crash on what our records hold."""
    names = [f"name{i}.example" for i in range(2000)]
    store.compile(names)
    data = bytearray(store.data.read_bytes())
    assert len(data) == 20 * 4096
    for i in range(page * 4096 + 2048, page * 4096 + 3548, 7):
        data[i] ^= noise
    (store.path / "lock.mdb").unlink()
    store.data.write_bytes(data)
    if verb == "query":
        done = palang("query", "-o", store.path, *names[::100], status=None)
        assert done.returncode in (0, 1, 2), done.stderr
        assert done.returncode != 2 or done.stderr.startswith("palang: ")
    else:
        done = palang("compile", "-o", store.path, "-", status=None,
                      stdin="".join(n + "\n" for n in names[3:]))
        assert done.returncode in (0, 1), done.stderr
        assert done.returncode == 0 or store.data.read_bytes() == data
        assert done.stderr.splitlines()[-1].startswith(
            "palang: " if done.returncode == 1 else "serial 2: ")


FULL_DISK = """
mount -t tmpfs -o size={size} tmpfs {mount} || exit 77
{prepare}
before=$({command} query -o {mount}/store {listed} 2>&1)
{command} compile -o {mount}/store --notice 192.0.2.1 {list}
status=$?
# The file may have grown by pages that no serial uses; what it says is the same.
[ "$before" = "$({command} query -o {mount}/store {listed} 2>&1)" ] || exit 78
[ -z "$(ls {mount}/store | grep '^new')" ] || exit 79
exit $status
"""


@pytest.mark.parametrize("fresh", [False, True])
def test_a_full_disk_leaves_the_store_as_it_was(tmp_path: pathlib.Path,
                                                fresh: bool) -> None:
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        pytest.skip("only root can mount a small disk")
    path, mount = tmp_path / "list", tmp_path / "disk"
    path.write_text("".join(f"a-rather-long-name-{i}.example\n" for i in range(200_000)))
    mount.mkdir()
    prepare = "" if fresh else (f"echo {LISTED} | {COMMAND} compile -o {mount}/store "
                                "--notice 192.0.2.1 - 2>/dev/null || exit 76")
    script = FULL_DISK.format(size="2m", mount=mount, prepare=prepare, command=COMMAND,
                              list=path, listed=LISTED)
    done = subprocess.run(["unshare", "-m", "sh", "-c", script], capture_output=True,
                          text=True, stdin=subprocess.DEVNULL)
    if done.returncode == 77 or done.stderr.startswith("unshare: "):
        pytest.skip("no disk can be mounted here")
    show("a full disk" + (", no store yet" if fresh else ""), done.returncode,
         done.stderr)
    assert done.returncode == 1, done.stderr
    assert "No space left on device" in done.stderr
