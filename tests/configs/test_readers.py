"""Readers: every value with its place, as other programs read it, and no crash on any text."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path

import crossplane
import pytest
from dockerfile_parse import DockerfileParser
from hypothesis import given
from hypothesis import strategies as st

from keyaudit.configs.readers import dockerfile, hcl, lines, nginx, yaml_reader
from keyaudit.configs.readers.faults import ReadError
from keyaudit.configs.templates import blanked
from keyaudit.configs.tree import HOLE, Mapping, Scalar, Sequence, plain, text_of

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text("ab #:{}[]'\"é", max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text("abc", min_size=1, max_size=3), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(JSON)
def test_json_reads_as_json_does(value: object) -> None:
    assert plain(yaml_reader.read_json(json.dumps(value))) == value


def test_yaml_keeps_places_tags_and_documents() -> None:
    first, second = yaml_reader.read("a: !Ref key\nb:\n  - 1\n  - ünï\n---\nc: yes\n")
    assert isinstance(first, Mapping)
    assert plain(first) == {"a": {"!Ref": "key"}, "b": [1, "ünï"]}
    assert first.entries["b"].key_span.line == 2
    listed = first.get("b")
    assert isinstance(listed, Sequence)
    assert (listed.items[1].span.line, listed.items[1].span.column) == (4, 5)
    assert plain(second) == {"c": True}


def test_yaml_merges_and_bounds_what_aliases_unfold_to() -> None:
    (merged,) = yaml_reader.read("base: &b {x: 1, y: 2}\nmade: {<<: *b, y: 3}\n")
    assert plain(merged) == {"base": {"x": 1, "y": 2}, "made": {"y": 3, "x": 1}}
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{','.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(8)
    )
    with pytest.raises(ReadError, match="values"):
        yaml_reader.read(bomb)
    with pytest.raises(ReadError):
        yaml_reader.read("[" * 5000)


def test_broken_yaml_says_where() -> None:
    with pytest.raises(ReadError) as error:
        yaml_reader.read("a: 1\nb: [1, 2\nc: }\n")
    assert error.value.line == 3


@given(st.text("ab{}%-: \n\"'", max_size=80))
def test_blanking_a_template_keeps_lines_and_columns(text: str) -> None:
    made, _ = blanked(text)
    assert [len(line) for line in made.split("\n")] == [len(line) for line in text.split("\n")]


def test_a_template_becomes_yaml_with_holes() -> None:
    text = 'a: {{ .Values.a }}\n{{- if .b }}\nb: 1\n{{- end }}\n{{ include "c" . }}\n'
    made, lines_with_more = blanked(text)
    (document,) = yaml_reader.read(made)
    assert isinstance(document, Mapping)
    value = document.get("a")
    assert isinstance(value, Scalar)
    assert value.has_holes
    assert text_of(document.get("b")) == "1"
    assert lines_with_more == {5}


def test_hcl_blocks_and_columns_after_other_alphabets() -> None:
    file = hcl.read("a.tf", 'resource "x" "y" {\n  n = "é"\n  b = "ö"\n}\n'.encode())
    (block,) = file.body.blocks
    assert (block.kind, block.labels, block.span.line) == ("resource", ("x", "y"), 1)
    assert file.places.span(block.body.attributes["b"].value).end_column == 10


@given(st.text('resource "{}=\n$[]()é<-EOF', max_size=120))
def test_hcl_reads_any_text(text: str) -> None:
    hcl.read("a.tf", text.encode())


def test_broken_hcl_names_the_line_and_keeps_the_rest() -> None:
    file = hcl.read("a.tf", b'resource "x" "y" {\n  a = 1\n}\n)\nresource "z" "w" {\n  b = 2\n}\n')
    assert file.errors == (4,)
    assert [block.labels for block in file.body.blocks] == [("x", "y"), ("z", "w")]


DOCKERFILE = """\
# escape=\\
FROM python:3.12 AS build
ARG TOKEN
ENV A=1 B="two words" \\
    # a comment between
    C=3
COPY --chown=app id_rsa /root/.ssh/
RUN --mount=type=secret,id=x \\
    pip install .
FROM scratch
ENV OLD form
"""


def test_dockerfile_has_the_instructions_that_dockerfile_parse_has() -> None:
    parser = DockerfileParser(fileobj=io.BytesIO())
    parser.content = DOCKERFILE
    theirs = [
        (entry["instruction"], entry["startline"] + 1)
        for entry in parser.structure
        if entry["instruction"] != "COMMENT"
    ]
    ours = [(i.word, i.span.line) for i in dockerfile.read(DOCKERFILE)]
    assert ours == theirs
    env = dockerfile.read(DOCKERFILE)[2]
    assert [part.text for part in env.parts] == ["A=1", 'B="two words"', "C=3"]
    assert env.parts[2].span.line == 6


NGINX = """
http {
    ssl_protocols TLSv1 'TLSv1.2'; # comment; }
    map $host $name { default "a b"; }
    server { listen 443 ssl; ssl_certificate /x/${host}.pem; }
}
"""


def test_nginx_reads_as_crossplane_does(tmp_path: Path) -> None:
    file = tmp_path / "nginx.conf"
    file.write_text(NGINX)
    theirs = crossplane.parse(str(file), single=True)["config"][0]["parsed"]
    root = nginx.read(NGINX)

    def names(directives: list[dict[str, object]]) -> list[object]:
        return [
            (d["directive"], names(d["block"]) if "block" in d else None)  # type: ignore[arg-type]
            for d in directives
        ]

    def ours(mapping: Mapping) -> list[object]:
        found: list[object] = []
        for key, entry in mapping.entries.items():
            if key == nginx.ARGUMENTS:
                continue
            assert isinstance(entry.value, Sequence)
            for item in entry.value.items:
                found.append((key, ours(item) if isinstance(item, Mapping) else None))
        return found

    assert ours(root) == names(theirs)


@given(st.text("server {}; ssl\"'\\\n#$", max_size=80))
def test_nginx_reads_or_refuses_any_text(text: str) -> None:
    with contextlib.suppress(ReadError):
        nginx.read(text)


@pytest.mark.parametrize("style", [
    lines.INI, lines.PROPERTIES, lines.DOTENV, lines.POSTGRESQL, lines.PG_HBA, lines.SSHD,
    lines.APACHE, lines.HAPROXY,
])  # fmt: skip
@given(text=st.text("ab=: \t\n#;[]<>/\"'\\global", max_size=80))
def test_line_formats_read_any_text(style: lines.Style, text: str) -> None:
    lines.read(text, style)


def test_ini_and_others() -> None:
    root = lines.read("[a]\nx = 1 ; note\n", lines.INI)
    assert plain(root) == {"a": [{"x": ["1"]}]}
    root = lines.read("SSL = 'on'  # why\nssl_min_protocol_version TLSv1\n", lines.POSTGRESQL)
    assert plain(root) == {"ssl": ["on"], "ssl_min_protocol_version": ["TLSv1"]}
    root = lines.read("Ciphers a,b\nMatch User x\n  Ciphers c\n", lines.SSHD)
    assert plain(root.get("ciphers")) == [["a,b"]]
    root = lines.read("export A=$B\n", lines.DOTENV)
    assert plain(root) == {"A": [HOLE]}
