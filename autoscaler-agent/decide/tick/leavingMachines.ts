import type { Demand, Reason } from "../../../contract/decision";
import type { NodeId } from "../../ray/nodeId";
import type { RayNode, RaySnapshot, Resources } from "../../ray/rayControl";
import { GROUP_LABEL, type GroupAssessment } from "./groups";
import type { InstanceAssessment } from "./instances";
import { isReplacedNow, isTakenAway, type MachineNotice, type NoticesObservation, noticeText } from "./machineNotices";

/** An idle node that the cloud advises to leave is kept for so long at most: work that comes every few seconds shall find it. */
const ADVISED_IDLE_SECONDS = 30;

/** Puts advised nodes before all others, however long those have been idle. */
const ADVISED_AHEAD_SECONDS = 1_000_000;

/** Why Ray is asked to drain a node that the cloud takes away. */
export interface NoticeReason {
  readonly code: "spot-interruption" | "scheduled";
  readonly text: string;
}

/** A node to drain because its machine will be lost. */
export interface NoticeDrain {
  readonly instanceId: string;
  readonly nodeId: NodeId;
  readonly reason: NoticeReason;
  /** Monotonic milliseconds; absent: the cloud named no time. */
  readonly deadlineMs?: number;
}

/** Something that people should know: of machines that will be lost. */
export interface NoticeRemark {
  readonly code: "notices-unknown" | "leaving-with-work" | "head-leaving";
  readonly groupName?: string;
  readonly text: string;
}

/** Nodes of the group that Ray is to drain now: their machines will be lost, and Ray does not know it yet, from the agent or from the machine itself. */
export function noticeDrains({ instances }: GroupAssessment): readonly NoticeDrain[] {
  return instances.flatMap(({ instance, notice, node, phase, memory }) => {
    const isDue = phase === "draining" && node !== undefined && node.status !== "draining" && !node.isHead && memory.drain === undefined;
    if (!isDue || notice === undefined || notice.kind === "rebalance") return [];
    const { kind, deadlineMs } = notice;
    const reason = { code: kind, text: `${noticeText(notice)}.` };
    return [{ instanceId: instance.instanceId, nodeId: node.nodeId, reason, ...(deadlineMs === undefined ? {} : { deadlineMs }) }];
  });
}

/**
 * What the work on nodes that leave will need elsewhere, as if it waited already: one piece for each node, since Ray does not say of what pieces its use is made, nor
 * what labels it asks for. So it is served by a node of the same group, else where a node has the labels that the user gave to the group, else anywhere. With the node
 * it goes away again; work that is lost with it is asked for by Ray.
 */
export function movingDemands(groups: readonly GroupAssessment[], nowMs: number): Demand[] {
  const pieces = new Map<string, Demand>();
  for (const group of groups) {
    for (const { shape, key } of group.instances.flatMap((known) => movingPiece(group, known, nowMs))) {
      const before = pieces.get(key);
      pieces.set(key, before === undefined ? { shape, count: 1, ...likeGroup(group) } : { ...before, count: before.count + 1 });
    }
  }
  return [...pieces.values()];
}

function likeGroup({ group }: GroupAssessment): Required<Pick<Demand, "selectors">> {
  const rules = Object.entries(group.labels)
    .filter(([key]) => !key.startsWith("ray.io/"))
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, value]) => ({ key, operator: "In" as const, values: [value] }));
  const sameGroup = { key: GROUP_LABEL, operator: "In" as const, values: [group.groupName] };
  return { selectors: [[sameGroup], ...(rules.length === 0 ? [] : [rules]), []] };
}

function movingPiece({ group, resources }: GroupAssessment, { notice, node, phase }: InstanceAssessment, nowMs: number) {
  if (phase !== "draining" || notice === undefined || node === undefined || !isTakenAway(notice) || !isReplacedNow(notice, nowMs))
    return [];
  const shape = usedOf(node, resources);
  return Object.keys(shape).length === 0 ? [] : [{ shape, key: JSON.stringify([group.groupName, shape]) }];
}

/** What is in use on the node of that which each node of its group has; never more than such a node has, so that one of them can always serve it. */
function usedOf(node: RayNode, resources: Resources): Record<string, number> {
  const names = Object.keys(resources)
    .filter((name) => name !== "object_store_memory")
    .sort();
  const used = names.map((name): [string, number] => {
    const amount = Math.min((node.total[name] ?? 0) - (node.available[name] ?? 0), resources[name] ?? 0);
    return [name, Math.round(amount * 10_000) / 10_000];
  });
  return Object.fromEntries(used.filter(([, amount]) => amount > 0));
}

/** How long the chooser is told that the node has been idle. */
export function toldIdleSeconds({ notice }: Pick<InstanceAssessment, "notice">, idleSeconds: number, timeoutSeconds: number): number {
  const advised = notice?.kind === "rebalance" && idleSeconds >= Math.min(ADVISED_IDLE_SECONDS, timeoutSeconds);
  return advised ? idleSeconds + ADVISED_AHEAD_SECONDS : idleSeconds;
}

/** The reason to drain an idle node, in true numbers where advice made it go first. */
export function advisedReason(reason: Reason, { notice, node }: Pick<InstanceAssessment, "notice" | "node">): Reason {
  if (reason.code !== "idle-timeout-reached" || notice?.kind !== "rebalance") return reason;
  return { ...reason, text: `It has had no work for ${Math.floor(node?.idleSeconds ?? 0)} s, and ${noticeText(notice)}.` };
}

/** What people should know: no news can be had; a machine that will be lost still has work; the head itself will be lost, which nothing can move. */
export function noticeRemarks(
  { notices, problem }: NoticesObservation,
  { groups, snapshot, nowMs }: { groups: readonly GroupAssessment[]; snapshot: RaySnapshot | undefined; nowMs: number },
): NoticeRemark[] {
  const head = snapshot?.nodes.find(({ isHead, status }) => isHead && status !== "dead");
  const ofHead = notices.get(head?.instanceId ?? "");
  const about = (what: string, notice: MachineNotice) => `${what}: ${noticeText(notice, nowMs)}`;
  return [
    ...(problem === undefined
      ? []
      : [{ code: "notices-unknown" as const, text: `the cloud's notices cannot be read: ${problem}; machines still see their own` }]),
    ...(head === undefined || ofHead === undefined
      ? []
      : [{ code: "head-leaving" as const, text: `${about(`the head ${head.instanceId}`, ofHead)}; stop and start it before that` }]),
    ...groups.flatMap(({ group: { groupName }, instances }) =>
      instances.flatMap(({ instance, node, notice, phase }): NoticeRemark[] =>
        phase === "draining" && node !== undefined && node.status !== "idle" && notice !== undefined && isTakenAway(notice)
          ? [
              {
                code: "leaving-with-work",
                groupName,
                text: `${about(`${groupName}: ${instance.instanceId}`, notice)}, and it still has work`,
              },
            ]
          : [],
      ),
    ),
  ];
}

/** A notice that was not there at the last look, as a sentence. */
export function newNoticeText({ instance, notice }: InstanceAssessment, noticedBefore: MachineNotice["kind"] | undefined, nowMs: number) {
  return notice === undefined || notice.kind === noticedBefore ? undefined : `${instance.instanceId}: ${noticeText(notice, nowMs)}`;
}
