#!/usr/bin/env python3
"""Checks provably fair gacha draws (tenjo-draw-v1), with nothing but Python 3.11.

    python3 verify.py PROOF.json ...

Each file holds one proof, as GET /v1/gacha/sagas/{saga_id}/proof answers it, or
a list of proofs. Of each, this program checks that

1. the rules of the pool have the SHA-256 that the draw names as their revision;
2. the revealed seed has the SHA-256 to which the server had committed;
3. the rules sell what was bought, and with the seed give exactly the items and
   the counters that the proof shows;

and of all the proofs of one player, by draw number, that

4. the numbers count from 1 without gaps;
5. each draw began where the draws before it ended, and the first with nothing.

It prints a line per draw: "proved"; "void", with what would have been drawn;
"not yet revealed"; or "WRONG" and why. It exits with 0 if all is right, 1 if
anything is wrong, and otherwise 2 if a seed is not revealed.

No program can see from a proof that its commitment was published before its
period began, nor that its client seed was yours. Compare the lines with what you
chose and received, and the commitments at the end of the output with those that
you noted beforehand (or give them: --noted HEX, once for each).

4 and 5 need all proofs of a player. Of one proof alone, or with --some of a few,
what the draws that are missing left behind is taken on trust: a note says so.
"""

import argparse
import copy
import hashlib
import hmac
import itertools
import json
import sys
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from typing import Any, NoReturn

Json = dict[str, Any]

RAREST_FIRST = ("SSR", "SR", "R")
NO_PITY: Json = {"pity_count": 0, "is_pickup_due": False}
NOTHING_ELSE: Json = {"draw_total": 0, "day": 0, "draws_on_day": 0, "is_free_draw_taken": False,
                      "step": 0, "drawn_copies": {}}


class Wrong(Exception):
    """The proof does not prove its draw."""


def require(condition: bool, otherwise: str) -> None:
    if not condition:
        raise Wrong(otherwise)


def text(value: Any) -> str:
    """The same for the same JSON only: to Python itself, 1, 1.0 and True are equal."""
    return json.dumps(value, sort_keys=True)


# Part 1: from seeds to numbers.

def stream(seed: bytes, revision: bytes, user: uuid.UUID, draw_number: int,
           client_seed: str) -> Iterator[int]:
    """The unsigned 64-bit numbers that a draw reads."""
    own = client_seed.encode()
    require(1 <= len(own) <= 64 and all(0x21 <= byte <= 0x7E for byte in own),
            "the client seed is not 1 to 64 visible ASCII characters")
    message = b"".join((b"tenjo-draw-v1\0", revision, user.bytes,
                        draw_number.to_bytes(8, "big"), bytes((len(own),)), own))
    for block in itertools.count():
        code = hmac.digest(seed, message + block.to_bytes(4, "big"), "sha256")
        for at in range(0, 32, 8):
            yield int.from_bytes(code[at:at + 8], "big")


def below(numbers: Iterator[int], bound: int) -> int:
    """A choice between `bound` equally likely results, counted from 0."""
    require(1 <= bound <= 2**64, "there is nothing to draw from")
    while True:
        number = next(numbers)
        result = number % bound
        if number - result <= 2**64 - bound:
            return result


def pick(numbers: Iterator[int], items: list[Json], weights: list[int]) -> Json:
    """The first item whose running sum of weights is greater than the choice."""
    choice = below(numbers, sum(weights))
    return next(item for item, bound in zip(items, itertools.accumulate(weights)) if bound > choice)


# Part 2: from numbers to items. What is drawn or counted here changes `state`.

def read_rules(pool: Json) -> Json:
    """The document of a pool, which is what the revision says."""
    def read_object(pairs: list[tuple[str, Any]]) -> Json:
        fields = dict(pairs)
        require(len(fields) == len(pairs) and None not in fields.values(),
                "the rules name something twice, or have a null")
        return fields

    require(hashlib.sha256(pool["document"].encode()).hexdigest() == pool["revision"],
            "the rules of the pool do not have that revision")
    document = json.loads(pool["document"], object_pairs_hook=read_object)
    require(document["format"] == 1 and document["rules"]["kind"] in ("standard", "step_up", "box"),
            "the rules have another format")
    require(document["pool_id"] == pool["pool_id"], "the rules are another pool's")
    return document


def day_of(moment: str, rule: Json) -> int:
    """The day of a moment, counted from 1970-01-01; not every day begins at midnight."""
    zone = datetime.fromisoformat("1970-01-01T00:00:00" + rule["utc_offset"]).tzinfo
    instant = datetime.fromisoformat(moment)
    require(instant.tzinfo is not None, "the moment of the price has no UTC offset")
    local = instant.astimezone(zone)
    is_still_yesterday = local.time() < time.fromisoformat(rule["begins_at"])
    return local.toordinal() - date(1970, 1, 1).toordinal() - is_still_yesterday


def offers(document: Json, state: Json) -> list[Json]:
    """All that a pool sells to a player in a state that is rolled over to the day."""
    rules, step = document["rules"], 0
    steps = rules["steps"] if rules["kind"] == "step_up" else [rules]
    if rules["kind"] == "step_up":
        step = state["step"] % len(steps) if rules["after_last"] == "loop" else state["step"]
        if step not in range(len(steps)):
            return []  # the last step was bought
    most = [limit - state[count] for name, count in (("per_day", "draws_on_day"), ("in_total", "draw_total"))
            if (limit := document.get("limits", {}).get(name)) is not None]
    free = None if state["is_free_draw_taken"] else document.get("free_daily", {}).get("draw_count")

    found = [{**price, "step": step, "is_free": False} for price in steps[step]["prices"]
             if price["draw_count"] != free and all(price["draw_count"] <= rest for rest in most)]
    if free is not None:
        found.append({"draw_count": free, "currency_type": "free_gem", "amount": 0,
                      "step": step, "is_free": True})
    is_finite = rules["kind"] == "box" and rules["reset"] == "never"
    return [offer for offer in found
            if not is_finite or offer["draw_count"] <= sum(copies_left(document, state))]


def draw(numbers: Iterator[int], document: Json, purchase: Json, state: Json) -> list[Json]:
    """The items that a purchase draws."""
    rules = document["rules"]
    drawn: list[Json] = []
    for _ in range(purchase["draw_count"]):
        if rules["kind"] == "box":
            drawn.append(draw_from_box(numbers, document, state))
        else:
            odds = rules["steps"][purchase["step"]] if rules["kind"] == "step_up" else rules
            drawn.append(draw_by_rarity(numbers, odds, document, state, drawn))
    return [{name: item[name] for name in ("item_master_id", "rarity", "is_pickup")} for item in drawn]


def draw_by_rarity(numbers: Iterator[int], odds: Json, document: Json, state: Json,
                   drawn: list[Json]) -> Json:
    """One draw from a standard pool or a step; `drawn` came before it in the purchase."""
    pity = document.get("pity")
    weights = {entry["rarity"]: entry["weight"] for entry in odds["rarity_weights"]}
    total = sum(weights.values())

    bounds: dict[str, int] = {}
    bound = 0
    for rarity in RAREST_FIRST:
        if rarity in weights:
            weight = weights[rarity]
            if pity and rarity == "SSR":
                now, soft = state["pity_count"] + 1, pity.get("soft")
                if now >= pity["max_count"]:
                    weight = total
                elif soft and now >= soft["from_count"]:
                    weight += soft["weight_step"] * (now - soft["from_count"] + 1)
            bound = bounds[rarity] = min(total, bound + weight)

    top = total
    if guarantee := odds.get("guarantee"):
        size = guarantee["draw_count"]
        good = RAREST_FIRST[:RAREST_FIRST.index(guarantee["rarity"]) + 1]
        block = drawn[len(drawn) - len(drawn) % size:]
        if len(block) == size - 1 and not any(item["rarity"] in good for item in block):
            top = max((bounds[rarity] for rarity in good if rarity in bounds), default=0)
    choice = below(numbers, top)
    rarity = next(rarity for rarity, bound in bounds.items() if bound > choice)

    has_rate_up = bool(pity and pity["rate_up_guarantee"])
    only_pickups = has_rate_up and rarity == "SSR" and state["is_pickup_due"]
    items = [item for item in document["items"] if item["rarity"] == rarity
             and (item["is_pickup"] or not only_pickups)]
    item = pick(numbers, items, [item["weight"] for item in items])

    if pity:
        state["pity_count"] = 0 if rarity == "SSR" else state["pity_count"] + 1
        if has_rate_up and rarity == "SSR":
            state["is_pickup_due"] = not item["is_pickup"]
    return item


def copies_left(document: Json, state: Json) -> list[int]:
    """How many copies of each item a box still holds."""
    gone = state["drawn_copies"]
    return [max(0, item["weight"] - gone.get(item["item_master_id"], 0)) for item in document["items"]]


def draw_from_box(numbers: Iterator[int], document: Json, state: Json) -> Json:
    """One draw from a box, which may be filled again before it."""
    items, left = document["items"], copies_left(document, state)
    pickups_left = sum(copies for item, copies in zip(items, left) if item["is_pickup"])
    watched = {"never": 1, "when_empty": sum(left), "after_last_pickup": pickups_left}
    if watched[document["rules"]["reset"]] == 0:
        state["drawn_copies"] = {}
    item = pick(numbers, items, copies_left(document, state))
    name = item["item_master_id"]
    state["drawn_copies"][name] = state["drawn_copies"].get(name, 0) + 1
    return item


def count_purchase(document: Json, purchase: Json, state: Json) -> None:
    """What a purchase leaves behind for the next price."""
    if purchase["is_free"]:
        state["is_free_draw_taken"] = True
        return
    state["draw_total"] += purchase["draw_count"]
    state["draws_on_day"] += purchase["draw_count"]
    rules = document["rules"]
    if rules["kind"] == "step_up":
        state["step"] = purchase["step"] + 1
        if rules["after_last"] == "loop":
            state["step"] %= len(rules["steps"])


# The check of one proof: 1 to 3.

def check_proof(proof: Json, noted: list[str]) -> tuple[int, str]:
    """The exit code that a proof earns on its own, and the verdict."""
    require(proof["algorithm"] == "tenjo-draw-v1", "the algorithm is another")
    pool, period, purchase, is_void = (proof[name] for name in ("pool", "period", "purchase", "is_void"))
    require(is_void is (proof["results"] is None) and is_void is (proof["state_after"] is None),
            "a void draw has neither results nor a state after it, and any other has both")
    document = read_rules(pool)
    require(not noted or period["commitment"] in noted, "the commitment is none that you noted")
    seed = None if period["seed"] is None else bytes.fromhex(period["seed"])
    if seed is not None:
        require(len(seed) == 32 and hashlib.sha256(seed).hexdigest() == period["commitment"],
                "the seed is not the one that was committed to")

    state = copy.deepcopy(proof["state_before"])
    require(state.keys() == NO_PITY.keys() | NOTHING_ELSE.keys(), "a state has other fields")
    require("pity" in document or part(state, NO_PITY) == text(NO_PITY),
            "there is pity before it, but the pool has none")
    if (day := day_of(purchase["quoted_at"], document["day"])) > state["day"]:
        state.update(day=day, draws_on_day=0, is_free_draw_taken=False)
    sold = offers(document, state)
    bought = {name: value for name, value in purchase.items() if name != "quoted_at"}
    is_sold = text(bought) in map(text, sold)
    require(is_sold or is_void, f"the pool did not sell that, but {text(sold)}")
    if seed is None:
        return 2, f"not yet revealed: the period ends at {period['ends_at']}"
    if not is_sold:
        return 0, "void: the pool did not sell that"

    numbers = stream(seed, bytes.fromhex(pool["revision"]), uuid.UUID(proof["user_id"]),
                     proof["draw_number"], proof["client_seed"])
    results = draw(numbers, document, purchase, state)
    count_purchase(document, purchase, state)
    listing = ", ".join(f"{item['item_master_id']} ({item['rarity']})" for item in results)
    if is_void:
        return 0, f"void: it would have been {listing}"
    require(text(proof["results"]) == text(results), f"the draw gives {listing}")
    require(text(proof["state_after"]) == text(state), f"the draw leaves {text(state)}")
    return 0, f"proved: {listing}"


def part(state: Json, names: Json) -> str:
    """The text of some fields of a state."""
    return text({name: state[name] for name in names})


# The check of all the proofs of a player: 4 and 5.

class History:
    """What the draws of a player, given in their order, left behind."""

    def __init__(self, may_miss: bool) -> None:
        self.may_miss = may_miss  # draws may be missing
        self.number = self.last_missing = 0
        self.left: dict[tuple[str, str], tuple[int, str]] = {}

    def add(self, proof: Json) -> str:
        """Adds the next draw. Answers with what was taken on trust, or raises Wrong."""
        number, first_missing = proof["draw_number"], self.number + 1
        require(type(number) is int and number >= first_missing,
                "this draw number comes twice, or is not a number from 1")
        self.number = number
        wrong, trusted = [], []
        if number > first_missing:
            self.last_missing = number - 1
            if not self.may_miss:
                wrong.append(f"draws {first_missing} to {number - 1} are missing")

        document = json.loads(proof["pool"]["document"])
        before = proof["state_before"]
        after = before if proof["is_void"] else proof["state_after"]
        kept = [("pool", document["pool_id"], NOTHING_ELSE)]
        if "pity" in document:
            kept.append(("pity group", document["pity"]["group"], NO_PITY))
        for what, name, nothing in kept:
            at, expected = self.left.get((what, name), (0, text(nothing)))
            self.left[what, name] = number, part(after, nothing)
            if at < self.last_missing:
                trusted.append(f"what earlier draws left in the {what} is taken on trust")
            elif part(before, nothing) != expected:
                wrong.append(f"the {what} was left at {expected}")
        require(not wrong, "; ".join(wrong))
        return "; ".join(trusted)


# The program.

def read_proofs(path: str) -> list[Json]:
    """The proofs of a file, out of their envelopes if they have one."""
    with open(path, encoding="utf-8") as file:
        content = json.load(file)
    proofs = content if isinstance(content, list) else [content]
    return [proof["data"]["proof"] if "data" in proof else proof for proof in proofs]


def say(line: str) -> None:
    """Prints a line, and nothing in it that could disguise another one."""
    print("".join(char if " " <= char <= "~" else "?" for char in line))


def attempt(check: Callable[..., Any], *arguments: Any) -> tuple[Any, list[str]]:
    """What a check answers, and what it finds wrong. Whatever cannot be checked is wrong."""
    try:
        return check(*arguments), []
    except Exception as error:
        return None, [str(error) if isinstance(error, Wrong) else f"not a whole proof: {error!r}"]


def verify(proofs: list[Json], some: bool, noted: list[str]) -> int:
    """Checks all proofs, prints a line for each, and answers with the exit code."""
    players: defaultdict[uuid.UUID, list[Json]] = defaultdict(list)
    for proof in proofs:
        draws = players[uuid.UUID(proof["user_id"])]
        if text(proof) not in map(text, draws):
            draws.append(proof)

    codes = {0}
    periods: set[tuple[str, ...]] = set()
    for player, draws in players.items():
        print(f"player {player}")
        history = History(may_miss=some or len(draws) == 1)
        for proof in sorted(draws, key=lambda proof: proof["draw_number"]):
            alone, wrong = attempt(check_proof, proof, noted)
            trusted, wrong_before = attempt(history.add, proof)
            code, verdict = alone or (1, "")
            if wrong + wrong_before:
                code, verdict = 1, f"WRONG: {'; '.join(wrong + wrong_before)}"
            elif trusted:
                verdict += f" [note: {trusted}]"
            codes.add(code)
            period, seed = proof["period"], proof["client_seed"]
            own = "the default client seed" if seed == str(player) else f"client seed {seed}"
            say(f"draw {proof['draw_number']} in the period of {period['starts_at']}, {own}: {verdict}")
            periods.add(tuple(period[name] for name in ("starts_at", "ends_at", "commitment", "period_id")))

    print("commitments to compare with those that you noted before their periods began:")
    for starts_at, ends_at, commitment, _ in sorted(periods):
        say(f"{starts_at} to {ends_at}: {commitment}")
    if any(len(set(column)) < len(periods) for column in zip(*periods)):
        codes.add(1)
        print("WRONG: the proofs do not agree on these periods")
    return 1 if 1 in codes else max(codes)


def check_vectors(path: str) -> int:
    """Holds `stream` and `below` against fairness-vectors.json."""
    with open(path, encoding="utf-8") as file:
        vectors = json.load(file)
    for case in vectors["streams"]:
        seed = bytes.fromhex(case["server_seed"])
        numbers = stream(seed, bytes.fromhex(case["pool_revision"]), uuid.UUID(case["user_id"]),
                         int(case["draw_number"]), case["client_seed"])
        require(hashlib.sha256(seed).hexdigest() == case["commitment"], case["case"])
        require(all(next(numbers) == int(number) for number in case["numbers"]), case["case"])
    for case in vectors["integers"]:
        numbers = iter([int(number) for number in case["numbers"]])
        require(below(numbers, int(case["bound"])) == int(case["result"]), text(case))
        require(len(case["numbers"]) - len(list(numbers)) == case["taken"], text(case))
    print(f"{len(vectors['streams'])} streams and {len(vectors['integers'])} choices agree")
    return 0


class Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(1, f"{self.format_usage()}{message}\n")  # 2 means a seed not revealed


def main() -> int:
    parser = Parser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", metavar="PROOF.json")
    parser.add_argument("--some", action="store_true", help="these are not all of a player's proofs")
    parser.add_argument("--noted", action="append", default=[], metavar="HEX", type=str.lower,
                        help="a commitment that you noted; a draw under any other is wrong")
    parser.add_argument("--vectors", metavar="FILE", help="check this program with fairness-vectors.json")
    options = parser.parse_args()
    try:
        if options.vectors:
            return check_vectors(options.vectors)
        proofs = [proof for path in options.files for proof in read_proofs(path)]
        if not proofs:
            parser.error("there is no proof to check")
        return verify(proofs, options.some, options.noted)
    except Exception as error:
        say(f"WRONG: this cannot be checked: {error!r}")
        return 1


if __name__ == "__main__":
    sys.exit(main())
