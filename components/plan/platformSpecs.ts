import type { ClusterSpec } from "../../contract/clusterSpec";
import type { KubernetesClusterSpec } from "../../contract/kubernetes/kubernetesClusterSpec";
import { kubernetesSpecForm } from "./kubernetes/parseKubernetesClusterSpec";
import { nearestKey } from "./nearestKey";
import { clusterSpecForm } from "./parseClusterSpec";
import { type ParsedSpec, parseSpec, type SpecContext } from "./parseSpec";
import type { SpecKey } from "./specKeys";
import { quoteValue, type SpecProblem } from "./specProblem";
import { valueAt } from "./specShape";

/** A specification of any platform; `platform` says which. */
export type PlatformSpec = ClusterSpec | KubernetesClusterSpec;

interface PlatformForm {
  /** For the documentation. */
  readonly root: SpecKey;
  readonly parse: (value: unknown, context: SpecContext) => ParsedSpec<PlatformSpec>;
}

/** What each platform's stack file may hold, by the platform's name in it. A new platform is one line here. */
export const platformForms: Readonly<Record<PlatformSpec["platform"], PlatformForm>> = {
  aws: { root: clusterSpecForm.root, parse: (value, context) => parseSpec(clusterSpecForm, value, context) },
  kubernetes: { root: kubernetesSpecForm.root, parse: (value, context) => parseSpec(kubernetesSpecForm, value, context) },
};

/** Without the platform nothing else can be said: each has keys of its own. */
function platformProblem(platform: unknown): SpecProblem {
  const names = Object.keys(platformForms);
  const nearest = typeof platform === "string" ? nearestKey(platform, names) : undefined;
  return {
    path: "platform",
    problem: platform === undefined ? "is missing" : "is not one of the allowed values",
    got: quoteValue(platform),
    expected: `one of ${names.join(", ")}`,
    fix: platform === undefined ? "Add it." : nearest === undefined ? "Choose one that is allowed." : `Write ${nearest}.`,
  };
}

/**
 * Checks what stands under `rayfleet:cluster`, on whatever platform it says, and fills in the defaults.
 *
 * @param value as read from the stack file
 */
export function parsePlatformSpec(value: unknown, context: SpecContext): ParsedSpec<PlatformSpec> {
  const platform = valueAt(value, ["platform"]);
  const form =
    typeof platform === "string" && Object.hasOwn(platformForms, platform)
      ? platformForms[platform as PlatformSpec["platform"]]
      : undefined;
  return form === undefined ? { problems: [platformProblem(platform)] } : form.parse(value, context);
}
