import { describe, expect, it } from "vitest";
import type { CaughtBy } from "../../../../../components/plan/kubernetes/rules/manifestRule";
import { manifestRules } from "../../../../../components/plan/kubernetes/rules/manifestRules";
import { rayKinds } from "../../../../../contract/kuberay/kubeRayFields";

const sections: readonly { readonly caughtBy: CaughtBy; readonly title: string; readonly text: string }[] = [
  {
    caughtBy: "operator",
    title: "Refused by the operator",
    text: "The API server takes the object. The operator then writes a warning event and stops: no pod, no status, no second try. A live cluster that is made invalid keeps its old state and is frozen. A RayJob says so in `status.jobDeploymentStatus: ValidationFailed`.",
  },
  {
    caughtBy: "pod creation",
    title: "Refused when pods are made",
    text: "The operator takes the object and the API server refuses the pods or the service that it makes, again and again. The head may come up and look well.",
  },
  {
    caughtBy: "nobody",
    title: "Refused by nobody",
    text: "Nothing complains, and what was written is not what happens.",
  },
  {
    caughtBy: "Kueue",
    title: "Refused by Kueue",
    text: "For objects with the label `kueue.x-k8s.io/queue-name`; Kueue's webhook says so at once.",
  },
  {
    caughtBy: "API server",
    title: "Refused by the API server",
    text: "Checked here too, so that it is known without a cluster.",
  },
];

function table(caughtBy: CaughtBy): string {
  const rows = manifestRules
    .filter((rule) => rule.caughtBy === caughtBy)
    .map(
      ({ id, text, kinds, since }) =>
        `| \`${id}\` | ${text} | ${kinds.length === rayKinds.length ? "all" : kinds.join(", ")} | ${since ?? ""} |`,
    );
  return ["| Rule | What it asks | Kinds | From KubeRay |", "| --- | --- | --- | --- |", ...rows].join("\n");
}

function renderRulesPage(): string {
  const parts = sections.map(({ caughtBy, title, text }) => `## ${title}\n\n${text}\n\n${table(caughtBy)}\n`);
  const head = `# Rules for KubeRay's objects\n\nWritten from the rules themselves (\`vitest -u\` writes it anew). ${manifestRules.length} rules; see [kubernetes.md](kubernetes.md).\n`;
  return [head, ...parts].join("\n");
}

describe("the rules", () => {
  it("are what docs/kubernetes-rules.md says", async () => {
    await expect(renderRulesPage()).toMatchFileSnapshot("../../../../../docs/kubernetes-rules.md");
  });

  it("have ids of their own and stand in one of the page's sections each", () => {
    expect(new Set(manifestRules.map(({ id }) => id)).size).toBe(manifestRules.length);
    const shown = new Set(sections.map(({ caughtBy }) => caughtBy));
    expect(manifestRules.filter(({ caughtBy }) => !shown.has(caughtBy))).toEqual([]);
  });
});
