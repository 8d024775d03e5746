#!/usr/bin/env python3
"""Checks purchases of provably fair draws (tenjo-draw-v2), with nothing but Python 3.11.

    python3 verify.py ANSWER.json ...

Each file holds answers of the API, as they come, one after another or in lists, of
any number of players. Fields that are not known are ignored. Of each proof (GET
/v1/gacha/sagas/{saga_id}/proof), this program checks that

1. the rules of the pool have the SHA-256 that the record names as their revision;
2. the revealed seed and the period have the hash to which the server had committed,
   and the purchase was quoted within its period;
3. the rules sell what was bought, at what was taken and for the points that were
   given, and with the seeds give exactly the items and the counters of the record;
4. the purchase is under the root of its period, and counted in its totals.

Of all the proofs of one player, by draw number, it checks that

5. the numbers count from 1 without gaps;
6. each purchase began where those before it ended, and the first with nothing.

Of all that it is shown, also of seed periods (GET /v1/gacha/seed-periods) and
receipts (POST /v1/gacha/draw), it checks that

7. each period is told in one way only, and no two overlap;
8. the server signed each receipt, and proves and showed what it signed;
9. lists of draw numbers (GET /v1/gacha/draw-numbers) name the same purchases, and
   revisions (GET /v1/gacha/revisions/{revision}) have the hash that they are named by.

It prints a line per purchase: "proved"; "void", with what would have been drawn; "not
yet revealed"; or "WRONG" and why. It says what a proof leaves open, and which numbers
it was not shown. It exits with 0 if all is right, 1 if anything is wrong, and
otherwise 2 if a seed is not revealed.

No program can see from a proof that its commitment was published when the server says
so. Compare the commitments at the end of the output with those that you noted
beforehand (or give them: --noted HEX, once for each). If you give the lists of periods
that you kept, and none has the commitment of a purchase, a note says so.

5 and 6 need all proofs of a player. Of one proof alone, or with --some of a few, what
the purchases that are missing left behind is taken on trust: a note says so.
"""

import argparse
import base64
import contextlib
import copy
import hashlib
import hmac
import io
import itertools
import json
import sys
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NoReturn

Json = dict[str, Any]

RAREST_FIRST = ("SSR", "SR", "R")
QUOTED_BEFORE, QUOTED_AFTER = timedelta(seconds=300), timedelta(seconds=60)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MAY_PAY = {"free_gem": ["free_gem"], "paid_gem": ["paid_gem"], "any_gem": ["free_gem", "paid_gem"]}
NO_PITY: Json = {"pity_count": 0, "is_pickup_due": False}
NOTHING_ELSE: Json = {"draw_total": 0, "day": 0, "draws_on_day": 0, "is_free_draw_taken": False,
                      "step": 0, "drawn_copies": {}}


class Wrong(Exception):
    """The proof does not prove its purchase."""


def require(condition: bool, otherwise: str) -> None:
    if not condition:
        raise Wrong(otherwise)


def text(value: Any) -> str:
    """The same for the same JSON only: to Python itself, 1, 1.0 and True are equal."""
    return json.dumps(value, sort_keys=True)


def natural(value: Any) -> int:
    """A whole number that is not negative."""
    require(type(value) is int and 0 <= value < 2**64, f"{value!r} is no whole number from 0")
    return value


def check_state(state: Json) -> None:
    """The counters of a state are ones."""
    for name, kind in {**NO_PITY, **NOTHING_ELSE}.items():
        require(type(state[name]) is type(kind), f"{name} is of another kind")
        if type(kind) is int and name != "day":
            natural(state[name])
    require(all(natural(copies) > 0 for copies in state["drawn_copies"].values()),
            "the state names copies of which none is gone")


def moment(value: Any) -> datetime:
    """A time, with its offset from UTC."""
    instant = datetime.fromisoformat(value)
    require(instant.tzinfo is not None, f"{value} has no UTC offset")
    return instant


def read_object(pairs: list[tuple[str, Any]]) -> Json:
    fields = dict(pairs)
    require(len(fields) == len(pairs), "a field comes twice")
    return fields


# Part 1: from seeds to numbers.

def span(period: Json) -> bytes:
    """The start and the length of a period, as they are hashed."""
    starts_at, ends_at = moment(period["starts_at"]), moment(period["ends_at"])
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    start, length = starts_at - epoch, ends_at - starts_at
    require(not start.microseconds and not length.microseconds and length > timedelta(0),
            "the period does not begin and end on whole seconds")
    whole = timedelta(seconds=1)
    return (start // whole).to_bytes(8, "big", signed=True) + (length // whole).to_bytes(4, "big")


def commitment(seed: bytes, span: bytes) -> str:
    """What the server publishes before a period."""
    return hashlib.sha256(b"tenjo-seed-v2\0" + seed + span).hexdigest()


def stream(seed: bytes, span: bytes, revision: bytes, user: uuid.UUID, draw_number: int,
           client_seed: str) -> Iterator[int]:
    """The unsigned 64-bit numbers that a purchase reads."""
    own = client_seed.encode()
    require(1 <= len(own) <= 64 and all(0x21 <= byte <= 0x7E for byte in own),
            "the client seed is not 1 to 64 visible ASCII characters")
    message = b"".join((b"tenjo-draw-v2\0", span, revision, user.bytes,
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

def read_rules(text: str, pool: Json) -> Json:
    """The document of a pool, which is what the revision says."""
    require(hashlib.sha256(text.encode()).hexdigest() == pool["revision"],
            "the rules of the pool do not have that revision")
    document = json.loads(text, object_pairs_hook=read_object)
    require(document["format"] == 1 and document["rules"]["kind"] in ("standard", "step_up", "box"),
            "the rules have another format")
    require(document["pool_id"] == pool["pool_id"], "the rules are another pool's")
    return document


def local(instant: datetime, utc_offset: str) -> datetime:
    """A moment on a clock with an offset from UTC."""
    return instant.astimezone(datetime.fromisoformat("1970-01-01T00:00:00" + utc_offset).tzinfo)


def day_of(instant: datetime, rule: Json) -> int:
    """The day of a moment, counted from 1970-01-01; not every day begins at midnight."""
    here = local(instant, rule["utc_offset"])
    is_still_yesterday = here.time() < time.fromisoformat(rule["begins_at"])
    return here.toordinal() - date(1970, 1, 1).toordinal() - is_still_yesterday


def is_open(document: Json, instant: datetime) -> bool:
    """Whether a pool sells at a moment."""
    closes_at = document.get("closes_at")
    if instant < moment(document["opens_at"]) or (closes_at and instant >= moment(closes_at)):
        return False
    if not (hours := document.get("opening_hours")):
        return True
    here = local(instant, hours["utc_offset"])
    starts, ends = time.fromisoformat(hours["from"]), time.fromisoformat(hours["until"])

    def begins_on(day: datetime) -> bool:
        return not (on := hours.get("weekdays")) or WEEKDAYS[day.weekday()] in on

    if starts < ends:
        return begins_on(here) and starts <= here.time() < ends
    return ((begins_on(here) and starts <= here.time())
            or (begins_on(here - timedelta(days=1)) and here.time() < ends))


def offers(document: Json, state: Json) -> list[Json]:
    """All that an open pool sells to a player in a state that is rolled over to the day."""
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


# The tree over all purchases of a period.

Node = tuple[bytes, tuple[int, ...]]  # a hash, and the totals under it


def totals(value: Json) -> tuple[int, ...]:
    counts = value["draw_counts"]
    return tuple(map(natural, (value["purchase_count"], value["void_count"],
                               counts["R"], counts["SR"], counts["SSR"])))


def leaf(text: str, record: Json) -> Node:
    drawn = [item["rarity"] for item in record["results"] or []]
    return (hashlib.sha256(b"\0" + text.encode()).digest(),
            (1, int(record["is_void"]), *map(drawn.count, reversed(RAREST_FIRST))))


def above(left: Node, right: Node) -> Node:
    counted = b"".join(digest + b"".join(count.to_bytes(8, "big") for count in counts)
                       for digest, counts in (left, right))
    return hashlib.sha256(b"\1" + counted).digest(), tuple(map(sum, zip(left[1], right[1])))


def check_inclusion(inclusion: Json, node: Node) -> None:
    """The way from a leaf leads to the root, which counts it."""
    for step in inclusion["path"]:
        sibling = bytes.fromhex(step["hash"]), totals(step["totals"])
        require(step["side"] in ("left", "right"), "a sibling is on no side")
        node = above(sibling, node) if step["side"] == "left" else above(node, sibling)
    root = inclusion["root"]
    require((node[0].hex(), node[1]) == (root["hash"], totals(root["totals"])),
            "the purchase is not under the root of its period, or not in its totals")


# The check of one proof: 1 to 4.

def check_proof(proof: Json, noted: list[str]) -> tuple[int, str, list[str]]:
    """The exit code that a proof earns on its own, the verdict, and what it leaves open."""
    record = json.loads(proof["record"], object_pairs_hook=read_object)
    require(record["algorithm"] == "tenjo-draw-v2", "the algorithm is another")
    pool, period, purchase, is_void = (record[name] for name in ("pool", "period", "purchase", "is_void"))
    require(is_void is (record["results"] is None) and is_void is (record["state_after"] is None),
            "a void purchase has neither results nor a state after it, and any other has both")
    require(natural(record["draw_number"]) > 0, "draw numbers count from 1")
    document = read_rules(proof["pool_document"], pool)
    require(not noted or period["commitment"] in noted, "the commitment is none that you noted")
    hashed = span(period)
    starts_at, ends_at, published_at = (moment(period[name]) for name in ("starts_at", "ends_at", "published_at"))
    quoted_at = moment(purchase["quoted_at"])
    require(starts_at - QUOTED_BEFORE <= quoted_at < ends_at + QUOTED_AFTER,
            "the purchase was quoted outside its period")
    seed = None if proof["seed"] is None else bytes.fromhex(proof["seed"])
    if seed is not None:
        require(len(seed) == 32 and commitment(seed, hashed) == period["commitment"],
                "the seed and the period are not what was committed to")
    inclusion = proof["inclusion"]
    if inclusion is not None:
        require(seed is not None, "there is a root before the seed is revealed")
        check_inclusion(inclusion, leaf(proof["record"], record))
    doubts = check_client_seed(record, quoted_at, ends_at, published_at)
    if published_at >= starts_at:
        doubts.append("the commitment was published only after its period had begun")
    if seed is not None and inclusion is None:
        doubts.append("the proof does not show the purchase among those of its period")

    check_state(record["state_before"])
    state = known(copy.deepcopy(record["state_before"]))
    require("pity" in document or part(state, NO_PITY) == text(NO_PITY),
            "there is pity before it, but the pool has none")
    if (day := day_of(quoted_at, document["day"])) > state["day"]:
        state.update(day=day, draws_on_day=0, is_free_draw_taken=False)
    require(is_open(document, quoted_at), "the pool did not sell then")
    sold = offers(document, state)
    bought = {name: purchase[name] for name in ("draw_count", "currency_type", "amount", "step", "is_free")}
    require(text(bought) in map(text, sold), f"the pool did not sell that, but {text(sold)}")
    check_exchange(document, purchase, is_void)
    if seed is None:
        return 2, f"not yet revealed: the period ends at {period['ends_at']}", doubts

    numbers = stream(seed, hashed, bytes.fromhex(pool["revision"]), uuid.UUID(record["user_id"]),
                     record["draw_number"], record["client_seed"])
    results = draw(numbers, document, purchase, state)
    count_purchase(document, purchase, state)
    listing = ", ".join(f"{item['item_master_id']} ({item['rarity']})" for item in results)
    if is_void:
        return 0, f"void: it would have been {listing}", doubts
    claimed = [{name: item[name] for name in ("item_master_id", "rarity", "is_pickup")}
               for item in record["results"]]
    require(text(claimed) == text(results), f"the draws give {listing}")
    require(text(known(record["state_after"])) == text(state), f"the draws leave {text(state)}")
    return 0, f"proved: {listing}", doubts


def check_client_seed(record: Json, quoted_at: datetime, ends_at: datetime,
                      published_at: datetime) -> list[str]:
    """Where the client seed comes from fits its time. Answers with what that leaves open."""
    origin, at = record["client_seed_origin"], record["client_seed_set_at"]
    if origin == "default":
        require(at is None and record["client_seed"] == str(uuid.UUID(record["user_id"])),
                "the default client seed is the player's id, and was never set")
        return ["the client seed is the player's id, which the server always knew"]
    require(origin in ("draw", "player") and at is not None, "the client seed comes from nowhere")
    set_at = moment(at)
    require(set_at == quoted_at if origin == "draw" else set_at < ends_at,
            "the client seed was set at another time than its origin says")
    if set_at < published_at:
        return ["the client seed was set before the commitment was published"]
    return []


def check_exchange(document: Json, purchase: Json, is_void: bool) -> None:
    """What was taken is the price, and the points are those of the rules."""
    parts = purchase["breakdown"]
    kinds = [entry["currency_type"] for entry in parts]
    may_pay = MAY_PAY[purchase["currency_type"]]
    require(kinds == [kind for kind in may_pay if kind in kinds]
            and all(natural(entry["amount"]) > 0 for entry in parts)
            and sum(entry["amount"] for entry in parts) == purchase["amount"],
            "what was taken is not the price")
    points = None
    if not is_void and (rule := document.get("exchange")):
        points = {"point_group": rule["group"],
                  "amount": rule["points_per_draw"] * purchase["draw_count"]}
    given = purchase["points"]
    if given is not None:
        given = {name: given[name] for name in ("point_group", "amount")}
    require(text(given) == text(points), f"the rules give the points {text(points)}")


def known(state: Json) -> Json:
    """The fields of a state that there are rules for."""
    return {name: state[name] for name in (*NO_PITY, *NOTHING_ELSE)}


def part(state: Json, names: Json) -> str:
    """The text of some fields of a state."""
    return text({name: state[name] for name in names})


# The check of all the proofs of a player: 5 and 6.

class History:
    """What the purchases of a player, given in their order, left behind."""

    def __init__(self, may_miss: bool) -> None:
        self.may_miss = may_miss  # purchases may be missing
        self.number = self.last_missing = 0
        self.not_shown: list[str] = []
        self.left: dict[tuple[str, str], tuple[int, str]] = {}

    def add(self, proof: Json) -> str:
        """Adds the next purchase. Answers with what was taken on trust, or raises Wrong."""
        record = json.loads(proof["record"])
        number, first_missing = record["draw_number"], self.number + 1
        require(type(number) is int and number >= first_missing,
                "this draw number comes twice, or is not a number from 1")
        self.number = number
        wrong, trusted = [], []
        if number > first_missing:
            self.last_missing = number - 1
            self.not_shown.append(f"{first_missing} to {number - 1}")
            if not self.may_miss:
                wrong.append(f"purchases {first_missing} to {number - 1} are missing")

        document = json.loads(proof["pool_document"])
        before = record["state_before"]
        after = before if record["is_void"] else record["state_after"]
        kept = [("pool", document["pool_id"], NOTHING_ELSE)]
        if "pity" in document:
            kept.append(("pity group", document["pity"]["group"], NO_PITY))
        for what, name, nothing in kept:
            at, expected = self.left.get((what, name), (0, text(nothing)))
            self.left[what, name] = number, part(after, nothing)
            if at < self.last_missing:
                trusted.append(f"what earlier purchases left in the {what} is taken on trust")
            elif part(before, nothing) != expected:
                wrong.append(f"the {what} was left at {expected}")
        require(not wrong, "; ".join(wrong))
        return "; ".join(trusted)


# What proofs and lists say of periods: 7.

def check_periods(told: list[Json]) -> list[str]:
    """What is wrong with all that was told of periods."""
    wrong = []
    by_start: defaultdict[datetime, list[Json]] = defaultdict(list)
    for period in told:
        by_start[moment(period["starts_at"])].append(period)
    for starts_at, same in by_start.items():
        fixed = {text([period[name] for name in ("commitment", "ends_at", "published_at")]) for period in same}
        seeds = {period["seed"] for period in same if period["seed"] is not None}
        roots = {text([root["hash"], totals(root["totals"])]) for period in same if (root := period["root"])}
        if len(fixed) > 1 or len(seeds) > 1 or len(roots) > 1:
            wrong.append(f"the period from {starts_at} was described in two ways")
        for seed in seeds:
            if any(commitment(bytes.fromhex(seed), span(period)) != period["commitment"] for period in same):
                wrong.append(f"the seed of the period from {starts_at} is not what was committed to")
    in_order = sorted(by_start)
    for before, after in zip(in_order, in_order[1:]):
        if any(moment(period["ends_at"]) > after for period in by_start[before]):
            wrong.append(f"the period from {after} begins before the one before it ends")
    return wrong


# Receipts: 8. Ed25519 as RFC 8032 has it, section 5.1.

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
Point = tuple[int, int, int, int]


def add(one: Point, other: Point) -> Point:
    a, b = (one[1] - one[0]) * (other[1] - other[0]) % P, (one[1] + one[0]) * (other[1] + other[0]) % P
    c, d = 2 * one[3] * other[3] * D % P, 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def multiply(factor: int, point: Point) -> Point:
    product = (0, 1, 1, 0)
    while factor > 0:
        if factor & 1:
            product = add(product, point)
        point = add(point, point)
        factor >>= 1
    return product


def read_point(encoded: bytes) -> Point:
    y = int.from_bytes(encoded, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    require(y < P and (x * x - square) % P == 0 and (x > 0 or not sign), "a point is not on the curve")
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


BASE = read_point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))


def is_signed(key: bytes, message: bytes, signature: bytes) -> bool:
    if len(key) != 32 or len(signature) != 64:
        return False
    factor = int.from_bytes(signature[32:], "little")
    challenge = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little")
    left = multiply(factor, BASE)
    right = add(read_point(signature[:32]), multiply(challenge % ORDER, read_point(key)))
    same = [(left[axis] * right[2] - right[axis] * left[2]) % P == 0 for axis in (0, 1)]
    return factor < ORDER and all(same)


def base64url(encoded: str) -> bytes:
    return base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars="-_", validate=True)


def read_receipt(receipt: str, keys: dict[str, str]) -> str:
    """The text of the record that a receipt is of, if the server signed it."""
    header, payload, signature = receipt.split(".")
    fields = json.loads(base64url(header), object_pairs_hook=read_object)
    require((fields["alg"], fields["typ"]) == ("EdDSA", "tenjo-receipt"), "it is no receipt")
    require(fields["kid"] in keys, "its key is not published (add an answer of GET /v1/gacha/seed-periods)")
    require(is_signed(base64url(keys[fields["kid"]]), f"{header}.{payload}".encode(), base64url(signature)),
            "the server did not sign it")
    return base64url(payload).decode()


def check_receipt(answer: Json, record: Json) -> None:
    """An answer to a draw showed what its receipt says."""
    require(answer.get("saga_id") in (None, record["saga_id"]), "it is of another purchase than the answer")
    if (results := answer.get("results")) is not None:
        shown = [{name: item[name] for name in ("item_master_id", "rarity", "is_pickup")} for item in results]
        require(text(shown) == text(record["results"]), "it has other items than the answer")
    if (cost := answer.get("cost")) is not None:
        names = ("currency_type", "amount", "breakdown")
        require(text([cost[name] for name in names]) == text([record["purchase"][name] for name in names]),
                "it has another cost than the answer")


def is_same_purchase(one: Json, other: Json) -> bool:
    """A purchase has one id, and a player one purchase of each number."""
    return (one["saga_id"] == other["saga_id"]
            or all(one[name] == other[name] for name in ("user_id", "draw_number")))


# Lists of draw numbers, and revisions: 9.

def check_listed(listed: Json, records: list[Json]) -> str:
    """A purchase in a list is the one that records name. The list does not say whose it
    is; if all records are of one player, so is the list. What still ran may have ended
    either way. Answers with what is not shown."""
    is_one_player = len({record["user_id"] for record in records}) == 1
    of_it = [record for record in records if record["saga_id"] == listed["saga_id"]
             or is_one_player and record["draw_number"] == listed["draw_number"]]
    for record in of_it:
        state = "void" if record["is_void"] else "valid"
        require(all(record[name] == listed[name] for name in ("saga_id", "draw_number"))
                and listed["state"] in ("running", state),
                f"purchase {listed['draw_number']} is listed as {listed['state']} of saga {listed['saga_id']}, "
                f"and it is {state} purchase {record['draw_number']} of saga {record['saga_id']}")
    return "" if of_it else f"purchase {listed['draw_number']} is listed as {listed['state']}; no proof of it"


def check_revision(revision: Json) -> None:
    require(hashlib.sha256(revision["document"].encode()).hexdigest() == revision["revision"],
            f"the rules are not those of revision {revision['revision']}")


# The program.

class Input:
    """What the files hold."""

    def __init__(self) -> None:
        self.proofs: list[Json] = []
        self.draws: list[Json] = []
        self.listed: list[Json] = []
        self.revisions: list[Json] = []
        self.periods: list[Json] = []
        # Whether there was a list of them, if only an empty one.
        self.has_periods = False
        self.keys: dict[str, str] = {}

    def read(self, path: str) -> None:
        with open(path, encoding="utf-8") as file:
            rest = file.read().strip()
        while rest:
            value, end = json.JSONDecoder().raw_decode(rest)
            self.add(value)
            rest = rest[end:].lstrip()

    def lacks(self, commitment: str) -> bool:
        """Whether there were lists of periods, and none has this. One that was noted before a
        purchase has what the server was bound to."""
        return self.has_periods and all(it["commitment"] != commitment for it in self.periods)

    def add(self, value: Any) -> None:
        """An answer, what is in its envelope, or a list of these."""
        if isinstance(value, list):
            for inner in value:
                self.add(inner)
        elif "data" in value or "proof" in value:
            self.add(value.get("data", value.get("proof")))
        elif "record" in value:
            if value not in self.proofs:
                self.proofs.append(value)
        elif "seed_periods" in value:
            self.has_periods = True
            self.periods += value["seed_periods"]
            for key in value.get("receipt_keys", []):
                if (key["kty"], key["crv"]) == ("OKP", "Ed25519"):
                    require(self.keys.setdefault(key["kid"], key["x"]) == key["x"],
                            "two receipt keys have one name")
        elif "receipt" in value:
            self.draws.append(value)
        elif "draw_numbers" in value:
            self.listed += value["draw_numbers"]
        elif "document" in value:
            self.revisions.append(value)
        else:
            raise Wrong("there is an answer with nothing to check")


def say(line: str) -> None:
    """Prints a line, and nothing in it that could disguise another one."""
    print("".join(char if " " <= char <= "~" else "?" for char in line))


def attempt(check: Callable[..., Any], *arguments: Any) -> tuple[Any, list[str]]:
    """What a check answers, and what it finds wrong. Whatever cannot be checked is wrong."""
    try:
        return check(*arguments), []
    except Exception as error:
        return None, [str(error) if isinstance(error, Wrong) else f"it is not whole: {error!r}"]


def told_by(proof: Json) -> Json:
    """What a proof says of its period."""
    root = proof["inclusion"] and proof["inclusion"]["root"]
    return {**json.loads(proof["record"])["period"], "seed": proof["seed"], "root": root}


def verify(given: Input, some: bool, noted: list[str]) -> int:
    """Checks all that there is, prints a line for each, and answers with the exit code."""
    players: defaultdict[uuid.UUID, list[tuple[Json, Json]]] = defaultdict(list)
    for proof in given.proofs:
        record = json.loads(proof["record"])
        players[uuid.UUID(record["user_id"])].append((record, proof))

    codes = {0}
    told = list(given.periods)
    for player, purchases in players.items():
        print(f"player {player}")
        history = History(may_miss=some or len(purchases) == 1)
        for record, proof in sorted(purchases, key=lambda purchase: purchase[0]["draw_number"]):
            alone, wrong = attempt(check_proof, proof, noted)
            trusted, wrong_before = attempt(history.add, proof)
            code, verdict, doubts = alone or (1, "", [])
            if wrong + wrong_before:
                code, verdict = 1, f"WRONG: {'; '.join(wrong + wrong_before)}"
            notes = [*doubts, trusted] if trusted else doubts
            if not wrong + wrong_before and given.lacks(record["period"]["commitment"]):
                notes = [*notes, "the list of seed periods does not have its commitment"]
            codes.add(code)
            told.append(told_by(proof))
            say(f"purchase {record['draw_number']} in the period of {record['period']['starts_at']}, "
                f"client seed {record['client_seed']}: {verdict}"
                + "".join(f" [note: {note}]" for note in notes))
        say(f"not shown: purchases {', '.join([*history.not_shown, f'any after {history.number}'])}")

    texts = [proof["record"] for proof in given.proofs]
    for answer in given.draws:
        if answer["receipt"] is None:
            say("a purchase was not complete, so it has no receipt")
            continue
        signed, wrong = attempt(read_receipt, answer["receipt"], given.keys)
        record = json.loads(signed) if signed else {}
        if record:
            same = [other for other in texts if is_same_purchase(json.loads(other), record)]
            wrong += attempt(check_receipt, answer, record)[1]
            wrong += ["the server says something else elsewhere"] * any(other != signed for other in same)
            texts.append(signed)
            told.append({**record["period"], "seed": None, "root": None})
        if wrong:
            codes.add(1)
            say(f"WRONG: a receipt: {'; '.join(wrong)}")
        else:
            is_proved = any(proof["record"] == signed for proof in given.proofs)
            say(f"receipt of purchase {record['draw_number']}: signed, "
                + ("as it is proved" if is_proved else "without a proof"))

    for listed in given.listed:
        line, wrong = attempt(check_listed, listed, [json.loads(it) for it in texts])
        codes |= {1} if wrong else set()
        for shown in [f"WRONG: a list of draw numbers: {it}" for it in wrong] or [line] * bool(line):
            say(shown)
    for revision in given.revisions:
        _, wrong = attempt(check_revision, revision)
        codes |= {1} if wrong else set()
        for it in wrong:
            say(f"WRONG: {it}")

    print("commitments to compare with those that you noted before their periods began:")
    for line in sorted({" ".join((it["starts_at"], "to", it["ends_at"], "published", it["published_at"],
                                  it["commitment"])) for it in told}):
        say(line)
    broken, wrong = attempt(check_periods, told)
    for line in (broken or []) + wrong:
        codes.add(1)
        say(f"WRONG: {line}")
    return 1 if 1 in codes else max(codes)


def check_vectors(path: str) -> int:
    """Holds `stream`, `commitment` and `below` against fairness-vectors.json."""
    with open(path, encoding="utf-8") as file:
        vectors = json.load(file)
    for case in vectors["streams"]:
        seed = bytes.fromhex(case["server_seed"])
        hashed = (int(case["period_starts_at"]).to_bytes(8, "big", signed=True)
                  + int(case["period_seconds"]).to_bytes(4, "big"))
        numbers = stream(seed, hashed, bytes.fromhex(case["pool_revision"]), uuid.UUID(case["user_id"]),
                         int(case["draw_number"]), case["client_seed"])
        require(commitment(seed, hashed) == case["commitment"], case["case"])
        require(all(next(numbers) == int(number) for number in case["numbers"]), case["case"])
    for case in vectors["integers"]:
        numbers = iter([int(number) for number in case["numbers"]])
        require(below(numbers, int(case["bound"])) == int(case["result"]), text(case))
        require(len(case["numbers"]) - len(list(numbers)) == case["taken"], text(case))
    print(f"{len(vectors['streams'])} streams and {len(vectors['integers'])} choices agree")
    return 0


def check_forgeries(path: str, right: list[Json]) -> int:
    """Holds this program against fairness-forgeries.json: it must refuse each."""
    with open(path, encoding="utf-8") as file:
        forgeries = json.load(file)
    missed = []
    for forgery in forgeries:
        given = Input()
        given.add(right[:forgery["after"]] + forgery["answers"])
        refused, _ = attempt(silently, verify, given, False, [])
        if refused not in (1, None):
            missed.append(forgery["case"])
    for case in missed:
        say(f"WRONG: not refused: {case}")
    print(f"{len(forgeries) - len(missed)} of {len(forgeries)} forgeries are refused")
    return 1 if missed else 0


def silently(act: Callable[..., int], *arguments: Any) -> int:
    with contextlib.redirect_stdout(io.StringIO()):
        return act(*arguments)


class Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(1, f"{self.format_usage()}{message}\n")  # 2 means a seed not revealed


def main() -> int:
    parser = Parser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", metavar="ANSWER.json")
    parser.add_argument("--some", action="store_true", help="these are not all of a player's proofs")
    parser.add_argument("--noted", action="append", default=[], metavar="HEX", type=str.lower,
                        help="a commitment that you noted; a purchase under any other is wrong")
    parser.add_argument("--vectors", metavar="FILE", help="check this program with fairness-vectors.json")
    parser.add_argument("--forgeries", metavar="FILE",
                        help="check this program with fairness-forgeries.json, and fairness-draws.json as the answer")
    options = parser.parse_args()
    try:
        if options.vectors:
            return check_vectors(options.vectors)
        given = Input()
        for path in options.files:
            given.read(path)
        if not given.proofs and not any(answer["receipt"] for answer in given.draws):
            parser.error("there is neither a proof nor a receipt to check")
        if options.forgeries:
            return check_forgeries(options.forgeries, given.proofs)
        return verify(given, options.some, options.noted)
    except Exception as error:
        say(f"WRONG: this cannot be checked: {error!r}")
        return 1


if __name__ == "__main__":
    sys.exit(main())
