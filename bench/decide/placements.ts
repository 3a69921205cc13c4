import type { DetailedDecision } from "../../autoscaler-agent/decide/decide";
import type { PlacedWork } from "../../autoscaler-agent/decide/nodePool";
import type { Work } from "../../autoscaler-agent/decide/serve";
import type { Host, PlacedPiece, Plan } from "./plan";

/** Nodes of one batch that have the same work on them. */
interface Portion {
  readonly nodeId: string | undefined;
  readonly groupName: string;
  count: number;
  readonly contents: readonly PlacedWork[];
}

/** Where a decision puts its work, read from the journal of its pool. */
export function planOf({ problem, freePool }: DetailedDecision): Plan {
  const standing = problem.nodes.filter(({ state }) => state !== "draining");
  const portions = new Map<object, Portion[]>();
  const of = (batch: object) => {
    const known = portions.get(batch) ?? [];
    portions.set(batch, known);
    return known;
  };
  let added = 0;
  for (const { from, to, count, contents } of freePool.journal()) {
    if (from === undefined) {
      // The pool is made of the nodes that stand, one by one, before anything else comes in.
      const node = standing[added];
      added += 1;
      of(to).push({ nodeId: node?.id, groupName: node?.group?.groupName ?? to.group?.groupName ?? "", count, contents: [] });
    } else {
      for (const taken of take(of(from), count)) of(to).push({ ...taken, contents: [...taken.contents, ...contents] });
    }
  }
  const piecesOf = pieceReader(problem);
  const isOfClass = classWorks(problem);
  const all = [...portions.values()].flat();
  // Alike nodes hold pieces of different gangs.
  const hosts = all
    .filter(({ nodeId, count, contents }) => count > 0 && (nodeId === undefined || contents.length > 0))
    .flatMap((portion) =>
      portion.contents.some(({ work }) => isOfClass.has(work))
        ? Array.from({ length: portion.count }, () => ({ ...portion, count: 1 }))
        : [portion],
    );
  return {
    hosts: hosts.map(({ nodeId, groupName, count, contents }): Host => {
      const host = { groupName, count, contents: contents.flatMap(piecesOf) };
      return nodeId === undefined ? host : { nodeId, ...host };
    }),
  };
}

/** Takes so many nodes from the beginning of the list. */
function take(list: Portion[], count: number): Portion[] {
  const taken: Portion[] = [];
  let left = count;
  while (left > 0) {
    const first = list[0];
    if (first === undefined) throw new Error(`journal: takes nodes that are not there; got ${left} more; expected 0. It is incomplete.`);
    const part = Math.min(left, first.count);
    taken.push({ ...first, count: part });
    left -= part;
    first.count -= part;
    if (first.count === 0) list.shift();
  }
  return taken;
}

function classWorks({ sortedGangs }: DetailedDecision["problem"]): ReadonlyMap<object, readonly number[]> {
  return new Map(sortedGangs.classes.flatMap(({ gangs, works }) => works.map((work) => [work, gangs.map(({ index }) => index)] as const)));
}

function pieceReader(problem: DetailedDecision["problem"]): (placed: PlacedWork) => PlacedPiece[] {
  const demandOf = new Map<object, number>(problem.demands.map((line) => [line, line.sources[0]?.index ?? -1]));
  const gangOf = new Map<object, { index: number; shape: Record<string, number> }>();
  for (const { index, shares, free } of problem.gangs)
    for (const part of [...shares, ...free]) gangOf.set(part, { index, shape: part.shape });
  const deal = dealer(classWorks(problem));
  return ({ work, times }) => {
    const demand = demandOf.get(work);
    if (demand !== undefined) return [{ kind: "demand", index: demand, times }];
    const gang = gangOf.get(work);
    return gang === undefined ? deal({ work, times }) : [{ kind: "gang", ...gang, times }];
  };
}

/** Deals the pieces of a class of gangs out in a circle, as the chooser promises that they can be. */
function dealer(indexesOf: ReadonlyMap<object, readonly number[]>): (placed: PlacedWork) => PlacedPiece[] {
  const dealt = new Map<object, number>();
  return ({ work, times }) => {
    const indexes = indexesOf.get(work);
    if (indexes === undefined) return [];
    const { shape } = work as Pick<Work, "shape">;
    const start = dealt.get(work) ?? 0;
    dealt.set(work, start + times);
    const hand = new Map<number, number>();
    for (let i = 0; i < times; i += 1) {
      const index = indexes[(start + i) % indexes.length] ?? -1;
      hand.set(index, (hand.get(index) ?? 0) + 1);
    }
    return [...hand].map(([index, count]) => ({ kind: "gang", index, shape, times: count }));
  };
}
