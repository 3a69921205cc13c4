import type { SortedGangs } from "./gangClasses";
import type { GangWork } from "./gangWork";
import type { Line } from "./problem";
import { type Progress, type Serving, serveWork } from "./serve";
import { serveWaiting, type Waiting } from "./serveWaiting";

/** Work that goes before all other work, in turns; the rest goes last. Without turns: the usual order. */
export type Turns = readonly ReadonlySet<Line | GangWork>[];

/** Serves lines, those of the first turn first. In the order of the lines. */
export function serveLinesInTurns(serving: Serving, lines: readonly Line[], turns: Turns): readonly Progress[] {
  if (turns.length === 0) return serveWork(serving, lines);
  const served = split(lines, turns).flatMap((turn) => serveWork(serving, turn));
  return inOrderOf(lines, served);
}

/** Serves gangs and single work, those of the first turn first; within a turn as usual, gangs before single work. */
export function serveWaitingInTurns(serving: Serving, turns: Turns): Waiting {
  const { problem } = serving;
  if (turns.length === 0) return serveWaiting(serving);
  const gangs = split(problem.gangs, turns);
  const served = split(problem.demands, turns).map((demands, turn) => {
    const ofTurn = gangs[turn] ?? [];
    const part = { ...problem, demands, gangs: ofTurn, sortedGangs: sortedOf(problem.sortedGangs, ofTurn) };
    return serveWaiting({ ...serving, problem: part });
  });
  return {
    gangs: served.flatMap((turn) => turn.gangs),
    demands: inOrderOf(
      problem.demands,
      served.flatMap((turn) => turn.demands),
    ),
  };
}

/** A class of gangs of which only some are in the turn is placed gang by gang. */
function sortedOf({ classes }: SortedGangs, gangs: readonly GangWork[]): SortedGangs {
  const inTurn = new Set(gangs);
  const whole = classes.filter((each) => each.gangs.every((gang) => inTurn.has(gang)));
  const ofClasses = new Set(whole.flatMap((each) => each.gangs));
  return { classes: whole, others: gangs.filter((gang) => !ofClasses.has(gang)) };
}

function split<Each extends Line | GangWork>(all: readonly Each[], turns: Turns): readonly (readonly Each[])[] {
  const turnOf = (each: Each) => {
    const turn = turns.findIndex((set) => set.has(each));
    return turn < 0 ? turns.length : turn;
  };
  const parts: Each[][] = [...turns, undefined].map(() => []);
  for (const each of all) parts[turnOf(each)]?.push(each);
  return parts;
}

function inOrderOf(lines: readonly Line[], served: readonly Progress[]): readonly Progress[] {
  const byLine = new Map(served.map((progress) => [progress.work, progress]));
  return lines.flatMap((line) => byLine.get(line) ?? []);
}
