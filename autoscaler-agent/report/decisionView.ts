import type { Demand, Gang, Unserved } from "../../contract/decision";
import type { Action } from "../decide/tick/actions";
import type { GroupAssessment } from "../decide/tick/groups";
import type { ActionOutcome } from "../decide/tick/outcomes";
import type { ScheduleState } from "../decide/tick/schedules";
import { isOut } from "../decide/tick/ways";
import type { TickRecord } from "../tickRecord";
import { shown, shownList } from "./shownText";

/** One action of a tick as a sentence with its outcome. */
interface ActionView {
  readonly kind: Action["kind"];
  readonly groupName: string;
  readonly text: string;
  readonly outcome: string;
  /** What an ended machine wrote to its console last, where it never said anything else. */
  readonly consoleTail?: readonly string[];
}

/** A tick as people and programs see it: `/decision`, the page and the log are made from it. */
export interface DecisionView {
  readonly schemaVersion: 1;
  readonly clusterName: string;
  readonly tick: number;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly durationMs: number;
  readonly dryRun: boolean;
  readonly ray: { readonly known: boolean; readonly session: string; readonly nodes: Readonly<Record<string, number>> };
  readonly groups: readonly ReturnType<typeof groupView>[];
  readonly pending: { readonly demands: readonly string[]; readonly gangs: readonly string[]; readonly requested: readonly string[] };
  readonly infeasible: readonly string[];
  readonly overLimit: readonly string[];
  readonly actions: readonly ActionView[];
  readonly holds: readonly { readonly code: string; readonly text: string }[];
  readonly notices: readonly { readonly code: string; readonly text: string }[];
  readonly costPerHourUsd?: number;
  readonly lowerBoundPerHourUsd?: number;
}

/**
 * Makes the view of a tick. Holds nothing secret: the configuration, names, counts and sentences. Names come from whoever may submit work: they are bounded and
 * printable here, in one place for all who show them.
 */
export function decisionView(record: TickRecord): DecisionView {
  const { assessment, observation, reply } = record;
  const { request } = assessment;
  return shown({
    schemaVersion: 1 as const,
    clusterName: record.config.clusterName,
    tick: record.number,
    at: new Date(record.epochMs).toISOString(),
    durationMs: Math.round(record.durationMs),
    dryRun: record.config.dryRun,
    ray: {
      known: observation.ray.kind === "known",
      session: assessment.memory.sessionName,
      nodes:
        observation.ray.kind === "known" ? countBy(observation.ray.snapshot.nodes.map((node) => (node.isHead ? "head" : node.status))) : {},
    },
    groups: assessment.groups.map((group) => groupView(group, observation.nowMs)),
    pending: {
      demands: shownList(request?.demands ?? [], demandText),
      gangs: shownList(request?.gangs ?? [], gangText),
      requested: shownList(request?.requested ?? [], demandText),
    },
    infeasible: unservedTexts(reply?.infeasible, request?.gangs ?? []),
    overLimit: unservedTexts(reply?.overLimit, request?.gangs ?? []),
    actions: record.outcomes.map(actionView),
    holds: [...record.holds, ...(reply?.held ?? []).map(({ reason }) => ({ code: reason.code, text: reason.text }))].map(
      ({ code, text }) => ({ code, text }),
    ),
    notices: assessment.notices.map(({ code, text }) => ({ code, text })),
    ...(reply === undefined ? {} : { costPerHourUsd: reply.costPerHourUsd, lowerBoundPerHourUsd: reply.lowerBoundPerHourUsd }),
  });
}

function groupView(group: GroupAssessment, nowMs: number) {
  return {
    groupName: group.group.groupName,
    known: group.fresh,
    ...(group.state === undefined ? {} : { desired: group.state.desired }),
    min: group.minReplicas,
    max: group.maxReplicas,
    ...(group.targets.bounds.why === undefined ? {} : { minWhy: group.targets.bounds.why }),
    awaited: group.awaited,
    /** Why places are not filled, in the cloud's words. */
    ...(group.state?.unfilledBecause === undefined ? {} : { unfilledBecause: group.state.unfilledBecause }),
    /** How long an idle node is kept, and why, where it is not simply configured. */
    idleTimeout: group.targets.idleTimeout,
    /** How long a node usually takes to come; absent: not known yet. */
    ...(group.targets.bootSeconds === undefined ? {} : { bootSeconds: Math.round(group.targets.bootSeconds) }),
    /** Nodes that were ended for being idle and wanted back at once, since the agent started. */
    regrets: group.memory.regrets.total,
    schedules: group.targets.bounds.states.map(scheduleView),
    ...(group.unavailable === undefined ? {} : { unavailable: group.unavailable }),
    /** Zones and markets that have no machines now. */
    waysOut: (group.memory.failedWays ?? [])
      .filter((way) => isOut(way, nowMs))
      .map(({ zone, market, untilMs, message }) => ({ zone, market, seconds: Math.ceil((untilMs - nowMs) / 1000), message })),
    instances: group.instances.map(({ instance, phase, node, bootStage, endCause, memory }) => ({
      instanceId: instance.instanceId,
      phase,
      instanceType: instance.instanceType,
      zone: instance.zone,
      ageSeconds: Math.round((nowMs - memory.startedMs) / 1000),
      ...(node?.idleSeconds === undefined ? {} : { idleSeconds: Math.round(node.idleSeconds) }),
      ...(phase === "starting" && bootStage !== undefined ? { bootStage } : {}),
      ...(endCause === undefined ? {} : { endCause: endCause.text }),
      ...(node === undefined || node.activity.length === 0 ? {} : { activity: node.activity.slice(0, 3) }),
    })),
  };
}

function scheduleView({ schedule, lastMs, nextMs, holds }: ScheduleState) {
  const { cron, timeZone, minReplicas, maxReplicas, idleTimeoutSeconds } = schedule;
  const at = (epochMs: number | undefined) => (epochMs === undefined ? undefined : new Date(epochMs).toISOString());
  return {
    cron,
    timeZone,
    sets: Object.entries({ minReplicas, maxReplicas, idleTimeoutSeconds }).flatMap(([key, value]) =>
      value === undefined ? [] : [`${key} ${value}`],
    ),
    /** Which of these hold now; the others were set by another schedule since. */
    holds,
    lastAt: at(lastMs),
    nextAt: at(nextMs),
  };
}

function actionView(done: ActionOutcome): ActionView {
  const { action, outcome } = done;
  const console = "consoleTail" in done && done.consoleTail !== undefined ? { consoleTail: done.consoleTail } : {};
  const detail =
    "error" in outcome
      ? `: ${outcome.error.message}`
      : "reason" in outcome
        ? `: ${outcome.reason}`
        : "message" in outcome
          ? `: ${outcome.message}`
          : "";
  return { kind: action.kind, groupName: action.groupName, text: actionText(action), outcome: `${outcome.kind}${detail}`, ...console };
}

function actionText(action: Action): string {
  switch (action.kind) {
    case "set-desired":
      return `grow from ${action.observedDesired} to ${action.target}: ${action.reasons.map((reason) => reason.text).join("; ")}`;
    case "give-back":
      return `give back ${action.observedDesired - action.target} places: ${action.text}`;
    case "drain":
      return `drain ${action.instanceId}: ${action.reason.text}`;
    case "terminate":
      return `end ${action.instanceId}: ${action.cause.text}`;
  }
}

function unservedTexts(unserved: Unserved | undefined, gangs: readonly Gang[]): string[] {
  const near = (item: { nearestGroup?: string | undefined; missing?: string | undefined }) =>
    item.nearestGroup === undefined ? "" : ` (nearest: ${item.nearestGroup}${item.missing === undefined ? "" : `, lacks ${item.missing}`})`;
  return [
    ...shownList(
      [...(unserved?.demands ?? []), ...(unserved?.requested ?? [])],
      (demand) => `${demandText(demand)}: ${demand.reason.text}${near(demand)}`,
    ),
    ...shownList(unserved?.gangs ?? [], (gang) => {
      const asked = gangs[gang.index];
      return `${asked === undefined ? "gang" : gangText(asked)}: ${gang.reason.text}${near(gang)}`;
    }),
  ];
}

function demandText({ shape, count, selectors }: Pick<Demand, "shape" | "count" | "selectors">): string {
  return `${count} × ${shapeText(shape)}${selectors === undefined ? "" : ` where ${selectors.map(selectorText).join(" else ")}`}`;
}

function gangText(gang: Gang): string {
  const bundles = gang.bundles.map((bundle) => `${bundle.count ?? 1} × ${shapeText(bundle.shape)}`);
  const together = gang.bundles.some((bundle) => bundle.affinity)
    ? " on one node"
    : gang.bundles.some((bundle) => bundle.antiAffinity)
      ? " on separate nodes"
      : "";
  return `group of ${bundles.join(" + ")}${together}`;
}

function shapeText(shape: Readonly<Record<string, number>>): string {
  const parts = Object.entries(shape).map(
    ([name, amount]) => `${name} ${name.includes("memory") ? `${Math.round((amount / 2 ** 30) * 100) / 100} GiB` : amount}`,
  );
  return parts.length === 0 ? "nothing" : parts.join(", ");
}

function selectorText(rules: NonNullable<Demand["selectors"]>[number]): string {
  return rules.length === 0
    ? "any"
    : rules.map(({ key, operator, values }) => `${key} ${operator === "In" ? "in" : "not in"} ${values.join("|")}`).join(" and ");
}

function countBy(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) {
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}
