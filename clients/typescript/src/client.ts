// The client: everything that the API offers, with sessions, repeats and types.

import createClient, { type Client } from "openapi-fetch";
import { Acts, type ActOptions, type DrawOptions, type PendingAct, type Resumed } from "./acts.js";
import { sleep, type Sleep } from "./backoff.js";
import { ServerClock } from "./clock.js";
import { Rows } from "./paging.js";
import { AnswerError, ConnectionError, DeletingError, errorOf } from "./errors.js";
import { newClientSeed, orderOf, type ShownPool } from "./order.js";
import type { paths } from "./schema.js";
import { Sessions, type Kept } from "./session.js";
import type { Storage } from "./storage.js";
import { transport, type Transport } from "./transport.js";
import type * as t from "./types.js";

export interface Options {
  /** Where the API is: an origin, such as `https://api.example.com`. */
  baseUrl: string;
  storage: Storage;
  /** The version of the game, such as `1.12.0`. */
  clientVersion?: string;
  /**
   * The languages that the player reads, such as `ja, en;q=0.5`: names and descriptions come
   * in the best of them. The platform's own if it is left out; `Tenjo.language` changes it.
   */
  language?: string;
  deviceType?: "ios" | "android" | "web" | "other";
  /** How often one call is sent at most; 5 if it is left out. */
  attempts?: number;
  /** After how long a try without an answer counts as lost; 30 s if it is left out. */
  timeoutMs?: number;
  /** The kit waits this long at most when a server asks it to; 8 s if it is left out. */
  longestWaitMs?: number;
  /**
   * Has App Attest or Play Integrity answer a challenge, where the server asks new devices
   * for that: docs/accounts.md. Without it the refusal is the caller's.
   */
  attest?: (challenge: string) => Promise<Omit<t.Attestation, "challenge">>;
  /** Called with each new session, and with null when it was ended. */
  onSession?: (session: Kept | null) => void;
  fetch?: (request: Request) => Promise<Response>;
  clock?: ServerClock;
  sleep?: Sleep;
  random?: () => number;
}

/** What openapi-fetch makes of an answer: it has read the body, of an error as JSON if it was that. */
interface Answer<T> {
  data?: T | undefined;
  response: Response;
  error?: unknown;
}

/** What every successful answer looks like. */
interface Envelope<T> {
  data: T;
}

const PAGE = 100;
/** How often a running draw is asked for, up to 20 s each time. */
const ASKS = 6;

export class Tenjo {
  readonly clock: ServerClock;
  readonly sessions: Sessions;
  /** Sent as `Accept-Language` with each call; null: what the platform sends. */
  language: string | null;
  private readonly acts: Acts;
  private readonly send: Transport;
  private readonly deviceType: "ios" | "android" | "web" | "other";
  private readonly attest: Options["attest"];
  private readonly open: Client<paths>;
  /** For what may not be repeated. */
  private readonly once: Client<paths>;
  private readonly api: Client<paths>;
  private readonly apiOnce: Client<paths>;
  private readonly revisions = new Map<string, Promise<t.Revision>>();

  constructor(options: Options) {
    this.clock = options.clock ?? new ServerClock();
    this.attest = options.attest;
    this.language = options.language ?? null;
    const ask = options.fetch ?? ((request: Request) => fetch(request));
    const random = options.random ?? Math.random;
    const wait = options.sleep ?? sleep;
    const settings = {
      fetch: (request: Request) => {
        if (this.language !== null) request.headers.set("Accept-Language", this.language);
        return ask(request);
      },
      clock: this.clock,
      sleep: wait,
      random,
      attempts: options.attempts ?? 5,
      timeoutMs: options.timeoutMs ?? 30_000,
      longestWaitMs: options.longestWaitMs ?? 8000,
    };
    this.send = transport(settings);
    const sendOnce = transport({ ...settings, attempts: 1 });
    const { baseUrl, clientVersion } = options;
    const headers: Record<string, string> = { Accept: "application/json" };
    if (clientVersion !== undefined) headers["X-Client-Version"] = clientVersion;

    this.open = createClient<paths>({ baseUrl, headers, fetch: (request) => this.send(request) });
    this.api = createClient<paths>({ baseUrl, headers, fetch: (request) => this.sendSigned(request, this.send) });
    this.once = createClient<paths>({ baseUrl, headers, fetch: (request) => sendOnce(request) });
    this.apiOnce = createClient<paths>({ baseUrl, headers, fetch: (request) => this.sendSigned(request, sendOnce) });

    const device_type = (this.deviceType = options.deviceType ?? "web");
    this.sessions = new Sessions(
      options.storage,
      {
        guest: (device_id, device_secret, keepAccount) => {
          const body = {
            device_id, device_type, ...(device_secret === null ? {} : { device_secret }), ...deletion(keepAccount),
          };
          return this.attested((more) => this.data(this.open.POST("/v1/auth/guest", { body: { ...body, ...more } })));
        },
        refresh: (refresh_token) => this.data(this.open.POST("/v1/auth/refresh", { body: { refresh_token } })),
        logout: async (refresh_token) => {
          await this.data(this.open.POST("/v1/auth/logout", { body: { refresh_token } }));
        },
      },
      () => Date.now(),
      options.onSession ?? (() => {}),
    );
    const wait_s = longestWaitS(settings.timeoutMs);
    this.acts = new Acts(
      options.storage,
      {
        draw: (key, body, signal) =>
          this.data(this.api.POST("/v1/gacha/draw", {
            params: { header: { "Idempotency-Key": key } }, body, ...withSignal(signal),
          })),
        exchange: (key, body, signal) =>
          this.data(this.api.POST("/v1/gacha/exchange", {
            params: { header: { "Idempotency-Key": key } }, body, ...withSignal(signal),
          })),
        saga: (saga_id, signal) =>
          this.data(this.api.GET("/v1/gacha/sagas/{saga_id}", {
            params: { path: { saga_id }, ...(wait_s > 0 ? { query: { wait_s } } : {}) }, ...withSignal(signal),
          })),
        userId: async () => (await this.sessions.resume()).user_id,
      },
      wait,
      random,
      ASKS,
    );
  }

  // The session.

  /** Logs in with this device, or goes on with the session that was kept. */
  login(): Promise<Kept> {
    return this.sessions.resume(true);
  }

  /** Logs in with this device, and takes back that the account is deleted. Ask the player first. */
  keepAccount(): Promise<Kept> {
    return this.sessions.login(true);
  }

  /**
   * Logs in the player to whom an account of Apple's or Google's is linked. It is sent
   * once, because a token works once: after a `ConnectionError` sign in again. When the
   * login has ended, calls fail with `UnauthorizedError`; they never go on as the player of
   * the device.
   */
  async signIn(provider: t.Provider, identity_token: string, nonce: string, keepAccount = false): Promise<Kept> {
    const body = { identity_token, nonce, ...deletion(keepAccount) };
    const session = await this.data(
      provider === "apple" ? this.once.POST("/v1/auth/apple", { body }) : this.once.POST("/v1/auth/google", { body }),
    );
    return this.sessions.adopt(session, provider);
  }

  logout(): Promise<void> {
    return this.sessions.logout();
  }

  /** Where the player is logged in, newest first. */
  liveSessions(): Rows<t.LiveSession> {
    return this.rows((page) => this.api.GET("/v1/users/me/sessions", page), ({ sessions }) => sessions);
  }

  /** Ends a session, and the device that it is on, unless it is this one. */
  async endSession(session_id: string): Promise<void> {
    await this.data(this.api.DELETE("/v1/users/me/sessions/{session_id}", { params: { path: { session_id } } }));
  }

  /** Ends all sessions and devices but this one. */
  async endOtherSessions(): Promise<void> {
    await this.data(this.api.DELETE("/v1/users/me/sessions"));
  }

  /** Has another secret made for this device, as after a backup of it fell into other hands. */
  renewDeviceSecret(): Promise<void> {
    return this.sessions.renewSecret(async () => {
      const { device_secret } = await this.proven((refresh_token) =>
        this.data(this.api.POST("/v1/users/me/devices/current/secret", { body: { refresh_token } })));
      return device_secret;
    });
  }

  /** The accounts elsewhere by which the player logs in. */
  async links(): Promise<t.Link[]> {
    return (await this.data(this.api.GET("/v1/users/me/links"))).links;
  }

  /**
   * Links an account of Apple's or Google's. It is sent once: after a `ConnectionError`,
   * `links` shows whether it was linked. If it is another player's, it is refused with
   * `link_taken`, and `choices` of the error says what to ask.
   */
  async link(provider: t.Provider, identity_token: string, nonce: string): Promise<t.Link[]> {
    const { links } = await this.proven((refresh_token) => {
      const body = { provider, identity_token, nonce, refresh_token };
      return this.data(this.apiOnce.POST("/v1/users/me/links", { body }));
    });
    return links;
  }

  async unlink(provider: t.Provider): Promise<t.Link[]> {
    const call = this.api.DELETE("/v1/users/me/links/{provider}", { params: { path: { provider } } });
    return (await this.data(call)).links;
  }

  /**
   * Asks for the account to be deleted, and forgets the session. The answer says when that
   * happens and what is lost; it is null if an earlier answer was lost and only the deletion
   * itself is known. Until then `login` fails with `DeletingError`, and `keepAccount` takes
   * it back.
   */
  async deleteAccount(): Promise<t.Deletion | null> {
    let asked: t.Deletion | null = null;
    try {
      asked = await this.data(this.api.DELETE("/v1/users/me"));
    } catch (error) {
      if (!(error instanceof DeletingError)) throw error;
    }
    await this.sessions.end();
    return asked;
  }

  /** Everything that is held about the player, row by row. */
  exportAccount(): Rows<t.ExportRow> {
    return this.rows((page) => this.api.GET("/v1/users/me/export", page), ({ rows }) => rows);
  }

  /** When the player's transfer code was made and used; null if there is none. */
  transferCode(): Promise<t.TransferCode | null> {
    return this.data(this.api.GET("/v1/users/me/transfer-code"));
  }

  /** Makes a code with which, and with the password, the player can move to another device. */
  createTransferCode(password: string): Promise<t.NewTransferCode> {
    return this.proven((refresh_token) =>
      this.data(this.api.POST("/v1/users/me/transfer-code", { body: { password, refresh_token } })));
  }

  /**
   * Moves a player to this device. It is sent once, because it uses the code up. After a
   * `ConnectionError` there is no session: log in, and see whose player it is. If the device
   * has a player, it is refused with `device_has_player`, unless `replacePlayer` is set: then
   * that one is left. `keepAccount` takes a deletion of the account back.
   */
  async transfer(transfer_code: string, password: string, replacePlayer = false, keepAccount = false): Promise<Kept> {
    const device_secret = await this.sessions.deviceSecret();
    const body = {
      transfer_code, password, device_id: await this.sessions.deviceId(), device_type: this.deviceType,
      ...(device_secret === null ? {} : { device_secret }),
      ...(replacePlayer ? { replace_player: true } : {}),
      ...deletion(keepAccount),
    };
    try {
      const moved = await this.attested((more) => this.data(this.once.POST("/v1/auth/transfer", { body: { ...body, ...more } })));
      return await this.sessions.adopt(moved);
    } catch (error) {
      // The gateway's own answers have no code: the function may have done it.
      const isUnknown = error instanceof AnswerError && error.status >= 500 && error.code === null;
      if (error instanceof ConnectionError || isUnknown) await this.sessions.doubt();
      throw error;
    }
  }

  /** Whether the game is open. Sets the clock. */
  async status(): Promise<t.Status> {
    const sentAt = this.clock.tick();
    const status = await this.data(this.open.GET("/v1/status"));
    this.clock.learn(Date.parse(status.server_time), sentAt, this.clock.tick(), 0);
    return status;
  }

  // The player.

  user(): Promise<t.User> {
    return this.data(this.api.GET("/v1/users/me"));
  }

  updateUser(display_name: string, version: number): Promise<t.User> {
    return this.data(this.api.PUT("/v1/users/me", { body: { display_name, version } }));
  }

  async currencies(): Promise<t.Currency[]> {
    return (await this.data(this.api.GET("/v1/users/me/currencies"))).currencies;
  }

  ledger(): Rows<t.LedgerEntry> {
    return this.rows((page) => this.api.GET("/v1/users/me/ledger", page), ({ ledger_entries }) => ledger_entries);
  }

  /** All that a first screen needs, in one answer. Sets the clock. */
  async home(): Promise<t.Home> {
    const sentAt = this.clock.tick();
    const home = await this.data(this.api.GET("/v1/home"));
    this.clock.learn(Date.parse(home.server_time), sentAt, this.clock.tick(), 0);
    return home;
  }

  // Pools and draws.

  pools(): Rows<t.Pool> {
    return this.rows((page) => this.api.GET("/v1/gacha/pools", page), ({ pools }) => pools);
  }

  pool(pool_id: string): Promise<t.PoolDetails> {
    return this.data(this.api.GET("/v1/gacha/pools/{pool_id}", { params: { path: { pool_id } } }));
  }

  /** The rules and odds of a revision. They never change, so they are asked for once. */
  revision(revision: string): Promise<t.Revision> {
    const known = this.revisions.get(revision);
    if (known) return known;
    const path = { revision };
    const asked = this.data(this.open.GET("/v1/gacha/revisions/{revision}", { params: { path } }));
    this.revisions.set(revision, asked);
    asked.catch(() => this.revisions.delete(revision));
    return asked;
  }

  /** A pool with the odds of every draw, as its revision has them. */
  async poolWithOdds(pool_id: string): Promise<t.PoolWithOdds> {
    const pool = await this.pool(pool_id);
    const { odds } = await this.revision(pool.revision);
    return { ...pool, odds };
  }

  /**
   * Draws from the pool, at one of its prices, as the player was shown both: once, whatever
   * happens to the connection. It asks for the player's next draw number, makes a new client
   * seed, and sends both with the revision and the price. If any of these is another one by
   * then, the draw is refused and costs nothing. So is one of two draws at the same time.
   *
   * If it fails with an error that is `retryable`, the outcome is not known yet: `resume`
   * finds it out, with the very same order. If `pending` does not have it, nothing was sent.
   */
  async draw(pool: ShownPool, price: t.Price, options: DrawOptions = {}): Promise<t.Draw> {
    const { next_draw_number } = await this.clientSeed(options.signal);
    const order = orderOf(pool, price, options.clientSeed ?? newClientSeed(), next_draw_number);
    return this.acts.draw(order, options);
  }

  /** Turns points into an item, once. */
  exchange(order: t.ExchangeRequest, options?: ActOptions): Promise<t.Exchange> {
    return this.acts.exchange(order, options);
  }

  /** What was ordered and has no final answer yet. */
  pending(): Promise<PendingAct[]> {
    return this.acts.pending();
  }

  /**
   * Calls `changed` when another tab of this browser orders something, or gets the answer:
   * what was shown of balances and pools may be old then. Answers with how to end that.
   */
  watchPending(changed: () => void): () => void {
    return this.acts.watch(changed);
  }

  /** Finds out how each pending act ended. Call it at every start, and when the network is back. */
  resume(options?: ActOptions): AsyncGenerator<Resumed, void, undefined> {
    return this.acts.resume(options);
  }

  /** A draw's status and timeline: at once, or within `wait_s` seconds (20 at most) as soon as it has ended. */
  saga(saga_id: string, wait_s = 0): Promise<t.Saga> {
    return this.data(this.api.GET("/v1/gacha/sagas/{saga_id}", { params: { path: { saga_id }, query: { wait_s } } }));
  }

  histories(): Rows<t.History> {
    return this.rows((page) => this.api.GET("/v1/gacha/histories", page), ({ histories }) => histories);
  }

  // Fairness. The answers that are checked come as texts too: `fairness` reads them itself,
  // because JSON.parse rounds large numbers and takes a name that comes twice.

  /** The seed of draws that bring none, and the number of the player's next draw. */
  clientSeed(signal?: AbortSignal): Promise<t.PlayerSeed> {
    return this.data(this.api.GET("/v1/gacha/client-seed", withSignal(signal)));
  }

  setClientSeed(client_seed: string): Promise<t.PlayerSeed> {
    return this.data(this.api.PUT("/v1/gacha/client-seed", { body: { client_seed } }));
  }

  drawNumbers(): Rows<t.NumberedDraw> {
    return this.rows((page) => this.api.GET("/v1/gacha/draw-numbers", page), ({ draw_numbers }) => draw_numbers);
  }

  /** A page of the list of draw numbers, as the text that was sent. */
  drawNumbersText(cursor?: string): Promise<string> {
    return this.body(this.api.GET("/v1/gacha/draw-numbers", { ...query(cursor), parseAs: "text" }));
  }

  seedPeriods(): Rows<t.SeedPeriod> {
    return this.rows((page) => this.open.GET("/v1/gacha/seed-periods", page), ({ seed_periods }) => seed_periods);
  }

  /** A page of the list of periods, newest first, with the keys of receipts, as the text that was sent. */
  seedPeriodsText(limit: number, cursor?: string): Promise<string> {
    return this.body(this.open.GET("/v1/gacha/seed-periods", { ...query(cursor, limit), parseAs: "text" }));
  }

  /** The proof of a purchase, as the text that was sent. */
  proofText(saga_id: string): Promise<string> {
    return this.body(this.api.GET("/v1/gacha/sagas/{saga_id}/proof", {
      params: { path: { saga_id } }, parseAs: "text",
    }));
  }

  // Items and presents.

  items(): Rows<t.Item> {
    return this.rows((page) => this.api.GET("/v1/inventory/items", page), ({ items }) => items);
  }

  itemMasters(): Rows<t.ItemMaster> {
    return this.rows((page) => this.api.GET("/v1/inventory/item-masters", page), ({ item_masters }) => item_masters);
  }

  presents(): Rows<t.Present> {
    return this.rows((page) => this.api.GET("/v1/presents", page), ({ presents }) => presents);
  }

  receivePresent(present_id: string): Promise<t.Present> {
    return this.data(this.api.POST("/v1/presents/{present_id}/receive", { params: { path: { present_id } } }));
  }

  /** Receives all presents, 50 at most; after a lost answer it receives what is left. */
  receivePresents(): Promise<t.ReceivedPresents> {
    return this.data(this.api.POST("/v1/presents/receive"));
  }

  // The shop.

  shop(): Promise<t.Shop> {
    return this.data(this.api.GET("/v1/purchases/products"));
  }

  allowance(): Promise<t.Allowance> {
    return this.data(this.api.GET("/v1/purchases/allowance"));
  }

  async setBirthMonth(birth_month: string): Promise<void> {
    await this.data(this.api.PUT("/v1/purchases/birth-month", { body: { birth_month } }));
  }

  /** Books what the App Store sold. A transaction is booked once, however often it is sent. */
  bookApplePurchase(signed_transaction: string): Promise<t.Purchase> {
    return this.data(this.api.POST("/v1/purchases/apple", { body: { signed_transaction } }));
  }

  /** Books what Google Play sold, in the same way. */
  bookGooglePurchase(product_id: string, purchase_token: string): Promise<t.Purchase> {
    return this.data(this.api.POST("/v1/purchases/google", { body: { product_id, purchase_token } }));
  }

  /** Sends a request with the session's token, and once more with a new one if it is refused. */
  private async sendSigned(request: Request, send: Transport): Promise<Response> {
    const signed = async (token: string) => {
      const copy = request.clone();
      copy.headers.set("Authorization", `Bearer ${token}`);
      return send(copy, request.signal);
    };
    const token = (await this.sessions.token()) ?? (await this.sessions.resume()).access_token;
    const answer = await signed(token);
    if (answer.status !== 401) return answer;
    return signed((await this.sessions.refresh(token)).access_token);
  }

  /**
   * Sends with the session's refresh token, which adds a way into the account; and once more,
   * if the session is another one by then: another tab may have been faster.
   */
  private async proven<T>(send: (refreshToken: string) => Promise<T>): Promise<T> {
    await this.sessions.token(); // refreshes what is about to expire
    const { refresh_token } = await this.sessions.resume();
    try {
      return await send(refresh_token);
    } catch (error) {
      if (!(error instanceof AnswerError) || error.code !== "refresh_token_required") throw error;
      const newest = (await this.sessions.current())?.refresh_token;
      if (newest === undefined || newest === refresh_token) throw error;
      return send(newest);
    }
  }

  /** Sends, and once more with what attests this device, if the server asks for that. */
  private async attested<T>(send: (more: { attestation?: t.Attestation }) => Promise<T>): Promise<T> {
    try {
      return await send({});
    } catch (error) {
      const challenge = error instanceof AnswerError ? error.challenge : null;
      if (challenge === null || this.attest === undefined) throw error;
      return send({ attestation: { ...(await this.attest(challenge)), challenge } });
    }
  }

  /** The body of a successful answer. Everything else is thrown as an error of the kit. */
  private async body<T>(call: Promise<Answer<T>>): Promise<T> {
    const { data, response, error } = await call;
    if (data !== undefined && response.ok) return data;
    throw errorOf(response, error, this.clock.now());
  }

  private async data<T>(call: Promise<Answer<Envelope<T>>>): Promise<T> {
    return (await this.body(call)).data;
  }

  /** A list: how a page of it is asked for, and where its rows are. */
  private rows<P extends { next_cursor: string | null }, T>(
    ask: (page: ReturnType<typeof query>) => Promise<Answer<Envelope<P>>>, of: (page: P) => T[],
  ): Rows<T> {
    return new Rows(async (cursor) => {
      const page = await this.data(ask(query(cursor)));
      return { rows: of(page), next: page.next_cursor };
    });
  }
}

function query(cursor: string | undefined, limit = PAGE) {
  return { params: { query: { limit, ...(cursor === undefined ? {} : { cursor }) } } };
}

function deletion(keepAccount: boolean): { deletion?: "cancel" } {
  return keepAccount ? { deletion: "cancel" } : {};
}

/** How long the server may wait with an answer, so that the try does not count as lost. */
function longestWaitS(timeoutMs: number): number {
  return Math.min(20, Math.floor(timeoutMs / 1500));
}

function withSignal(signal: AbortSignal | undefined): { signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}

