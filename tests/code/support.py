"""A small catalogue of one sink, and a way to ask where its argument comes from."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import dedent

from keyaudit.catalogue.types import CallModel, Catalogue, Limit, Match, Models, Policy, Rule
from keyaudit.code.matching.modelled_calls import uses_in
from keyaudit.code.matching.sinks import sinks_of_use
from keyaudit.code.provenance.memoizing_resolver import MemoizingResolver
from keyaudit.code.provenance.origin import Origin
from keyaudit.code.semantics.module import SourceModule
from keyaudit.code.semantics.module_resolver import Program, module_name
from keyaudit.code.semantics.scopes import nested_scopes
from keyaudit.core.levels import Confidence, Severity, Stage


def model(name: str, roles: Mapping[str, str | None] | None = None, **more: object) -> CallModel:
    """A call model with parameters by role."""
    return CallModel(name, parameters=dict(roles or {}), **more)  # type: ignore[arg-type]


_CALLS = [
    model("lib.use", {"key": "key"}),
    model("lib.Box", {"key": "key"}),
    model("lib.Box.seal", {"nonce": "nonce"}),
    model("lib.Chest.draw", returns={"origin": "key"}),
    model("lib.pair", returns={"fields": {"0": {"origin": "public-key"}, "1": {"origin": "key"}}}),
    model("lib.Reader.__call__", {"name": None}, returns={"origin": "environment"}),
    model("random.random", returns={"origin": "weak-random"}),
    model("random.choice", returns={"origin": "weak-random"}),
    model("random.getrandbits", returns={"origin": "weak-random"}),
    model("os.urandom", {"size": "length"}, returns={"origin": "strong-random", "bytes": "size"}),
    model("secrets.token_bytes", {"n": None}, returns={"origin": "strong-random", "bytes": "n"}),
    model("time.time", returns={"origin": "clock"}),
    model("os.getenv", {"key": None, "default": None},
          returns={"origin": "environment", "passes": ["default"]}),
    model("os.environ.get", {"key": None, "default": None},
          returns={"origin": "environment", "passes": ["default"]}),
    model("hashlib.md5", {"string": None}, returns={"hash": ["string"], "type": "hashlib.HASH"}),
    model("hashlib.HASH.digest", returns={"passes": ["receiver"]}),
    model("hashlib.HASH.hexdigest", returns={"passes": ["receiver"]}),
    model("binascii.unhexlify", {"data": None}, returns={"passes": ["data"]}),
    model("base64.b64decode", {"s": None}, returns={"passes": ["s"]}),
    model("builtins.bytes", {"source": None}, returns={"passes": ["source"]}),
    model("builtins.bytearray", {"source": None}, returns={"passes": ["source"]}),
    model("builtins.str", {"object": None}, returns={"passes": ["object"]}),
    model("boto.client", {"name": None}, returns={"type": "boto.{name}"}),
    model("boto.kms.data_key", returns={"fields": {"Plaintext": {"origin": "key"}}}),
]  # fmt: skip

MODELS = Models(
    modules=frozenset({"lib", "boto"}),
    aliases={"libex": "lib"},
    symbols={"lib.MODE_ECB": "ecb"},
    calls={call.name: call for call in _CALLS},
    attributes={"os.environ": {"origin": "environment"}},
    assignments=(),
)


def rule(rule_id: str, kind: str, **parameters: object) -> Rule:
    """A rule of one match."""
    return Rule(rule_id, rule_id.lower(), Stage.STORAGE, Severity.HIGH, Confidence.HIGH, {},
                "{origin} as {role} of {call}", (Match(kind, parameters),), "", "")  # fmt: skip


CATALOGUE = Catalogue(
    rules={
        "T1": rule("T1", "flow", **{"from": ["literal"], "to": ["key"]}),
        "T2": rule("T2", "flow", **{"from": ["literal"], "to": ["nonce"]}),
    },
    models=MODELS,
    policies={"default": Policy("default", "", {"none": Limit(0, "")})},
    digest="test",
)


class Files:
    """Other files of the tree."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self._files = {path: dedent(text).encode() for path, text in files.items()}

    def read(self, path: str) -> bytes | None:
        return self._files.get(path)

    def names(self, folder: str) -> list[str]:
        head = f"{folder}/" if folder else ""
        inside = (path[len(head) :] for path in self._files if path.startswith(head))
        return sorted(name for name in inside if "/" not in name)


def origins_of(
    source: str, files: Mapping[str, str] | None = None, *, path: str = "app.py", role: str = "key"
) -> list[Origin]:
    """The origins of every argument at `role` in the source, in order."""
    module = SourceModule(path, module_name(path), dedent(source).encode())
    program = Program(Files(files or {}), MODELS.modules)
    program.add(module)
    resolver = MemoizingResolver(program, MODELS)
    found: list[Origin] = []
    for number in range(len(module.pieces)):
        for scope in nested_scopes(module.scope(number)):
            for use in uses_in(resolver, scope):
                for sink in sinks_of_use(use):
                    if sink.role == role:
                        found += resolver.origins(sink.value, scope, None)
    assert not module.errors
    return found


def summary(origins: list[Origin]) -> list[object]:
    """Literals by value, everything else by kind; sorted, without repeats."""
    shown = {o.value if o.kind == "literal" else o.kind for o in origins}
    return sorted(shown, key=repr)
