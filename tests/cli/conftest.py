# SPDX-License-Identifier: BSD-3-Clause
"""Tests of the command need no resolver, only the command; helpers are shared with
tests/resolver."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "resolver"))
pytest.register_assert_rewrite("harness", "wire", "command", "configured")

from command import Store  # noqa: E402


@pytest.fixture
def store(tmp_path: pathlib.Path) -> Store:
    """A store that does not exist yet."""
    return Store(tmp_path / "store")
