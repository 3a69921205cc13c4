import type { Demand } from "../../contract/decision";
import { labelsOf, matchesSelectors, type ResourceSpace, timesFitting } from "./resourceSpace";
import type { SimulatedGroup } from "./setup";
import type { TraceJob } from "./trace";

/** Work of one shape, as far as placing it is concerned. */
export interface WorkKind {
  readonly shape: Demand["shape"];
  readonly selectors: Demand["selectors"];
  readonly wanted: Float64Array;
  readonly needsGpu: boolean;
  /** For each group, by position: its nodes have the labels and are large enough. */
  readonly fits: readonly boolean[];
  /** First come, first served. */
  readonly queue: Lot[];
  /** Tasks in the queue; those of gangs are not in it. */
  waiting: number;
}

/** Tasks of one kind that became ready together and take equally long. */
export interface Lot {
  readonly kind: WorkKind;
  readonly durationSeconds: number;
  /** Arrival, or when the node was lost on which they ran. */
  readonly readySeconds: number;
  readonly isGang: boolean;
  /** When they could start by the plan of the policy that saw all of them wait; undefined as long as no plan has room for them. */
  promisedSeconds: number | undefined;
  left: number;
}

/** Everything that waits for a node. */
export class Backlog {
  private readonly kinds = new Map<string, WorkKind>();
  /** Kinds with tasks in their queue, the longest waiting first. */
  private active: WorkKind[] = [];
  gangs: Lot[] = [];

  constructor(
    private readonly space: ResourceSpace,
    private readonly groups: readonly SimulatedGroup[],
  ) {}

  /** The lot of a job, not yet in the queue; undefined when no group could ever serve it. */
  lotOf({ shape, selectors, count, durationSeconds, isGang, arrivalSeconds }: TraceJob): Lot | undefined {
    const kind = this.kindOf(shape, selectors);
    return kind.fits.includes(true)
      ? { kind, durationSeconds, readySeconds: arrivalSeconds, isGang, promisedSeconds: undefined, left: count }
      : undefined;
  }

  add(lot: Lot): void {
    if (lot.isGang) {
      this.gangs.push(lot);
      return;
    }
    if (lot.kind.waiting === 0) this.active.push(lot.kind);
    lot.kind.queue.push(lot);
    lot.kind.waiting += lot.left;
  }

  isEmpty(): boolean {
    return this.gangs.length === 0 && this.active.every(({ waiting }) => waiting === 0);
  }

  /** Kinds with tasks that wait, the longest waiting first. */
  waitingKinds(): readonly WorkKind[] {
    this.active = this.active.filter(({ waiting }) => waiting > 0);
    // Nearly in order already, which is what sorting is quickest at.
    return this.active.sort((one, other) => (one.queue[0]?.readySeconds ?? 0) - (other.queue[0]?.readySeconds ?? 0));
  }

  /** Takes tasks of a kind from the head of its queue; each part with the lot it belongs to. */
  take(kind: WorkKind, count: number): { readonly lot: Lot; readonly count: number }[] {
    const parts: { lot: Lot; count: number }[] = [];
    let left = Math.min(count, kind.waiting);
    kind.waiting -= left;
    while (left > 0) {
      const lot = kind.queue[0];
      if (lot === undefined) break;
      const part = Math.min(left, lot.left);
      parts.push({ lot, count: part });
      lot.left -= part;
      left -= part;
      if (lot.left === 0) kind.queue.shift();
    }
    return parts;
  }

  private kindOf(shape: Demand["shape"], selectors: Demand["selectors"]): WorkKind {
    const key = JSON.stringify([Object.entries(shape).sort(), selectors ?? []]);
    const known = this.kinds.get(key);
    if (known !== undefined) return known;
    const wanted = this.space.wanted(shape);
    const fits = this.groups.map(
      ({ group }) =>
        group.maxReplicas > 0 &&
        matchesSelectors(labelsOf(group), selectors) &&
        timesFitting(this.space.offered(group.resources), wanted) > 0,
    );
    const kind: WorkKind = { shape, selectors, wanted, needsGpu: (shape["GPU"] ?? 0) > 0, fits, queue: [], waiting: 0 };
    this.kinds.set(key, kind);
    return kind;
  }
}
