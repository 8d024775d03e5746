// Signing in with Apple or Google. On one machine the test store plays both, for accounts
// that are made up. Elsewhere the provider's own sheet would give the token.

import type { Provider } from "@tenjo/client";
import { atStore } from "./store";

/** What a provider says of somebody, and the nonce that shows that we asked. It works once. */
export interface SignedIn {
  provider: Provider;
  token: string;
  nonce: string;
}

export const PROVIDERS: Provider[] = ["apple", "google"];

/** Signs in as an account. The provider sees only the hash of the nonce: docs/accounts.md. */
export async function signInAs(provider: Provider, account: string): Promise<SignedIn> {
  const nonce = crypto.randomUUID();
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(nonce));
  const hash = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const signed = await atStore("identity/sign", { provider, subject: account, nonce: hash });
  return { provider, token: String(signed["identity_token"]), nonce };
}
