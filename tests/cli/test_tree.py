# SPDX-License-Identifier: BSD-3-Clause
"""The tree keeps its own rules: who may include whom, what the module needs, how
long files, functions and lines are, and that the manual names what there is."""

import pathlib
import re
import shutil
import subprocess

import pytest

from command import palang
from harness import BUILD, MODULE, ROOT

CODE = ("lib", "module", "blocklist-tools", "tests/unit", "tests/fuzz", "tests/hunt")

# Unbound looks up these in a dynlib module, and nothing else is to be seen.
EXPORTS = {"init", "deinit", "operate", "inform_super", "clear", "get_mem"}

# What is longer than the budgets allow, and why.
FILE_LINES, FUNCTION_LINES, COLUMNS = 400, 60, 88
LONG_FILES = {
    "tests/unit/": "a program tests one file of the tree, with tables of cases",
}
LONG_FUNCTIONS: dict[str, str] = {}

BANNED = ("strcpy", "strcat", "sprintf", "vsprintf", "strtok", "gmtime", "localtime",
          "gets", "tmpnam", "mktemp")

# Not written out: this file keeps the rules, too.
UNFINISHED = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "X" + "XX")) + r")\b")
WORKPLACE = re.compile(r"(^|[\s\"'=(])/(work|home|root|Users)/")


def tracked() -> list[pathlib.Path]:
    """All files of the tree: as git knows them, or as they were unpacked."""
    if (ROOT / ".git").exists() and shutil.which("git"):
        done = subprocess.run(
            ["git", "-c", f"safe.directory={ROOT}", "-C", ROOT, "ls-files", "-z",
             "--cached", "--others", "--exclude-standard"],
            capture_output=True, text=True, check=True)
        return [ROOT / name for name in sorted(done.stdout.split("\0"))
                if name and (ROOT / name).is_file()]
    return [p for top in ("bench", "conf", "doc", "packaging", "tests", *CODE)
            for p in sorted((ROOT / top).rglob("*"))
            if p.is_file() and "__pycache__" not in p.parts]


FILES = tracked()
SOURCES = [p for p in FILES if p.suffix in (".c", ".h") and
           str(p.parent.relative_to(ROOT)) in CODE]


def name_of(path: pathlib.Path) -> str:
    return str(path.relative_to(ROOT))


def sources_of(directory: str) -> list[pathlib.Path]:
    return [p for p in SOURCES if p.parent == ROOT / directory]


def includes(path: pathlib.Path) -> list[tuple[str, str]]:
    """The kind of each include, '"' or '<', and what it includes."""
    return re.findall(r'^\s*#\s*include\s+(["<])([^">]+)[">]', path.read_text(),
                      re.MULTILINE)


def code_of(path: pathlib.Path) -> str:
    """A source without comments and texts, line by line as it was."""
    def blank(match: re.Match[str]) -> str:
        return re.sub(r"[^\n]", " ", match[0])
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'',
                  blank, path.read_text(), flags=re.DOTALL)


# ---- arrows ----

# What is not libc's; lib's two halves differ (see Makefile.am).
LIBRARIES = {
    "lib": {"lmdb.h", "openssl/evp.h"},
    "module": {"lmdb.h"},
    "blocklist-tools": {"lmdb.h", "openssl/evp.h", "csv.h", "cyaml/cyaml.h", "expat.h",
                        "idn2.h", "jansson.h", "ldns/ldns.h", "libpsl.h", "lzma.h",
                        "yaml.h", "zlib.h", "zstd.h", "zstd_errors.h"},
}
MAY_INCLUDE = {
    "lib": ("lib",),
    "module": ("module", "lib"),
    "blocklist-tools": ("blocklist-tools", "lib"),
}
# The build's own; Unbound's config.h goes with its other headers.
MADE = {"palang-config.h"}


def is_libc(header: str) -> bool:
    for directory in ("/usr/include", *map(str, pathlib.Path("/usr/include").glob(
            "*-linux-gnu*"))):
        path = pathlib.Path(directory, header)
        if path.exists():
            owner = subprocess.run(["dpkg", "-S", path], capture_output=True, text=True)
            return owner.returncode != 0 or owner.stdout.startswith(
                ("libc6-dev", "linux-libc-dev"))
    return header in ("stdarg.h", "stdatomic.h", "stdbool.h", "stddef.h", "stdint.h",
                      "limits.h")


@pytest.mark.parametrize("directory", MAY_INCLUDE)
def test_arrows_between_directories_run_one_way(directory: str) -> None:
    own = {p.name for d in MAY_INCLUDE[directory] for p in sources_of(d)}
    foreign = {p.name for d in MAY_INCLUDE for p in sources_of(d)} - own
    for path in sources_of(directory):
        for kind, header in includes(path):
            where = f"{name_of(path)} includes {header}"
            assert header not in foreign, where
            if kind == "<":
                continue
            if directory == "module" and header not in own:
                # Unbound's are named by their path from its source tree.
                assert "/" in header or header == "config.h", where
            elif directory == "blocklist-tools":
                assert header in own | MADE, where
            else:
                assert header in own, where


@pytest.mark.parametrize("directory", LIBRARIES)
def test_only_the_libraries_of_the_design_are_used(directory: str) -> None:
    if shutil.which("dpkg") is None:
        pytest.skip("only a package manager tells whose a header is")
    used = {h for p in sources_of(directory) for kind, h in includes(p) if kind == "<"}
    others = {h for h in used - LIBRARIES[directory] if not is_libc(h)}
    assert others == set()


def test_the_half_of_lib_that_the_module_links_uses_lmdb_only() -> None:
    makefile = (ROOT / "Makefile.am").read_text()
    listed = re.search(r"^libpalang_la_SOURCES = (.*?[^\\])$", makefile,
                       re.MULTILINE | re.DOTALL)
    assert listed is not None
    names = listed[1].replace("\\\n", " ").split()
    assert "lib/lookup.c" in names and "lib/update.c" not in names
    for name in names:
        own = {h for kind, h in includes(ROOT / name) if kind == '"'}
        assert own <= {pathlib.Path(n).name for n in names}, name
        assert "openssl/evp.h" not in dict(map(reversed, includes(ROOT / name))), name


def test_every_source_is_in_the_makefile() -> None:
    makefile = (ROOT / "Makefile.am").read_text()
    missing = [name_of(p) for d in MAY_INCLUDE for p in sources_of(d)
               if not re.search(rf"(?<!\S){re.escape(name_of(p))}(?!\S)", makefile)]
    missing += [name_of(p) for p in sources_of("tests/unit") if p.suffix == ".c" and
                not re.search(rf"(?<!\S){re.escape(name_of(p)[:-2])}(?!\S)", makefile)]
    assert missing == []


def test_lib_neither_prints_nor_ends_the_process() -> None:
    call = re.compile(r"\b(v?f?printf|puts|fputs|putchar|perror|exit|abort)\s*\(")
    assert [f"{name_of(p)}:{n}" for p in sources_of("lib")
            for n, line in enumerate(code_of(p).splitlines(), 1)
            if call.search(line)] == []


# ---- the module as it is built ----

def readelf(*options: str) -> str:
    if shutil.which("readelf") is None:
        pytest.skip("readelf is missing")
    return subprocess.run(["readelf", "--wide", *options, MODULE], capture_output=True,
                          text=True, check=True).stdout


def is_sanitized() -> bool:
    """A build with sanitizers needs their libraries, and shows their symbols."""
    return "fsanitize" in (BUILD / "Makefile").read_text()


def test_the_module_needs_lmdb_and_libc_only() -> None:
    if is_sanitized():
        pytest.skip("a build with sanitizers needs more")
    needed = re.findall(r"\(NEEDED\).*\[(.*)\]", readelf("--dynamic"))
    assert "liblmdb.so.0" in needed
    assert {n.split(".so")[0] for n in needed} == {"liblmdb", "libc"}


def test_the_module_shows_the_six_symbols_that_unbound_looks_up() -> None:
    if is_sanitized():
        pytest.skip("a build with sanitizers shows more")
    defined = [line.split() for line in readelf("--dyn-syms").splitlines()
               if re.match(r"\s*\d+:", line)]
    shown = {f[7].split("@")[0] for f in defined
             if len(f) > 7 and f[6] != "UND" and f[4] in ("GLOBAL", "WEAK", "UNIQUE")}
    assert shown == EXPORTS


# ---- style ----

def test_no_file_is_longer_than_its_budget() -> None:
    long = {name_of(p): n for p in SOURCES
            if (n := len(p.read_text().splitlines())) > FILE_LINES}
    assert {n: lines for n, lines in long.items()
            if not n.startswith(tuple(LONG_FILES))} == {}


def functions(path: pathlib.Path) -> list[tuple[str, int]]:
    """Each function's name and its lines between the braces, which both stand at
    the beginning of a line."""
    found, name, start = [], "", 0
    for number, line in enumerate(code_of(path).splitlines()):
        if line == "{":
            start = number
        elif line.startswith("}") and start:
            found.append((name, number - start - 1))
            start = 0
        elif not start and (match := re.match(r"[A-Za-z_].*?\b(\w+)\(", line)):
            name = match[1]
    return found


def test_no_function_is_longer_than_its_budget() -> None:
    every = [(f"{name_of(p)}: {name}", lines) for p in SOURCES
             for name, lines in functions(p)]
    assert len(every) > 300, "functions are found"
    assert {n: lines for n, lines in every
            if lines > FUNCTION_LINES and n not in LONG_FUNCTIONS} == {}


def test_no_line_is_longer_than_its_budget() -> None:
    long = [f"{name_of(p)}:{n}" for p in SOURCES
            for n, line in enumerate(p.read_text().splitlines(), 1)
            if len(line.expandtabs(8)) > COLUMNS]
    assert long == []


def test_exceptions_from_budgets_are_needed() -> None:
    for start in LONG_FILES:
        assert any(name_of(p).startswith(start) and
                   len(p.read_text().splitlines()) > FILE_LINES for p in SOURCES), start
    names = {f"{name_of(p)}: {name}" for p in SOURCES
             for name, lines in functions(p) if lines > FUNCTION_LINES}
    assert set(LONG_FUNCTIONS) <= names


def test_calls_that_invite_mistakes_are_not_made() -> None:
    call = re.compile(r"\b(" + "|".join(BANNED) + r")\s*\(")
    made = [f"{name_of(p)}:{n}: {m[1]}" for p in SOURCES
            for n, line in enumerate(code_of(p).splitlines(), 1)
            if (m := call.search(line))]
    assert made == []


def is_script(path: pathlib.Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == b"#!"


def test_every_source_says_its_licence() -> None:
    silent = [name_of(p) for p in FILES
              if (p.suffix in (".c", ".h", ".py") or is_script(p)) and
              "SPDX-License-Identifier: BSD-3-Clause" not in
              "\n".join(p.read_text().splitlines()[:2])]
    assert silent == []


def test_headers_are_included_once() -> None:
    open_ones = [name_of(p) for p in SOURCES if p.suffix == ".h" and
                 not re.search(r"^#ifndef (PALANG_\w+_H)\n#define \1$", p.read_text(),
                               re.MULTILINE)]
    assert open_ones == []


def texts() -> list[tuple[str, list[str]]]:
    found = []
    for path in FILES:
        try:
            found.append((name_of(path), path.read_text().splitlines()))
        except UnicodeDecodeError:
            continue
    return found


def test_nothing_is_left_unfinished() -> None:
    assert [f"{name}:{n}" for name, lines in texts()
            for n, line in enumerate(lines, 1) if UNFINISHED.search(line)] == []


def test_no_path_of_a_workplace_is_in_the_tree() -> None:
    assert [f"{name}:{n}" for name, lines in texts()
            for n, line in enumerate(lines, 1) if WORKPLACE.search(line)] == []


def test_tabs_are_where_they_belong() -> None:
    """C is indented by tabs, and make wants them."""
    tabs = re.compile(r"\.([ch]|mk)$|(^|/)Makefile|configure\.ac$|^packaging/debian/rules$")
    assert [f"{name}:{n}" for name, lines in texts() if not tabs.search(name)
            for n, line in enumerate(lines, 1) if "\t" in line] == []


def test_no_line_ends_in_a_blank() -> None:
    """But for lists, which may hold anything."""
    assert [f"{name}:{n}" for name, lines in texts()
            if not name.startswith("tests/data/")
            for n, line in enumerate(lines, 1) if line != line.rstrip()] == []


# ---- the manual ----

def page(name: str) -> str:
    path = ROOT / "doc" / name
    if not path.exists():
        pytest.skip(f"there is no {name} yet")
    return path.read_text()


def verbs() -> list[str]:
    return re.findall(r"^  ([a-z]+)  +\S", palang("--help").stdout, re.MULTILINE)


def options(verb: str) -> set[str]:
    """The options of a verb as its help shows them: -o and --store."""
    found: set[str] = set()
    for line in palang(verb, "--help").stdout.splitlines():
        if match := re.match(r"  (-\w,| {3}) (--[a-z-]+)", line):
            found |= {match[1].rstrip(",")} if match[1].strip() else set()
            found.add(match[2])
    return found


def sections(text: str, macro: str) -> dict[str, str]:
    """The parts of a page by the heading of their .Sh or .Ss."""
    parts = re.split(rf"^\.{macro} (.*)\n", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2]))


def flags_of(text: str) -> set[str]:
    """The options that mdoc names: Fl o, Fl -store, and several in one line."""
    return {"-" + flag for flag in re.findall(r"\bFl (-?\w[\w-]*)", text)}


def test_help_shows_the_verbs() -> None:
    assert set(verbs()) >= {"compile", "check", "query", "stats", "doctor"}


@pytest.mark.parametrize("verb", ["compile", "check", "query", "stats", "doctor"])
def test_every_option_is_in_the_manual_at_its_verb(verb: str) -> None:
    parts = sections(page("palang.1"), "Ss")
    at = [text for heading, text in parts.items()
          if re.search(rf"\b{verb}\b", heading)]
    assert at, f"palang.1 has no part about {verb}"
    assert options(verb) - {"-h", "--help"} - flags_of("\n".join(at)) == set()


def test_every_option_of_the_manual_is_there() -> None:
    known = {o for verb in verbs() for o in options(verb)} | {"-V", "--version"}
    assert flags_of(page("palang.1")) - known == set()


def test_every_verb_is_in_the_manual() -> None:
    text = page("palang.1")
    assert [v for v in verbs() if not re.search(rf"^\.(Ss|It).*\b{v}\b|\bCm {v}\b", text,
                                                re.MULTILINE)] == []


def test_every_word_that_an_option_takes_is_in_the_manual() -> None:
    """Formats, actions, scopes: what stands after the colon in the help."""
    text = page("palang.1")
    for verb in verbs():
        shown = re.sub(r"\n {20,}", " ", palang(verb, "--help").stdout)
        for words in re.findall(r": ([a-z]+(?:, [a-z]+)+)$", shown, re.MULTILINE):
            for word in words.split(", "):
                assert re.search(rf"\b{word}\b", text), f"{verb}: {word}"


def test_every_reason_for_a_refusal_is_in_the_manual() -> None:
    text = page("palang.1").replace("\\-", "-")
    words = re.findall(r'\bX\(\w+, "([a-z0-9-]+)"',
                       (ROOT / "blocklist-tools/refusal.h").read_text())
    assert len(words) > 20
    assert [w for w in words if not re.search(rf"(?<![\w-]){w}(?![\w-])", text)] == []


def test_every_check_of_the_doctor_is_in_the_manual() -> None:
    part = sections(page("palang.1"), "Ss")["doctor"]
    words = re.findall(r'^\t\{ "([a-z-]+)", check_',
                       (ROOT / "blocklist-tools/doctor-checks.c").read_text(),
                       re.MULTILINE)
    assert len(words) > 15
    assert words == re.findall(r"^\.It Cm ([a-z-]+)$", part, re.MULTILINE)


def test_the_bytes_of_the_store_s_page_are_those_of_its_test() -> None:
    """tests/unit/test_store.c repeats them against the library."""
    text = page("palang-store.5")
    shown = text[text.index(".Ss A whole store"):]
    test = (ROOT / "tests/unit/test_store.c").read_text()
    tested = {re.sub(r"[\s\"]", "", m) for m in re.findall(
        r'"[0-9a-f ]+"(?:\s+"[0-9a-f ]+")*', test)}
    records: list[str] = []
    for block in re.findall(r"^\.Bd -literal\n(.*?)^\.Ed", shown,
                            re.MULTILINE | re.DOTALL):
        for line in block.splitlines():
            if re.fullmatch(r" [0-9a-f ]+", line):
                # A key; the value begins in the next line, further in.
                if line.startswith("   ") and records:
                    records[-1] += re.sub(" ", "", line)
                else:
                    records += [re.sub(" ", "", line), ""]
    assert len(records) >= 20, "records are found"
    assert [r for r in records if r not in tested] == []


def test_every_page_is_well_formed() -> None:
    if shutil.which("mandoc") is None:
        pytest.skip("mandoc is missing")
    for path in FILES:
        if path.parent == ROOT / "doc" and re.fullmatch(r"\.[1-8]", path.suffix):
            done = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", path],
                                  capture_output=True, text=True)
            assert done.stdout == "", done.stdout
