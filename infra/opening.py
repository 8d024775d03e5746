#!/usr/bin/env python3
"""Simulates the opening of a pool: a million players in five minutes.

    infra/opening.py    prints the tables of docs/scale.md, always the same

The limits of each part that the page gives for a steady rate are reckoned here too.

Time goes in steps of a second. Players arrive, faster at first. Each makes one request
after another: some reads, and then three ten-draws with pauses. Every part serves what
it can in that second and refuses the rest, whose players try again three seconds
later. Parts that grow, grow as AWS says. There is no chance in it, so what is printed
only changes with the numbers below; docs/scale.md says where each comes from.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

PLAYERS = 1_000_000
ARRIVE_S = 300
READS, DRAWS = 5, 3  # of each player: requests before the first draw, and ten-draws
STAGES = READS + DRAWS
READ_PAUSE_S = 1  # until a player's next request
DRAW_PAUSE_S = 20  # until the next draw, to watch this one
RETRY_S = 3  # until a refused request comes again
END_S = 1800


@dataclass(frozen=True)
class Limits:
    """What each part can do. Rates are a second."""

    name: str
    kong_tasks: int  # at the beginning
    kong_max: int
    kong_per_task: float = 400.0
    kong_reaction_s: int = 180  # three minutes of metrics, then new tasks
    kong_start_s: int = 60
    concurrency: int = 1_000  # of the account
    # What template.yaml reserves for each function, which is its limit too; None for none.
    route: int | None = 15
    request_draw: int | None = 80
    step: int | None = 60
    scale_per_10_s: int = 1_000  # of each function
    ssm: float = 40.0  # GetParameters
    dynamodb_writes: float = 4_000.0  # of a new on-demand table
    tidb_vcpu: float = 16.0


DRAW_S, STEP_S, READ_S = 0.120, 0.020, 0.015  # time in functions
STEPS = 3  # of a draw that goes well
CALLS_S = 10  # the most calls a second that Lambda lets one environment serve
WRITES = 3  # to DynamoDB, of a draw
DRAW_VCPU_S, READ_VCPU_S = 0.0378, 0.0015  # of TiDB: 12.6 ms here, times 3 in a cluster


@dataclass
class Part:
    """What happened to one part."""

    name: str
    first_s: int | None = None
    worst: float = 0.0  # demand over capacity
    demand_at_worst: float = 0.0
    capacity_at_worst: float = 0.0

    def serve(self, second: int, demand: float, capacity: float) -> float:
        """How much of the demand gets through."""
        if demand > capacity * 1.0001:
            if self.first_s is None:
                self.first_s = second
            if demand / capacity > self.worst:
                self.worst = demand / capacity
                self.demand_at_worst, self.capacity_at_worst = demand, capacity
            return capacity / demand
        if self.worst < 1 and demand / capacity > self.worst:
            self.worst = demand / capacity
            self.demand_at_worst, self.capacity_at_worst = demand, capacity
        return 1.0


@dataclass
class Run:
    limits: Limits
    parts: dict[str, Part] = field(default_factory=dict)
    draws_at_peak: float = 0.0
    waiting_at_most: float = 0.0
    refused: float = 0.0
    done_s: int | None = None

    def part(self, name: str) -> Part:
        return self.parts.setdefault(name, Part(name))


def arriving(second: int) -> float:
    """Players who arrive in this second: half of them in the first minute."""
    if second >= ARRIVE_S:
        return 0.0
    rate = math.log(2) / 60
    whole = 1 - math.exp(-rate * ARRIVE_S)
    return PLAYERS * (math.exp(-rate * second) - math.exp(-rate * (second + 1))) / whole


def simulate(limits: Limits) -> Run:
    run = Run(limits)
    # Players whose next request is due at a second, by how many they have made.
    due = [[0.0] * (END_S + DRAW_PAUSE_S + 1) for _ in range(STAGES)]
    tasks, over_since = float(limits.kong_tasks), None
    starting: list[tuple[int, float]] = []
    environments = 50.0  # warm functions, of a quiet hour
    for second in range(END_S):
        due[0][second] += arriving(second)
        read_demand = sum(stage[second] for stage in due[:READS])
        draw_demand = sum(stage[second] for stage in due[READS:])
        demand = read_demand + draw_demand

        # Kong, and its autoscaling.
        tasks += sum(count for at, count in starting if at == second)
        starting = [(at, count) for at, count in starting if at > second]
        passed = run.part("Kong").serve(second, demand, tasks * limits.kong_per_task)
        reads, draws = read_demand * passed, draw_demand * passed
        wanted = min(limits.kong_max, math.ceil(demand / (limits.kong_per_task / 2)))
        if wanted > tasks + sum(count for _, count in starting):
            over_since = second if over_since is None else over_since
            if second - over_since >= limits.kong_reaction_s:
                more = wanted - tasks - sum(count for _, count in starting)
                starting.append((second + limits.kong_start_s, more))
                over_since = None
        else:
            over_since = None

        # What each function may use of the account.
        if limits.route is not None:
            needed = environments_for(reads / READS, READ_S)
            reads *= run.part("`RouteConcurrency`").serve(second, needed, limits.route)
        if limits.request_draw is not None:
            needed = environments_for(draws, DRAW_S)
            draws *= run.part("`RequestDrawConcurrency`").serve(second, needed, limits.request_draw)
        if limits.step is not None:
            needed = environments_for(draws, STEP_S)
            draws *= run.part("`StepConcurrency`").serve(second, needed, limits.step)

        # Functions: how many run at once, how many start, and what they read first.
        at_once = (
            environments_for(reads, READ_S)
            + environments_for(draws, DRAW_S)
            + STEPS * environments_for(draws, STEP_S)
        )
        share = run.part("Lambda, functions at once").serve(second, at_once, limits.concurrency)
        wanted_environments = min(at_once * share * 1.2, limits.concurrency)
        cold = max(0.0, wanted_environments - environments)
        growth = limits.scale_per_10_s / 10 * (1 + 1 + STEPS)
        started = cold * run.part("Lambda, new functions a second").serve(second, cold, growth)
        read_parameters = run.part("SSM, GetParameters a second").serve(second, started, limits.ssm)
        environments += started * read_parameters
        # Whoever has no running function is refused.
        if at_once * share > 0:
            share *= min(1.0, environments / (at_once * share))
        reads, draws = reads * share, draws * share

        # DynamoDB refuses records and not draws.
        run.part("DynamoDB, writes a second").serve(second, draws * WRITES, limits.dynamodb_writes)
        work = reads * READ_VCPU_S + draws * DRAW_VCPU_S
        share = run.part("TiDB, vCPU").serve(second, work, limits.tidb_vcpu)
        reads, draws = reads * share, draws * share

        run.draws_at_peak = max(run.draws_at_peak, draws)
        refused = demand - reads - draws
        run.refused += refused
        run.waiting_at_most = max(run.waiting_at_most, refused * RETRY_S)
        for made, stage in enumerate(due):
            served, asked = (reads, read_demand) if made < READS else (draws, draw_demand)
            passed = served / asked if asked else 1.0
            stage[second + RETRY_S] += stage[second] * (1 - passed)
            if made + 1 < STAGES:
                pause = READ_PAUSE_S if made < READS else DRAW_PAUSE_S
                due[made + 1][second + pause] += stage[second] * passed
        left = sum(sum(stage[second + 1 :]) for stage in due)
        if second > ARRIVE_S and run.done_s is None and left < 1:
            run.done_s = second
    return run


def environments_for(calls: float, seconds: float) -> float:
    """How many environments of a function serve so many calls a second."""
    return calls * max(seconds, 1 / CALLS_S)


def demands(draws: float) -> dict[str, float]:
    """What so many draws a second ask of each part, with the reads that come with them,
    over as many routes as a player calls. Machines are used by half."""
    reads = draws * READS / DRAWS
    at_once = math.ceil(
        environments_for(reads, READ_S)
        + environments_for(draws, DRAW_S)
        + STEPS * environments_for(draws, STEP_S)
    )
    tasks = max(2, math.ceil((draws + reads) / (Limits.kong_per_task / 2)))
    return {
        "Requests at the gateway": draws + reads,
        "Kong, 1 vCPU a task, half used": tasks,
        "Fargate, vCPU of the account": tasks,
        "Lambda, functions at once": at_once,
        "`RequestDrawConcurrency`": math.ceil(environments_for(draws, DRAW_S)),
        "`StepConcurrency`": math.ceil(environments_for(draws, STEP_S)),
        "`RouteConcurrency`": math.ceil(environments_for(reads / READS, READ_S)),
        "SSM, `GetParameters`": at_once,
        "DynamoDB, writes": draws * WRITES,
        "TiDB, vCPU, half used": 2 * (draws * DRAW_VCPU_S + reads * READ_VCPU_S),
        "TiDB, connections": at_once,
    }


DEFAULTS = Limits("As set up, and AWS's defaults", kong_tasks=2, kong_max=20)
ASKED = Limits(
    "After asking AWS, nothing warm",
    kong_tasks=2,
    kong_max=200,
    concurrency=10_000,
    route=None,
    request_draw=None,
    step=None,
    ssm=1_000,
    dynamodb_writes=40_000,
    tidb_vcpu=384,
)
PREPARED = replace(ASKED, name="Prepared an hour before", kong_tasks=160)


def number(value: float) -> str:
    return f"{value:,.0f}"


def order(run: Run) -> str:
    lines = [
        f"**{run.limits.name}**",
        "",
        "| Part | Full after, s | Demand at worst | It can | Times over |",
        "|---|---|---|---|---|",
    ]
    for part in sorted(run.parts.values(), key=lambda it: (it.first_s is None, it.first_s or 0)):
        first = "never" if part.first_s is None else str(part.first_s)
        lines.append(
            f"| {part.name} | {first} | {number(part.demand_at_worst)}"
            f" | {number(part.capacity_at_worst)} | {part.worst:.1f} |"
        )
    end = f"{run.done_s / 60:.1f} min" if run.done_s else f"not within {END_S // 60} min"
    lines += [
        "",
        f"Draws a second at the peak: {number(run.draws_at_peak)}. Requests refused: "
        f"{run.refused / 1e6:.1f} million. Players waiting at most: "
        f"{number(min(run.waiting_at_most, PLAYERS))}. All have drawn after: {end}.",
    ]
    return "\n".join(lines)


def tables() -> list[str]:
    return [order(simulate(limits)) for limits in (DEFAULTS, ASKED, PREPARED)]


if __name__ == "__main__":
    print("\n\n".join(tables()))
