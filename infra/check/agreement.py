"""Reads templates, the lists of stacks and secrets, Kong, pipelines and pages together.

Every parameter has a source, every output a reader, every secret a maker and a reader,
every alarm a line in a runbook, every variable of a pipeline a line on the page, every
step of `tenjo deploy` too. The checks are functions of the files' texts, so that the
tests can plant disagreements.
"""

from __future__ import annotations

import functools
import json
import pathlib
import re

import yaml
from stacks import ROOT, STACKS, WITHOUT_KONNECT, Tagged

PAGE = "docs/first-time-setup.md"
LIST = "infra/stacks.yaml"
SECRETS = "infra/secrets.yaml"
# The command, by the part that reads outputs and secrets.
COMMAND = "cli/deploy/src/"
RUNBOOKS = ("docs/operations.md", "docs/reliability.md")
# A metric that a function writes: its name, in the code.
WRITTEN = re.compile(r'\.(?:count|duration)\(\s*"([A-Z]\w+)"')
# The files that write some.
WRITERS = [
    str(path.relative_to(ROOT))
    for folder in ("functions", "shared")
    for path in sorted((ROOT / folder).rglob("src/**/*.rs"))
    if WRITTEN.search(path.read_text())
]
FILES = (
    [stack.template for stack in STACKS + WITHOUT_KONNECT]
    + [str(path.relative_to(ROOT)) for path in ROOT.glob(".github/*/*")]
    + [str(path.relative_to(ROOT)) for path in (ROOT / COMMAND).rglob("*.rs")]
    + [PAGE, *RUNBOOKS, LIST, SECRETS, "kong/kong.yaml", "kong/README.md"]
    + WRITERS
)

Texts = dict[str, str]


def read() -> Texts:
    return {name: (ROOT / name).read_text() for name in dict.fromkeys(FILES)}


@functools.cache
def parsed(text: str) -> dict:
    return yaml.load(text, Tagged)


def template(texts: Texts, name: str) -> dict:
    return parsed(texts[name])


def templates(texts: Texts) -> dict[str, dict]:
    return {
        name: template(texts, name)
        for name in texts
        if (name.startswith("infra/") and name not in (LIST, SECRETS)) or name == "template.yaml"
    }


def workflows(texts: Texts) -> dict[str, str]:
    return {name: text for name, text in texts.items() if name.startswith(".github/workflows/")}


def listed_stacks(texts: Texts) -> list[dict]:
    return yaml.safe_load(texts[LIST])


def check_parameters(texts: Texts) -> list[str]:
    """Every parameter is a setting, given by another stack, made, or has a default."""
    found = []
    for stack in listed_stacks(texts):
        declared = template(texts, stack["template"]).get("Parameters", {})
        sources = [
            *stack.get("settings", {}),
            *stack.get("outputs", {}),
            *stack.get("made", []),
            "Stage",
        ]
        for name in set(sources) - declared.keys():
            found.append(f"{stack['template']}: {name} is given, and is no parameter")
        for name in {name for name in sources if sources.count(name) > 1}:
            found.append(f"{LIST}: {name} of {stack['name']} has two sources")
        for name, one in declared.items():
            if name not in sources and "Default" not in one:
                found.append(f"{stack['template']}: nothing gives {name}, and it has no default")
            # A default of what another template decides would be right until that changes.
            is_anothers = re.match(
                rf"(The output \w+|{name}) of (infra/\S+|template)\.yaml", one.get("Description", "")
            )
            if is_anothers and name not in stack.get("outputs", {}):
                found.append(f"{stack['template']}: {name} is not taken from {is_anothers[2]}.yaml")
    named = {stack["template"] for stack in listed_stacks(texts)}
    for name in templates(texts).keys() - named:
        found.append(f"{LIST}: nothing makes {name}")
    return found


def shouted(output: str) -> str:
    """GetUserUrl as GET_USER_URL."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", output).upper()


def check_outputs(texts: Texts) -> list[str]:
    """Every output is read, and what is read exists."""
    found = []
    listed = listed_stacks(texts)
    outputs = {
        stack["name"]: template(texts, stack["template"]).get("Outputs", {}) for stack in listed
    }
    wanted = {
        tuple(source.split(".")) for stack in listed for source in stack.get("outputs", {}).values()
    }
    for stack_name, output in wanted:
        if output not in outputs.get(stack_name, {}):
            found.append(
                f"the stack {stack_name!r} has no output {output}, which another one needs"
            )
    code = "\n".join(text for name, text in texts.items() if name.startswith(COMMAND))
    for stack_name, output in re.findall(r'\boutput\("([a-z-]+)", "(\w+)"\)', code):
        if output not in outputs.get(stack_name, {}):
            found.append(f"{COMMAND} reads the output {output}, which {stack_name} does not have")
    variables = set(re.findall(r'env "(DECK_\w+_URL)"', texts["kong/kong.yaml"]))
    for stack_name, of_stack in outputs.items():
        for output in of_stack:
            is_address = stack_name == "functions" and output.endswith("Url")
            if is_address and f"DECK_{shouted(output)}" not in variables:
                found.append(f"kong/kong.yaml does not read the output {output}")
            if is_address or (stack_name, output) in wanted:
                continue
            if not re.search(rf'"{output}"', code):
                found.append(f"nothing reads the output {output} of the stack {stack_name!r}")
    names = {shouted(output) for output in outputs["functions"] if output.endswith("Url")}
    for variable in variables:
        if variable.removeprefix("DECK_") not in names:
            found.append(f"template.yaml has no output for {variable}")
    return found


def command_secrets(texts: Texts) -> dict[str, str]:
    """The secrets that `tenjo deploy` itself makes or reads, by their constants' names."""
    return dict(
        re.findall(
            r'^pub\(crate\) const ([A-Z_]+): &str = "([a-z/-]+)";$',
            texts[COMMAND + "secrets.rs"],
            re.MULTILINE,
        )
    )


def needed_secrets(texts: Texts) -> dict[str, set[str]]:
    """SSM parameters below the stage, and who reads each. <…> stands for any name."""
    needed: dict[str, set[str]] = {}
    for name, document in templates(texts).items():
        # Not what a policy allows (a pipeline's), but what a setting or task reads.
        for resource in document["Resources"].values():
            properties = json.dumps(resource.get("Properties", {}))
            if resource["Type"] == "AWS::IAM::Role":
                continue
            for secret in re.findall(r"(?:ssm:|parameter)/tenjo/\$\{Stage\}/([^\"*]+)", properties):
                # Whoever may read all of a folder also names each in its settings.
                if not secret.endswith("/"):
                    needed.setdefault(re.sub(r"\$\{\w+\}", "<…>", secret), set()).add(name)
    for secret in command_secrets(texts).values():
        # One that ends in "/" is a folder.
        if not secret.endswith("/"):
            needed.setdefault(secret, set()).add(COMMAND)
    return needed


def made_secrets(texts: Texts) -> set[str]:
    """What `tenjo deploy` puts into SSM."""
    listed = yaml.safe_load(texts[SECRETS])
    made = {f"database-urls/{user}" for user in listed["database_users"]}
    for kind in ("random", "keys", "asked", "stores", "konnect"):
        made |= set(listed[kind])
    return {re.sub(r"<\w+>", "<…>", name) for name in made}


def read_by_pipelines(texts: Texts) -> set[str]:
    """The secrets that the steps of the pipelines read: those of the gateway."""
    text = texts[COMMAND + "gateway.rs"]
    constants = command_secrets(texts)
    return {constants[name] for name in re.findall(r"\.secret\(([A-Z_]+)\)", text)}


def check_secrets(texts: Texts) -> list[str]:
    found = []
    needed, made = needed_secrets(texts), made_secrets(texts)
    for secret in needed.keys() - made:
        found.append(f"{SECRETS}: nothing makes {secret}, which {min(needed[secret])} reads")
    for secret in made - needed.keys():
        found.append(f"{SECRETS}: nothing reads {secret}")
    listed: set[str] = set()
    table = re.search(r"^\| SSM parameter.*?(?=^\n)", texts[PAGE], re.MULTILINE | re.DOTALL)
    for line in table[0].splitlines()[2:]:
        listed |= set(re.findall(r"`([^`]+)`", line.split("|")[1]))
    listed = {re.sub(r"<\w+>", "<…>", name) for name in listed}
    # The users of the database have one line.
    shown = {
        "database-urls/<…>" if "database-urls/" in name and not name.endswith("/admin") else name
        for name in made
    }
    for secret in shown ^ listed:
        found.append(f"{PAGE}: {secret} is only in one of {SECRETS} and the table")
    # The pipeline's role reads what the gateway's step reads, and nothing else.
    roles = template(texts, "infra/github-oidc.yaml")["Resources"]
    allowed = set(re.findall(r"parameter/tenjo/\$\{Stage\}/([^\"]+)", json.dumps(roles["Deploy"])))
    by_sync = read_by_pipelines(texts)
    if allowed != by_sync:
        found.append(
            f"the role Deploy may read {sorted(allowed)}, and the gateway needs {sorted(by_sync)}"
        )
    if re.search(r"parameter/", json.dumps(roles["Plan"])):
        found.append("the role of pull requests may read a secret")
    return found


def alarms(texts: Texts) -> dict[str, dict]:
    found = {}
    for document in templates(texts).values():
        for resource in document["Resources"].values():
            if resource["Type"] == "AWS::CloudWatch::Alarm":
                name = resource["Properties"]["AlarmName"]["Fn::Sub"]
                found[name.removeprefix("tenjo-${Stage}-")] = resource["Properties"]
    return found


def check_alarms(texts: Texts) -> list[str]:
    """Every alarm has one line in a runbook, says what to do, and tells somebody."""
    found = []
    lines: dict[str, int] = {}
    for page in RUNBOOKS:
        in_table = False
        for line in texts[page].splitlines():
            in_table = line.startswith("| Alarm |") or (in_table and line.startswith("|"))
            if in_table:
                for name in re.findall(r"`([a-z0-9-]+)`", line.split("|")[1]):
                    lines[name] = lines.get(name, 0) + 1
    known = alarms(texts)
    for name in known.keys() - lines.keys():
        found.append(f"no runbook has a line on the alarm {name}")
    for name in lines.keys() - known.keys():
        found.append(f"a runbook has a line on {name}, which is no alarm")
    for name, count in lines.items():
        if count > 1:
            found.append(f"the alarm {name} has {count} lines")
    for name, properties in known.items():
        if len(properties.get("AlarmDescription", "")) < 40:
            found.append(f"the alarm {name} does not say what to do")
        if "AlarmTopicArn" not in json.dumps(properties.get("AlarmActions", "")):
            found.append(f"the alarm {name} tells nobody")
    return found


def check_metrics(texts: Texts) -> list[str]:
    """What alarms and the dashboard read of ours is written by the functions, and all that
    they write is on the page."""
    found = []
    on_page = set(re.findall(r"`([A-Z][A-Za-z]+)`", texts["docs/reliability.md"]))
    written = {
        name
        for file in WRITERS
        # A test writes what it wants.
        for name in WRITTEN.findall(texts[file].split("#[cfg(test)]")[0])
    }
    read_metrics = {
        properties["MetricName"]
        for properties in alarms(texts).values()
        if properties.get("Namespace") == "Tenjo"
    }
    body = template(texts, "infra/observability.yaml")["Resources"]["Dashboard"]["Properties"][
        "DashboardBody"
    ]
    try:
        dashboard = json.loads(re.sub(r"\$\{[\w:]+\}", "x", body["Fn::Sub"]))
    except ValueError as error:
        return [f"the dashboard is not JSON: {error}"]
    taken: list[tuple[int, int]] = []
    functions = function_names(texts)
    # What is counted in the functions' logs, by stage.
    transformations = [
        one
        for resource in template(texts, "template.yaml")["Resources"].values()
        if resource["Type"] == "AWS::Logs::MetricFilter"
        for one in resource["Properties"]["MetricTransformations"]
    ]
    filtered = {one["MetricName"] for one in transformations}
    # Some add up what each function writes.
    read_metrics |= {
        one["MetricValue"][2:] for one in transformations if one["MetricValue"].startswith("$.")
    }
    for widget in dashboard["widgets"]:
        squares = [
            (x, y)
            for x in range(widget["x"], widget["x"] + widget["width"])
            for y in range(widget["y"], widget["y"] + widget["height"])
        ]
        if set(squares) & set(taken) or widget["x"] + widget["width"] > 24:
            found.append(f"the widget {widget['properties']['title']!r} does not fit")
        taken += squares
        for metric in widget["properties"]["metrics"]:
            if metric[0] == "Tenjo":
                read_metrics.add(metric[1])
            if metric[0] == "Tenjo/x" and metric[1] not in filtered:
                found.append(f"no filter of template.yaml counts {metric[1]}")
            for at, part in enumerate(metric[:-1]):
                if (
                    part == "FunctionName"
                    and metric[at + 1].removeprefix("tenjo-x-") not in functions
                ):
                    found.append(f"the dashboard names {metric[at + 1]}, which is no function")
    for name in read_metrics - written:
        found.append(f"no function writes the metric {name}, which an alarm or the dashboard reads")
    for name in written - on_page:
        found.append(f"docs/reliability.md has no metric {name}, which functions write")
    return found


def function_names(texts: Texts) -> set[str]:
    return set(
        re.findall(r"FunctionName: !Sub tenjo-\$\{Stage\}-([a-z-]+)", texts["template.yaml"])
    )


def check_names(texts: Texts) -> list[str]:
    """Functions that pages, alarms and pipelines name exist."""
    found = []
    functions = function_names(texts)
    for name, text in texts.items():
        invoked = re.findall(r"--function-name \"?tenjo-\$STAGE-([a-z-]+):live", text)
        invoked += re.findall(r'\.function\("([a-z-]+)"\)', text)
        invoked += re.findall(r"function:tenjo-\$\{Stage\}-([a-z-]+):live", text)
        if name == "infra/observability.yaml":
            invoked += re.findall(
                r"Name: FunctionName\n\s+Value: !Sub tenjo-\$\{Stage\}-([a-z-]+)", text
            )
        for function in set(invoked) - functions:
            found.append(f"{name} names the function {function}, which does not exist")
    return found


def check_pipelines(texts: Texts) -> list[str]:
    found = []
    used: dict[str, set[str]] = {}
    versions: dict[str, set[str]] = {}
    for name, text in workflows(texts).items():
        for variable in re.findall(r"\bvars\.(\w+)", text):
            used.setdefault(variable, set()).add(name)
        if re.search(r"\$\{\{[^}]*\bsecrets\.", text):
            found.append(f"{name} reads a stored secret")
        for action, rest in re.findall(r"uses: ([\w./-]+)@(.*)", text):
            if not re.fullmatch(r"[0-9a-f]{40} # v\d+\.\d+\.\d+", rest):
                found.append(f"{name}: {action} is not pinned by commit, with its version")
            versions.setdefault(action, set()).add(rest)
        for job, fields in yaml.safe_load(text)["jobs"].items():
            # What it calls has a time limit of its own.
            is_limited = "timeout-minutes" in fields or "uses" in fields
            if "permissions" not in fields or not is_limited:
                found.append(f"{name}: the job {job} needs permissions and a time limit")
            # One that waits in a queue is cancelled by the next, so no two share one.
            queue = f"deploy-{pathlib.Path(name).stem}"
            if "AWS_DEPLOY_ROLE" in json.dumps(fields) and (
                fields.get("environment") != "production"
                or fields.get("concurrency", {}).get("group") != queue
            ):
                found.append(f"{name}: the job {job} deploys outside of its environment or queue")
            set_up = [step.get("uses", "").split("@")[0] for step in fields.get("steps", [])]
            if "pip install" in json.dumps(fields) and "actions/setup-python" not in set_up:
                found.append(f"{name}: the job {job} installs into a Python that nobody chose")
        for script in set(re.findall(r"\.github/scripts/([a-z-]+)", text)):
            if f".github/scripts/{script}" not in texts:
                found.append(f"{name} runs {script}, which does not exist")
    for action, of_action in versions.items():
        if len(of_action) > 1:
            found.append(f"{action} has several versions: {sorted(of_action)}")
    listed: dict[str, set[str]] = {}
    table = re.search(
        r"^\| Variable of the repository.*?(?=^\n)", texts[PAGE], re.MULTILINE | re.DOTALL
    )
    for line in table[0].splitlines()[2:]:
        _, cell, _, readers, _ = line.split("|")
        for variable in re.findall(r"`(\w+)`", cell):
            listed[variable] = set(re.findall(r"\w+", readers))
    # The summary of the command has a line for each.
    summary = texts[COMMAND + "deploy.rs"]
    made = set(re.findall(r'\("([A-Z_]+)", ', summary))
    for variable in used.keys() ^ listed.keys():
        found.append(f"the variable {variable} is only in one of the pipelines and {PAGE}")
    for variable in listed.keys() ^ made:
        found.append(f"{PAGE}: the variable {variable} is only in one of the summary and the table")
    # Those that read a variable: another needs none.
    all_pipelines = {re.search(r"(\w+)\.yml", name)[1] for of in used.values() for name in of}
    for variable, readers in listed.items():
        actual = {re.search(r"(\w+)\.yml", name)[1] for name in used.get(variable, ())}
        if actual and actual != (all_pipelines if readers == {"all"} else readers):
            found.append(f"{PAGE}: {variable} is read by {', '.join(sorted(actual))}")
    return found


def within(value: object) -> list[dict]:
    """Every mapping in a value, at any depth."""
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    own = [value] if isinstance(value, dict) else []
    return own + [one for part in parts for one in within(part)]


def minutes(canary: str) -> int:
    """How long calls take to move, by a value of the parameter Canary."""
    parts = re.fullmatch(r"(Canary|Linear)10Percent(?:Every)?(\d+)Minutes?", canary)
    return int(parts[2]) * (10 if parts[1] == "Linear" else 1) if parts else 0


# The other one has functions of operators, which change at once.
STACKS_WITH_CANARY = 2
AROUND_CANARIES_MINUTES = 45


def check_canary(texts: Texts) -> list[str]:
    """The role of a release outlives its canaries."""
    found = []
    allowed = template(texts, "template.yaml")["Parameters"]["Canary"]["AllowedValues"]
    needed = STACKS_WITH_CANARY * max(map(minutes, allowed)) + AROUND_CANARIES_MINUTES
    role = template(texts, "infra/github-oidc.yaml")["Resources"]["Deploy"]["Properties"]
    jobs = yaml.safe_load(texts[".github/workflows/backend.yml"])["jobs"]
    asked = [step.get("with", {}).get("role-duration-seconds") for step in jobs["deploy"]["steps"]]
    for seconds in (role["MaxSessionDuration"], max(filter(None, asked), default=3600)):
        if seconds < needed * 60:
            found.append(f"a release may take {needed} min, and its role ends after {seconds} s")
    return found


def check_firewall(texts: Texts) -> list[str]:
    """A rule that matches a path reads it as Kong's router does, or it could be avoided."""
    found = []
    for name, document in templates(texts).items():
        for resource in document["Resources"].values():
            if resource["Type"] != "AWS::WAFv2::WebACL":
                continue
            for rule in resource["Properties"]["Rules"]:
                for statement in within(rule["Statement"]):
                    if "UriPath" not in statement.get("FieldToMatch", {}):
                        continue
                    given = sorted(statement["TextTransformations"], key=lambda it: it["Priority"])
                    if [one["Type"] for one in given] != ["URL_DECODE", "NORMALIZE_PATH"]:
                        found.append(f"{name}: the rule {rule['Name']} can be avoided by a path")
    return found


EVERY_CHECK = ".github/workflows/checks.yml"


def deploying(texts: Texts) -> dict[str, dict]:
    """The pipelines that deploy."""
    parsed_texts = {name: yaml.safe_load(text) for name, text in workflows(texts).items()}
    return {
        name: document
        for name, document in parsed_texts.items()
        if "AWS_DEPLOY_ROLE" in json.dumps(document["jobs"])
    }


# YAML 1.1 reads the word `on` as true.
ON = True


def check_deployments(texts: Texts) -> list[str]:
    """Nothing is deployed that was not checked, and what a stage's settings say is
    deployed by every pipeline."""
    found = []
    checks = yaml.safe_load(texts[EVERY_CHECK])
    triggers = checks[ON]
    if "workflow_call" not in triggers or triggers.get("pull_request", 0) is not None:
        found.append(f"{EVERY_CHECK} does not check every pull request")
    of_jobs = [step for job in checks["jobs"].values() for step in job["steps"]]
    if not any(".ci/run" in step.get("run", "") for step in of_jobs):
        found.append(f"{EVERY_CHECK} does not run .ci/run")
    for name, document in deploying(texts).items():
        jobs = document["jobs"]
        for job, fields in jobs.items():
            if "AWS_DEPLOY_ROLE" not in json.dumps(fields):
                continue
            needed = fields.get("needs", [])
            needed = [needed] if isinstance(needed, str) else needed
            if not any(jobs[one].get("uses") == f"./{EVERY_CHECK}" for one in needed):
                found.append(f"{name}: the job {job} deploys what was not checked")
            # The commit before may never have been deployed, so the job itself looks.
            runs = [step.get("run", "") for step in fields["steps"]]
            migrates = [at for at, run in enumerate(runs) if re.search(r"--only \S*migrate", run)]
            for at in migrates[:1]:
                before = "\n".join(runs[:at])
                if not re.search(r"release\.py revision.*cargo xtask previous", before, re.DOTALL):
                    found.append(f"{name}: the job {job} migrates below what nobody has tried")
        if "infra/stages/**" not in document[ON]["push"]["paths"]:
            found.append(f"{name} does not deploy what changes in a stage's settings")
        after = document[ON].get("workflow_run", {}).get("workflows", [])
        if "sync" in json.dumps(jobs):
            for other, one in deploying(texts).items():
                if other != name and one["name"] not in after:
                    found.append(f"{name} does not sync after {other}")
    return found


def steps(texts: Texts) -> list[str]:
    """The steps of `tenjo deploy`, in their order."""
    declared = re.search(
        r"^enum Step \{\n(.*?)^\}", texts[COMMAND + "deploy.rs"], re.MULTILINE | re.DOTALL
    )
    names = re.findall(r"^    ([A-Z]\w+),$", declared[1], re.MULTILINE)
    return [re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower() for name in names]


def check_steps(texts: Texts) -> list[str]:
    """The page has a line for each step, every stack is a step, and pipelines run all."""
    found = []
    table = re.search(r"^\| Step \|.*?(?=^\n)", texts[PAGE], re.MULTILINE | re.DOTALL)
    on_page = re.findall(r"^\| `([a-z-]+)` \|", table[0], re.MULTILINE)
    known = steps(texts)
    if on_page != known:
        found.append(f"{PAGE}: the steps are {known}, and the table has {on_page}")
    for name in [stack["name"] for stack in listed_stacks(texts)]:
        if name not in known:
            found.append(f"{LIST}: nothing makes the stack {name}")
    run: set[str] = set()
    for name, text in workflows(texts).items():
        for step in ",".join(re.findall(r"--only (\S+)", text)).split(","):
            if step and step not in known:
                found.append(f"{name} runs the step {step}, which does not exist")
            run.add(step)
    # A pipeline must not change its own rights, makes no secret, and builds only what has
    # changed.
    for step in set(known) - run - {"tools", "github", "secrets", "build", "control-plane"}:
        found.append(f"no pipeline runs the step {step}")
    for step in run & {"github", "secrets", "control-plane"}:
        found.append(f"a pipeline runs the step {step}, which is a person's")
    return found


# Which command of `tenjo rotate` replaces which secret, by the beginning of its name.
REPLACED_BY = {
    "origin-secrets": "origin-secret",
    "device-hash-key": "device-hash-key",
    "saga-seal-keys/": "seal-key",
    "database-urls/admin": "database-administrator",
    "database-urls/": "database-user",
    "token-signing-keys/": "signing-key",
    "token-keys": "signing-key",
    "receipt-signing-keys/": "receipt-key",
    "receipt-keys": "receipt-key",
    "stores/apple-api-keys/": "apple-api-key",
    "stores/google-service-account": "google-service-account",
    "stores/google-integrity-account": "google-integrity-account",
    "kong/konnect-token": "konnect-token",
    "kong/cluster-cert": "certificate",
}
# Apple's roots are public, and Apple's.
NEVER_REPLACED = {"stores/apple-roots", "stores/apple-attest-roots"}


def check_rotations(texts: Texts) -> list[str]:
    """Each secret can be replaced by a command, which has a line on the page."""
    found = []
    declared = re.search(
        r"^enum What \{\n(.*?)^\}", texts[COMMAND + "rotate.rs"], re.MULTILINE | re.DOTALL
    )
    variants = re.findall(r"^    ([A-Z]\w+)(?:,| \{)$", declared[1], re.MULTILINE)
    known = {re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower() for name in variants}
    table = re.search(
        r"^\| `tenjo rotate .*?(?=^\n)", texts["docs/operations.md"], re.MULTILINE | re.DOTALL
    )
    on_page: set[str] = set()
    for line in table[0].splitlines()[2:]:
        on_page |= set(re.findall(r"`([a-z-]+)", line.split("|")[1]))
    for name in known ^ on_page:
        found.append(f"docs/operations.md: {name} is only in one of the table and `tenjo rotate`")
    for secret in made_secrets(texts) - NEVER_REPLACED:
        command = next((by for name, by in REPLACED_BY.items() if secret.startswith(name)), None)
        if command not in known:
            found.append(f"{SECRETS}: no command replaces {secret}")
    return found


CHECKS = (
    check_parameters,
    check_outputs,
    check_secrets,
    check_rotations,
    check_alarms,
    check_metrics,
    check_names,
    check_pipelines,
    check_canary,
    check_firewall,
    check_deployments,
    check_steps,
)


def disagreements(texts: Texts) -> list[str]:
    return sorted({problem for check in CHECKS for problem in check(texts)})
