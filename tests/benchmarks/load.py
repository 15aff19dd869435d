"""A closed-loop load on one address: keep-alive connections, each sends the next request when its answer is whole.

The answers to one GET have one length, so that none is parsed: the generator costs about a tenth of the fastest server.
"""

from __future__ import annotations

import http.client
import json
import select
import socket
import statistics
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit


class Unusable(Exception):
    """The address does not answer as a load needs it; the text says how it does."""


@dataclass(frozen=True, slots=True)
class Load:
    """What a run showed: answers, seconds, bytes of one body, milliseconds at two percentiles."""

    requests: int
    seconds: float
    size: int
    p50: float
    p99: float

    @property
    def per_second(self) -> float:
        """Answers a second."""
        return self.requests / self.seconds


def run(url: str, headers: Mapping[str, str], *, seconds: float, connections: int = 8) -> Load:
    """GET `url` for `seconds`. Raises Unusable where it is not answered with 200, or with changing lengths."""
    size = _checked(url, headers)
    request = _request(url, headers)
    length = _length(url, request)
    latencies, spent = _driven(url, request, length, seconds, connections)
    shown = sorted(latencies)
    p99 = shown[min(len(shown) - 1, int(len(shown) * 0.99))]
    return Load(len(shown), spent, size, statistics.median(shown) * 1000, p99 * 1000)


def pages(url: str, headers: Mapping[str, str]) -> Iterator[float]:
    """Seconds of each page of a list, one after the other by their cursors, from the start again after the last."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=60)
    cursor = ""
    while True:
        begun = time.perf_counter()
        connection.request("GET", _target(url) + (f"&cursor={cursor}" if cursor else ""), headers=dict(headers))
        answer = connection.getresponse()
        body = answer.read()
        yield time.perf_counter() - begun
        if answer.status != 200:
            raise Unusable(f"{url} is answered with {answer.status}: {body[:200]!r}")
        cursor = json.loads(body)["paging_metadata"].get("cursor", "")


def _checked(url: str, headers: Mapping[str, str]) -> int:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=60)
    connection.request("GET", _target(url), headers=dict(headers))
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    if answer.status != 200:
        raise Unusable(f"{url} is answered with {answer.status}: {body[:200]!r}")
    return len(body)


def _target(url: str) -> str:
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _request(url: str, headers: Mapping[str, str]) -> bytes:
    lines = [
        f"GET {_target(url)} HTTP/1.1",
        f"Host: {urlsplit(url).netloc}",
        *(f"{k}: {v}" for k, v in headers.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def _connected(url: str) -> socket.socket:
    parts = urlsplit(url)
    connection = socket.create_connection((parts.hostname, parts.port), timeout=60)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def _length(url: str, request: bytes) -> int:
    """Bytes of a whole answer, headers too: what comes within a moment, twice the same."""
    found = []
    with _connected(url) as connection:
        for _ in range(2):
            connection.sendall(request)
            connection.settimeout(60)
            got = len(connection.recv(1 << 20))
            connection.settimeout(0.5)
            try:
                while piece := connection.recv(1 << 20):
                    got += len(piece)
            except TimeoutError:
                pass
            found.append(got)
    if found[0] != found[1]:
        raise Unusable(f"{url} is answered with {found[0]} and {found[1]} bytes")
    return found[0]


def _driven(url: str, request: bytes, length: int, seconds: float, connections: int) -> tuple[list[float], float]:
    """Latencies in seconds, and the time that they took together."""
    opened = {each.fileno(): each for each in (_connected(url) for _ in range(connections))}
    left = dict.fromkeys(opened, length)
    latencies: list[float] = []
    poll = select.epoll()
    begun = time.perf_counter()
    until = begun + seconds
    sent = dict.fromkeys(opened, begun)
    for number, connection in opened.items():
        poll.register(number, select.EPOLLIN)
        connection.sendall(request)
    now = begun
    while now < until or not latencies:
        ready = poll.poll(60)
        if not ready:
            raise Unusable(f"{url} is not answered within 60 s under load")
        for number, _ in ready:
            piece = opened[number].recv(1 << 20)
            if not piece or (left[number] == length and not piece.startswith(b"HTTP/1.1 200")):
                raise Unusable(f"{url} under load: {piece[:200]!r}")
            left[number] -= len(piece)
            if left[number] < 0:
                raise Unusable(f"{url}: an answer is longer than the first one")
            if left[number] == 0:
                now = time.perf_counter()
                latencies.append(now - sent[number])
                sent[number], left[number] = now, length
                opened[number].sendall(request)
        now = time.perf_counter()
    for connection in opened.values():
        connection.close()
    return latencies, now - begun
