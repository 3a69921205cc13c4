import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { runCommand } from "../../cli/runCommand";

const smallest = join(__dirname, "../../docs/examples/kubernetes/smallest.yaml");
const folder = mkdtempSync(join(tmpdir(), "rayfleet-argo-cd-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("rayfleet render --argo-cd", () => {
  const flags = ["--argo-cd", "--repo-url", "https://git.example.com/ray.git", "--path", "./clusters/ray/"];

  it("writes Applications and, in a folder that holds nothing else, what the last of them brings", async () => {
    const output = join(folder, "made");
    const { exitCode } = await runCommand(["render", "--spec", smallest, "--output", output, ...flags, "--revision", "v3"]);
    expect(exitCode).toBe(0);
    expect(readdirSync(join(output, "applications")).sort()).toEqual([
      "application-kuberay-crds.yaml",
      "application-ray-operator.yaml",
      "application-ray.yaml",
    ]);
    const manifests = readdirSync(join(output, "manifests"));
    expect(manifests).toContain("raycluster-ray.yaml");
    for (const file of manifests) expect(parse(readFileSync(join(output, "manifests", file), "utf8"))).toHaveProperty("kind");
    const cluster = parse(readFileSync(join(output, "applications/application-ray.yaml"), "utf8")) as object;
    expect(cluster).toMatchObject({
      spec: {
        project: "default",
        source: { repoURL: "https://git.example.com/ray.git", targetRevision: "v3", path: "clusters/ray/manifests" },
        destination: { name: "in-cluster", namespace: "ray" },
      },
    });
  });

  it.each([
    [["--argo-cd", "--path", "a"], "--repo-url: is missing"],
    [["--argo-cd", "--repo-url", "a"], "--path: is missing"],
    [["--argo-cd", "--repo-url", "a", "--path", "../a"], "--path: is no folder of a repository"],
    [["--argo-cd", "--repo-url", "a", "--path", "/a"], "--path: is no folder of a repository"],
    [["--argo-cd", "--repo-url", "a", "--path", "."], "--path: is no folder of a repository"],
    [["--argo-cd", "--repo-url", "a", "--path", "b"], "--output: is missing"],
    [["--argo-cd", "--repo-url", "a", "--path", "b", "--living", "c"], "--living: has no effect"],
    [["--revision", "main"], "--revision: has no effect; got no --argo-cd"],
  ])("refuses %j", async (args, message) => {
    const { exitCode, output } = await runCommand(["render", "--spec", smallest, ...args]);
    expect(output).toContain(message);
    expect(exitCode).toBe(1);
  });
});

describe("rayfleet render --living", () => {
  const living = (metadata: object) => ({
    apiVersion: "ray.io/v1",
    kind: "RayCluster",
    metadata: { name: "ray", namespace: "ray", resourceVersion: "77", ...metadata },
    spec: {
      workerGroupSpecs: [
        { groupName: "gone", replicas: 2, minReplicas: 1, maxReplicas: 9 },
        { groupName: "cpu", replicas: 3, scaleStrategy: { workersToDelete: ["a"] }, maxReplicas: 5 },
      ],
    },
  });

  async function render(file: string | object, ...more: readonly string[]) {
    const path = join(folder, "living.yaml");
    writeFileSync(path, typeof file === "string" ? file : JSON.stringify(file));
    return await runCommand(["render", "--spec", smallest, "--living", path, ...more]);
  }

  it("copies what an autoscaler has set, by group name, for just the version that was read", async () => {
    const output = join(folder, "living");
    const { exitCode } = await render(living({}), "--output", output);
    expect(exitCode).toBe(0);
    const file = readdirSync(output).find((name) => name.endsWith("raycluster-ray.yaml")) ?? "";
    const text = readFileSync(join(output, file), "utf8");
    expect(text).not.toContain("#");
    expect(parse(text)).toMatchObject({
      metadata: { resourceVersion: "77" },
      spec: {
        workerGroupSpecs: [
          { groupName: "gone", replicas: 2, minReplicas: 0, maxReplicas: 2 },
          { groupName: "cpu", replicas: 3, maxReplicas: 10, scaleStrategy: { workersToDelete: ["a"] } },
        ],
      },
    });
  });

  it.each([
    ["is no YAML", "a: b: c", "--living: is not YAML"],
    ["is another kind", "kind: Pod", "--living: holds no RayCluster"],
    ["is empty", "", "--living: holds no RayCluster"],
    ["has no version", { ...living({}), metadata: { name: "ray" } }, "--living: holds no RayCluster"],
    ["is another cluster", living({ name: "other" }), "--living: is not the RayCluster of this stack"],
  ])("refuses a file that %s", async (_what, file, message) => {
    const { exitCode, output } = await render(file);
    expect(output).toContain(message);
    expect(exitCode).toBe(1);
  });
});
