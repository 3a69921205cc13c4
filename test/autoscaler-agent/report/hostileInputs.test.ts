import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clusterSnapshot } from "../../../autoscaler-agent/ray/clusterSnapshot";
import { DecisionLog } from "../../../autoscaler-agent/report/decisionLog";
import { decisionView } from "../../../autoscaler-agent/report/decisionView";
import { DecisionHistory } from "../../../autoscaler-agent/report/httpServer";
import { jsonLog } from "../../../autoscaler-agent/report/log";
import { Metrics } from "../../../autoscaler-agent/report/metrics";
import { autoscalingReport } from "../../../autoscaler-agent/report/rayReport";
import type { TickRecord } from "../../../autoscaler-agent/tickRecord";
import { AgentSimulation } from "../../support/agentSimulation";

const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
/** A line of Prometheus' text form. */
const metricLine = /^(?:# (?:HELP|TYPE) .*|[a-z_]+(?:\{(?:\w+="(?:[^"\\\n]|\\.)*",?)*\})? \S+)$/;

/** What a job, or somebody who may start nodes, could write. */
const nasty = fc.oneof(
  fc.constantFrom(
    '"} 1\nrayfleet_paused 1',
    "\u001b]0;owned\u0007",
    "<script>alert(1)</script>",
    "\u202egpu",
    "__proto__",
    "constructor",
    "x".repeat(3_000),
    "",
  ),
  fc.string({ unit: "binary", maxLength: 40 }),
);
const shape = fc.dictionary(nasty, fc.oneof(fc.double(), fc.constantFrom(1, 1e18, 0.00001)), { maxKeys: 4 });
const hostileRay = fc.record({
  session: nasty,
  labels: fc.dictionary(nasty, nasty, { maxKeys: 3 }),
  activity: fc.array(nasty, { maxLength: 3 }),
  total: shape,
  rejection: nasty,
  demands: fc.array(fc.record({ shape, key: nasty, values: fc.array(nasty, { maxLength: 2 }), count: fc.constantFrom(1, 5, 1e15) }), {
    maxLength: 4,
  }),
});
type HostileRay = typeof hostileRay extends fc.Arbitrary<infer Value> ? Value : never;

/** The last of some ticks in which Ray says such things of a node of ours. */
async function ticksWith(hostile: HostileRay): Promise<readonly TickRecord[]> {
  const simulation = new AgentSimulation();
  simulation.ray.submit({ CPU: 4 }, 1, 30);
  await simulation.until("one node", () => simulation.ray.aliveCount() === 1);
  const { ray } = simulation;
  const readState = ray.readState.bind(ray);
  ray.readState = async (signal) => {
    const state = await readState(signal);
    const said = clusterSnapshot({
      cluster_session_name: hostile.session,
      pending_resource_requests: hostile.demands.map((demand) => ({
        count: demand.count,
        request: {
          resources_bundle: demand.shape,
          label_selectors: [{ label_constraints: [{ label_key: demand.key, label_values: demand.values }] }],
        },
      })),
    });
    const nodes = state.nodes.map((node) =>
      node.isHead ? node : { ...node, labels: hostile.labels, activity: hostile.activity, total: { ...node.total, ...hostile.total } },
    );
    return { ...state, sessionName: said.sessionName, demands: said.demands, nodes };
  };
  ray.drainNode = async () => ({ kind: "rejected", message: hostile.rejection });
  await simulation.ticks(40);
  return simulation.records.slice(-40);
}

describe("what a machine writes to its console", () => {
  it("cannot break out of the log, the page, Ray's status or a terminal", async () => {
    const simulation = new AgentSimulation();
    simulation.ray.neverJoin = () => true;
    const nastyLines = ["\u001b]0;owned\u0007", "<script>alert(1)</script>", "\u202egpu", '"} 1', "x".repeat(3_000)];
    for (let machine = 1; machine <= 9; machine += 1) simulation.cloud.consoles.set(`i-0000000${machine}`, nastyLines);
    simulation.ray.submit({ CPU: 4 }, 3, 3_000);
    const paused = () => simulation.records.at(-1)?.holds.some(({ text }) => text.includes("its console ends with")) === true;
    await simulation.until("its group is paused", paused, 1_000);
    const lines: string[] = [];
    const log = new DecisionLog(jsonLog(simulation.clock, (line) => lines.push(line)));
    const history = new DecisionHistory();
    const views = simulation.records.slice(-40).map(decisionView);
    for (const view of views) {
      log.write(view, 0);
      history.add(view);
    }
    const tails = views.flatMap(({ actions }) => actions.flatMap(({ consoleTail }) => consoleTail ?? []));
    expect(tails).toContain("\\u{1b}]0;owned\\u{7}");
    expect(Math.max(...tails.map(({ length }) => length))).toBeLessThan(600);
    expect(lines.some((line) => line.includes("consoleTail"))).toBe(true);
    for (const line of lines) expect(line.slice(0, -1)).not.toMatch(unprintable);
    expect(history.toJson()).not.toMatch(unprintable);
    const reported = simulation.records.slice(-1).flatMap((record) => autoscalingReport(record).failedRequests);
    expect(reported.map(({ reason }) => reason).join()).toContain("its console ends with");
    expect(reported.filter(({ reason }) => unprintable.test(reason))).toEqual([]);
  });
});

describe("what Ray says of jobs and nodes", () => {
  it("cannot break out of the log, the page's data or the metrics, nor make them large", async () => {
    await fc.assert(
      fc.asyncProperty(hostileRay, async (hostile) => {
        const lines: string[] = [];
        const log = new DecisionLog(
          jsonLog({ monotonicMs: () => 0, epochMs: () => 0, sleep: async () => undefined }, (line) => lines.push(line)),
        );
        const [metrics, history] = [new Metrics(), new DecisionHistory()];
        for (const record of await ticksWith(hostile)) {
          const view = decisionView(record);
          log.write(view, record.observation.nowMs);
          metrics.record(record);
          history.add(view);
          expect(autoscalingReport(record).failedRequests.every(({ reason }) => !unprintable.test(reason))).toBe(true);
        }
        expect(lines.length).toBeGreaterThan(0);
        for (const line of lines) {
          expect(line.endsWith("\n") && !unprintable.test(line.slice(0, -1))).toBe(true);
          expect(line.length).toBeLessThan(40_000);
          expect(JSON.parse(line)).toMatchObject({ event: "decision" });
        }
        expect(history.toJson()).not.toMatch(unprintable);
        for (const line of (await metrics.text()).split("\n").filter(Boolean)) expect(line).toMatch(metricLine);
        expect(await metrics.text()).toMatch(/^rayfleet_paused 0$/m);
      }),
      { numRuns: 60 },
    );
  });

  it("fills no log with a hundred thousand shapes", async () => {
    const [record] = (await ticksWith({ session: "s", labels: {}, activity: [], total: {}, rejection: "", demands: [] })).slice(-1);
    if (record?.assessment.request === undefined) throw new Error("no request");
    const demands = Array.from({ length: 100_000 }, (_, index) => ({ shape: { [`resource-${index}`]: 1 }, count: 1 }));
    const view = decisionView({ ...record, assessment: { ...record.assessment, request: { ...record.assessment.request, demands } } });
    expect(view.pending.demands).toHaveLength(101);
    expect(view.pending.demands.at(-1)).toBe("and 99900 more");
  });

  it("makes no more than fifty time series of resources, and none of a single node", async () => {
    const total = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`r${index}`, 1]));
    const records = await ticksWith({
      session: "s",
      labels: {},
      activity: [],
      total: { ...total, "node:10.0.0.7": 1 },
      rejection: "",
      demands: [],
    });
    const metrics = new Metrics();
    for (const record of records) metrics.record(record);
    const series = (await metrics.text()).split("\n").filter((line) => line.startsWith("autoscaler_cluster_resources{"));
    expect(series).toHaveLength(50);
    expect(series.join()).not.toContain("node:");
  });
});
