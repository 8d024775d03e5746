"""The figures of docs/costs.md and docs/scale.md are those that their scripts print."""

from __future__ import annotations

import dataclasses
import importlib.util
import sys
import unittest

from stacks import ROOT


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
        # What is computed from others needs no source of its own.
        factors = {
            name
            for name, value in vars(costs).items()
            if name.isupper() and isinstance(value, float) and not name.startswith("ALWAYS_ON")
        }
        missing = [name for name in factors - {"NAKAMA"} if f"`{name}`" not in text]
        self.assertEqual(missing, [], "docs/costs.md has no source for these")

    def test_parts_of_a_draw_add_up_and_a_larger_game_costs_more(self) -> None:
        self.assertGreater(sum(costs.draw().values()), sum(costs.read().values()))
        for part, cost in costs.draw().items():
            self.assertGreater(cost, 0, part)
        months = [costs.month(players)[0] for players in (1_000, 10_000, 100_000, 1_000_000)]
        self.assertEqual(months, sorted(months))


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
