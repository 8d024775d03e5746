// Short names for the types that openapi.yaml defines.

import type { components } from "./schema.js";

type Schemas = components["schemas"];

export type Allowance = Schemas["Allowance"];
export type Attestation = Schemas["Attestation"];
export type Currency = Schemas["Currency"];
export type Deletion = Schemas["Deletion"];
export type DeviceSession = Schemas["DeviceSession"];
export type Draw = Schemas["Draw"];
export type DrawRequest = Schemas["DrawRequest"];
export type DrawnItem = Schemas["DrawnItem"];
export type Exchange = Schemas["Exchange"];
export type ExchangeRequest = Schemas["ExchangeRequest"];
export type ExpectedCost = Schemas["ExpectedCost"];
export type ExportRow = Schemas["ExportRow"];
export type Forecast = Schemas["Forecast"];
export type History = Schemas["History"];
export type Item = Schemas["Item"];
export type Home = Schemas["Home"];
export type ItemMaster = Schemas["ItemMaster"];
export type LedgerEntry = Schemas["LedgerEntry"];
export type Link = Schemas["Link"];
export type LinkRequest = Schemas["LinkRequest"];
export type LiveSession = Schemas["LiveSession"];
export type NewTransferCode = Schemas["NewTransferCode"];
export type NumberedDraw = Schemas["NumberedDraw"];
export type Odds = Schemas["Odds"];
export type PlayerSeed = Schemas["PlayerSeed"];
export type Pool = Schemas["Pool"];
export type PoolDetails = Schemas["PoolDetails"];
/** A pool with the odds of its revision. */
export type PoolWithOdds = PoolDetails & { odds: Revision["odds"] };
export type Present = Schemas["Present"];
export type Price = Schemas["Price"];
export type Product = Schemas["Product"];
export type Provider = LinkRequest["provider"];
export type Purchase = Schemas["Purchase"];
export type ReceiptKey = Schemas["ReceiptKey"];
export type ReceivedPresents = Schemas["ReceivedPresents"];
export type Revision = Schemas["Revision"];
export type Saga = Schemas["Saga"];
export type SeedPeriod = Schemas["SeedPeriod"];
export type Session = Schemas["Session"];
export type Shop = Schemas["Shop"];
export type Status = Schemas["Status"];
export type TransferCode = Schemas["TransferCode"];
export type User = Schemas["User"];
