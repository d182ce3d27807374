"""`freshwater chat-relay`: takes Alertmanager's webhooks and says them in a work chat (企业微信, 钉钉, 飞书).

Each of these has a robot behind an address that is its only secret, and a form of its own for a text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import httpx
import typer

MOST_BYTES = 1_000_000
MOST_ALERTS, MOST_CHARACTERS = 20, 3_500
"""WeCom takes 4096 bytes of markdown, the others more."""
SECONDS = 10.0


def chat_relay(
    secrets: Annotated[Path, typer.Option(help="The folder with chat-<audience>: each the address of a robot.")] = (
        Path("/run/secrets")
    ),
    port: Annotated[int, typer.Option(help="Listen there for POST /<audience>.")] = 9101,
) -> None:
    """Relay until Ctrl-C. An audience whose file is empty is told nothing; what it would hear is printed."""
    handler = type("Handler", (_Handler,), {"secrets": secrets})
    ThreadingHTTPServer(("0.0.0.0", port), handler).serve_forever()  # noqa: S104 - the network of the deployment


def text_of(said: Mapping[str, Any]) -> str:
    """What Alertmanager says, for people: one line an alert, in both languages."""
    lines = []
    for alert in said.get("alerts", [])[:MOST_ALERTS]:
        notes = alert.get("annotations", {})
        mark = "已恢复 resolved" if alert.get("status") == "resolved" else "告警 firing"
        name = alert.get("labels", {}).get("alertname", "")
        lines.append(f"[{mark}] {name}: {notes.get('zh', '')} / {notes.get('summary', '')}")
    return "\n".join(lines)[:MOST_CHARACTERS]


def body_for(address: str, text: str) -> dict[str, Any]:
    """The form that the robot behind this address takes."""
    host = urlsplit(address).hostname or ""
    if host.endswith(("feishu.cn", "larksuite.com")):
        return {"msg_type": "text", "content": {"text": text}}
    # WeCom's and DingTalk's are the same, and others have copied it.
    return {"msgtype": "text", "text": {"content": text}}


def refused(answer: httpx.Response) -> bool:
    """All three answer 200 also where they refuse: the code in the body says it."""
    if answer.status_code >= 300:
        return True
    try:
        said = answer.json()
    except ValueError:
        return False
    return bool(isinstance(said, dict) and (said.get("errcode") or said.get("code")))


class _Handler(BaseHTTPRequestHandler):
    secrets: Path

    def do_GET(self) -> None:
        self._answer(200)

    def do_POST(self) -> None:
        """502 where the robot did not take it: Alertmanager comes again."""
        audience = self.path.strip("/")
        file = self.secrets / f"chat-{audience}"
        if not audience.isalpha() or not file.is_file():
            self._answer(404)
            return
        try:
            said = json.loads(self.rfile.read(min(int(self.headers.get("content-length", 0)), MOST_BYTES)))
            text = text_of(said)
        except (ValueError, AttributeError, TypeError):
            self._answer(400)
            return
        print(json.dumps({"event": "alert", "audience": audience, "text": text}, ensure_ascii=False), flush=True)
        self._answer(200 if _told(file.read_text("utf-8").strip(), text) else 502)

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Every alert is one line already."""


def _told(address: str, text: str) -> bool:
    if not address:
        return True
    try:
        answer = httpx.post(address, json=body_for(address, text), timeout=SECONDS)
    except httpx.HTTPError as error:
        # Not the error's text: it may repeat the address, which is the secret.
        print(json.dumps({"event": "chat_away", "error": type(error).__name__}), flush=True)
        return False
    return not refused(answer)
