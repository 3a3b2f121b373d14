"""What the fuzzer begins with: whole documents of every kind that an analyzer reads, by name."""

from __future__ import annotations

import json
import random
from functools import cache

from cryptography.hazmat.primitives.serialization import Encoding

from tests.caches import shipped
from tests.canaries.contexts import CONTEXTS
from tests.canaries.tree import Planted, filled
from tests.material import keys

_JWK = {"kty": "oct", "k": "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4h"}
_YAML = """\
%YAML 1.1
---
apiVersion: v1
kind: Secret
metadata: {name: a, labels: {app: b}}
data: &data
  password: !!binary eDhGazJMcTladDdWYjNOdw==
  ? token
  : "x8Fk2Lq9Zt7Vb3Nw"
  <<: *data
stringData:
  key: |
    x8Fk2Lq9Zt7Vb3Nw
  secrets: [{password: x8Fk2Lq9Zt7Vb3Nw}, 'x8Fk2Lq9Zt7Vb3Nw', "a\\
    b"]
  api_key: >-
    x8Fk2Lq9
    Zt7Vb3Nw
...
"""
_INI = "[main]\npassword = x8Fk2Lq9Zt7Vb3Nw\n  more\n; note\n[b]\ntoken: x8Fk2Lq9Zt7Vb3Nw\nempty\n"
_TOML = '[a]\npassword = "x8Fk2Lq9Zt7Vb3Nw"\nkeys = ["x8Fk2Lq9Zt7Vb3Nw", """a\n"""]\n[[b]]\nc = 1\n'
_NOTEBOOK = {
    "cells": [
        {
            "cell_type": "code",
            "source": ["import jwt\n", "jwt.encode({}, 'x8Fk2Lq9Zt7Vb3Nw')"],
            "outputs": [{"text": ["token x8Fk2Lq9Zt7Vb3Nw"]}],
        },
        {"cell_type": "markdown", "source": "password: x8Fk2Lq9Zt7Vb3Nw"},
    ],
    "nbformat": 4,
}


@cache
def binaries() -> dict[str, bytes]:
    """Keys, key stores and certificates in DER and in forms of their own."""
    return {
        "rsa.der": keys.private("rsa", der=True),
        "sealed.der": keys.private("ed25519", encrypted=True, der=True),
        "ec.der": keys.private("ec", der=True),
        "certificate.der": keys.written(keys.certificate("ec"), Encoding.DER),
        "store.p12": keys.store("ec", None),
        "java.jks": keys.java_store("changeit", "ec", "ed25519"),
        "bouncy.bks": keys.bouncy_store("changeit", 2, "ec"),
        "fips.bcfks": keys.fips_store("changeit", "ec"),
        "bundle.p7b": keys.bundle("ec", "rsa"),
    }


@cache
def texts() -> dict[str, str]:
    """Source, configuration, keys in armor and everything in which secrets stand."""
    planted = Planted()
    source = random.Random(1)
    found = {
        f"c{number}/{context.file}": filled(context, source, planted)
        for number, context in enumerate(CONTEXTS)
    }
    for rule in shipped().rules.values():
        for number, example in enumerate(rule.examples):
            found[f"{rule.id}-{number}/{example.path}"] = example.text
    found |= {
        "values.yaml": _YAML,
        "values.yml": "a: {password: x8Fk2Lq9Zt7Vb3Nw, b: [c, {d: e}]}\n" * 3,
        "main.ini": _INI,
        "main.toml": _TOML,
        "keys.json": json.dumps(
            {"keys": [_JWK, {**_JWK, "use": "sig"}], "x": {"password": "x8Fk2"}}
        ),
        "book.ipynb": json.dumps(_NOTEBOOK, indent=1),
        "sealed.pem": keys.private("ed25519", encrypted=True).decode(),
        "rsa.pem": keys.private("rsa", "traditional").decode(),
        "sealed-rsa.pem": keys.private("rsa", "traditional", encrypted=True).decode(),
        "id_ed25519": keys.private("ed25519", "openssh").decode(),
        "known_hosts": "host " + keys.public("ec", Encoding.OpenSSH).decode(),
    }
    return found
