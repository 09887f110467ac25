# SPDX-License-Identifier: BSD-3-Clause
"""The verbs' tables, the manual, --help and the shells' completion name the same."""

import pathlib
import re
import shutil
import subprocess

import pytest

from command import palang
from harness import ROOT

MANUAL = (ROOT / "doc" / "palang.1").read_text()


def verbs() -> list[str]:
    text = palang("--help").stdout
    return re.findall(r"^  ([a-z]+)  +\S", text, re.MULTILINE)


def options(verb: str) -> set[str]:
    text = palang(verb, "--help").stdout
    return set(re.findall(r"^  (?:-\w,|   )? ?--([a-z0-9-]+)", text, re.MULTILINE))


VERBS = MANUAL[MANUAL.index(".Sh VERBS\n"):MANUAL.index(".Sh LIST FORMATS\n")]


def manual_section(verb: str) -> str:
    at = VERBS.index(f".Ss {verb}\n")
    end = VERBS.find("\n.Ss ", at)
    return VERBS[at:end if end >= 0 else len(VERBS)]


def complete(*words: str, cwd: pathlib.Path | None = None) -> list[str]:
    """What bash offers for the last of the words."""
    script = palang("completion", "bash").stdout + """
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
_palang 2>/dev/null
printf '%s\\n' "${COMPREPLY[@]}"
"""
    done = subprocess.run(["bash", "--norc", "-c", script, "bash", *words],
                          capture_output=True, text=True, check=True, cwd=cwd)
    assert done.stderr == ""
    return [line for line in done.stdout.splitlines() if line]


def test_there_are_verbs_and_options() -> None:
    assert {"compile", "query", "allow", "completion"} <= set(verbs())
    assert {"store", "format", "help"} <= options("export")


@pytest.mark.parametrize("verb", verbs())
def test_the_manual_has_the_options_of_the_table(verb: str) -> None:
    section = manual_section(verb)
    # mdoc writes --name as "Fl -name".
    documented = set(re.findall(r"Fl -([a-z0-9-]+)", section))
    missing = options(verb) - documented - {"help"}
    assert not missing, f"palang.1 does not tell of {missing}"
    listed = set(re.findall(r"^\.It .*Fl -([a-z0-9-]+)", section, re.MULTILINE))
    assert listed <= options(verb), f"palang.1 tells of {listed - options(verb)}"


def test_the_manual_has_no_other_verb() -> None:
    assert set(re.findall(r"^\.Ss ([a-z]+)$", VERBS, re.MULTILINE)) == {
        *verbs(), "help"}


def test_bash_offers_the_verbs() -> None:
    assert set(complete("palang", "")) == {*verbs(), "help", "--help", "--version"}
    assert complete("palang", "compl") == ["completion"]
    assert set(complete("palang", "help", "")) == set(verbs())


@pytest.mark.parametrize("verb", verbs())
def test_bash_offers_the_options_of_each_verb(verb: str) -> None:
    assert {o.removeprefix("--") for o in complete("palang", verb, "--")} == options(verb)


def test_bash_offers_words_and_files(tmp_path: pathlib.Path) -> None:
    (tmp_path / "list one.txt").write_text("")
    assert complete("palang", "export", "--format", "") == [
        "rpz", "domains", "hosts", "csv", "json"]
    assert complete("palang", "export", "-f", "c") == ["csv"]
    assert complete("palang", "export", "--output", "", cwd=tmp_path) == ["list one.txt"]
    assert complete("palang", "compile", "li", cwd=tmp_path) == ["list one.txt"]
    assert complete("palang", "query", "", cwd=tmp_path) == []
    assert complete("palang", "allow", "--reason", "", cwd=tmp_path) == []


def test_zsh_takes_its_script(tmp_path: pathlib.Path) -> None:
    script = palang("completion", "zsh").stdout
    for verb in verbs():
        assert f"'{verb}:" in script
        for option in options(verb):
            assert f"--{option}" in script
    zsh = shutil.which("zsh")
    if zsh is None:
        pytest.skip("no zsh")
    (tmp_path / "_palang").write_text(script)
    done = subprocess.run([zsh, "-f", "-c", "autoload -U compinit && compinit -D -u && "
                           f"source {tmp_path}/_palang && whence -w _palang && "
                           "print $_comps[palang]"],
                          capture_output=True, text=True)
    assert done.returncode == 0 and done.stderr == "", done.stderr
    assert "_palang: function" in done.stdout and done.stdout.endswith("_palang\n")


def test_another_shell_is_told() -> None:
    assert "bash and for zsh" in palang("completion", "fish", status=2).stderr
