"""Templates, Kong, pipelines and the set-up page agree; and planted disagreements are
found."""

from __future__ import annotations

import unittest

import agreement

# A file, what is replaced in it, by what, and what must be found then.
PLANTED = (
    (
        "infra/kong.yaml",
        "  MinTasks:\n",
        "  Unused:\n    Type: String\n  MinTasks:\n",
        "nothing gives Unused",
    ),
    (
        "infra/kong.yaml",
        "  MaxTasks:\n    Type: Number\n    MinValue: 2\n    Default: 20\n",
        "  MaxTasks:\n    Type: Number\n",
        "nothing gives MaxTasks, and it has no default",
    ),
    (
        "infra/observability.yaml",
        "  FunctionsAtOnce:\n    Type: Number\n",
        "  MinTasks:\n    Type: Number\n    Default: 2\n    Description: MinTasks of infra/kong.yaml\n"
        "  FunctionsAtOnce:\n    Type: Number\n",
        "MinTasks is not taken from infra/kong.yaml",
    ),
    (
        "infra/stacks.yaml",
        "ClusterName: kong",
        "Cluster: kong",
        "Cluster is given, and is no parameter",
    ),
    (
        "infra/stacks.yaml",
        "made: [ControlPlaneHost",
        "made: [DomainName, ControlPlaneHost",
        "has two sources",
    ),
    (
        "infra/stacks.yaml",
        "template: infra/network.yaml",
        "template: infra/kong.yaml",
        "nothing makes infra/network.yaml",
    ),
    ("infra/network.yaml", "  VpcCidr:\n", "  VpcRange:\n", "has no output VpcCidr"),
    (
        "infra/network.yaml",
        "Outputs:\n",
        "Outputs:\n  Nobodys:\n    Value: 1\n",
        "nothing reads the output Nobodys",
    ),
    (
        "cli/deploy/src/deploy.rs",
        '"PlanRoleArn"',
        '"PlansRoleArn"',
        "reads the output PlansRoleArn",
    ),
    (
        "template.yaml",
        "Outputs:\n",
        "Outputs:\n  NewRouteUrl:\n    Value: 1\n",
        "kong/kong.yaml does not read the output NewRouteUrl",
    ),
    ("kong/kong.yaml", "DECK_GET_USER_URL", "DECK_GOT_USER_URL", "no output for DECK_GOT_USER_URL"),
    ("infra/secrets.yaml", "- device-hash-key", "- device-key", "nothing makes device-hash-key"),
    ("infra/secrets.yaml", "- device-hash-key", "- device-key", "nothing reads device-key"),
    ("infra/secrets.yaml", "  - exchange\n", "", "nothing makes database-urls/exchange"),
    (
        "cli/deploy/src/rotate.rs",
        "    DeviceHashKey,\n",
        "    DeviceKey,\n",
        "no command replaces device-hash-key",
    ),
    (
        "infra/secrets.yaml",
        "  - stores/apple-roots\n",
        "  - stores/apple-roots\n  - stores/amazon-key\n",
        "no command replaces stores/amazon-key",
    ),
    (
        "docs/operations.md",
        "| `device-hash-key` | a new",
        "| `device-key` | a new",
        "device-key is only in one of",
    ),
    (
        "docs/first-time-setup.md",
        "| `device-hash-key` |",
        "| `device-hash` |",
        "device-hash is only in one of",
    ),
    (
        "cli/deploy/src/gateway.rs",
        "secret(TOKEN_KEYS)",
        "secret(RECEIPT_KEYS)",
        "and the gateway needs",
    ),
    (
        "infra/github-oidc.yaml",
        "parameter/tenjo/${Stage}/token-keys",
        "parameter/tenjo/${Stage}/device-hash-key",
        "the role Deploy may read",
    ),
    (
        "infra/github-oidc.yaml",
        "[s3:PutObject, s3:GetObject]\n                Resource: !Sub ${Artifacts.Arn}/plan/*",
        "ssm:GetParameters\n                Resource: !Sub arn:aws:ssm:x:y:parameter/tenjo/*",
        "the role of pull requests may read a secret",
    ),
    (
        "infra/observability.yaml",
        "tenjo-${Stage}-nat-ports",
        "tenjo-${Stage}-nat",
        "no runbook has a line on the alarm nat",
    ),
    (
        "infra/observability.yaml",
        "tenjo-${Stage}-nat-ports",
        "tenjo-${Stage}-nat",
        "nat-ports, which is no alarm",
    ),
    (
        "template.yaml",
        "      - Linear10PercentEvery3Minutes\n",
        "      - Linear10PercentEvery10Minutes\n",
        "a release may take 245 min, and its role ends after 7200 s",
    ),
    (
        ".github/workflows/backend.yml",
        "          role-duration-seconds: 7200\n",
        "",
        "its role ends after 3600 s",
    ),
    (
        "infra/kong.yaml",
        "                    - {Priority: 0, Type: URL_DECODE}\n"
        "                    - {Priority: 1, Type: NORMALIZE_PATH}\n",
        "                    - {Priority: 0, Type: NORMALIZE_PATH}\n",
        "the rule logins-per-address can be avoided by a path",
    ),
    (
        "docs/operations.md",
        "| `flood` |",
        "| `no-data-plane` |",
        "the alarm no-data-plane has 2 lines",
    ),
    ("infra/observability.yaml", "      AlarmActions: [!Ref AlarmTopicArn]\n", "", "tells nobody"),
    (
        "infra/observability.yaml",
        "MetricName: StepDuration",
        "MetricName: StepTime",
        "no function writes the metric StepTime",
    ),
    (
        "template.yaml",
        "MetricName: UnavailableAnswers",
        "MetricName: UnavailableReplies",
        "no filter of template.yaml counts UnavailableAnswers",
    ),
    ("infra/observability.yaml", '{"widgets": [', '{"widgets": [,', "the dashboard is not JSON"),
    ("infra/observability.yaml", '"x": 12, "y": 0', '"x": 11, "y": 0', "does not fit"),
    (
        "infra/observability.yaml",
        '"tenjo-${Stage}-audit-books"',
        '"tenjo-${Stage}-audits"',
        "tenjo-x-audits, which is no function",
    ),
    (
        "infra/observability.yaml",
        "Value: !Sub tenjo-${Stage}-grant",
        "Value: !Sub tenjo-${Stage}-give",
        "names the function give",
    ),
    (
        "docs/operations.md",
        "tenjo-$STAGE-publish-masters:live",
        "tenjo-$STAGE-publish-mastery:live",
        "names the function publish-mastery",
    ),
    (
        "cli/deploy/src/deploy.rs",
        'function("migrate")',
        'function("migration")',
        "names the function migration",
    ),
    (
        "functions/ops/recover-sagas/src/sweep.rs",
        '.count("StuckSagas"',
        '.count("SagasStuck"',
        "no function writes the metric StuckSagas",
    ),
    (
        "functions/ops/recover-sagas/src/sweep.rs",
        '.count("StuckSagas"',
        '.count("SagasStuck"',
        "has no metric SagasStuck",
    ),
    (
        "shared/store/src/invariant.rs",
        '.count("BrokenInvariants"',
        '.count("Broken"',
        "no function writes the metric BrokenInvariants",
    ),
    (
        "infra/github-oidc.yaml",
        "function:tenjo-${Stage}-migrate:live",
        "function:tenjo-${Stage}-migrations:live",
        "names the function migrations",
    ),
    (
        ".github/workflows/infra.yml",
        "checkout@d23441a48e516b6c34aea4fa41551a30e30af803 # v6.1.0",
        "checkout@v6",
        "is not pinned by commit",
    ),
    (
        ".github/workflows/backend.yml",
        "checkout@d23441a48e516b6c34aea4fa41551a30e30af803 # v6.1.0",
        "checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1",
        "has several versions",
    ),
    (
        ".github/workflows/gateway.yml",
        "${{ vars.STAGE }}",
        "${{ secrets.STAGE }}",
        "reads a stored secret",
    ),
    (
        ".github/workflows/gateway.yml",
        "${{ vars.STAGE }}",
        "${{ vars.STAGES }}",
        "the variable STAGES is only in one",
    ),
    (
        ".github/workflows/gateway.yml",
        "    environment: production\n",
        "",
        "deploys outside of its environment",
    ),
    (
        ".github/workflows/gateway.yml",
        "    timeout-minutes: 30\n",
        "",
        "needs permissions and a time limit",
    ),
    (
        ".github/workflows/gateway.yml",
        ".github/scripts/gateway-diff",
        ".github/scripts/gateway-difference",
        "which does not exist",
    ),
    (
        "docs/first-time-setup.md",
        "the role of pull requests | infra |",
        "the role of pull requests | backend |",
        "AWS_PLAN_ROLE is read by infra",
    ),
    (
        "cli/deploy/src/deploy.rs",
        '("AWS_PLAN_ROLE", ',
        '("AWS_PLANS_ROLE", ',
        "the variable AWS_PLAN_ROLE is only in one of the summary",
    ),
    (
        "docs/first-time-setup.md",
        "| `publish` | the",
        "| `publication` | the",
        "the steps are",
    ),
    ("infra/stacks.yaml", "- name: alarm-topic", "- name: topic", "nothing makes the stack topic"),
    (
        ".github/workflows/backend.yml",
        "--only migrate,",
        "--only migrates,",
        "runs the step migrates",
    ),
    (
        ".github/workflows/infra.yml",
        ",observability",
        "",
        "no pipeline runs the step observability",
    ),
    (
        ".github/workflows/infra.yml",
        "--only alarm-topic,network,gateway",
        "--only github,network,gateway",
        "which is a person's",
    ),
    (
        ".github/workflows/infra.yml",
        "    needs: checks\n",
        "",
        "infra.yml: the job deploy deploys what was not checked",
    ),
    (
        ".github/workflows/backend.yml",
        "needs: [checks, previous-release]",
        "needs: previous-release",
        "backend.yml: the job deploy deploys what was not checked",
    ),
    (
        ".github/workflows/backend.yml",
        'cargo xtask previous "$OTHER"',
        "true",
        "backend.yml: the job deploy migrates below what nobody has tried",
    ),
    (
        ".github/workflows/checks.yml",
        "  pull_request:\n",
        "  pull_request:\n    paths: [cli/**]\n",
        "checks.yml does not check every pull request",
    ),
    (".github/workflows/checks.yml", ".ci/run\n", "true\n", "checks.yml does not run .ci/run"),
    (
        ".github/workflows/backend.yml",
        "      - infra/stages/**\n",
        "",
        "backend.yml does not deploy what changes in a stage's settings",
    ),
    (
        ".github/workflows/gateway.yml",
        "workflows: [backend, infra]",
        "workflows: [backend]",
        "gateway.yml does not sync after .github/workflows/infra.yml",
    ),
    (
        ".github/workflows/infra.yml",
        "uses: actions/setup-python@",
        "uses: actions/setup-node@",
        "the job plan installs into a Python that nobody chose",
    ),
)


class Agreement(unittest.TestCase):
    def test_templates_kong_pipelines_and_the_page_agree(self) -> None:
        found = agreement.disagreements(agreement.read())
        self.assertEqual(found, [], "\n".join(found))

    def test_every_planted_disagreement_is_found(self) -> None:
        texts = agreement.read()
        known = agreement.disagreements(texts)
        for file, old, new, expected in PLANTED:
            with self.subTest(file=file, new=new):
                self.assertIn(old, texts[file])
                planted = {**texts, file: texts[file].replace(old, new)}
                found = [one for one in agreement.disagreements(planted) if one not in known]
                self.assertTrue(any(expected in problem for problem in found), found)


if __name__ == "__main__":
    unittest.main()
