"""Makes a tree of files, one for each context, with canaries that are new every time."""

from __future__ import annotations

import base64
import io
import random
import re
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from tests.canaries.alphabets import canary, token
from tests.canaries.contexts import CONTEXTS, Context
from tests.canaries.material import FORMS, key, secrets_of

_PLACE = re.compile(r"\{\{|\}\}|\{(?P<what>[abcqt])\}")


@dataclass
class Planted:
    """What was written: the values, by what is secret of them, with the context of each."""

    values: dict[str, Context] = field(default_factory=dict)


def plant(folder: Path, source: random.Random, *, packed: bool = True) -> Planted:
    """Writes one file a context below a folder, and one a form of a key.

    `packed`: some of the files are in UTF-16, or stand in an archive.
    """
    planted = Planted()
    texts = [(context.file, filled(context, source, planted)) for context in CONTEXTS]
    for file, form in FORMS:
        made = key(source)
        text = form(made)
        planted.values.update(dict.fromkeys(secrets_of(made), Context(file, text)))
        texts.append((file, text))
    for number, (file, text) in enumerate(texts):
        place = folder / f"c{number:03}" / file
        place.parent.mkdir(parents=True)
        way = source.randrange(16) if packed else 0
        if way == 1:
            place.write_text(text, "utf-16")
        elif way == 2:
            place.write_bytes(text.encode("utf-16-be"))
        elif way == 3:
            place.with_name(f"{place.name}.zip").write_bytes(_zipped(file, text))
        else:
            place.write_text(text, "utf-8")
    return planted


def _zipped(name: str, text: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, text)
    return packed.getvalue()


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
