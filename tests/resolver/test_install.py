# SPDX-License-Identifier: BSD-3-Clause
"""`make install` puts everything where a Debian package has it, and what it put
there works."""

import os
import pathlib
import re
import shutil
import subprocess

import pytest

from command import Store
from harness import BUILD
from wire import assert_blocked, assert_true

pytestmark = pytest.mark.skipif(not (BUILD / "Makefile").exists(),
                                reason="there is no build directory")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A staged installation with the paths of a Debian package. The build
    directory stays as it is: only the variables of its makefile are overruled."""
    root = tmp_path_factory.mktemp("install")
    done = subprocess.run(
        ["make", "-s", "install", f"DESTDIR={root}", "prefix=/usr",
         "sysconfdir=/etc", "localstatedir=/var"],
        cwd=BUILD, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return root


def installed(root: pathlib.Path) -> set[str]:
    return {"/" + str(p.relative_to(root)) for p in root.rglob("*") if not p.is_dir()}


def test_the_command_is_in_the_path(root: pathlib.Path) -> None:
    command = root / "usr/bin/palang"
    assert os.access(command, os.X_OK)
    done = subprocess.run([command, "--version"], capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout.startswith("palang ")


def module_of(root: pathlib.Path) -> pathlib.Path:
    modules = [p for p in (root / "usr/lib").rglob("palang.so")
               if p.parent.name == "palang"]
    assert len(modules) == 1, installed(root)
    return modules[0]


def test_the_module_is_in_a_directory_of_its_own(root: pathlib.Path) -> None:
    assert module_of(root).is_file()


@pytest.mark.parametrize("page", ["man1/palang.1", "man5/palang-store.5",
                                  "man8/palang-module.8"])
def test_there_is_a_manual_page_for_each_part(root: pathlib.Path, page: str) -> None:
    man = root / "usr/share/man" / page
    text = man.read_text()
    assert text.strip(), page
    assert not re.search(r"@[A-Za-z_]+@", text), "a place that was not filled in"
    if shutil.which("mandoc"):
        done = subprocess.run(["mandoc", "-Tlint", "-Wwarning", man],
                              capture_output=True, text=True)
        assert done.returncode == 0, done.stdout


def test_the_examples_are_with_the_documentation(root: pathlib.Path) -> None:
    examples = root / "usr/share/doc/palang/examples"
    assert {"unbound-palang.conf", "sample-domains.txt", "sample-hosts.txt",
            "sample.csv"} <= {p.name for p in examples.iterdir()}


@pytest.mark.parametrize("name", ["sample-domains.txt", "sample-hosts.txt",
                                  "sample.csv"])
def test_an_example_list_can_be_compiled(root: pathlib.Path, name: str,
                                         tmp_path: pathlib.Path) -> None:
    store = Store(tmp_path / "store")
    done = subprocess.run(
        [root / "usr/bin/palang", "compile", "-o", store.path, "--notice", "192.0.2.1",
         root / "usr/share/doc/palang/examples" / name], capture_output=True, text=True)
    assert done.returncode == 0 and " 0 refused" in done.stderr, done.stderr
    verdict, = store.query("toko-palsu.example")
    assert verdict["blocked"]


def test_the_directory_of_the_store_is_there(root: pathlib.Path) -> None:
    assert (root / "var/lib/palang").is_dir()


@pytest.mark.parametrize("shell, path", [
    ("bash", "bash-completion/completions/palang"), ("zsh", "zsh/site-functions/_palang")])
def test_shells_find_what_to_complete(root: pathlib.Path, shell: str, path: str) -> None:
    done = subprocess.run([root / "usr/bin/palang", "completion", shell],
                          capture_output=True, text=True)
    assert (root / "usr/share" / path).read_text() == done.stdout != ""


def test_nothing_is_installed_outside_of_known_directories(root: pathlib.Path) -> None:
    places = ("/usr/bin/palang", "/usr/lib/", "/usr/share/man/", "/usr/share/doc/palang/",
              "/usr/share/palang/", "/usr/share/bash-completion/completions/palang",
              "/usr/share/zsh/site-functions/_palang", "/etc/", "/var/lib/")
    strangers = [f for f in installed(root) if not f.startswith(places)]
    assert not strangers


def test_no_installed_text_holds_a_path_of_the_build(root: pathlib.Path) -> None:
    for name in installed(root):
        path = root / name[1:]
        if path.is_symlink() or path.suffix in (".so", ".la") or "/bin/" in name:
            continue
        assert str(BUILD).encode() not in path.read_bytes(), name


def test_the_installed_parts_block_names(root: pathlib.Path, start,
                                         tmp_path: pathlib.Path,
                                         monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("resolver.MODULE", module_of(root))
    store = Store(tmp_path / "store")
    subprocess.run([root / "usr/bin/palang", "compile", "-o", store.path, "--notice",
                    "192.0.2.1", "--notice", "2001:db8::1", "-"],
                   input=b"toko-palsu.example\n", check=True, capture_output=True)
    resolver = start(store)
    assert_blocked(resolver.ask("www.toko-palsu.example"))
    assert_true(resolver.ask("toko-asli.example"))


def test_uninstall_takes_everything_away_again(root: pathlib.Path,
                                               tmp_path: pathlib.Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(root, copy, symlinks=True)
    done = subprocess.run(["make", "-s", "uninstall", f"DESTDIR={copy}", "prefix=/usr",
                           "sysconfdir=/etc", "localstatedir=/var"],
                          cwd=BUILD, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not installed(copy)
