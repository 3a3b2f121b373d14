"""The inventory as a CycloneDX cryptography bill of materials (CBOM), version 1.6 or 1.7.

It is built with cyclonedx-python-lib (the extra `inventory`), and validated against the CycloneDX
schema.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from keyaudit import __version__
from keyaudit.core.errors import KeyauditError
from keyaudit.core.levels import Stage
from keyaudit.inventory.asset import Asset, AssetKind
from keyaudit.inventory.collect import Inventory
from keyaudit.inventory.quantum import readiness

if TYPE_CHECKING:
    from cyclonedx.model.bom import Bom
    from cyclonedx.model.component import Component
    from cyclonedx.model.crypto import CryptoProperties

VERSIONS = ("1.6", "1.7")
_MOST_PLACES = 200
# Primitives by what stands in an algorithm's name, the first that does.
_PRIMITIVES = (
    (r"pbkdf2|scrypt|argon2|bcrypt|hkdf|kbkdf|x963|concatkdf", "kdf", ("keyderive",)),
    (r"gcm|ccm|poly1305|eax|ocb|siv|fernet", "ae", ("encrypt", "decrypt")),
    (r"hmac|cmac|kmac|hs256|hs384|hs512", "mac", ("tag", "verify")),
    (r"ml-?kem|kyber", "kem", ("encapsulate", "decapsulate")),
    (r"x25519|x448|ecdh|^dh$|diffie", "key-agree", ("keyderive",)),
    (r"rsa", "pke", ("keygen", "encrypt", "decrypt", "sign", "verify")),
    (r"ecdsa|eddsa|ed25519|ed448|^dsa$|ml-?dsa|slh-?dsa|^ec$|secp|prime|p-?\d{3}|[erp]s256",
     "signature", ("keygen", "sign", "verify")),
    (r"keywrap|key-wrap|aes-?kw", "key-wrap", ("encrypt", "decrypt")),
    (r"chacha20|rc4|arc4|salsa", "stream-cipher", ("encrypt", "decrypt")),
    (r"aes|des|camellia|blowfish|cast5|idea|seed|sm4|symmetric", "block-cipher",
     ("encrypt", "decrypt")),
    (r"shake", "xof", ("digest",)),
    (r"sha|md[245]|blake|ripemd|sm3|whirlpool", "hash", ("digest",)),
)  # fmt: skip
_MODES = frozenset({"cbc", "ecb", "ccm", "gcm", "cfb", "ofb", "ctr"})
_MATERIAL = {
    AssetKind.KEY: "secret-key",
    AssetKind.KEY_PAIR: "private-key",
    AssetKind.SECRET: "credential",
}


def render(inventory: Inventory, version: str) -> str:
    """The bill of materials as JSON text; `version` is one of `VERSIONS`.

    Raises KeyauditError where cyclonedx-python-lib is missing, or the schema rejects the result.
    """
    try:
        from cyclonedx.output.json import BY_SCHEMA_VERSION
        from cyclonedx.schema import SchemaVersion
        from cyclonedx.validation.json import JsonStrictValidator
    except ImportError:
        raise KeyauditError(
            "a bill of materials needs cyclonedx-python-lib",
            hint='pip install "keyaudit[inventory]"',
        ) from None
    schema = SchemaVersion.from_version(version)
    text: str = BY_SCHEMA_VERSION[schema](_bill(inventory)).output_as_string(indent=2)
    fault = JsonStrictValidator(schema).validate_str(text)
    if fault is not None:
        raise KeyauditError(f"the bill of materials is not as CycloneDX {version} asks")
    return text + "\n"


def _bill(inventory: Inventory) -> Bom:
    from cyclonedx.model.bom import Bom
    from cyclonedx.model.component import Component, ComponentType

    bom = Bom()
    tool = Component(name="keyaudit", version=__version__, type=ComponentType.APPLICATION)
    bom.metadata.tools.components.add(tool)
    name = inventory.root.rstrip("/").rpartition("/")[2] or "project"
    project = Component(name=name, type=ComponentType.APPLICATION, bom_ref="project")
    bom.metadata.component = project
    algorithms: dict[str, Component] = {}
    for asset in inventory.assets:
        if asset.kind is AssetKind.ALGORITHM:
            algorithms.setdefault(asset.algorithm, _component(asset, None))
    made = []
    for number, asset in enumerate(inventory.assets):
        if asset.kind is AssetKind.ALGORITHM:
            continue
        rests_on = None
        if asset.algorithm:
            if asset.algorithm not in algorithms:
                algorithms[asset.algorithm] = _component(_algorithm(asset), None)
            rests_on = algorithms[asset.algorithm]
        made.append((_component(asset, rests_on, number), rests_on))
    for component in algorithms.values():
        bom.components.add(component)
        bom.register_dependency(component, [])
    for component, rests_on in made:
        bom.components.add(component)
        bom.register_dependency(component, [rests_on] if rests_on is not None else [])
    bom.register_dependency(project, [*algorithms.values(), *(c for c, _ in made)])
    return bom


def _algorithm(asset: Asset) -> Asset:
    """The asset for the algorithm of a key or certificate, where no other asset describes it."""
    return Asset(
        f"algorithm:{asset.algorithm}", AssetKind.ALGORITHM, asset.algorithm, asset.source,
        asset.place, asset.algorithm, asset.size,
    )  # fmt: skip


def _component(asset: Asset, rests_on: Component | None, number: int = 0) -> Component:
    from cyclonedx.model import Property
    from cyclonedx.model.component import Component, ComponentType
    from cyclonedx.model.component_evidence import ComponentEvidence, Occurrence

    known = readiness(asset.algorithm, asset.size)
    occurrences = [
        Occurrence(location=p.path, line=p.line or None, symbol=_printable(p.text) or None)
        for p in asset.places[:_MOST_PLACES]
    ]
    properties = [Property(name="keyaudit:quantum", value=known.level)]
    for stage in Stage:
        where = ", ".join(p.where for p in asset.stages.get(stage, ())[:20])
        properties.append(Property(name=f"keyaudit:{stage}", value=where or "nothing found"))
    properties += [
        Property(name="keyaudit:finding", value=f"{rule} {place.where}")
        for rule, place in asset.findings
    ]
    reference = f"{asset.kind}:{asset.name}:{asset.mode}:{asset.size}:{number}"
    return Component(
        name=_printable(asset.name) or str(asset.kind),
        type=ComponentType.CRYPTOGRAPHIC_ASSET,
        bom_ref=f"{asset.kind}-{number}" if number else _reference(reference),
        crypto_properties=_crypto(asset, rests_on),
        evidence=ComponentEvidence(occurrences=occurrences),
        properties=properties,
    )


def _crypto(asset: Asset, rests_on: Component | None) -> CryptoProperties:
    from cyclonedx.model import crypto

    reference = None if rests_on is None else rests_on.bom_ref
    if asset.kind is AssetKind.ALGORITHM:
        return crypto.CryptoProperties(
            asset_type=crypto.CryptoAssetType.ALGORITHM,
            algorithm_properties=crypto.AlgorithmProperties(**_of_algorithm(asset)),
        )
    if asset.kind is AssetKind.PROTOCOL:
        return crypto.CryptoProperties(
            asset_type=crypto.CryptoAssetType.PROTOCOL,
            protocol_properties=crypto.ProtocolProperties(type=crypto.ProtocolPropertiesType.TLS),
        )
    if asset.kind is AssetKind.CERTIFICATE:
        ends = None
        if re.fullmatch(r"\d{4}-\d\d-\d\d", asset.expires):
            ends = datetime.fromisoformat(asset.expires).replace(tzinfo=UTC)
        return crypto.CryptoProperties(
            asset_type=crypto.CryptoAssetType.CERTIFICATE,
            certificate_properties=crypto.CertificateProperties(
                not_valid_after=ends, certificate_format="X.509", signature_algorithm_ref=reference
            ),
        )
    return crypto.CryptoProperties(
        asset_type=crypto.CryptoAssetType.RELATED_CRYPTO_MATERIAL,
        related_crypto_material_properties=crypto.RelatedCryptoMaterialProperties(
            type=crypto.RelatedCryptoMaterialType(_MATERIAL[asset.kind]),
            algorithm_ref=reference,
            size=asset.size or None,
        ),
    )


def _of_algorithm(asset: Asset) -> dict[str, Any]:
    from cyclonedx.model import crypto

    primitive = "unknown"
    functions: tuple[str, ...] = ("unknown",)
    named = f"{asset.algorithm}-{asset.mode}" if asset.mode else asset.algorithm
    for pattern, found, does in _PRIMITIVES:
        if re.search(pattern, named):
            primitive, functions = found, does
            break
    curve = re.search(r"secp\w+|prime\w+|brainpool\w+|x25519|ed25519|x448|ed448", named)
    mode = crypto.CryptoMode(asset.mode) if asset.mode in _MODES else None
    return {
        "primitive": crypto.CryptoPrimitive(primitive),
        "parameter_set_identifier": str(asset.size) if asset.size else None,
        "curve": curve[0] if curve else None,
        "mode": mode,
        "crypto_functions": [crypto.CryptoFunction(name) for name in functions],
        "nist_quantum_security_level": 0
        if readiness(asset.algorithm, asset.size).level in ("vulnerable", "broken")
        else None,
    }


def _reference(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9.:-]", "_", text)[:200]


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)[:300].strip()
