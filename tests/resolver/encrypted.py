# SPDX-License-Identifier: BSD-3-Clause
"""Asking a resolver over TLS (RFC 7858) and over HTTPS (RFC 8484)."""

import pathlib
import random
import socket
import ssl
import struct
import subprocess

from harness import ADDRESS, DEADLINE
from wire import Answer, Question, question


class Certificate:
    """A self-signed one, made in a directory of its own."""

    def __init__(self, directory: pathlib.Path) -> None:
        self.path = directory / "resolver.pem"
        self.key = directory / "resolver.key"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
             "/CN=resolver.test", "-keyout", self.key, "-out", self.path],
            check=True, capture_output=True, timeout=DEADLINE)


def prepared(asked: object, more: dict) -> tuple[Question, bytes]:
    q = asked if isinstance(asked, Question) else question(asked, **more)
    return q, q.wire(random.randrange(1 << 16))


class DotClient:
    """Asks over TLS; whose certificate it is does not matter here."""

    def __init__(self, port: int, source: str = ADDRESS) -> None:
        self.port = port
        self.source = source
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self.context.check_hostname = False
        self.context.verify_mode = ssl.CERT_NONE

    def ask(self, asked: object, **more: object) -> Answer:
        """The answer to a Question, or to the question that question() makes."""
        q, wire = prepared(asked, more)
        with (socket.create_connection((ADDRESS, self.port), DEADLINE,
                                       (self.source, 0)) as plain,
              self.context.wrap_socket(plain) as s):
            s.sendall(struct.pack("!H", len(wire)) + wire)
            with s.makefile("rb") as f:
                reply = f.read(struct.unpack("!H", f.read(2))[0])
        assert reply[:2] == wire[:2], "an answer with another id"
        return Answer(q, reply)


class DohClient:
    """Asks over HTTP/2 with TLS, by POST."""

    def __init__(self, port: int, source: str = ADDRESS) -> None:
        self.port = port
        self.source = source

    def ask(self, asked: object, **more: object) -> Answer:
        """The answer to a Question, or to the question that question() makes."""
        q, wire = prepared(asked, more)
        done = subprocess.run(
            ["curl", "--silent", "--show-error", "--fail", "--insecure", "--http2",
             "--noproxy", "*", "--interface", f"host!{self.source}", "--max-time", str(DEADLINE), "--data-binary", "@-",
             "--header", "content-type: application/dns-message",
             f"https://{ADDRESS}:{self.port}/dns-query"],
            input=wire, capture_output=True)
        assert done.returncode == 0, done.stderr.decode(errors="replace")
        assert done.stdout[:2] == wire[:2], "an answer with another id"
        return Answer(q, done.stdout)
