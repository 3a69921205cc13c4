import { isDeepStrictEqual } from "node:util";
import { decideTick } from "../../autoscaler-agent/decide/tick/decideTick";
import { isTakenAway, type MachineNotice } from "../../autoscaler-agent/decide/tick/machineNotices";
import type { NodeGroupObservation, WriteOutcome } from "../../autoscaler-agent/nodeGroups/backend";
import { cloudName, type InMemoryCloud, type InMemoryInstance } from "../../autoscaler-agent/nodeGroups/inMemory";
import { hasAliveHead } from "../../autoscaler-agent/ray/clusterSnapshot";
import type { DrainRequest, RaySnapshot } from "../../autoscaler-agent/ray/rayControl";
import type { TickRecord } from "../../autoscaler-agent/tickRecord";
import type { AgentConfig, AgentGroup } from "../../contract/agentConfig";
import type { BootReport } from "../../contract/bootReport";
import type { DecisionReply, DecisionRequest } from "../../contract/decision";
import type { FakeRay } from "./fakeRay";
import { IdleRemovalRule } from "./idleRemovalRule";
import { type GroupPast, RefusalRules } from "./refusalRules";
import type { RuleLedger, RuleName } from "./ruleLedger";

/** What one agent acts on. Nothing here is seen through the agent's eyes. */
export interface World {
  readonly cloud: InMemoryCloud;
  readonly ray: FakeRay;
  readonly config: AgentConfig;
  readonly notices: readonly MachineNotice[];
  readonly bootReports: ReadonlyMap<string, BootReport>;
  readonly nowMs: () => number;
  /** Keeps a line about a write. */
  readonly note: (write: string) => void;
}

/** Longest time, in milliseconds, from asking Ray, or the group, to a write that rests on the answer. */
const oldest = { lookToShrink: 5_000, lookToGrow: 20_000, groupRead: 10_000 };
/** A shorter standstill is a slow call like any other, and the ages of the reads say what may be written. */
const STANDSTILL_MS = oldest.lookToGrow;
/** No machine is given less time than this to become a node, whatever was learned of its group. */
const LEAST_DEADLINE_MS = 120_000;
/** So many machines in a row that never joined leave one at a time. */
const FAILURES_TO_PROBE = 3;

/** Watches one agent and asserts the rules at every write and after every tick; what each says stands in {@link ruleChecks}. */
export class SafetyWatch {
  readonly #world: World;
  readonly #ledger: RuleLedger;
  readonly #idleRemovals: IdleRemovalRule;
  readonly #refusals: RefusalRules;
  #rayAskedMs = Number.NEGATIVE_INFINITY;
  #rayViews = 0;
  #rayViewThisTick = false;
  #seen: RaySnapshot | undefined;
  #workersSeen = 0;
  /** When the agent's last long standstill of this tick ended. */
  #thawedMs: number | undefined;
  readonly #groupAskedMs = new Map<string, number>();
  readonly #groupViews = new Map<string, number>();
  readonly #groupKnownThisTick = new Set<string>();
  /** By group, machines in a row that were ended without having joined. */
  readonly #neverJoined = new Map<string, Set<string>>();
  readonly #launched = new Map<string, { readonly count: number; readonly ids: ReadonlySet<string> }>();

  constructor(world: World, ledger: RuleLedger) {
    this.#world = world;
    this.#ledger = ledger;
    this.#idleRemovals = new IdleRemovalRule(world.nowMs());
    this.#refusals = new RefusalRules(ledger);
  }

  beginTick(): void {
    this.#rayViewThisTick = false;
    this.#thawedMs = undefined;
    this.#groupKnownThisTick.clear();
  }

  /** @param record undefined: the tick did not end. */
  endTick(record: TickRecord | undefined, decide: (request: DecisionRequest) => DecisionReply): void {
    this.#rayViews = this.#rayViewThisTick ? this.#rayViews + 1 : 0;
    for (const { groupName } of this.#world.config.groups) {
      this.#groupViews.set(groupName, this.#groupKnownThisTick.has(groupName) ? (this.#groupViews.get(groupName) ?? 0) + 1 : 0);
      this.#pastOf(groupName);
    }
    this.#refusals.endTick(this.#world.nowMs());
    this.assertBounds();
    if (record !== undefined && record.actions.length > 0) this.#assertSameDecision(record, decide);
  }

  standsStill(seconds: number): void {
    if (seconds * 1000 > STANDSTILL_MS) this.#thawedMs = this.#world.nowMs();
  }

  /** Ray was asked at `askedMs` and answers now. */
  raySeen(askedMs: number, snapshot: RaySnapshot): void {
    this.#rayAskedMs = askedMs;
    this.#seen = snapshot;
    this.#workersSeen = this.#world.ray.aliveCount();
    this.#rayViewThisTick = hasAliveHead(snapshot);
  }

  rayNotSeen(askedMs: number): void {
    this.#rayAskedMs = askedMs;
    this.#rayViewThisTick = false;
  }

  cloudCalled(): void {
    this.#refusals.called(this.#world.nowMs());
  }

  groupsSeen(askedMs: number, observed: ReadonlyMap<string, NodeGroupObservation>): void {
    for (const [groupName, observation] of observed) {
      this.#groupAskedMs.set(groupName, askedMs);
      if (observation.kind === "known") this.#groupKnownThisTick.add(groupName);
      this.#refusals.answered(observation.kind === "unknown" ? observation.error : undefined);
    }
  }

  /** The agent is told of failed launches. */
  failuresSeen({ groupName }: AgentGroup, count: number): void {
    const { zones = [] } = this.#cloudGroup(groupName).options;
    if (count > 0 && zones.length < 2) this.#refusals.told(groupName, this.#pastOf(groupName));
  }

  /** Before the group gets another size. */
  sizing(group: AgentGroup, desired: number, calledMs: number): void {
    const before = this.#cloudGroup(group.groupName);
    this.#world.note(`${group.groupName}: ${before.desired} -> ${desired}`);
    this.#demand("S10", !this.#world.config.dryRun, "a dry run writes");
    const readMs = calledMs - (this.#groupAskedMs.get(group.groupName) ?? Number.NEGATIVE_INFINITY);
    this.#demand("S4", readMs <= oldest.groupRead, `${group.groupName} is sized on a read from ${readMs / 1000} s ago`);
    this.#assertRecent("a group is sized", calledMs, desired < before.desired ? oldest.lookToShrink : oldest.lookToGrow);
    if (desired < before.desired) {
      this.#assertSeenTwice("places are given back", group);
      const filling = fillingOf(before.instances).length;
      this.#demand("S3", desired >= filling, `${group.groupName} is set to ${desired} with ${filling} machines`);
      return;
    }
    this.#demand("S5", this.#rayViewThisTick, "a group grows while the head is not alive in Ray");
    this.#assertMaximum(group, desired);
    if (desired > before.desired) {
      this.#assertNeeded(group, desired);
      this.#refusals.grows(group.groupName, this.#pastOf(group.groupName));
    }
  }

  /** Before the machine is ended. */
  ending(group: AgentGroup, instanceId: string, calledMs: number): void {
    const { ray, config } = this.#world;
    this.#world.note(`${group.groupName}: end ${instanceId}`);
    this.#demand("S10", !config.dryRun, "a dry run writes");
    this.#demand("S2", instanceId !== "i-head", "the head is ended");
    this.#demand("S2", ray.aliveNode(instanceId) === undefined, `${instanceId} is ended while it is in Ray`);
    this.#assertRecent("a machine is ended", calledMs, oldest.lookToShrink);
    this.#assertSeenTwice("a machine is ended", group);
    this.#assertDeadline(group, instanceId);
  }

  /** After a call that wrote to the cloud, with the settings of all groups before it. */
  wrote(outcome: WriteOutcome, settingsBefore: string): void {
    this.#refusals.answered(outcome.kind === "failed" ? outcome.error : undefined);
    this.#demand(
      "S9",
      this.settings() === settingsBefore,
      `the settings of a group are edited: ${settingsBefore} became ${this.settings()}`,
    );
  }

  /** What of the groups belongs to whoever made them. */
  settings(): string {
    const { cloud } = this.#world;
    const settings = cloud.groupNames.map((name) => {
      const { min, max, launchSuspended } = cloud.group(name);
      return [name, min, max, launchSuspended];
    });
    return JSON.stringify(settings);
  }

  /** Before Ray is asked to drain a node. */
  draining(request: DrainRequest, calledMs: number): void {
    const instanceId = this.#world.ray.instanceOf(request.nodeId);
    const isAnnounced = this.#world.notices.some((notice) => notice.instanceId === instanceId && isTakenAway(notice));
    this.#world.note(`drain ${request.nodeId.slice(-4)}`);
    this.#demand("S10", !this.#world.config.dryRun, "a dry run writes");
    this.#demand("S2", request.reason === "idle" || isAnnounced, "a node is asked to leave that is not idle, and nobody takes it away");
    this.#demand("S2", !request.nodeId.includes("ffff"), "the head is asked to leave");
    this.#assertRecent("a node is drained", calledMs, oldest.lookToShrink);
    this.#demand("S5", this.#rayViews >= 1 && this.#rayViewThisTick, "a node is drained without two complete views of Ray in a row");
  }

  drained({ nodeId, reason }: DrainRequest, calledMs: number): void {
    if (reason !== "idle") return;
    const instanceId = this.#world.ray.instanceOf(nodeId);
    const isGone = instanceId === undefined || this.#world.ray.aliveNode(instanceId) === undefined;
    const tooMany = this.#idleRemovals.ask(this.#rayAskedMs, { workers: this.#workersSeen, isGone, calledMs });
    this.#demand("S7", tooMany === undefined, tooMany ?? "");
    if (isGone) this.#assertMinimum(instanceId);
  }

  assertBounds(): void {
    for (const { groupName } of this.#world.config.groups) {
      const { desired, max } = this.#cloudGroup(groupName);
      this.#demand("S1", desired <= max, `${groupName} wants ${desired}, above ${max}`);
    }
  }

  #assertMaximum(group: AgentGroup, desired: number): void {
    const { groups, limits } = this.#world.config;
    this.#demand("S1", desired <= group.maxReplicas, `${group.groupName} is set to ${desired}, above ${group.maxReplicas}`);
    const others = groups.filter((other) => other !== group).map(({ groupName }) => this.#cloudGroup(groupName).desired);
    const total = others.reduce((sum, other) => sum + other, desired);
    this.#demand("S1", total <= (limits.maxReplicas ?? total), `all groups are set to ${total}, above ${limits.maxReplicas}`);
  }

  #assertMinimum(drained: string | undefined): void {
    for (const { groupName, minReplicas } of this.#world.config.groups) {
      const machines = this.#cloudGroup(groupName).instances.filter((instance) => instance.endRequestedMs === undefined);
      const staying = machines.filter(({ instanceId }) => !this.#world.ray.hasVisiblyLeft(instanceId)).length;
      const isTouched = machines.some(({ instanceId }) => instanceId === drained);
      this.#demand("S1", !isTouched || staying >= minReplicas, `${groupName} is drained to ${staying}, below ${minReplicas}`);
    }
  }

  /** Each piece of work needs one machine at most, so machines on their way beside more than that are not counted. */
  #assertNeeded({ groupName, minReplicas }: AgentGroup, desired: number): void {
    const { instances, desired: before } = this.#cloudGroup(groupName);
    const scheduled = (this.#world.config.schedules ?? []).map((schedule) => schedule.minReplicas ?? 0);
    const filling = fillingOf(instances);
    const added = desired - Math.max(before, filling.length);
    const coming = filling.filter((instance) => this.#isComing(instance)).length;
    const pieces = this.#piecesOfWork() + Math.max(minReplicas, ...scheduled);
    this.#demand(
      "S6",
      added + coming <= pieces,
      `${groupName} grows by ${added} with ${coming} machines on their way, and needs ${pieces} at most`,
    );
    const { size: failed = 0 } = this.#neverJoined.get(groupName) ?? {};
    if (failed < FAILURES_TO_PROBE) return;
    this.#demand(
      "S6",
      added + coming <= 1,
      `${groupName} grows by ${added} with ${coming} on their way after ${failed} machines in a row that never joined`,
    );
  }

  /** As the agent was told: what waits, what was requested, and what runs on machines that are taken away. */
  #piecesOfWork(): number {
    const { ray, notices } = this.#world;
    const { demands = [], gangs = [], requested = [] } = this.#seen ?? {};
    const bundles = [...demands, ...requested, ...gangs.flatMap((gang) => gang.bundles)];
    const leaving = notices.filter(isTakenAway).reduce((sum, { instanceId }) => sum + ray.workOn(instanceId), 0);
    return bundles.reduce((sum, { count = 1 }) => sum + count, 0) + leaving;
  }

  #isComing(instance: InMemoryInstance): boolean {
    const { ray, nowMs } = this.#world;
    const { instanceId, launchedMs } = instance;
    const hasJoined = ray.aliveNode(instanceId) !== undefined || ray.hasLeft(instanceId);
    return !hasJoined && !this.#isDoomed(instanceId) && instance.unusualState === undefined && nowMs() - launchedMs < LEAST_DEADLINE_MS;
  }

  /** It is taken away, or has said that it gave up: not waited for. */
  #isDoomed(instanceId: string): boolean {
    const { notices, bootReports } = this.#world;
    const isTaken = notices.some((notice) => notice.instanceId === instanceId && isTakenAway(notice));
    return isTaken || bootReports.get(instanceId)?.failure !== undefined;
  }

  #assertDeadline({ groupName, bootDeadlineSeconds }: AgentGroup, instanceId: string): void {
    const { ray, nowMs } = this.#world;
    const instance = this.#cloudGroup(groupName).instances.find((candidate) => candidate.instanceId === instanceId);
    if (instance === undefined || ray.hasLeft(instanceId) || ray.aliveNode(instanceId) !== undefined) return;
    if (this.#isDoomed(instanceId)) return;
    const ageMs = nowMs() - instance.launchedMs;
    const deadlineMs = Math.min(bootDeadlineSeconds * 1000, LEAST_DEADLINE_MS);
    this.#demand("S6", ageMs >= deadlineMs, `${instanceId} is ended ${ageMs / 1000} s after its launch, before it could join`);
    const others = this.#cloudGroup(groupName).instances.some((other) => ray.aliveNode(other.instanceId) !== undefined);
    if (!others) this.#neverJoined.set(groupName, new Set([...(this.#neverJoined.get(groupName) ?? []), instanceId]));
  }

  #assertSameDecision(
    { observation, memoryBefore, config, actions }: TickRecord,
    decide: (request: DecisionRequest) => DecisionReply,
  ): void {
    const again = decideTick({ observation, memory: memoryBefore, config: { ...config, dryRun: !config.dryRun } }, decide);
    this.#demand("S10", isDeepStrictEqual(again.actions, actions), "the same input is decided otherwise a second time");
  }

  #assertRecent(what: string, calledMs: number, mostMs: number): void {
    const agoMs = calledMs - this.#rayAskedMs;
    this.#demand("S5", agoMs <= mostMs, `${what} on a look at Ray from ${agoMs / 1000} s ago`);
    // A call that was on its way when the agent stood still cannot be taken back.
    const isMadeAfter = this.#thawedMs !== undefined && calledMs >= this.#thawedMs;
    this.#demand("S5", !isMadeAfter, `${what} on what was seen before the agent stood still`);
  }

  #assertSeenTwice(what: string, { groupName }: AgentGroup): void {
    this.#demand("S5", this.#rayViews >= 1 && this.#rayViewThisTick, `${what} without two complete views of Ray in a row`);
    const views = this.#groupKnownThisTick.has(groupName) ? (this.#groupViews.get(groupName) ?? 0) : 0;
    this.#demand("S5", views >= 1, `${what} without two complete views of ${groupName} in a row`);
  }

  /** The group now, with what it ever had. A node in Ray ends a row of machines that never joined. */
  #pastOf(groupName: string): GroupPast {
    const { instances, failures } = this.#cloudGroup(groupName);
    const { count = 0, ids = new Set() } = this.#launched.get(groupName) ?? {};
    const launched = count + instances.filter(({ instanceId }) => !ids.has(instanceId)).length;
    this.#launched.set(groupName, { count: launched, ids: new Set(instances.map(({ instanceId }) => instanceId)) });
    if (instances.some(({ instanceId }) => this.#world.ray.aliveNode(instanceId) !== undefined)) this.#neverJoined.delete(groupName);
    return { atMs: this.#world.nowMs(), launched, failed: failures.length };
  }

  #cloudGroup(groupName: string): ReturnType<InMemoryCloud["group"]> {
    const group = this.#world.config.groups.find((candidate) => candidate.groupName === groupName);
    return this.#world.cloud.group(group === undefined ? groupName : cloudName(group));
  }

  #demand(rule: RuleName, holds: boolean, what: string): void {
    this.#ledger.demand(rule, holds, what);
  }
}

/** Machines that fill a place and are not being ended. */
function fillingOf(instances: readonly InMemoryInstance[]): readonly InMemoryInstance[] {
  return instances.filter((instance) => instance.endRequestedMs === undefined && instance.unusualState !== "Standby");
}
