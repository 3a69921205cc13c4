import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { runCommand } from "../../cli/runCommand";
import { aGroup } from "../support/decisionBuilders";

const folder = mkdtempSync(join(tmpdir(), "rayfleet-simulate-"));
afterAll(() => rmSync(folder, { recursive: true }));

function fileWith(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const policy = fileWith(
  "policy.json",
  JSON.stringify({
    groups: [
      { ...aGroup(), bootSeconds: 60 },
      { ...aGroup({ groupName: "gpu", resources: { CPU: 8, GPU: 2 }, pricePerHourUsd: 5 }), spot: true },
    ],
    idleTimeoutSeconds: 120,
  }),
);
const trace = fileWith("trace.csv", "arrival_s,duration_s,count,cpu,gpu,gang\n0,100,6,1,,\n30,200,4,2,1,1\n600,50,20,1,,\n");
const report = join(folder, "report.html");

function simulate(...args: readonly string[]) {
  return runCommand(["simulate", "--report", report, ...args]);
}

const everything = ["--trace", trace, "--policy", policy, "--compare", "ray,karpenter-like,cluster-autoscaler-like,oracle"];

describe("rayfleet simulate", () => {
  it("prints a table with a column for each policy", async () => {
    // One group, so that the figures do not change with every improvement of the chooser.
    const one = fileWith("one.json", JSON.stringify({ groups: [{ ...aGroup(), bootSeconds: 60 }], idleTimeoutSeconds: 120 }));
    const plain = fileWith("plain.csv", "arrival_s,duration_s,count,cpu\n0,100,6,1\n600,50,20,1\n");
    const { exitCode, output } = await simulate("--trace", plain, "--policy", one, ...everything.slice(4));
    expect(exitCode).toBe(0);
    await expect(output.replaceAll(folder, "FOLDER")).toMatchFileSnapshot("../golden/simulate/small.txt");
  });

  it("writes a report that needs no network and no script", async () => {
    await simulate(...everything);
    const html = readFileSync(report, "utf8");
    expect(html).toContain("karpenter-like");
    expect(html.match(/<svg /g)?.length).toBe(4 + 2 * 5);
    expect(html).not.toMatch(/https?:|<script|src=|@import|NaN|undefined|Infinity/);
  });

  it("prints the measures as JSON", async () => {
    const { output } = await simulate("--trace", trace, "--policy", policy, "--json");
    expect(JSON.parse(output)).toMatchObject({
      jobs: 3,
      tasks: 30,
      results: [{ name: "rayfleet", measures: { tasks: { completed: 30, infeasible: 0, unfinished: 0 } } }],
    });
  });

  it("takes the same trace packed, and only its first jobs", async () => {
    const packed = fileWith("trace.csv.gz", gzipSync(readFileSync(trace)));
    const { output } = await simulate("--trace", packed, "--policy", policy, "--json", "--jobs", "1");
    expect(JSON.parse(output)).toMatchObject({ jobs: 1, tasks: 6 });
  });

  it.each([
    ["Alibaba 2017", "arrival_s,duration_s,count,cpu,memory_norm,job_id,task_id\n0,10,5,0.5,0.0001,1,1\n", 5],
    [
      "Alibaba GPU 2023",
      "arrival_s,duration_s,count,cpu,memory_mib,gpu,gpu_type,qos,phase,orig_wait_s\n0,10,1,6,0,0.46,,LS,Running,0\n",
      1,
    ],
    ["Philly", "arrival_s,duration_s,gpu,vc\n0,10,2,a\n", 2],
    ["its own", "# a remark\narrival_s,duration_s,memory_gib,labels,resource:TPU\n0,10,0,ray.io/node-group=gpu|other,\n", 1],
  ])("reads a trace of the kind %s", async (_, text, tasks) => {
    const roomy = { CPU: 64, GPU: 8, memory: 1e12 };
    const big = fileWith("big.json", JSON.stringify({ groups: [aGroup({ groupName: "gpu", resources: roomy })] }));
    const { output } = await simulate("--trace", fileWith("kind.csv", text), "--policy", big, "--json");
    expect(JSON.parse(output)).toMatchObject({ tasks, results: [{ measures: { tasks: { completed: tasks } } }] });
  });

  it("takes groups without capacity from a spot trace", async () => {
    const spot = fileWith("spot.csv", "kind,gap_s,rle\navailability,60,0x20 1x100\n");
    const { output } = await simulate("--trace", trace, "--policy", policy, "--json", "--spot-trace", spot);
    expect(JSON.parse(output).results[0].measures.refusedLaunches).toBeGreaterThan(0);
  });

  it("gives all policies one idle time-out when it is told one", async () => {
    const costs = async (...more: string[]) => {
      const { output } = await simulate(...everything, "--json", ...more);
      return JSON.parse(output).results.map(({ measures }: { measures: { costUsd: number } }) => measures.costUsd);
    };
    const [own, shared] = [await costs(), await costs("--idle-timeout-seconds", "1000")];
    // All but the oracle, which needs no time-out.
    expect(shared.map((cost: number, i: number) => cost > own[i])).toEqual([true, true, true, true, false]);
  });

  it("replays on the groups of a stack", async () => {
    const { exitCode, output } = await simulate("--trace", trace, "--stack", "aws-gpu", "--json", "--boot-seconds", "30");
    expect(exitCode).toBe(0);
    expect(JSON.parse(output)).toMatchObject({ setup: "stack aws-gpu", results: [{ measures: { tasks: { completed: 30 } } }] });
  });

  it.each([
    [["--policy", policy], "--trace"],
    [["--trace", trace], "--stack"],
    [["--trace", trace, "--policy", policy, "--stack", "local"], "--stack"],
    [["--trace", trace, "--stack", "../local"], "--stack"],
    [["--trace", trace, "--stack", "none"], "--stack"],
    [["--trace", "/does/not/exist", "--policy", policy], "--trace"],
    [["--trace", policy, "--policy", policy], "--trace"],
    [["--trace", trace, "--policy", trace], "--policy"],
    [["--trace", trace, "--policy", policy, "--compare", "best"], "--compare"],
    [["--trace", trace, "--policy", policy, "--jobs", "0"], "--jobs"],
    [["--trace", trace, "--policy", policy, "--seed", ""], "--seed"],
    [["--trace", trace, "--policy", policy, "--placement", "best"], "--placement"],
    [["--trace", trace, "--policy", policy, "--idle-timeout-seconds", "long"], "--idle-timeout-seconds"],
    [["--trace", trace, "--policy", policy, "--spot-trace", trace], "--spot-trace"],
    [["--trace", trace, "--policy", policy, "--what"], "arguments"],
  ])("ends with an error for %j", async (args, path) => {
    const { exitCode, output } = await simulate(...args);
    expect(exitCode).toBe(1);
    expect(JSON.parse(output)).toMatchObject({ error: { path, message: expect.stringContaining("; got ") } });
  });

  it.each([
    ["a time that is no number", "arrival_s,duration_s\nx,1\n", "--trace line 2, arrival_s"],
    ["a negative duration", "arrival_s,duration_s\n0,-1\n", "--trace line 2, duration_s"],
    ["a broken count", "arrival_s,duration_s,count\n0,1,1\n0,1,0.5\n", "--trace line 3, count"],
    ["a gang that is neither yes nor no", "arrival_s,duration_s,gang\n0,1,yes\n", "--trace line 2, gang"],
    ["labels without a value", "arrival_s,duration_s,labels\n0,1,zone\n", "--trace line 2, labels"],
    ["a header alone", "arrival_s,duration_s\n", "--trace"],
  ])("names the place of %s", async (_, text, path) => {
    const { exitCode, output } = await simulate("--trace", fileWith("broken.csv", text), "--policy", policy);
    expect(exitCode).toBe(1);
    expect(JSON.parse(output)).toMatchObject({ error: { path } });
  });

  it.each([
    [{ groups: [] }, "groups"],
    [{ groups: [{ ...aGroup(), bootSeconds: -1 }] }, "groups[0].bootSeconds"],
    [{ groups: [aGroup(), aGroup()] }, "groups[1].groupName"],
    [{ groups: [aGroup({ minReplicas: 20 })] }, "groups[0].minReplicas"],
    [{ groups: [aGroup()], speed: 1 }, ""],
  ])("names the place of a mistake in the policy %j", async (value, path) => {
    const { exitCode, output } = await simulate("--trace", trace, "--policy", fileWith("wrong.json", JSON.stringify(value)));
    expect(exitCode).toBe(1);
    expect(JSON.parse(output)).toMatchObject({ error: { path } });
  });
});

describe("rayfleet plan", () => {
  const demand = fileWith(
    "demand.json",
    JSON.stringify({
      demands: [
        { shape: { CPU: 2 }, count: 50 },
        { shape: { GPU: 16 }, count: 1 },
      ],
      gangs: [{ bundles: [{ shape: { GPU: 8 }, count: 2 }] }],
    }),
  );

  it("says what it would buy, at what cost, and what each group could do", async () => {
    const { exitCode, output } = await runCommand(["plan", "--demand", demand, "--stack", "aws-gpu"]);
    expect(exitCode).toBe(0);
    await expect(output).toMatchFileSnapshot("../golden/plan/aws-gpu.txt");
  });

  it("prints the same as JSON, the cheapest group of each shape first", async () => {
    const plan = JSON.parse((await runCommand(["plan", "--demand", demand, "--stack", "aws-gpu", "--json"])).output);
    expect(plan.alternatives[0].groups[0]).toMatchObject({ groupName: "cpu", fitsPerNode: 8 });
    expect(plan.alternatives[1].groups[0]).toMatchObject({ lacks: [expect.stringContaining("GPU")] });
    expect(plan.infeasible.demands).toMatchObject([{ index: 1 }]);
    expect(plan.costPerHourUsd).toBeGreaterThanOrEqual(plan.lowerBoundPerHourUsd);
  });

  it.each([
    [["--demand", demand], "--stack"],
    [["--stack", "aws-gpu"], "--demand"],
    [["--stack", "aws-gpu", "--demand", trace], "--demand"],
    [["--stack", "aws-gpu", "--demand", fileWith("list.json", "[]")], "--demand"],
    [["--stack", "aws-gpu", "--demand", policy], "--demand"],
    [["--stack", "aws-gpu", "--demand", fileWith("bad.json", '{"demands":[{"shape":{},"count":-1}]}')], "demands[0].count"],
    [["--stack", "aws-gpu", "--demand", demand, "--what"], "arguments"],
  ])("ends with an error for %j", async (args, path) => {
    const { exitCode, output } = await runCommand(["plan", ...args]);
    expect(exitCode).toBe(1);
    expect(JSON.parse(output)).toMatchObject({ error: { path, message: expect.stringContaining("; got ") } });
  });
});
