// What the tours share: the addresses, a `fetch` that records every answer, faults, and
// requests that no generated client can send.

import { strict as assert } from "node:assert";
import { randomUUID } from "node:crypto";
import { appendFileSync } from "node:fs";
import { request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

export { assert, randomUUID };

function variable(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run this with cargo xtask with-stack`);
  return value.replace(/\/$/, "");
}

/** The gateway without rate limits, the one with them, and where faults are injected. */
export const url = variable("TENJO_URL");
export const limitedUrl = variable("TENJO_LIMITED_URL");
const lambdaUrl = variable("TENJO_LAMBDA_URL");
const storeUrl = variable("TENJO_STORE_URL");
const record = variable("TENJO_TOUR_RECORD");

function write(method: string, address: string, status: number, body: unknown): void {
  const path = new URL(address).pathname;
  appendFileSync(record, JSON.stringify({ method, path, status, body }) + "\n");
}

/** `fetch`, which also records the answer. */
export async function recordingFetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const sent = new Request(input, init);
  const { method, url: address } = sent;
  const answer = await fetch(sent);
  write(method, address, answer.status, await answer.clone().json());
  return answer;
}

/** What a receipt says. Whether it is signed, `tenjo verify` checks. */
export function signed(receipt: string | null): { client_seed: string; pool: { revision: string } } {
  const payload = receipt?.split(".")[1];
  assert.ok(payload, "a complete draw has a receipt");
  return JSON.parse(Buffer.from(payload, "base64url").toString());
}

/** A new device. */
export const device = () => ({ device_id: randomUUID(), device_type: "web" as const });

/** A status and a body that no generated client can ask for; the gateway answers. */
export async function raw(
  method: string,
  path: string,
  headers: Record<string, string>,
  body = "",
): Promise<number> {
  const { status, text } = await new Promise<{ status: number; text: string }>((done, failed) => {
    const sent = request(url + path, { method, headers, agent: false }, (answer) => {
      let text = "";
      answer.setEncoding("utf8");
      answer.on("data", (part: string) => (text += part));
      answer.on("end", () => done({ status: answer.statusCode ?? 0, text }));
    });
    sent.on("error", failed);
    sent.end(body);
  });
  write(method, url + path, status, JSON.parse(text));
  return status;
}

/** Gives a function faults, such as `{ delay: 1000, delay_ms: [9000, 9000] }`; none without. */
export async function setFaults(name: string, faults: Record<string, unknown> = {}): Promise<void> {
  const body = JSON.stringify({ function: name, ...faults });
  const answer = await fetch(`${lambdaUrl}/faults`, { method: "PUT", body });
  assert.equal(answer.status, 200, await answer.text());
}

/** Does something in the test store, such as `apple/buy`. */
export async function act(name: string, body: Record<string, unknown>): Promise<any> {
  const answer = await fetch(`${storeUrl}/test/${name}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  assert.equal(answer.status, 200, `${name}: ${await answer.clone().text()}`);
  return answer.json();
}

/** Asks until the answer is there, for at most 90 seconds. */
export async function until<T>(what: string, ask: () => Promise<T | null>): Promise<T> {
  for (const end = Date.now() + 90_000; Date.now() < end; await sleep(500)) {
    const answer = await ask();
    if (answer !== null) return answer;
  }
  throw new Error(`${what} did not come`);
}
