"""Which variables hold what is sent or received as a whole, by the text of a function or file."""

from __future__ import annotations

import re

from keyaudit.core.patterns import regex

# What says that logins or keys go over the wire here: the path of a file, or a word in it.
TAKES_LOGINS = regex(
    r"(?i)\A[^\n]*(?:kmip|vault|ssh|ldap|smtp|imap|keystore|hsm|login|keyserver)"
    r"|\b(?:password|passphrase|private_?key|secret_?key|invoke_shell|paramiko)\b"
)
# What a protocol of asyncio or Twisted, or a WebSocket of ws4py, is given all that comes by.
GIVEN_ALL = frozenset({"data_received", "datagram_received", "dataReceived", "datagramReceived",
                       "received_message"})  # fmt: skip
_PARAMETER = regex(rf"def[ \t]+(?:{'|'.join(sorted(GIVEN_ALL))})\(self,[ \t]*(\w+)")
_RECEIVED = regex(
    r"(?m)^[ \t]*(\w+)[ \t]*=[ \t]*[^\n=]*\b\w*(?:recv|receive)\w*\((?![ \t]*\d{1,2}[ \t]*\))"
)
# An argument with a name is one of a signal within the program: `deleted.send(uuid=uuid)`.
_SENT = regex(
    r"\.(?:sendall|send|write_message|send_message|sendto)\([ \t]*(?:bytes\()?(\w+)\b(?![ \t]*=)"
)
_MADE_OF = (
    r"(?m)^[ \t]*(\w+)[ \t]*=[ \t]*(?:[\w.]*\.)?(?:bytes|bytearray|\w*Stream"
    r"|\w*Buffer)\([^)\n]*\b(?:{})\b"
)
_GROWN = r"(?m)^[ \t]*(\w+)[ \t]*\+=[ \t]*(?:{})\b"
_NOT_MEANT = frozenset({"self", "None", "b", "f", "json", "str", "bytes"})
# What is read apart from the rest, or says something about it.
_ASIDE = regex(
    r"(?i)addr|domain|host|port$|len|size|count|ver(?:sion)?$|type|status|^n$|_id$|uuid$"
)
_MOST = 16
_CRYPTED = regex(
    r"\b(\w+)[ \t]*=[ \t]*[^\n=]{0,60}\bdecrypt\w*\(|\bencrypt\w*\([ \t]*(\w+)[ \t]*\)"
)


def names_on_the_wire(text: str) -> set[str]:
    """The variables that are given what was received, or are sent."""
    found = {*_RECEIVED.findall(text), *_SENT.findall(text)}
    received = sorted(found)[:_MOST]
    if received:
        any_of = "|".join(map(re.escape, received))
        found |= {name for form in (_MADE_OF, _GROWN)
                  for name in re.findall(form.format(any_of), text)}  # fmt: skip
    found = {name for name in found if not (name in _NOT_MEANT or _ASIDE.search(name))}
    return set(sorted(found)[: 2 * _MOST])


def holders(text: str) -> set[str]:
    """Those of a whole file, where it takes logins or keys, and those that hold what is decrypted
    or encrypted; the path is not asked."""
    crypted = {name for pair in _CRYPTED.findall(text) for name in pair if name}
    crypted = set(sorted(crypted - _NOT_MEANT)[:_MOST]) if "crypt" in text else set()
    return crypted | _on_the_wire(text)


def _on_the_wire(text: str) -> set[str]:
    if not any(word in text for word in ("recv", "sendall(", "write_message(", "on_message",
                                         "eceived")):  # fmt: skip
        return set()
    found = names_on_the_wire(text) | set(_PARAMETER.findall(text))
    return found | {"message"} if "on_message" in text else found
