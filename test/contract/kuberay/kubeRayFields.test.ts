import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { KubeRayField } from "../../../contract/kuberay/kubeRayField";
import { kubeRayFields, type RayKind, rayKinds } from "../../../contract/kuberay/kubeRayFields";

/** KubeRay's own CRDs of 1.7.0, where they lie beside the checkout; they are no part of it. */
const folder = resolve(__dirname, "../../../../shared/data/kuberay-crds");

interface Schema {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly default?: unknown;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema;
  readonly "x-kubernetes-int-or-string"?: boolean;
}

function specSchema(kind: RayKind): Schema {
  const text = readFileSync(join(folder, `ray.io_${kind.toLowerCase()}s.yaml`), "utf8");
  const { spec } = parse(text) as { spec: { versions: { name: string; schema: { openAPIV3Schema: Schema } }[] } };
  const version = spec.versions.find(({ name }) => name === "v1");
  return version?.schema.openAPIV3Schema.properties?.["spec"] ?? {};
}

function typeOf(schema: Schema): string | undefined {
  if (schema["x-kubernetes-int-or-string"] === true) return "quantity";
  if (schema.type === "array") return "list";
  return schema.additionalProperties === undefined ? schema.type : "map";
}

/** What the table says otherwise than the schema, by path. */
function differences(field: KubeRayField, schema: Schema, path: string): readonly string[] {
  const inner = field.type === "list" ? schema.items : schema;
  const kinds = typeOf(schema) === field.type ? [] : [`${path}: ${field.type}, in the CRD ${typeOf(schema)}`];
  const values = JSON.stringify(field.values) === JSON.stringify(schema.enum) ? [] : [`${path}: values`];
  const plain = (schema.additionalProperties ?? schema.items)?.type;
  const of = field.of === undefined || field.of === plain ? [] : [`${path}: of ${field.of}`];
  if (field.fields === undefined) return [...kinds, ...values, ...of];
  const { fields } = field;
  const properties = inner?.properties ?? {};
  const keys = [...new Set([...Object.keys(fields), ...Object.keys(properties)])];
  return [
    ...kinds,
    ...values,
    ...keys.flatMap((key) => {
      const [known, wanted] = [fields[key], properties[key]];
      if (known === undefined || wanted === undefined) return [`${path}.${key}: only in ${known === undefined ? "the CRD" : "the table"}`];
      const isRequired = inner?.required?.includes(key) === true && wanted.default === undefined;
      return [
        ...(isRequired === (known.required === true) ? [] : [`${path}.${key}: required`]),
        ...differences(known, wanted, `${path}.${key}`),
      ];
    }),
  ];
}

const missing = existsSync(folder) ? "" : " (skipped: KubeRay's own CRDs are not beside the checkout, in ../shared/data/kuberay-crds)";

describe.skipIf(missing !== "")(`the table of fields${missing}`, () => {
  it.each(rayKinds)("is that of %s's CRD", (kind) => {
    expect(differences(kubeRayFields[kind], specSchema(kind), kind)).toEqual([]);
  });
});
