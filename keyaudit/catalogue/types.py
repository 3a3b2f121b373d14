"""The catalogue's types: the content of checked rule, model, token and policy files."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from keyaudit.core.levels import Confidence, Severity, Stage

# Named tuples: to make a dozen data classes took a tenth of the scan of a small file.
_NOTHING: Mapping[str, Any] = MappingProxyType({})
_NO_WORDS: Mapping[str, frozenset[str]] = MappingProxyType({})


class Example(NamedTuple):
    """An example of a rule: a whole file `text` at `path`, and other `files` by path.

    A bad one marks the lines to report with `# finding`. `policy` names the policy that applies.
    `fixed` are the files that the rule's fix changes, by path, as it leaves them; empty: no fix.
    """

    bad: bool
    text: str
    path: str
    files: Mapping[str, str] = _NOTHING
    policy: str = "default"
    fixed: Mapping[str, str] = _NOTHING


class FixKind(NamedTuple):
    """A way to fix a rule's findings; `kind` is a module of `keyaudit.fixes.kinds`.

    `applicability` is `safe` (data and peers stay as they are) or `migrating`. `leaves` are the ids
    of less serious rules that may report the fixed code. `safety` is the text on the rule's page on
    what the fix keeps and when it declines.
    """

    kind: str
    applicability: str
    safety: str
    leaves: frozenset[str] = frozenset()
    options: Mapping[str, Any] = _NOTHING


class Match(NamedTuple):
    """One alternative of a rule's match: its kind, and the parameters of that kind."""

    kind: str
    parameters: Mapping[str, Any]


class Rule(NamedTuple):
    """One rule. `standards` maps `cwe` to numbers, and other bodies to sections, all as text.

    `once`: a finding is about the whole project, and is reported once with all places.
    """

    id: str
    name: str
    stage: Stage
    severity: Severity
    confidence: Confidence
    standards: Mapping[str, tuple[str, ...]]
    message: str
    matches: tuple[Match, ...]
    why: str
    remedy: str
    examples: tuple[Example, ...] = ()
    file: str = ""
    once: bool = False
    fixes: tuple[FixKind, ...] = ()

    def tells_of(self, fault: str) -> bool:
        """Whether the rule reports key material with this fault (`material: {fault: …}`)."""
        return any(match.parameters.get("fault") == fault for match in self.matches)

    @property
    def remedy_line(self) -> str:
        """The first line of the remedy, which is its first sentence."""
        return self.remedy.strip().split("\n", 1)[0]


class CallModel(NamedTuple):
    """What is known of a function or class that is called.

    `parameters` maps names to roles (None: no role), in order; those from index `keyword_only` on
    can only be given by keyword. `returns` describes the result, with keys such as type, origin,
    bytes and bits (see docs/writing-rules.md).
    """

    name: str
    kinds: frozenset[str] = frozenset()
    parameters: Mapping[str, str | None] = _NOTHING
    keyword_only: int = 1000
    defaults: Mapping[str, Any] = _NOTHING
    constants: Mapping[str, Any] = _NOTHING
    returns: Mapping[str, Any] = _NOTHING
    feeds: tuple[str, ...] = ()
    # Kinds that the call has only where a parameter is passed: `yaml.dump` without a stream writes
    # no file.
    given: Mapping[str, str] = _NOTHING


class AssignmentSink(NamedTuple):
    """A variable, attribute or item that has a role by its name.

    See `assignments` in docs/writing-rules.md.
    """

    name: str
    on: str
    role: str
    of: str | None = None
    imports: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    kinds: frozenset[str] = frozenset()
    called: str | None = None
    holder: str | None = None
    beside: tuple[str, ...] = ()

    @property
    def announced_by(self) -> tuple[str, ...]:
        """Words of which each file contains one in which the sink matters; empty: any file."""
        return self.imports or ((self.of.split(".")[0],) if self.of else ())


class Receiver(NamedTuple):
    """The type of an object of unknown origin whose name matches the pattern `name`.

    With `messages`, only where a message is passed to it.
    """

    name: str
    type: str
    messages: bool = False


class Models(NamedTuple):
    """All model files merged; `configurations` are as the files write them.

    `words` are the kinds of call that a word of a file stands for.
    """

    modules: frozenset[str]
    aliases: Mapping[str, str]
    symbols: Mapping[str, str]
    calls: Mapping[str, CallModel]
    attributes: Mapping[str, Mapping[str, Any]]
    assignments: tuple[AssignmentSink, ...]
    configurations: tuple[Mapping[str, Any], ...] = ()
    receivers: tuple[Receiver, ...] = ()
    words: Mapping[str, frozenset[str]] = _NO_WORDS


class Limit(NamedTuple):
    """A limit of a policy: a number, or a mapping of names to numbers, with its source."""

    value: Any
    source: str


class Policy(NamedTuple):
    """A named set of limits; `limits` maps dotted paths (`pbkdf2.iterations`) to limits."""

    name: str
    title: str
    limits: Mapping[str, Limit]


class TokenKind(NamedTuple):
    """A kind of token: how it is recognized, what it opens, and where or how to revoke it.

    `names` are beginnings of the name before the value; empty if its form alone is enough. `triage`
    is the pattern for triage, "" with `names`; `check` names a check of the token's structure, or
    is "". `generic`: more specific kinds come first. `example` is a pattern to generate examples
    from, or ""; `source` is where the issuer describes the form, or "". `private_key`: it is the
    private half of a key pair.
    """

    id: str
    title: str
    vendor: str
    pattern: str
    triage: str
    names: tuple[str, ...]
    check: str
    severity: Severity
    confidence: Confidence
    opens: str
    revoke: str
    generic: bool
    example: str
    source: str
    private_key: bool
    file: str


class Catalogue(NamedTuple):
    """All rules and kinds of tokens by id, the models, and the policies by name.

    `digest` changes whenever one of the files changes.
    """

    rules: Mapping[str, Rule]
    models: Models
    policies: Mapping[str, Policy]
    digest: str
    tokens: Mapping[str, TokenKind] = _NOTHING
