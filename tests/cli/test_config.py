# SPDX-License-Identifier: BSD-3-Clause
"""palang config: palang.conf by one table of keys, and the manual by the same."""

import json
import os
import pathlib
import re
import subprocess

import pytest

from command import COMMAND, palang
from harness import ROOT

GOOD = """\
store: /var/lib/palang
notices:
  - {name: default, addresses: [192.0.2.1, "2001:db8::1"]}
authorities:
  - {name: Ministry, notice: default}
feeds:
  - name: national
    source: /lists/national.txt
    authorities: [Ministry]
"""


def config(tmp_path: pathlib.Path, text: str | bytes) -> pathlib.Path:
    path = tmp_path / "palang.conf"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def complaint(tmp_path: pathlib.Path, text: str | bytes) -> str:
    """What is said of a configuration that is wrong, without the file's name."""
    path = config(tmp_path, text)
    said = palang("config", "check", "-c", path, status=1).stderr
    assert said.startswith("palang: ") and said.count("\n") == 1, said
    return said.removeprefix("palang: ").replace(str(path), "FILE").strip()


def test_a_good_file_passes(tmp_path: pathlib.Path) -> None:
    path = config(tmp_path, GOOD)
    done = palang("config", "check", "-c", path)
    assert done.stderr == f"{path}: 1 feeds, 1 authorities, 1 notices\n"
    assert done.stdout == ""


def test_the_example_passes() -> None:
    palang("config", "check", "-c", ROOT / "conf" / "palang.conf")


WRONG = {
    "a key nobody knows": (GOOD + "stroe: /x\n",
                           "FILE:10: unknown key 'stroe': did you mean 'store'?"),
    "a key of a feed": (GOOD + "    max_age: 3d\n",
                        "FILE:10: unknown key 'max_age': did you mean 'max-age'?"),
    "a key inside a key": (GOOD + "    limits: {aded: 3}\n",
                           "FILE:10: unknown key 'aded': did you mean 'added'?"),
    "a key twice": (GOOD + "store: /y\n", "FILE:10: 'store' twice"),
    "a list for a value": ("wait: [1s]\n", "FILE:1: 'wait' takes a duration such as "
                           "30s, 15m, 24h or 7d, one value"),
    "a value for a list": ("exempt: 192.0.2.1\n", "FILE:1: 'exempt' takes a list"),
    "a value for keys": ("retention: 3d\n",
                         "FILE:1: 'retention' takes keys and their values"),
    "a list of values for a list of keys": (
        "\nfeeds:\n  - x\n", "FILE:3: 'feeds' takes keys and their values"),
    "no value": ("\nstore:\n",
                 "FILE:2: 'store' has no value: it takes an absolute path"),
    "a relative path": ("store: palang\n", "FILE:1: 'store' cannot be 'palang': it "
                        "takes an absolute path"),
    "a duration without a unit": (
        "wait: 10\n", "FILE:1: 'wait' cannot be '10': it takes a duration such as "
        "30s, 15m, 24h or 7d"),
    "a duration that is too long": (
        "wait: 99999999999999999w\n", "FILE:1: 'wait' cannot be "
        "'99999999999999999w': it takes a duration such as 30s, 15m, 24h or 7d"),
    "a size in words": ("retention: {size: big}\n", "FILE:1: 'size' cannot be 'big': "
                        "it takes a size such as 500M or 1G"),
    "a share": (GOOD + "    limits: {removed: 1.5}\n", "FILE:10: 'removed' cannot be "
                "'1.5': it takes a share such as 5%, or a count"),
    "a share of lines beyond all": (
        GOOD + "    limits: {bad-lines: 101%}\n", "FILE:10: 'bad-lines' cannot be "
        "'101%': it takes a share such as 1%"),
    "an action": (GOOD + "    defaults: {action: block}\n",
                  "FILE:10: 'action' cannot be 'block': it takes pass, notice, "
                  "nxdomain, nodata, refused or drop"),
    "a netblock": ("exempt: [192.0.2.0/24,\n  192.0.2.1/24]\n", "FILE:2: 'exempt' "
                   "cannot be '192.0.2.1/24': it takes addresses or netblocks"),
    "a notice without addresses": (
        "notices:\n  - {name: a}\n",
        "FILE:2: notice 'a' needs one to sixteen 'addresses'"),
    "a feed without a source": ("feeds:\n  - {name: a, source: /x}\n  - {name: b}\n",
                                "FILE:3: an entry of 'feeds' without 'source'"),
    "a feed twice": (GOOD + "  - source: /x\n    name: national\n",
                     "FILE:11: feed 'national' twice"),
    "the feed of what is done by hand": (
        "feeds:\n  - {source: /x,\n     name: override}\n",
        "FILE:3: 'override' is the feed of what is allowed and blocked by hand"),
    "an authority that is not there": (
        "feeds:\n  - {name: a, source: /x,\n     authorities: [Court]}\n",
        "FILE:3: there is no authority 'Court'"),
    "a notice that is not there": (
        "authorities:\n  - name: a\n    notice: b\n",
        "FILE:3: there is no notice 'b'"),
    "a profile": (GOOD + "    profile: none\n", "FILE:10: 'profile' cannot be 'none': "
                  "it takes default or trustpositif"),
    "an origin that is no URL": (
        GOOD + "    origin: lists.example/x\n", "FILE:10: 'origin' cannot be "
        "'lists.example/x': it takes a URL"),
    "a protected address": ("protected: {names: [192.0.2.1]}\n", "FILE:1: 'names' "
                            "cannot be '192.0.2.1': it takes domain names"),
    "a tab": ("store: /x\n\tb: c\n", "FILE:2: not YAML: found a tab character that "
              "violates indentation"),
    "a quote that never ends": ('store: /x\nwait: "1s\n', "FILE:3: not YAML: found "
                                "unexpected end of stream"),
    "a second document": ("store: /x\n---\nstore: /y\n", "FILE:3: a second document"),
    "nothing": ("# only a comment\n", "cannot read 'FILE': it is empty"),
    "a word": ("palang\n", "FILE:1: 'palang.conf' takes keys and their values"),
    "what a terminal must not see": (
        'popular: "/a\\e[2J"\n', "FILE:1: 'popular' cannot be '/a\\x1b[2J': it takes "
        "an absolute path"),
    "a zero byte": ('popular: "/a\\0b"\n', "FILE:1: 'popular' cannot be '/a\\x00b': "
                    "it takes an absolute path"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_mistake_is_told_with_its_file_line_and_key(tmp_path: pathlib.Path,
                                                      case: str) -> None:
    text, want = WRONG[case]
    assert complaint(tmp_path, text) == want


def test_bytes_that_are_no_text_are_an_error(tmp_path: pathlib.Path) -> None:
    assert complaint(tmp_path, b"store: /\xff\xfe\n").startswith("FILE:1: not YAML: ")
    assert "FILE" in complaint(tmp_path, os.urandom(2000))


def test_a_file_that_is_not_there_is_named(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "none.conf"
    said = palang("config", "show", "-c", path, status=1).stderr
    assert said == f"palang: cannot open '{path}': No such file or directory\n"


def test_what_is_shown_is_a_configuration_that_says_the_same(
        tmp_path: pathlib.Path) -> None:
    for text in (GOOD, (ROOT / "conf" / "palang.conf").read_text(),
                 'notices:\n - {name: "a \\"b\\" \\\\ # : c", addresses: ["::1"]}\n',
                 'notices:\n - {name: "a \\L b \\P c", addresses: ["::1"]}\n'):
        first = palang("config", "show", "-c", config(tmp_path, text)).stdout
        second = palang("config", "show", "-c", config(tmp_path, first)).stdout
        assert first == second


def test_defaults_are_shown(tmp_path: pathlib.Path) -> None:
    shown = palang("config", "show", "-c", config(tmp_path, GOOD)).stdout
    for line in ("on-error: pass", "structured-errors: encrypted", "wait: 10s",
                 "  age: 400d", "    ttl: 30s", "    format: auto",
                 "      action: notice", "      scope: subtree", "    ede: 16",
                 "    profile: default", "    shadow: no"):
        assert f"{line}\n" in shown, line


def test_the_configuration_is_found_by_option_and_by_environment(
        tmp_path: pathlib.Path) -> None:
    path = config(tmp_path, GOOD)
    done = subprocess.run([COMMAND, "config", "check"], capture_output=True, text=True,
                          env={**os.environ, "PALANG_CONF": str(path)})
    assert (done.returncode, done.stderr) == (
        0, f"{path}: 1 feeds, 1 authorities, 1 notices\n")


def keys() -> dict[str, tuple[str, str, str]]:
    rows = [line.split("\t")
            for line in palang("config", "keys").stdout.splitlines()]
    return {key: (values, default, meaning) for key, values, default, meaning in rows}


def test_each_key_is_in_the_manual_with_its_default() -> None:
    manual = (ROOT / "doc" / "palang.conf.5").read_text()
    told = re.findall(r"^\.It Cm (\S+)(?: Pq Li (.*))?$", manual, re.MULTILINE)
    assert [key for key, _ in told] == list(keys())
    for key, default in told:
        want = keys()[key][1]
        assert default.replace("\\&", "") == ("" if want == "-" else want), key


def test_usage_is_an_error(tmp_path: pathlib.Path) -> None:
    assert "check, show or keys" in palang("config", "chek", status=2).stderr
    palang("config", status=2)
    palang("config", "check", "show", status=2)


def test_a_configuration_in_json_is_one_in_yaml(tmp_path: pathlib.Path) -> None:
    path = config(tmp_path, json.dumps({"store": "/x", "exempt": ["2001:db8::/32"]}))
    palang("config", "check", "-c", path)
