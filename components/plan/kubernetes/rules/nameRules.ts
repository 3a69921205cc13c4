import { type RayKind, rayKinds } from "../../../../contract/kuberay/kubeRayFields";
import { isDns1035Label } from "./kubernetesNames";
import { type ManifestRule, problemAt } from "./manifestRule";
import type { RayManifest } from "./rayManifest";

/** Names of services, pods and jobs are made from it, and must not be cut. */
const longestNames: Readonly<Record<RayKind, number>> = { RayCluster: 53, RayJob: 47, RayService: 47, RayCronJob: 36 };

/** What the API server puts behind `generateName`. */
const generatedSuffix = "x".repeat(5);

function nameOf({ metadata }: RayManifest) {
  const name = metadata.get("name");
  const generateName = metadata.get("generateName");
  return name.text !== "" || generateName.text === ""
    ? { node: name, name: name.text }
    : { node: generateName, name: generateName.text + generatedSuffix };
}

/** Rules about the names of objects. */
export const nameRules: readonly ManifestRule[] = [
  {
    id: "name-too-long",
    kinds: rayKinds,
    caughtBy: "operator",
    webhook: true,
    text: "A name has at most 53 characters (RayCluster), 47 (RayJob, RayService) or 36 (RayCronJob); generated ones are five longer than generateName.",
    check: (manifest) => {
      const { node, name } = nameOf(manifest);
      const longest = longestNames[manifest.kind];
      const verdict = {
        problem: "is too long for a name",
        got: `${name.length} characters`,
        expected: `at most ${longest} characters for a ${manifest.kind}`,
        fix: "Shorten it.",
      };
      return name.length > longest ? [problemAt(node, verdict)] : [];
    },
  },
  {
    id: "name-form",
    kinds: rayKinds,
    caughtBy: "operator",
    webhook: true,
    text: "A name is made of small letters, digits and dashes, begins with a letter and does not end with a dash. A RayCronJob's is looked at when its first job is made.",
    check: (manifest) => {
      const { node, name } = nameOf(manifest);
      const verdict = {
        problem: "is not a name that the operator takes",
        expected: "small letters, digits and dashes, with a letter first and no dash at the end",
        fix: "Rename it.",
      };
      return name === "" || isDns1035Label(name) ? [] : [problemAt(node, verdict)];
    },
  },
];
