"""The mock identity of EDC's samples and test runtimes: a header that names somebody and proves nothing.

The Authorization header is raw JSON, `{"region":"eu","audience":"...","clientId":"<participant id>"}`: no scheme before
it, no signature, no credentials behind it.
"""

from __future__ import annotations

from typing import Final

from connector.notation.exact_json import decode, encode
from connector.notation.limits import Limits
from connector.notation.problems import Problem, Unauthenticated

REGION: Final = "eu"
"""EDC refuses a header without any region; which one it is does not matter."""
_LIMITS: Final = Limits(size=4096, depth=4)


def issue(participant: str, audience: str) -> str:
    """The header of a message from `participant` to `audience`."""
    return encode({"region": REGION, "audience": audience, "clientId": participant}).decode()


def read(authorization: str | None) -> str:
    """The participant that the header names. Raises Unauthenticated (`dcp/mock-token`)."""
    try:
        token = decode((authorization or "").encode(), limits=_LIMITS)
    except (Problem, UnicodeEncodeError):
        token = None
    participant = token.get("clientId") if isinstance(token, dict) else None
    if not isinstance(participant, str) or not participant.strip():
        raise Unauthenticated(
            "dcp/mock-token", 'the mock identity wants the header Authorization: {"region", "audience", "clientId"}'
        )
    return participant
