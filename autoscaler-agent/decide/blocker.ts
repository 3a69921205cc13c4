import type { BlockingCode, Rooms } from "./limits";
import { cheapestFirst } from "./market";
import type { GroupModel, Problem } from "./problem";
import type { ShortQuota } from "./quotas";
import { fitCount, type Need } from "./resources";
import type { AlternativeId, LabelClass } from "./selectors";

interface Wanted {
  readonly need: Need | undefined;
  /** One alternative of each list must hold. */
  readonly conditions: readonly (readonly AlternativeId[])[];
  readonly antiLabels: readonly number[];
}

/** What stands in the way of work that found no place, or undefined when nothing could ever serve it. */
export interface Blocker {
  readonly code: BlockingCode;
  /** The group that would be grown first. */
  readonly group: GroupModel | undefined;
  /** The quota that is short, with `vcpu-quota`. */
  readonly quota?: ShortQuota;
}

/** What keeps the group from growing, undefined when nothing does. */
export function blockerOfGroup(group: GroupModel, rooms: Rooms): Blocker | undefined {
  const code = rooms.blockerOf(group);
  if (code === undefined) return undefined;
  const quota = code === "vcpu-quota" ? rooms.shortQuotaOf(group) : undefined;
  return { code, group, ...(quota === undefined ? {} : { quota }) };
}

/** Finds the blocker: that of the cheapest group which could serve the work; without one, other work on nodes that could. */
export function blockerOfWork({ groups, nodes }: Problem, { need, conditions, antiLabels }: Wanted, rooms: Rooms): Blocker | undefined {
  if (need === undefined) return undefined;
  const accepts = (of: { labels: LabelClass; antiLabels: readonly number[] }) =>
    conditions.every((alternatives) => alternatives.some((alternative) => of.labels.matches[alternative] === 1)) &&
    !antiLabels.some((label) => of.antiLabels.includes(label));
  const fitting = groups.filter((group) => accepts(group) && fitCount(group.capacity, need) >= 1).sort(cheapestFirst);
  for (const group of fitting) {
    const blocker = blockerOfGroup(group, rooms);
    if (blocker !== undefined) return blocker;
  }
  const isThere = nodes.some((node) => node.state !== "draining" && accepts(node) && fitCount(node.total, need) >= 1);
  return isThere || fitting.length > 0 ? { code: "only-busy-nodes-fit", group: undefined } : undefined;
}
