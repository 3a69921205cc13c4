import { sortedMap } from "./objectMetadata";
import { bytesOf } from "./quantities";
import { type PodGroup, spillDirectory } from "./rayContainer";

/** The user's parameters of `ray start`, and those that follow from other keys. */
export function rayStartParams(group: PodGroup, own: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return (
    sortedMap({
      ...group.rayStartParams,
      ...(group.objectStoreMemoryGiB === undefined ? {} : { "object-store-memory": bytesOf(group.objectStoreMemoryGiB) }),
      ...(group.spill === undefined ? {} : { "object-spilling-directory": spillDirectory }),
      ...own,
    }) ?? {}
  );
}
