"""moto as a server, for programs that call AWS in processes of their own."""

from __future__ import annotations

import logging
import os
import urllib.request
from collections.abc import Callable

# boto3 and the AWS CLI ask for these; moto checks none of them.
os.environ |= {
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "AWS_DEFAULT_REGION": "eu-central-1",
}

from moto.server import ThreadedMotoServer  # noqa: E402

# The server writes a line for each request.
logging.getLogger("werkzeug").setLevel(logging.ERROR)


def start(at_end: Callable, empty: bool = True) -> str:
    """Starts a server and returns its URL; `at_end` is told how to stop it. Nothing is in
    it, unless what this process made before is wanted."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    at_end(server.stop)
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    if empty:
        forget(endpoint)
    return endpoint


def forget(endpoint: str) -> None:
    """moto keeps what it has for as long as the process lives."""
    request = urllib.request.Request(f"{endpoint}/moto-api/reset", method="POST")
    urllib.request.urlopen(request).close()
