"""What labels hold, judged on this machine."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

from connector.cli import exits, screen


def lint(contents: Sequence[str], is_trial: bool, as_json: bool) -> int:
    """Judge each content; the exit status."""
    from connector.passport.label_content import lint as judge

    results = [(content, judge(content, is_trial=is_trial)) for content in _lines(contents)]
    if as_json:
        told = [
            {"content": content, "ok": not findings, "findings": [finding.as_dict() for finding in findings]}
            for content, findings in results
        ]
        screen.show_json(told)
    else:
        for content, findings in results:
            screen.show_text(f"{content}: {'may be printed' if not findings else 'must not be printed'}")
            screen.show_findings(findings)
    return exits.FINDINGS if any(findings for _, findings in results) else exits.DONE


def _lines(contents: Sequence[str]) -> Iterator[str]:
    for content in contents:
        if content == "-":
            yield from (line.rstrip("\r\n") for line in sys.stdin if line.strip())
        else:
            yield content
