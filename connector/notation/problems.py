"""The errors that rooms raise: what was wrong, where, and what to do; each kind has one HTTP status in `web/`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from connector.notation.findings import Finding


class Problem(Exception):
    """`code` is the reason code (`<room>/<reason>`), `detail` a sentence, `findings` the single places.

    `dry_run` is where on our own management listener one finds out more; it is never told to a peer.
    """

    dry_run = ""

    def __init__(self, code: str, detail: str, *, pointer: str = "", findings: Iterable[Finding] = ()) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.pointer = pointer
        self.findings = tuple(findings)

    def as_dict(self) -> dict[str, Any]:
        """The members that RFC 9457 extensions carry."""
        members: dict[str, Any] = {"code": self.code, "detail": self.detail}
        if self.pointer:
            members["pointer"] = self.pointer
        if self.findings:
            members["findings"] = [finding.as_dict() for finding in self.findings]
        return members


class Invalid(Problem):
    """The input is malformed: the sender must change it."""


class Unauthenticated(Problem):
    """Nobody proved who is asking."""


class Refused(Problem):
    """Who asks is known, and may not."""


class Unknown(Problem):
    """The thing asked for is not here (or not for who asks)."""


class Conflict(Problem):
    """The thing is in a state that does not allow this."""


class TooLarge(Problem):
    """The input exceeds a limit."""


class Unprocessable(Problem):
    """Well formed, but cannot be served as asked."""


class TooMany(Problem):
    """A rate or count is exceeded."""


class Unavailable(Problem):
    """A part of this node is not there or not ready."""


class PeerFailed(Problem):
    """The other side could not be reached or answered with an error."""
