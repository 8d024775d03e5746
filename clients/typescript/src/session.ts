// Who plays: the device's secret, and the session that it gets.

import type { Storage } from "./storage.js";
import { read } from "./storage.js";
import { exclusively } from "./locks.js";
import { DeletingError, UnauthorizedError } from "./errors.js";
import type { DeviceSession, Provider, Session } from "./types.js";

/** What is kept of a session. */
export interface Kept {
  user_id: string;
  player_id: string;
  access_token: string;
  refresh_token: string;
  /** By the device's clock. Only a hint: a token that is refused is refreshed whatever it says. */
  expires_at: number;
  /** Whose account logged in, if it was not the device. Then the device may be another player's. */
  provider?: Provider;
}

/** The calls that make sessions; they carry no token. */
export interface SessionCalls {
  guest(deviceId: string, secret: string | null, keepAccount: boolean): Promise<DeviceSession>;
  refresh(refreshToken: string): Promise<Session>;
  logout(refreshToken: string): Promise<void>;
}

/** A token is refreshed when it has less than this left. */
const EARLY_MS = 60_000;

/**
 * Keeps one session alive. A refresh token works once, so however many calls want a new
 * one, in however many tabs, only one of them asks.
 */
export class Sessions {
  private refreshing: Promise<Kept> | null = null;

  constructor(
    private readonly storage: Storage,
    private readonly calls: SessionCalls,
    private readonly now: () => number,
    private readonly changed: (session: Kept | null) => void,
  ) {}

  current(): Promise<Kept | null> {
    return read<Kept>(this.storage, "session");
  }

  /**
   * Logs in with this device; the first time, that makes a player. `keepAccount` takes a
   * deletion back.
   */
  async login(keepAccount = false): Promise<Kept> {
    return exclusively("session", () => this.loginOnce(keepAccount));
  }

  /**
   * The session that there is, or a new one of this device; one, however many calls want
   * it. `isAsked`: the player wants to log in. By itself the kit does not go on as the
   * device's player where an account of Apple's or Google's was logged in.
   */
  async resume(isAsked = false): Promise<Kept> {
    return (
      (await this.current()) ??
      exclusively("session", async () => {
        const session = await this.current();
        if (session !== null) return session;
        if (!isAsked && (await this.storage.get("signed-in-by")) !== null) throw signInAgain();
        return this.loginOnce();
      })
    );
  }

  /** Ends the session. The device stays the player's, so `login` comes back to them. */
  async logout(): Promise<void> {
    const session = await this.current();
    await this.end();
    if (session === null) return;
    await this.calls.logout(session.refresh_token).catch((error: unknown) => {
      if (!(error instanceof UnauthorizedError)) throw error; // it had ended already
    });
  }

  /** A token for a call; refreshed first if it is about to expire. Null without a session. */
  async token(): Promise<string | null> {
    const session = await this.current();
    if (session === null) return null;
    if (session.expires_at - this.now() > EARLY_MS) return session.access_token;
    return (await this.refresh(session.access_token)).access_token;
  }

  /** The session after `refused`, an access token that works no longer. */
  refresh(refused: string): Promise<Kept> {
    this.refreshing ??= exclusively("session", () => this.refreshOnce(refused)).finally(() => {
      this.refreshing = null;
    });
    return this.refreshing;
  }

  /** Takes a session that came by another way: a transfer, or an account of a provider. */
  async adopt(session: Session | DeviceSession, provider?: Provider): Promise<Kept> {
    return exclusively("session", () => ("device_secret" in session ? this.keepDevice(session) : this.keep(session, provider)));
  }

  /** Forgets the session, which has ended or may have. The device stays who it is. */
  async end(): Promise<void> {
    for (const name of ["session", "signed-in-by"]) await this.storage.remove(name);
    this.changed(null);
  }

  /** Nobody knows whether a transfer gave this device another player: the next login finds out. */
  async doubt(): Promise<void> {
    await this.storage.set("transfer", "unanswered");
    await this.end();
  }

  /** Takes another secret. The one before it works until the device has logged in with the new one. */
  async renewSecret(renew: () => Promise<string>): Promise<void> {
    await exclusively("device-secret", async () => {
      const before = await this.deviceSecret();
      const secret = await renew();
      if (before !== null && (await this.storage.get("device-secret-before")) === null) {
        await this.storage.set("device-secret-before", before);
      }
      await this.storage.set("device-secret", secret);
    });
  }

  /** The device's secret: made once, and kept. */
  async deviceId(): Promise<string> {
    const known = await this.storage.get("device");
    if (known !== null) return known;
    const made = crypto.randomUUID();
    await this.storage.set("device", made);
    return made;
  }

  /** The secret that the server gave this device last; null if it never gave one. */
  deviceSecret(): Promise<string | null> {
    return this.storage.get("device-secret");
  }

  /**
   * Forgets the player: the next login makes a new one. A login that is under way, perhaps in
   * another tab, is waited for: what it keeps is forgotten too.
   */
  async forget(): Promise<void> {
    await exclusively("session", async () => {
      for (const name of NAMES) await this.storage.remove(name);
    });
    this.changed(null);
  }

  private async refreshOnce(refused: string): Promise<Kept> {
    const session = await this.current();
    // Another tab, or a call before this one, was faster.
    if (session !== null && session.access_token !== refused) return session;
    if (session !== null) {
      try {
        return await this.keep(await this.calls.refresh(session.refresh_token), session.provider);
      } catch (error) {
        if (error instanceof DeletingError) await this.end();
        if (!(error instanceof UnauthorizedError)) throw error;
      }
      if (session.provider !== undefined) {
        await this.storage.remove("session");
        this.changed(null);
        throw signInAgain();
      }
    }
    // The whole login has ended. The device can still log in, unless the player has moved.
    try {
      return await this.loginOnce();
    } catch (error) {
      if (error instanceof UnauthorizedError || error instanceof DeletingError) await this.end();
      throw error;
    }
  }

  private async loginOnce(keepAccount = false): Promise<Kept> {
    const deviceId = await this.deviceId();
    const secrets = await this.secrets();
    for (const [at, secret] of secrets.entries()) {
      try {
        const session = await this.calls.guest(deviceId, secret, keepAccount);
        for (const name of ["transfer", ...(at === 0 ? ["device-secret-before"] : [])]) await this.storage.remove(name);
        return await this.keepDevice(session);
      } catch (error) {
        const isLast = at === secrets.length - 1;
        if (isLast || !(error instanceof UnauthorizedError) || error.code !== "device_secret_required") throw error;
      }
    }
    throw new Error("a device has at least one way to log in");
  }

  /** What this device may have to log in with, likeliest first: docs/accounts.md. */
  private async secrets(): Promise<(string | null)[]> {
    const known = [await this.deviceSecret(), await this.storage.get("device-secret-before")].filter((secret) => secret !== null);
    const isInDoubt = (await this.storage.get("transfer")) !== null;
    return known.length === 0 || isInDoubt ? [...known, null] : known;
  }

  /**
   * Keeps the session of a device. A secret that came with it counts once it was shown, and
   * until then the device's id is all that a thief needs: so it is refreshed at once.
   */
  private async keepDevice(session: DeviceSession): Promise<Kept> {
    const kept = await this.keep(session);
    if (!session.device_secret) return kept;
    // Without an answer the player plays on: the next refresh shows it.
    const next = await this.calls.refresh(session.refresh_token).catch(() => null);
    return next === null ? kept : this.keep(next);
  }

  private async keep(session: Session | DeviceSession, provider?: Provider): Promise<Kept> {
    // Before anything else: it is not shown again.
    if ("device_secret" in session && session.device_secret) await this.storage.set("device-secret", session.device_secret);
    const { user_id, player_id, access_token, refresh_token, expires_in } = session;
    const kept: Kept = { user_id, player_id, access_token, refresh_token, expires_at: this.now() + expires_in * 1000 };
    if (provider !== undefined) {
      kept.provider = provider;
      await this.storage.set("signed-in-by", provider);
    } else await this.storage.remove("signed-in-by");
    await this.storage.set("session", JSON.stringify(kept));
    this.changed(kept);
    return kept;
  }
}

/** All that is kept of who plays. */
const NAMES = ["session", "signed-in-by", "device", "device-secret", "device-secret-before", "transfer"];

function signInAgain(): UnauthorizedError {
  return new UnauthorizedError(401, "unauthorized", "The login has ended: sign in again.", null, null, null);
}
