"""Converts key material to plain facts, which are cached for the analysis of the whole scan."""

from __future__ import annotations

from typing import Any

from keyaudit.core.location import Span
from keyaudit.core.result import Fact
from keyaudit.material.types import Kind, Material, PublicKey, Seal, Validity

KIND = "material"


def to_fact(
    material: Material, span: Span, code: str, *, fault: str, published: str, example: bool
) -> Fact:
    """The fact about a piece of material, without its secret parts; `from_fact` reads it back.

    `code` is the masked source line, `fault` the result of `weak.fault_of`, `published` that of
    `published.place_of`. `example`: another analyzer takes the key for an example.
    """
    key, validity = material.key, material.validity
    values: dict[str, Any] = {
        "kind": material.kind.value,
        "form": material.form,
        "algorithm": key.algorithm,
        "bits": key.bits,
        "curve": key.curve,
        # In hexadecimal, as Python takes no long decimals, and other readers no long numbers.
        "modulus": f"{key.modulus:x}",
        "exponent": f"{key.exponent:x}",
        "identity": key.identity,
        "sealed": material.sealed,
        "encrypted": material.encrypted,
        "fault": fault,
        "published": published,
        "example": example,
    }
    if validity is not None:
        values["validity"] = [
            validity.begins, validity.ends, validity.authority, validity.server
        ]  # fmt: skip
    if material.seal is not None:
        seal = material.seal
        values["seal"] = [seal.function, seal.digest, seal.rounds, seal.block, seal.lanes]
    return Fact(KIND, span, code, {name: value for name, value in values.items() if value})


def from_fact(fact: Fact) -> Material:
    """The material that a fact describes; its offsets in the text are 0."""
    values = fact.values
    validity = values.get("validity")
    return Material(
        kind=Kind(values["kind"]),
        form=values["form"],
        key=PublicKey(
            values.get("algorithm", ""),
            values.get("bits", 0),
            values.get("curve", ""),
            int(values.get("modulus", "0"), 16),
            int(values.get("exponent", "0"), 16),
            values.get("identity", ""),
        ),
        encrypted=values.get("encrypted", False),
        validity=None if validity is None else Validity(*validity),
        sealed=values.get("sealed", ""),
        seal=Seal(*values["seal"]) if "seal" in values else None,
    )
