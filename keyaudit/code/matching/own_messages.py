"""Mails and chat messages that a program sends by a function of its own, or by a library that no
model knows: `mailer.send_email(user.email, "Welcome", text)`, `bot.send_message(chat, text)`.

What such a function does with its arguments is not known. So only texts count that are put together
for people, and a new password that a mail is made of.
"""

from __future__ import annotations

from collections.abc import Iterator

from keyaudit.code import syntax as s
from keyaudit.code.matching.modelled_calls import Use
from keyaudit.code.matching.sinks import Sink
from keyaudit.code.semantics.scopes import Scope
from keyaudit.code.syntax import last_part
from keyaudit.core.patterns import regex
from keyaudit.core.secret_names import PASSWORD, reading

_MAIL = frozenset({"mail"})
_CHAT = frozenset({"chat"})
# What sends a mail by its own name, or is a method of what sends them.
_SENDS_MAIL = regex(
    r"(?i)_*(?:send|deliver|queue|dispatch|notify)_?(?:\w+_)?e?mails?(?:_\w+)?|e?mail_?(?:user|admin|to)"
    r"|_*send_?(?:\w+_)?(?:welcome|invitation|credentials?)\w*"
)
_NOTIFIES = regex(r"(?i)_*(?:send|notify|deliver)\w*")
_MAILER = regex(r"(?i)_*(?:\w+_)?(?:e?mail(?:er)?|smtp)(?:_?(?:notif\w+|service|sender|client))?")
# What writes into a chat, and the objects of bots and chats that it is a method of.
_WRITES_TO_CHAT = regex(
    r"(?i)(?:\w+_)?(?:send|reply|post|edit)_?(?:\w+_)?(?:message|msg|text|dm)(?:_\w+)?|reply(?:_to|_html|_markdown)?"
    r"|answer|send|send_to_user|privmsg|chat_post\w*"
)
_BOTS = regex(r"(?i)_*(?:\w+_)?(?:bot|ctx|conv|conversation|slack\w*|telegram\w*|discord\w*)")
_CHATS = regex(
    r"(?i)_*(?:\w+_)?(?:context|update|message|msg|interaction|response|followup|chat|channel|author"
    r"|member|client|user|app)"
)
_CHAT_LIBRARIES = frozenset({
    "telegram", "telebot", "aiogram", "discord", "nextcord", "disnake", "slack", "slack_sdk",
    "slackclient", "slack_bolt", "hangups", "pyrogram", "telethon", "errbot", "sopel", "nio",
    "mattermostdriver", "vk_api", "linebot", "rocketchat_API", "webexteamssdk", "botbuilder",
})  # fmt: skip
# A template of a mail, and none of the page on which a mail server is set up.
_TEMPLATE = regex(r"(?i)mail")
_OF_SETTINGS = regex(r"(?i)setting|config|setup|form|server|smtp")
_RENDERS = frozenset({"render_template", "render_to_string", "render_template_async"})
# A password that was made for somebody, or is passed on as it is.
_MADE = regex(
    r"(?i)(?:new|temp(?:orary)?|generated|plain|raw|initial|random|default)_?pass(?:word|wd)?"
)
_MAX_NESTING = 2


def message_sinks(scope: Scope, uses: list[Use]) -> Iterator[Sink]:
    """The texts that such calls of a function are given, those of modelled calls left out."""
    modelled = {id(use.call) for use in uses if "body" in use.arguments}
    for call in scope.calls:
        if id(call) in modelled:
            continue
        if last_part(call.func) in _RENDERS:
            yield from _rendered(call, scope)
        kinds = _kinds(call, scope)
        for arg in call.args if kinds else ():
            for text, label in _texts(arg.value, kinds):
                yield Sink("body", text, scope, f"`{last_part(call.func)}`", kinds,
                           place=(text.pos, text.end), context=call.context,
                           label=label)  # fmt: skip


def _kinds(call: s.Call, scope: Scope) -> frozenset[str]:
    """What a call sends, by its name and that of the object it is called on."""
    name = last_part(call.func)
    holder = last_part(call.func.value) if isinstance(call.func, s.Attr) else ""
    if _SENDS_MAIL.fullmatch(name) or (_MAILER.fullmatch(holder) and _NOTIFIES.fullmatch(name)):
        return _MAIL
    if _MAILER.fullmatch(holder) and any(_is_made_password(arg.value) for arg in call.args):
        return _MAIL
    if _WRITES_TO_CHAT.fullmatch(name) and (
        _BOTS.fullmatch(holder)
        or (_CHATS.fullmatch(holder) and not scope.module.words.all.isdisjoint(_CHAT_LIBRARIES))
    ):
        return _CHAT
    return frozenset()


def _rendered(call: s.Call, scope: Scope) -> Iterator[Sink]:
    """The passwords that the template of a mail is filled in with."""
    path = s.literal_text(call.args[0].value) if call.args else None
    if path is None or not _TEMPLATE.search(path) or _OF_SETTINGS.search(path):
        return
    given: list[tuple[str | None, s.Expr]] = [(arg.name, arg.value) for arg in call.args]
    for arg in call.args[1:]:
        if isinstance(arg.value, s.Dict):
            given += [(s.literal_text(key), value) for key, value in arg.value.items if key]
    for name, value in given:
        if name is not None and reading(name) == PASSWORD:
            yield Sink("body", value, scope, f"`{last_part(call.func)}`", _MAIL,
                       context=call.context, label=name)  # fmt: skip


def _texts(value: s.Expr, kinds: frozenset[str], depth: int = 0) -> Iterator[tuple[s.Expr, str]]:
    """The texts for people in an argument, where they are put together, each with the name that its
    place gives it."""
    if depth > _MAX_NESTING:
        return
    match value:
        case s.Text() | s.BinOp(op="%" | "+"):
            yield value, ""
        case s.Call(func=s.Attr(name="format")):
            yield value, ""
        case s.Call(func=s.Attr(name="replace", value=template), args=[mark, filled, *_]):
            marked = s.literal_text(mark.value)
            if marked is not None and reading(marked.strip("{}[]<>%$ ")) == PASSWORD:
                yield filled.value, "password"
            yield from _texts(template, kinds, depth)
        case s.Name(reach=reach):
            if kinds == _MAIL and _is_made_password(value):
                yield value, ""
            for binding in reach or ():
                if binding.kind in ("value", "augment") and binding.value is not None:
                    yield from _texts(binding.value, kinds, depth + 1)
                for earlier in binding.before if binding.kind == "augment" else ():
                    if earlier.value is not None:
                        yield from _texts(earlier.value, kinds, depth + 1)
        case s.Dict(items=items):
            for _, item in items:
                yield from _texts(item, kinds, depth + 1)


def _is_made_password(value: s.Expr) -> bool:
    return isinstance(value, s.Name | s.Attr) and _MADE.fullmatch(last_part(value)) is not None
