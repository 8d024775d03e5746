#!/usr/bin/env python3
"""Draws once through the public address, and tries what must be refused.

    infra/smoke.py https://api.example.com [FUNCTION_URL]

It makes a new guest, so it can run at any time and disturbs nobody. FUNCTION_URL is
the output GetUserUrl of the stack, which must refuse whoever does not come through
the gateway.
"""

from __future__ import annotations

import json
import sys
import urllib.error
import urllib.request
import uuid


class Failure(Exception):
    """What is not as it must be."""


def call(url: str, body: dict | None = None, **headers: str) -> tuple[int, dict]:
    """Status and answer. An answer that is not JSON is an empty one."""
    data = None if body is None else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(url, data, {"Content-Type": "application/json", **named})
    try:
        with urllib.request.urlopen(request, timeout=35) as answer:
            status, text = answer.status, answer.read()
    except urllib.error.HTTPError as error:
        status, text = error.code, error.read()
    try:
        return status, json.loads(text)
    except ValueError:
        return status, {}


def expect(what: str, answer: tuple[int, dict], status: int) -> dict:
    if answer[0] != status:
        raise Failure(f"{what}: {answer[0]} instead of {status}: {json.dumps(answer[1])[:500]}")
    return answer[1].get("data") or {}


def smoke(api: str, function_url: str | None) -> str:
    """What was done, or a Failure."""
    guest = {"device_id": f"smoke-{uuid.uuid4()}", "device_type": "other"}
    session = expect("a guest session", call(f"{api}/v1/auth/guest", guest), 200)
    token = f"Bearer {session['access_token']}"
    order = {"pool_id": "pool-standard", "draw_count": 1}
    key = str(uuid.uuid4())
    draw_url = f"{api}/v1/gacha/draw"
    draw = expect("a draw", call(draw_url, order, Authorization=token, Idempotency_Key=key), 200)
    if draw.get("status") != "COMPLETED" or len(draw.get("results") or []) != 1:
        raise Failure(f"the draw is {draw.get('status')} with {draw.get('results')}")
    again = expect(
        "the same draw again", call(draw_url, order, Authorization=token, Idempotency_Key=key), 200
    )
    if again.get("results") != draw["results"]:
        raise Failure("the same key gave another answer")
    ledger = expect("the ledger", call(f"{api}/v1/users/me/ledger", Authorization=token), 200)
    paid = [
        entry
        for entry in ledger.get("ledger_entries", [])
        if entry.get("saga_id") == draw["saga_id"]
    ]
    if -sum(entry["delta"] for entry in paid) != draw["cost"]["amount"]:
        raise Failure(f"the draw cost {draw['cost']}, and the ledger has {paid}")
    expect("the gateway without a token", call(draw_url, order), 401)
    if function_url:
        url = function_url.rstrip("/") + "/v1/users/me"
        expect("a function past the gateway", call(url, Authorization=token), 401)
    return f"drew {draw['results'][0]['item_master_id']} in saga {draw['saga_id']}"


def main(arguments: list[str]) -> int:
    if not 1 <= len(arguments) <= 2:
        sys.exit(__doc__)
    try:
        print(smoke(arguments[0].rstrip("/"), arguments[1] if len(arguments) == 2 else None))
    except (Failure, OSError) as failure:
        sys.exit(f"error: {failure}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
