// A server that answers as it is told, and a client of it whose time passes at once.

import { MemoryStorage, ServerClock, Tenjo, type Options } from "../src/index.js";

export interface Seen {
  method: string;
  path: string;
  headers: Headers;
  body: unknown;
}

export type Answer = (seen: Seen) => Response | "lost" | Promise<Response | "lost">;

export function ok(data: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return Response.json({ success: true, data }, { status, headers });
}

export function refusal(status: number, code: string, headers: Record<string, string> = {}): Response {
  const error = { code, message: `It is ${code}.`, request_id: "request-1" };
  return Response.json({ success: false, error }, { status, headers });
}

export function session(name: string, expires_in = 900) {
  return {
    user_id: "0b8b1f5a-7c3e-4f0a-9a53-0d8a0e5f4c11", player_id: "PLY000000000001", is_guest: true,
    access_token: `access-${name}`, refresh_token: `refresh-${name}`, token_type: "Bearer", expires_in,
  };
}

/** How the server tells the next draw number, unless a test says otherwise. */
function numbered() {
  return ok({ client_seed: "seven-crows", set_at: null, next_draw_number: 7 });
}

/**
 * A client of a server that gives sessions and draw numbers by itself, and for the rest asks
 * `answer`.
 */
export function play(answer: Answer, options: Partial<Options> = {}, number: Answer = numbered) {
  const seen: Seen[] = [];
  const slept: number[] = [];
  const storage = options.storage ?? new MemoryStorage();
  const game = new Tenjo({
    baseUrl: "http://game.test",
    storage,
    random: () => 1,
    sleep: async (ms) => {
      slept.push(ms);
    },
    clock: new ServerClock(),
    fetch: async (request) => {
      const text = await request.text();
      const it = {
        method: request.method, path: new URL(request.url).pathname + new URL(request.url).search,
        headers: request.headers, body: text === "" ? null : (JSON.parse(text) as unknown),
      };
      seen.push(it);
      if (it.path === "/v1/auth/guest" && !options.fetch) {
        return ok(session(`${seen.filter(({ path }) => path === "/v1/auth/guest").length}`));
      }
      const answered = await (it.path === "/v1/gacha/client-seed" ? number : answer)(it);
      if (answered === "lost") throw new TypeError("the connection was lost");
      return answered;
    },
    ...options,
  });
  return { game, seen, slept, storage, of: (path: string) => seen.filter((it) => it.path === path) };
}

export function draw(changes: object = {}) {
  return {
    saga_id: "5cdca3eb-0087-8e51-a01b-c1daae46db29", status: "COMPLETED",
    results: [{ item_master_id: "silver-bow", rarity: "SR", is_new: true, is_pickup: false }],
    cost: { currency_type: "free_gem", amount: 300, breakdown: [] }, pity: null, receipt: "a.b.c", ...changes,
  };
}
