// The address after `#` says which page is shown.

import { useEffect, useState } from "preact/hooks";

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

export function useRoute(): Route {
  const [route, set] = useState(read);
  useEffect(() => {
    const changed = () => set((shown) => {
      const asked = read();
      return asked.page === shown.page && asked.id === shown.id ? shown : asked;
    });
    changed(); // it may have changed before this ran
    addEventListener("hashchange", changed);
    return () => removeEventListener("hashchange", changed);
  }, []);
  return route;
}

export function href(page: Page, id?: string): string {
  return id === undefined ? `#/${page}` : `#/${page}/${encodeURIComponent(id)}`;
}

export function go(page: Page, id?: string): void {
  location.hash = href(page, id);
}
