"""Functions of a program's own that write a line into its log, by their names."""

from __future__ import annotations

from keyaudit.core.patterns import regex

_LEVEL = r"(?:debug|info|warn(?:ing)?|err(?:or)?|notice|critical|exception|verbose|trace|fatal)"
_LINE = (
    r"(?:msg|message|line|entry|text|str(?:ing)?|it|event|output|out|data|print|write|screen"
    r"|console)"
)
LOGS = regex(
    rf"_*(?:(?:write|add|append|put|do|my|app|sys|server|client|local|print|save|{_LEVEL})_?)?"
    r"(?:(?:to|in|the)_?){0,2}"
    rf"(?:log(?:ging|ger)?|Log)(?:_?(?:{_LEVEL}|{_LINE}|or_echo|(?:to|into)_\w{{1,20}})){{0,2}}"
    rf"|_*(?:debug|dbg|verbose|trace|status|error|warn|info)_?{_LINE}"
    r"|_*(?:dbg|dprint|vprint|eprint|xbmc_log|logmsg|writelog|addlog|syslog)"
)
# ... and those that are called as a level is.
LEVELS = regex(r"_*" + _LEVEL)
