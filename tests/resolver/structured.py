# SPDX-License-Identifier: BSD-3-Clause
"""Structured DNS errors, read as strictly as a client may: what is not exactly as
draft-ietf-dnsop-structured-dns-error, RFC 7493 and RFC 5646 have it is an error."""

import json
import re
import unicodedata

SDE = 26  # the EDNS option by which a client asks for them

# Which sub-errors may go with which EDE; none with 16, "Censored".
SUB_ERRORS = {15: range(1, 7), 16: range(0), 17: range(1, 5)}

URI = re.compile(r"mailto:[!-~]+@[!-~]+|tel:\+?[0-9().-]+")
LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    names = [name for name, _ in pairs]
    assert len(names) == len(set(names)), f"a name twice: {names}"
    return dict(pairs)


def _constant(text: str) -> None:
    raise AssertionError(f"{text} is no JSON")


def _assert_text(value: object) -> None:
    assert isinstance(value, str) and value.strip(), f"no text: {value!r}"
    for c in value:
        assert unicodedata.category(c) not in ("Cc", "Cs"), f"{c!r} in {value!r}"
        assert ord(c) & 0xfffe != 0xfffe and not 0xfdd0 <= ord(c) <= 0xfdef, ascii(c)


def read(text: str, code: int) -> dict[str, object]:
    """The object in the EXTRA-TEXT of an EDE with CODE."""
    error = json.loads(text, object_pairs_hook=_object, parse_constant=_constant)
    assert isinstance(error, dict), text
    assert text == json.dumps(error, separators=(",", ":"),
                              ensure_ascii=False), f"not minified: {text}"
    assert set(error) <= set("cjsol"), text
    assert set(error) & set("cjs"), f"clients throw it away: {text}"
    if "c" in error:
        contacts = error["c"]
        assert isinstance(contacts, list) and contacts, text
        assert all(isinstance(c, str) and URI.fullmatch(c) for c in contacts), text
    for name in "jo":
        if name in error:
            _assert_text(error[name])
    if "o" in error:
        assert not re.search(r"://|www\.", str(error["o"])), text
    assert ("l" in error) == bool(set(error) & set("jo")), f"the language: {text}"
    if "l" in error:
        assert LANGUAGE.fullmatch(str(error["l"])), text
    if "s" in error:
        assert type(error["s"]) is int and error["s"] in SUB_ERRORS[code], text
    return error
