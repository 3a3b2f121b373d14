"""Finds out by words in the text which configuration files a rule may concern; others are skipped.

A rule about `get_url` with `validate_certs: false` can only match in a file that contains both
words. Searching for words takes about a hundredth of the time of parsing YAML.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from keyaudit.configs.file_words import FileWords
from keyaudit.configs.required_words import required_words
from keyaudit.configs.search_patterns import searched_for
from keyaudit.core.patterns import regex
from keyaudit.core.text import as_utf8

# Forms of which each document of YAML or JSON may be one.
_STRUCTURED = ("kubernetes", "cloudformation", "arm", "ansible", "sops")
# Forms of files in which scripts stand, templates, and settings that no other form has.
_WITHIN = {
    **dict.fromkeys(
        ("structured", "ansible", "compose", "helm-values", "settings", "github-actions",
         "gitlab-ci", "circleci", "azure-pipelines", "bitbucket", "template"),
        ("shell", "settings"),
    ),
    # What a chart or a role ships is used as it is.
    **dict.fromkeys(("helm-values", "ansible"), ("shell", "settings", "defaults")),
    "dockerfile": ("shell",),
    "jenkinsfile": ("shell",),
    "hcl": ("shell",),
    "systemd": ("shell", "settings"),
    "makefile": ("shell",),
    "powershell": ("shell",),
    "lines": ("settings", "defaults"),
}  # fmt: skip
# A script within another file stands under a setting of such a name, or names its shell.
_SCRIPT = regex(
    rb"\b(?:run|scripts?|before_script|after_script|bash|shell|raw|cmd|commands?|inlineScript|runcmd"
    rb"|bootcmd|entrypoint|argv|args|sh|inline|test)\b[\"']?\s*[:=]|#!\s*/"
)
# The name of a file that a script, a ConfigMap or a machine's first start writes.
_FILES = regex(rb"[\w-]\.(?:conf|cfg|hcl|ya?ml|sh|cnf)\b|_config\b|\.tmpl\b")
_SECURED = regex(rb"(?i)ssl|tls|trust|verify|cipher")
# What a policy of an identity in a file of its own grants of keys and secrets.
_POLICY = regex(rb"\"(?:kms|secretsmanager|ssm):|\"\*\"")
# Forms whose kinds of resource stand in the text as they are.
_BY_KIND = frozenset({"kubernetes", "cloudformation", "arm", "ansible", "shell", "template"})
_OWN_KINDS = frozenset(
    {
        "Parameter",
        "Output",
        "SecretLiteral",
        "ConfigMapLiteral",
        "SecretFromFile",
        "ConfigMapFromFile",
        "play",
        "variables",
        "assignment",
    }
)
# Forms whose names are written otherwise than a reader has them: in capitals, or not at all.
_OTHERWISE = frozenset({"apache", "sshd", "ssh", "openvpn", "postgresql", "redis", "haproxy",
                        "dockerfile", "pg-hba", "shell", "powershell", "template", "page",
                        "sql"})  # fmt: skip
_PERHAPS = regex(r"^(\(\?i\))?(?:\(\?:(?:\\w[*+]|\.\*)?\[-_\.\]\)\?|\(\?:\\w\+_\)\?)")
_SECRET = regex(rb"(?i)pass|pwd|secret|token|key|cred")
# What stands in every playbook and list of tasks.
_PLAYS = (b"- name:", b"hosts:", b"- block:", b"tasks:")
_WORD = regex(r"[A-Za-z_][\w-]*")
# What an alternative may begin with any number of, for which a search need not ask.
_REPEATED = regex(r"(?<=[|:(])\[[^\]^]*\]\*")
_VERBATIM = frozenset({"kubernetes", "ansible"})
# Forms in which kinds are words of their own, and in which values stand as they are: none is put
# together from parts that stand in other places, or decoded.
_IN_WORDS = frozenset({"ansible", "shell"})
# What may be written in another way: `yes` for `true`, `0o600` for `384`.
_MANY_WAYS = frozenset({"true", "false", "yes", "off", "null", "none"})
_PASSWORD = frozenset({b"password"})
_SECRET_WORDS = frozenset({"pass", "pwd", "secret", "token", "key", "cred"})
# What makes a shell write what it does.
_TRACED = regex(rb"(?<!\w)-[a-z]{0,8}x|xtrace")
# What a path ends in for any entry, or an item by its number.
_WRITTEN = regex(r"options\.|\$module\.")
_LAST = regex(r"(?:(?:\A|\.)(?:\*+|-?\d+))+\Z")
_PLAIN = regex(r"[A-Za-z_.-][\w.-]{2,}", re.ASCII)

_NONE: frozenset[bytes] = frozenset()


class _Needle(NamedTuple):
    """What must stand in a document for one alternative: a kind, and a setting's name.

    `around` are settings of which one must be around it. Empty ones ask for nothing; `pattern` is
    that of the setting's name, `values` are those of values that must be there beside it. `said`
    are sets of words in small letters, of each of which one must be there.
    """

    kinds: frozenset[bytes]
    words: frozenset[bytes]
    around: frozenset[bytes]
    pattern: re.Pattern[bytes] | None
    values: tuple[re.Pattern[bytes], ...] = ()
    said: tuple[frozenset[bytes], ...] = ()


class Needles:
    """The words and patterns that a catalogue's `config` rules and models need, by format.

    `asked_by_form` maps a format to the parameters of its alternatives.
    """

    def __init__(self, asked_by_form: Mapping[str, Iterable[Mapping[str, Any]]]) -> None:
        self._needles: dict[str, list[_Needle]] = {}
        for form, listed in asked_by_form.items():
            for asked in listed:
                only = form == "settings" and list(asked["of"]) == ["defaults"]
                own = self._needles.setdefault("defaults" if only else form, [])
                own.append(_needle(form, asked))

    def concern(self, form: str, data: bytes) -> bool:
        """Whether a rule may match in a file of this format; if not, it need not be parsed."""
        if form == "python-stack":
            return True  # the libraries' names are the words
        if form == "bicep":
            # It is turned into a template; what is secret there, a decorator says.
            return b"@secure" in data or self._concern("arm", FileWords(data))
        if form == "structured" and b'"Statement"' in data and _POLICY.search(data):
            return True
        forms = _STRUCTURED if form == "structured" else (form,)
        inside = _WITHIN.get(form, ())
        if form not in (
            "dockerfile",
            "jenkinsfile",
            "systemd",
            "makefile",
            "powershell",
        ) and not _SCRIPT.search(data):
            inside = tuple(one for one in inside if one != "shell")
        forms = (*forms, *inside)
        if form == "settings" and b"services:" in data:
            forms = (*forms, "compose")
        if b"{{" in data:
            forms = (*forms, "template")
        text = FileWords(data)
        if any(self._concern(one, text) for one in forms):
            return True
        holds_files = form in ("structured", "shell", "ansible", "settings")
        return holds_files and bool(_FILES.search(data) and _SECURED.search(data))

    def _concern(self, form: str, text: FileWords) -> bool:
        if form == "ansible" and not any(word in text.data for word in _PLAYS):
            return False
        return any(_is_in(needle, form, text) for needle in self._needles.get(form, ()))


class Possible:
    """Which alternatives may match in a file, by the words in it. Only alternatives about commands
    and tasks, of which a file has hundreds, are told apart; any other may match."""

    def __init__(self, data: bytes) -> None:
        self._text = FileWords(as_utf8(data))
        self._known: dict[int, bool] = {}

    def may_match(self, asked: Mapping[str, Any]) -> bool:
        """Whether an alternative with these parameters may match; they must be kept alive."""
        form = asked["form"]
        if form not in _IN_WORDS:
            return True
        known = self._known.get(id(asked))
        if known is None:
            known = self._known[id(asked)] = _is_in(_needle_of(form, asked), form, self._text)
        return known


# By the parameters' id, which are kept beside.
_made: dict[int, tuple[Mapping[str, Any], _Needle]] = {}


def _needle_of(form: str, asked: Mapping[str, Any]) -> _Needle:
    known = _made.get(id(asked))
    if known is None or known[0] is not asked:
        known = _made[id(asked)] = asked, _needle(form, asked)
    return known[1]


def _is_in(needle: _Needle, form: str, text: FileWords) -> bool:
    """Whether all that a needle asks for is there; what is told soonest is looked at first."""
    data = text.data
    if not all(text.says(words) for words in needle.said):
        return False
    if needle.words and not any(word in data for word in needle.words):
        return False
    if form == "settings" and needle.around and not any(w in data for w in needle.around):
        return False
    if needle.kinds:
        if form in _IN_WORDS:
            if not text.names(needle.kinds):
                return False
        elif not any(kind in data for kind in needle.kinds):
            return False
    if needle.pattern is not None and not needle.pattern.search(data):
        return False
    return all(value.search(data) for value in needle.values)


def _needle(form: str, asked: Mapping[str, Any]) -> _Needle:
    kinds: frozenset[bytes] = frozenset()
    of = asked["of"]
    if form in _BY_KIND and not _OWN_KINDS & set(of):
        kinds = frozenset(kind.partition("*")[0].encode() for kind in of) - {b""}
    # Kinds of our own, which stand in no text: what does.
    if set(of) & {"SecretLiteral", "ConfigMapLiteral"}:
        return _Needle(frozenset({b"literals"}), _NONE, _NONE, _pattern(asked, form))
    if set(of) & {"SecretFromFile", "ConfigMapFromFile"}:
        return _Needle(frozenset({b"Generator:"}), _NONE, _NONE, None)
    if form == "template" and "variable" in of:
        return _Needle(frozenset({b"value: {{"}), _NONE, _NONE, None)
    if "password-lookup" in of:
        return _Needle(frozenset({b"lookup("}), _NONE, _NONE, None, said=(_PASSWORD,))
    can_be_missing = "missing" in asked or "or-missing" in asked or "path" not in asked
    words: set[bytes] = set()
    if not can_be_missing:
        paths = asked["path"]
        for path in [paths] if isinstance(paths, str) else paths:
            last = [part for part in path.split(".") if _WORD.fullmatch(part)]
            if not last:
                words.clear()
                break
            words.add(last[-1].encode())
    if form in _OTHERWISE:
        words.clear()
    values = _values(asked) if form in _VERBATIM else ()
    if any(one == {"path": "traced", "is": True} for one in asked.get("where", ())):
        values = (*values, _TRACED)
    said = tuple(_said(asked)) if form in _IN_WORDS else ()
    if form == "settings" and "matches" in asked:
        # Long words of a value stand in the text; short ones (`true`) may be written otherwise.
        of_value = required_words(asked["matches"])
        if of_value and of_value.isdisjoint(_MANY_WAYS):
            said = (frozenset(map(str.encode, of_value)),)
    pattern = _pattern(asked, form)
    if pattern is not None and (needed := required_words(pattern.pattern.decode())):
        said = (*said, frozenset(map(str.encode, needed)))
    return _Needle(kinds, frozenset(words), _around(asked), pattern, values, said)


def _said(asked: Mapping[str, Any]) -> Iterator[frozenset[bytes]]:
    """Of what an alternative asks for, the words of which one must stand in the file."""
    for condition in (*asked.get("where", ()), *asked.get("when", ()), asked):
        if condition.keys() & {"missing", "or-missing", "or-none"} or "path" not in condition:
            continue
        words = [required_words(condition[key]) for key in ("key", "matches") if key in condition]
        if condition.keys() & {"refers-to", "is-called", "key-called"}:
            words.append(_SECRET_WORDS)
        words.append(_listed(condition.get("in", ())))
        words.append(_named(condition["path"]))
        yield from (frozenset(map(str.encode, one)) for one in words if one)


def _listed(wanted: Iterable[object]) -> frozenset[str]:
    """The words of a list of which a value is one; none where one of them tells nothing."""
    words = [str(word).lower() for word in wanted]
    tells = all(_PLAIN.fullmatch(word) and word not in _MANY_WAYS for word in words)
    return frozenset(words) if tells else frozenset()


def _named(path: str | Sequence[str]) -> frozenset[str]:
    """The names of the settings that are asked for, if they stand in the text as they are: what a
    task tells its module, and the long options of a command."""
    names = []
    # Of `options.*` any option will do: what holds them is a name of our own.
    for one in [path] if isinstance(path, str) else path:
        written = _WRITTEN.match(one)
        if written is None:
            return frozenset()
        names.append(_LAST.sub("", one[written.end() :]).rpartition(".")[2])
    plain = all(map(_PLAIN.fullmatch, names))
    return frozenset(map(str.lower, names)) if plain else frozenset()


def _values(asked: Mapping[str, Any]) -> tuple[re.Pattern[bytes], ...]:
    """What values must match that stand in the text as they are: without anchors, and without what
    they must not match."""
    found = []
    for condition in asked.get("when", ()):
        matches = condition.get("matches")
        if not isinstance(matches, str) or set(condition) != {"path", "matches"}:
            continue
        bare = _REPEATED.sub("", _without_looks(matches))
        bare = re.sub(r"(?<!\\)[$]", "", bare.replace("^", ""))
        # What repeats without end would make the search a slow one.
        if "[^" in matches or re.search(r"(?<!\\)[*+]", bare):
            continue
        try:
            found.append(re.compile(bare.encode()))
        except re.error:
            continue
    return tuple(found)


def _around(asked: Mapping[str, Any]) -> frozenset[bytes]:
    """The settings of which one must be around what is looked at."""
    named = asked.get("each", ())
    paths = [named] if isinstance(named, str) else named
    last = [path.rpartition(".")[2] for path in paths]
    return frozenset(word.encode() for word in last) if all(map(_WORD.fullmatch, last)) else _NONE


def _pattern(asked: Mapping[str, Any], form: str) -> re.Pattern[bytes] | None:
    """What a setting's name must match, somewhere in a text: without anchors.

    Of settings that any name may have, what their value must match.
    """
    key = asked.get("key")
    if form == "settings" and (key is None or "beside" in asked):
        key = asked.get("matches", key)  # what a value is tells more than that it says where
    if key is None and "called" in asked and "path" not in asked:
        key = asked["called"]  # nothing but the resource's own name is asked for
    if key is None and asked.keys() & {"refers-to", "is-called", "key-called"}:
        return _SECRET
    if key is None:
        return None
    bare = re.sub(r"(?<!\\)[$]", "", _without_looks(key).replace("^", ""))
    # What may stand before a name or not is nothing to look for, and slow to.
    bare = _PERHAPS.sub(r"\1", bare)
    try:
        return re.compile(searched_for(bare).encode())
    except re.error:
        return None


def _without_looks(pattern: str) -> str:
    """A pattern that matches wherever the given one does, without its looks ahead and behind."""
    found = re.search(r"\(\?(?:!|=|<!|<=)", pattern)
    while found is not None:
        depth, at = 0, found.start()
        while at < len(pattern):
            if pattern[at] == "\\":
                at += 1
            elif pattern[at] == "(":
                depth += 1
            elif pattern[at] == ")":
                depth -= 1
                if not depth:
                    break
            at += 1
        pattern = pattern[: found.start()] + pattern[at + 1 :]
        found = re.search(r"\(\?(?:!|=|<!|<=)", pattern)
    return pattern
