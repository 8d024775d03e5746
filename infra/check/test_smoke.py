"""infra/smoke.py against an API that answers as openapi.yaml says, and against ones
that do not do what they must."""

from __future__ import annotations

import http.server
import importlib.util
import json
import threading
import unittest
import uuid

import jsonschema
import yaml
from stacks import ROOT

specification = importlib.util.spec_from_file_location("smoke", ROOT / "infra/smoke.py")
smoke = importlib.util.module_from_spec(specification)
specification.loader.exec_module(smoke)

OPENAPI = yaml.safe_load((ROOT / "openapi.yaml").read_text())
SAGA = "5cdca3eb-0087-8e51-a01b-c1daae46db29"


def example(schema: str, **changes: object) -> dict:
    """An object with what a schema requires, checked against it."""
    whole = {"$ref": f"#/components/schemas/{schema}", "components": OPENAPI["components"]}
    jsonschema.validate(changes, whole)
    return changes


SESSION = example(
    "Session",
    **{
        "user_id": SAGA,
        "player_id": "PLY123456789012",
        "access_token": "token",
        "refresh_token": "x" * 43,
        "token_type": "Bearer",
        "expires_in": 900,
        "is_guest": True,
    },
)


class Api:
    """What a stack answers. A test spoils one thing."""

    def __init__(self) -> None:
        self.cost = 300
        self.charged = 300
        self.status = "COMPLETED"
        self.refuses_without_token = True
        self.refuses_past_the_gateway = True
        self.redraws = False
        self.item = "character-kaguya"

    def answer(self, method: str, path: str, token: str | None, secret: bool) -> tuple[int, dict]:
        if path == "/v1/auth/guest":
            return 200, SESSION
        if not token and self.refuses_without_token:
            return 401, {}
        if not secret and self.refuses_past_the_gateway:
            return 401, {}
        if path == "/v1/users/me/ledger":
            entry = example(
                "LedgerEntry",
                entry_id=2,
                currency_type="free_gem",
                delta=-self.charged,
                balance_after=2700,
                reason="draw_cost",
                saga_id=SAGA,
                created_at="2026-11-29T00:00:00.000000Z",
            )
            return 200, {"ledger_entries": [entry], "next_cursor": None}
        if path == "/v1/gacha/draw":
            item = self.item
            if self.redraws:
                self.item = f"item-{uuid.uuid4().hex[:8]}"
            result = {"item_master_id": item, "rarity": "SSR", "is_new": True, "is_pickup": False}
            return 200, example(
                "Draw",
                saga_id=SAGA,
                status=self.status,
                results=[result],
                cost={"currency_type": "free_gem", "amount": self.cost, "breakdown": []},
                pity=None,
                receipt="header.payload." + "s" * 86,
            )
        return 200, {}


class Smoke(unittest.TestCase):
    def setUp(self) -> None:
        self.api = api = Api()

        class Handler(http.server.BaseHTTPRequestHandler):
            def respond(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                # Below /function there is no gateway, and so no origin secret.
                path = self.path.removeprefix("/function")
                status, data = api.answer(
                    self.command, path, self.headers.get("Authorization"), path == self.path
                )
                body = json.dumps({"success": status == 200, "data": data}).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = respond

            def log_message(self, *_: object) -> None:
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)

    def run_smoke(self) -> str:
        return smoke.smoke(self.address, f"{self.address}/function/")

    def test_an_api_that_does_what_it_must_passes(self) -> None:
        self.assertIn("character-kaguya", self.run_smoke())

    def test_whatever_it_does_not_do_is_named(self) -> None:
        for name, value, complaint in (
            ("status", "FAILED", "the draw is FAILED"),
            ("charged", 0, "the ledger has"),
            ("charged", 600, "the ledger has"),
            ("redraws", True, "the same key gave another answer"),
            ("refuses_without_token", False, "the gateway without a token: 200"),
            ("refuses_past_the_gateway", False, "a function past the gateway: 200"),
        ):
            with self.subTest(name=name, value=value):
                self.api.__init__()
                setattr(self.api, name, value)
                with self.assertRaisesRegex(smoke.Failure, complaint):
                    self.run_smoke()


if __name__ == "__main__":
    unittest.main()
