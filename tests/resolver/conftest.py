# SPDX-License-Identifier: BSD-3-Clause
"""Fixtures: the world, a store, and resolvers that answer from it."""

import pathlib
import sys
import typing
from collections.abc import Callable, Iterator

import pytest
from _pytest.terminal import TerminalReporter

sys.path.insert(0, str(pathlib.Path(__file__).parent))
pytest.register_assert_rewrite("harness", "wire", "command", "configured", "resolver",
                               "world", "encrypted", "structured")

from command import Store  # noqa: E402
from expect import TABLES  # noqa: E402
from harness import COMMAND, MODULE, UNBOUND  # noqa: E402
from resolver import Resolver  # noqa: E402
from world import World  # noqa: E402

# Tables of other processes that run tests beside this one.
OTHERS = pytest.StashKey[list[tuple[str, list[str]]]]()


def pytest_configure(config: pytest.Config) -> None:
    for path in (COMMAND, MODULE, UNBOUND):
        if not path.exists():
            raise pytest.UsageError(f"{path} is missing: run ./bootstrap first")
    config.stash[TABLES] = []
    config.stash[OTHERS] = []


def printed(config: pytest.Config) -> list[tuple[str, list[str]]]:
    return [(table.title, list(table.lines())) for table in config.stash[TABLES]]


def pytest_sessionfinish(session: pytest.Session) -> None:
    """One of several processes hands its tables to the one that prints."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["tables"] = printed(session.config)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: typing.Any) -> None:
    node.config.stash[OTHERS].extend(getattr(node, "workeroutput", {}).get("tables", []))


def pytest_terminal_summary(terminalreporter: TerminalReporter,
                            config: pytest.Config) -> None:
    """What tests of many combinations have tried."""
    for title, lines in printed(config) + config.stash[OTHERS]:
        terminalreporter.section(title)
        for line in lines:
            terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = World(tmp_path_factory.mktemp("world"))
    world.start()
    yield world
    world.stop()


@pytest.fixture
def store(tmp_path: pathlib.Path) -> Store:
    """A store that does not exist yet."""
    return Store(tmp_path / "store")


Start = Callable[..., Resolver]


def _starter(world: World, make: Callable[[str], pathlib.Path]) -> Iterator[Start]:
    running: list[Resolver] = []

    def start(store: Store, **more: object) -> Resolver:
        r = Resolver(make("unbound"), world, store, **more)  # type: ignore[arg-type]
        running.append(r)
        return r.start()

    try:
        yield start
        for r in running:
            if r.process is not None:
                r.stop()
    finally:
        for r in running:
            r.kill()


@pytest.fixture
def start(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """start(store, ...) runs a resolver until the end of the test."""
    yield from _starter(world, tmp_path_factory.mktemp)


@pytest.fixture(scope="module")
def start_once(world: World,
               tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """The same until the end of the file, for tests that change nothing."""
    yield from _starter(world, tmp_path_factory.mktemp)
