"""The catalogue's types: what a rule, a model and a policy file say, once checked."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from keyaudit.core.levels import Confidence, Severity, Stage

# Named tuples: to make a dozen data classes took a tenth of the scan of a small file.
_NOTHING: Mapping[str, Any] = MappingProxyType({})


class Example(NamedTuple):
    """`text` is a whole file at `path`; a bad one marks its lines with `# finding`.

    `policy` names the policy whose limits it is read under. `fixed` are the files, by path, that
    its fix changes, as it leaves them; empty: there is no fix.
    """

    bad: bool
    text: str
    path: str
    files: Mapping[str, str] = _NOTHING
    policy: str = "default"
    fixed: Mapping[str, str] = _NOTHING


class FixKind(NamedTuple):
    """A way to mend a rule's findings: `kind` is a module of `keyaudit.fixes.kinds`.

    `applicability`: `safe` (data and peers stay as they are) or `migrating`. `leaves` are rules of
    which the mended code may have a finding, in place of the worse one. `safety` says on the rule's
    page what the fix keeps, and when it declines.
    """

    kind: str
    applicability: str
    safety: str
    leaves: frozenset[str] = frozenset()
    options: Mapping[str, Any] = _NOTHING


class Match(NamedTuple):
    """One alternative of a rule's match: its kind and that kind's parameters."""

    kind: str
    parameters: Mapping[str, Any]


class Rule(NamedTuple):
    """One rule. `standards` maps `cwe` to numbers, other bodies to sections.

    `once`: what it finds is a lack of the whole project, and told once with all places.
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
        """Whether it reports key material with a fault, one of `material: {fault: …}`."""
        return any(match.parameters.get("fault") == fault for match in self.matches)

    @property
    def remedy_line(self) -> str:
        """The first sentence of the remedy, for one-line places."""
        return self.remedy.strip().split("\n", 1)[0]


class CallModel(NamedTuple):
    """What is known of one call. `parameters` maps names to roles (None: no role), in order.

    Those from index `keyword_only` on cannot be given by position. `returns` has any of the
    keys type, origin, bytes, bits, hex, passes, hash, fields (see docs/writing-rules.md).
    """

    name: str
    kinds: frozenset[str] = frozenset()
    parameters: Mapping[str, str | None] = _NOTHING
    keyword_only: int = 1000
    defaults: Mapping[str, Any] = _NOTHING
    constants: Mapping[str, Any] = _NOTHING
    returns: Mapping[str, Any] = _NOTHING
    feeds: tuple[str, ...] = ()


class AssignmentSink(NamedTuple):
    """A place that plays a role by its name (see docs/writing-rules.md, `assignments`)."""

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
        """Words of which one stands in every file the sink matters in; empty: any file."""
        return self.imports or ((self.of.split(".")[0],) if self.of else ())


class Receiver(NamedTuple):
    """An object of unknown origin that goes by a name which matches `name` is of this `type`;
    with `messages` only where it is told a message."""

    name: str
    type: str
    messages: bool = False


class Models(NamedTuple):
    """Every model file, merged. `configurations` are as the files say them."""

    modules: frozenset[str]
    aliases: Mapping[str, str]
    symbols: Mapping[str, str]
    calls: Mapping[str, CallModel]
    attributes: Mapping[str, Mapping[str, Any]]
    assignments: tuple[AssignmentSink, ...]
    configurations: tuple[Mapping[str, Any], ...] = ()
    receivers: tuple[Receiver, ...] = ()


class Limit(NamedTuple):
    """A policy's limit: a number, or a mapping of names to numbers, and where it comes from."""

    value: Any
    source: str


class Policy(NamedTuple):
    """A named set of limits by dotted path."""

    name: str
    title: str
    limits: Mapping[str, Limit]


class TokenKind(NamedTuple):
    """A kind of token: how it is told, what it `opens`, where or how to `revoke` it.

    `names` are what the name before it must begin with; without them the form alone tells it.
    `triage` is what triage looks for, "" with `names`; `check` names a check of its structure or
    is ""; `generic` says that a more exact kind goes before; `example` is a pattern to make
    examples by, or ""; `source` is where its issuer describes the form, or "". `private_key`: it is
    the private half of a pair of keys.
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
    """Rules and kinds of tokens by id, models, policies by name.

    `digest` changes whenever any file does.
    """

    rules: Mapping[str, Rule]
    models: Models
    policies: Mapping[str, Policy]
    digest: str
    tokens: Mapping[str, TokenKind] = _NOTHING
