import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { planCost } from "../components/plan/cost";
import { parseClusterSpec } from "../components/plan/parseClusterSpec";
import { formatSpecProblem } from "../components/plan/specProblem";

const root = join(__dirname, "..");
const project = parse(readFileSync(join(root, "Pulumi.yaml"), "utf8")) as { name: string; main: string; stackConfigDir: string };
const stackFiles = readdirSync(join(root, project.stackConfigDir)).filter((name) => /^Pulumi\..+\.yaml$/.test(name));

function readConfig(file: string): Record<string, unknown> {
  return (parse(readFileSync(join(root, project.stackConfigDir, file), "utf8")) as { config: Record<string, unknown> }).config;
}

function parsed(file: string) {
  return parseClusterSpec(readConfig(file)["rayfleet:cluster"], { stackName: file.split(".")[1] ?? "" });
}

describe("stack files", () => {
  it("are those that the documentation names", () => {
    expect(stackFiles.sort()).toEqual(["Pulumi.aws-dev.yaml", "Pulumi.aws-gpu.yaml", "Pulumi.aws-large.yaml", "Pulumi.local.yaml"]);
  });

  it.each(stackFiles)("%s has no problem", (file) => {
    const result = parsed(file);
    expect("problems" in result ? result.problems.map(formatSpecProblem) : []).toEqual([]);
  });

  it.each(stackFiles)("%s holds a region and a cluster, and nothing about how to sign in", (file) => {
    expect(Object.keys(readConfig(file)).sort()).toEqual(["aws:region", "rayfleet:cluster"]);
  });

  it.each([
    ["Pulumi.aws-dev.yaml", { atMinimumHourlyUsd: 0.38, atMaximumHourlyUsd: 5.22, unknownPrices: [] }],
    ["Pulumi.aws-gpu.yaml", { atMinimumHourlyUsd: 1.39, atMaximumHourlyUsd: 133.05, unknownPrices: [] }],
    ["Pulumi.aws-large.yaml", { atMinimumHourlyUsd: 5.73, atMaximumHourlyUsd: 705.73, unknownPrices: [] }],
    ["Pulumi.local.yaml", { atMinimumHourlyUsd: 1.5, atMaximumHourlyUsd: 4.44, unknownPrices: [] }],
  ])("%s costs what its comments say", (file, cost) => {
    const result = parsed(file);
    expect("ok" in result ? planCost(result.ok) : undefined).toMatchObject(cost);
  });
});
