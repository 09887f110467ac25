# SPDX-License-Identifier: BSD-3-Clause
"""The leak hunt in its short form; tests/hunt/run is the long one."""

import subprocess
import sys

import pytest

from harness import BUILD, ROOT, SLOW

sys.path.insert(0, str(ROOT / "tests" / "hunt"))

from configurations import CONFIGURATIONS  # noqa: E402
from hunting import NO_EVICTION, PROGRAM, Hunt  # noqa: E402


@pytest.fixture(scope="module", autouse=True)
def programs() -> None:
    """What `make check` builds, which not every way to these tests goes by."""
    if not PROGRAM.exists() or not NO_EVICTION.exists():
        subprocess.run(["make", "-C", BUILD, "tests/hunt/hunt",
                        "tests/hunt/no-eviction.la"], check=True, capture_output=True)


@pytest.mark.parametrize("name", ["plain", "threads"])
def test_nothing_gets_out_after_a_serial_is_enforced(name: str) -> None:
    hunt = Hunt(CONFIGURATIONS[name], 8 * SLOW, quiet=True)
    outcome = hunt.run()
    assert outcome.end == "clean", hunt.text
    assert int(outcome.result["judged"]) > 100, hunt.text
    assert int(outcome.result["commits"]) > 5, hunt.text


def test_what_gets_out_without_eviction_is_found() -> None:
    hunt = Hunt(CONFIGURATIONS["no-validator"], 60 * SLOW, module=NO_EVICTION,
                exempt=False, enough=100, quiet=True)
    outcome = hunt.run()
    assert outcome.end == "VIOLATIONS", hunt.text
    assert "THE TRUTH about a blocked name" in hunt.text
