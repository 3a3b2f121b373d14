"""Names of standards as reports and pages show them: `CWE-321`, `NIST SP 800-132, 5.2`.

docs/standards.md lists the standards that the shipped rules and policies refer to.
"""

from __future__ import annotations

_BODIES = {
    "nist": "NIST", "owasp": "OWASP", "fips": "FIPS", "rfc": "RFC", "pci-dss": "PCI DSS",
    "iso": "ISO/IEC", "bsi": "BSI", "cis": "CIS", "aws": "AWS", "gcp": "Google Cloud",
    "azure": "Azure", "ietf": "IETF", "nsa": "NSA", "cnsa": "CNSA",
    "ca-browser-forum": "CA/Browser Forum",
}  # fmt: skip


def shown(body: str, section: str) -> str:
    """The name of a section; `body` is a key of a rule's `standards`, known or not."""
    if body == "cwe":
        return f"CWE-{section}"
    return f"{_BODIES.get(body, body.upper())} {section}"
