import type { Serving } from "./serve";

/** Returns what takes back all that is placed and bought from here on. */
export function undoPoint({ pool, market }: Pick<Serving, "pool" | "market">): () => void {
  const before = pool.mark();
  const takeBack = market.save();
  return () => {
    pool.rollBack(before);
    pool.commit(before, () => false);
    takeBack();
  };
}
