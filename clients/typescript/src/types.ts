// Short names for the types that openapi.yaml defines.

import type { components } from "./schema.js";

type Schemas = components["schemas"];

export type Allowance = Schemas["Allowance"];
export type Currency = Schemas["Currency"];
export type Draw = Schemas["Draw"];
export type DrawnItem = Schemas["DrawnItem"];
export type DrawRequest = Schemas["DrawRequest"];
export type Exchange = Schemas["Exchange"];
export type ExchangeRequest = Schemas["ExchangeRequest"];
export type Forecast = Schemas["Forecast"];
export type History = Schemas["History"];
export type Item = Schemas["Item"];
export type ItemMaster = Schemas["ItemMaster"];
export type LedgerEntry = Schemas["LedgerEntry"];
export type NumberedDraw = Schemas["NumberedDraw"];
export type Odds = Schemas["Odds"];
export type PlayerSeed = Schemas["PlayerSeed"];
export type Pool = Schemas["Pool"];
export type PoolDetails = Schemas["PoolDetails"];
export type Present = Schemas["Present"];
export type Price = Schemas["Price"];
export type Product = Schemas["Product"];
export type Purchase = Schemas["Purchase"];
export type ReceiptKey = Schemas["ReceiptKey"];
export type ReceivedPresents = Schemas["ReceivedPresents"];
export type Saga = Schemas["Saga"];
export type SeedPeriod = Schemas["SeedPeriod"];
export type Session = Schemas["Session"];
export type Shop = Schemas["Shop"];
export type Status = Schemas["Status"];
export type User = Schemas["User"];
