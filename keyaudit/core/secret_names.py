"""What an identifier says of its value: a password, a token, a key, or something about one.

The same function is used for variables, parameters, attributes, dict keys, environment variables,
options, form fields, URL parameters, and functions that return a value. The last noun decides:
`token` in `access_token`, and `count` in `token_count`. To support a name, add a word to one of the
sets.
"""

from __future__ import annotations

import re
from functools import lru_cache

from keyaudit.core.patterns import regex

# What a name may say. A value that is `ABOUT` a secret is none: its length, its id, its hash.
PASSWORD, TOKEN, KEY, SECRET, ABOUT, NEUTRAL = (
    "password", "token", "key", "secret", "about", ""
)  # fmt: skip
# `token` and no more: in a parser that is a word of a text.
BARE_TOKEN = "bare-token"  # noqa: S105
# A code that lets in whoever has it, for a while: logged or guessed it is as good as a password.
CODE = "code"
# A thing that is no secret itself and has some in it: all environment variables.
WHOLE = "whole"
SECRETS = frozenset({PASSWORD, TOKEN, KEY, SECRET, BARE_TOKEN, CODE})

_WORD = regex(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_a-zA-Z]+")
_LONGEST = 80


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NOUNS = {
    **dict.fromkeys(_set(
    "password passwords passwd passwds passwrd passw pwd pwds pass pw pws psw psswd "
    "passphrase passphrases passcode passcodes passwort kennwort senha contrasena contraseña mdp"
    " wachtwoord lösenord hasło heslo parola şifre пароль 密码 密碼 口令 パスワード 비밀번호"
), PASSWORD),
    **dict.fromkeys(_set("token tokens jwt bearer cookie cookies 令牌 токен トークン"), TOKEN),
    **dict.fromkeys(_set("phpsessid jsessionid sessionid"), SECRET),
    **dict.fromkeys(_set(
        "secret secrets credential credentials creds cred mnemonic psk cek dek kek seckey privkey"
        " 密钥 密鑰 私钥 私鑰 秘密鍵"
    ), SECRET),
    **dict.fromkeys(_set("key keys"), KEY),
}  # fmt: skip
# Written as one word, these end in a noun: `apikey`, `userpassword`, `clientsecret`.
_ENDS = ("password", "passwd", "passphrase", "token", "secret", "key", "pwd", "pass")
# Scripts without spaces: the noun is the end of what is written as one.
_ENDS_UNSPACED = ("密码", "密碼", "口令", "令牌", "密钥", "密鑰", "私钥", "私鑰", "秘密鍵",
                  "パスワード", "トークン", "비밀번호")  # fmt: skip
_CODES_UNSPACED = ("验证码", "驗證碼", "校验码", "認証コード", "인증번호")
_NO_COMPOUND = _set(
    "monkey turkey donkey hotkey keypass bypass compass trespass encompass hockey whiskey "
    "jockey overpass underpass surpass lowpass highpass bandpass multipass singlepass "
    # Of WebAuthn: a server knows their public half, and asks whether there are any.
    "passkeys"
)  # fmt: skip

# Short words that make a password of `pass`: `dbpass`. Of others (`bypass`, `mypass`) it is none.
_SHORT_PASS_OF = _set("db sql ftp ssh dba vnc")

# What a thing is for or from: `token_for_user` is a token.
_OF = frozenset({"for", "from", "of", "by"})
# What kind of key is a secret. Of any other (`primary_key`, `cache_key`, `key`) nothing is known.
_KEY_OF = _set(
    "api secret private priv prv master signing sign signature encryption encrypt enc "
    "decryption decrypt dec crypt crypto cryptographic cipher session auth authentication "
    "authorization hmac mac aes des fernet rsa ecdsa symmetric sym shared preshared psk "
    "account storage subscription pass wrapping unseal wallet integration webhook service token "
    "jwt bot deploy payload admin openai gpg pgp provisioning activation ingest write rcon "
    "slack discord telegram twilio sendgrid mailgun mailchimp stripe paypal razorpay github gitlab "
    "anthropic claude gemini mistral cohere huggingface groq deepseek openrouter tavily serpapi "
    "pinecone elevenlabs deepgram assemblyai datadog newrelic pagerduty opsgenie pushover "
    "pushbullet shodan virustotal censys alphavantage etherscan infura omdb tmdb openweather "
    "openweathermap weatherapi cleverbot wolfram lastfm dropbox sec autologin wifi wep wpa bearer "
    "tsig rndc sas spend spending websocket local decrypted unwrapped"
)
_KEY_OF_LAST = frozenset({"access", "app", "application"})  # with "secret" or "private" before it
_COOKIE_OF = _set("session login auth")  # of others, little is known
_PLURAL_TOKENS = _set("access refresh auth api bearer session oauth csrf device user")
# A token of these is a word of a text, a mark in a list of results, a coin, or is for everybody.
_NO_TOKEN = _set(
    "next prev previous page paging pagination paginate continuation continue sync csrf "
    "xsrf cursor resume resumption start end begin eos bos eof pad unk mask sep cls special "
    "stop cur current num n max min total input output prompt completion cached "
    "reasoning context word words sub char lex lexer parser parsed syntax operator op "
    "separator delimiter keyword string comment indent newline name number int open close "
    "left right expected unexpected cancel cancellation idempotency client dedup marker "
    "change fencing image audio vision vocab added invalidation design template time date "
    "format range erc erc20 erc721 lp base quote gas coin nft swap reward staking "
    "collateral pool market native governance bucket rate per remaining used count query "
    "text token key value raw match trimmed stripped ident valuation fee payment trade "
    "trading asset order cost antiforgery authenticity scan filter norm normalized search tag stem"
)
_NO_TOKEN_UNLESS = _set("access auth refresh bearer api secret bot")
_PIN_OF = _set("user so sim security card admin login unlock device reset")
# Written after the noun, these leave the value what it is.
_FORM = _set(
    "str string bytes byte hex b64 base64 b32 base32 raw plain plaintext cleartext clear "
    "value val text txt decoded encoded utf8 utf ascii pem der env confirm confirmation "
    "confirmed again repeat repeated retype retyped verify new old current tmp temp in out "
    "input output arg opt buf buffer blob material obj header list array a b"
)
# ... but not of a noun that is not known to be a secret in the first place.
_ONLY_OF_PASSWORDS = _set(
    "confirm confirmation confirmed again repeat repeated retype retyped verify input "
    "output in out list array"
)  # fmt: skip
# Before the noun, these say that the value may be shown, or is none.
_SHOWN = _set(
    "encrypted crypted hashed hash hashes masked redacted obfuscated hidden censored "
    "sanitized sealed wrapped public pub pubkey csrf xsrf dummy fake mock example sample "
    "placeholder invalid wrong incorrect missing bad unknown salted scrambled ciphered "
    "加密 公 错误 无效 没有 忘记 修改 重置 truncated partial fingerprint digest sha sha1 sha256 "
    "sha512 md5 no non not without "
    "empty stars asterisks permission permissions"
)
# A first word that makes the name one of a question, an act or an amount.
_QUESTION = _set(
    "is has have had was can should must may use uses using no not without with need needs "
    "require requires required ask asks prompt prompts show hide print log save store "
    "remember allow allows permit permits permitted enable enabled disable disabled check "
    "checks validate valid invalid exists supports want wants force ignore skip skipped accept "
    "accepts num n count max min len length forgot forget change changed update updated compare "
    "after before until supply retype"
)
# `eval_password` is the command that prints it.
_QUESTION_OF_PASSWORDS = _set("reset set verify test get eval")
# A function of these does something with what it names, and gives something else.
_ACTS = _set(
    "verify validate check parse reset set revoke delete remove send store save encode hash "
    "mask login authenticate authorize use with has is update change put post add register "
    "insert write log print compare match test encrypt redact hide clear invalidate expire "
    "count list on handle process require show display confirm"
)
# A function of these gives what it names: `get_password()`, `create_access_token()`.
_GIVES = _set(
    "get fetch load read retrieve obtain acquire request refresh issue generate gen create "
    "make new decrypt derive lookup find build mint rotate unwrap ask prompt input extract "
    "resolve random"
)


@lru_cache(maxsize=8192)
def reading(name: str) -> str:
    """What a name says of its value: one of `SECRETS`, `ABOUT` a secret, or `NEUTRAL`.

    `name` is an identifier, a dict key, an option or the name of a header.
    """
    return _read(_words(name))


# What the standard library draws texts with, for whatever purpose: ids of requests too.
_DRAWS = (("token", "hex"), ("token", "urlsafe"))
# A text is not taken apart into words by these.
_ISSUES = tuple((verb, "token") for verb in ("generate", "issue", "mint", "acquire", "rotate"))


@lru_cache(maxsize=4096)
def reading_of_function(name: str) -> str:
    """What a function returns, by its name: one of `SECRETS` or `NEUTRAL`. Functions that do
    something else with what they name, such as `check_password`, are `NEUTRAL`."""
    words = _words(name)
    if words == ("pwd",):  # of a shell and of FTP: the folder one is in
        return NEUTRAL
    if words in _DRAWS or words == ("authorization",):  # what somebody may do
        return NEUTRAL
    if words in _ISSUES:
        return TOKEN
    if len(words) > 1 and words[0] in _ACTS:
        return NEUTRAL
    while len(words) > 1 and words[0] in _GIVES:
        words = words[1:]
    found = _read(words)
    return found if found in SECRETS else NEUTRAL


# What the name of a field of a window says of the field, and not of what is typed into it.
_OF_FIELD = regex(
    r"(?i)^(?:_*(?:entry|edit|field|txt|ent|le|line_?edit|inp(?:ut)?|text)_*(?=[A-Z_]|pass|pin"
    r"|tok|sec|api))"
    r"|_*(?:entry|edit|field|box|line_?edit|ctrl|input|widget|var|ent|text)\d*$"
)


def name_of_field(name: str) -> str:
    """The name of what is typed into a field of a window: `password` of `password_entry`."""
    return _OF_FIELD.sub("", name)


@lru_cache(maxsize=1024)
def reading_of_field(name: str) -> str:
    """What the name of a field of a window says of what is typed into it: `PASSWORD`, or
    `NEUTRAL`. Of other secrets a name with a method `get` may be that of a record."""
    return PASSWORD if reading(name_of_field(name)) == PASSWORD else NEUTRAL


@lru_cache(maxsize=1024)
def reading_of_prompt(text: str) -> str:
    """What a prompt asks for: `PASSWORD` for `Enter your password (hidden): `."""
    # `Name of the site to get the password of` asks for a name.
    head = re.split(r"[(\[{:?]|\b(?:to|that|which|whose)\b", text, maxsplit=1)[0]
    return reading("_".join(head.split()[-6:]))


_LABEL = regex(
    r"(?:^|[\n,;:.!({\[|>*]|\s-\s)[ \t\"'`]*(\w[\w \t/-]{0,48}?)[\"'`)]{0,2}[ \t]*(?:[:：]|=>?)"
    r"[ \t]*[\"'`(<\[{]{0,3}\Z"
)
_BEARER = regex(r"(?i)\bbearer[ \t]+\Z")
# What a message of a failure has after the colon is the reason, whatever stands before it.
_FAILS = regex(
    r"(?i)\b(?:fail\w*|errors?|exception|invalid|unable|could|cannot|can't|not|no|missing|while|when"
    r"|problem|unexpected|unknown|bad|wrong|refused|rejected|expired|revoked|warning|skipp\w*)\b"
)
_JOINS = regex(r"(?i)\b(?:for|of|from|by|in|to|with|on|at|and|is|via|as|using|per)\b")
_MAX_LABEL = 6  # words
_GOES_ON = regex(r"[ \t]*\w")
_PARAMETER = regex(r"[?&]([A-Za-z][\w.-]{1,39})=\Z")
# What such a variable holds says something about the thing, and is not the thing.
_ASIDE = _set(
    "error errors err exc exception ex e msg message messages reason status state code type "
    "kind class name names id ids link links path paths file filename filenames dir folder url "
    "uri user username email count len length size number num n i index idx time date age expiry "
    "expires valid ok success found exists enabled flag mode algorithm algo alg scope scopes "
    "issuer audience help description desc label title prompt format version host hostname port "
    "policy stars mask hint usage line lineno typ present set count source provider env var"
)


# What dresses a value up, and what stands between a label and its colon: `<b>API key:</b>`,
# `Decryption key (32 bytes):`.
_TAG = regex(r"</?[a-z]\w{0,9}\b[^<>]{0,40}>")
_SIZE = regex(
    r"[ \t]*\((?:[*\d %]|hex|bytes|bits|base64|b64|raw|plain(?:text)?|new|current)+\)"
    r"(?=[ \t]*(?::|=))"
)
# Words in the place of the colon: `Your password is`, `API key set to`.
_SAYS = regex(
    r"[ \t]+(?:is|was|(?:(?:is|was|has been)[ \t]+)?(?:now|(?:changed|set|reset)[ \t]+to))[ \t]*"
    r"(?P<colon>:?)[ \t]*[\"'`(<\[{]{0,3}\Z"
)


@lru_cache(maxsize=1024)
def reading_of_label(before: str, following: str = "") -> str:
    """What a text says of the value inserted between `before` and `following`: `PASSWORD` after
    `"password: "`.

    Only a label with a colon, an equals sign or a verb at the end of the text counts, but no
    sentence that goes on; other texts are `NEUTRAL`, except that `Bearer ` at the end gives
    `TOKEN`. A parameter of a URL is a label: `https://example.org/api?apikey=`.
    """
    if _BEARER.search(before):
        return TOKEN
    parameter = _PARAMETER.search(before)
    if parameter is not None:
        said = reading(parameter[1])
        return TOKEN if said == BARE_TOKEN else said
    near = _SIZE.sub("", _TAG.sub("", before[-120:]))
    if (says := _SAYS.search(near)) and (says["colon"] or not _GOES_ON.match(following)):
        near = f"{near[: says.start()]}: "
    found = _LABEL.search(near[-80:])
    if found is None or _FAILS.search(near.rpartition("\n")[2]):
        return NEUTRAL
    words = _JOINS.split(found[1])[-1].split()
    return reading("_".join(words)) if 0 < len(words) <= _MAX_LABEL else NEUTRAL


@lru_cache(maxsize=4096)
def is_aside(name: str) -> bool:
    """Whether a name says that its value is about something, such as an error, a count or a
    path."""
    words = _words(name)
    return bool(words) and words[-1] in _ASIDE


def _words(name: str) -> tuple[str, ...]:
    if len(name) > _LONGEST:
        return ()
    found: list[str] = []
    for word in _WORD.findall(name):
        found += _apart(word.lower())
    return tuple(found)


def _apart(word: str) -> list[str]:
    """The parts of a compound word that ends in a noun: `access` and `token` of `accesstoken`."""
    if word in _NOUNS or word in _NO_COMPOUND or word in _SHOWN:
        return [word]
    if not word.isascii():
        end = next((end for end in _ENDS_UNSPACED if word.endswith(end)), "")
        return [word.removesuffix(end), end] if end else [word]
    for end in _ENDS:
        for noun in (end, f"{end}s"):
            before = word.removesuffix(noun)
            if before == word or len(before) < 2:
                continue
            if end != "pass" or len(before) > 3 or before in _SHORT_PASS_OF:
                return [before, noun]
    return [word]


def _read(words: tuple[str, ...]) -> str:
    cut = next((n for n, word in enumerate(words) if n and word in _OF), len(words))
    words = _private_first(words[:cut])
    at = next((n for n in range(len(words) - 1, -1, -1) if words[n] in _NOUNS), None)
    if at is None:
        return _read_without_noun(words)
    noun, before, after = _NOUNS[words[at]], words[:at], words[at + 1 :]
    if noun is TOKEN and words[at] == "bearer" and before:
        return NEUTRAL
    forms = _FORM if noun is PASSWORD else _FORM - _ONLY_OF_PASSWORDS
    if any(word not in forms and not word.isdigit() for word in after):
        return _read_earlier(words, at, after)
    if any(word in _SHOWN for word in before) and not (noun is KEY and "hash" in before):
        return ABOUT
    if before and (
        before[0] in _QUESTION or (noun is PASSWORD and before[0] in _QUESTION_OF_PASSWORDS)
    ):
        return ABOUT
    if noun is KEY:
        return KEY if _is_secret_key(before) else NEUTRAL
    if noun is TOKEN:
        return _token(words[at], before, after)
    if words[at] == "pass" and not before and after:
        return NEUTRAL
    if words[at] == "pass" and before and (before[-1].isdigit() or before[-1] in _ORDINALS):
        return NEUTRAL
    return noun


def _private_first(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words of a name such as `shared_key_private`, as of `shared_private_key`."""
    for at in range(len(words) - 1):
        if words[at] in ("key", "keys") and words[at + 1] in ("private", "priv"):
            return (*words[:at], words[at + 1], words[at], *words[at + 2 :])
    return words


_ORDINALS = _set(
    "first second third last next one two single multi final each by low high band render "
    "shader test tests did does to and or can all any line"
)  # fmt: skip


def _read_earlier(words: tuple[str, ...], at: int, after: tuple[str, ...]) -> str:
    """The reading of a name in which other words follow the noun: about a secret; `NEUTRAL` for a
    key that is none."""
    if _NOUNS[words[at]] is KEY and not _is_secret_key(words[:at]):
        return NEUTRAL
    return ABOUT


# What a payment by card is checked by.
_OF_CARD = (("cvv",), ("cvc",), ("cvv2",), ("cvc2",), ("cvv", "2"), ("cvc", "2"))
_ONE_TIME = (("otp",), ("totp",), ("hotp",))
_CODE_OF = _set(
    "verification verify activation confirmation invitation invite recovery backup reset login otp"
    " totp sms mfa 2fa pin passcode unlock pairing"
)
_NO_CODE = _set("status error exit country reason type length")
_KEY_FORMATS = _set("pem der jwk pkcs8 asn1")
# How the header is called where a server hands it on: `HTTP_AUTHORIZATION`.
_HEADERS_ARE = _set("http proxy x original forwarded")


def _read_without_noun(words: tuple[str, ...]) -> str:
    if words[-2:] == ("security", "code") or words[-1:] == ("securitycode",):
        return CODE if not _QUESTION.intersection(words[:1]) else ABOUT
    if words and words[-1] == "pin" and _PIN_OF.intersection(words[:-1]):
        return PASSWORD
    if words[-1:] == ("authorization",) and _HEADERS_ARE.issuperset(words[:-1]):
        return SECRET
    if words[-1:] in _OF_CARD or (words and words[-1].endswith(_CODES_UNSPACED)):
        return CODE if not _QUESTION.intersection(words[:1]) and not _SHOWN & {*words} else ABOUT
    if words[-1:] in _ONE_TIME or (words[-1:] == ("code",) and _CODE_OF.intersection(words[-3:-1])):
        return CODE if not _QUESTION.intersection(words[:1]) and not _NO_CODE & {*words} else ABOUT
    if words[-2:] == ("saml", "assertion") and not _QUESTION.intersection(words[:1]):
        return TOKEN
    if words in (("seed", "phrase"), ("recovery", "phrase")):
        return SECRET
    # A file's format in the place of the noun: `private_pem`.
    if len(words) > 1 and words[-1] in _KEY_FORMATS and words[-2] in ("private", "priv", "prv"):
        return NEUTRAL if words[0] in _QUESTION else KEY
    return NEUTRAL


def _is_secret_key(before: tuple[str, ...]) -> bool:
    if not before:
        return False
    if before[-1] in _KEY_OF:
        return True
    return before[-1] in _KEY_OF_LAST and bool({"secret", "private"}.intersection(before))


def _token(word: str, before: tuple[str, ...], after: tuple[str, ...]) -> str:
    if word in ("cookie", "cookies"):
        return TOKEN if before and before[-1] in _COOKIE_OF else NEUTRAL
    if word == "tokens" and not _PLURAL_TOKENS.intersection(before):
        return NEUTRAL
    if before and before[-1] in ("url", "uri", "path"):
        return ABOUT
    if before[-1:] in _ONE_TIME:
        return CODE
    if before and before[-1] in ("first", "last"):
        return ABOUT  # `first_token` is a word; `first_install_token` lets in
    if _NO_TOKEN.intersection(before) and not _NO_TOKEN_UNLESS.intersection(before):
        return ABOUT
    return TOKEN if before else BARE_TOKEN
