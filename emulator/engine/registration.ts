import type { Properties } from "../provider/resourceType";
import type { ResourceState } from "./stackState";

/** A resource as the program declares it, with its options; values still carry their secret marks. */
export interface Registration
  extends Pick<
    ResourceState,
    | "type"
    | "custom"
    | "inputs"
    | "parent"
    | "dependencies"
    | "propertyDependencies"
    | "provider"
    | "protect"
    | "retainOnDelete"
    | "deletedWith"
  > {
  readonly name: string;
  /** Property paths that belong to somebody else after creation. */
  readonly ignoreChanges: readonly string[];
  /** Property paths whose change replaces, in addition to the type's own. */
  readonly replaceOnChanges: readonly string[];
  /** Absent: as the type needs. */
  readonly deleteBeforeReplace?: boolean;
  readonly additionalSecretOutputs: readonly string[];
  /** Earlier URNs of this resource. */
  readonly aliases: readonly string[];
}

/** What the program learns of a resource. */
export interface Registered {
  readonly urn: string;
  /** Empty while not known, in previews. */
  readonly id: string;
  readonly outputs: Properties;
}
