// Calls of this machine's `tenjo console`, which passes them on.

const STORED = "tenjo-console-token";

/** A refusal, or an answer that never came. */
export class Refused extends Error {
  /**
   * @param {number} status
   * @param {{ code?: string, message?: string, field?: string, request_id?: string }} error
   */
  constructor(status, error) {
    super(error.message ?? `status ${status}`);
    this.status = status;
    this.code = error.code ?? "unknown";
    this.field = error.field;
    this.requestId = error.request_id;
  }

  /** Whether it may have been done all the same. */
  get isUncertain() {
    if (this.code === "not_certain" || this.code === "request_in_progress") return true;
    // A function that failed may have failed while it committed.
    return this.status >= 500 && this.code !== "unreachable";
  }
}

/**
 * Takes the token out of the address, so that it is neither in the history nor on a
 * screenshot, and keeps it for this tab.
 */
export function takeToken() {
  const found = /^#token=([0-9a-f]{64})$/.exec(location.hash);
  if (found === null) return;
  sessionStorage.setItem(STORED, found[1]);
  history.replaceState(null, "", `${location.pathname}#/`);
}

/**
 * @param {string} path
 * @param {RequestInit} init
 * @returns {Promise<any>}
 */
async function send(path, init) {
  /** @type {Record<string, string>} */
  const headers = { "x-console-token": sessionStorage.getItem(STORED) ?? "", ...(/** @type {any} */ (init.headers)) };
  let response;
  try {
    response = await fetch(path, { ...init, headers, redirect: "error" });
  } catch {
    throw new Refused(0, { code: "not_certain", message: "The console in the terminal does not answer." });
  }
  /** @type {any} */
  let answer = null;
  try {
    answer = await response.json();
  } catch {
    throw new Refused(response.status, { code: "not_certain", message: "The answer broke off." });
  }
  if (response.ok && answer?.success === true) return answer.data;
  throw new Refused(response.status, answer?.error ?? {});
}

/** @param {string} path */
export function get(path) {
  return send(path, { method: "GET" });
}

/**
 * Calls a function of operators.
 *
 * @param {string} name
 * @param {object} body
 * @param {string} [key] The key that makes an act happen once.
 */
export function call(name, body, key) {
  /** @type {Record<string, string>} */
  const headers = { "content-type": "application/json" };
  if (key !== undefined) headers["idempotency-key"] = key;
  return send(`/api/${name}`, { method: "POST", headers, body: JSON.stringify(body) });
}

/** @param {object} [more] */
export function game(more = {}) {
  return call("show-game", more);
}
