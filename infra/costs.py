#!/usr/bin/env python3
"""Adds up what draws and players cost, from the factors of docs/costs.md.

    infra/costs.py                        prints the tables of the page
    infra/costs.py --players 50000        the month of a game of another size

The page quotes what this prints, and a test compares both. Prices are US dollars of
us-east-1, without free tiers, taxes and discounts.
"""

from __future__ import annotations

import argparse
import sys

HOURS = 730  # of a month

# Prices, in dollars. docs/costs.md gives the source and date of each.
LAMBDA_REQUEST = 0.20e-6
LAMBDA_GB_S = 0.0000133334  # arm64
EXPRESS_REQUEST = 1.00e-6
EXPRESS_GB_S = 0.00001667
DYNAMODB_WRITE = 0.625e-6
LOGS_GB = 0.50
METRIC_MONTH, ALARM_MONTH, DASHBOARD_MONTH = 0.30, 0.10, 3.00
ENDPOINT_HOUR, ADDRESS_HOUR, KEY_MONTH = 0.01, 0.005, 1.00
WAF_REQUEST, WAF_LIST_MONTH, WAF_RULE_MONTH = 0.60e-6, 5.00, 1.00
BALANCER_HOUR, LCU_HOUR = 0.0225, 0.008
NAT_HOUR, NAT_GB = 0.045, 0.045
OUT_GB = 0.09
XRAY_TRACE, XRAY_READ = 5.00e-6, 0.50e-6
FARGATE_VCPU_HOUR, FARGATE_GB_HOUR = 0.03238, 0.00356  # arm64
DISK_GB_MONTH, SNAPSHOT_GB_MONTH = 0.08, 0.05
CACHE_NODE_HOUR = 0.0256
C7G_XLARGE_HOUR, R7G_XLARGE_HOUR, T4G_MEDIUM_HOUR = 0.145, 0.2142, 0.0336

# How a request and a ten-draw behave. M: measured here. E: estimated.
FUNCTION_GB = 0.25  # M: MemorySize
DRAW_FUNCTION_S = 0.120  # E: request-draw, which waits for the saga
STEP_S = 0.020  # E: each of three steps
READ_S = 0.015  # E: any other route
DRAW_LOG_KB = 6.0  # E: four functions, with Lambda's own lines
READ_LOG_KB = 1.2  # E
RECORD_WRITES = 3  # E: the claim, and an answer of up to 2 KB
ANSWER_KB = 2.0  # E
REQUESTS_A_CONNECTION = 8  # E: of those that a client makes to the load balancer
GATEWAY_KB = 6.0  # E: gateway to function and back, TLS included
DATABASE_KB = 25.0  # E: 24 statements (M) and their rows, both ways
READ_DATABASE_KB = 3.0  # E
DATABASE_VCPU_S = 0.0126 * 3  # M: 12.6 ms on one machine; E: times 3 in a cluster
READ_DATABASE_VCPU_S = 0.0005 * 3  # E
ROW_KB = 15.0  # E: rows and indexes of a ten-draw, three copies
KONG_REQUESTS_S = 400 / 2  # 400 a second and core, by the CPU of a token; half of it is used
BUSY = 0.5  # E: how much of the database is used at best
SERVICE_DRAW_VCPU_S = 0.0185 - 0.0126  # M: a ten-draw in the whole stack, without TiDB
SERVICE_READ_VCPU_S = 0.001  # E

# A player of one day.
DRAWS, READS = 3, 21


def per_request(
    function_s: float, log_kb: float, database_kb: float, vcpu_s: float
) -> dict[str, float]:
    """What one request through the gateway costs, by part."""
    core_hour = C7G_XLARGE_HOUR / 4
    task_hour = FARGATE_VCPU_HOUR + 2 * FARGATE_GB_HOUR
    return {
        "Lambda": LAMBDA_REQUEST + FUNCTION_GB * function_s * LAMBDA_GB_S,
        "CloudWatch Logs": log_kb / 1e6 * LOGS_GB,
        "WAF": WAF_REQUEST,
        "Load balancer": (GATEWAY_KB / 1e6 + 1 / REQUESTS_A_CONNECTION / 25 / 3600) * LCU_HOUR,
        "Kong on Fargate": task_hour / (KONG_REQUESTS_S * 3600),
        "NAT gateway": (GATEWAY_KB + database_kb) / 1e6 * NAT_GB,
        "Answers to the internet": ANSWER_KB / 1e6 * OUT_GB,
        "TiDB, CPU": vcpu_s / BUSY * core_hour / 3600,
    }


def draw() -> dict[str, float]:
    """What a ten-draw costs, by part."""
    parts = per_request(DRAW_FUNCTION_S, DRAW_LOG_KB, DATABASE_KB, DATABASE_VCPU_S)
    parts["Lambda"] += 3 * (LAMBDA_REQUEST + FUNCTION_GB * STEP_S * LAMBDA_GB_S)
    # 64 MB, in steps of 100 ms.
    parts["Step Functions Express"] = EXPRESS_REQUEST + 0.0625 * 0.1 * EXPRESS_GB_S
    parts["DynamoDB"] = RECORD_WRITES * DYNAMODB_WRITE
    parts["TiDB, disk of the first month"] = ROW_KB / 1e6 * DISK_GB_MONTH
    return parts


def read() -> dict[str, float]:
    """What any other request costs, by part."""
    return per_request(READ_S, READ_LOG_KB, READ_DATABASE_KB, READ_DATABASE_VCPU_S)


# What a stage has, which the tests count in its templates.
ZONES, INTERFACE_ENDPOINTS, FIREWALL_RULES, ALARMS = 3, 3, 3, 40
METRICS = 60  # E: of the functions, by function, once each of them was written

# What is paid in a month in which nobody plays.
FIXED = {
    "TiDB of your own: 3 TiKV (r7g.xlarge, 200 GB), 2 TiDB (c7g.xlarge), 3 PD (t4g.medium)": HOURS
    * (3 * R7G_XLARGE_HOUR + 2 * C7G_XLARGE_HOUR + 3 * T4G_MEDIUM_HOUR)
    + 600 * DISK_GB_MONTH,
    f"VPC endpoints: {INTERFACE_ENDPOINTS} in {ZONES} zones": INTERFACE_ENDPOINTS
    * ZONES
    * ENDPOINT_HOUR
    * HOURS,
    "Kong: 2 tasks": 2 * (FARGATE_VCPU_HOUR + 2 * FARGATE_GB_HOUR) * HOURS,
    "NAT gateway": NAT_HOUR * HOURS,
    "Load balancer": BALANCER_HOUR * HOURS,
    # One of the NAT gateway, and one of the load balancer in each zone.
    f"Public addresses: {1 + ZONES}": (1 + ZONES) * ADDRESS_HOUR * HOURS,
    f"Metrics ({METRICS}), alarms ({ALARMS}), dashboard": METRICS * METRIC_MONTH
    + ALARMS * ALARM_MONTH
    + DASHBOARD_MONTH,
    f"WAF: 1 ACL, {FIREWALL_RULES} rules": WAF_LIST_MONTH + FIREWALL_RULES * WAF_RULE_MONTH,
    "KMS: the key of the server seeds": KEY_MONTH,
}

# Always on: the same design with services that wait for requests. Sized so that one
# task of each service may fail.
ALWAYS_ON_TASK_HOUR = 1 * FARGATE_VCPU_HOUR + 2 * FARGATE_GB_HOUR
ALWAYS_ON_FIXED = 4 * 2 * ALWAYS_ON_TASK_HOUR * HOURS
ALWAYS_ON_DRAW = SERVICE_DRAW_VCPU_S / BUSY * ALWAYS_ON_TASK_HOUR / 3600
ALWAYS_ON_READ = SERVICE_READ_VCPU_S / BUSY * ALWAYS_ON_TASK_HOUR / 3600

# Nakama and PostgreSQL on one machine, with a copy of the disk elsewhere.
NAKAMA = C7G_XLARGE_HOUR * HOURS + 200 * DISK_GB_MONTH + 200 * SNAPSHOT_GB_MONTH

# With RateLimitStore=redis, the store and its copy.
SHARED_COUNTS = 2 * CACHE_NODE_HOUR * HOURS


def money(dollars: float) -> str:
    return f"${dollars:,.2f}" if dollars < 1000 else f"${dollars:,.0f}"


def million_draws() -> str:
    lines = ["| Of a million ten-draws | Cost |", "|---|---|"]
    parts = sorted(draw().items(), key=lambda part: -part[1])
    lines += [f"| {name} | {money(cost * 1e6)} |" for name, cost in parts]
    lines.append(f"| **all** | **{money(sum(draw().values()) * 1e6)}** |")
    return "\n".join(lines)


def traces() -> str:
    """What traces of a million requests cost, by the share that is kept."""
    lines = ["| Traced, of a million requests | Kept | and each of them read |", "|---|---|---|"]
    for share in (0.01, 0.05, 0.25, 1.0):
        kept = share * 1e6 * XRAY_TRACE
        read_too = kept + share * 1e6 * XRAY_READ
        lines.append(f"| {share:.0%} | {money(kept)} | {money(read_too)} |")
    return "\n".join(lines)


def month_without_players() -> str:
    lines = ["| In a month without players | Cost |", "|---|---|"]
    lines += [
        f"| {name} | {money(cost)} |" for name, cost in sorted(FIXED.items(), key=lambda it: -it[1])
    ]
    lines.append(f"| **all** | **{money(sum(FIXED.values()))}** |")
    return "\n".join(lines)


def month(players: int) -> tuple[float, float, float]:
    """The month of a game: this design, always on, and Nakama on one machine."""
    draws, reads = players * 30 * DRAWS, players * 30 * READS
    # The first machines of the database and the gateway serve the first players.
    used = {"TiDB, CPU", "Kong on Fargate"}
    by_use = sum(
        count * cost
        for count, parts in ((draws, draw()), (reads, read()))
        for name, cost in parts.items()
        if name not in used
    )
    for name, fixed in (
        ("TiDB, CPU", HOURS * 2 * C7G_XLARGE_HOUR),
        ("Kong on Fargate", FIXED["Kong: 2 tasks"]),
    ):
        by_use += max(0.0, draws * draw()[name] + reads * read()[name] - fixed)
    fixed = sum(FIXED.values())
    elastic = {"Lambda", "Step Functions Express", "DynamoDB"}
    replaced = sum(
        count * cost
        for count, parts in ((draws, draw()), (reads, read()))
        for name, cost in parts.items()
        if name in elastic
    )
    services = max(ALWAYS_ON_FIXED, draws * ALWAYS_ON_DRAW + reads * ALWAYS_ON_READ)
    return fixed + by_use, fixed + by_use - replaced + services, NAKAMA


def always_on_from() -> int:
    """The daily players from which services that wait are cheaper, to ten thousand."""
    step = 10_000
    players = step
    while month(players)[1] >= month(players)[0]:
        players += step
    return players


def months() -> str:
    lines = [
        "| Daily players | Ten-draws a month | This design | of it by use | for each 1,000 players | Always on | Nakama, one machine |",
        "|---|---|---|---|---|---|---|",
    ]
    for players in (1_000, 10_000, 100_000, 1_000_000):
        ours, always_on, nakama = month(players)
        by_use = ours - sum(FIXED.values())
        one = money(nakama) if players <= 100_000 else "does not fit"
        lines.append(
            f"| {players:,} | {players * 30 * DRAWS:,} | {money(ours)} | {money(by_use)}"
            f" | {money(ours / players * 1000)} | {money(always_on)} | {one} |"
        )
    return "\n".join(lines)


def tables() -> list[str]:
    return [million_draws(), month_without_players(), traces(), months()]


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--players", type=int, help="daily players")
    arguments = options.parse_args()
    if arguments.players:
        ours, always_on, _ = month(arguments.players)
        print(
            f"{arguments.players:,} daily players: {money(ours)} a month, always on {money(always_on)}"
        )
    else:
        print("\n\n".join(tables()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
