"""Where a value that is named as a secret may be revealed: logged, printed, sent, stored, passed on
or compared.

Logs and prints are everywhere, and to parse every file that has one would take longer than all
else. So the text is looked at first: for the calls that tell, and in their arguments for names that
call something a secret (`core.secret_names`), where they are read and not only written about. For
what is put together elsewhere (a command, a URL, what is dumped into a file) both must stand in one
piece. That a place is found here says only that it is worth reading.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from keyaudit.code.selection import local_writers, own_printers, whole_things
from keyaudit.code.selection.stretches import FAR, arguments, reads_secret, statement
from keyaudit.core.context import is_trial_path
from keyaudit.core.patterns import regex
from keyaudit.core.secret_names import SECRETS, reading, reading_of_function

if TYPE_CHECKING:  # it imports the readers, which triage does without
    from keyaudit.code.semantics.scopes import Module

# What stands in every name of a secret; small letters, of which one is looked for after the other.
_HINTS = ("passw", "passp", "passc", "pass_", "_pass", "pwd", "secret", "token", "cred", "jwt",
          "pass'", 'pass"', "mnemonic", "senha", "_pw", "getpass", "apikey", "_key", "-key",
          "passkey", "authkey", "adminkey", "privkey", "privatekey", "masterkey", "sessionkey",
          "ptionkey", "private key", "api key", "ption key", "saml_assertion",
          "saml assertion", " otp", "_otp", "otp_", "rity_code", "ritycode", "ation_code",
          "vite_code", "very_code",
          "eset_code", "ogin_code", "iring_code", "lock_code", "sms_code",
          "fa_code", "ackup_code", "pin_code", "rify_code",
          "t_pin", "r_pin", "n_pin",
          "priv_pem", "private_pem", "private_der", "private_jwk", "signingkey", "_cookie",
          "n cookie", "sessid",
          "psk", "cek", "dek", "kek", "seckey", "cvv", "cvc", "wachtwoord", "kennwort", "lösenord",
          "ароль", "токен", "码", "碼", "口令", "令牌", "密钥", "密鑰", "私钥",
          "パスワード", "トークン", "비밀번호",
          "key_file", "key_path", "key_repo", "key_dir", "key_folder", "key_store", "keyfile",
          "keystore", "keyring", "cred_file", "creds_file")  # fmt: skip
_HINTS_IN_BYTES = tuple(hint.encode() for hint in _HINTS)
# ... and in what has secrets in it without a name that says so.
_WHOLE_IN_BYTES = (b"environ", b"sendall(", b".recv(", b"on_message", b"sys.argv",
                   b"request.", b"req.", b"cookies",
                   b"app.config", b".dict(", b"model_dump", b": login",
                   b"asdict(", b"__dict__", b"vars(", b"authorization", b"base_ur", b"mongo_ur",
                   b"redis_ur", b"amqp_ur", b"nection_str", b"wallet", b"cert_", b"memset",
                   b"phrase", b"model_to_dict(", b".values(", b"crypt(", b"urandom(",
                   b"token_bytes(", b"random_bytes(",
                   b"exception_handler(", b"errorhandler(",
                   b"webhook", b"signed", b"_link", b"_conn")  # fmt: skip
# Calls whose arguments become text that others read, and those that send or keep what they get.
_TELLS = regex(
    r"\b(?:v?debug2?|info|warning|warn|error|exception|critical|fatal|log|trace|print|pprint|echo|secho"
    r"|notice|verbose|vvv+|msg|success|output|console|write|writelines|write_text|write_bytes"
    r"|write_file|writerows?|read_dict|set_key|dump|dumps|put_object|writestr|send|sendall|sendto|send_mail|sendmail|send_messages?"
    r"|send_(?:raw_|templated_)?email|chat_postMessage"
    r"|set_content|MIMEText|EmailMessage|set_cookie|login|storbinary|basic_publish|publish"
    r"|fail_json|exit_json|\w*(?:send|notify|deliver|mail|reply|privmsg|render_t)\w*|answer"
    r"|\w*print\w*|\w*echo|display\w*|writeln|write_line|show_message|poutput|pfeedback|perror"
    r"|\w*_log(?:ger)?|(?:write|add|append|sys|my)log|logging|log\w*|dbg|debug\w*|verbose\w*"
    # What becomes an event, or is done later.
    r"|\w*(?:log_|[aA]udit|_event|EventLog)\w*|capture|track|add_task|submit|delay|apply_async"
    # Fields of forms, which are shown with what is in them.
    r"|Required|Optional|async_show_form|text_input|text_area|Textbox|PasswordInput)"
    r"[ \t]*\("
    r"|(?:settings|preferences|manager|store|service)\.(?:save|setValue|save_setting|set_setting)\("
    r"|(?i:\b_?log(?:ger)?)\.[diwev][ \t]*\("
    r"|\.(?:set|setex|setnx|psetex|getset|sadd|lpush|rpush|zadd|hset|hmset|put_item|insert_one"
    r"|insert_many|update_one|replace_one)[ \t]*\("
    r"|\braise[ \t]+[\w.]+[ \t]*[(,]|\.(?:query_params|GET|query)\.get[ \t]*\("
    # Statements of Python 2.
    r"|\b(?:print|exec)[ \t]+(?:>>|(?=[\w\"'`]))"
)
# What a call begins with, and what it is given where that matters: questions to a person, copies of
# files, wipes of what is as long as a secret, and of any memory.
_SECRET_ASKED = regex(
    r"(?i)pass(?:word|phrase|code|wd)|secret|token|(?:private|master|api|access|\w+ption)[ _-]?key"
    r"|mnemonic|(?:seed|recovery) phrase"
)
_GIVEN = {
    **dict.fromkeys(("input(", "prompt(", ".ask(", ".text("), _SECRET_ASKED),
    **dict.fromkeys(
        ("copytree(", ".rename(", "copy2(", "copyfile(", "os.replace(", "make_archive("),
        regex(r"(?i)wallet|cert_?(?:folder|dir|path)|conf|settings|\.env|db|database|sqlite"),
    ),
    "shutil.copy(": regex(r"(?i)conf|settings|\.env|db|database|sqlite"),
    **dict.fromkeys(("* len(", "urandom(len("), regex(r"(?i)pass|secret|token|_key")),
    "memset(": regex(""),
}
# An answer that is given as text or bytes.
_BODIES = regex(r"\b(?:Http|PlainText|ORJSON)?Response[ \t]*\(|\bmake_response[ \t]*\(")
# What sends a mail, whose text is mostly put together elsewhere.
_MAILS = regex(r"\.send_?(?:raw_|templated_)?(?:e?mail|messages?)[ \t]*\(")
# What a server answers, where that has a password in it.
_ANSWERS = regex(r"\b(?:jsonify|JsonResponse|JSONResponse|json_response)[ \t]*\(")
_PASSWORD = regex(r"(?i)passw|cvv|cvc|_pwd|\bpwd|request\.|config\b|environ|cred")
# ... all columns of a row, or a dict that the function of a path gives back.
_ROWS = regex(
    r"\b(?:model_to_dict|row2dict|row_to_dict|object_as_dict)\(|\.objects\b[^\n]*\.values\("
)
_ROUTES = regex(
    r"@[\w.]+\.(?:route|get|post|put|patch|delete|api_route)\(|\((?:MethodView|Resource)\)"
)
_OWN_KEY = regex(r"\b(?:print|echo|info|debug|write)\([^()\n]*\bkey\.key\b")
_GIVES_BACK = regex(r"\breturn[ \t]+\(?\{")
# How an object looks as text: what follows is what it shows.
_SHOWS = regex(
    r"def[ \t]+(?:__(?:repr|str|unicode|format)__|(?:to|as)_(?:dict|json|api|response)|serialized?"
    r"|dumps?|(?:dump|get|export|save)_state|export"
    r"|json)\([^)\n]*\)[^:\n]*:"
)
_SHOWS_ITS_ONE = regex(r"(?<!\w)self\.(?:key|token|value|secret)\b(?!\.)")
_OF_SECRETS = regex(r"\bclass[ \t]+\w*(?i:key|token|credential)")
# What is put together before it is used: anywhere in the same piece counts.
_TAKES = regex(
    r"\b(?:Popen|check_call|check_output|getoutput|getstatusoutput|run_command|system|popen|spawn\w*"
    r"|execv\w*|subprocess\.(?:run|call)|create_subprocess_\w+|urlopen|urlencode|open_url|fetch_url"
    r"|add_header|ws_connect|HTTPConnection|json\.dump|yaml\.(?:safe_)?dump|pickle\.dump|execute|executemany"
    r"|make_archive|md5|md5\.new|sha\.new|sha1|sha224|sha256|sha384|sha512|hashlib\.new|exec_command|sudo|FTP|Telnet"
    r"|update_query|with_query|extend_query|copy_merge_params"
    r")[ \t]*\(|\.run[ \t]*\("
    r"|\bparams[ \t]*=(?!=)|[\"']http://(?!localhost|127\.|[\"'](?![ \t]*\+))"
)
_IN_URL = regex(
    r"[?&][\w-]*(?i:key|token|pass|pwd|secret|auth|jwt)[\w-]*=(?:\{|%|[\"'])"
    r"|https?://[^\s\"'/@]*:(?:%s|\{[^{}\s]*\})@|/bot(?:%s|\{|[\"'])"
)
# An error of a statement that is told, in a function that writes a row with a secret.
_FAILED_STATEMENT = regex(
    r"\bexcept[ \t]+[^\n:]{0,80}(?:IntegrityError|SQLAlchemyError|DBAPIError|StatementError"
    r"|DataError|OperationalError|DatabaseError|Exception)\b[^\n:]{0,40}[ \t]as[ \t]+\w+[ \t]*:"
    r"|(?:exception_handler|errorhandler)\([^()\n]{0,40}"
    r"(?:SQLAlchemyError|IntegrityError|DBAPIError)"
)
_STATEMENTS = ("sqlalchemy", "sqlmodel", "SQLAlchemyError")
_BEFORE_FAILURE = 3000
# A function for any request, whose error says what its callers ask for.
_ANY_REQUEST = regex(r"\b(?:requests|session|client|httpx)\.\w{2,20}\([^()\n]{0,80}\*\*\w")
# A request to an address that is a secret as a whole, whose error says that.
_WHOLE_URL = regex(
    r"\b(?:requests|session|client|httpx)\.\w{3,7}\(\s*(?:ur[il][ \t]*=[ \t]*)?(?:\w+\.)*"
    r"(\w+)\s*[,)]"
)
_MAX_TEMPLATES = 16
_NAMED_LINE = regex(r"[ \t]*(?:self\.)?(\w+)[ \t]*=(?!=)")
# Texts and dicts that are given a name, by which they are told later; another name for a value,
# and what it is in another form: `line = password.encode()`, `blob = base64.b64encode(password)`.
_KEEPS = (
    r"(?:\w+\.)*(?:[ub]?\w*b(?:16|32|64|85)encode|hexlify|dumps|quote(?:_plus)?|urlencode|str|bytes|bytearray"
    r"|encode|pack|to_bytes|repr)\("
)
_SAME = r"[\w.]+(?:\.(?:encode|decode|strip|hex|copy)\([^()\n]*\))*[ \t]*(?:#[^\n]*)?(?:\n|\Z)"
_CARRIES = regex(
    r"(?:\A|\n)[ \t]*(?:self\.)?(\w+)"
    r"(?:(?:\[[^\]\n]{1,40}\]|\.setdefault\([^()\n]{1,60}\))?\.(?:append|extend|insert|update|add)\("
    rf"|[ \t]*\+?=[ \t]*(?=[a-zA-Z]{{0,2}}[\"']|[{{(\[]|dict\(|{_KEEPS}|{_SAME}))"
)
# A function whose name says that it gives a secret, and what it takes that out of. Words are found
# faster than `\b`.
_GIVES_ITEM = regex(
    r"def(?<=\bdef)[ \t]+(\w*(?i:passw|pwd|secret|token|cred|key)\w*)\([^)\n]*\)"
    r"[^:\n]*:[^\n]*(?:\n[^\n]*){0,6}?"
    r"\n[ \t]+return[ \t]+(?:self\.)?(\w+)(?:\[|\.get\()"
)
# What is filled in by name: a template, or a configuration that is made of one.
_FILLED = regex(
    r"\n[ \t]*(\w+)[ \t]*=[ \t]*[^\n=]{0,80}(?i:render|substitute|template|conf|env_?file|ini)\w*\("
)
_FILLS = regex(r"(\w+)[ \t]*=(?!=)|[\"'](\w+)[\"'][ \t]*:")
# The name by which a secret is taken out of such a thing,
_ITEM = regex(r"(\w+)(?:[\"']|[ \t]*(?:[\]),}:;#\n]|\Z))")
# and what stands before it: `conf["`, `conf.get("`, `conf[names.`, `conf[user]["`, `conf.`, or,
# with the section first, `conf.get("mail", "`.
_TAKEN_OUT = regex(
    r"(?<!\w)([^\W\d]\w*)(?:\[[^\[\]\n]{1,30}\]){0,4}"
    r"(?:(?:\[|\.get\(|\.pop\()[ \t]*(?:[\"']|(?:\w+\.)?)|\.get\([^()\n,]{1,30},[ \t]*[\"']|\.)$"
)
_NAMESPACE = regex(r"_*(?:\w+_)?(?:args|arguments|opts|options|namespace|flags)")
# What a text says right before a value that is put into it: `password: %s`, `token={`, `key: " +`.
_LABEL = regex(
    r"(?:(?:private|api|\w*ption|saml)[ \t])?(?:\w|[^\x00-\x7F：])*"
    r"(?:[ \t]+(?:is|was|now|set|changed|reset|to|has|been|blob))*"
    r"(?:[\"'`)]|</\w+>|[ \t]*\([^()\n]{0,20}\)){0,3}[ \t]*(?:[:：]|=>?|(?<=[ \t]))[ \t]*"
    r"(?:\\?[\"'`(<\[{]|</?\w+>[ \t]*){0,3}(?:%\(?[a-z]|\{|[\"'][ \t]*[,+])"
    r"|\w*[ \t]+(?:%s|\{|[\"'][ \t]*\+)",
    re.ASCII,
)
_NAME = regex(r"[^\W\d]\w*")
_LAST_NAME = regex(r"([^\W\d]\w*)\.\Z")
# Characters of a piece around a name, in which both may stand.
_AROUND = 1500
# Compared with something that is no constant; and how far from the name that may stand.
_COMPARED = regex(r"[=!]=(?=[ \t]*[\w(])(?![ \t]*(?:\d|None\b|True\b|False\b|[rbuf]{1,2}[\"']))")
_BESIDE = 90
# What copies, moves or removes a file, and what a file of a key is called in its arguments.
_HANDLES = regex(r"\b(?:copy2?|copyfile|copytree|move|rename|remove|unlink|rmtree)[ \t]*\(")
_KEY_FILE = regex(
    r"(?i)(?:private|priv|secret|master|signing|encryption|ssh|rsa|agent|server|client)_?key"
    r"|key_?(?:file|path|dir|folder|repo|store)|keystore|cred(?:ential)?s?_?file"
    r"|passw(?:or)?ds?(?:_?(?:file|path|dir)|\b)|passphrase|secrets?_?(?:file|path|dir)|keyring"
)
# What stands before a name that is read, where it is no word of a sentence.
_BEFORE_READ = frozenset(".%+=,([{'\"*?&")
_INDENT = 60


def may_reveal_secret(judged: str, data: bytes) -> bool:
    """Whether a Python file may tell a value that it calls a secret. Said of its bytes, in a
    fraction of the time it takes to read it; `judged` is the path it is judged by."""
    if is_trial_path(judged):
        return False
    small = data.lower()
    if not any(hint in small for hint in _HINTS_IN_BYTES):
        return any(word in small for word in _WHOLE_IN_BYTES) and any(
            True for _ in _places(data.decode("utf-8", "replace"), [])
        )
    text = data.decode("utf-8", "replace")
    hints = _hints(text)
    if any(True for _ in _places(text, hints)):
        return True
    return any(
        reads_secret(text[max(0, pos - _AROUND) : pos + _AROUND]) for pos in _taking(text, hints)
    )


# What was found in a module, for as long as there is that.
_found_in: WeakKeyDictionary[Module, frozenset[int]] = WeakKeyDictionary()


def pieces(module: Module) -> frozenset[int]:
    """The numbers of the pieces of a file in which a value that is named as a secret may be
    revealed.

    Of tests and examples none is: what they call secrets opens nothing.
    """
    known = _found_in.get(module)
    if known is None:
        known = _found_in[module] = frozenset(_pieces(module))
    return known


def carries_secret(module: Module, said: str) -> bool:
    """Whether a stretch of a module reads a variable that was given a secret among other things: a
    command line that was put together before."""
    known = _carried_in.get(module)
    if known is None:
        known = _carried_in[module] = frozenset(_carriers(module.text, _hints(module.text)))
    return bool(known) and not known.isdisjoint(_NAME.findall(said))


# The variables that carry one, by module.
_carried_in: WeakKeyDictionary[Module, frozenset[str]] = WeakKeyDictionary()


def _pieces(module: Module) -> set[int]:
    if is_trial_path(module.judged):
        return set()
    hints = _hints(module.text)
    if not module.pieces:  # a file that is too deep to be read has none
        return set()
    starts = [piece.start for piece in module.pieces]
    found = {bisect.bisect_right(starts, pos) - 1 for pos in _places(module.text, hints)}
    for pos in _taking(module.text, hints):
        number = bisect.bisect_right(starts, pos) - 1
        if number not in found:
            piece = module.pieces[number]
            if reads_secret(module.text[piece.start : piece.end]):
                found.add(number)
    return found - {-1}


def _hints(text: str) -> list[int]:
    """Where something may be read by the name of a secret. To look for one word after the other is
    many times as fast as to look for all at once; what stands in prose is left out by the sign
    before it."""
    small = text.lower()
    found: set[int] = set()
    for hint in _HINTS:
        at = small.find(hint)
        while at >= 0:
            start = at
            while start and (text[start - 1].isalnum() or text[start - 1] == "_"):
                start -= 1
            before = text[max(0, start - _INDENT) : start].rstrip()
            if not before or before[-1] in _BEFORE_READ or _LABEL.match(small, at):
                found.add(start)
            at = small.find(hint, at + len(hint))
    return sorted(found)


def _windows(hints: list[int], before: int, after: int) -> Iterator[tuple[int, int]]:
    """The stretches around these places, those that meet as one."""
    start = end = -1
    for hint in hints:
        if hint - before > end:
            if end >= 0:
                yield start, end
            start = max(0, hint - before)
        end = hint + after
    if end >= 0:
        yield start, end


def _places(text: str, hints: list[int]) -> Iterator[int]:
    """Where a call tells something by the name of a secret, or a URL carries it."""
    carriers = _carriers(text, hints)
    near = hints
    wholes, holders = whole_things.found_in(text)
    carriers |= holders
    if wholes:
        near = sorted({*near, *wholes})
    if carriers:
        any_of = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, carriers))})(?!\w)")
        near = sorted({*near, *(read.start() for read in any_of.finditer(text))})
    tells = [_TELLS, *filter(None, [own_printers.calls_of(text)])]
    # What writes itself stands before the call, all else in its arguments.
    for start, end in _windows(near, FAR, _INDENT if carriers else 0):
        for call in (call for pattern in tells for call in pattern.finditer(text, start, end)):
            is_call = text[call.end() - 1] == "("
            given = (arguments if is_call else statement)(text, call.end())
            if (
                reads_secret(given)
                or _labels(given)
                or (wholes and whole_things.names_whole(given))
                or (carriers and not carriers.isdisjoint(_NAME.findall(given)))
                or (carriers and _receiver(text, call) in carriers)
            ):
                yield call.start()
    if carriers:
        yield from (mail.start() for mail in _MAILS.finditer(text))
    yield from local_writers.found_in(text, hints)
    for answer in _BODIES.finditer(text) if hints else ():
        given = arguments(text, answer.end())
        if reads_secret(given) or not carriers.isdisjoint(_NAME.findall(given)):
            yield answer.start()
    for called, telling in _GIVEN.items():
        at = text.find(called)
        while at >= 0:
            if telling.search(arguments(text, at + len(called))):
                yield at
            at = text.find(called, at + len(called))
    for answer in _ANSWERS.finditer(text):
        given = arguments(text, answer.end())
        if _PASSWORD.search(given) or not carriers.isdisjoint(_NAME.findall(given)):
            yield answer.start()
    yield from (row.start() for row in _ROWS.finditer(text))
    if "key.key" in text and "ApiKey" in text:
        yield from (told.start() for told in _OWN_KEY.finditer(text))
    if _ROUTES.search(text):
        for returned in _GIVES_BACK.finditer(text):
            if reads_secret(arguments(text, returned.end())):
                yield returned.start()
    for shown in _SHOWS.finditer(text):
        body = text[shown.end() : shown.end() + FAR].partition("\n    def ")[0]
        if reads_secret(body) or (_SHOWS_ITS_ONE.search(body) and _OF_SECRETS.search(text)):
            yield shown.start()
    if "except" in text and any(word in text for word in _STATEMENTS):
        for failed in _FAILED_STATEMENT.finditer(text):
            first = bisect.bisect_left(hints, failed.start() - _BEFORE_FAILURE)
            close = first < len(hints) and hints[first] < failed.start()
            if close or "handler(" in failed[0]:
                yield failed.start()
    if hints and "params=" in text and "except " in text:
        yield from (request.start() for request in _ANY_REQUEST.finditer(text))
    if "except " in text and (hints or carriers):
        for request in _WHOLE_URL.finditer(text):
            if request[1] in carriers or reading(request[1]) in SECRETS:
                yield request.start()
    filled: set[str] = set()
    for query in _IN_URL.finditer(text):
        yield query.start()
        made = _NAMED_LINE.match(text, text.rfind("\n", 0, query.start()) + 1)
        if made is not None and len(filled) < _MAX_TEMPLATES:
            filled.add(made[1])
    if filled:  # templates that are filled in elsewhere
        templates = "|".join(map(re.escape, sorted(filled)))
        for used in re.finditer(rf"\b(?:{templates})(?:\.format\(|[ \t]*%)", text):
            yield used.start()
    for start, end in _windows(hints, _BESIDE, _BESIDE):
        for call in _HANDLES.finditer(text, start, end):
            around = text[max(0, call.start() - _BESIDE) : call.end() + _BESIDE]
            if _KEY_FILE.search(around):
                yield call.start()
        for compared in _COMPARED.finditer(text, start, end):
            line = text[text.rfind("\n", 0, compared.start()) + 1 : compared.start()]
            rest = text[compared.end() : compared.end() + _BESIDE].partition("\n")[0]
            if reads_secret(line) or reads_secret(rest):
                yield compared.start()


def _labels(text: str) -> bool:
    """Whether a stretch of Python puts a value into a text that calls it a secret."""
    small = text.lower()
    for hint in _HINTS:
        at = small.find(hint)
        while at >= 0:
            if _LABEL.match(small, at):
                return True
            at = small.find(hint, at + len(hint))
    return False


def _receiver(text: str, call: re.Match[str]) -> str:
    """The last name of what is told to write itself: `self.config.write(file)`."""
    if not call[0].startswith("write"):
        return ""
    found = _LAST_NAME.search(text[max(0, call.start() - _INDENT) : call.start()])
    return found[1] if found is not None else ""


def _carriers(text: str, hints: list[int]) -> set[str]:
    """The variables that are given a secret, or a text or a dict in which one is, or out of which
    one is taken: `answer["access_token"]`."""
    found = {
        made[1]
        for start, end in _windows(hints, FAR, 0)
        for made in _CARRIES.finditer(text, start, end)
        if reads_secret(said := statement(text, made.end())) or _labels(said)
    }
    found |= {
        made[1]
        for start, end in _windows(hints, FAR, 0)
        for made in _FILLED.finditer(text, start, end)
        if any(
            reading(by_keyword or item) in SECRETS
            for by_keyword, item in _FILLS.findall(arguments(text, made.end()))
        )
    }
    found |= {
        given[2] for given in _GIVES_ITEM.finditer(text) if reading_of_function(given[1]) in SECRETS
    }
    for hint in hints:
        item = _ITEM.match(text, hint)
        holder = _TAKEN_OUT.search(text, max(0, hint - _INDENT), hint) if item else None
        if item is None or holder is None or reading(item[1]) not in SECRETS:
            continue
        if not holder[0].endswith(".") or _NAMESPACE.fullmatch(holder[1]):
            found.add(holder[1])
    return found


def _taking(text: str, hints: list[int]) -> Iterator[int]:
    for start, end in _windows(hints, _AROUND, _AROUND):
        for call in _TAKES.finditer(text, start, end):
            yield call.start()
