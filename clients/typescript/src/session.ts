// Who plays: the device's secret, and the session that it gets.

import type { Storage } from "./storage.js";
import { read } from "./storage.js";
import { exclusively } from "./locks.js";
import { UnauthorizedError } from "./errors.js";
import type { Session } from "./types.js";

/** What is kept of a session. */
export interface Kept {
  user_id: string;
  player_id: string;
  access_token: string;
  refresh_token: string;
  /** By the device's clock. Only a hint: a token that is refused is refreshed whatever it says. */
  expires_at: number;
}

/** A login's answer. A server that gives devices a secret has it here, once. */
export type DeviceSession = Session & { device_secret?: string | null };

/** The calls that make sessions; they carry no token. */
export interface SessionCalls {
  guest(deviceId: string, secret: string | null): Promise<DeviceSession>;
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

  /** Logs in with this device; the first time, that makes a player. */
  async login(): Promise<Kept> {
    return exclusively("session", () => this.loginOnce());
  }

  /** The session that there is, or a new one; one, however many calls want it. */
  async resume(): Promise<Kept> {
    return (
      (await this.current()) ??
      exclusively("session", async () => (await this.current()) ?? this.loginOnce())
    );
  }

  /** Ends the session. The device stays the player's, so `login` comes back to them. */
  async logout(): Promise<void> {
    const session = await this.current();
    await this.storage.remove("session");
    this.changed(null);
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

  /** Takes a session that came by another way, such as a transfer. */
  async adopt(session: DeviceSession): Promise<Kept> {
    return exclusively("session", () => this.keep(session));
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

  /** Forgets the player: the next login makes a new one. */
  async forget(): Promise<void> {
    for (const name of ["session", "device", "device-secret"]) await this.storage.remove(name);
    this.changed(null);
  }

  private async refreshOnce(refused: string): Promise<Kept> {
    const session = await this.current();
    // Another tab, or a call before this one, was faster.
    if (session !== null && session.access_token !== refused) return session;
    if (session !== null) {
      try {
        return await this.keep(await this.calls.refresh(session.refresh_token));
      } catch (error) {
        if (!(error instanceof UnauthorizedError)) throw error;
      }
    }
    // The whole login has ended. The device can still log in, unless the player has moved.
    try {
      return await this.loginOnce();
    } catch (error) {
      if (error instanceof UnauthorizedError) {
        await this.storage.remove("session");
        this.changed(null);
      }
      throw error;
    }
  }

  private async loginOnce(): Promise<Kept> {
    return this.keep(await this.calls.guest(await this.deviceId(), await this.deviceSecret()));
  }

  private async keep(session: DeviceSession): Promise<Kept> {
    // Before anything else: it is not shown again.
    if (session.device_secret) await this.storage.set("device-secret", session.device_secret);
    const { user_id, player_id, access_token, refresh_token, expires_in } = session;
    const kept = { user_id, player_id, access_token, refresh_token, expires_at: this.now() + expires_in * 1000 };
    await this.storage.set("session", JSON.stringify(kept));
    this.changed(kept);
    return kept;
  }
}
