"""Whether a text may have a declaration that `matching/declarations` reads: parameters and results
of Ansible's modules, parameters of paths and queries, classes of answers, settings for TLS, tables
of algorithms, questions for what is typed, and what looks after the users to whom keys belong."""

from __future__ import annotations

import re

from keyaudit.code.selection import (
    default_digests,
    key_sizes,
    own_algorithms,
    own_texts,
    password_lengths,
    typed_questions,
)
from keyaudit.core.patterns import regex

_ANSIBLE = ("AnsibleModule", "argument_spec", "argspec", "ansible.module_utils")
_SECRET = regex(
    r"(?i)(?:passw|pwd|secret|token|api_?key|private_?key|jwt|cred|otp|_key|_pem|bundle|passphrase)"
    r"\w*[\"']?\]?[ \t]*[:=][ \t]*(?:dict\(|\{)"
)
_LIFETIME = regex(r"ttl|expir|seconds_to_live|lifetime|num_uses")
_RESULTS = ("exit_json", "fail_json")
_NAMES = regex(r"(?i)token|passw|secret|private_key|\bsys\.|generate_c")
_ROUTES = ("route(", ".get(", ".post(", ".put(", ".delete(", ".patch(", "path(", "url(", "_rule(",
           "add_resource(")  # fmt: skip
# What a path with a secret has, to be searched first, as it is found many times as fast.
_HOLE = regex(r"[<{:]\w*(?i:key|token|secret|passw|pwd)\w*(?::\w+)?[>}]")
_ROUTE = regex(
    r"(?:@[\w.]+\.|\b(?:re_)?path|\burl|\badd_\w+|\broute)[\w.]*\([^\"'\n]{0,60}\n?[ \t]*r?[\"']"
    r"[^\"'\n]{0,120}(?:<(?:\w+(?:\([^)]*\))?:)?|\{)\w*(?i:key|token|secret|passw"
    r"|pwd)\w*(?::\w+)?[>}]"
)


# A user of whom a key, or the number in a session, tells; and who may be gone by then.
_LOOKS_UP = ("user_loader", "request_loader")
_OWNED = (".user", ".owner", ".login", ".account")
_OWNER = regex(r"(?:[kK]ey|[tT]oken|[cC]red)\w*\.(?:user|owner|login|account)(?:_?id)?\b")
_NAMED = ("_user", "_account", "_member", "_employee", "authenticate", "get_key", "get_api",
          "update_me", "update_profile", "reset_token")  # fmt: skip
_OF_USER = regex(
    r"\bdef[ \t]+(?:(?:\w*_)?(?:delete|remove|deactivate|disable|suspend|ban|block)_"
    r"(?:user|account|member|employee)"
    r"|(?:get_(?:api_?)?key|authenticate\w*|update_(?:me|user|profile)|reset_token)[ \t]*\()"
)


def _is_of_account(text: str) -> bool:
    if any(word in text for word in _LOOKS_UP):
        return True
    if any(word in text for word in _NAMED) and _OF_USER.search(text) is not None:
        return True
    owned = "request" in text and any(word in text for word in _OWNED)
    return owned and _OWNER.search(text) is not None


# What says whether there is TLS towards mail and directories.
_TLS = ("use_tls", "USE_TLS", "use_ssl", "USE_SSL", "starttls", "STARTTLS", "start_tls",
        "START_TLS",
        "smtp_tls", "SMTP_TLS", "smtp_ssl", "SMTP_SSL", "MAIL_TLS", "ldap_tls", "LDAP_TLS",
        "ldap_ssl", "mail_tls", "mail_ssl", "MAIL_SSL", "_ssl = ", "_tls = ", "ldap://",
        "LDAP_PROTO", "ldap_proto", "LDAP_SCHEME", "ldap_scheme")  # fmt: skip
_OF_LOGIN = regex(r"(?i)mail|smtp|ldap")


# Whether a server speaks TLS, in a table of settings.
_SERVES = regex(
    r"(?i)[\"'](?:(?:use|enable)_?(?:ssl|tls|https)|(?:ssl|tls|https)_?(?:enabled?|on))[\"']\s*:"
)
# Powers by a modulus, where something is sent or received.
_POWER = regex(r"\bpow\([^()\n]+,[^()\n]+,|\*\*[ \t]*[\w.]+\)?[ \t]*%")


def _exchanges(text: str) -> bool:
    return ("pow(" in text or "**" in text) and _POWER.search(text) is not None


# Whether certificates are checked, in a table of settings or a class.
_CHECKS = regex(
    r"(?i)(?:verify[-_]?(?:ssl|tls|cert|https|peer|host)|(?:ssl|tls|cert\w*|peer)[-_]?(?:verif|validation"
    r"|(?:name_)?check)|strict_ssl|check_(?:ssl_)?hostname|validate[-_]cert)\w*[\"']?\s*"
    r"(?:[:=]\s*[\w(]|,\s*[^()\n]{0,60}?(?:\w+\s*=\s*)?[\"']?(?:false|no\b|off\b|0\b|store_true))"
)
# ... or whether the check is left out.
_SKIPS = regex(
    r"(?i)[\"'_-](?:skip|disable|ignore|no|insecure|trust_all|(?:accept|allow)_(?:invalid|self_signed|insecure))"
    r"[\w-]*[\"']?\s*,\s*(?:\w+\s*=\s*)?[\"']?(?:true|yes\b|on\b|1\b)"
)
_SET = ("efault", "'bool'", '"bool"', "environ", "getenv", "config(", "get(", "getboolean(", "pop(",
        "fallback", "store_true", "ptional(")  # fmt: skip
_CHECKED = ("verify", "VERIFY", "_check", "_CHECK", "valid", "VALID", "strict_ssl", "hostname")
_SKIPPED = ("verif", "VERIF", "insecure", "check", "cert", "CERT")
_SERVED = ("use_ssl", "use_tls", "USE_SSL", "USE_TLS", "https_en", "HTTPS_EN", "enable_https",
           "ENABLE_HTTPS", "ssl_en", "SSL_EN", "tls_en", "TLS_EN", "enable_ssl",
           "enable_tls")  # fmt: skip


def _sets_checks(text: str) -> bool:
    if not any(word in text for word in _SET):
        return False
    if any(word in text for word in _CHECKED) and _CHECKS.search(text) is not None:
        return True
    return any(word in text for word in _SKIPPED) and _SKIPS.search(text) is not None


def _has_setting(text: str) -> bool:
    return any(word in text for word in _TLS) and _OF_LOGIN.search(text) is not None


# An address that is plain HTTP where it has no scheme.
_BARE_SCHEME = regex(r"[\"']http://(?:[\"'][ \t]*(?:\+|if\b)|%s|%\(|\{)")


def _fills_in_scheme(text: str) -> bool:
    return "http://" in text and _BARE_SCHEME.search(text) is not None


# What takes parameters from a URL, before the word of a secret.
_QUERIES = ("Query(", "APIKeyQuery", "get_argument(", "get_query_argument", "request.args[",
            "request.GET[", "request.GET.get(", "query_params[", "request.query[", "values.get(",
            "params.get(",
            "REQUEST.get(", "@router.", "@app.", "location=")  # fmt: skip
_TAKEN = regex(
    r"(?i)\b\w*(?:passw|passphrase|pwd|secret|token|api_?key|_key)\w*[\"']?[ \t]*[:=,\])]"
)


def _takes_query(text: str) -> bool:
    return any(word in text for word in _QUERIES) and _TAKEN.search(text) is not None


# A class by which a server writes its answers.
_WRITERS = (
    "Schema",
    "BaseModel",
    "SQLModel",
    "ModelSerializer",
    "Base)",
    "Read)",
    "Out)",
    "Struct)",
)
_WRITER = regex(
    r"^[ \t]*class[ \t]+\w+\([^)\n]*\b(?:\w*Schema|BaseModel|SQLModel"
    r"|(?:Hyperlinked)?ModelSerializer|Struct"
    r"|\w+(?:Base|Read|Out|Response))\b",
    re.MULTILINE,
)
_FIELDS = regex(
    r"(?i)\b\w*(?:passw|pwd|secret|_key|api_?key|mnemonic)\w*[\"']?[ \t]*[:=,\])]|__all__"
)
# ... whose fields may stand in another.
_NAMED_ANSWER = regex(r"class[ \t]+\w*(?:Resp|Out|Read|Public|Detail|View|Answer|Item)\w*\(")


# A function of FastAPI that says it answers with an account, or something else that has a secret.
_ANSWERS_ROW = regex(
    r"(?:->[ \t]*|response_model[ \t]*=[ \t]*)(?:\w+[.\[])*[\"']?\w*(?:User|Account|Member|Customer"
    r"|Admin|Person|Employee|Client|Credential|Key|Token|Camera|Device|Provider|Integration|Hook|Server)\b"
)


def _answers_row(text: str) -> bool:
    return ("@router." in text or "@app." in text or "_router." in text) and (
        _ANSWERS_ROW.search(text) is not None
    )


def _writes_answers(text: str) -> bool:
    if not any(word in text for word in _WRITERS) or _WRITER.search(text) is None:
        return False
    return _FIELDS.search(text) is not None


def _reads_algorithm(text: str) -> bool:
    """Whether a text may let a token's header choose the algorithm."""
    return "alg" in text and "eader" in text and ('"HS' in text or "'HS" in text)


_OFFERING = ("hashes.", "modes.", "algorithms.", ".PROTOCOL_", "TLSVersion.", "SSL.")
_OFFERED = regex(
    r":[ \t]*\(?(?:hashes\.(?:MD5|SHA1)|modes\.ECB|(?:symmetric_)?algorithms\.(?:ARC4|TripleDES"
    r"|Blowfish|IDEA"
    r"|CAST5|SEED)|\w*padding\.PKCS1v15"
    r"|(?:\w+\.)?(?:ssl|SSL|TLSVersion)\.(?:PROTOCOL_)?(?:SSLv[23]|TLSv1(?:_1)?)(?:_METHOD)?)\b(?!\()"
)
_SUITE = regex(r"[\"'](?:TLS_|(?:EC)?DHE?-|AES(?:128|256)-|DES-CBC3|RC4-)[A-Z0-9_-]+[\"']")


def _offers(text: str) -> bool:
    """Whether a text has a table of algorithms with a weak one, or a list of TLS suites."""
    if any(word in text for word in _OFFERING) and _OFFERED.search(text) is not None:
        return True
    return ("cipher" in text or "CIPHER" in text or "suite" in text) and _SUITE.search(
        text
    ) is not None


def may_declare(text: str) -> bool:
    """Whether such a declaration may stand in a file's text."""
    if _has_of_any_file(text) or _has_setting(text):
        return True
    if ("recv" in text or "send" in text) and _exchanges(text):
        return True
    if is_module(text) and (_SECRET.search(text) is not None or _LIFETIME.search(text) is not None):
        return True
    return any(word in text for word in _RESULTS) and _NAMES.search(text) is not None


def may_stand_in(piece: str, *, of_module: bool) -> bool:
    """Whether such a declaration may stand in a piece of a file; `of_module` says whether the file
    is one of Ansible's modules, whose pieces do not all say so."""
    if of_module and any(words.search(piece) for words in (_SECRET, _NAMES, _LIFETIME)):
        return True
    if _exchanges(piece) or _has_of_any_file(piece) or any(word in piece for word in _TLS):
        return True
    return "class " in piece and _NAMED_ANSWER.search(piece) is not None


# A word that is put behind or before a secret, which makes another key.
_APPENDED = regex(
    r"(?i)(?:secret|_key)\w{0,20}[\"'\])]{0,3}(?:\.encode\([^)\n]{0,20}\))?[ \t]*\+[ \t]*"
    r"[rbuf]?[\"'][\w.:|-]"
    r"|[\"'][ \t]*\+[ \t]*[\w.]{0,40}secret"
    r"|\bf[\"'][\w.:|-]{0,40}\{[^{}\n]{0,60}(?:secret|_key)\w{0,20}[\"'\]]{0,2}\}"
)


def _appends(text: str) -> bool:
    """Whether a text may put a word to a secret."""
    said = "ecret" in text or "ECRET" in text or "_key" in text or "_KEY" in text
    return said and _APPENDED.search(text) is not None


# What a pair of keys in a token, or in a certificate, may be used for.
_PURPOSES = ("CKA_DECRYPT", "CKA_UNWRAP", "data_encipherment")


def _has_of_any_file(text: str) -> bool:
    """Whether a text, or a piece of one, has what is told without the rest of its file."""
    return (
        _is_of_account(text)
        or typed_questions.may_ask(text)
        or typed_questions.may_keep(text)
        or password_lengths.may_ask(text)
        or own_algorithms.may_stand_in(text)
        or own_texts.may_show_all(text)
        or default_digests.may_stand_in(text)
        or key_sizes.may_offer(text)
        or any(word in text for word in _PURPOSES)
        or _has_route(text)
        or _takes_query(text)
        or _writes_answers(text)
        or _answers_row(text)
        or _reads_algorithm(text)
        or _offers(text)
        or _fills_in_scheme(text)
        or _appends(text)
        or _sets_checks(text)
        or (any(word in text for word in _SERVED) and _SERVES.search(text) is not None)
    )


def _has_route(text: str) -> bool:
    if not any(word in text for word in _ROUTES) or _HOLE.search(text) is None:
        return False
    return _ROUTE.search(text) is not None


def is_module(text: str) -> bool:
    """Whether a file is, or belongs to, a module of Ansible's."""
    return any(word in text for word in _ANSIBLE)
