// Lists come in pages. These walk through them.

export interface Page<T> {
  rows: T[];
  next: string | null;
}

/** All rows of a list, page by page as they are asked for. */
export class Rows<T> implements AsyncIterable<T> {
  constructor(private readonly load: (cursor: string | undefined) => Promise<Page<T>>) {}

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for await (const page of this.pages()) yield* page;
  }

  /** One page: the first, or the one that `next` of another names. */
  page(cursor?: string): Promise<Page<T>> {
    return this.load(cursor);
  }

  async *pages(): AsyncGenerator<T[], void, undefined> {
    let cursor: string | undefined;
    do {
      const page = await this.load(cursor);
      yield page.rows;
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
  }

  /** The first rows, at most `most` of them. */
  async take(most: number): Promise<T[]> {
    const taken: T[] = [];
    if (most <= 0) return taken;
    for await (const row of this) {
      taken.push(row);
      if (taken.length >= most) break;
    }
    return taken;
  }

  all(): Promise<T[]> {
    return this.take(Infinity);
  }
}
