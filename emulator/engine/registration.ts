import type { Properties } from "../provider/resourceType";

/** A resource as the program declares it, with its options; values still carry their secret marks. */
export interface Registration {
  readonly type: string;
  readonly name: string;
  /** False for components. */
  readonly custom: boolean;
  readonly inputs: Properties;
  readonly parent?: string;
  readonly dependencies: readonly string[];
  readonly propertyDependencies: Readonly<Record<string, readonly string[]>>;
  readonly provider?: string;
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
  readonly deletedWith?: string;
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
