# SPDX-License-Identifier: BSD-3-Clause
"""Class ANY: Unbound finds the answer by queries of its own in every class it knows,
and builds it from their messages. A name that becomes blocked meanwhile is blocked."""

import threading

import dns.rdataclass
import pytest

from command import Store
from held import HeldServer
from resolver import Resolver
from wire import Answer, Question, assert_true, question

ANY = dns.rdataclass.ANY
ACTIONS = pytest.mark.parametrize(
    "action", ["notice", "nxdomain", "nodata", "refused", "drop"])


def under_way(resolver: Resolver, held: HeldServer, store: Store, action: str,
              asked: list[Question]) -> list[Answer | None]:
    """The answers to ASKED, whose names are blocked while they are looked up."""
    answers: list[Answer | None] = []
    held.hold()
    asking = threading.Thread(target=lambda: answers.extend(
        resolver.client.ask_many(asked, unanswered=True)))
    asking.start()
    held.wait_for_questions()
    store.compile(["toko-palsu.held.example"], "--action", action)
    held.release()
    asking.join()
    return answers


@ACTIONS
@pytest.mark.parametrize("classes", [(ANY,), (ANY, dns.rdataclass.IN)],
                         ids=["alone", "and-in"])
@pytest.mark.parametrize("checking", [True, False], ids=["no-cd", "cd"])
def test_a_name_that_is_blocked_while_class_any_is_under_way_is_blocked(
        start, store: Store, action: str, checking: bool, classes: tuple[int, ...]) -> None:
    store.compile(["other.example"])
    with HeldServer() as held:
        resolver = start(store, stubs={"held.example.": held.port})
        asked = [question("www.toko-palsu.held.example", rdclass=rdclass, edns=edns,
                          checking=checking)
                 for rdclass in classes for edns in (True, False)]
        for answer in under_way(resolver, held, store, action, asked):
            assert answer is None or not answer.is_true, str(answer)
            assert answer is None or action != "drop", str(answer)
        assert resolver.is_alive()
        # Nor does it come from the cache afterwards.
        for q in asked:
            answer = resolver.client.ask_many([q], unanswered=True, patience=0.5)[0]
            assert (answer is None) == (action == "drop"), str(answer)
            assert answer is None or not answer.is_true
        assert_true(resolver.ask("toko-asli.example"))


def test_the_truth_in_class_any_is_that_of_class_in(start, store: Store) -> None:
    """Also for the one who asks in class IN after it."""
    store.compile(["toko-palsu.example"])
    resolver = start(store)
    for i, rdtype in enumerate(("A", "AAAA", "A", "AAAA")):
        for rdclass in (ANY, dns.rdataclass.IN, ANY):
            answer = resolver.ask(f"www{i}.toko-asli.example", rdtype, rdclass=rdclass)
            assert_true(answer)
            assert answer.ttl > 86000
