"""The context of a value: whether its file is a test, an example or for development, and whether
the value is a placeholder.

Each answer may lower a finding's severity; none hides it.
"""

from __future__ import annotations

import re
import string
from functools import lru_cache
from itertools import pairwise

from keyaudit.core.patterns import regex

# --- names ---

# The last name before a value, and what it says of a value that is made up.
_LAST_NAME = regex(
    r"([A-Za-z_]\w*)[\"'\])]*\s*(?::[^=:\"'`]{0,40})?(?::=|=>|=|:)\s*[&rbuf]*[\"'`]{0,3}$"
)
_MADE_UP = regex(
    r"(?:^|_)(?i:fake|dummy|mock(?:ed)?|samples?|examples?)(?:_|$)"
    r"|(?<![A-Za-z])(?:fake|dummy|mock|sample|example)(?=[A-Z])"
    r"|(?<=[a-z0-9])(?:Fake|Dummy|Mock|Sample|Example)(?=[A-Z]|$)"
)


def is_named_as_made_up(before: str) -> bool:
    """Whether the name that a value is given says that it is made up: `TEST_FAKE_KEY = "`.

    `before` is what stands before the value in its line.
    """
    found = _LAST_NAME.search(before[-200:])
    return found is not None and _MADE_UP.search(found[1]) is not None


# --- paths ---

_FOLDER_WORDS = (
    "test tests testing unittest unittests testdata testcase testcases testsuite testsuites "
    "testhelpers testutil testutils testlib testkit "
    "test-data test_data "
    "__tests__ __mocks__ mock mocks stub stubs fake fakes fixture fixtures __fixtures__ "
    "cassette cassettes snapshot snapshots __snapshots__ e2e spec specs "
    "example examples sample samples demo demos tutorial tutorials cookbook quickstart "
    "doc docs docsrc documentation guide guides rfc rfcs _sources"  # the last is Sphinx's copy
)
_SNAPSHOTS = frozenset({"snapshot", "snapshots"})
_FOLDERS = frozenset(_FOLDER_WORDS.split())
_FOLDER_SHAPE = regex(r"(?:test|tests|fixture|fixtures|example|examples)[-_.].*"
                           r"|.*[-_.](?:tests?|fixtures?|examples?|guides?|docs?|e2e)"
                           # A project's name before it: ipatests, nova_unittests.
                           r"|(?!(?:con|pro|at|de|la)tests$)[a-z0-9]{2,10}tests"
                           # What is built for a test alone: Gradle's `src/androidTest`.
                           r"|(?:android|common|jvm|js|ios|native|unit|integration|functional"
                           r"|instrumented|shared)(?:unit|instrumented)?test")  # fmt: skip
# What a pipeline runs, runs with its secrets, and a test's infrastructure is rented and reachable:
# of those the file's name says nothing, and of Terraform no folder such as `test-network` either.
_PIPELINE = regex(
    r"(?:.*/)?(?:\.github/workflows/[^/]+|\.gitlab-ci\.ya?ml|\.gitlab/ci/.+|\.circleci/.+"
    r"|jenkinsfile[^/]*|azure-pipelines[^/]*|bitbucket-pipelines\.ya?ml)"
)
_TERRAFORM = (".tf", ".tfvars", ".tf.json")
# `test_deploy.sh` deploys, be it to try something.
_SHELL = (".sh", ".bash", ".zsh", ".ps1")
_DEPLOYS = regex(r"(?<![a-z])(?:deploy|release|publish|provision|prod|production)(?![a-z])")
# What AWS SAM deploys, by the name it looks for; `secrets-template.yaml` is one to fill in.
_STACK = regex(r"template\.(?:ya?ml|json)")
# What a chart's pipeline installs it with, to try it: `ci/values-database.yaml`.
_TRIED_VALUES = regex(r"(?:.*[-_.])?values(?:[-_.].*)?\.ya?ml")
# What behave and Cucumber run: `features/steps/login.py`.
_BEHAVIOUR = regex(
    r"(?:.*/)?features/(?:steps|step_definitions)/.*|(?:.*/)?features/environment\.py"
)
_METADATA = regex(r".*\.(?:dist|egg)-info")  # of a package, which has its README in it
_FILE_SHAPE = regex(
    r"tests?[-_.].*"  # test_keys.py, tests.py, test.env
    r"|.*[-_.]tests?\.[^.]+"  # keys_test.go
    # login.spec.ts; what `token_spec.py` holds is a specification
    r"|.*[-_.]spec\.(?:[cm]?[jt]sx?|rb|coffee|dart|groovy|kt|lua|php|scala|swift)"
    r"|conftest\.py|phpunit(?:\.[\w-]+)*\.xml(?:\.dist)?|tox(?:-[\w-]+)?\.ini"
    r"|\.kitchen(?:\.[\w-]+)*\.ya?ml"  # Test Kitchen
    # test_helper.go, apitestlib.go, TestUtils.java
    r"|(?:.*[-_.])?(?:api|unit)?test[-_]?(?:helpers?|utils?|lib|kit|support)\.[^.]+"
    r"|readme(?:[-_.].*)?|pkg-info|.*\.(?:rst|adoc)"
    r"|(?:changelog|changes|history|news|contributing|upgrad(?:e|ing)|migrat(?:e|ing|ion)|release[-_]notes)"
    r"(?:[-_.].*)?\.(?:md|markdown|mdx|txt)"
    r"|(?:.*[-_.])?(?:example|sample|template|mock|dummy)s?(?:[-_.]?\d+)?(?:\.[^.]+)?"
    r"|.*[-_.]dist(?:\.[^.]+)?"  # settings.py.dist; what `dist.py` does is another thing
    r"|(?:.*[-_.])?fixtures?\.[^.]+"  # session_fixtures.go
    r"|(?:.*[-_.])?(?:fake|mock|dummy|sample|example)[-_].*"  # fake_data.py, weak_sample_key.asc
    # The description of an interface, with what is sent and answered for examples.
    r"|\.?env[-_.](?:tests?|testing|ci)(?:[-_.].*)?"
    r"|(?:.*[-_.])?(?:openapi|swagger)(?:[-_.][^.]*)?\.(?:ya?ml|json)(?:\.j2)?"
)
_SETTINGS = frozenset({"settings", "config", "configs", "conf", "environments"})
# Pages of a site, in folders that hold much else.
_PAGE = (".md", ".mdx", ".markdown")
_SITE = frozenset({
    "website", "content", "blog", "posts", "_posts", "wiki", "site", "www", "pages", "openapi",
    "swagger",
})  # fmt: skip
# As languages with a class a file call them: `LoginTest.java`, `SetupDummyAccount.php`.
_CLASS_SHAPE = regex(
    r"(?:.*[a-z0-9])?(?:Tests?|IT)\.(?:java|kt|cs|php|swift|scala|groovy)"
    r"|(?:.*[a-z0-9])?(?:Fake|Mock|Dummy)(?:[A-Z].*)?\.(?:java|kt|cs|php|swift|scala|groovy|[jt]sx?)"
)
# Where programs are tried out on the machine of who writes them. Not `dev`: a stage of that name in
# a deployment opens for everybody who has its keys.
_DEVELOPMENT_FILE = regex(
    r"(?:settings?|config)?[-_.]?(?:local[-_]?dev(?:elopment)?|development|ci)\.py"
    r"|(?:dev|test)\.exs"  # what Phoenix generates
)
_DEVELOPMENT = regex(
    r"development|localdev|devstack|devenv|\.?devcontainer|vagrant|molecule|sandbox(?:es)?"
    r"|local[-_](?:data|dev|development|env)"
)


def is_test_path(path: str) -> bool:
    """Whether a file (relative, with `/`) is a test, a fixture, an example or documentation.

    Only whole names and their parts count: `tests/keys.py`, `test_keys.py`, `docs/conf.py`,
    `.env.example`, but not `latest/keys.py` or `contest.py`.
    """
    low = path.lower()
    *folders, name = low.split("/")
    if folders and folders[-1] == "ci" and _TRIED_VALUES.fullmatch(name):
        return True
    if folders and _METADATA.fullmatch(folders[-1]):
        return True
    if _BEHAVIOUR.fullmatch(low):
        return True
    terraform = name.endswith(_TERRAFORM)
    for folder in folders:
        plain = folder.removeprefix(".")  # .snapshots
        if plain in _SNAPSHOTS and name.endswith(_SHELL):
            continue  # what takes snapshots of disks and databases
        if plain in _FOLDERS or (not terraform and _FOLDER_SHAPE.fullmatch(plain)):
            return True
    if name.endswith(_PAGE) and not _SITE.isdisjoint(folders):
        return True
    if _CLASS_SHAPE.fullmatch(path.rpartition("/")[2]):
        return True
    if _FILE_SHAPE.fullmatch(name) is None:
        return False
    runs = terraform and name.startswith("test")
    runs = runs or (name.endswith(_SHELL) and _DEPLOYS.search(name) is not None)
    return not (runs or _PIPELINE.fullmatch(low) or _STACK.fullmatch(name))


def is_trial_path(path: str) -> bool:
    """Whether a file is a test (`is_test_path`), is in a folder for development, or holds the
    settings of a developer's machine or of a pipeline (`settings/local_dev.py`).

    A fault that such a file has in common with the product, such as a shared key, is no less
    serious.
    """
    *folders, name = path.lower().split("/")
    if folders and folders[-1] in _SETTINGS and _DEVELOPMENT_FILE.fullmatch(name):
        return True
    return is_test_path(path) or any(map(_DEVELOPMENT.fullmatch, folders))


# Settings to copy and fill in: what is not filled in is in force as it is written there.
_SETTINGS_ENDING = (
    r"(?:\.(?:env|ini|cfg|conf|config|ya?ml|toml|json|properties|txt|py|xml|hcl|tfvars))?"
)
_COPIED = regex(
    rf"(?!.*(?<![a-z])test)(?:(?:.*[-_.])?(?:example|sample|dist)s?{_SETTINGS_ENDING}"
    rf"|.*\.(?:template|tmpl){_SETTINGS_ENDING}"
    r"|(?:.*[-_.])?(?:env|settings?|config|conf|secrets?)[-_.](?:example|sample|template|dist)"
    r"(?:[-_.].*)?)"
)


def is_copied_sample(path: str) -> bool:
    """Whether a file is a sample of settings that everybody copies who sets the program up
    (`.env.example`), and in no folder of tests, examples or documentation."""
    folder, _, name = path.lower().rpartition("/")
    return _COPIED.fullmatch(name) is not None and not is_trial_path(f"{folder}/settings.ini")


# Pages that tell people what to type, and folders that hold such pages alone.
_MANUAL = regex(
    r"(?!(?:changelog|changes|history|news|contributing|release[-_]notes|code_of_conduct|testing)"
    r"(?:[-_.]|$)).*\.(?:md|markdown|rst)"
)
_MANUALS = frozenset({"doc", "docs", "docsrc", "documentation", "guide", "guides"})


def is_copied_manual(path: str) -> bool:
    """Whether a file is a page whose commands people copy when they set the program up, and in no
    folder of tests or examples."""
    *folders, name = path.lower().split("/")
    if _MANUAL.fullmatch(name) is None:
        return False
    return not is_trial_path("/".join([*(f for f in folders if f not in _MANUALS), "settings.ini"]))


# --- values ---

_TEMPLATE = regex(
    # Somewhere in the value, and all of it.
    r"\$\{[^}]*\}|\{\{.*\}\}|\{%.*%\}|\$\([\w ./-]{4,}\)|%\(\w+\)|<%.*%>|^\$\([^)]*\)$"
    r"|^<[^<>]*>$|^\{[\w.:-]*\}$|^\$\w+$|^%\w+%$|^@\w+@$|^__\w+__$|^\[[\w .-]*\]$"
    # As BOSH, CredHub and Concourse write it, and `_admin_password_`.
    r"|\(\([a-z][\w./:-]*\)\)|^_[a-z]+(?:_[a-z]+)*_$"
)
# Any of these as a word of its own gives the value away, whatever stands around it.
_TELLING = regex(
    # Long words, also in the midst of letters: `bPxRfiCYEXAMPLEKEY`.
    # The second is what Google's "Key URI Format" shows as a secret of one-time passwords.
    r"example|jbswy3dpehpk3pxp|changeme|replaceme|placeholder|redacted|insecure|x{12}|\*{12}|0{16}|(?:01){4}"
    # `your password`, as people of other languages write it.
    r"|(?:sua|tua)[- ]?senha|[st]u[- ]?(?:contrase|clave)|votre[- ]?mot[- ]?de[- ]?passe"
    r"|(?:dein|ihr)[- ]?passwort"
    # `HEAoMK2...ku8` was cut short, and `xxxx-1234` has a part painted over.
    r"|\.{3}|…|(?<![a-z\d])x{4,}(?![a-z\d])"
    r"|(?<![a-z])(?:sample|dummy|fake|mock|removed|hidden|masked"
    r"|change[-_ ]?(?:me|it|this)|replace[-_ ]?(?:me|it|this|with)|fill[-_ ]?(?:me|in)"
    r"|insert|put[-_ ]your|enter[-_ ]your|your?s?|todo|fixme|unsafe|not[-_ ]?a?"
    r"[-_ ]?(?:real|secret)|test|tests|testing|unittest|testkey|testpass|testpassword|testtoken"
    r"|testsecret|initial[-_ ]value|overrid(?:e[-_ ]me|den)"
    r"|(?:set|managed)[-_ ](?:elsewhere|manually|by[-_ ]hand)"
    r"|bogus|invalid|nonsense|lorem|ipsum|foobar|deadbeef|cafebabe)(?![a-z])"
    # Three letters stand in random text now and then: `foo1` is one, `foo8xQ` is not.
    r"|(?<![a-z\d])(?:foo|tbd)(?!\d*[a-z])|faked?\Z"
)
# A value made of nothing but these says what it is instead of being it: `my-secret-key`.
_NOUN_WORDS = (
    "a an the my our some this that is are it its not no non very really super so top more for to "
    "of in on and or be do does use used only never ever always with from by at as will should "
    "secret secrets sekret sekrit password passwords passwd pass pw pwd passphrase phrase word "
    "key keys api token tokens auth access refresh bearer client app application service server "
    "user username name admin root guest default private public shared master session cookie "
    "signing encryption encrypt decrypt crypto cipher hash salt pepper nonce iv seed value values "
    "string text data bytes byte bit bits hex base32 base64 here there long short random secure "
    "strong weak hard hardcoded coded local localhost dev development prod production staging "
    "demo temp tmp old new first second another other one two three four eight sixteen twenty "
    "thirty none null nil undefined empty unset optional required unknown true false yes bar baz "
    "qux spam eggs ham hello world blah something anything whatever thing stuff id db database "
    "host url aws gcp azure github django flask jwt rsa aes hmac sha md5 yellow submarine test "
    "example changeme your if you can please "
    "letmein qwerty abc xyz"
)
_NOUNS = frozenset(_NOUN_WORDS.split())
_LONGEST_NOUN = max(map(len, _NOUNS))
_RUNS = tuple(
    run * 6
    for text in (
        string.digits,
        "1234567890",
        "0123456789abcdef",
        string.ascii_lowercase,
        string.ascii_lowercase + string.digits,
        string.digits + string.ascii_lowercase,
        "qwertyuiop",
        "asdfghjkl",
        "zxcvbnm",
        "1a2b3c4d5e6f7g8h9i0j",
        "a1b2c3d4e5f6g7h8i9j0",
        "qwertyuiopasdfghjklzxcvbnm",
    )
    for run in (text, text[::-1])
)
# `topSekr3t`, `p@ssw0rd` and `ch4n63m3` are the words they look like.
_LEET = str.maketrans("0134@5$67", "oieaassgt")
# `startproject` writes this before a key that is random, unique and in use until replaced.
_DJANGO = "django-insecure-"
# What is to be filled in, or was taken out: nothing that anybody is let in with.
_UNFILLED = regex(
    r"placeholder|redacted|x{12}|\*{6}|\.{3}|…|(?<![a-z\d])x{4,}(?![a-z\d])"
    r"|(?<![a-z])(?:removed|hidden|masked|replace[-_ ]?(?:me|it|this|with)|fill[-_ ]?(?:me|in)"
    r"|insert|put[-_ ]your|enter[-_ ]your|your?s?|todo|fixme|tbd)(?![a-z])"
)
_TAKEN_OUT = ("XXXX", "xxxx", "[...]", "[…]", "(...)")
_LONGEST = 200
_SEPARATORS = regex(r"[-_.:/ ]")
_LONG_RUN = regex(r"(.)\1{3,}", re.DOTALL)
_PARTS = regex(r"[a-z]+|\d+")
_NO_LETTERS = regex(r"[^a-z0-9]")
_NUMBERED = regex(r"\D\d{1,4}$")
_GAP = regex(r"<[\w .-]+>")  # to be filled in
_LEAST_RANDOM, _LEAST_DISTINCT = 14, 9


def is_template(value: str) -> bool:
    """Whether a value is a template that is filled in before use: `${KEY}`, `{{ key }}`."""
    return len(value) <= _LONGEST and _TEMPLATE.search(value.strip().lower()) is not None


def is_unfilled(value: str) -> bool:
    """Whether a value is yet to be filled in: a template, `your-password`, `xxxx`, `REDACTED`."""
    text = value.strip().lower()
    return is_template(value) or (
        len(text) <= _LONGEST and _UNFILLED.search(text.replace("_", " ")) is not None
    )


@lru_cache(maxsize=1024)  # one secret is asked about by each that weighs, names or words it
def is_placeholder(value: str) -> bool:
    """Whether a value is a placeholder rather than a secret.

    Placeholders are templates (`${KEY}`, `<your key>`), words that say so (`changeme`, `example`,
    `dummy`), values made only of common words (`my-secret-key`), repetitions of a character or a
    short piece (`xxxx`, sixteen zero bytes), sequences (`0123456789abcdef`, bytes 0 to 15,
    `qwerty`), and values of fewer than 3 characters.
    """
    # As AWS's documentation marks its keys, in the midst of them, and what was painted over or out.
    if "EXAMPLE" in value or (len(value) <= _LONGEST and any(map(value.__contains__, _TAKEN_OUT))):
        return True
    text = value.strip().lower().removeprefix(_DJANGO)
    if len(text) < 3:
        return True
    if _TEMPLATE.search(text) or _is_repetition(text) or _is_run(text):
        return True
    if len(text) > _LONGEST:
        return False
    telling = _TELLING.search(text.replace("_", " ")) is not None
    if telling and _is_random_beside(value.strip().removeprefix(_DJANGO)):
        return False
    return telling or _is_nouns(text) or _is_nouns(text.translate(_LEET))


def _is_random_beside(value: str) -> bool:
    """Whether a value is random and long enough without the placeholder words in it.

    As in `pk-Your4xQ9…`: such words occur in random text now and then, or as a prefix.
    """
    if _GAP.search(value):
        return False
    rest, end = [], 0
    for word in _TELLING.finditer(value.lower().replace("_", " ")):
        rest.append(value[end : word.start()])
        end = word.end()
    rest.append(value[end:])
    runs = [run for part in rest for run in re.findall(r"[A-Za-z0-9]+", part)]
    runs = [run for run in runs if not (_is_nouns(run.lower()) or _is_run(run.lower()))]
    text = "".join(runs)
    mixed = re.search(r"[a-z]", text) and re.search(r"[A-Z]", text)
    even = mixed or re.fullmatch(r"[0-9a-f]+", text) is not None
    return (
        len(text) >= _LEAST_RANDOM
        and sum(map(str.isdigit, text)) >= 2
        and len(set(text)) >= _LEAST_DISTINCT
        and bool(even)
        and not _is_repetition(text.lower())
    )


def _is_repetition(text: str) -> bool:
    """`xxxx-xxxx-xxxx`, `****`, `0000`, `abcabcabc`, `key-key-key`."""
    core = _SEPARATORS.sub("", text) or text[:1]
    distinct = len(set(core))
    if distinct == 1 or (distinct == 2 and len(core) >= 8):
        return True
    # Most of it is one character: `sk_live_xxxxxxxxxxxxxxxx`, `AKIA****************`.
    if any(len(run[0]) * 2 > len(core) for run in _LONG_RUN.finditer(core)):
        return True
    if len(core) < 6:
        return False
    # A piece that comes again and again begins again within the first third.
    size = core.find(core[:4], 1, len(core) // 3 + 4)
    while size > 0:
        if core.startswith(core[size:]):
            return True
        size = core.find(core[:4], size + 1, len(core) // 3 + 4)
    return False


def _is_run(text: str) -> bool:
    """Whether all characters are consecutive, or the text is made of sequences such as `0123456789`
    and `qwerty`."""
    if all(ord(second) - ord(first) == 1 for first, second in pairwise(text)):
        return True
    core = _SEPARATORS.sub("", text).removeprefix("0x")
    if len(core) < 4:
        return False
    if any(core in run for run in _RUNS):
        return True
    letters = core.rstrip(string.digits)
    if len(letters) > 5 and len(core) - len(letters) < 3 and any(letters in run for run in _RUNS):
        return True  # `abcdef5`
    # `abcd1234`, `abc123`, `1234abcd5678`: parts that are runs each.
    parts = _PARTS.findall(core)
    return "".join(parts) == core and all(
        len(part) >= 3 and any(part in run for run in _RUNS) for part in parts
    )


def _is_nouns(text: str) -> bool:
    """Whether the letters are words of `_NOUNS`, with or without separators and a short number."""
    letters = _NO_LETTERS.sub("", text)
    letters = letters.rstrip(string.digits) if _NUMBERED.search(letters) else letters
    if not letters:
        return False
    ends = [0]  # of words, one after the other
    for start in ends:
        for end in range(start + 1, min(start + _LONGEST_NOUN, len(letters)) + 1):
            if letters[start:end] in _NOUNS and end not in ends:
                ends.append(end)
    return len(letters) in ends
