// A value that pictures follow.

import { useEffect, useState } from "preact/hooks";

export class Cell<T> {
  private readonly followers = new Set<() => void>();

  constructor(private held: T) {}

  get value(): T {
    return this.held;
  }

  set value(next: T) {
    if (Object.is(next, this.held)) return;
    this.held = next;
    for (const follower of [...this.followers]) follower();
  }

  follow(follower: () => void): () => void {
    this.followers.add(follower);
    return () => this.followers.delete(follower);
  }
}

export function useCell<T>(cell: Cell<T>): T {
  const [, draw] = useState(0);
  useEffect(() => {
    const again = () => draw((count) => count + 1);
    again(); // it may have changed before this ran
    return cell.follow(again);
  }, [cell]);
  return cell.value;
}
