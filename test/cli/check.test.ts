import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { runCommand } from "../../cli/runCommand";
import { aRayCluster, aRayCronJob, aWorkerGroup } from "../support/kubeRayManifests";

const folder = mkdtempSync(join(tmpdir(), "rayfleet-check-"));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
function fileWith(text: string): string {
  const path = join(folder, `manifests-${files++}.yaml`);
  writeFileSync(path, text);
  return path;
}

function yaml(...objects: readonly object[]): string {
  return objects.map((object) => stringify(object)).join("---\n");
}

async function check(...args: readonly string[]) {
  return await runCommand(["check", ...args]);
}

const service = { apiVersion: "v1", kind: "Service" };
const wrong = aRayCluster({ workerGroupSpecs: [aWorkerGroup({ minReplicas: 3, maxReplicas: 2 })] });

describe("rayfleet check", () => {
  it("passes right manifests and counts the others", async () => {
    const { exitCode, output } = await check(fileWith(yaml(service, aRayCluster())), fileWith(yaml(aRayCluster())));
    expect({ exitCode, output }).toEqual({
      exitCode: 0,
      output: "No problem in 2 of KubeRay's objects, for KubeRay 1.7.0; 1 of other kinds passed over.",
    });
  });

  it("names file, line, document, object and path of each problem, one line for each", async () => {
    const file = fileWith(yaml(service, wrong));
    const { exitCode, output } = await check(file);
    const line =
      yaml(service, wrong)
        .split("\n")
        .findIndex((text) => text.includes("minReplicas")) + 1;
    expect(exitCode).toBe(1);
    expect(output.split("\n")).toEqual([
      `${file}:${line}: document 2, RayCluster "demo": spec.workerGroupSpecs[0].minReplicas: is above maxReplicas; got 3 > 2; expected minReplicas ≤ maxReplicas. Lower it or raise maxReplicas. (min-above-max; caught by operator)`,
      "1 problem in 1 of KubeRay's objects, for KubeRay 1.7.0; 1 of other kinds passed over.",
    ]);
  });

  it("gives the line of the parent for what is missing", async () => {
    const { headGroupSpec: _, ...spec } = aRayCluster().spec;
    const { output } = await check("--json", fileWith(`# a comment\n${yaml({ ...aRayCluster(), spec })}`));
    expect(JSON.parse(output)).toMatchObject({
      operatorVersion: "1.7.0",
      problems: [{ rule: "field-missing", path: "spec.headGroupSpec", line: 7, document: 1, kind: "RayCluster", name: "demo" }],
      checked: 1,
      passedOver: 0,
    });
  });

  it("holds the manifests to the operator that is named", async () => {
    const file = fileWith(yaml(aRayCluster({ networkPolicy: { mode: "DenyAllIngress" } })));
    const rules = async (...args: readonly string[]) => {
      const { problems } = JSON.parse((await check(file, "--json", ...args)).output) as { problems: { rule: string }[] };
      return problems.map(({ rule }) => rule);
    };
    expect(await rules()).toEqual(["network-policy-gate"]);
    expect(await rules("--feature-gate", "RayClusterNetworkPolicy")).toEqual([]);
    expect(await rules("--operator-version", "v1.6.2")).toEqual(["field-too-new", "network-policy-gate"]);
  });

  it("lets a gate be turned off, and several be set", async () => {
    const file = fileWith(yaml(aRayCronJob()));
    expect((await check(file, "--feature-gate", "RayCronJob", "--feature-gate", "RayJobDeletionPolicy=false")).exitCode).toBe(0);
    expect((await check(file, "--feature-gate", "RayCronJob=false")).exitCode).toBe(1);
  });

  const fine = () => fileWith(yaml(aRayCluster()));
  it.each([
    ["no file", () => [], "FILE"],
    ["a file that is not there", () => ["/does/not/exist"], "FILE"],
    ["nothing of KubeRay's", () => [fileWith(yaml(service))], "FILE"],
    ["an empty file", () => [fileWith("")], "FILE"],
    ["an unknown option", () => [fine(), "--strict"], "arguments"],
    ["an operator that is too old", () => [fine(), "--operator-version", "1.4.2"], "--operator-version"],
    ["an operator that is none", () => [fine(), "--operator-version", "latest"], "--operator-version"],
    ["a gate that is none", () => [fine(), "--feature-gate", "RayCronjobs"], "--feature-gate"],
    ["a gate that is not known yet", () => [fine(), "--operator-version", "1.6.0", "--feature-gate", "RayClusterMTLS"], "--feature-gate"],
    ["a gate with another value", () => [fine(), "--feature-gate", "RayCronJob=on"], "--feature-gate"],
  ])("ends with 2 and says where for %s", async (_, args, path) => {
    const { exitCode, output } = await check(...args());
    expect(exitCode).toBe(2);
    expect(JSON.parse(output)).toMatchObject({ error: { path, message: expect.stringContaining("; got ") } });
  });

  it.each([
    ["a template", "metadata: {{ .name }\nspec: ["],
    [
      "references without end",
      `a: &a [x, x, x, x, x, x, x, x, x]\n${"bcdefghi"
        .split("")
        .map((key, index) => `${key}: &${key} [${Array(9).fill(`*${"abcdefgh"[index]}`).join(", ")}]`)
        .join("\n")}`,
    ],
    ["lists in lists without end", "[".repeat(100_000)],
  ])("ends with 2 for %s", async (_, text) => {
    const file = fileWith(text);
    const { exitCode, output } = await check(file);
    expect(exitCode).toBe(2);
    expect(JSON.parse(output)).toMatchObject({ error: { path: file, message: expect.stringContaining("is not YAML") } });
  });
});
