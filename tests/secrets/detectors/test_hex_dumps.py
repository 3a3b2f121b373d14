"""Secrets in dumps, arrays of bytes and hexadecimal digits over several lines."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyaudit.secrets.detectors.hex_dumps import find
from tests.secrets.plants import plant
from tests.secrets.support import findings

_TOKEN = plant("GitHubTokenDetector", 5).secret
_TEXT = f"DEBUG=0\nGITHUB_TOKEN={_TOKEN}\nLOG=/var/log/app\n"


def _rows(data: bytes, width: int) -> list[tuple[int, bytes]]:
    return [(at, data[at : at + width]) for at in range(0, len(data), width)]


def _seen(row: bytes) -> str:
    return "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)


def _xxd(data: bytes) -> str:
    return "\n".join(
        f"{at:08x}: {row.hex(' ', -2):<39}  {_seen(row)}" for at, row in _rows(data, 16)
    )


def _hexdump(data: bytes) -> str:
    lines = [
        f"{at:08x}  {row[:8].hex(' '):<23}  {row[8:].hex(' '):<23}  |{_seen(row)}|"
        for at, row in _rows(data, 16)
    ]
    return "\n".join([*lines, f"{len(data):08x}"])


def _od(data: bytes) -> str:
    return "\n".join(f"{at:07o} {row.hex(' ')}" for at, row in _rows(data, 16))


def _bytes_of_c(data: bytes) -> str:
    rows = [", ".join(f"0x{byte:02x}" for byte in row) for _, row in _rows(data, 12)]
    return "  " + ",\n  ".join(rows)


def _escapes(data: bytes) -> str:
    return "\n".join(
        '  "' + "".join(f"\\x{byte:02X}" for byte in row) + '"' for _, row in _rows(data, 20)
    )


def _bare(data: bytes) -> str:
    return "\n".join(f'  "{row.hex()}"' for _, row in _rows(data, 32))


_FORMS = [_xxd, _hexdump, _od, _bytes_of_c, _escapes, _bare]


@pytest.mark.parametrize("form", _FORMS)
def test_a_secret_over_lines_of_a_dump_is_found(form: Callable[[bytes], str]) -> None:
    dump = form(_TEXT.encode())
    (finding,) = findings(f"x = {{\n{dump}\n}}\n", "dump.txt")
    assert finding.rule_id == "KA302"
    assert "(in hexadecimal) in the source" in finding.message
    assert finding.span.line == 2
    written = json.dumps(asdict(finding))
    first = dump.split("\n")[0]
    assert not any(first[at : at + 8] in written for at in range(20, len(first) - 8))


@pytest.mark.parametrize("form", _FORMS)
@given(text=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=40, max_size=200))
def test_every_text_is_read_as_it_was(form: Callable[[bytes], str], text: str) -> None:
    lines = form(text.encode()).split("\n")
    (found,) = find(lines, list(range(1, len(lines) + 1)))
    # A last line may be too short to be told from other text.
    assert text.startswith(found.text)
    assert len(text) - len(found.text) < 20


@pytest.mark.parametrize("form", _FORMS)
def test_a_dump_of_a_program_says_nothing(form: Callable[[bytes], str]) -> None:
    assert findings(form(bytes(range(256)) * 2), "dump.txt") == []


def test_a_text_that_ends_with_a_zero_byte_is_found() -> None:
    """As compilers and `xxd -i` write the literals of C."""
    array = _bytes_of_c(f"api_token={_TOKEN}".encode() + b"\0\0\1\2")
    (finding,) = findings(f"x = {{\n{array}\n}}\n", "token.c")
    assert finding.rule_id == "KA302"


def test_digits_in_the_midst_of_base64_are_no_array() -> None:
    """`0X2F` is a piece of base64 here, whose text is read as a whole."""
    payload = b64encode(b'{"user": "app", "mattermost_api_token": "q1ayi6y9secwoipkjw4h1zic4n"}')
    assert b"0X2F" in payload
    line = f'PAYLOAD = "{payload.decode()}"'
    assert list(find([line], [1])) == []
    assert [f.rule_id for f in findings(line, "payload.txt")] == ["KA302"]
