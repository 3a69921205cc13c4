import type { DecisionRequest, Reason, Unserved, UnservedDemand, UnservedGang } from "../../contract/decision";
import { type Blocker, blockerOfWork } from "./blocker";
import { explainInfeasible } from "./feasibility";
import type { GangOutcome } from "./gangs";
import type { Rooms } from "./limits";
import type { Line, Problem } from "./problem";
import { blockedReason, contradictionReason, laterReason } from "./reasons";
import type { Progress } from "./serve";

/** What became of the work of one request, apart by whether any group could ever serve it. */
export interface Unmet {
  readonly infeasible: Unserved;
  readonly overLimit: Unserved;
}

interface Outcomes {
  readonly demands: readonly Progress[];
  readonly requested: readonly Progress[];
  readonly gangs: readonly { readonly index: number; readonly outcome: GangOutcome }[];
  readonly rooms: Rooms;
}

/** Lists what is not served. Of equal entries those that stand first in the request are served first. */
export function listUnserved(request: DecisionRequest, problem: Problem, outcomes: Outcomes): Unmet {
  const demands = linesUnserved(problem, {
    lines: problem.demands,
    entries: request.demands,
    progress: outcomes.demands,
    rooms: outcomes.rooms,
  });
  const requested = linesUnserved(problem, {
    lines: problem.requested,
    entries: request.requested,
    progress: outcomes.requested,
    rooms: outcomes.rooms,
  });
  const gangs = gangsUnserved(problem, outcomes.gangs);
  return {
    infeasible: { demands: demands.infeasible, gangs: gangs.infeasible, requested: requested.infeasible },
    overLimit: { demands: demands.overLimit, gangs: gangs.overLimit, requested: requested.overLimit },
  };
}

interface LinesAndEntries {
  readonly lines: readonly Line[];
  readonly entries: DecisionRequest["demands"];
  readonly progress: readonly Progress[];
  readonly rooms: Rooms;
}

interface Split<Entry> {
  readonly infeasible: Entry[];
  readonly overLimit: Entry[];
}

function linesUnserved(problem: Problem, { lines, entries, progress, rooms }: LinesAndEntries): Split<UnservedDemand> {
  const split: Split<UnservedDemand> = { infeasible: [], overLimit: [] };
  lines.forEach((line, i) => {
    const { later = 0, waiting = 0 } = progress[i] ?? {};
    if (later + waiting === 0) return;
    const { isInfeasible, because } = whyWaiting(problem, line, rooms);
    for (const { index, parts } of lastSources(line, [waiting, later])) {
      const entry = entries[index];
      if (entry === undefined) continue;
      const [waitingHere = 0, laterHere = 0] = parts;
      if (laterHere > 0) split.overLimit.push({ index, ...entry, count: laterHere, reason: laterReason(problem) });
      if (waitingHere > 0) (isInfeasible ? split.infeasible : split.overLimit).push({ index, ...entry, count: waitingHere, ...because });
    }
  });
  split.infeasible.sort(byIndex);
  split.overLimit.sort(byIndex);
  return split;
}

/** Shares the amounts out from the end of the list of sources: the first amount to the very last ones. */
function lastSources({ sources }: Line, amounts: readonly number[]): { index: number; parts: number[] }[] {
  const left = [...amounts];
  return [...sources].reverse().map(({ index, count }) => {
    let room = count;
    const parts = left.map((amount, i) => {
      const part = Math.min(room, amount);
      left[i] = amount - part;
      room -= part;
      return part;
    });
    return { index, parts };
  });
}

interface Because {
  readonly reason: Reason;
  readonly nearestGroup?: string;
  readonly missing?: string;
}

function whyWaiting(problem: Problem, line: Line, rooms: Rooms): { isInfeasible: boolean; because: Because } {
  const blocker = blockerOfWork(problem, { need: line.need, conditions: [line.alternatives], antiLabels: [] }, rooms);
  if (blocker !== undefined) return { isInfeasible: false, because: becauseBlocked(problem, blocker) };
  return { isInfeasible: true, because: explainInfeasible({ shape: line.shape, selectorLists: [line.selectors] }, problem.groups) };
}

function becauseBlocked(problem: Problem, blocker: Blocker): Because {
  const reason = blockedReason(problem, blocker);
  return blocker.group === undefined ? { reason } : { reason, nearestGroup: blocker.group.groupName };
}

function gangsUnserved(problem: Problem, gangs: Outcomes["gangs"]): Split<UnservedGang> {
  const split: Split<UnservedGang> = { infeasible: [], overLimit: [] };
  for (const { index, outcome } of gangs) {
    switch (outcome.kind) {
      case "served":
        break;
      case "later":
        split.overLimit.push({ index, reason: laterReason(problem) });
        break;
      case "blocked":
        split.overLimit.push({ index, ...becauseBlocked(problem, outcome.blocker) });
        break;
      case "contradictory":
        split.infeasible.push({ index, reason: contradictionReason(outcome.text) });
        break;
      case "infeasible":
        split.infeasible.push({ index, ...explainInfeasible(outcome, problem.groups) });
        break;
    }
  }
  split.infeasible.sort(byIndex);
  split.overLimit.sort(byIndex);
  return split;
}

function byIndex(one: { index: number }, other: { index: number }): number {
  return one.index - other.index;
}
