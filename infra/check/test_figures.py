"""The figures of docs/costs.md and docs/scale.md are those that their scripts print."""

from __future__ import annotations

import dataclasses
import importlib.util
import sys
import unittest

import re

import yaml
from stacks import ROOT, STACKS, Tagged


def module(name: str):
    specification = importlib.util.spec_from_file_location(name, ROOT / f"infra/{name}.py")
    loaded = importlib.util.module_from_spec(specification)
    sys.modules[name] = loaded
    specification.loader.exec_module(loaded)
    return loaded


costs, opening = module("costs"), module("opening")

ENDLESS = opening.Limits(
    "endless",
    10**9,
    10**9,
    concurrency=10**9,
    route=None,
    request_draw=None,
    step=None,
    scale_per_10_s=10**9,
    ssm=1e9,
    dynamodb_writes=1e9,
    tidb_vcpu=1e9,
)


class Figures(unittest.TestCase):
    def test_the_pages_quote_what_the_scripts_print(self) -> None:
        for page, tables, script in (
            ("docs/costs.md", costs.tables(), "infra/costs.py"),
            ("docs/scale.md", opening.tables(), "infra/opening.py"),
        ):
            text = (ROOT / page).read_text()
            for table in tables:
                self.assertIn(table, text, f"{page} does not quote {script} as it is")

    def test_every_price_of_the_script_is_on_the_page(self) -> None:
        text = (ROOT / "docs/costs.md").read_text()
        numbers = {
            name
            for name, value in vars(costs).items()
            if name.isupper() and isinstance(value, int | float)
        }
        # What is computed from others needs no source of its own.
        computed = {"NAKAMA", "SHARED_COUNTS"}
        computed |= {name for name in numbers if name.startswith("ALWAYS_ON")}
        # The test after this one counts them in the templates.
        counted = {"ZONES", "INTERFACE_ENDPOINTS", "FIREWALL_RULES", "ALARMS"}
        missing = [name for name in numbers - computed - counted if f"`{name}`" not in text]
        self.assertEqual(missing, [], "docs/costs.md has no source for these")

    def test_a_store_of_counts_costs_what_the_pages_say(self) -> None:
        [kong] = [stack for stack in STACKS if stack.name == "kong"]
        store = kong.document()["Resources"]["SharedCounts"]["Properties"]
        self.assertEqual((store["CacheNodeType"], store["NumCacheClusters"]), ("cache.t4g.small", 2))
        for page in ("docs/costs.md", "kong/README.md"):
            self.assertIn(f"${costs.SHARED_COUNTS:.0f} a month", (ROOT / page).read_text())

    def test_what_a_month_is_paid_for_is_what_the_templates_have(self) -> None:
        found: dict[str, list[dict]] = {}
        for stack in STACKS:
            for resource in stack.document()["Resources"].values():
                found.setdefault(resource["Type"], []).append(resource.get("Properties", {}))
        endpoints = [
            one for one in found["AWS::EC2::VPCEndpoint"] if one["VpcEndpointType"] == "Interface"
        ]
        [firewall] = found["AWS::WAFv2::WebACL"]
        [balancer] = found["AWS::ElasticLoadBalancingV2::LoadBalancer"]
        self.assertEqual(costs.INTERFACE_ENDPOINTS, len(endpoints))
        self.assertEqual({costs.ZONES}, {len(one["SubnetIds"]) for one in endpoints})
        self.assertEqual(costs.FIREWALL_RULES, len(firewall["Rules"]))
        self.assertEqual(costs.ALARMS, len(found["AWS::CloudWatch::Alarm"]))
        counted = ("EC2::EIP", "EC2::NatGateway", "KMS::Key", "CloudWatch::Dashboard")
        self.assertEqual({1}, {len(found[f"AWS::{kind}"]) for kind in counted})
        self.assertIn("Subnets", balancer)

    def test_the_page_says_from_when_services_that_wait_are_cheaper(self) -> None:
        text = (ROOT / "docs/costs.md").read_text()
        self.assertIn(f"from about {costs.always_on_from():,} daily players on", text)

    def test_parts_of_a_draw_add_up_and_a_larger_game_costs_more(self) -> None:
        self.assertGreater(sum(costs.draw().values()), sum(costs.read().values()))
        for part, cost in costs.draw().items():
            self.assertGreater(cost, 0, part)
        months = [costs.month(players)[0] for players in (1_000, 10_000, 100_000, 1_000_000)]
        self.assertEqual(months, sorted(months))


def rows(page: str, head: str) -> list[list[str]]:
    """The cells of a table, by the beginning of its first line."""
    lines = (ROOT / page).read_text().split(head, 1)[1].split("\n\n", 1)[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def first_number(cell: str) -> float:
    return float(re.match(r"[\d,.]+", cell)[0].replace(",", ""))


class Scale(unittest.TestCase):
    def test_the_limits_of_a_steady_rate_are_those_that_the_script_reckons(self) -> None:
        on_page = {row[0]: row[2:] for row in rows("docs/scale.md", "| Part | Default |")}
        for at, draws in enumerate((100, 1_000, 10_000)):
            for part, demand in opening.demands(draws).items():
                [cells] = [cells for name, cells in on_page.items() if name.startswith(part)]
                with self.subTest(part=part, draws=draws):
                    said = first_number(cells[at])
                    # The requests are rounded to two digits.
                    error = 0.02 if part.startswith("Requests") else 0.5 / demand
                    self.assertLessEqual(abs(said - demand) / demand, error)

    def test_the_limits_of_functions_are_those_of_the_template(self) -> None:
        template = yaml.load((ROOT / "template.yaml").read_text(), Tagged)
        defaults = {name: one.get("Default") for name, one in template["Parameters"].items()}
        on_page = {row[0]: row[1] for row in rows("docs/scale.md", "| Part | Default |")}
        for parameter, limit in (
            ("RouteConcurrency", opening.DEFAULTS.route),
            ("RequestDrawConcurrency", opening.DEFAULTS.request_draw),
            ("StepConcurrency", opening.DEFAULTS.step),
        ):
            self.assertEqual(defaults[parameter], str(limit))
            [default] = [cell for name, cell in on_page.items() if name.startswith(f"`{parameter}`")]
            self.assertEqual(default, str(limit))
        shared = template["Globals"]["Function"]["ReservedConcurrentExecutions"]
        reserved = 0
        for resource in template["Resources"].values():
            if resource["Type"] == "AWS::Serverless::Function":
                one = resource["Properties"].get("ReservedConcurrentExecutions", shared)
                reserved += int(defaults[one["Fn::If"][1]["Ref"]] if isinstance(one, dict) else one)
        # AWS keeps 100 of an account's 1,000 for functions that reserve nothing.
        self.assertLessEqual(reserved, 900)
        self.assertGreater(reserved, 850, "docs/scale.md says almost 900")


class Opening(unittest.TestCase):
    def test_without_limits_nobody_is_refused_and_all_draw(self) -> None:
        run = opening.simulate(ENDLESS)
        self.assertEqual([part.first_s for part in run.parts.values()], [None] * len(run.parts))
        self.assertLess(run.refused, 1e-3)
        # Reads a second apart, and two pauses between draws; whoever comes last comes at 300 s.
        last = opening.ARRIVE_S + opening.READS * opening.READ_PAUSE_S + 2 * opening.DRAW_PAUSE_S
        self.assertLess(abs(run.done_s - last), 5)

    def test_all_players_arrive(self) -> None:
        arrived = sum(opening.arriving(second) for second in range(opening.END_S))
        self.assertAlmostEqual(arrived, opening.PLAYERS, places=3)

    def test_each_limit_alone_is_what_breaks_first(self) -> None:
        for name, change in (
            ("Kong", {"kong_tasks": 2, "kong_max": 2}),
            ("Lambda, functions at once", {"concurrency": 100}),
            ("Lambda, new functions a second", {"scale_per_10_s": 1}),
            ("`RouteConcurrency`", {"route": 15}),
            ("`RequestDrawConcurrency`", {"request_draw": 80}),
            ("`StepConcurrency`", {"step": 60}),
            ("SSM, GetParameters a second", {"ssm": 1.0}),
            ("DynamoDB, writes a second", {"dynamodb_writes": 1.0}),
            ("TiDB, vCPU", {"tidb_vcpu": 1.0}),
        ):
            with self.subTest(name=name):
                run = opening.simulate(dataclasses.replace(ENDLESS, **change))
                full = {part.name for part in run.parts.values() if part.first_s is not None}
                self.assertEqual(full, {name})


if __name__ == "__main__":
    unittest.main()
