"""Loading: what is found where, how files merge, and that the cache is never wrong."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from keyaudit import catalogue
from keyaudit.catalogue import compiled
from keyaudit.catalogue.types import Catalogue
from keyaudit.core.errors import KeyauditError
from keyaudit.core.levels import Severity, Stage

from .support import MODEL, POLICY, RULE, line_of, write


def test_shipped_rules_and_models() -> None:
    shipped = catalogue.load()
    assert "boto3.kms.generate_data_key" in shipped.models.calls
    assert all(rule_id == rule.id for rule_id, rule in shipped.rules.items())
    assert "default" in shipped.policies


@pytest.mark.usefixtures("small_shipped")
def test_a_folder_of_rules(tmp_path: Path) -> None:
    write(tmp_path, {"ours/deep/rule.yaml": RULE, "models/a.yaml": MODEL, "policies/p.yml": POLICY,
                     "README.md": "no rule", ".hidden/x.yaml": "no rule"})  # fmt: skip
    loaded = catalogue.load([tmp_path])
    rule = loaded.rules["ACME101"]
    assert (rule.stage, rule.severity) == (Stage.GENERATION, Severity.HIGH)
    assert rule.file == f"{tmp_path}/ours/deep/rule.yaml"
    assert rule.standards == {"cwe": ("338",), "nist": ("SP 800-133 4",)}
    assert rule.remedy_line == "Throw no dice."
    assert [(e.bad, e.path) for e in rule.examples] == [(True, "example.py"), (False, "example.py")]
    call = loaded.models.calls["acme.seal"]
    assert list(call.parameters) == ["key", "nonce", "data", "size"]
    assert call.keyword_only == 3
    assert "acme" in loaded.models.modules
    assert loaded.policies["acme"].limits["acme.bytes"].value == 32
    assert loaded.policies["acme"].limits.keys() > loaded.policies["default"].limits.keys()


@pytest.mark.usefixtures("small_shipped")
def test_alternatives_and_short_forms(tmp_path: Path) -> None:
    match = "match:\n  - wipe: rebinding\n  - handler: {kinds: [kms-decrypt]}\n"
    head, tail = RULE.split("match:\n")
    text = head + match + tail.split("\n", 1)[1]
    text = text.replace("{call} takes a key of {value} bytes; {limit} are needed", "{name}")
    rule = catalogue.load([write(tmp_path, {"rule.yaml": text})]).rules["ACME101"]
    assert [(match.kind, match.parameters) for match in rule.matches] == [
        ("wipe", {"fault": "rebinding"}), ("handler", {"kinds": ["kms-decrypt"]}),
    ]  # fmt: skip


@pytest.mark.usefixtures("small_shipped")
def test_an_id_stands_once(tmp_path: Path) -> None:
    other = RULE.replace("key-from-dice", "other-name")
    write(tmp_path, {"a.yaml": RULE, "b.yaml": other})
    with pytest.raises(KeyauditError) as caught:
        catalogue.load([tmp_path])
    assert caught.value.where == f"{tmp_path}/b.yaml:1"
    assert f"ACME101 is the id of {tmp_path}/a.yaml:1" in caught.value.what


@pytest.mark.usefixtures("small_shipped")
def test_a_shipped_rule_is_not_overridden(tmp_path: Path) -> None:
    write(tmp_path, {"a.yaml": RULE.replace("ACME101", "KA101")})
    with pytest.raises(KeyauditError) as caught:
        catalogue.load([tmp_path])
    assert "KA101 is the id of rules/generation/KA101-shipped.yaml:1 as well" in caught.value.what


@pytest.mark.usefixtures("small_shipped")
def test_models_that_agree_merge(tmp_path: Path) -> None:
    more = MODEL.replace("modules: [acme]", "modules: [acme, acme2]")
    loaded = catalogue.load([write(tmp_path, {"models/a.yaml": MODEL, "models/b.yaml": more})])
    assert {"acme", "acme2"} <= loaded.models.modules


@pytest.mark.usefixtures("small_shipped")
def test_models_that_differ_do_not(tmp_path: Path) -> None:
    other = MODEL.replace("nonce: nonce", "nonce: ~")
    write(tmp_path, {"models/a.yaml": MODEL, "models/b.yaml": other})
    with pytest.raises(KeyauditError) as caught:
        catalogue.load([tmp_path])
    line = line_of(MODEL, "acme.seal:")
    assert caught.value.where == f"{tmp_path}/models/b.yaml:{line}"
    assert f"{tmp_path}/models/a.yaml:{line}" in caught.value.what


@pytest.mark.usefixtures("small_shipped")
def test_policies_extend(tmp_path: Path) -> None:
    base = POLICY.replace("extends: default\n", "").replace("value: 32", "value: {a: 1, b: 2}")
    more = POLICY.replace("name: acme", "name: strict").replace("extends: default", "extends: acme")
    more = more.replace("value: 32", "value: {b: 3}")
    loaded = catalogue.load([write(tmp_path, {"policies/a.yaml": more, "policies/b.yaml": base})])
    assert loaded.policies["strict"].limits["acme.bytes"].value == {"a": 1, "b": 3}
    assert loaded.policies["acme"].limits["acme.bytes"].value == {"a": 1, "b": 2}


def test_the_shipped_folder_may_be_named(tmp_path: Path) -> None:
    assert catalogue.load([catalogue.rules_folder()]).rules == catalogue.load().rules


# -- the cache


def _load(folder: Path, cache: Path) -> Catalogue:
    return catalogue.load([folder], cache_folder=cache)


def _cached(cache: Path) -> list[Path]:
    return sorted(cache.iterdir())


@pytest.mark.usefixtures("small_shipped")
def test_cached_and_fresh_are_equal(tmp_path: Path) -> None:
    rules = write(tmp_path / "rules", {"a.yaml": RULE, "models/a.yaml": MODEL})
    fresh = catalogue.load([rules])
    first = _load(rules, tmp_path / "cache")
    second = _load(rules, tmp_path / "cache")
    assert len(_cached(tmp_path / "cache")) == 1
    for field in Catalogue._fields:
        assert getattr(first, field) == getattr(second, field) == getattr(fresh, field)


@pytest.mark.usefixtures("small_shipped")
def test_a_change_is_seen(tmp_path: Path) -> None:
    rules, cache = write(tmp_path / "rules", {"a.yaml": RULE}), tmp_path / "cache"
    first = _load(rules, cache)
    times = (rules / "a.yaml").stat()
    # Same length, same times: only the content tells.
    (rules / "a.yaml").write_text(RULE.replace("severity: high", "severity: note"))
    os.utime(rules / "a.yaml", ns=(times.st_atime_ns, times.st_mtime_ns))
    second = _load(rules, cache)
    assert second.rules["ACME101"].severity is Severity.NOTE
    assert first.digest != second.digest


@pytest.mark.usefixtures("small_shipped")
def test_an_error_is_not_cached(tmp_path: Path) -> None:
    rules, cache = write(tmp_path / "rules", {"a.yaml": "id: 1\n"}), tmp_path / "cache"
    for _ in range(2):
        with pytest.raises(KeyauditError):
            _load(rules, cache)


@pytest.mark.usefixtures("small_shipped")
@pytest.mark.parametrize("damage", ["truncate", "flip", "empty", "garbage"])
def test_a_damaged_cache_is_made_anew(tmp_path: Path, damage: str) -> None:
    rules, cache = write(tmp_path / "rules", {"a.yaml": RULE}), tmp_path / "cache"
    first = _load(rules, cache)
    (file,) = _cached(cache)
    whole = file.read_bytes()
    middle = len(whole) // 2
    file.write_bytes({
        "truncate": whole[:middle], "empty": b"", "garbage": b"\0" * 99,
        "flip": whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :],
    }[damage])  # fmt: skip
    assert _load(rules, cache).rules == first.rules
    assert _cached(cache) == [file]
    assert file.read_bytes() == whole


@pytest.mark.usefixtures("small_shipped")
def test_a_cache_that_cannot_be_written_does_no_harm(tmp_path: Path) -> None:
    rules = write(tmp_path / "rules", {"a.yaml": RULE})
    (tmp_path / "cache").write_text("a file where the folder should be")
    assert "ACME101" in _load(rules, tmp_path / "cache").rules


def test_old_caches_are_dropped(tmp_path: Path) -> None:
    for number in range(20):
        compiled.write(tmp_path, f"{number:040}", {"rules": []})
    assert 0 < len(_cached(tmp_path)) < 10
    assert compiled.read(tmp_path, f"{19:040}") == {"rules": []}


def test_a_warm_load_imports_no_yaml(tmp_path: Path) -> None:
    catalogue.load(cache_folder=tmp_path)
    program = (
        "import sys, pathlib; from keyaudit import catalogue;"
        "catalogue.load(cache_folder=pathlib.Path(sys.argv[1]));"
        "print(sorted({'yaml', 'jsonschema', 'libcst', 'tempfile'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)],
                          capture_output=True, text=True, check=True)  # fmt: skip
    assert done.stdout.strip() == "[]"
