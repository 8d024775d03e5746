// Where the kit keeps what must survive a restart: the device's secret, the session, and
// draws that were begun.

/** A small store of texts. Give your own to use a keychain or a database. */
export interface Storage {
  get(name: string): Promise<string | null>;
  set(name: string, value: string): Promise<void>;
  remove(name: string): Promise<void>;
  /**
   * Has `changed` called when somebody else changes the value, such as another tab; answers
   * with how to end that. A store that nobody shares needs none.
   */
  watch?(name: string, changed: () => void): () => void;
}

/** For tests, and for pages that must forget. */
export class MemoryStorage implements Storage {
  readonly values = new Map<string, string>();

  async get(name: string): Promise<string | null> {
    return this.values.get(name) ?? null;
  }

  async set(name: string, value: string): Promise<void> {
    this.values.set(name, value);
  }

  async remove(name: string): Promise<void> {
    this.values.delete(name);
  }
}

/**
 * The browser's `localStorage`. Every script of the page can read it, so serve the page
 * with a strict Content-Security-Policy.
 */
export class BrowserStorage implements Storage {
  constructor(private readonly prefix = "tenjo.") {}

  async get(name: string): Promise<string | null> {
    return localStorage.getItem(this.prefix + name);
  }

  async set(name: string, value: string): Promise<void> {
    localStorage.setItem(this.prefix + name, value);
  }

  async remove(name: string): Promise<void> {
    localStorage.removeItem(this.prefix + name);
  }

  watch(name: string, changed: () => void): () => void {
    // Browsers tell all tabs but the one that wrote. The key is null when all was cleared.
    const told = ({ key, storageArea }: StorageEvent) => {
      if (storageArea === localStorage && (key === null || key === this.prefix + name)) changed();
    };
    addEventListener("storage", told);
    return () => removeEventListener("storage", told);
  }
}

/** Reads JSON, and takes what cannot be read as absent. */
export async function read<T>(storage: Storage, name: string): Promise<T | null> {
  const text = await storage.get(name);
  if (text === null) return null;
  try {
    return JSON.parse(text) as T;
  } catch {
    return null;
  }
}
