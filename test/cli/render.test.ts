import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { runCommand } from "../../cli/runCommand";

const root = join(__dirname, "../..");
const example = (name: string) => join(root, "docs/examples/kubernetes", `${name}.yaml`);

describe.each(["smallest", "typical", "everything", "job", "service", "kueue"])("rayfleet render of the example %s", (name) => {
  it("prints what a person would read", async () => {
    const { exitCode, output } = await runCommand(["render", "--spec", example(name)]);
    await expect(`${output}\n`).toMatchFileSnapshot(join(root, "test/golden/kubernetes", `${name}.yaml`));
    expect(exitCode).toBe(0);
  });

  it("prints YAML that says the same without aliases", async () => {
    const { output } = await runCommand(["render", "--spec", example(name)]);
    const documents = parseAllDocuments(output);
    expect(documents.flatMap(({ errors }) => errors)).toEqual([]);
    expect(output).not.toMatch(/[&*]a\d/);
  });
});

describe("rayfleet render", () => {
  const folder = mkdtempSync(join(tmpdir(), "rayfleet-render-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  it("writes a file for each object and one with the operator's values", async () => {
    const output = join(folder, "made");
    const result = await runCommand(["render", "--spec", example("smallest"), "--output", output]);
    const names = readdirSync(output).sort();
    expect(names).toEqual([
      "1-namespace-ray.yaml",
      "2-serviceaccount-ray-worker.yaml",
      "3-networkpolicy-ray-head.yaml",
      "4-networkpolicy-ray-worker.yaml",
      "5-poddisruptionbudget-ray-head.yaml",
      "6-raycluster-ray.yaml",
      "operator-values.yaml",
    ]);
    expect(result.output.split("\n").sort()).toEqual(names.map((name) => join(output, name)).sort());
    expect(parse(readFileSync(join(output, "operator-values.yaml"), "utf8"))).toMatchObject({
      singleNamespaceInstall: true,
      watchNamespace: ["ray"],
    });
  });

  it.each([
    [["--stack", "aws-dev"], 'platform: has no plain YAML; got \\"aws\\"; expected kubernetes. Use pulumi preview.'],
    [[], "--stack: names the cluster; got neither; expected either --stack or --spec. Name one."],
    [["--stack", "a", "--spec", "b"], "--stack: names the cluster; got both; expected either --stack or --spec. Name one."],
    [["--stack", "../a"], "--stack: is no name of a stack"],
    [["--spec", "/nowhere.yaml"], "--spec: cannot be read"],
    [["--spec", join(root, "package.json")], "platform: is missing; got nothing; expected one of aws, kubernetes. Add it."],
    [
      ["--spec", join(root, "docs/examples/kubernetes/smallest.yaml"), "--output", join(root, "package.json")],
      "--output: cannot be written",
    ],
  ])("refuses %j", async (args, message) => {
    const { exitCode, output } = await runCommand(["render", ...args]);
    expect(output).toContain(message);
    expect(exitCode).toBe(1);
  });
});
