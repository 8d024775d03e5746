// @tenjo/client: everything that a game needs of the API.

export { isFinal, StillRunningError } from "./acts.js";
export type { ActOptions, DrawOptions, PendingAct, PendingDraw, PendingExchange, Resumed } from "./acts.js";
export { Tenjo } from "./client.js";
export type { Options } from "./client.js";
export { ServerClock } from "./clock.js";
export * from "./errors.js";
export { newClientSeed } from "./order.js";
export type { ShownPool } from "./order.js";
export { Rows } from "./paging.js";
export type { Page } from "./paging.js";
export type { components, operations, paths } from "./schema.js";
export type { Kept } from "./session.js";
export { BrowserStorage, MemoryStorage } from "./storage.js";
export type { Storage } from "./storage.js";
export type * from "./types.js";
