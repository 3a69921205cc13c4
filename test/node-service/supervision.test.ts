import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Action,
  AWAIT_END_SECONDS,
  MAX_QUICK_FAILURES,
  type Observation,
  RAYLET_GONE_SECONDS,
  START_TIMEOUT_SECONDS,
  STOP_GRACE_SECONDS,
  type Supervision,
  type SupervisionPolicy,
  startSupervision,
  superviseStep,
} from "../../node-service/supervision";

const worker: SupervisionPolicy = { role: "worker", orphanTimeoutSeconds: 900 };
const head: SupervisionPolicy = { role: "head", orphanTimeoutSeconds: 900 };

const quiet: Observation = {
  ray: { kind: "none" },
  raylet: false,
  announced: false,
  head: "reachable",
  spotNotice: false,
  stopRequested: false,
  endRequest: "none",
};

/** A machine that answers the actions as a real one would, second by second. */
class Machine {
  state: Supervision;
  seen: Observation = quiet;
  nowMs = 0;
  readonly log: string[] = [];
  exited = false;

  constructor(private readonly policy: SupervisionPolicy) {
    this.state = startSupervision(0);
  }

  #perform(action: Action): void {
    this.log.push(action.kind === "report" ? `report ${action.stage}` : action.kind);
    if (action.kind === "start-ray") this.seen = { ...this.seen, ray: { kind: "alive" } };
    if (action.kind === "clear-ray") this.seen = { ...this.seen, ray: { kind: "none" }, raylet: false, announced: false };
    if (action.kind === "exit") this.exited = true;
  }

  see(change: Partial<Observation>): this {
    this.seen = { ...this.seen, ...change };
    return this;
  }

  run(seconds: number): this {
    for (let second = 0; second < seconds; second += 1) {
      const step = superviseStep(this.state, this.policy, this.seen, this.nowMs);
      this.state = step.state;
      for (const action of step.actions) this.#perform(action);
      this.nowMs += 1000;
    }
    return this;
  }

  /** Runs until Ray is up; forgets what led there. */
  up(): this {
    this.run(1).see({ raylet: true, announced: true }).run(1);
    expect(this.log).toEqual(["clear-ray", "report ray-start", "start-ray", "report running"]);
    this.log.length = 0;
    return this;
  }

  crash(): this {
    return this.see({ ray: { kind: "ended", how: "ray start ended with code 1" }, raylet: false });
  }
}

describe("superviseStep", () => {
  it("starts Ray, and says running only when Ray has said so and its raylet lives", () => {
    const machine = new Machine(worker).run(1).see({ raylet: true }).run(3);
    expect(machine.state.phase.kind).toBe("starting");
    machine.see({ announced: true }).run(1);
    expect(machine.log.at(-1)).toBe("report running");
  });

  it("does not depend on the wording of Ray for ever", () => {
    const machine = new Machine(worker).run(1).see({ raylet: true }).run(61);
    expect(machine.state.phase.kind).toBe("running");
  });

  it.each(["unknown", "unreachable"] as const)("does not start Ray on a worker whose head is %s", (answer) => {
    const machine = new Machine(worker).see({ head: answer }).run(60);
    expect(machine.log).toEqual([]);
    expect(machine.see({ head: "reachable" }).run(1).log).toContain("start-ray");
  });

  it.each([
    ["worker", worker],
    ["head", head],
  ])("starts Ray again on a %s when it crashed after a long run", (_, policy) => {
    const machine = new Machine(policy).up().run(600).crash().run(3);
    expect(machine.log).toEqual(["clear-ray", "say", "clear-ray", "report ray-start", "start-ray"]);
    expect(machine.state.quickFailures).toBe(0);
  });

  it("ends a worker after three quick failures in a row, and says why", () => {
    const machine = new Machine(worker);
    for (let failure = 0; failure < MAX_QUICK_FAILURES; failure += 1) machine.run(10).crash().run(1);
    expect(machine.log.slice(-4)).toEqual(["clear-ray", "report ended", "end-machine", "fail"]);
    expect(machine.run(1000).log.filter((action) => action === "start-ray")).toHaveLength(MAX_QUICK_FAILURES);
  });

  it("keeps trying on the head, at growing intervals up to 30 s", () => {
    const machine = new Machine(head);
    const startedAt: number[] = [];
    for (let second = 0; second < 400; second += 1) {
      const before = machine.log.filter((action) => action === "start-ray").length;
      machine.run(1);
      if (machine.log.filter((action) => action === "start-ray").length > before) {
        startedAt.push(machine.nowMs / 1000);
        machine.crash();
      }
    }
    const waits = startedAt.slice(1).map((second, index) => second - (startedAt[index] ?? 0));
    expect(waits.slice(0, 6)).toEqual([2, 3, 5, 9, 17, 31]);
    expect(Math.max(...waits)).toBe(31);
    expect(machine.log).not.toContain("end-machine");
  });

  it("does not count failures while the head is away", () => {
    const machine = new Machine(worker);
    for (let failure = 0; failure < 6; failure += 1) machine.see({ head: "reachable" }).run(20).see({ head: "unreachable" }).crash().run(1);
    expect(machine.state.quickFailures).toBe(0);
    expect(machine.log).not.toContain("end-machine");
  });

  it("gives up a start that brings no raylet, but not while the head is away", () => {
    const machine = new Machine(worker)
      .run(1)
      .see({ head: "unreachable" })
      .run(START_TIMEOUT_SECONDS + 10);
    expect(machine.state.phase.kind).toBe("starting");
    machine.see({ head: "reachable" }).run(1);
    expect(machine.log.at(-1)).toBe("say");
    expect(machine.state.quickFailures).toBe(1);
  });

  it("takes a raylet that went while its parent lives for drained, and never starts it again", () => {
    const machine = new Machine(worker).up().see({ raylet: false }).run(RAYLET_GONE_SECONDS);
    expect(machine.log).toEqual([]);
    machine.run(1);
    expect(machine.log).toEqual(["report draining", "stop-ray"]);
    machine.crash().run(AWAIT_END_SECONDS);
    expect(machine.log).toEqual(["report draining", "stop-ray", "clear-ray"]);
    machine.run(2);
    expect(machine.log.slice(3)).toEqual(["clear-ray", "report ended", "end-machine"]);
    expect(machine.run(3600).log).not.toContain("start-ray");
  });

  it("does not take a raylet for drained that is back at the next look", () => {
    const machine = new Machine(worker).up().see({ raylet: false }).run(3).see({ raylet: true }).run(3).see({ raylet: false }).run(4);
    expect(machine.log).toEqual([]);
  });

  it("starts the head's Ray again when its raylet is gone", () => {
    const machine = new Machine(head)
      .up()
      .see({ raylet: false })
      .run(RAYLET_GONE_SECONDS + 4);
    expect(machine.log).toContain("start-ray");
    expect(machine.log).not.toContain("end-machine");
  });

  it("drains on a spot notice and waits for the end", () => {
    const machine = new Machine(worker).up().see({ spotNotice: true }).run(10);
    expect(machine.log).toEqual(["report draining", "stop-ray"]);
    machine.crash().run(60);
    expect(machine.state.phase.kind).toBe("awaiting-end");
    expect(machine.log).toEqual(["report draining", "stop-ray", "clear-ray"]);
  });

  it("does not start Ray on a machine that is about to be taken back", () => {
    const machine = new Machine(worker).see({ head: "unreachable", spotNotice: true }).run(5).see({ head: "reachable" }).run(60);
    expect(machine.log).toEqual(["report draining", "clear-ray"]);
  });

  it("lets Ray drain when told to stop, then exits", () => {
    const machine = new Machine(worker).up().see({ stopRequested: true }).run(20);
    expect(machine.log).toEqual(["report draining", "stop-ray"]);
    machine.crash().run(1);
    expect(machine.log.slice(2)).toEqual(["clear-ray", "exit"]);
  });

  it("exits after 40 s at the latest when told to stop", () => {
    const machine = new Machine(worker).up().see({ stopRequested: true });
    expect(machine.run(STOP_GRACE_SECONDS).exited).toBe(false);
    expect(machine.run(2).exited).toBe(true);
  });

  it("exits after 5 s when Ray was still starting, because such a start does not react", () => {
    const machine = new Machine(worker).run(1).see({ stopRequested: true });
    expect(machine.run(7).exited).toBe(true);
  });

  it("exits instead of waiting for the end when told to stop while it drains", () => {
    const machine = new Machine(worker).up().see({ spotNotice: true }).run(3).see({ stopRequested: true }).run(3).crash().run(2);
    expect(machine.exited).toBe(true);
  });

  it("ends a worker that has had no head for orphanTimeoutSeconds without a break", () => {
    const machine = new Machine(worker).up().see({ head: "unreachable" }).run(800).see({ head: "reachable" }).run(1);
    machine.see({ head: "unreachable" }).run(900);
    expect(machine.log).toEqual([]);
    machine.run(2);
    expect(machine.log).toEqual(["clear-ray", "report ended", "end-machine"]);
  });

  it("never ends the head, and asks again every 30 s when its own end was refused", () => {
    expect(new Machine(head).up().see({ head: "unreachable" }).run(5000).log).toEqual([]);
    const machine = new Machine(worker).see({ head: "unreachable" }).run(902).see({ endRequest: "refused" }).run(300);
    expect(machine.log.filter((action) => action === "end-machine")).toHaveLength(11);
  });

  it("always exits when told to stop, and acts only once it is time, from any history", () => {
    const observation = fc.record<Observation>({
      ray: fc.constantFrom<Observation["ray"]>({ kind: "alive" }, { kind: "ended", how: "code 1" }, { kind: "none" }),
      raylet: fc.boolean(),
      announced: fc.boolean(),
      head: fc.constantFrom("reachable", "unreachable", "unknown"),
      spotNotice: fc.boolean(),
      stopRequested: fc.constant(false),
      endRequest: fc.constantFrom("none", "pending", "accepted", "refused"),
    });
    const history = fc.array(fc.tuple(observation, fc.integer({ min: 1, max: 200 })), { maxLength: 40 });
    fc.assert(
      fc.property(history, fc.constantFrom(worker, head), (steps, policy) => {
        let state = startSupervision(0);
        let nowMs = 0;
        for (const [seen, seconds] of steps) {
          const step = superviseStep(state, policy, seen, nowMs);
          if (policy.role === "head") expect(step.actions.map((action) => action.kind)).not.toContain("end-machine");
          expect(step.actions.filter((action) => action.kind === "start-ray").length).toBeLessThanOrEqual(1);
          state = step.state;
          nowMs += seconds * 1000;
        }
        for (let second = 0; second <= STOP_GRACE_SECONDS + 1 && state.phase.kind !== "exited"; second += 1) {
          state = superviseStep(state, policy, { ...quiet, ray: { kind: "alive" }, stopRequested: true }, nowMs).state;
          nowMs += 1000;
        }
        expect(state.phase.kind).toBe("exited");
      }),
    );
  });
});
