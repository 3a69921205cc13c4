/** What there was in one stretch of time, on average. */
export interface TimelinePoint {
  readonly atSeconds: number;
  readonly nodes: number;
  readonly bought: number;
  readonly used: number;
  /** In use or waited for. */
  readonly wanted: number;
}

/** The values that hold from now on. */
export type Levels = Omit<TimelinePoint, "atSeconds">;

const mostBuckets = 1024;
const keys = ["nodes", "bought", "used", "wanted"] as const;

/** Averages over stretches of equal length; the stretches double when there are too many of them, so that any time fits. */
export class Timeline {
  private bucketSeconds = 1;
  /** Sums of value × seconds, {@link keys} side by side. */
  private sums = new Float64Array(mostBuckets * keys.length);

  /** Books that the levels held from one moment to another. */
  add(fromSeconds: number, toSeconds: number, levels: Levels): void {
    while (toSeconds > this.bucketSeconds * mostBuckets) this.double();
    for (let at = fromSeconds; at < toSeconds; ) {
      const bucket = Math.min(mostBuckets - 1, Math.floor(at / this.bucketSeconds));
      const end = Math.max(Math.min(toSeconds, (bucket + 1) * this.bucketSeconds), at + 1e-9);
      keys.forEach((key, position) => {
        const cell = bucket * keys.length + position;
        this.sums[cell] = (this.sums[cell] ?? 0) + levels[key] * (end - at);
      });
      at = end;
    }
  }

  /** The averages from the start to a moment. */
  points(untilSeconds: number): readonly TimelinePoint[] {
    const count = Math.min(mostBuckets, Math.ceil(untilSeconds / this.bucketSeconds));
    return Array.from({ length: count }, (_, bucket) => {
      const atSeconds = bucket * this.bucketSeconds;
      const length = Math.max(1e-9, Math.min(this.bucketSeconds, untilSeconds - atSeconds));
      const mean = (position: number) => (this.sums[bucket * keys.length + position] ?? 0) / length;
      return { atSeconds, nodes: mean(0), bought: mean(1), used: mean(2), wanted: mean(3) };
    });
  }

  private double(): void {
    const merged = new Float64Array(this.sums.length);
    this.sums.forEach((sum, cell) => {
      const target = Math.floor(Math.floor(cell / keys.length) / 2) * keys.length + (cell % keys.length);
      merged[target] = (merged[target] ?? 0) + sum;
    });
    this.sums = merged;
    this.bucketSeconds *= 2;
  }
}
