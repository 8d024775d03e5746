// The address after `#` says which page is shown.

import { Cell, useCell } from "./cell";

export type Page = "pools" | "pool" | "collection" | "history" | "presents" | "shop" | "proofs" | "account";

export interface Route {
  page: Page;
  id: string | null;
}

const PAGES: Page[] = ["pools", "pool", "collection", "history", "presents", "shop", "proofs", "account"];

function read(): Route {
  const [name, id] = location.hash.replace(/^#\/?/, "").split("/");
  const page = PAGES.find((known) => known === name) ?? "pools";
  return { page, id: id ? decodeURIComponent(id) : null };
}

const shown = new Cell(read());
addEventListener("hashchange", () => {
  shown.value = read();
});

export function useRoute(): Route {
  return useCell(shown);
}

export function href(page: Page, id?: string): string {
  return id === undefined ? `#/${page}` : `#/${page}/${encodeURIComponent(id)}`;
}

export function go(page: Page, id?: string): void {
  location.hash = href(page, id);
}
