import type { KubernetesObject } from "../../components/plan/kubernetes/kubernetesObject";
import { type ArgoCdOptions, planArgoCd } from "../../components/plan/kubernetes/planArgoCd";
import type { KubernetesClusterPlan } from "../../components/plan/kubernetes/planKubernetesCluster";
import type { KubernetesClusterSpec } from "../../contract/kubernetes/kubernetesClusterSpec";
import { required } from "../flags";
import { inputError } from "../inputError";
import type { OutputFile } from "../outputFiles";
import { objectFile } from "./manifestFiles";

/** Options of `render` that are about Argo CD. */
export const argoCdFlags = {
  "argo-cd": { type: "boolean" },
  "repo-url": { type: "string" },
  path: { type: "string" },
  revision: { type: "string" },
  project: { type: "string" },
  "argo-cd-namespace": { type: "string" },
  "destination-name": { type: "string" },
} as const;

type Values = Readonly<Partial<Record<keyof typeof argoCdFlags, string | boolean | undefined>>>;

function textOf(values: Values, flag: keyof typeof argoCdFlags, otherwise: string): string {
  const value = values[flag];
  return typeof value === "string" ? value : otherwise;
}

/**
 * What Argo CD is to be told; undefined without `--argo-cd`.
 *
 * @throws InputError when something is missing, or is about Argo CD and `--argo-cd` is not there
 */
export function readArgoCdOptions(values: Values): ArgoCdOptions | undefined {
  if (values["argo-cd"] !== true) {
    const [alone] = Object.keys(argoCdFlags).filter((flag) => values[flag as keyof Values] !== undefined);
    if (alone === undefined) return undefined;
    throw inputError({
      path: `--${alone}`,
      problem: "has no effect",
      got: "no --argo-cd",
      expected: "--argo-cd beside it",
      fix: "Add it.",
    });
  }
  const { "repo-url": repoUrl, path } = values;
  return {
    repoUrl: required("--repo-url", typeof repoUrl === "string" ? repoUrl : undefined, "the Git repository that Argo CD reads"),
    path: `${folder(required("--path", typeof path === "string" ? path : undefined, "the folder of --output in that repository"))}/manifests`,
    revision: textOf(values, "revision", "HEAD"),
    project: textOf(values, "project", "default"),
    argoCdNamespace: textOf(values, "argo-cd-namespace", "argocd"),
    destinationName: textOf(values, "destination-name", "in-cluster"),
  };
}

/** Argo CD takes a path in the repository, and nothing outside it. */
function folder(path: string): string {
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  if (!path.startsWith("/") && parts.length > 0 && !parts.includes("..")) return parts.join("/");
  throw inputError({
    path: "--path",
    problem: "is no folder of a repository",
    got: JSON.stringify(path),
    expected: "a path below the repository's root, such as clusters/demo",
    fix: "Write it without a leading slash and without `..`.",
  });
}

/**
 * The Applications, and in a folder of their own the objects that the last of them brings. Argo CD finds the order by itself, so that no name holds a number that another
 * object would change.
 */
export function argoCdFiles(spec: KubernetesClusterSpec, plan: KubernetesClusterPlan, options: ArgoCdOptions): readonly OutputFile[] {
  const inFolder = (folderName: string, objects: readonly KubernetesObject[]) =>
    objects.map((object) => objectFile(object)).map(({ name, text }) => ({ name: `${folderName}/${name}`, text }));
  return [...inFolder("applications", planArgoCd(spec, plan, options)), ...inFolder("manifests", plan.objects)];
}
