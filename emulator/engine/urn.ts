const STACK_TYPE = "pulumi:pulumi:Stack";

/** A resource's unique name, from stack, project, the types of its parents, its own type and its logical name. */
export function makeUrn(
  where: { stack: string; project: string },
  { type, name, parent }: { type: string; name: string; parent?: string | undefined },
): string {
  const parentTypes = parent === undefined ? "" : (parent.split("::")[2] ?? "");
  const prefix = parentTypes === "" || parentTypes === STACK_TYPE ? "" : `${parentTypes}$`;
  return `urn:pulumi:${where.stack}::${where.project}::${prefix}${type}::${name}`;
}

/** The type token inside a URN. */
export function typeOfUrn(urn: string): string {
  return (urn.split("::")[2] ?? "").split("$").at(-1) ?? "";
}

/** The logical name inside a URN. */
export function nameOfUrn(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

/** The URN inside a provider reference, `<urn>::<id>`. */
export function urnOfProviderReference(reference: string): string {
  return reference.slice(0, reference.lastIndexOf("::"));
}

/** True for the stack itself, which every other resource has as its outermost parent. */
export function isStackType(type: string): boolean {
  return type === STACK_TYPE;
}

/** True for `aws.Provider` and its like. */
export function isProviderType(type: string): boolean {
  return type.startsWith("pulumi:providers:");
}
