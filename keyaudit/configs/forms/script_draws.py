"""Secrets that scripts of pages and servers draw with `Math.random()`, whose output can be computed
from a few earlier draws."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from keyaudit.configs.forms.script_places import found, is_made, start_of_code
from keyaudit.configs.readers.offsets import Place, lines_of
from keyaudit.configs.tree import Resource
from keyaudit.core.patterns import regex
from keyaudit.core.secret_names import BARE_TOKEN, CODE, SECRETS, reading, reading_of_function

KIND = "drawn"
DRAW = "Math.random"
_DRAW = regex(r"\bMath\.random\(\)")
_LONGEST = 1000  # characters of a line; nobody wrote a longer one
_FAR = 4000  # characters from the head of a function to a draw in it
_MOST_HEADS = 40
_HEAD = regex(
    r"\bfunction\s*\*?\s*(?P<declared>[\w$]{1,80})\s*\("
    r"|(?<![\w$.])(?:[\w$]+\.)*(?P<held>[\w$]{1,80})[\"']?\s*[=:]\s*(?:async\s+)?"
    r"(?:function\b|\([^()\n]{0,200}\)\s*(?::[^=\n]{1,80})?=>|[\w$]{1,40}\s*=>)"
    r"|^[ \t]+(?:(?:public|private|protected|static|async|export)\s+)*"
    r"(?!(?:if|for|while|switch|catch|function|return|with)\b)(?P<method>[\w$#]{1,80})"
    r"\([^()\n]{0,200}\)\s*(?::\s*[^{}\n]{1,80})?\{",
    re.MULTILINE,
)
# What a draw is for, in its own line: a variable, a property, a member.
_GIVEN = regex(r"([\w$]{1,80})[\"']?(?:\s*:\s*[\w<>\[\]| ]{1,40})?\s*(?:\+?=(?![=>])|:(?!:))")
# A number is drawn for many purposes; signs are drawn to make a text.
_MAKES_TEXT = regex(
    r"toString\(\s*\d*\s*\)|charAt|fromCharCode|substr|\.slice\(|\.join\(|\.length\b|\[\s*Math\."
    r"|padStart|\+=|\$\{\s*Math\.|btoa|0x|1e\d"
)
_LINES_BELOW = _LINES_ABOVE = 2
_GOES_ON = regex(r"[(=+,>{\[][ \t]*(?://[^\n]*)?\Z")
# The head of a function or of a branch, whose parameters have types behind a colon.
_OPENS_BODY = regex(r"\)[ \t]*(?::[^={}\n]{1,80})?(?:=>[ \t]*)?\{[ \t]*\Z")
_WAITS = regex(r"(?i)sleep|timeout|delay|wait|jitter|interval")
# These mostly give what somebody else made.
_FETCHES = regex(r"(?i)(?!.*rand)(?:get|fetch|load|read|ask|prompt|request|refresh|acquire)")
# Beside a secure generator the other one is there for browsers that have none, or for a delay.
_SECURE = regex(r"getRandomValues|randomBytes|randomUUID|randomInt\(|nanoid|secureRandom")
_ASIDE = regex(r"(?i)(?:id|boundary|jitter|delay|retry|wait|timeout|color|colour)\Z")
# Of a key in a script mostly nothing is known: they tell items of lists apart.
_KEY_MAKER = regex(r"(?:generate|gen|create|make|new|random)\w*Key\Z")
_OTHER_KEY = regex(r"(?i)unique|item|row|list|cache|storage|idempot|react|elem|comp|temp|publi")
_ENCRYPTS = regex(r"(?i)encrypt|\bAES\b|cipher")
_VERIFIER = regex(r"(?i)code_?verifier\Z")
# A function that makes a text for whoever asks, and what it is asked for.
_HELPER = regex(r"(?i)rand|make_?id|str(?:ing)?\Z|uniq|u?uid")
_CALLED = regex(
    r"(?<![\w$])(?P<name>[\w$]{1,80})[\"']?(?:\s*:\s*string)?\s*[=:]\s*(?:await\s+)?"
    r"(?:[\w$]{1,40}\.){0,3}(?P<called>[\w$]{1,80})\("
)
_BRACE = regex(r"[{}]")

# A name, and the characters between which it stands.
_Place = tuple[str, int, int]


def resources(text: str, path: str, form: str) -> Iterator[Resource]:
    """What is drawn there, one resource a secret, at the head of the function that makes it or
    where a variable gets it: `name` says what it is."""
    if is_made(path):
        return
    place = lines_of(text)
    heads: list[re.Match[str]] | None = None
    given_to: list[_Place] = []
    helpers: set[str] = set()
    for draw in _DRAW.finditer(text):
        start = start_of_code(text, draw.start())
        if start is None:
            continue
        end = _end_of(text, draw.end(), 0)
        following = text[start : _end_of(text, end, _LINES_BELOW)]
        if not _MAKES_TEXT.search(following) or _SECURE.search(following):
            continue
        if _WAITS.search(text, start, end):
            continue
        given = _of_line(text, start, draw, end)
        if given is None:
            heads = list(_HEAD.finditer(text)) if heads is None else heads
            given = _of_function(text, heads, start, draw.start(), helpers)
        if given is not None:
            given_to.append(given)
    for called in _CALLED.finditer(text) if helpers else ():
        if called["called"] in helpers and _is_secret(called["name"]):
            given_to.append((called["name"], *called.span("name")))
    for given in sorted(set(given_to), key=lambda one: one[1]):
        yield drawn(given, f"{DRAW}()", place, path, form)


def _is_secret(name: str) -> bool:
    said = reading(name)
    return (said in SECRETS and said != BARE_TOKEN) or _VERIFIER.search(name) is not None


def _of_line(text: str, start: int, draw: re.Match[str], end: int) -> _Place | None:
    """The name of a secret that gets the text drawn in a line, and where it stands. A plain token
    is one where the draw itself is its text."""
    if not _MAKES_TEXT.search(text, start, end):
        return None
    begin = start
    # A statement may begin in a line above: `const token = Array.from(sizes, () =>`.
    for _ in range(_LINES_ABOVE):
        above = max(text.rfind("\n", 0, max(begin - 1, 0)) + 1, begin - _LONGEST, 0)
        over = text[above:begin][:-1]
        if _GIVEN.search(text, begin, draw.start()) or not _GOES_ON.search(over):
            break
        if _OPENS_BODY.search(over):
            break
        begin = above
    given = list(_GIVEN.finditer(text, begin, draw.start()))
    if not given:
        return None
    name = given[-1][1]
    is_token = reading(name) == BARE_TOKEN and text.startswith(".toString(", draw.end())
    return (name, *given[-1].span(1)) if is_token or _is_secret(name) else None


def _of_function(
    text: str, heads: list[re.Match[str]], start: int, at: int, helpers: set[str]
) -> _Place | None:
    """The name of the function around a draw that gives a secret, and where it stands. One that
    says nothing of what its text is for is added to `helpers`."""
    given = list(_GIVEN.finditer(text, start, at))
    if given and _ASIDE.search(given[-1][1]):
        return None
    last = bisect_right(heads, at, key=lambda head: head.end())
    for head in reversed(heads[max(0, last - _MOST_HEADS) : last]):
        if at - head.start() > _FAR:
            break
        name = head[head.lastgroup or 0]
        body = text[head.end() : at]
        if not _goes_on(head[0], body):
            continue
        if _SECURE.search(body):
            return None
        if _gives_secret(name, text):
            return (name, *head.span(head.lastgroup or 0))
        if _HELPER.search(name):
            helpers.add(name)
    return None


def _goes_on(head: str, body: str) -> bool:
    """Whether a function, of which a part of the body follows its head, is not at its end there.
    It may be one of several before the place, in the last of which that stands."""
    depth = head.count("{") - head.count("}")
    opened = depth > 0
    for brace in _BRACE.findall(body):
        depth += 1 if brace == "{" else -1
        opened = opened or depth > 0
        if opened and depth <= 0:
            return False
    return depth > 0


def _gives_secret(name: str, text: str) -> bool:
    said = reading_of_function(name)
    if _FETCHES.match(name):
        return False
    if said in SECRETS:
        return said != BARE_TOKEN
    is_key = _KEY_MAKER.match(name) is not None and _OTHER_KEY.search(name) is None
    return is_key and _ENCRYPTS.search(text) is not None


def _end_of(text: str, at: int, lines: int) -> int:
    """Where the line ends that stands so many below a place, or the text that is looked at."""
    last = min(len(text), at + _LONGEST)
    for _ in range(lines + 1):
        found = text.find("\n", at + 1, last)
        if found < 0:
            return last
        at = found
    return at


def drawn(secret: _Place, by: str, place: Place, path: str, form: str) -> Resource:
    """A secret that the generator `by` makes: its `name`, and whether it `holds` a `code`, which is
    good for a while, or another `secret`."""
    name, begin, end = secret
    is_code = bool({CODE, BARE_TOKEN} & {reading(name), reading_of_function(name)})
    settings = {"name": name, "holds": "code" if is_code else "secret", "by": by}
    return found(form, KIND, name, settings, place(begin, end), path)
