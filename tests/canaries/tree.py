"""Makes a tree of files, one for each context, with canaries that are new every time."""

from __future__ import annotations

import base64
import random
import re
from dataclasses import dataclass, field
from pathlib import Path

from tests.canaries.alphabets import canary, token
from tests.canaries.contexts import CONTEXTS, Context

_PLACE = re.compile(r"\{\{|\}\}|\{(?P<what>[abcqt])\}")


@dataclass
class Planted:
    """What was written: the values, by what is secret of them, with the context of each."""

    values: dict[str, Context] = field(default_factory=dict)


def plant(folder: Path, source: random.Random) -> Planted:
    """Writes one file a context below a folder."""
    planted = Planted()
    for number, context in enumerate(CONTEXTS):
        place = folder / f"c{number:03}" / context.file
        place.parent.mkdir(parents=True)
        place.write_text(filled(context, source, planted), "utf-8")
    return planted


def filled(context: Context, source: random.Random, planted: Planted) -> str:
    """A context's text with values in its places, which `planted` gets."""

    def value(found: re.Match[str]) -> str:
        what = found["what"]
        if what is None:
            return found[0][0]
        if what == "t":
            text, secret = token(source)
            planted.values[secret] = context
            return text
        text = canary(source)
        if what == "q":
            text = re.sub(r"[\"'`\\{}\n]", "x", text)
        planted.values[text] = context
        return _written(text, source)

    return _PLACE.sub(value, context.text)


def _written(text: str, source: random.Random) -> str:
    """Mostly as it is; sometimes in base64 or hexadecimal."""
    form = source.randrange(12)
    if form == 0:
        return base64.b64encode(text.encode()).decode()
    return text.encode().hex() if form == 1 else text
