// Plays all tours.

import * as account from "./account";
import * as fetchClient from "./fetch";
import { setFaults } from "./kit";
import * as openapiFetch from "./openapi-fetch";

async function main(): Promise<void> {
  await Promise.all([fetchClient.tour(), openapiFetch.tour(), account.tour()]);

  // A step that outlasts its time, and a refund that outlasts the call.
  const faults: Record<string, Record<string, unknown>> = {
    reserve: { delay: 1000, delay_ms: [9_000, 9_000] },
    refund: { delay: 1000, delay_ms: [40_000, 40_000] },
    "get-client-seed": { delay: 1000, delay_ms: [12_000, 12_000] },
    "list-draw-numbers": { drop_reply: 1000 },
  };
  try {
    for (const [name, plan] of Object.entries(faults)) await setFaults(name, plan);
    await Promise.all([fetchClient.underFaults(), openapiFetch.underFaults()]);
  } finally {
    for (const name of Object.keys(faults)) await setFaults(name);
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
