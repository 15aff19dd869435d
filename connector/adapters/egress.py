"""Where this node may send requests: by scheme, by host, and by the address that is really connected to.

Addresses come from partners (callback addresses, endpoints, DID documents), so each could name a machine of the own
network. The scheme and host are looked at before anything is sent; the resolved address when the socket is made, so
that a name which resolves anew (DNS rebinding), a number in disguise or an address in IPv6 clothes changes nothing.
"""

from __future__ import annotations

import errno
import ipaddress
import socket
from collections.abc import Sequence
from typing import Any, Final

from yarl import URL

from connector.notation.problems import Invalid, PeerFailed

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")


class AddressRefused(OSError):
    """The address that a name stands for lies in a range that is not open."""


class Egress:
    """See ports.Egress. `hosts` are names or `*.example.com` (empty: any); `private` the ranges open beside the
    world, and `setting` the key that opens one."""

    def __init__(
        self,
        *,
        schemes: Sequence[str] = ("https",),
        hosts: Sequence[str] = (),
        private: Sequence[str] = (),
        setting: str = "egress.private",
    ) -> None:
        self._schemes = frozenset(schemes)
        self._hosts = tuple(host.lower().rstrip(".") for host in hosts)
        self._setting = setting
        self._private: tuple[Network, ...] = tuple(ipaddress.ip_network(each) for each in private)

    def check(self, url: str, pointer: str = "") -> None:
        """See ports.Egress.check."""
        found = self._objection(url)
        if found is not None:
            raise Invalid(found[0], found[1], pointer=pointer)

    def need(self, url: str) -> None:
        """As `check`, for who is about to send. Raises PeerFailed (`egress/...`)."""
        found = self._objection(url)
        if found is not None:
            raise PeerFailed(*found)

    def _objection(self, url: str) -> tuple[str, str] | None:
        """What is wrong with a URL as it is written: code and sentence."""
        try:
            parts = URL(url)
            host, _ = parts.host, parts.port
        except (ValueError, TypeError):
            return "egress/url", f"{url[:200]!r} is no URL"
        if parts.scheme not in self._schemes:
            return "egress/scheme", f"{url[:200]!r}: only {', '.join(sorted(self._schemes))} may be called from here"
        if not host:
            return "egress/url", f"{url[:200]!r} names no host"
        if self._hosts and not any(_is_host(host.lower().rstrip("."), each) for each in self._hosts):
            return "egress/host", f"the host {host[:200]} is not on the list of hosts that this node may call"
        address = _literal(host)
        if address is not None and not self.permits(address):
            return "egress/address", f"{address} lies in a private range that is not open ({self._setting})"
        return None

    def permits(self, address: Address) -> bool:
        """Whether an address may be connected to: it is public, or in a range that the settings open."""
        for each in _meanings(address):
            is_public = each.is_global and not each.is_multicast and not each.is_reserved
            if not is_public and not any(
                each in network for network in self._private if network.version == each.version
            ):
                return False
        return True

    def open_socket(self, info: tuple[Any, ...]) -> socket.socket:
        """A socket for one resolved address, made when it is about to be connected. Raises AddressRefused."""
        family, kind, protocol, _, sockaddr = info
        address = _literal(str(sockaddr[0]))
        if address is None or not self.permits(address):
            said = f"the host's address lies in a private range that is not open ({self._setting})"
            raise AddressRefused(errno.EACCES, said)
        return socket.socket(family=family, type=kind, proto=protocol)


def _is_host(host: str, wanted: str) -> bool:
    return host.endswith(wanted[1:]) if wanted.startswith("*.") else host == wanted


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None


def _meanings(address: Address) -> list[Address]:
    """The address, and the IPv4 address that an IPv6 one carries (mapped, 6to4, NAT64): both must be permitted."""
    if isinstance(address, ipaddress.IPv4Address):
        return [address]
    if address.ipv4_mapped is not None:
        return [address.ipv4_mapped]
    inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if address in _NAT64 else address.sixtofour
    return [address] if inner is None else [address, inner] if address not in _NAT64 else [inner]
