"""Whether a text believes what it should not: a login at another service without a state, a
directory that takes an empty password, a key by the end of its fingerprint, a message of a hook
that nothing signs, a link that leads where a request says, a query in which a secret was put as
text, the algorithm that a token names itself."""

from __future__ import annotations

from keyaudit.core.patterns import regex

# A login at another service is begun.
_BEGINS = regex(
    r"authorization_url\(|authorize_redirect\([^)\n]*state|[\"']redirect_uri[\"'][^}\n]{0,200}[\"']state[\"']"
    r"|[\"']response_type[\"'][ \t]*:[ \t]*[\"']code[\"']"
    r"|(?:authorize|auth|oauth)\?[^\n]*client_id"
)
_SENDS = ("client_id", "authorization_url(", "authorize_redirect(")
_SHORT_ID = regex(
    r"(?i)(?:fingerprint|fpr|key_?id)\w*(?:\(\))?(?:[\"']\])?\[-8:\]|\{8\}\)?\$|--recv(?:-keys?)?[\"']"
)
_QUERIES = regex(
    r"(?i)(?:password|passwd|pwd|secret|token|_key|\bkey|pin|api_?key|hash)[`\"]?[ \t]*=[ \t]*"
    r"['\"]?(?:\{|%s|['\"][ \t]*\+)"
)
_HOOKS = regex(
    r"(?i)x[-_]git(?:hub|lab|ea)[-_]event|x[-_]event[-_]key|x[-_]gogs[-_]event|x[-_]shopify[-_]topic"
    r"|construct_from\([^\n]*(?:request|payload|body|json)"
)
_LEADS = regex(r"request\.(?:referrer|host_url|url_root|host\b|headers)|request\.META")
# A view that makes or ends a key.
_KEY_VIEWS = regex(
    r"(?i)def[ \t]+\w*(?:generat|creat|new_|reset|rotat|revok|delet|remov|renew|add_|make_)\w*"
    r"(?:api_?keys?|tokens?|access_?keys?|secrets?|app_?password)\("
)
# A payload of a service's hook.
_HOOK_FORMS = regex(r"[\"'](?:pusher|pull_request|object_kind|merge_request|head_commit)[\"']")
_OWN_HEADER = regex(r"(?i)header\w*(?:\(\w+\))?(?:\[|\.get\()[ \t]*[\"']alg[\"']")
_WEAKER = regex(r"except (?:ImportError|ModuleNotFoundError|\(ImportError)")
_HASHERS = regex(r"import (?:bcrypt|argon2|scrypt|passlib)|from (?:bcrypt|argon2|passlib)")
_TURNS = regex(r"to_curve25519_private|ed25519_sk_to_curve25519|sign_sk_to_box_sk")


def may_stand_in(text: str) -> bool:
    """Whether there may be such a thing in a text, or in a piece of one."""
    if any(word in text for word in _SENDS) and _BEGINS.search(text) is not None:
        return True
    if "simple_bind" in text or "bind_s(" in text:
        return True
    if ("[-8:]" in text or "{8}" in text or "--recv" in text) and _SHORT_ID.search(text):
        return True
    if ("WHERE " in text or "where " in text) and _QUERIES.search(text) is not None:
        return True
    if "vent" in text and _HOOKS.search(text) is not None:
        return True
    if ("repository" in text or "object_kind" in text) and _HOOK_FORMS.search(text) is not None:
        return True
    if "redirect(" in text and _KEY_VIEWS.search(text) is not None:
        return True
    if "request." in text and "token" in text and _LEADS.search(text) is not None:
        return True
    if "alg" in text and _OWN_HEADER.search(text) is not None:
        return True
    if "except " in text and _WEAKER.search(text) is not None and _HASHERS.search(text):
        return True
    return _TURNS.search(text) is not None
