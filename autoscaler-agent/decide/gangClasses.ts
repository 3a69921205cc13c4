import type { GangWork } from "./gangWork";
import type { GroupModel, NodeModel } from "./problem";
import { fitCount, type Need } from "./resources";
import { acceptsLabels } from "./selectors";
import type { Work } from "./serve";

/** Gangs that differ only in the label that keeps their bundles apart: work that can be counted instead of listed. */
export interface GangClass {
  readonly gangs: readonly GangWork[];
  /** The parts of all these gangs together. */
  readonly works: readonly Work[];
}

/** All gangs of a request. */
export interface SortedGangs {
  readonly classes: readonly GangClass[];
  /** Those that have to be placed one by one. */
  readonly others: readonly GangWork[];
}

/** What there is for gangs to be on. */
interface Offer {
  readonly groups: readonly GroupModel[];
  readonly nodes: readonly NodeModel[];
  readonly sharedAntiLabels: ReadonlySet<number>;
}

/**
 * Puts gangs that are alike together, so that the work of placing them does not grow with their number, and so that they can be planned with other
 * work.
 *
 * Bundles that share a node are one piece of work. Bundles of which each wants a node of its own are pieces of which a node holds no more than there
 * are gangs in the class: dealt out in a circle, node after node, no gang gets two on one node. That holds only where all pieces that are kept apart
 * are alike, are placed in one go, and no node has the gang's label already; other gangs are placed one by one.
 */
export function sortGangs(gangs: readonly GangWork[], offer: Offer): SortedGangs {
  const taken = new Set([...offer.nodes, ...offer.groups].flatMap(({ antiLabels }) => antiLabels));
  const byKey = new Map<string, GangWork[]>();
  const others: GangWork[] = [];
  for (const gang of gangs) {
    if (!isCountable(gang, (label) => taken.has(label) || offer.sharedAntiLabels.has(label))) {
      others.push(gang);
      continue;
    }
    const key = classKey(gang);
    const alike = byKey.get(key);
    if (alike === undefined) byKey.set(key, [gang]);
    else alike.push(gang);
  }
  const classes: GangClass[] = [];
  for (const alike of byKey.values()) {
    const made = classOf(alike);
    // What nothing can hold would be in vain for all: it is refused gang by gang.
    if (made.works.every((work) => someCanHold(work, offer))) classes.push(made);
    else others.push(...alike);
  }
  return { classes, others };
}

function isCountable({ contradiction, shares, free }: GangWork, isContested: (antiLabel: number) => boolean): boolean {
  if (contradiction !== undefined || [...shares, ...free].some(({ need }) => need === undefined || need.at.length === 0)) return false;
  if (shares.some(({ conditions }) => conditions.length > 1)) return false;
  if (shares.every(({ antiLabels }) => antiLabels.length === 0)) return true;
  const [only, ...more] = shares;
  const [label, ...moreLabels] = only?.antiLabels ?? [];
  if (more.length > 0 || moreLabels.length > 0 || label === undefined || isContested(label)) return false;
  return only?.conditions[0]?.length === 1;
}

function classKey({ shares, free }: GangWork): string {
  const ofShares = shares.map(
    ({ need, conditions, antiLabels, count }) => `${needKey(need)} ${conditions.join("/")} ${antiLabels.length} ${count}`,
  );
  return [...ofShares, ...free.map(({ key, count }) => `${key} ${count}`)].join("; ");
}

function needKey(need: Need | undefined): string {
  if (need === undefined) return "";
  const onDevices = (need.onDevices ?? []).flatMap(({ pieces }) => pieces.map(({ units, times }) => `${units}*${times}`));
  return [need.at.join(), need.units.join(), ...onDevices].join(":");
}

function classOf(gangs: readonly GangWork[]): GangClass {
  const { shares = [], free = [] } = gangs[0] ?? {};
  const purpose = "pending-gang" as const;
  const ofShares = shares.map(({ shape, need, conditions, antiLabels, count }): Work => {
    const work = { shape, need, alternatives: conditions[0] ?? [], count: count * gangs.length, purpose };
    return antiLabels.length > 0 ? { ...work, mostPerNode: gangs.length } : work;
  });
  const ofFree = free.map((bundle): Work => ({ ...bundle, count: bundle.count * gangs.length }));
  return { gangs, works: [...ofShares, ...ofFree] };
}

function someCanHold({ need, alternatives }: Work, { groups, nodes }: Offer): boolean {
  const holds = ({ labels }: GroupModel | NodeModel, capacity: GroupModel["capacity"]) =>
    need !== undefined && fitCount(capacity, need) > 0 && alternatives.some((alternative) => acceptsLabels(labels, alternative));
  return (
    groups.some((group) => group.available && group.maxReplicas > 0 && holds(group, group.capacity)) ||
    nodes.some((node) => node.state !== "draining" && holds(node, node.free))
  );
}
