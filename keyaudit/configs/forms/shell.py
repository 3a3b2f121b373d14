"""Shell scripts: each command is a resource whose kind is the program, and so is each assignment.

A command has:

- `program`, `words` (its arguments), `line` (program and words as one text)
- `options`: `--days 3650`, `days=3650` and `-days 3650` all give `days: 3650`
- `environment`: variables set for this command only
- `to` (files it writes its output to, also by `tee`), `into` (the program it pipes its output to)
- `input`: its here-document or here-string, and `filled`: whether variables are put into that
- `function`: the name of the function it stands in
- `captured`: whether the script takes up its output
- `shielded`: whether `umask 077` came before, so that only the owner can read new files, or the
  output goes to what `mktemp` made
- `traced`: whether `set -x` came before, so that commands are printed
- `hidden`: whether `stty -echo` came before, so that what is typed is not shown

An assignment has the kind `assignment`, with `name`, `value`, `exported`, `default`: the
fallback in `${NAME:-fallback}`, and `argument`: whether it takes up an argument of the script's
own command line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from keyaudit.configs.forms.shell_functions import (
    basename,
    bodies_of,
    done_with,
    runs_what_it_is_given,
)
from keyaudit.configs.readers.faults import ReadError
from keyaudit.configs.readers.offsets import Place, lines_of
from keyaudit.configs.readers.shell import (
    STARTERS,
    Assignment,
    Command,
    Script,
    Word,
    read,
)
from keyaudit.configs.tree import Entry, Hop, Mapping, Node, Resource, Scalar, Sequence
from keyaudit.core.location import Span
from keyaudit.core.patterns import regex

FORM = "shell"
_DEEPEST = 3


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Programs that run the program named among their arguments.
_WRAPPERS = STARTERS | _words("""
    builtin ionice timeout stdbuf setsid chroot su
    gosu su-exec runuser xargs docker podman nerdctl kubectl oc nsenter ssh watch flock retry
    unshare tini dumb-init docker-compose podman-compose lxc
""")
# Whatever these are given is a command, and these of their options take a value.
_PLAIN_STARTERS = frozenset({"sudo", "doas"})
_TAKE_VALUE = _words("-u -g -h -p -C -r -t -T -U -D -R --user --group --host --prompt")
_SHELLS = _words("""
    sh bash dash zsh ksh ash busybox
""")
# What a shell is given before a script that is a word: `-c`, `-ec`.
SCRIPT_OPTION = regex(r"-[a-z]*c[a-z]*")
_NAME = regex(r"\d?[A-Za-z][\w.+-]*")
_PAIR = regex(r"(?:--?)?([A-Za-z_][\w.:-]*)=(.*)", re.DOTALL)
_OPTION = regex(r"--?([A-Za-z][\w.-]*)")
_WHOLE = regex(r"\$\{(\w+)\}|\$\{(\w+):?[-=]([^{}]*)\}")
_RENEWS = regex(r"-checkend|-enddate|not_?after|(?i:renew)|certbot|acme\.sh|--force\b")
_TRACE = regex(r"-[a-wyz]*x[a-z]*")
_BEGINS = regex(r"\$\{?(\w+)\}?(?:/|\Z)")
_ITEMS = regex(r"\$\{(\w+)\[[@*]\]\}")
_MOST_ITEMS = 500
# An argument that a script or function is called with, that of an option, and what stands behind
# an option's `=`.
_POSITION = regex(r"\$\{[1-9]\d?(?:[:#%?=+-][^{}]*)?\}")
_OF_OPTION = regex(r"\$\{OPTARG\}")
_BEHIND_EQUALS = regex(r"\$\{\w+##?[^{}]*=\}")
# Functions that a script hands its own arguments to.
_MAIN = regex(
    r"(?i)_*(?:main|(?:parse|process|read|get)_?(?:args?|arguments|opts?|options|params|command_?line))"
)
_PROGRAM = regex(r"\s*(?:sudo\s+)?(?:[A-Z_]+=\S*\s+)?((?:[\w.-]*/)*[a-z][\w.-]*)\s+\S")
_LINE = regex(r"(?:\S*/)?[a-z][\w.-]*\s+\S")


@dataclass(slots=True)
class _State:
    """What the commands so far have set; `umask` for a shell of its own ends with that shell."""

    traced: bool = False
    hidden: bool = False
    renewing: bool = False  # the script looks at the end of certificates, or renews them
    masks: dict[tuple[int, ...], bool] = field(default_factory=dict)

    def is_shielded(self, command: Command) -> bool:
        """Whether the last `umask` in the command's shell, or one around it, was 077."""
        shells = command.subshells
        found = (self.masks.get(shells[:count]) for count in range(len(shells), -1, -1))
        return next((mask for mask in found if mask is not None), False)


def resources(text: str, path: str, place: Place | None = None) -> Iterator[Resource]:
    """The commands and assignments of a script in the file at `path`.

    `place` turns two character offsets in `text` into a span; by default, the script is the whole
    file. Raises ReadError, in the end, where such a file is not read to its end.
    """
    reading = _Reading(path, place or lines_of(text))
    yield from reading.of_text(text, 0)
    if reading.is_cut and place is None:
        raise ReadError("is longer than scripts are read (50,000 commands, 2,000,000 characters)")


def of_words(words: list[Word], path: str) -> Iterator[Resource]:
    """The command that a list of words gives, as in `command: [program, argument]`."""
    if words:
        command = Command(words[0].text, words[0].span, words[1:])
        yield from _Reading(path, lines_of("")).of_script(Script([command]), 0)


def of_read(script: Script, path: str) -> Iterator[Resource]:
    """The commands and assignments of a script in another language that was read from the file at
    `path`; variables stay as they are."""
    yield from _Reading(path, lines_of(""), resolves=False).of_script(script, _DEEPEST)


class _Reading:
    def __init__(self, path: str, place: Place, *, resolves: bool = True) -> None:
        self._path = path
        self._place = place
        self._resolves = resolves
        self._known: dict[str, Assignment] = {}
        self._lines: dict[str, Word] = {}  # variables that hold a whole command
        self._arrays: dict[tuple[str, str], list[Word]] = {}  # by the function, and the name
        self._private: set[str] = set()  # variables that name a file or folder of `mktemp`
        self.is_cut = False

    def of_text(self, text: str, depth: int) -> Iterator[Resource]:
        script = read(text, self._place)
        self.is_cut |= script.is_cut
        state = _State(traced=_is_traced(text), renewing=_RENEWS.search(text) is not None)
        yield from self.of_script(script, depth, state)

    def of_script(
        self, script: Script, depth: int, state: _State | None = None
    ) -> Iterator[Resource]:
        if self._resolves:
            self._constants(script)
        state = state or _State()
        for assignment in script.assignments:
            yield self._assignment(assignment)
        bodies = bodies_of(script)
        for written in script.commands:
            command = self._expanded(written) if self._arrays else written
            if command.name in ("umask", "set", "stty"):
                _note(command, state)
            if command.name in script.functions:
                for done in done_with(command, bodies.get(command.name, ())):
                    yield self._resource(done, state)
                # A function runs in the shell itself: no process has its words, but for one that
                # runs what it is given, `run_cmd "Removing the key" rm "$key"`.
                runs = runs_what_it_is_given(command.name)
                inner = _behind(command) if runs else None
                if inner is None:
                    for word in _lines_in(command.words) if runs else ():
                        yield from self._within(word, depth)
                    continue
                command = inner
            for one in self._unwrapped(command, depth):
                if isinstance(one, Command):
                    made = self._resource(one, state)
                    for name, value in one.environment:
                        given = Assignment(name, value, value.span, exported=True)
                        assigned = self._assignment(given)
                        assigned.body.entries["line"] = made.body.entries["line"]
                        yield assigned
                    yield made
                else:
                    yield one

    def _constants(self, script: Script) -> None:
        """Variables that are set once in a script, to what is written there."""
        seen: dict[str, list[Assignment]] = {}
        for assignment in script.assignments:
            seen.setdefault(assignment.name, []).append(assignment)
            if "$(mktemp" in assignment.value.text or self._is_private(assignment.value):
                self._private.add(assignment.name)
            if assignment.items:
                items = self._arrays.setdefault((assignment.function, assignment.name), [])
                items += assignment.items[: _MOST_ITEMS - len(items)]
        for name, listed in seen.items():
            if len(listed) == 1 and "$" not in listed[0].value.text:
                self._known[name] = listed[0]
            if len(listed) == 1 and _LINE.match(listed[0].value.text):
                self._lines[name] = listed[0].value

    def _is_private(self, word: Word) -> bool:
        """Whether a path begins with what `mktemp` made, for its owner alone."""
        begins = _BEGINS.match(word.text)
        return begins is not None and begins[1] in self._private

    def _expanded(self, command: Command) -> Command:
        """The command with the items of the arrays that its words are: `curl "${args[@]}"`."""
        words: list[Word] = []
        for word in (Word(command.name, command.span), *command.words):
            found = _ITEMS.fullmatch(word.text)
            items = None
            if found is not None and not word.quoted:
                names = ((command.function, found[1]), ("", found[1]))
                items = next((self._arrays[n] for n in names if n in self._arrays), None)
            words += [word] if items is None else items
        if len(words) == len(command.words) + 1 or not words:
            return command
        return replace(command, name=words[0].text, span=words[0].span, words=words[1:])

    # -- what runs

    def _unwrapped(self, command: Command, depth: int) -> Iterator[Command | Resource]:
        name = basename(command.name)
        yield command
        if depth >= _DEEPEST:
            return
        if name in _SHELLS or name == "eval":
            yield from self._inner_script(command, depth)
            return
        line = self._line_of(command.name)
        if line is not None:
            yield from self._within(line, depth)
            return
        if name not in _WRAPPERS and not command.name.startswith("$"):
            return
        for word in command.words:
            found = _PAIR.fullmatch(word.text)
            if found is not None and name in ("sudo", "env") and not word.text.startswith("-"):
                command.environment.append((found[1], replace(word, text=found[2])))
        given = _behind(command)
        if given is not None:
            yield from self._unwrapped(given, depth + 1)
            return
        for word in _lines_in(command.words):
            yield from self._within(word, depth)

    def _inner_script(self, command: Command, depth: int) -> Iterator[Resource]:
        words = command.words
        if basename(command.name) != "eval":
            at = next((n for n, w in enumerate(words) if SCRIPT_OPTION.fullmatch(w.text)), None)
            words = [] if at is None else words[at + 1 : at + 2]
        for word in words:
            line = None if word.quoted else self._line_of(word.text)
            yield from self._within(line or word, depth)

    def _line_of(self, text: str) -> Word | None:
        """The command that a variable holds, where a text is that variable: it is run by its name,
        or by `eval`."""
        held = _WHOLE.fullmatch(text)
        return None if held is None else self._lines.get((held[1] or held[2]).rstrip("_"))

    def _within(self, word: Word, depth: int) -> Iterator[Resource]:
        """The commands of a script that is a word of this one."""
        inner = _Reading(self._path, _inside(word))
        inner._known = self._known
        yield from inner.of_text(word.text, depth + 1)

    # -- resources

    def _resource(self, command: Command, state: _State) -> Resource:
        name = basename(command.name)
        words: list[Node] = [self._scalar(word) for word in command.words]
        said = " ".join([name, *(str(word.value) for word in words if isinstance(word, Scalar))])
        entries: dict[str, Node] = {
            "program": Scalar(name, command.span, self._path),
            "words": Sequence(words, command.span, self._path),
            "options": self._options(command),
            "line": Scalar(said, command.span, self._path),
            "to": Sequence([self._scalar(w) for w in command.to], command.span, self._path),
            "into": Scalar(basename(command.into), command.span, self._path),
            "captured": Scalar(command.captured, command.span, self._path),
            "function": Scalar(command.function, command.span, self._path),
            "shielded": Scalar(
                state.is_shielded(command) or any(map(self._is_private, command.to)),
                command.span,
                self._path,
            ),
            "traced": Scalar(state.traced, command.span, self._path),
            "hidden": Scalar(state.hidden, command.span, self._path),
            "test": Scalar(command.test, command.span, self._path),
            "renewing": Scalar(state.renewing, command.span, self._path),
        }
        if command.input is not None:
            entries["input"] = self._scalar(command.input)
            filled = Scalar(not command.input.quoted, command.input.span, self._path)
            entries["filled"] = filled
        if command.environment:
            entries["environment"] = self._mapping(
                {name: self._scalar(value) for name, value in command.environment}, command.span
            )
        return Resource(FORM, name, "", command.span, self._path,
                        self._mapping(entries, command.span), f"`{name}`")  # fmt: skip

    def _options(self, command: Command) -> Mapping:
        found: dict[str, Node] = {}
        for at, word in enumerate(command.words):
            pair = _PAIR.fullmatch(word.text)
            if pair is not None:
                found.setdefault(pair[1], self._scalar(replace(word, text=pair[2])))
                continue
            option = _OPTION.fullmatch(word.text)
            if option is None:
                continue
            after = command.words[at + 1] if at + 1 < len(command.words) else None
            given = after is not None and not re.match(r"--?[A-Za-z]", after.text)
            value = after if given and after is not None else replace(word, text="")
            found.setdefault(option[1], self._scalar(value))
        return self._mapping(found, command.span)

    def _assignment(self, assignment: Assignment) -> Resource:
        at = assignment.span
        entries: dict[str, Node] = {
            "name": Scalar(assignment.name, at, self._path),
            "value": self._scalar(assignment.value),
            "exported": Scalar(assignment.exported, at, self._path),
            "argument": Scalar(_takes_argument(assignment), at, self._path),
        }
        fallback = _WHOLE.fullmatch(assignment.value.text)
        if fallback is not None and fallback[3] is not None:
            entries["default"] = Scalar(fallback[3], assignment.value.span, self._path)
        return Resource(FORM, "assignment", assignment.name, at, self._path,
                        self._mapping(entries, at), f"`{assignment.name}`")  # fmt: skip

    def _scalar(self, word: Word) -> Scalar:
        """A word; a variable that is set once is seen as what it is set to."""
        found = _WHOLE.fullmatch(word.text)
        if found is not None and not word.quoted:
            known = self._known.get((found[1] or found[2]).rstrip("_"))
            if known is not None:
                hop = Hop(self._path, known.span, f"`{known.name}` is set")
                return Scalar(known.value.text, word.span, self._path, (hop,))
            if found[3]:
                return Scalar(found[3], word.span, self._path)
        return Scalar(word.text, word.span, self._path)

    def _mapping(self, values: dict[str, Node], at: Span) -> Mapping:
        entries = {key: Entry(key, value.span, value) for key, value in values.items()}
        return Mapping(entries, at, self._path)


def _takes_argument(assignment: Assignment) -> bool:
    """Whether a variable gets an argument of the script's own command line: `$1` outside of
    functions, what the branch of a `case` for an option takes, and `$OPTARG`."""
    text = assignment.value.text
    if assignment.value.quoted:
        return False
    if _OF_OPTION.fullmatch(text):
        return True
    if assignment.branch.startswith("-"):
        return (_POSITION.fullmatch(text) or _BEHIND_EQUALS.fullmatch(text)) is not None
    is_own = not assignment.function or _MAIN.fullmatch(assignment.function) is not None
    return is_own and _POSITION.fullmatch(text) is not None


def _behind(command: Command) -> Command | None:
    """The command that another is given to run."""
    if basename(command.name) in _PLAIN_STARTERS:
        at = _first_word(command.words)
        inner = basename(command.words[at].text) if at < len(command.words) else ""
        if _NAME.fullmatch(inner):
            return replace(command, name=inner, span=command.words[at].span,
                           words=command.words[at + 1 :], environment=[])  # fmt: skip
    for at, word in enumerate(command.words):
        inner = basename(word.text)
        if (
            _NAME.fullmatch(inner)
            and not word.text.startswith("-")
            and (inner in _PROGRAMS or inner in _SHELLS)
        ):
            words = command.words[at + 1 :]
            return replace(command, name=inner, span=word.span, words=words, environment=[])
    return None


def _lines_in(words: list[Word]) -> Iterator[Word]:
    """The words that are a whole command each: `su postgres -c "psql …"`, `retry "curl …"`."""
    for word in words:
        found = _PROGRAM.match(word.text)
        if found is not None and basename(found[1]) in _PROGRAMS:
            yield word


def _first_word(words: list[Word]) -> int:
    """Where the command stands among what `sudo` is given: after its options and variables."""
    at = 0
    while at < len(words):
        text = words[at].text
        if text in _TAKE_VALUE:
            at += 1
        elif not text.startswith("-") and _PAIR.fullmatch(text) is None:
            break
        at += 1
    return at


def _inside(word: Word) -> Place:
    """The places in a script that is a word: its lines are those of the file, in quotes."""
    starts = lines_of(word.text)

    def place(begin: int, end: int) -> Span:
        at = starts(begin, end)
        first = word.span.line + at.line - 1
        last = word.span.line + at.end_line - 1
        if word.span.line + word.text.count("\n") > word.span.end_line:
            return word.span
        shift = word.span.column if at.line == 1 else 0
        end_shift = word.span.column if at.end_line == 1 else 0
        return Span(first, at.column + shift, last, at.end_column + end_shift)

    return place


def _is_traced(text: str) -> bool:
    head = text[:200].lstrip().split("\n", 1)[0]
    return head.startswith("#!") and any(_TRACE.fullmatch(word) for word in head.split()[1:])


def _note(command: Command, state: _State) -> None:
    words = [word.text for word in command.words]
    if command.name == "umask":
        state.masks[command.subshells] = bool(words) and words[0][-2:] == "77"
    elif command.name == "stty":
        state.hidden = "-echo" in words
    elif any(_TRACE.fullmatch(word) for word in words) or words[:2] == ["-o", "xtrace"]:
        # Under a condition it is what somebody asks for who looks for a fault.
        state.traced = state.traced or not command.conditional
    elif "+x" in words or words[:2] == ["+o", "xtrace"]:
        state.traced = False


# Programs that are looked for behind a wrapper, as in `docker exec db mysql …`.
_PROGRAMS = _words("""
    openssl curl wget mysql mariadb mysqladmin mariadb-admin mysqldump mariadb-dump mariabackup
    xtrabackup mysqlimport psql pg_dump pg_dumpall pg_restore pg_basebackup createuser redis-cli
    valkey-cli mongo mongosh mongodump mongorestore sqlcmd ldapsearch ldapadd ldapmodify
    ldappasswd htpasswd keytool vault bao az aws gcloud docker podman helm kubectl ssh scp sftp
    sshpass rsync ssh-keygen gpg git tar zip 7z cp mv rm chmod chown install tee cat echo printf
    rabbitmqctl doveadm s3cmd mc rclone restic borg velero etcdctl kubeadm nomad consul
    find unlink shred
    smbclient mount.cifs ansible-playbook ansible ansible-vault terraform credhub uaac cf
    keystone openstack influx certutil pk12util step cfssl easyrsa certbot acme.sh minio uwsgi
    gunicorn java node python python3 php artisan wp drush occ bin/console rake rails sed perl
    passwd chpasswd usermod kafka-topics kafka-configs kafka-acls zookeeper-shell
    elasticsearch-users cockroach
    apt apt-get apt-key apk yum dnf microdnf tdnf zypper rpm yum-config-manager pip pip3 npm yarn
    composer ansible-galaxy adduser useradd iptables ip6tables mkdir mount autossh ssh-copy-id
    parallel-ssh 7za unzip crudini expect base64 awk grep gsed envsubst gpg2 certtool sops gopass
    clickhouse clickhouse-client cqlsh isql sqlplus kadmin kadmin.local samba-tool kcadm.sh
    ejabberdctl prosodyctl ldapdelete ldapwhoami lftp mariadb-backup buildah skopeo crane regctl
    etcd kubelet kube-apiserver kube-controller-manager kube-scheduler metrics-server gh glab
    heroku flyctl doctl wrangler bosh argocd xh nerdctl oc docker-compose easy_install gem opkg
    pacman installp lwp-request pkg_add pkgadd
""")
