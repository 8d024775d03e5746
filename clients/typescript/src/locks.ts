// One at a time: in this page, and among all tabs of the browser where it has Web Locks.

const last = new Map<string, Promise<unknown>>();

/** Runs `act` when nobody else holds the lock of that name. */
export async function exclusively<T>(name: string, act: () => Promise<T>): Promise<T> {
  const locks = typeof navigator === "undefined" ? undefined : navigator.locks;
  if (locks !== undefined) return (await locks.request(`tenjo.${name}`, act)) as T;
  const turn = (last.get(name) ?? Promise.resolve()).then(act, act);
  last.set(name, turn);
  const forget = () => {
    if (last.get(name) === turn) last.delete(name);
  };
  turn.then(forget, forget);
  return turn;
}
