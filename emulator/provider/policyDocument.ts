import type { GetPolicyDocumentArgs } from "@pulumi/aws/iam/getPolicyDocument";
import type { InputsOf } from "./resourceType";

type Statement = NonNullable<InputsOf<GetPolicyDocumentArgs>["statements"]>[number];

const oneOrMany = (values: readonly string[] | undefined) =>
  values?.length === 1 ? values[0] : values === undefined ? undefined : [...values].sort();

function principals(list: Statement["principals"]): unknown {
  if (list === undefined || list.length === 0) return undefined;
  if (list.some(({ type, identifiers }) => type === "*" && identifiers.includes("*"))) return "*";
  return Object.fromEntries(list.map(({ type, identifiers }) => [type, oneOrMany(identifiers)]));
}

function conditions(list: Statement["conditions"]): unknown {
  if (list === undefined || list.length === 0) return undefined;
  const byTest: Record<string, Record<string, unknown>> = {};
  for (const { test, variable, values } of list) byTest[test] = { ...byTest[test], [variable]: oneOrMany(values) };
  return byTest;
}

function statement(source: Statement): Record<string, unknown> {
  return {
    Sid: source.sid,
    Effect: source.effect ?? "Allow",
    Action: oneOrMany(source.actions),
    NotAction: oneOrMany(source.notActions),
    Resource: oneOrMany(source.resources),
    NotResource: oneOrMany(source.notResources),
    Principal: principals(source.principals),
    NotPrincipal: principals(source.notPrincipals),
    Condition: conditions(source.conditions),
  };
}

function parse(documents: readonly string[] | undefined): Record<string, unknown>[] {
  return (documents ?? []).flatMap((text) => {
    const found = (JSON.parse(text) as { Statement?: Record<string, unknown> | Record<string, unknown>[] }).Statement ?? [];
    return Array.isArray(found) ? found : [found];
  });
}

/**
 * The policy text for the provider's `getPolicyDocument`: no AWS call is made. Statements of `sourcePolicyDocuments` come first; those of
 * `overridePolicyDocuments` take the place of the ones with the same `Sid`.
 */
export function renderPolicyDocument(args: InputsOf<GetPolicyDocumentArgs>): { json: string; minifiedJson: string } {
  const base = [...parse(args.sourcePolicyDocuments), ...(args.statements ?? []).map(statement)];
  const overrides = parse(args.overridePolicyDocuments);
  const isOverridden = (candidate: Record<string, unknown>) =>
    candidate["Sid"] !== undefined && overrides.some((override) => override["Sid"] === candidate["Sid"]);
  const Statement = [...base.filter((candidate) => !isOverridden(candidate)), ...overrides];
  const document = { Version: args.version ?? "2012-10-17", ...(args.policyId === undefined ? {} : { Id: args.policyId }), Statement };
  return { json: JSON.stringify(document, undefined, 2), minifiedJson: JSON.stringify(document) };
}
