import type { Clock } from "../clock";

/**
 * Calls by how much depends on them. AWS counts all calls to Auto Scaling of an account and region together and does not say how many it allows, so they
 * share one bucket; EC2 has buckets of its own.
 */
export type AwsCall = "size" | "read-groups" | "end" | "read-activities" | "read-instances" | "read-console" | "read-events";

interface Bucket {
  /** Calls at once. */
  readonly capacity: number;
  readonly perSecond: number;
}

const buckets = {
  autoScaling: { capacity: 60, perSecond: 5 },
  ec2: { capacity: 10, perSecond: 1 },
} as const satisfies Record<string, Bucket>;

/** From which bucket a call is paid, and how many calls it leaves for those that matter more: growth first, with the read right before it, then ends, then reasons. */
const prices: Readonly<Record<AwsCall, { readonly bucket: keyof typeof buckets; readonly leaves: number }>> = {
  size: { bucket: "autoScaling", leaves: 0 },
  "read-groups": { bucket: "autoScaling", leaves: 0 },
  end: { bucket: "autoScaling", leaves: 15 },
  "read-activities": { bucket: "autoScaling", leaves: 30 },
  "read-instances": { bucket: "ec2", leaves: 0 },
  "read-console": { bucket: "ec2", leaves: 5 },
  "read-events": { bucket: "ec2", leaves: 5 },
};

/**
 * One bucket of calls for each API, shared by all groups, so that an agent of many groups does not use up what its account may ask. Nothing waits here: what is not
 * paid is not called, and the next tick tries again.
 */
export class CallBudget {
  readonly #clock: Clock;
  readonly #left = new Map<keyof typeof buckets, { tokens: number; atMs: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** True: the call may be made now, and is counted. */
  take(call: AwsCall): boolean {
    const { bucket, leaves } = prices[call];
    const { capacity, perSecond } = buckets[bucket];
    const nowMs = this.#clock.monotonicMs();
    const { tokens, atMs } = this.#left.get(bucket) ?? { tokens: capacity, atMs: nowMs };
    const now = Math.min(capacity, tokens + ((nowMs - atMs) / 1000) * perSecond);
    const isPaid = now - 1 >= leaves;
    this.#left.set(bucket, { tokens: now - (isPaid ? 1 : 0), atMs: nowMs });
    return isPaid;
  }
}
