import type { GangClass } from "./gangClasses";
import { type GangOutcome, serveGang } from "./gangs";
import { type Progress, type Serving, serveWork, type Work } from "./serve";
import { undoPoint } from "./undoPoint";

/** What became of the gangs and of the single work that waits. */
export interface Waiting {
  readonly gangs: readonly { readonly index: number; readonly outcome: GangOutcome }[];
  readonly demands: readonly Progress[];
}

/**
 * Places gangs and single work. Gangs are served first where not all can be: work of their own that is all or nothing waits longest.
 *
 * Where there is room for all gangs now, they are planned together with the single work: each fills what the other leaves. Where some of their nodes
 * start later, alike gangs are planned together, and the single work after them; and where a limit keeps some of them out, gang by gang.
 */
export function serveWaiting(serving: Serving): Waiting {
  const { problem } = serving;
  const { classes, others } = problem.sortedGangs;
  if (classes.length > 0) {
    const undo = undoPoint(serving);
    const oneByOne = others.map((gang) => ({ index: gang.index, outcome: serveGang(serving, gang) }));
    const withWork = problem.demands.length > 0 ? serveClasses(serving, classes, problem.demands) : undefined;
    const together = withWork ?? serveClasses(serving, classes, []);
    if (together !== undefined) {
      const demands = together.demands ?? serveWork(serving, problem.demands);
      return { gangs: [...oneByOne, ...together.gangs], demands };
    }
    undo();
  }
  const gangs = problem.gangs.map((gang) => ({ index: gang.index, outcome: serveGang(serving, gang) }));
  return { gangs, demands: serveWork(serving, problem.demands) };
}

/** Places all gangs, and the other works with them. Undefined, and nothing is placed, when a gang finds no place, or later than another work. */
function serveClasses(
  serving: Serving,
  classes: readonly GangClass[],
  works: readonly Work[],
): { gangs: Waiting["gangs"]; demands?: readonly Progress[] } | undefined {
  const undo = undoPoint(serving);
  const ofGangs = classes.flatMap((each) => each.works);
  const progress = serveWork(serving, [...ofGangs, ...works]);
  const isServed = ({ waiting, later }: Progress) => waiting === 0 && (later === 0 || works.length === 0);
  if (progress.slice(0, ofGangs.length).every(isServed)) {
    const gangs = outcomesOf(classes, progress);
    return works.length === 0 ? { gangs } : { gangs, demands: progress.slice(ofGangs.length) };
  }
  undo();
  return undefined;
}

/** The pieces on nodes that start later are the last ones that are dealt out, so that the fewest gangs have to wait. */
function outcomesOf(classes: readonly GangClass[], progress: readonly Progress[]): Waiting["gangs"] {
  const laterOf = new Map(progress.map(({ work, later }) => [work, later]));
  return classes.flatMap(({ gangs, works }) => {
    const late = Math.min(gangs.length, Math.max(0, ...works.map((work) => laterOf.get(work) ?? 0)));
    return gangs.map(({ index }, i): Waiting["gangs"][number] => ({
      index,
      outcome: { kind: i < gangs.length - late ? "served" : "later" },
    }));
  });
}
