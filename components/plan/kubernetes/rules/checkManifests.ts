import { formatSpecPath, type SpecPath, type SpecProblem } from "../../specProblem";
import { ManifestNode } from "./manifestNode";
import type { CaughtBy, ManifestRule, RuleContext } from "./manifestRule";
import { manifestRules } from "./manifestRules";
import { type RayManifest, readRayManifest } from "./rayManifest";
import { isOlderRelease } from "./releaseVersion";

/** Something wrong with one of the objects. */
export interface ManifestProblem extends SpecProblem {
  /** Of the rule, as in the table of docs/kubernetes.md. */
  readonly rule: string;
  /** Who would say so later. */
  readonly caughtBy: CaughtBy | "webhook";
  /** Which of the objects, from 0. */
  readonly object: number;
  readonly kind: string;
  /** Empty where it has none. */
  readonly name: string;
  /** `path` in parts, from the top of the object. */
  readonly keys: SpecPath;
}

/** What was looked at, and what is wrong with it. */
export interface ManifestReport {
  /** By object, then in the order of the rules. */
  readonly problems: readonly ManifestProblem[];
  /** Objects of KubeRay's. */
  readonly checked: number;
  /** Objects of other kinds. */
  readonly passedOver: number;
}

/** An object, or one of the items of a list such as `kubectl get -o yaml` writes. */
function manifestsIn(object: unknown): readonly (RayManifest | undefined)[] {
  const node = new ManifestNode(object);
  const isList = node.get("kind").text.endsWith("List");
  return isList ? node.get("items").items.map(readRayManifest) : [readRayManifest(node)];
}

/** Who would say so, where the objects go. Before a rule's release the operator does not look. */
function catcherOf({ caughtBy, webhook, since }: ManifestRule, context: RuleContext): CaughtBy | "webhook" {
  if (webhook === true && context.webhook) return "webhook";
  const isUnchecked = caughtBy === "operator" && since !== undefined && isOlderRelease(context.operatorVersion, since);
  return isUnchecked ? "nobody" : caughtBy;
}

function nameOf({ metadata }: RayManifest): string {
  return metadata.get("name").text || metadata.get("generateName").text;
}

function checkManifest(manifest: RayManifest, object: number, context: RuleContext): readonly ManifestProblem[] {
  return manifestRules
    .filter(({ kinds }) => kinds.includes(manifest.kind))
    .flatMap((rule) =>
      rule.check(manifest, context).map(({ path, problem, got, expected, fix }) => ({
        path: formatSpecPath(path),
        problem,
        got,
        expected,
        fix,
        rule: rule.id,
        caughtBy: catcherOf(rule, context),
        object,
        kind: manifest.kind,
        name: nameOf(manifest),
        keys: path,
      })),
    );
}

/**
 * Looks at manifests with every rule, at all of them and with all problems at once. A cluster within a RayJob, RayService or RayCronJob is held to the same rules as a
 * RayCluster. Whatever the manifests are, nothing is thrown; what has no meaning to a rule passes it.
 */
export function checkManifests(objects: readonly unknown[], context: RuleContext): ManifestReport {
  const manifests = objects.flatMap((object, index) => manifestsIn(object).map((manifest) => ({ manifest, index })));
  const own = manifests.flatMap(({ manifest, index }) => (manifest === undefined ? [] : [{ manifest, index }]));
  return {
    problems: own.flatMap(({ manifest, index }) => checkManifest(manifest, index, context)),
    checked: own.length,
    passedOver: manifests.length - own.length,
  };
}
