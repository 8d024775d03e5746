"""AWS, Konnect, decK and the game's API, as far as `tenjo` can tell.

moto serves SSM, S3, ECS, STS and CloudFormation. In front of it is a server of our own
that does what moto cannot:

- change sets. A template is transformed as SAM does it, and stripped of the types that
  moto does not know (deploy.py has the list). What is carried out is made by moto;
- Lambda's Invoke answers as the operators' functions do, and writes down what was asked;
- a request can be refused, or carried out and then refused, to see what a run does that
  was broken off.

Konnect's API is recorded from its public description. Nothing here checks rights.
"""

from __future__ import annotations

import contextlib
import copy
import http.client
import http.server
import json
import logging
import re
import threading
import urllib.parse
import uuid
import xml.sax.saxutils
from collections.abc import Callable
from dataclasses import dataclass

import deploy
import moto_server
import yaml
from stacks import Tagged

ACCOUNT = "123456789012"
REGION = "eu-central-1"
BUCKET = "artifacts"


# SAM's translator says things of no use here.
logging.getLogger("samtranslator").setLevel(logging.ERROR)

# Status, headers and body.
Answer = tuple[int, dict, bytes]


@dataclass(frozen=True)
class Proposal:
    """A change set."""

    stack: str
    text: str
    document: dict
    parameters: dict[str, str]


def done(action: str, result: str = "") -> Answer:
    text = f"<{action}Response><{action}Result>{result}</{action}Result></{action}Response>"
    return 200, {"Content-Type": "text/xml"}, text.encode()


class World:
    """Everything outside of `tenjo`, behind one address."""

    # What was made and asked for; the rest of it is in moto.
    MADE = (
        "asked",
        "originals",
        "live",
        "proposed",
        "stood_in",
        "invoked",
        "published",
        "planes",
        "guests",
        "draws",
    )

    def __init__(self, at_end: Callable, after: World | None = None) -> None:
        """Nothing was made, unless it goes on after another world of this process or of
        the one that it was forked from."""
        self.moto = moto_server.start(at_end, empty=after is None)
        # A beginning of a line of `asked`, and when it is refused.
        self.fault: tuple[str, str] | None = None
        # A stack whose first creation fails, until it is deleted.
        self.broken: str | None = None
        # What was asked for: "cloudformation.CreateChangeSet tenjo-dry-network", in order.
        self.asked: list[str] = []
        # The templates as they were given, by stack, and as moto has them.
        self.originals: dict[str, str] = {}
        self.live: dict[str, tuple[dict, dict[str, str]]] = {}
        # Change sets that are not carried out, by name.
        self.proposed: dict[str, Proposal] = {}
        # What moto is given for a template with its parameters. To find out takes a second.
        self.stood_in: dict[tuple, dict] = {}
        self.clients: dict[str, object] = {}
        self.invoked: list[tuple[str, dict]] = []
        self.published = False
        self.planes: dict[str, dict] = {}
        self.konnect_token = "kpat_made_up_token_of_konnect"
        self.knows_konnect_tokens = {self.konnect_token}
        # Of the game.
        self.guests = 0
        self.draws: dict[str, dict] = {}
        if after:
            for name in self.MADE:
                setattr(self, name, copy.deepcopy(getattr(after, name)))
        self.lock = threading.Lock()
        world = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Headers and body are two packets. Otherwise the second one would wait 40 ms
            # until the first one is acknowledged, some hundred times a deployment.
            disable_nagle_algorithm = True

            def respond(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                with world.lock:
                    status, headers, answer = world.answer(
                        self.command, self.path, self.headers, body
                    )
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(answer)

            do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = respond

            def log_message(self, *_: object) -> None:
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        self.address = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        at_end(server.server_close)
        at_end(server.shutdown)

    def forget(self) -> None:
        """As if nothing had ever been made."""
        moto_server.forget(self.moto)
        self.asked, self.fault, self.invoked = [], None, []
        self.broken, self.originals, self.live, self.proposed = None, {}, {}, {}
        self.stood_in = {}
        self.published, self.planes = False, {}
        self.guests, self.draws = 0, {}

    def answer(self, method: str, path: str, headers, body: bytes) -> Answer:
        if path.startswith("/konnect/"):
            name, act = self.konnect(method, path.removeprefix("/konnect"), headers, body)
        elif path.startswith(("/game/", "/function/")):
            name, act = self.game(path, headers, body)
        else:
            name, act = self.aws(method, path, headers, body)
        self.asked.append(name)
        if self.fault and name.startswith(self.fault[0]):
            _, when = self.fault
            self.fault = None
            if when == "after":
                act()
            text = "<ErrorResponse><Error><Code>Injected</Code><Message>injected</Message></Error></ErrorResponse>"
            return 418, {"Content-Type": "text/xml"}, text.encode()
        return act()

    # AWS.

    def aws(self, method: str, path: str, headers, body: bytes):
        signed = re.search(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/", headers.get("Authorization", ""))
        service = signed[1] if signed else "nobody"
        if service == "lambda" and path.split("?")[0].endswith("/invocations"):
            function = re.search(r"/functions/([^/]+)/invocations\?Qualifier=live$", path)[1]
            payload = json.loads(body or b"{}")
            return f"lambda.Invoke {function}", lambda: self.invoke(function, payload)
        if service in ("cloudformation", "sts"):
            form = dict(urllib.parse.parse_qsl(body.decode(), keep_blank_values=True))
            name = f"{service}.{form['Action']} {form.get('StackName', '')}".rstrip()
            own = {
                "CreateChangeSet": self.propose,
                "DeleteChangeSet": self.take_back,
                "DescribeChangeSet": self.compare,
                "DescribeStacks": self.describe,
                "ExecuteChangeSet": self.carry_out,
                "GetTemplate": self.original,
            }.get(form["Action"])
            if own:
                return name, lambda: own(form)
            if form["Action"] == "DeleteStack":
                return name, lambda: self.delete(form, path, headers, body)
            return name, lambda: self.forward(method, path, headers, body)
        if service in ("s3", "lambda"):
            return f"{service}.{method} {path.split('?')[0]}", lambda: self.forward(
                method, path, headers, body
            )
        target = headers.get("X-Amz-Target", "?").rsplit(".", 1)[-1]
        given = json.loads(body or b"{}")
        name = f"{service}.{target} {given.get('Name', given.get('service', ''))}".rstrip()
        return name, lambda: self.forward(method, path, headers, body)

    def forward(self, method: str, path: str, headers, body: bytes) -> Answer:
        connection = http.client.HTTPConnection(self.moto.removeprefix("http://"), timeout=60)
        given = {
            name: value
            for name, value in headers.items()
            if name.lower() not in ("host", "content-length", "connection")
        }
        # moto finds a service by its host, or by the signature.
        connection.request(method, path, body, given)
        answer = connection.getresponse()
        text = answer.read()
        kept = {"Content-Type": answer.getheader("Content-Type", "text/plain")}
        connection.close()
        return answer.status, kept, text

    # Change sets.

    def propose(self, form: dict) -> Answer:
        """What a stack would be, as far as moto can have it."""
        stack, kind = form["StackName"], form["ChangeSetType"]
        if (kind == "UPDATE") != (stack in self.live):
            return self.refuse(f"{kind} of {stack} is not possible")
        if form.get("UsePreviousTemplate") == "true":
            text = self.originals[stack]
        elif "TemplateURL" in form:
            bucket, key = urllib.parse.urlparse(form["TemplateURL"]).path.lstrip("/").split("/", 1)
            text = self.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read().decode()
        else:
            text = form["TemplateBody"]
        declared = yaml.load(text, Tagged).get("Parameters", {})
        given = self.given(form)
        if unknown := given.keys() - declared.keys():
            return self.refuse(f"Parameters: {sorted(unknown)} do not exist in the template")
        before = self.live[stack][1] if stack in self.live else {}
        parameters = {}
        for name, one in declared.items():
            value = given.get(name)
            if value is None:
                value = before.get(name) if name in given else one.get("Default")
            if value is None:
                return self.refuse(f"Parameters: [{name}] must have values")
            parameters[name] = str(value)
        known = (text, *sorted(parameters.items()))
        if known not in self.stood_in:
            try:
                document = deploy.stand_in(text, parameters)
            except ValueError as error:
                return self.refuse(str(error))
            # CloudFormation does not change a stack for these alone.
            document.pop("Metadata", None)
            self.stood_in[known] = document
        document = self.stood_in[known]
        self.proposed[form["ChangeSetName"]] = Proposal(stack, text, document, parameters)
        return done("CreateChangeSet")

    def compare(self, form: dict) -> Answer:
        proposal = self.proposed[form["ChangeSetName"]]
        before, values = self.live.get(proposal.stack, ({}, {}))
        if (before, values) == (proposal.document, proposal.parameters):
            return done(
                "DescribeChangeSet",
                "<Status>FAILED</Status><StatusReason>The submitted information didn't contain "
                "changes. Submit different information.</StatusReason>",
            )
        changed = {
            name for name in proposal.parameters if proposal.parameters[name] != values.get(name)
        }
        was, will = before.get("Resources", {}), proposal.document["Resources"]
        lines = []
        for name in sorted(was.keys() | will.keys()):
            text = json.dumps(will.get(name, {}))
            uses = any(f'"{one}"' in text or f"${{{one}}}" in text for one in changed)
            if name in was and was[name] == will.get(name) and not uses:
                continue
            action = "Add" if name not in was else "Modify" if name in will else "Remove"
            kind = (will.get(name) or was[name])["Type"]
            lines.append(
                f"<member><ResourceChange><Action>{action}</Action><LogicalResourceId>{name}"
                f"</LogicalResourceId><ResourceType>{kind}</ResourceType></ResourceChange></member>"
            )
        return done(
            "DescribeChangeSet",
            f"<Status>CREATE_COMPLETE</Status><Changes>{''.join(lines)}</Changes>",
        )

    def take_back(self, form: dict) -> Answer:
        del self.proposed[form["ChangeSetName"]]
        return done("DeleteChangeSet")

    def carry_out(self, form: dict) -> Answer:
        proposal = self.proposed.pop(form["ChangeSetName"])
        formation = self.client("cloudformation")
        act = formation.update_stack if proposal.stack in self.live else formation.create_stack
        try:
            act(
                StackName=proposal.stack,
                TemplateBody=json.dumps(proposal.document, sort_keys=True),
                Parameters=[
                    {"ParameterKey": name, "ParameterValue": value}
                    for name, value in proposal.parameters.items()
                ],
                Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
            )
        except formation.exceptions.ClientError as error:
            # What differs is what moto does not know.
            if "No updates are to be performed" not in str(error):
                return self.refuse(str(error))
        self.originals[proposal.stack] = proposal.text
        self.live[proposal.stack] = (proposal.document, proposal.parameters)
        return done("ExecuteChangeSet")

    def describe(self, form: dict) -> Answer:
        stack = form["StackName"]
        if stack not in self.live:
            if any(proposal.stack == stack for proposal in self.proposed.values()):
                return done(
                    "DescribeStacks",
                    "<Stacks><member><StackStatus>REVIEW_IN_PROGRESS</StackStatus></member></Stacks>",
                )
            return self.refuse(f"Stack with id {stack} does not exist")
        found = self.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
        status = "ROLLBACK_COMPLETE" if stack == self.broken else found["StackStatus"]
        for one in found.get("Outputs", []):
            # The smoke test calls this function past the gateway.
            if one["OutputKey"] == "GetUserUrl":
                one["OutputValue"] = f"{self.address}/function/"
        parameters, outputs = (
            "".join(
                f"<member><{kind}Key>{one[f'{kind}Key']}</{kind}Key>"
                f"<{kind}Value>{xml.sax.saxutils.escape(one[f'{kind}Value'])}</{kind}Value></member>"
                for one in found.get(f"{kind}s", [])
            )
            for kind in ("Parameter", "Output")
        )
        return done(
            "DescribeStacks",
            f"<Stacks><member><StackStatus>{status}</StackStatus><Parameters>{parameters}"
            f"</Parameters><Outputs>{outputs}</Outputs></member></Stacks>",
        )

    def delete(self, form: dict, path: str, headers, body: bytes) -> Answer:
        stack = form["StackName"]
        self.live.pop(stack, None)
        if self.broken == stack:
            self.broken = None
        with contextlib.suppress(Exception):
            # moto may take resources away in an order that it refuses itself. What is left
            # then is nobody's.
            self.forward("POST", path, headers, body)
        return done("DeleteStack")

    def original(self, form: dict) -> Answer:
        """A template as it was given, which moto does not have."""
        text = xml.sax.saxutils.escape(self.originals[form["StackName"]])
        return done(
            "GetTemplate",
            f"<StagesAvailable><member>Original</member></StagesAvailable><TemplateBody>{text}"
            "</TemplateBody>",
        )

    def given(self, form: dict) -> dict[str, str | None]:
        found: dict[str, str | None] = {}
        for at in range(1, 200):
            key = form.get(f"Parameters.member.{at}.ParameterKey")
            if key is None:
                return found
            found[key] = form.get(f"Parameters.member.{at}.ParameterValue")
        raise AssertionError("too many parameters")

    def refuse(self, message: str) -> Answer:
        text = f"<ErrorResponse><Error><Code>ValidationError</Code><Message>{xml.sax.saxutils.escape(message)}</Message></Error></ErrorResponse>"
        return 400, {"Content-Type": "text/xml"}, text.encode()

    def parameters_of(self, stack: str) -> dict[str, str]:
        found = self.client("cloudformation")
        try:
            described = found.describe_stacks(StackName=stack)["Stacks"][0]
        except found.exceptions.ClientError:
            return {}
        return {
            one["ParameterKey"]: one["ParameterValue"] for one in described.get("Parameters", [])
        }

    def client(self, service: str):
        if service not in self.clients:
            self.clients[service] = deploy.boto3.client(
                service, region_name=REGION, endpoint_url=self.moto
            )
        return self.clients[service]

    def secrets(self, stage: str) -> dict[str, str]:
        pages = (
            self.client("ssm")
            .get_paginator("get_parameters_by_path")
            .paginate(Path=f"/tenjo/{stage}", Recursive=True, WithDecryption=True)
        )
        found = [one for page in pages for one in page["Parameters"]]
        return {one["Name"].removeprefix(f"/tenjo/{stage}/"): one["Value"] for one in found}

    def invoke(self, function: str, payload: dict) -> Answer:
        self.invoked.append((function, payload))
        if function.endswith("-migrate"):
            report: dict = {"roles": 17}
        elif function.endswith("-publish-masters"):
            change = "unchanged" if self.published else "new"
            self.published |= not payload.get("dry_run")
            report = {
                "dry_run": bool(payload.get("dry_run")),
                "pools": [{"pool_id": "pool-standard", "change": change}],
            }
        else:
            report = {"errorType": "Unknown", "errorMessage": function}
        return 200, {"Content-Type": "application/json"}, json.dumps(report).encode()

    # Konnect.

    def konnect(self, method: str, path: str, headers, body: bytes):
        name = f"konnect.{method} {path.split('?')[0]}"
        return name, lambda: self.konnect_answer(method, path, headers, body)

    def konnect_answer(self, method: str, path: str, headers, body: bytes):
        def json_answer(status: int, value: dict) -> Answer:
            return status, {"Content-Type": "application/json"}, json.dumps(value).encode()

        token = headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in self.knows_konnect_tokens:
            return json_answer(
                401, {"status": 401, "title": "Unauthorized", "detail": "no such token"}
            )
        address = urllib.parse.urlparse(path)
        parts = address.path.strip("/").split("/")
        assert parts[:2] == ["v2", "control-planes"], path
        given = json.loads(body) if body else {}
        if len(parts) == 2 and method == "GET":
            wanted = urllib.parse.parse_qs(address.query)["filter[name][eq]"]
            data = [one["plane"] for one in self.planes.values() if one["plane"]["name"] in wanted]
            return json_answer(200, {"data": data, "meta": {"page": {"total": len(data)}}})
        if len(parts) == 2 and method == "POST":
            if any(one["plane"]["name"] == given["name"] for one in self.planes.values()):
                return json_answer(409, {"title": "Conflict", "detail": "the name is taken"})
            assert given["cluster_type"] == "CLUSTER_TYPE_CONTROL_PLANE"
            id = str(uuid.uuid4())
            short = id[:10].replace("-", "")
            plane = {
                "id": id,
                "name": given["name"],
                "config": {
                    "control_plane_endpoint": f"https://{short}.eu.cp0.konghq.com",
                    "telemetry_endpoint": f"https://{short}.eu.tp0.konghq.com",
                },
            }
            self.planes[id] = {"plane": plane, "certificates": {}}
            return json_answer(201, plane)
        plane = self.planes.get(parts[2])
        if plane is None:
            return json_answer(404, {"title": "Not Found"})
        if len(parts) == 3 and method == "DELETE":
            del self.planes[parts[2]]
            return 204, {}, b""
        assert parts[3] == "dp-client-certificates", path
        if method == "GET":
            items = [{"id": id, "cert": cert} for id, cert in plane["certificates"].items()]
            return json_answer(200, {"items": items, "page": {"total_count": len(items)}})
        if method == "POST":
            id = str(uuid.uuid4())
            plane["certificates"][id] = given["cert"]
            return json_answer(201, {"item": {"id": id, "cert": given["cert"]}})
        del plane["certificates"][parts[4]]
        return 204, {}, b""

    # The game, as openapi.yaml has it.

    def game(self, path: str, headers, body: bytes):
        return f"game {path}", lambda: self.game_answer(path, headers, body)

    def game_answer(self, path: str, headers, body: bytes) -> Answer:
        status, data = 200, {}
        token = headers.get("Authorization")
        if path.startswith("/function/") or (not token and not path.endswith("/auth/guest")):
            status, data = 401, {}
        elif path.endswith("/auth/guest"):
            self.guests += 1
            data = {"user_id": str(uuid.uuid4()), "access_token": f"token-of-guest-{self.guests}"}
        elif path.endswith("/gacha/draw"):
            order = json.loads(body)
            key = headers["Idempotency-Key"]
            result = {"item_master_id": "character-kaguya", "rarity": "SSR"}
            self.draws.setdefault(
                key,
                {
                    "saga_id": str(uuid.uuid4()),
                    "status": "COMPLETED",
                    "results": [result] * order["draw_count"],
                    "cost": {"currency_type": "free_gem", "amount": 300},
                },
            )
            data = self.draws[key]
        elif path.endswith("/users/me/ledger"):
            data = {
                "ledger_entries": [
                    {"saga_id": draw["saga_id"], "delta": -draw["cost"]["amount"]}
                    for draw in self.draws.values()
                ]
            }
        answer = {"success": status == 200, "data": data}
        return status, {"Content-Type": "application/json"}, json.dumps(answer).encode()
