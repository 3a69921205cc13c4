import { stringify } from "yaml";
import type { KubernetesObject } from "../../components/plan/kubernetes/kubernetesObject";
import type { KubernetesClusterPlan } from "../../components/plan/kubernetes/planKubernetesCluster";
import type { HelmRelease } from "../../components/plan/kubernetes/planOperator";
import type { OutputFile } from "../outputFiles";

export const operatorValuesFile = "operator-values.yaml";

function toYaml(value: unknown): string {
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
}

function comment(lines: readonly string[]): string {
  return lines.map((line) => (line === "" ? "#\n" : `# ${line}\n`)).join("");
}

/** Helm makes CRDs once and never again; they are too large for a client-side apply. */
function operatorSteps({ releaseName, chart, repository, version, namespace }: HelmRelease, valuesFile: string): readonly string[] {
  return [
    `helm repo add kuberay ${repository}`,
    `helm show crds kuberay/${chart} --version ${version} | kubectl apply --server-side --force-conflicts -f -`,
    `helm upgrade --install ${releaseName} kuberay/${chart} --version ${version} --skip-crds \\`,
    `  --namespace ${namespace} --create-namespace --values ${valuesFile}`,
  ];
}

function operatorText(release: HelmRelease): string {
  return (
    comment([`KubeRay ${release.version}, its CRDs first; again after every change:`, ...operatorSteps(release, operatorValuesFile)]) +
    toYaml(release.values)
  );
}

const overALivingCluster = [
  "An autoscaler keeps `replicas` and `scaleStrategy` of each worker group, and to the API server the list of groups is one value: what is applied over a",
  "living cluster must have both from the living one. `rayfleet render --living FILE` copies them.",
];

function objectText(object: KubernetesObject, autoscaled: boolean): string {
  return (object.kind === "RayCluster" && autoscaled ? comment(overALivingCluster) : "") + toYaml(object);
}

/** A file for an object, named by its kind and name. */
export function objectFile(object: KubernetesObject, text = toYaml(object)): OutputFile {
  return { name: `${object.kind.toLowerCase()}-${object.metadata.name}.yaml`, text };
}

/** One file for each object, numbered in the order of applying, and one with the operator's values. Equal plans give equal text. */
export function manifestFiles({ operator, objects, autoscaled }: KubernetesClusterPlan): readonly OutputFile[] {
  const digits = String(objects.length).length;
  return [
    ...(operator === undefined ? [] : [{ name: operatorValuesFile, text: operatorText(operator) }]),
    ...objects.map((object, index) => {
      const { name, text } = objectFile(object, objectText(object, autoscaled));
      return { name: `${String(index + 1).padStart(digits, "0")}-${name}`, text };
    }),
  ];
}

/** All objects as one stream for `kubectl apply -f -`; the operator's values stand above it as a comment. */
export function manifestStream(plan: KubernetesClusterPlan): string {
  const { operator } = plan;
  const above =
    operator === undefined
      ? ""
      : comment([
          `Needs KubeRay ${operator.version}. Put these values into ${operatorValuesFile}:`,
          "",
          ...toYaml(operator.values)
            .trimEnd()
            .split("\n")
            .map((line) => `  ${line}`),
          "",
          "and run, again after every change of them:",
          "",
          ...operatorSteps(operator, operatorValuesFile).map((line) => `  ${line}`),
        ]);
  const documents = plan.objects.map((object) => objectText(object, plan.autoscaled));
  return `${above}---\n${documents.join("---\n")}`.trimEnd();
}
