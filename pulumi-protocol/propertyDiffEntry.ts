import { PropertyDiff } from "@pulumi/pulumi/proto/provider_pb";

const KINDS = {
  add: { inPlace: PropertyDiff.Kind.ADD, replacing: PropertyDiff.Kind.ADD_REPLACE },
  update: { inPlace: PropertyDiff.Kind.UPDATE, replacing: PropertyDiff.Kind.UPDATE_REPLACE },
  delete: { inPlace: PropertyDiff.Kind.DELETE, replacing: PropertyDiff.Kind.DELETE_REPLACE },
} as const;

/** One changed input in a detailed difference. @param isReplacing the change makes another resource of it */
export function propertyDiffEntry(kind: keyof typeof KINDS, isReplacing: boolean): PropertyDiff {
  const entry = new PropertyDiff();
  entry.setKind(isReplacing ? KINDS[kind].replacing : KINDS[kind].inPlace);
  entry.setInputdiff(true);
  return entry;
}
