/** One operation, as RFC 6902 has them. */
export interface JsonPatchOperation {
  readonly op: string;
  readonly path: string;
  readonly value?: unknown;
}

type Tree = Record<string, unknown> | unknown[];

/** A test of the patch does not hold, or a path is not there: nothing of the patch takes effect. */
export class PatchRefusedError extends Error {
  override readonly name = "PatchRefusedError";
}

/** The document after the patch: all of it or none. */
export function applyJsonPatch<Document>(document: Document, operations: readonly JsonPatchOperation[]): Document {
  const patched = structuredClone(document);
  for (const operation of operations) apply(patched as Tree, operation);
  return patched;
}

function apply(document: Tree, { op, path, value }: JsonPatchOperation): void {
  const names = path
    .split("/")
    .slice(1)
    .map((name) => name.replaceAll("~1", "/").replaceAll("~0", "~"));
  const last = names.pop() ?? "";
  const parent = names.reduce<unknown>((tree, name) => (isTree(tree) ? (tree as Record<string, unknown>)[name] : undefined), document);
  if (!isTree(parent)) throw new PatchRefusedError(`${op} operation does not apply: doc is missing path: ${path}: missing value`);
  const there = (parent as Record<string, unknown>)[last];
  switch (op) {
    case "test":
      if (there === undefined || canonical(there) !== canonical(value)) {
        throw new PatchRefusedError(`testing value ${path} failed: test failed`);
      }
      return;
    case "replace":
      if (there === undefined) throw new PatchRefusedError(`replace operation does not apply: doc is missing key: ${path}`);
      (parent as Record<string, unknown>)[last] = structuredClone(value);
      return;
    case "add":
      if (Array.isArray(parent)) parent.splice(last === "-" ? parent.length : Number(last), 0, structuredClone(value));
      else parent[last] = structuredClone(value);
      return;
    default:
      throw new PatchRefusedError(`Unexpected kind: ${op}`);
  }
}

function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null;
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    isTree(inner) && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1)))
      : inner,
  );
}
