import { join } from "node:path";
import { readAgentProgram } from "../components/kubernetes/readAgentProgram";
import { NoAgentProgramError } from "../components/plan/kubernetes/planAgent";
import { type KubernetesClusterPlan, planKubernetesCluster } from "../components/plan/kubernetes/planKubernetesCluster";
import { parsePlatformSpec } from "../components/plan/platformSpecs";
import type { KubernetesClusterSpec } from "../contract/kubernetes/kubernetesClusterSpec";
import type { Command } from "./command";
import { readFlags, required } from "./flags";
import { inputError, withInputErrors } from "./inputError";
import { writeOutputFiles } from "./outputFiles";
import { argoCdFiles, argoCdFlags, readArgoCdOptions } from "./render/argoCdFiles";
import { overLivingCluster, readLivingCluster } from "./render/livingCluster";
import { manifestFiles, manifestStream } from "./render/manifestFiles";
import { readSpecFile, readStackCluster, specError } from "./stackFile";

/** `rayfleet render`: the YAML of a stack on Kubernetes, for those who apply it by other means than Pulumi. */
export const renderCommand: Command = {
  name: "render",
  usage: "render (--stack NAME | --spec FILE) [--output DIR] [--living FILE | --argo-cd --repo-url URL --path DIR]",
  purpose: "print a Kubernetes stack as plain YAML, and the operator's Helm values",
  run: (args) => withInputErrors(() => runRender(args)),
};

const flags = {
  stack: { type: "string" },
  spec: { type: "string" },
  output: { type: "string" },
  living: { type: "string" },
  ...argoCdFlags,
} as const;

function runRender(args: readonly string[]): string {
  const values = readFlags(args, flags, "--stack NAME or --spec FILE, and --output DIR, --living FILE or --argo-cd if wanted");
  const argoCd = readArgoCdOptions(values);
  const spec = readSpec(values.stack, values.spec);
  const plan = planned(spec);
  if (argoCd !== undefined) {
    if (values.living !== undefined) {
      throw inputError({
        path: "--living",
        problem: "has no effect",
        got: "--argo-cd",
        expected: "one of the two: what stands in Git is of no one moment",
        fix: "Leave one out.",
      });
    }
    return writeOutputFiles(required("--output", values.output, "a folder of the repository"), argoCdFiles(spec, plan, argoCd));
  }
  const shown = values.living === undefined ? plan : overLivingCluster(plan, readLivingCluster(values.living));
  return values.output === undefined ? manifestStream(shown) : writeOutputFiles(values.output, manifestFiles(shown));
}

/** Beside this program when it is built, and in the build's folder when it runs from its sources. */
const agentDirectories = [...new Set([join(__dirname, "kubernetes-agent"), join(__dirname, "..", "dist", "kubernetes-agent")])];

function planned(spec: KubernetesClusterSpec): KubernetesClusterPlan {
  const [program] = agentDirectories.flatMap((directory) => readAgentProgram(directory) ?? []);
  try {
    return planKubernetesCluster(spec, program);
  } catch (error) {
    if (!(error instanceof NoAgentProgramError)) throw error;
    throw inputError({
      path: "agent",
      problem: "has no program to run",
      got: `none in ${agentDirectories.join(" or ")}`,
      expected: "what the build writes",
      fix: "Run `npm run build`, or set agent.image.",
    });
  }
}

function readSpec(stack: string | undefined, file: string | undefined): KubernetesClusterSpec {
  if ((stack === undefined) === (file === undefined)) {
    const got = stack === undefined ? "neither" : "both";
    throw inputError({ path: "--stack", problem: "names the cluster", got, expected: "either --stack or --spec", fix: "Name one." });
  }
  const written = stack === undefined ? readSpecFile("--spec", file ?? "") : readStackCluster(stack);
  const parsed = parsePlatformSpec(written, { stackName: stack ?? "ray" });
  if ("problems" in parsed) throw specError(parsed.problems);
  const { ok: spec } = parsed;
  if (spec.platform === "kubernetes") return spec;
  throw inputError({
    path: "platform",
    problem: "has no plain YAML",
    got: JSON.stringify(spec.platform),
    expected: "kubernetes",
    fix: "Use pulumi preview.",
  });
}
