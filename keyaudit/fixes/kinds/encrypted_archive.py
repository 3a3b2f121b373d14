"""Lets an object store encrypt what holds a key under a key of AWS KMS."""

from __future__ import annotations

from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.site import Rewrite, Site

_ENCRYPTION = "ServerSideEncryption"


def rewrite(site: Site) -> Rewrite:
    """Make the fix that the module docstring describes. Raises DeclinedError where it does not
    apply."""
    call = site.call()
    use = site.use(call)
    if use is None or _ENCRYPTION not in use.model.parameters:
        raise DeclinedError("only its owner knows by what the archive can be encrypted")
    if use.bound.open or any(
        keyword.arg is not None and keyword.arg.startswith("SSE") for keyword in call.keywords
    ):
        raise DeclinedError("it is not known how the object is encrypted")
    site.editor().set_keyword(call, _ENCRYPTION, '"aws:kms"')
    return site.rewrite(
        "let the store encrypt the object under a key of KMS",
        migrate=(
            "allow the writer `kms:GenerateDataKey` and the readers `kms:Decrypt`; name a key of "
            "your own with `SSEKMSKeyId`, else it is the account's `aws/s3`",
            "copy the objects that are stored already onto themselves, with the same encryption",
        ),
    )
