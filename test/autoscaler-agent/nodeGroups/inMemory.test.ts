import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { WriteOutcome } from "../../../autoscaler-agent/nodeGroups/backend";
import { cloudName, InMemoryBackend, InMemoryCloud } from "../../../autoscaler-agent/nodeGroups/inMemory";
import { agentGroup } from "../../support/agentBuilders";
import { FakeClock } from "../../support/fakeClock";
import { GroupModel, type ModelAnswer } from "../../support/groupModel";

const never = new AbortController().signal;
const group = agentGroup({ maxReplicas: 5 });
const name = cloudName(group);

/** The in-memory cloud, reached by calls that take effect when the scheduler says. */
class Real {
  readonly clock = new FakeClock();
  readonly cloud = new InMemoryCloud(this.clock, [{ name, max: 5 }]);
  readonly backend = new InMemoryBackend(this.cloud);
  readonly underWay: Promise<void>[] = [];
  readonly #scheduler: fc.Scheduler;

  constructor(scheduler: fc.Scheduler) {
    this.#scheduler = scheduler;
  }

  /** Sends a call and does not wait for it. */
  send(what: string, effect: () => Promise<void>): void {
    this.underWay.push(this.#scheduler.schedule(Promise.resolve(), what).then(effect));
  }

  idAt(place: number): string {
    return this.cloud.group(name).instances[place]?.instanceId ?? "i-none";
  }
}

type Command = fc.AsyncCommand<GroupModel, Real, true>;

/** A call that both get at the moment at which it takes effect. */
function write(what: string, apply: (model: GroupModel) => ModelAnswer, call: (real: Real) => Promise<WriteOutcome>): Command {
  return {
    check: async () => true,
    run: async (model, real) =>
      real.send(what, async () => {
        const [expected, outcome] = [apply(model), call(real)];
        expect(codeOf(await outcome)).toBe(expected);
      }),
    toString: () => what,
  };
}

/** Something that happens to both. */
function event(what: string, apply: (model: GroupModel) => void, happen: (real: Real) => void): Command {
  return {
    check: async () => true,
    run: async (model, real) => {
      apply(model);
      happen(real);
      model.settle();
      await expectAlike(model, real);
    },
    toString: () => what,
  };
}

function codeOf(outcome: WriteOutcome): string {
  return outcome.kind === "failed" ? outcome.error.code : outcome.kind;
}

async function expectAlike(model: GroupModel, { backend, cloud }: Real): Promise<void> {
  const expected = model.shown();
  const seen = (await backend.describe([group], never)).get(group.groupName);
  const shown =
    seen?.kind === "known" ? { desired: seen.state.desired, lifecycles: seen.state.instances.map(({ lifecycle }) => lifecycle) } : seen;
  expect(shown).toEqual(expected);
  const isShort = expected.lifecycles.filter((lifecycle) => lifecycle !== "terminating").length < expected.desired;
  if (isShort) expect(cloud.group(name).failures[0]?.code).toBe("capacity");
}

const place = fc.integer({ min: 0, max: 6 });
const commands = fc.commands<GroupModel, Real, true>(
  [
    fc.integer({ min: -1, max: 6 }).map((size) =>
      write(
        `size ${size}`,
        (model) => model.setDesired(size),
        ({ backend }) => backend.setDesired(group, size, never),
      ),
    ),
    fc.record({ at: place, lower: fc.boolean() }).map(({ at, lower }) =>
      write(
        `end ${at}, ${lower ? "lower" : "keep"}`,
        (model) => model.end(at, lower),
        (real) => real.backend.terminate(group, { instanceId: real.idAt(at), desiredSize: lower ? "lower" : "keep" }, never),
      ),
    ),
    place.map((at) =>
      event(
        `lose ${at}`,
        (model) => model.lose(at),
        (real) => real.cloud.loseInstance(real.idAt(at)),
      ),
    ),
    fc.integer({ min: 1, max: 8 }).map((seconds) =>
      event(
        `wait ${seconds}`,
        (model) => {
          model.now += seconds;
        },
        ({ clock }) => clock.advance(seconds),
      ),
    ),
    fc.constantFrom(0, 2, Number.POSITIVE_INFINITY).map((capacity) =>
      event(
        `capacity ${capacity}`,
        (model) => {
          model.capacity = capacity;
        },
        ({ cloud }) => {
          cloud.group(name).capacity = capacity;
        },
      ),
    ),
  ],
  { maxCommands: 40 },
);

/** A few hundred in every run of the tests; `make model RUNS=100000` for longer. */
const RUNS = Number(process.env["MODEL_RUNS"] ?? 500);

describe("InMemoryCloud", () => {
  it("replaces a machine whose place is kept at once, not when somebody looks (shrunk from: size 1, end 0 keep, wait 5)", async () => {
    const clock = new FakeClock();
    const cloud = new InMemoryCloud(clock, [{ name, max: 5, desired: 1 }]);
    const [first] = cloud.group(name).instances;
    cloud.terminate(name, { instanceId: first?.instanceId ?? "", desiredSize: "keep" });
    clock.advance(5);
    expect(cloud.group(name).instances.map((instance) => cloud.lifecycle(instance))).toEqual(["in-service"]);
  });

  it("does what the model says, whatever calls are under way at once and in whatever order they take effect", async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), commands, async (scheduler, run) => {
        const [model, real] = [new GroupModel(5), new Real(scheduler)];
        await fc.scheduledModelRun(scheduler, () => ({ model, real }), run);
        await scheduler.waitFor(Promise.all(real.underWay));
        await expectAlike(model, real);
      }),
      { numRuns: RUNS, seed: 1 },
    );
  }, 3_600_000);
});
