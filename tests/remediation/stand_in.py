"""Answers HTTP requests of a client that uses `requests`, without any network."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3 import HTTPResponse


@dataclass
class Request:
    """What the client asked."""

    method: str
    path: str
    headers: dict[str, str]
    body: dict[str, Any]


@dataclass
class Answer:
    """What it is told."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)


class StandIn(BaseAdapter):
    """Gives every request to `answer`, and keeps it in `requests`."""

    def __init__(self, answer: Callable[[Request], Answer]) -> None:
        super().__init__()
        self.requests: list[Request] = []
        self._answer = answer

    def session(self) -> requests.Session:
        """A session whose every request comes here."""
        made = requests.Session()
        made.trust_env = False
        for prefix in ("https://", "http://"):
            made.mount(prefix, self)
        return made

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        text = request.body or b"{}"
        assert isinstance(text, str | bytes)
        headers = {name: str(value) for name, value in request.headers.items()}
        asked = Request(str(request.method), request.path_url, headers, json.loads(text))
        self.requests.append(asked)
        given = self._answer(asked)
        body = json.dumps(given.body).encode()
        raw = HTTPResponse(
            io.BytesIO(body),
            {"Content-Type": "application/json", **given.headers},
            given.status,
            preload_content=False,
        )
        return HTTPAdapter().build_response(request, raw)

    def close(self) -> None:
        """Nothing is open."""


def b64(data: bytes) -> str:
    """Base64, as Vault has it."""
    return base64.b64encode(data).decode("ascii")


def b64url(data: bytes) -> str:
    """Base64url without padding, as Azure has it (RFC 7515, 2)."""
    return base64.urlsafe_b64encode(data).decode("ascii").rstrip("=")


def from_b64url(text: str) -> bytes:
    """What `b64url` took."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
