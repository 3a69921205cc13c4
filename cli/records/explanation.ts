import type { AnswerDifference } from "../../autoscaler-agent/recorder/answerDifferences";
import type { DecisionRecord } from "../../autoscaler-agent/recorder/decisionRecord";
import { replayRecord } from "../../autoscaler-agent/recorder/replayRecord";
import { type DecisionView, decisionView } from "../../autoscaler-agent/report/decisionView";
import type { FoundRecord } from "./findRecord";

/** Something that was held back, or a node that stays, and why. */
interface HeldView {
  readonly code: string;
  readonly text: string;
  /** Group or machine that it is about; absent: the cluster. */
  readonly about?: string;
}

/** An action of one of the ticks before. */
interface PastAction {
  readonly at: string;
  readonly groupName: string;
  readonly text: string;
  readonly outcome: string;
}

/** A recorded tick as `rayfleet explain` tells of it. */
export interface Explanation {
  readonly schemaVersion: 1;
  /** The moment that was asked for, ISO 8601 in UTC. */
  readonly askedFor: string;
  /** From the start of the tick to that moment. */
  readonly secondsBefore: number;
  /** To the start of the next recorded tick; absent: there is none. */
  readonly secondsToNext?: number;
  readonly agentVersion: string;
  /** As the agent's own page had it. */
  readonly decision: Omit<DecisionView, "holds">;
  readonly held: readonly HeldView[];
  /** What was done in the ten minutes before, this tick included. */
  readonly recently: readonly PastAction[];
  /** Where this version decides otherwise; none: it decides the same. */
  readonly differences: readonly AnswerDifference[];
  /** Lines of the records that could not be read. */
  readonly unreadable: readonly string[];
}

/**
 * What was seen, decided and why in a tick. How machines and groups stood is made again from what was recorded; the answers are those that were recorded.
 *
 * @param groupName only this group's machines, actions and obstacles; undefined: all
 * @returns undefined when this version cannot make it again
 */
export function explanation(found: FoundRecord, momentMs: number, groupName?: string): Explanation | undefined {
  try {
    return explain(found, momentMs, groupName);
  } catch {
    // The outside of a record is checked when it is read; what lies deeper may be of another release, or of nobody's.
    return undefined;
  }
}

function explain(found: FoundRecord, momentMs: number, groupName: string | undefined): Explanation | undefined {
  const { record, nextMs, unreadable } = found;
  const view = viewOf(record);
  if (view === undefined) return undefined;
  const ofGroup = <T extends { readonly groupName: string }>(items: readonly T[]) =>
    groupName === undefined ? items : items.filter((item) => item.groupName === groupName);
  const { holds: _, ...decision } = view;
  return {
    schemaVersion: 1,
    askedFor: new Date(momentMs).toISOString(),
    secondsBefore: secondsBetween(record.epochMs, momentMs),
    ...(nextMs === undefined ? {} : { secondsToNext: secondsBetween(record.epochMs, nextMs) }),
    agentVersion: record.agentVersion,
    decision: { ...decision, groups: ofGroup(decision.groups), actions: ofGroup(decision.actions) },
    held: heldOf(record, groupName),
    recently: ofGroup(
      found.acted.flatMap((one) => (viewOf(one)?.actions ?? []).map((action) => ({ at: new Date(one.epochMs).toISOString(), ...action }))),
    ),
    differences: replayRecord(record).differences,
    unreadable,
  };
}

function viewOf(record: DecisionRecord): DecisionView | undefined {
  const { decision } = replayRecord(record);
  if (decision === undefined) return undefined;
  const { groups, memory } = decision.assessment;
  return decisionView({ ...record, assessment: { ...record.assessment, groups, memory } });
}

function heldOf({ holds, reply, observation }: DecisionRecord, groupName: string | undefined): HeldView[] {
  const groupOf = new Map(
    [...observation.groups].flatMap(([name, group]) =>
      group.kind === "known" ? group.state.instances.map(({ instanceId }) => [instanceId, name] as const) : [],
    ),
  );
  const all = [
    ...holds.map(({ code, text, groupName: name }) => ({ code, text, about: undefined, name })),
    ...(reply?.held ?? []).map((held) =>
      "id" in held
        ? { ...held.reason, about: held.id, name: groupOf.get(held.id) }
        : { ...held.reason, about: `${held.count} more of ${held.groupName}`, name: held.groupName },
    ),
  ];
  return all
    .filter(({ name, about }) => groupName === undefined || name === groupName || (name === undefined && about === undefined))
    .map(({ code, text, about }) => ({ code, text, ...(about === undefined ? {} : { about }) }));
}

function secondsBetween(fromMs: number, toMs: number): number {
  return Math.round((toMs - fromMs) / 100) / 10;
}
