// Loading: a page's data, its waiting, and its failure.

import type { Rows } from "@tenjo/client";
import type { ComponentChildren } from "preact";
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { elsewhere, isTrouble, say } from "../game";
import { useWords, wordsOf } from "../text";

/** Tells in passing what failed, unless it concerns the whole page. */
export function tellFailure(error: unknown): void {
  if (!isTrouble(error)) say(wordsOf(error), "bad");
}

export interface Loading<T> {
  data: T | null;
  error: unknown;
  reload: () => Promise<void>;
}

/**
 * Loads when the page is opened, again when it is asked to, and when another tab changed
 * something. Late answers are dropped, and a load can ask whether nobody waits for it any more.
 * Whenever a load has ended, `data` or `error` is another.
 */
export function useLoad<T>(load: (isLeft: () => boolean) => Promise<T>, name: string): Loading<T> {
  const [state, set] = useState<{ name: string; data: T | null; error: unknown }>({ name, data: null, error: null });
  const turn = useRef(0);
  const latest = useRef(load);
  latest.current = load;

  const reload = useCallback(async () => {
    const mine = (turn.current += 1);
    try {
      const data = await latest.current(() => mine !== turn.current);
      if (mine === turn.current) set({ name, data, error: null });
    } catch (error) {
      isTrouble(error);
      if (mine === turn.current) set((before) => ({ name, data: before.name === name ? before.data : null, error }));
    }
  }, [name]);

  useEffect(() => {
    void reload();
    const end = elsewhere.follow(() => void reload());
    return () => {
      end();
      turn.current += 1;
    };
  }, [reload]);

  return state.name === name ? { ...state, reload } : { data: null, error: null, reload };
}

export function LoadingLine() {
  const words = useWords();
  return <p class="loading" role="status"><span class="spinner" aria-hidden="true" />{words.loading}</p>;
}

/** Shows what was loaded, and whether it may be old; or that it is loading, or why it is not there. */
export function Loaded<T>({ from, children }: { from: Loading<T>; children: (data: T) => ComponentChildren }) {
  const words = useWords();
  if (from.data !== null) {
    return (
      <>
        {from.error !== null && (
          <p class="stale" role="status">
            {wordsOf(from.error)} {words.mayBeOld}{" "}
            <button type="button" class="link" onClick={() => void from.reload()}>{words.retry}</button>
          </p>
        )}
        {children(from.data)}
      </>
    );
  }
  if (from.error !== null) {
    return (
      <div class="failure" role="alert">
        <p>{wordsOf(from.error)}</p>
        <button type="button" class="button" onClick={() => void from.reload()}>{words.retry}</button>
      </div>
    );
  }
  return <LoadingLine />;
}

/** A list that shows its next page when asked. */
export function usePages<T>(open: () => Rows<T>, name: string) {
  const [state, set] = useState<{ rows: T[]; cursor: string | null; isBusy: boolean; error: unknown }>({
    rows: [], cursor: null, isBusy: true, error: null,
  });
  const turn = useRef(0);
  const latest = useRef(open);
  latest.current = open;

  const load = useCallback(async (cursor: string | null) => {
    const mine = turn.current;
    set((before) => ({ ...before, isBusy: true, error: null }));
    try {
      const page = await latest.current().page(cursor ?? undefined);
      if (mine !== turn.current) return;
      set((before) => ({
        rows: cursor === null ? page.rows : [...before.rows, ...page.rows], cursor: page.next, isBusy: false, error: null,
      }));
    } catch (error) {
      isTrouble(error);
      if (mine === turn.current) set((before) => ({ ...before, isBusy: false, error }));
    }
  }, []);

  useEffect(() => {
    void load(null);
    const end = elsewhere.follow(() => {
      turn.current += 1;
      void load(null);
    });
    return () => {
      end();
      turn.current += 1;
    };
  }, [name, load]);

  const isEnd = state.cursor === null && state.error === null;
  return { ...state, isEnd, next: () => load(state.cursor) };
}
