"""Stands in for `vllm` and for verl's merger: answers, waits, leaves a process behind, or dies, as its variables say.

FAKE_WORDS: what to say first. FAKE_STATUS: end with this status at once. FAKE_DEAF: answer nothing. FAKE_STUBBORN: do
not end when asked to. A child process sleeps beside it, whose number is in the file `child` of the folder FAKE_FOLDER;
the command line is in `command.json` there.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path


class Health(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/health" else 404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def main() -> None:
    folder = Path(os.environ["FAKE_FOLDER"])
    (folder / "command.json").write_text(json.dumps(sys.argv[1:]))
    print(os.environ.get("FAKE_WORDS", "starting"), flush=True)
    if "merge" in sys.argv:
        target = Path(sys.argv[sys.argv.index("--target_dir") + 1])
        (target / "config.json").write_text("{}")
        (target / "model.safetensors").write_bytes(b"merged")
    if "FAKE_STATUS" in os.environ:
        sys.exit(int(os.environ["FAKE_STATUS"]))
    if "FAKE_STUBBORN" in os.environ:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    (folder / "draft").write_text(str(child.pid))
    (folder / "draft").rename(folder / "child")
    if "FAKE_DEAF" in os.environ:
        time.sleep(600)
    port = int(sys.argv[sys.argv.index("--port") + 1])
    HTTPServer(("127.0.0.1", port), Health).serve_forever()


if __name__ == "__main__":
    main()
