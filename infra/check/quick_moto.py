"""Takes two things out of moto that cost more than all that it does, when imported.

It reads each template as YAML, in Python, and the functions' template several times in a
deployment: JSON is read as JSON here. And for each request it lists its own folder, to
find out whether a host is a service's name.
"""

from __future__ import annotations

import json

from moto import backends
from moto.cloudformation.models import Stack

_read = Stack.parse_template
_services = frozenset(backends.list_of_moto_modules())


def _parse_template(template: str) -> dict:
    return json.loads(template) if template.startswith("{") else _read(template)


Stack.parse_template = staticmethod(_parse_template)
backends.list_of_moto_modules = lambda: _services
