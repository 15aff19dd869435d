"""Egress: what may be called is said by scheme, host and the address that a socket is really opened to."""

import socket
from typing import Any

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver
from aiohttp.test_utils import TestServer

from connector.adapters import http
from connector.adapters.egress import Egress
from connector.adapters.http import HttpTransport
from connector.notation.problems import Invalid, PeerFailed

PRIVATE = [
    "http://127.0.0.1/",
    "http://127.8.9.10:8080/x",
    "http://[::1]/",
    "http://10.0.0.1/",
    "http://172.16.0.9/",
    "http://192.168.1.1/",
    "http://169.254.169.254/latest/meta-data/",
    "http://0.0.0.0/",
    "http://[::]/",
    "http://100.64.0.1/",
    "http://224.0.0.1/",
    "http://255.255.255.255/",
    "http://[fe80::1%25eth0]/",
    "http://[fd00::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:a00:1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[64:ff9b::a00:1]/",
    "http://[2002:7f00:1::]/",
]


def code(egress: Egress, url: str) -> str:
    """The code that a URL is refused with, empty where it may be called."""
    try:
        egress.check(url, "/callbackAddress")
    except Invalid as problem:
        return f"{problem.code}" if problem.pointer == "/callbackAddress" else "no pointer"
    return ""


@pytest.mark.parametrize("url", PRIVATE)
def test_private_addresses_are_closed_unless_configured(url: str) -> None:
    assert code(Egress(schemes=("http",)), url) == "egress/address"


def test_public_addresses_are_open_and_ranges_can_be_opened() -> None:
    closed = Egress(schemes=("http", "https"), private=("10.1.0.0/16", "fd00::/8"))
    assert [code(closed, url) for url in ("https://8.8.8.8/", "http://[2606:4700::1111]/", "http://10.1.2.3/")] == [
        ""
    ] * 3
    assert code(closed, "http://[fd12::3]/") == ""
    assert code(closed, "http://[::ffff:10.1.2.3]/") == ""
    assert code(closed, "http://10.2.0.1/") == "egress/address"


@pytest.mark.parametrize(
    "url", ["ftp://partner.example/", "file:///etc/passwd", "gopher://x/", "partner.example", "http://x/"]
)
def test_only_the_schemes_that_are_open(url: str) -> None:
    assert code(Egress(), url) == "egress/scheme"


@pytest.mark.parametrize("url", ["https://", "https:///x", "https://[::1", "https://a:99999/", "https://a:b/"])
def test_what_is_no_url_is_refused(url: str) -> None:
    assert code(Egress(), url) == "egress/url"


def test_hosts_can_be_listed() -> None:
    egress = Egress(hosts=("partner.example", "*.space.example"))
    allowed = ["https://partner.example/", "https://PARTNER.example./", "https://a.space.example:8443/dsp"]
    assert [code(egress, url) for url in allowed] == ["", "", ""]
    refused = ["https://space.example/", "https://evilspace.example/", "https://partner.example.evil.example/"]
    assert [code(egress, url) for url in refused] == ["egress/host"] * 3
    assert code(egress, "https://partner.example@evil.example/") == "egress/host"


class _Names(AbstractResolver):
    """A resolver whose names mean what the test says, another thing at each question."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)

    async def resolve(self, host: str, port: int = 0, family: int = socket.AF_INET) -> Any:
        address = self.answers.pop(0)
        return [{"hostname": host, "host": address, "port": port, "family": socket.AF_INET, "proto": 0, "flags": 0}]

    async def close(self) -> None:
        """Nothing is held."""


@pytest.mark.parametrize("number", ["2130706433", "0x7f000001", "127.1", "017700000001", "localhost"])
async def test_numbers_in_disguise_and_names_are_judged_when_connected(number: str) -> None:
    seen: list[str] = []
    wanted = r"egress\.private" if number == "localhost" else None

    async def answer(request: web.Request) -> web.Response:
        seen.append(request.path)
        return web.Response(text="inside")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    async with TestServer(app, host="127.0.0.1") as server:
        transport = HttpTransport(Egress(schemes=("http",)))
        try:
            for call in (transport.send, transport.stream):
                with pytest.raises(PeerFailed, match=wanted):
                    await call("GET", f"http://{number}:{server.port}/secret")
        finally:
            await transport.close()
    assert seen == []


async def test_a_name_that_resolves_anew_gains_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """DNS rebinding: each connection is judged by the address of that very connection."""
    seen: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        seen.append(request.path)
        return web.Response(headers={"Connection": "close"})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    async with TestServer(app, host="127.0.0.2") as server:
        connector = http.aiohttp.TCPConnector
        names = _Names("127.0.0.2", "127.0.0.3")
        monkeypatch.setattr(
            http.aiohttp,
            "TCPConnector",
            lambda **how: connector(**{**how, "resolver": names, "use_dns_cache": False}),
        )
        transport = HttpTransport(Egress(schemes=("http",), private=("127.0.0.2/32",)))
        try:
            assert (await transport.send("GET", f"http://partner.example:{server.port}/first")).status == 200
            with pytest.raises(PeerFailed, match=r"egress\.private"):
                await transport.send("GET", f"http://partner.example:{server.port}/second")
        finally:
            await transport.close()
    assert seen == ["/first"]
