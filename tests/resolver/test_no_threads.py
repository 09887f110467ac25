# SPDX-License-Identifier: BSD-3-Clause
"""An Unbound that was built without threads: its cache has no locks."""

import pathlib
import subprocess

import pytest

from command import Store
from harness import UNBOUND, NotStarted
from resolver import Resolver
from world import World

pytestmark = pytest.mark.skipif(
    "--without-pthreads" not in subprocess.run(
        [UNBOUND, "-V"], capture_output=True, text=True).stdout,
    reason="this Unbound has threads")


@pytest.mark.parametrize("threads", [1, 2])
def test_an_unbound_without_threads_is_refused(
        tmp_path: pathlib.Path, world: World, store: Store, threads: int) -> None:
    store.compile(["toko-palsu.example"])
    with pytest.raises(NotStarted, match="built without threads"):
        Resolver(tmp_path, world, store, threads=threads).start()
