import type { KubeRayField } from "../../../../contract/kuberay/kubeRayField";
import { kubeRayFields, rayKinds } from "../../../../contract/kuberay/kubeRayFields";
import { nearestKey } from "../../nearestKey";
import type { ManifestNode } from "./manifestNode";
import { type FoundProblem, type ManifestRule, problemAt, type RuleContext } from "./manifestRule";
import { parseQuantity } from "./quantity";
import type { RayManifest } from "./rayManifest";
import { isOlderRelease } from "./releaseVersion";

/** A field of the manifest that KubeRay has. */
interface KnownField {
  readonly node: ManifestNode;
  readonly field: KubeRayField;
}

type FieldCheck = (known: KnownField, context: RuleContext) => readonly FoundProblem[];

/** The field and all that are in it, as far as KubeRay's own fields go; what is not known is left out. */
function* knownFields(node: ManifestNode, field: KubeRayField): Generator<KnownField> {
  yield { node, field };
  const { fields } = field;
  if (fields === undefined) return;
  for (const parent of field.type === "list" ? node.items : [node]) {
    for (const { key, node: child } of parent.entries) {
      if (child.isSet && Object.hasOwn(fields, key) && fields[key] !== undefined) yield* knownFields(child, fields[key]);
    }
  }
}

function checkFields({ kind, spec }: RayManifest, context: RuleContext, check: FieldCheck): readonly FoundProblem[] {
  return [...knownFields(spec, kubeRayFields[kind])].flatMap((known) => check(known, context));
}

function fieldRule(rule: Omit<ManifestRule, "kinds" | "check">, check: FieldCheck): ManifestRule {
  return { ...rule, kinds: rayKinds, check: (manifest, context) => checkFields(manifest, context, check) };
}

const isOfType: Readonly<Record<KubeRayField["type"], (value: unknown) => boolean>> = {
  string: (value) => typeof value === "string",
  boolean: (value) => typeof value === "boolean",
  integer: (value) => Number.isInteger(value),
  number: (value) => typeof value === "number",
  quantity: (value) => parseQuantity(value) !== undefined,
  object: isMap,
  map: isMap,
  list: Array.isArray,
};

function isMap(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What is written against what should be, for the field itself and for plain values in it. */
function wronglyTyped({ node, field }: KnownField): readonly FoundProblem[] {
  if (!node.isSet) return [];
  const wrong = (one: ManifestNode, type: string) =>
    problemAt(one, { problem: "is of the wrong kind", expected: type, fix: type === "string" ? "Put it in quotes." : `Write a ${type}.` });
  if (!isOfType[field.type](node.value)) return [wrong(node, field.type)];
  const { of } = field;
  const plain = field.type === "map" ? node.entries.map((entry) => entry.node) : node.items;
  return of === undefined ? [] : plain.filter(({ value }) => !isOfType[of](value)).map((one) => wrong(one, of));
}

function missing({ node, field }: KnownField): readonly FoundProblem[] {
  const wanted = Object.entries(field.fields ?? {}).filter(([, { required }]) => required === true);
  const parents = (field.type === "list" ? node.items : [node]).filter((parent) => parent.isMap);
  return parents.flatMap((parent) =>
    wanted
      .filter(([key]) => !parent.get(key).isSet)
      .map(([key, { type }]) => problemAt(parent.get(key), { problem: "is missing", expected: `a ${type}`, fix: "Add it." })),
  );
}

/** Longer keys are nobody's slip of the pen, and comparing them would cost time. */
const longestSlip = 60;

function unknown({ node, field: { type, fields } }: KnownField): readonly FoundProblem[] {
  if (fields === undefined) return [];
  const entries = (type === "list" ? node.items : [node]).flatMap((parent) => parent.entries);
  return entries
    .filter(({ key }) => !Object.hasOwn(fields, key))
    .map(({ key, node: child }) => {
      const nearest = key.length > longestSlip ? undefined : nearestKey(key, Object.keys(fields));
      const fix = nearest === undefined ? "Remove it." : `Rename it to ${nearest}.`;
      return problemAt(child, { problem: "is no field of KubeRay 1.7", expected: nearest ?? "a known field", fix });
    });
}

/** Rules that follow from the table of fields. */
export const fieldRules: readonly ManifestRule[] = [
  fieldRule(
    {
      id: "field-type",
      caughtBy: "API server",
      text: "Values are of the kind that the field asks for; those of rayStartParams, labels and resources are text.",
    },
    wronglyTyped,
  ),
  fieldRule({ id: "field-missing", caughtBy: "API server", text: "Fields without a default are there." }, missing),
  fieldRule(
    { id: "field-value", caughtBy: "API server", text: "A field with a list of values has one of them." },
    ({ node, field: { values } }) => {
      const verdict = { problem: "is not one of the allowed values", expected: `one of ${values?.join(", ")}`, fix: "Choose one of them." };
      return values === undefined || typeof node.value !== "string" || values.includes(node.value) ? [] : [problemAt(node, verdict)];
    },
  ),
  fieldRule(
    {
      id: "field-unknown",
      caughtBy: "nobody",
      text: "A field is one of KubeRay's; others are dropped without a word, unless validation is strict, as with kubectl.",
    },
    unknown,
  ),
  fieldRule(
    {
      id: "field-too-new",
      caughtBy: "nobody",
      text: "A field or kind is known to the operator's release; what is newer is dropped as an unknown field.",
    },
    ({ node, field: { since } }, { operatorVersion }) => {
      const verdict = {
        problem: `is not known to KubeRay ${operatorVersion}`,
        got: "a later field",
        expected: `KubeRay ${since} or later`,
        fix: "Upgrade operator and CRDs, or remove it.",
      };
      return since !== undefined && node.isSet && isOlderRelease(operatorVersion, since) ? [problemAt(node, verdict)] : [];
    },
  ),
];
