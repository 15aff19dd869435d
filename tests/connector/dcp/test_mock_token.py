"""The mock identity's header: names somebody or is refused."""

import pytest

from connector.dcp import mock
from connector.notation.exact_json import decode
from connector.notation.problems import Unauthenticated


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer x",
        "{",
        "[]",
        "{}",
        '{"clientId": ""}',
        '{"clientId": 7}',
        '{"clientId": "' + "x" * 5000 + '"}',
        "\udcff",
    ],
)
def test_a_header_that_names_nobody_is_refused(header: str) -> None:
    with pytest.raises(Unauthenticated) as caught:
        mock.read(header)
    assert caught.value.code == "dcp/mock-token"


def test_the_header_is_plain_json_with_all_three_members() -> None:
    header = mock.issue("a", "b")
    assert decode(header.encode()) == {"region": "eu", "audience": "b", "clientId": "a"}
    assert mock.read(header) == "a"
