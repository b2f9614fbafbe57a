"""A chat endpoint on this machine that answers as it is told: well, late, badly or never."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

IDLE_S = 5.0


@dataclass(frozen=True)
class Answer:
    """What the endpoint does with one request.

    Attributes:
        seconds: Wait before the answer; infinite for none at all.
        drip_s: Wait after every byte of the body.
        is_hang_up: Close the connection without a word.
    """

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    drip_s: float = 0.0
    is_hang_up: bool = False


@dataclass(frozen=True)
class Asked:
    """A request for a reply, as it came."""

    body: dict[str, Any]
    headers: dict[str, str]
    time_s: float


def says(text: str, prompt_tokens: int = 100, reply_tokens: int = 20, **how: Any) -> Answer:
    """A good answer with this reply."""
    usage = {"prompt_tokens": prompt_tokens, "completion_tokens": reply_tokens}
    return answers({"choices": [{"message": {"content": text}, "finish_reason": "stop"}], "usage": usage}, **how)


def answers(values: Any, **how: Any) -> Answer:
    """JSON values as an answer."""
    return Answer(json.dumps(values).encode(), **how)


def fails(status: int, message: str = "", code: str | None = None, **how: Any) -> Answer:
    """An error in OpenAI's form."""
    return answers({"error": {"message": message, "code": code}}, status=status, **how)


NEVER = Answer(seconds=float("inf"))


class Endpoint:
    """Serves while its `with` block runs; request i for a reply gets answer i, those beyond the last get the last.

    Attributes:
        asked: Requests for a reply so far.
        peak: Most requests that were being answered at once.
    """

    def __init__(self, *script: Answer, models: Answer | tuple[str, ...] = ("tiny",)) -> None:
        self.asked: list[Asked] = []
        self.peak = 0
        self._script = script
        self._models = models if isinstance(models, Answer) else answers({"data": [{"id": name} for name in models]})
        self._busy = 0
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _handler(self))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def __enter__(self) -> Endpoint:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()

    def _choose(self, path: str, asked: Asked) -> Answer:
        if path == "/v1/models":
            return self._models
        if path != "/v1/chat/completions":
            return answers({"detail": "Not Found"}, status=404)
        with self._lock:
            self.asked.append(asked)
            return self._script[min(len(self.asked), len(self._script)) - 1]

    def serve(self, handler: BaseHTTPRequestHandler) -> None:
        """Answer one request."""
        content = handler.rfile.read(int(handler.headers.get("content-length", 0)))
        asked = Asked(json.loads(content) if content else {}, dict(handler.headers), time.monotonic())
        answer = self._choose(handler.path, asked)
        with self._lock:
            self._busy += 1
            self.peak = max(self.peak, self._busy)
        self._closing.wait(min(answer.seconds, IDLE_S))
        # Before the answer is out: its receiver may ask again at once.
        with self._lock:
            self._busy -= 1
        if answer.is_hang_up or answer.seconds > IDLE_S:
            handler.close_connection = True
            return
        handler.send_response(answer.status)
        for name, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        if not answer.drip_s:
            handler.wfile.write(answer.body)
            return
        for index in range(len(answer.body)):
            handler.wfile.write(answer.body[index : index + 1])
            if self._closing.wait(answer.drip_s):
                return


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away in the middle is what the tests are about."""


def _handler(endpoint: Endpoint) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = IDLE_S
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            endpoint.serve(self)

        def do_POST(self) -> None:
            endpoint.serve(self)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    return Handler
