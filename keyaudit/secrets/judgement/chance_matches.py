"""Whether a detector met its format by chance: in words, in embedded data, in an ARN."""

from __future__ import annotations

import re
from collections.abc import Sequence

from keyaudit.core.patterns import regex
from keyaudit.core.words import is_prose

# Plugins that go by a common name more than by a form.
_GENERIC_NAMES = frozenset(
    {"IbmCloudIamDetector", "IbmCosHmacDetector", "CloudantDetector", "SoftlayerDetector"}
)
_ARTIFACTORY = "ArtifactoryDetector"
_TELEGRAM = "TelegramBotTokenDetector"
_IN_ARN = regex(r"\barn:[\w-]*:[\w-]*:[\w-]*:[\w:/.+=@*-]*$")
# Formats that random text of some length holds now and then.
_SHORT_FORMATS = frozenset(
    {"AWSKeyDetector", _ARTIFACTORY, _TELEGRAM, "TwilioKeyDetector",
     "MailchimpDetector", "DiscordBotTokenDetector"}
)  # fmt: skip

# The id of a document in its address.
_DOCUMENT = regex(r"https?://(?:docs|drive|spreadsheets)\.google\.com/[^\s\"'<>]*[?&]key=$")

_NEAR = 100  # characters before a value
_HEX = "0123456789abcdefABCDEF"
_LONG_HEX = 64  # digits of hexadecimal beside a value, more than any list of ids has in a row
_ARMORED = regex(r"[A-Za-z0-9+/]{48,128}={0,2}")
# One value, or one of a list of them.
_SHOWN = regex(
    r"\b(?:examples?|placeholder)[\"']?\s*(?::|=>|=)\s*(?:\[(?:[^\[\]]*,)?\s*)?[\"']?$",
    re.IGNORECASE,
)


def is_chance_match(detector: str, value: str, line: str) -> bool:
    """Whether a plugin that knows a format seems to have met it by chance.

    Words where a random value should be, or a piece from the midst of a longer run of letters
    and digits, as in data embedded in a script; or what an interface's description gives as the
    `example` of a field, or a form as its `placeholder`.
    """
    at = line.find(value)
    if at >= 0 and _SHOWN.search(line[max(0, at - _NEAR) : at]):
        return True
    if detector in _GENERIC_NAMES and (
        is_prose(value) or _DOCUMENT.search(line[max(0, at - 2 * _NEAR) : max(at, 0)])
    ):
        return True
    if detector == _ARTIFACTORY and (
        is_prose(value.rstrip('0123456789" \t')) or not any(map(str.isdigit, value[3:]))
    ):
        return True  # a name in camel case or capitals: `APFollowers`, `APARTMENT`
    if detector == _ARTIFACTORY and max(map(value.count, set(value))) * 4 > len(value):
        return True  # zero bytes of an image, in base64: `AP8AAADoAAAAowAAAJQAAACW`
    if detector not in _SHORT_FORMATS | _GENERIC_NAMES:
        return False
    around = line[max(0, at - 1) : at] + line[at + len(value) :][:1] if at >= 0 else ""
    return any(character.isalnum() or character in "+/_-" for character in around)


def is_part_of_arn(detector: str, before: str) -> bool:
    """Whether what a plugin takes for a bot's token stands in an ARN, as account and resource.

    AWS writes `arn:partition:service:region:account:resource` ("Amazon Resource Names"), Telegram
    `number:token`. `before` is what stands before it in its line.
    """
    return detector == _TELEGRAM and _IN_ARN.search(before) is not None


def is_piece_of_number(value: str, line: str, at: int) -> bool:
    """Whether a value, at a place in its line, is a piece of a long number in hexadecimal.

    A modulus of 2,048 bits written so holds `ACCA` and sixteen more digits, the form of a
    credential of AWS, in one key of 130.
    """
    if value.strip(_HEX):
        return False
    window = line[max(0, at - _LONG_HEX) : at], line[at + len(value) :][:_LONG_HEX]
    before = len(window[0]) - len(window[0].rstrip(_HEX))
    after = len(window[1]) - len(window[1].lstrip(_HEX))
    return before + after >= _LONG_HEX


def is_in_encoded_block(value: str, lines: Sequence[str], number: int) -> bool:
    """Whether a value is a piece of a line (from 1) of base64 or armor of several lines.

    OpenPGP's armor (RFC 4880, 6.3) and PEM (RFC 7468, 2) have lines of up to 76 letters, resources
    of .NET of 80, all but the last of equal length; any format is met there by chance. It may be a
    whole line between two others, unless these begin as it does: then it is one of a list.
    """
    line, value = lines[number - 1].strip(), value.strip()
    if len(value) > len(line) or not _ARMORED.fullmatch(line):
        return False
    near = (*lines[max(0, number - 2) : number - 1], *lines[number : number + 1])
    alike = [
        x.strip() for x in near if len(x.strip()) == len(line) and _ARMORED.fullmatch(x.strip())
    ]
    if value == line:
        return len(alike) == 2 and not any(other[:3] == line[:3] for other in alike)
    return bool(alike)


def is_by_common_name(detector: str) -> bool:
    """Whether the plugin looks for a common name more than for a form."""
    return detector in _GENERIC_NAMES
