"""Tells by file name, and by words in the content, which files are configuration in which format.

Imported for every file of a scan, so it imports next to nothing.
"""

from __future__ import annotations

import re

from keyaudit.core.openapi import is_description
from keyaudit.core.paths import LOCK_FILES
from keyaudit.core.patterns import regex

_TERRAFORM = (".tf", ".tofu", ".tfvars")
_STRUCTURED = (".yaml", ".yml", ".json", ".template")
_DOCKERFILE = regex(r"(?:.*\.)?(?:docker|container)file(?:[._-].*)?", re.IGNORECASE)
_COMPOSE = regex(r"(?:docker-|podman-)?compose(?:[._-].*)?\.ya?ml", re.IGNORECASE)
_PIPELINES = (
    ("github-actions", regex(r"(?:.*/)?\.github/(?:workflows/[^/]+|actions/.*action)\.ya?ml"
                                  r"|(?:.*/)?action\.ya?ml")),
    ("gitlab-ci", regex(r"(?:.*/)?\.?gitlab-ci[^/]*\.ya?ml|(?:.*/)?\.gitlab/.*\.ya?ml")),
    ("circleci", regex(r"(?:.*/)?\.circleci/[^/]+\.ya?ml")),
    ("azure-pipelines", regex(r"(?:.*/)?azure-pipelines[^/]*\.ya?ml")),
    ("bitbucket", regex(r"(?:.*/)?bitbucket-pipelines\.ya?ml")),
)  # fmt: skip
_ANSIBLE = regex(
    r"(?:.*/)?(?:tasks|handlers|playbooks?|roles|group_vars|host_vars|defaults)/.*\.ya?ml|(?:.*/)?(?:site|playbook)[^/]*\.ya?ml"
    r"|(?:.*/)?[^/]*playbook\.ya?ml"
)
_VALUES = regex(r"(?:.*/)?(?:[\w.]+-)*values[^/]*\.ya?ml")
_SHELL = (".sh", ".bash", ".zsh", ".ksh", ".sh.tpl", ".sh.j2", ".sh.in", ".sh.erb", ".sh.tmpl")
# Scripts that a package runs when it is installed or removed: `shop.postinst`, `preinstall`.
_OF_PACKAGES = regex(
    r"(?:[\w.+-]+[.-])?(?:post|pre)[_-]?(?:inst|rm|install|remove|uninstall|upgrade)(?:\.in)?"
    r"|pkgbuild|apkbuild"
)
_SHEBANG = regex(rb"#!\s*/\S*(?:\bsh|bash|dash|ash|zsh|ksh|env\s+\S*(?:sh|bash|zsh))\b")
_POWERSHELL = (".ps1", ".psm1")
# What has a name and a value on each line, and what YAML of no other form may have in it.
_SETTINGS = (
    ".toml",
    ".ini",
    ".cfg",
    ".conf",
    ".properties",
    ".cnf",
    ".env",
    ".cf",
    ".conf.ext",
    ".config",
    ".ldif",
)
# What compose and kustomizations are told to read variables from is often called just that.
_ENV_FILES = frozenset({"env", "dotenv", "environment", ".flaskenv"})
_SETTING = regex(
    rb"(?i)verify|insecure|tls|ssl|sasl|passw|secret|token|#!/|host_?key|certificat|write_files|kubeconfig"
    rb"|_pass\b|api_?key|flask_debug"
)
# Words of which one stands in every YAML or JSON file that makes resources.
_WORDS = (b"apiVersion", b"AWS::", b"AWSTemplateFormatVersion", b"deploymentTemplate.json",
          b'"resource"', b"creation_rules", b"hosts:", b"#cloud-config",
          b'"Statement"')  # fmt: skip
# Templates of pages that show what its name calls a secret, and schemas with a column of one.
_PAGES = (".html", ".htm", ".jinja", ".jinja2", ".html.j2", ".djhtml", ".mako", ".mak")
SCRIPTS = (".js", ".mjs", ".ts", ".jsx", ".tsx", ".vue", ".svelte")
# ... of which these have fields of forms in them.
COMPONENTS = (".jsx", ".tsx", ".vue", ".svelte")
_FIELD = regex(rb"<(?i:input)\s[^<>]{0,400}?(?i:pass|pwd|secret|token|key|cred)")
# What scripts keep, draw, encrypt and sign by.
_OF_SCRIPTS = (b"localStorage", b"Math.random()", b"CryptoJS", b"createCipher", b"createSign",
               b"signString(", b"JSEncrypt", b"RSA_PKCS1_PADDING", b"RSAES-PKCS1-V1_5")  # fmt: skip
# In which recipes stand for making keys.
MANUALS = (".md", ".markdown", ".rst")
# Commands of a manual that switch a check off, lead the port of plain HTTP to a program, make a
# weak key, or a certificate that is valid for years.
_UNCHECKED = regex(
    rb"iptables[^\n]{1,200}--dport|(?:curl|wget|redis-cli|pip3?|git|npm)\b[^\n]{0,200}[ \t]"
    rb"(?:-[a-zA-Z]{0,6}k|--(?:no-check-certificate|insecure|trusted-host|skip-tls-verify)"
    rb"|(?:http\.)?ssl[vV]erify|strict-ssl)"
    rb"|(?:curl|wget)\b[^\n]{0,200}[?&][\w-]{0,20}(?i:token|key|secret|passw(?:or)?d|pwd)="
    rb"|(?:openssl|ssh-keygen)[ \t][^\n]{1,160}\b(?:512|768|1024|1536|dsa|rsa1)\b"
    rb"|openssl[ \t][^\n]{0,200}[ \t]-days[ \t]+(?:\d{5,9}|[2-9]\d{3}|1[89]\d\d)\b"
    rb"|keytool[ \t][^\n]{0,200}[ \t]-validity[ \t]+\d{4,9}\b"
)
_MAIL_TEXTS = (".txt", ".j2", ".tmpl", ".tpl", ".eml")
_SHOWN = regex(
    rb"(?:\{\{-?|\$\{)[ \t]*(?=\w)[\w.\[\]\"']{0,80}(?i:pass|secret|token|key|cred)"
    rb"|(?:\{\{-?[ \t]*[\w.]{0,40}\(|(?i:<input)\b)[^<>{}]{0,200}(?i:passw|secret|token|_key)"
)
_TABLE = regex(rb"(?i)\b(?:create|alter)[ \t]+table\b")
# What a script writes into its log and may be a secret, by the words of the line and the next ones.
_LOGGED = regex(
    rb"\b(?:console|\w{0,30}(?i:log|logger)|winston|pino)\.\w{3,7}\([^;]{0,200}?(?i:passw|pwd|secret|token|key"
    rb"|cred|jwt|passphrase)"
)
# What it puts into an address, or a server takes from one.
_ADDRESSED = regex(
    rb"[?&][\w-]{0,20}(?i:token|key|secret|passw(?:or)?d|passphrase|pwd|jwt)="
    rb"(?:[\"'`][ \t]*\+|\$\{)"
    rb"|\.searchParams\.(?:set|append)\(|\breq(?:uest)?\.query\b"
)
_MAKEFILES = frozenset({"makefile", "gnumakefile"})
_UNITS = (".service", ".socket", ".timer")
_RUNS = regex(rb"^[ \t]*(?:Environment|Exec\w+)[ \t]*=", re.MULTILINE)
_VPN = regex(rb"^(?:client|server|tls-server|tls-client|dev[ \t]+t[au][np]|remote)\b", re.MULTILINE)
_ACCOUNT = regex(rb"(?i)\b(?:identified[ \t].{0,60}by|password)[ \t(=]{1,4}'")
_SECRET = regex(rb"(?i)passw|secret|token|key[\"`\]]?[ \t]|cred|\bcv[vc]2?\b|_hook|webhook")
_SERVERS = (
    ("nginx", regex(rb"(?:^|\{)[ \t]*(?:(?:proxy_|grpc_|uwsgi_)?ssl_[a-z_]+[ \t]+[^=\s]"
                         rb"|auth_basic[ \t]+[^=\s]|(?:proxy|uwsgi|fastcgi|grpc)_pass[ \t]+[^=\s])",
                         re.MULTILINE)),
    ("apache", regex(rb"^[ \t]*(?:SSL[A-Z]\w+[ \t]|AuthType[ \t]+[Bb]asic)", re.MULTILINE)),
    ("haproxy", regex(rb"^[ \t]*(?:bind|server|default-server|ssl-default-\w+-\w+|tune\.ssl)"
                           rb"\b.*\bssl|^[ \t]*stats[ \t]+(?:auth|socket)[ \t]", re.MULTILINE)),
)  # fmt: skip
_SERVER_FILES = (".conf", ".cfg", ".nginx", ".vhost", ".j2", ".tmpl", ".template")
_SERVER_FOLDER = regex(
    r"(?i)(?:nginx(?:-[\w-]{1,40})?|apache2?|httpd|haproxy|sites-available|sites-enabled)/"
)
# Of TLS, of passwords that a server asks for, or of a program that it hands requests to.
_CONCERNS_SERVER = (b"ssl", b"auth_basic", b"authtype", b"stats", b"_pass")
_BY_NAME = {
    "postgresql.conf": "postgresql",
    "postgresql.conf.sample": "postgresql",
    "pg_hba.conf": "pg-hba",
    "sshd_config": "sshd",
    "ssh_config": "ssh",
    "openssl.cnf": "openssl",
    "openssl.conf": "openssl",
    "ansible.cfg": "ansible-cfg",
    ".sops.yaml": "sops",
    ".sops.yml": "sops",
    "mosquitto.conf": "mosquitto",
    "redis.conf": "redis",
}


# A template keeps the name of what is made of it, and so does what is there to be copied:
# `sshd_config.j2`, `etc_ssh_sshd_config.j2`, `default.conf.template`, `config.yml.example`.
_TEMPLATES = (".j2", ".erb", ".tmpl", ".tpl", ".template", ".jinja", ".jinja2", ".in", ".ctmpl")
_TO_BE_COPIED = (".example", ".sample", ".dist", ".default", ".defaults")
_MOST_ENDINGS = 3
_NAMES = tuple(_BY_NAME)
_MADE = (".yaml", ".yml", ".json", ".nginx", ".vhost", ".ovpn", *_SETTINGS, *_UNITS, *_NAMES)


def _by_name(made: str) -> str:
    """The form of a file that a server always has under that name."""
    if made.endswith(_NAMES):
        for name, form in _BY_NAME.items():
            if made == name or (made.endswith(name) and made[-len(name) - 1] in "_-."):
                return form
    return ""


def _made_of(low: str) -> str:
    """The name of the file that is made of a template or a sample: `app.env` of
    `app.env.example.j2`. The same name if it is neither, or nothing known is made of it."""
    made = low
    for _ in range(_MOST_ENDINGS):
        if not made.endswith((*_TEMPLATES, *_TO_BE_COPIED)):
            break
        made = made.rpartition(".")[0]
        if made.endswith(_MADE) or made in _ENV_FILES:
            return made
    return low


def form_of(path: str, data: bytes) -> str:
    """The format of a file, such as `terraform` or `nginx`; "" if it is no known configuration.

    `structured` stands for YAML and JSON in general: the content of each document then tells
    whether it is Kubernetes, CloudFormation or another format.
    """
    name = path.rpartition("/")[2]
    low = name.lower()
    if low.endswith(".py"):
        return "python-stack" if b"pulumi_" in data or b"aws_cdk" in data else ""
    if low.endswith(_TERRAFORM):
        return "terraform"
    made = _made_of(low)
    is_page = low.endswith(_PAGES)
    may_show = is_page or (low.endswith(_MAIL_TEXTS) and "mail" in path.lower())
    if may_show and (b"{{" in data or b"${" in data) and _SHOWN.search(data):
        return "page"
    if is_page or low.endswith(SCRIPTS):
        has_part = any(word in data for word in _OF_SCRIPTS) or _logs_secret(data)
        has_part = has_part or _ADDRESSED.search(data) is not None
        if not has_part and (is_page or low.endswith(COMPONENTS)):
            has_part = _FIELD.search(data) is not None
        return "page" if has_part else ""
    if low.endswith(MANUALS):
        return "page" if b"Get-Random" in data or _UNCHECKED.search(data) else ""
    if low.endswith(".sql"):
        has_table = _TABLE.search(data) and _SECRET.search(data)
        return "sql" if has_table or _ACCOUNT.search(data) else ""
    if low.endswith((".hcl", ".nomad")):
        return "hcl"
    if low.endswith(".bicep"):
        return "bicep"
    if _DOCKERFILE.fullmatch(name) and not low.endswith((".md", ".py", ".txt", ".sh")):
        return "dockerfile"
    if named := _by_name(made):
        return named
    if low in LOCK_FILES:  # of a megabyte and more, and nobody sets anything in them
        return ""
    begin = data[:400].lstrip()
    if low.endswith(_SHELL) or (begin[:2] == b"#!" and _SHEBANG.match(begin)):
        return "shell"
    if _OF_PACKAGES.fullmatch(low) and begin[:2] != b"#!":
        return "shell"
    if low.endswith(_POWERSHELL):
        return "powershell"
    if made.endswith(_STRUCTURED):
        own = path[: len(path) - len(low) + len(made)]
        found = _structured(own, data, is_template=low.endswith(_TEMPLATES))
        if found or made == low:
            return found
    if low == "kustomization":
        return "structured"
    if low in _MAKEFILES or low.endswith(".mk"):
        return "makefile" if b"\n\t" in data else ""
    if low.startswith("jenkinsfile") or low.endswith(".jenkinsfile"):
        return "jenkinsfile"
    if made.endswith(_SERVER_FILES) or ("." not in name and _SERVER_FOLDER.search(path + "/")):
        small = data.lower()
        if any(word in small for word in _CONCERNS_SERVER):
            for form, pattern in _SERVERS:
                if pattern.search(data):
                    return form
    if low.endswith((".tpl", ".tmpl", ".j2")) and (found := _template(path, data)):
        return found
    if made.endswith(_UNITS) or ".service.d/" in path:
        return "systemd" if _RUNS.search(data) else ""
    if "vpn" in path.lower() and made.endswith((".ovpn", ".conf")) and _VPN.search(data):
        return "openvpn"
    if made.endswith(".config") and data.lstrip()[:1] in (b"<", b"{"):
        return ""  # of .NET and the like
    if made.endswith(_SETTINGS) or low.startswith(".env") or made in _ENV_FILES:
        return "lines" if _SETTING.search(data) else ""
    return ""


def _logs_secret(data: bytes) -> bool:
    """Whether a script may write a secret into its log."""
    if not any(word in data for word in (b"console.", b"og.", b"ogger.", b"winston.", b"pino.")):
        return False
    return _LOGGED.search(data) is not None


def _template(path: str, data: bytes) -> str:
    """A template that its name tells nothing of: a script, or a part of a chart."""
    if b"#!" in data[:400] and _SHEBANG.search(data[:400]):
        return "shell"
    if "templates/" in path and b"{{" in data:
        return "template"
    return ""


def _structured(path: str, data: bytes, *, is_template: bool) -> str:
    name = path.rpartition("/")[2]
    if _COMPOSE.fullmatch(name):
        return "compose"
    if name in ("kustomization.yaml", "kustomization.yml"):
        return "structured"
    for form, pattern in _PIPELINES:
        if pattern.fullmatch(path):
            return form
    if _VALUES.fullmatch(path):
        return "helm-values"
    if is_description(path, data):
        return ""
    if any(word in data for word in _WORDS):
        return "structured"
    if not is_template and _ANSIBLE.fullmatch(path):
        return "ansible"
    if _SETTING.search(data):
        return "settings"
    return "template" if b"{{" in data and b"gen" in data else ""
