import { decide } from "../../../autoscaler-agent/decide/decide";
import { idleTimeout } from "../../../autoscaler-agent/decide/tick/idleTimeout";
import { afterIdleRemoval, afterPurchase, noRegrets, type Regrets, regretWeight } from "../../../autoscaler-agent/decide/tick/regrets";
import type { DecisionReply, DecisionRequest } from "../../../contract/decision";
import type { SimulatedGroup } from "../setup";
import { configuredIdleTimeout, type Strategy } from "./strategy";

/** The agent's own chooser, with the idle time-outs that the agent learns from its regrets. Made anew for each run, because it remembers. */
export function rayfleetStrategy(groups: readonly SimulatedGroup[]): Strategy {
  const learned = new Regretted(groups);
  return {
    name: "rayfleet",
    description: "the chooser of the agent, with the idle time-outs set, longer while they are regretted",
    idleTimeoutSeconds: (group, clusterSeconds, nowSeconds) =>
      learned.timeoutSeconds(group.groupName, configuredIdleTimeout(group, clusterSeconds), nowSeconds),
    choose({ request, nowSeconds }) {
      const patient = request.groups.map((group) => {
        const seconds = learned.timeoutSeconds(group.groupName, configuredIdleTimeout(group, request.idleTimeoutSeconds), nowSeconds);
        return seconds === undefined ? group : { ...group, idleTimeoutSeconds: seconds };
      });
      const reply = decide({ ...request, groups: patient });
      const groupOf = new Map(request.nodes.map(({ id, groupName }) => [id, groupName]));
      learned.note(reply, groupOf, nowSeconds);
      return { launch: reply.launch, drain: reply.drain.map(({ id }) => id), planned: plannedOf(request, reply) };
    },
  };
}

function plannedOf({ demands }: DecisionRequest, { infeasible, overLimit }: DecisionReply): readonly number[] {
  const planned = demands.map(({ count }) => count);
  for (const { index, count } of [...infeasible.demands, ...overLimit.demands]) planned[index] = (planned[index] ?? 0) - count;
  return planned;
}

/** What the agent would remember of the nodes that it ended too early, by group. */
class Regretted {
  private readonly regrets = new Map<string, Regrets>();
  private readonly bootSeconds: ReadonlyMap<string, number>;

  constructor(groups: readonly SimulatedGroup[]) {
    this.bootSeconds = new Map(groups.map(({ group, bootSeconds }) => [group.groupName, bootSeconds]));
  }

  timeoutSeconds(groupName: string, set: number | undefined, nowSeconds: number): number | undefined {
    if (set === undefined) return undefined;
    const weight = regretWeight(this.of(groupName), nowSeconds * 1000);
    return idleTimeout({ set, scheduled: undefined, pricePerHourUsd: undefined, bootSeconds: undefined, regretWeight: weight }).seconds;
  }

  /** Books a decision in the order in which the agent acts: it grows first. */
  note({ launch, drain }: DecisionReply, groupOf: ReadonlyMap<string, string>, nowSeconds: number): void {
    const nowMs = nowSeconds * 1000;
    for (const { groupName, count } of launch) {
      const bootSeconds = this.bootSeconds.get(groupName);
      this.regrets.set(groupName, afterPurchase(this.of(groupName), { count, nowMs, bootSeconds }));
    }
    for (const { id, reason } of drain) {
      const groupName = groupOf.get(id);
      if (groupName === undefined || reason.code !== "idle-timeout-reached") continue;
      this.regrets.set(groupName, afterIdleRemoval(this.of(groupName), nowMs));
    }
  }

  private of(groupName: string): Regrets {
    return this.regrets.get(groupName) ?? noRegrets;
  }
}
