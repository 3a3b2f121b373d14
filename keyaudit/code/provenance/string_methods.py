"""The transforms that methods of str, bytes and int are, by method name."""

from __future__ import annotations

RECEIVER_METHODS = {
    "encode": "encode", "decode": "decode", "hex": "encode", "strip": "convert",
    "lstrip": "convert", "rstrip": "convert", "lower": "convert", "upper": "convert",
    "replace": "convert", "ljust": "pad", "rjust": "pad", "zfill": "pad", "center": "pad",
    "to_bytes": "encode", "tobytes": "convert", "copy": "convert", "removeprefix": "convert",
    "removesuffix": "convert", "expandtabs": "convert", "title": "convert", "casefold": "convert",
    "swapcase": "convert", "translate": "convert", "split": "slice", "rsplit": "slice",
    "partition": "slice", "splitlines": "slice", "as_bytes": "convert", "getvalue": "convert",
    "isoformat": "format", "strftime": "format", "timestamp": "convert", "total_seconds": "convert",
}  # fmt: skip
# Methods whose result is made of their arguments (and of the receiver, a literal as a rule).
ARGUMENT_METHODS = {"join": "format", "format": "format", "format_map": "format"}
# Methods that look an entry up: the result is an entry of the receiver, or the default.
LOOKUP_METHODS = frozenset({"get", "pop", "setdefault", "__getitem__"})
