# SPDX-License-Identifier: BSD-3-Clause
"""palang update beside resolvers that run: it waits until they follow, and says so."""

import pathlib
import re

from command import palang
from configured import Configured
from wire import assert_blocked, assert_true


def test_update_returns_when_its_change_is_enforced(start,
                                                    tmp_path: pathlib.Path) -> None:
    conf = Configured(tmp_path)
    conf.feed("a", ["toko-palsu.example"])
    assert "no resolver is running" in conf.update().stderr
    resolver = start(conf.store)
    assert_true(resolver.ask("toko-asli.example"))  # and cached
    for _ in range(3):
        conf.put("a", ["toko-palsu.example", "toko-asli.example"])
        out = conf.json()
        assert out["resolvers"] == 1 and 0 <= out["enforced_ms"] < 10000
        assert_blocked(resolver.ask("toko-asli.example"))
        conf.put("a", ["toko-palsu.example"])
        done = conf.update()
        assert re.search(r"\nenforced by 1 resolver \d+ ms after the commit\n",
                         done.stderr), done.stderr
        assert_true(resolver.ask("toko-asli.example"))
    assert_blocked(resolver.ask("toko-palsu.example"))


def test_a_held_feed_leaves_resolvers_as_they_are(start,
                                                  tmp_path: pathlib.Path) -> None:
    conf = Configured(tmp_path)
    conf.feed("a", ["toko-palsu.example"])
    conf.update()
    resolver = start(conf.store)
    conf.put("a", "<html>404 Not Found</html>")
    out = conf.json(status=1)
    assert (out["committed"], out["enforced_ms"]) == (False, None)
    assert_blocked(resolver.ask("toko-palsu.example"))


def test_status_tells_what_each_resolver_enforces(start,
                                                  tmp_path: pathlib.Path) -> None:
    conf = Configured(tmp_path)
    conf.feed("a", ["toko-palsu.example"])
    conf.update()
    resolver = start(conf.store)
    resolver.wait_enforced(1)
    (one,) = conf.status()["resolvers"]
    assert (one["store"], one["serial"], one["enforced"], one["current"]) == (
        "serving", 1, 1, True)
    text = palang("status", "-c", conf.path).stdout
    assert f"resolver {one['pid']}: serving, enforces serial 1 since " in text


def test_settings_of_the_configuration_are_enforced(start,
                                                    tmp_path: pathlib.Path) -> None:
    conf = Configured(tmp_path)
    conf.feed("a", ["toko-palsu.example"])
    conf.update()
    resolver = start(conf.store)
    assert_blocked(resolver.ask("toko-palsu.example"))
    conf.conf["exempt"] = ["127.0.0.0/8"]
    conf.write()
    assert conf.json()["committed"] is True
    assert_true(resolver.ask("toko-palsu.example"))
