// @tenjo/client/fairness: checks draws as docs/fairness.md says, with nothing but
// WebCrypto and BigInt. It knows nothing of the rest of the kit.

export { hex, unhex } from "./bytes.js";
export { parse, Wrong } from "./json.js";
export type { Json } from "./json.js";
export type { PeriodTold, PurchaseRecord, RecordedItem } from "./record.js";
export type { Document, Drawn, Item as PoolItem, State } from "./rules.js";
export { below, commitment, span, stream } from "./stream.js";
export type { Choice, Numbers } from "./stream.js";
export { verify, verifyRead } from "./verify.js";
export type { CheckedPurchase, CheckedReceipt, Doubt, NotedPeriod, Report, VerifyOptions } from "./verify.js";
