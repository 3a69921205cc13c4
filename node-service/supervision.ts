import type { BootStage } from "../contract/bootReport";

/** Limits and waits of the supervision, in seconds. */
export interface SupervisionPolicy {
  readonly role: "head" | "worker";
  /** A worker that has seen no head for this long ends itself. */
  readonly orphanTimeoutSeconds: number;
}

/** Ray notices a crash of its raylet within a second and ends by itself; a raylet gone for longer than this beside a living parent was drained. */
export const RAYLET_GONE_SECONDS = 5;
/** `ray start` takes 3 to 16 s; it waits for ever for a head that does not let it in. */
export const START_TIMEOUT_SECONDS = 180;
/** A raylet that lives for so long runs, whatever the wording of `ray start` is. */
const UNANNOUNCED_START_SECONDS = 60;
/** A run that ends before this counts as a quick failure. */
const QUICK_FAILURE_SECONDS = 60;
export const MAX_QUICK_FAILURES = 3;
/** Ray drains itself for up to 30 s when it is told to stop. */
export const STOP_GRACE_SECONDS = 40;
/** A `ray start` that is still waiting for its raylet does not react to SIGTERM. */
const UNSTARTED_STOP_GRACE_SECONDS = 5;
/** How long a drained machine waits for the agent to end it before it ends itself. */
export const AWAIT_END_SECONDS = 300;
const END_RETRY_SECONDS = 30;
const MAX_BACK_OFF_SECONDS = 30;

/** What is so at this moment. */
export interface Observation {
  /** The `ray start --block` process: none started yet or already cleared away, alive, or ended. */
  readonly ray: { readonly kind: "none" } | { readonly kind: "alive" } | { readonly kind: "ended"; readonly how: string };
  /** Whether the raylet of this machine runs. A zombie does not. */
  readonly raylet: boolean;
  /** Whether `ray start` has said that Ray runs. A raylet may live for a second and then find that it cannot. */
  readonly announced: boolean;
  /** Whether the head's GCS port takes connections; `unknown` before the first answer. Always `reachable` on the head itself. */
  readonly head: "reachable" | "unreachable" | "unknown";
  /** EC2 has announced that it takes the machine back. */
  readonly spotNotice: boolean;
  readonly stopRequested: boolean;
  /** The last answer to our request to end this machine. */
  readonly endRequest: "none" | "pending" | "accepted" | "refused";
}

/** What the supervision asks the runner to do, in order. */
export type Action =
  | { readonly kind: "start-ray" }
  /** SIGTERM to `ray start --block`, which then drains the node. */
  | { readonly kind: "stop-ray" }
  /** SIGKILL to everything that came from `ray start` on this machine. */
  | { readonly kind: "clear-ray" }
  | { readonly kind: "report"; readonly stage: BootStage }
  | { readonly kind: "fail"; readonly reason: string }
  | { readonly kind: "say"; readonly event: string; readonly reason: string }
  | { readonly kind: "end-machine"; readonly reason: string }
  | { readonly kind: "exit" };

type Phase =
  /** Not running; starts when the time has come and the head can be reached. */
  | { readonly kind: "waiting"; readonly untilMs: number }
  | { readonly kind: "starting"; readonly sinceMs: number }
  | { readonly kind: "running"; readonly startedMs: number; readonly rayletGoneSinceMs?: number }
  /** Told to stop; `next` says what follows when it has. */
  | { readonly kind: "stopping"; readonly untilMs: number; readonly next: "exit" | "await-end" }
  /** Drained; the agent, or the cloud, will end the machine. */
  | { readonly kind: "awaiting-end"; readonly untilMs: number }
  | { readonly kind: "ending"; readonly retryMs: number; readonly reason: string }
  | { readonly kind: "exited" };

/** All that the supervision remembers. */
export interface Supervision {
  readonly phase: Phase;
  readonly quickFailures: number;
  /** Since when the head has not answered without a break. */
  readonly headLostSinceMs?: number;
}

interface Step {
  readonly state: Supervision;
  readonly actions: readonly Action[];
}

/** The state before the first step. */
export function startSupervision(nowMs: number): Supervision {
  return { phase: { kind: "waiting", untilMs: nowMs }, quickFailures: 0 };
}

function go(state: Supervision, phase: Phase, ...actions: readonly Action[]): Step {
  return { state: { ...state, phase }, actions };
}

function seconds(count: number): number {
  return count * 1000;
}

function endMachine(state: Supervision, nowMs: number, reason: string): Step {
  return go(
    state,
    { kind: "ending", retryMs: nowMs + seconds(END_RETRY_SECONDS), reason },
    { kind: "clear-ray" },
    { kind: "report", stage: "ended" },
    { kind: "end-machine", reason },
  );
}

function awaitEnd(state: Supervision, nowMs: number): Step {
  return go(state, { kind: "awaiting-end", untilMs: nowMs + seconds(AWAIT_END_SECONDS) }, { kind: "clear-ray" });
}

function stopRay(state: Supervision, next: "exit" | "await-end", input: { nowMs: number; unstarted: boolean; report?: BootStage }): Step {
  const grace = input.unstarted ? UNSTARTED_STOP_GRACE_SECONDS : STOP_GRACE_SECONDS;
  const report: readonly Action[] = input.report === undefined ? [] : [{ kind: "report", stage: input.report }];
  return go(state, { kind: "stopping", untilMs: input.nowMs + seconds(grace), next }, ...report, { kind: "stop-ray" });
}

/** Ray ended, or did not come up. Failures while the head is away are the head's, and are not counted against the worker. */
function failed(state: Supervision, policy: SupervisionPolicy, input: { nowMs: number; startedMs: number; reason: string }): Step {
  const { nowMs, reason } = input;
  const headAway = policy.role === "worker" && state.headLostSinceMs !== undefined;
  const wasQuick = nowMs - input.startedMs < seconds(QUICK_FAILURE_SECONDS) || !isRunning(state);
  const quickFailures = headAway ? state.quickFailures : wasQuick ? state.quickFailures + 1 : 0;
  const next = { ...state, quickFailures };
  if (policy.role === "worker" && quickFailures >= MAX_QUICK_FAILURES) {
    const why = `Ray failed ${quickFailures} times in a row, last: ${reason}`;
    const step = endMachine(next, nowMs, why);
    return { state: step.state, actions: [...step.actions, { kind: "fail", reason: why }] };
  }
  const backOff = Math.min(2 ** Math.max(0, quickFailures - 1), MAX_BACK_OFF_SECONDS);
  return go(
    next,
    { kind: "waiting", untilMs: nowMs + seconds(backOff) },
    { kind: "clear-ray" },
    { kind: "say", event: "ray-restart", reason: `${reason}; again in ${backOff} s` },
  );
}

function isRunning(state: Supervision): boolean {
  return state.phase.kind === "running";
}

function withHead(state: Supervision, head: Observation["head"], nowMs: number): Supervision {
  if (head === "unknown") return state;
  const { headLostSinceMs, ...rest } = state;
  return head === "reachable" ? rest : { ...rest, headLostSinceMs: headLostSinceMs ?? nowMs };
}

/** What every phase but the last ones must react to. */
function interrupted(state: Supervision, policy: SupervisionPolicy, seen: Observation, nowMs: number): Step | undefined {
  const { phase } = state;
  const unstarted = phase.kind === "starting";
  if (seen.stopRequested) {
    if (phase.kind === "stopping") return go(state, { ...phase, next: "exit" });
    return seen.ray.kind === "alive"
      ? stopRay(state, "exit", { nowMs, unstarted, report: "draining" })
      : go(state, { kind: "exited" }, { kind: "clear-ray" }, { kind: "exit" });
  }
  if (policy.role === "head" || phase.kind === "stopping" || phase.kind === "ending") return undefined;
  if (state.headLostSinceMs !== undefined && nowMs - state.headLostSinceMs >= seconds(policy.orphanTimeoutSeconds)) {
    return endMachine(state, nowMs, `no head for ${policy.orphanTimeoutSeconds} s`);
  }
  if (seen.spotNotice && phase.kind !== "awaiting-end") {
    if (seen.ray.kind === "alive") return stopRay(state, "await-end", { nowMs, unstarted, report: "draining" });
    const step = awaitEnd(state, nowMs);
    return { state: step.state, actions: [{ kind: "report", stage: "draining" }, ...step.actions] };
  }
  return undefined;
}

function whileRunning(
  state: Supervision,
  phase: Extract<Phase, { kind: "running" }>,
  input: { policy: SupervisionPolicy; seen: Observation; nowMs: number },
): Step {
  const { seen, nowMs, policy } = input;
  if (seen.ray.kind === "ended") return failed(state, policy, { nowMs, startedMs: phase.startedMs, reason: seen.ray.how });
  if (seen.raylet) return go(state, { kind: "running", startedMs: phase.startedMs });
  const goneSinceMs = phase.rayletGoneSinceMs ?? nowMs;
  if (nowMs - goneSinceMs < seconds(RAYLET_GONE_SECONDS)) return go(state, { ...phase, rayletGoneSinceMs: goneSinceMs });
  if (policy.role === "head") return failed(state, policy, { nowMs, startedMs: phase.startedMs, reason: "the head's raylet is gone" });
  return stopRay(state, "await-end", { nowMs, unstarted: true, report: "draining" });
}

function whileStarting(
  state: Supervision,
  phase: Extract<Phase, { kind: "starting" }>,
  input: { policy: SupervisionPolicy; seen: Observation; nowMs: number },
): Step {
  const { seen, nowMs, policy } = input;
  if (seen.ray.kind === "ended") return failed(state, policy, { nowMs, startedMs: phase.sinceMs, reason: seen.ray.how });
  const isUp = seen.announced || nowMs - phase.sinceMs >= seconds(UNANNOUNCED_START_SECONDS);
  if (seen.raylet && isUp) return go(state, { kind: "running", startedMs: phase.sinceMs }, { kind: "report", stage: "running" });
  const late = nowMs - phase.sinceMs >= seconds(START_TIMEOUT_SECONDS);
  if (late && seen.head === "reachable") {
    return failed(state, policy, { nowMs, startedMs: phase.sinceMs, reason: `no raylet after ${START_TIMEOUT_SECONDS} s` });
  }
  return go(state, phase);
}

/**
 * One step of the supervision of Ray on a machine.
 *
 * Input → output: memory, what is seen and the time (monotonic, milliseconds) → memory and what to do, in order.
 *
 * Guarantees: a crash is answered by a restart with growing waits; a drained node is not started again; a worker without a head ends itself
 * after `orphanTimeoutSeconds`; being told to stop always ends in `exit` within 40 s.
 *
 * Never: ends the head; counts the head's absence as the worker's failure; starts Ray twice.
 */
export function superviseStep(state: Supervision, policy: SupervisionPolicy, seen: Observation, nowMs: number): Step {
  if (state.phase.kind === "exited") return { state, actions: [] };
  const current = withHead(state, seen.head, nowMs);
  const step = interrupted(current, policy, seen, nowMs);
  const moved = step?.state ?? current;
  // An order to stop that came while Ray was stopping already changes only what follows.
  if (step !== undefined && (step.actions.length > 0 || moved.phase.kind !== "stopping")) return step;
  return continuePhase(moved, { policy, seen, nowMs });
}

function continuePhase(state: Supervision, input: { policy: SupervisionPolicy; seen: Observation; nowMs: number }): Step {
  const { phase } = state;
  const { seen, nowMs } = input;
  switch (phase.kind) {
    case "waiting":
      if (nowMs < phase.untilMs || seen.head !== "reachable") return go(state, phase);
      return go(
        state,
        { kind: "starting", sinceMs: nowMs },
        { kind: "clear-ray" },
        { kind: "report", stage: "ray-start" },
        { kind: "start-ray" },
      );
    case "starting":
      return whileStarting(state, phase, input);
    case "running":
      return whileRunning(state, phase, input);
    case "stopping":
      if (seen.ray.kind === "alive" && nowMs < phase.untilMs) return go(state, phase);
      return phase.next === "exit" ? go(state, { kind: "exited" }, { kind: "clear-ray" }, { kind: "exit" }) : awaitEnd(state, nowMs);
    case "awaiting-end":
      return nowMs < phase.untilMs ? go(state, phase) : endMachine(state, nowMs, `drained, and not ended for ${AWAIT_END_SECONDS} s`);
    case "ending":
      if (seen.endRequest !== "refused" || nowMs < phase.retryMs) return go(state, phase);
      return go(state, { ...phase, retryMs: nowMs + seconds(END_RETRY_SECONDS) }, { kind: "end-machine", reason: phase.reason });
    case "exited":
      return { state, actions: [] };
  }
}
