"""Recognizes constants that a MAC takes in place of a key and that are public labels.

BIP-32, SLIP-0010 and BOLT 4 derive keys by a MAC whose key is a public word that says what for, and
whose data is the secret (as HKDF does with its salt, RFC 5869 section 2.2).
"""

from __future__ import annotations

import re

from keyaudit.code.matching.context import Context
from keyaudit.code.matching.modelled_calls import Use
from keyaudit.code.matching.related import identifiers_in
from keyaudit.code.provenance.origin import Origin
from keyaudit.core.patterns import regex

# Words, as a label has them; a key that people make up is mostly no such thing.
_WORDS = regex(r"[A-Za-z][A-Za-z0-9]*(?:[ _.:/-]?[A-Za-z0-9]+){0,7}")
_SAYS_WHAT_FOR = regex(r"\bseed\b|\blabel\b|\bdomain\b|\bderiv", re.IGNORECASE)
# A sentence that says what is done, and calls nothing a secret, as in Tor's control protocol:
# "Tor safe cookie authentication controller-to-server hash" (control-spec, section 3.24).
_SENTENCE = regex(
    r"(?!.*(?:secret|pass|private|change))(?:\S+ ){3,}\S+(?<=hash|tion|hake|ment)", re.IGNORECASE
)
_SECRET = regex(
    r"(?:^|_)(?:seed|secret|entropy|mnemonic|ikm|prk|input_key|key_material|priv(?:ate)?_?key"
    r"|master_?key|root_?key)(?:_?bytes)?$",
    re.IGNORECASE,
)
_PEPPER = regex("pepper", re.IGNORECASE)


def is_label(context: Context, use: Use | None, origin: Origin) -> bool:
    """Whether a literal that is the key of a MAC is a public label, the secret being the data."""
    if use is None or origin.kind != "literal" or "hmac" not in use.model.kinds:
        return False
    value = origin.value
    text = value.decode("latin-1") if isinstance(value, bytes | bytearray) else value
    if not isinstance(text, str) or not _WORDS.fullmatch(text):
        return False
    if any(_PEPPER.search(name) for name in origin.names):
        return False
    if _SAYS_WHAT_FOR.search(text) or _SENTENCE.fullmatch(text):
        return True
    for _, expr in use.arguments.get("plaintext", ()):
        names = set(identifiers_in(expr, use.scope))
        for data in context.resolver.origins(expr, use.scope, None):
            if origin.is_compatible(data):
                names |= data.names
        if any(_SECRET.search(name) for name in names):
            return True
    return False
