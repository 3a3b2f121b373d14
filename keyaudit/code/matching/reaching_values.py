"""The origins of all that reaches a sink, entries of lists and dicts included."""

from __future__ import annotations

from functools import partial

from keyaudit.code.matching.chosen_branches import reachable_through
from keyaudit.code.matching.context import Context
from keyaudit.code.matching.failed_commands import origins_of_failed_commands
from keyaudit.code.matching.failed_requests import origins_of_failed_requests
from keyaudit.code.matching.failed_statements import origins_of_failed_statements
from keyaudit.code.matching.kept_settings import declared_settings, settings_with_secret
from keyaudit.code.matching.named_files import content_of_secret_file
from keyaudit.code.matching.own_printers import without_told_elsewhere
from keyaudit.code.matching.sealed_entries import without_sealed
from keyaudit.code.matching.secret_stores import values_of_store
from keyaudit.code.matching.shared_holders import (
    added_to,
    as_getters_say,
    entries_put_elsewhere,
    sharing,
)
from keyaudit.code.matching.sinks import Sink
from keyaudit.code.matching.statement_columns import passwords_by_column
from keyaudit.code.matching.stored_entries import (
    answer_with_secret,
    containers_in,
    entries_put_by_callers,
    entries_put_by_makers,
    stored_entries_of,
)
from keyaudit.code.matching.table_rows import rows_in
from keyaudit.code.matching.whole_messages import decrypted_in, encrypted_in, messages_in
from keyaudit.code.matching.whole_things import asked_and_settings, secrets_of_whole
from keyaudit.code.provenance import text_labels
from keyaudit.code.provenance.attributes import of_element
from keyaudit.code.provenance.designations import as_url_parameter, with_unseen_value
from keyaudit.code.provenance.origin import Origin

# Roles that become text for people.
TEXT_ROLES = frozenset({"log", "output", "exception", "question", "prefilled"})
# Roles that take a whole list or dict of values, each of which gets there.
_TAKES_ALL = frozenset({"log", "output", "exception", "body", "url", "headers", "file-content",
                        "record", "serialized", "cached", "command", "archived", "cookie",
                        "framework-secret", "algorithms", "answer", "prefilled"})  # fmt: skip
# Of these, what was put into a dict before counts as well, wherever the dict comes from.
_KEEPS_ALL = frozenset({"log", "output", "exception", "file-content", "record", "serialized",
                        "url", "body", "headers"})  # fmt: skip
_WRITTEN = frozenset({"file-content", "serialized"})
# ... and what is told or kept as a whole with secrets in it, whatever its names are.
_TELLS_WHOLE = TEXT_ROLES | {"file-content"}
# A parser of settings that writes itself.
_WRITES_SETTINGS = ("Parser.write", "ConfigObj.write")
_MAX_NESTING = 3
# A mail's text stands deep: `Content={"Simple": {"Body": {"Text": {"Data": text}}}}`.
_MAX_NESTING_OF_MAIL = 5


def reaching_origins(context: Context, sink: Sink) -> list[Origin]:
    """The origins of all that reaches a sink: of its value, and of the entries of lists and dicts
    where the role takes all of them."""
    found = list(context.resolver.origins(sink.value, sink.scope, None))
    branches = sink.context
    if sink.use is not None:
        found = sink.use.together(found)
        branches = sink.use.call.context
    found = reachable_through(context.resolver, found, sink.scope, branches)
    found = without_told_elsewhere(context.resolver, sink, found)
    if sink.label and sink.use is not None:
        found = list(text_labels.labelled(tuple(found), sink.label))
    elif sink.label:
        unknown = context.resolver.unknown(sink.value, sink.scope)
        found = as_url_parameter(with_unseen_value(found, sink.label, unknown), sink.label)
    kept = sink.role == "serialized" and "file-write" in sink.kinds
    if sink.role in _TELLS_WHOLE or kept:
        found += secrets_of_whole(
            context.resolver, sink.value, sink.scope, branches, as_text=sink.role in TEXT_ROLES,
            failure=sink.role == "exception",
        )  # fmt: skip
    if sink.role == "answer":
        found += rows_in(context.resolver, sink.value, sink.scope)
        found += asked_and_settings(context.resolver, sink.value, sink.scope, branches)
    if sink.role == "log":
        found += messages_in(sink.value, sink.scope)
        encrypted = context.once(("encrypted", id(sink.scope)), partial(encrypted_in, sink.scope))
        found += decrypted_in(sink.value, sink.scope, branches, encrypted)
    if sink.role in TEXT_ROLES:
        found += origins_of_failed_commands(context, sink.value, sink.scope)
        found += origins_of_failed_requests(context, sink.value, sink.scope)
        found += values_of_store(sink.value, sink.scope)
    if sink.role in TEXT_ROLES or sink.role == "answer":
        found += origins_of_failed_statements(sink.value, sink.scope)
    if sink.use is not None and (sink.role == "file-content" or kept):
        found += content_of_secret_file(context, sink, found)
    if sink.role in _KEEPS_ALL:
        for whole in containers_in(sink.value):
            entries = stored_entries_of(whole, sink.scope)
            entries += entries_put_by_makers(context.resolver, whole, sink.scope)
            if sink.role in _WRITTEN:
                entries += entries_put_by_callers(context.resolver, whole, sink.scope)
                others = sharing(whole, sink.scope)
                entries += entries_put_elsewhere(whole, others)
                for added, place in added_to(whole, sink.scope, others):
                    found += context.resolver.origins(added, place, None)
                    entries += stored_entries_of(added, place)
                if "file-write" in sink.kinds:
                    found += settings_with_secret(whole, sink.scope)
                    if sink.name.endswith(_WRITES_SETTINGS):
                        found += declared_settings(whole, sink.scope)
                found += as_getters_say(whole, sink.scope, others)
            found = without_sealed(context.resolver, found, whole, sink.scope)
            found += [o for binding in entries for o in
                      context.resolver.origins_of_binding(binding, None)]  # fmt: skip
            if sink.role in TEXT_ROLES:
                found += answer_with_secret(context.resolver, whole, sink.scope, branches)
    if sink.role in _TAKES_ALL:
        layer = found
        for _ in range(_MAX_NESTING_OF_MAIL if "mail" in sink.kinds else _MAX_NESTING):
            layer = [
                inner.within(outer)
                for outer in layer
                if outer.kind == "container"
                for inner in of_element(context.resolver, outer, None)
            ]
            found += layer
    if sink.role == "record":
        found += passwords_by_column(context, sink, found)
    return found
