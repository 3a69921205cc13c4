import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Properties } from "../provider/resourceType";

/** A resource as the last run left it. Inputs and outputs keep their secret marks; the values stand in the file as they are. */
export interface ResourceState {
  readonly urn: string;
  readonly type: string;
  /** False for components, which have no life in the cloud. */
  readonly custom: boolean;
  /** Absent for components. */
  readonly id?: string;
  readonly inputs: Properties;
  readonly outputs: Properties;
  readonly parent?: string;
  readonly dependencies: readonly string[];
  /** Which inputs came from which resources, by URN. */
  readonly propertyDependencies: Readonly<Record<string, readonly string[]>>;
  /** `<urn>::<id>` of an explicit provider; absent for the default one. */
  readonly provider?: string;
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
  readonly deletedWith?: string;
  /** Only looked up by the program; never changed or deleted. */
  readonly external: boolean;
}

/** A creation that began and of which the end is not known yet: written down before AWS is called. */
export interface PendingCreation {
  readonly token: string;
  readonly name: string;
  /** The resource as it will be recorded, without an id. */
  readonly resource: ResourceState;
}

interface StateFile {
  readonly version: 1;
  readonly project: string;
  readonly stack: string;
  readonly outputs: Properties;
  /** In the order in which they were made. */
  readonly resources: readonly ResourceState[];
  /** Replaced, and not deleted yet. */
  readonly pendingDeletions: readonly ResourceState[];
  readonly pendingCreations: readonly PendingCreation[];
}

/**
 * What exists, kept in one file that only its owner may read. Every change is written at once, to a new file that takes the old one's place:
 * a crash at any moment leaves a whole file. A preview works on the same content and writes nothing.
 */
export class StackState {
  readonly resources = new Map<string, ResourceState>();
  readonly pendingDeletions = new Set<ResourceState>();
  readonly pendingCreations = new Map<string, PendingCreation>();
  outputs: Properties = {};
  readonly #file: string;
  readonly #identity: { project: string; stack: string };
  readonly #isReadOnly: boolean;

  private constructor(file: string, identity: { project: string; stack: string }, isReadOnly: boolean) {
    this.#file = file;
    this.#identity = identity;
    this.#isReadOnly = isReadOnly;
  }

  /**
   * Reads the file, or starts empty when there is none.
   *
   * @throws Error when the file cannot be understood, or belongs to another project or stack
   */
  static load(file: string, identity: { project: string; stack: string }, access: "read-write" | "read-only"): StackState {
    const state = new StackState(file, identity, access === "read-only");
    if (!existsSync(file)) return state;
    const content = parse(file);
    if (content.project !== identity.project || content.stack !== identity.stack)
      throw new Error(
        `${file}: belongs to another stack; got ${content.project}/${content.stack}; expected ${identity.project}/${identity.stack}. Use a state directory of its own.`,
      );
    for (const resource of content.resources) state.resources.set(resource.urn, resource);
    for (const resource of content.pendingDeletions) state.pendingDeletions.add(resource);
    for (const creation of content.pendingCreations) state.pendingCreations.set(creation.resource.urn, creation);
    state.outputs = content.outputs;
    return state;
  }

  /** Puts a resource last in order, as just made or seen. */
  record(resource: ResourceState): void {
    this.resources.delete(resource.urn);
    this.resources.set(resource.urn, resource);
  }

  /** Writes the present content; when nothing exists any more, nothing is left of the file either. */
  save(): void {
    if (this.#isReadOnly) return;
    if (this.resources.size + this.pendingDeletions.size + this.pendingCreations.size === 0) {
      rmSync(this.#file, { force: true });
      return;
    }
    const content: StateFile = {
      version: 1,
      ...this.#identity,
      outputs: this.outputs,
      resources: [...this.resources.values()],
      pendingDeletions: [...this.pendingDeletions],
      pendingCreations: [...this.pendingCreations.values()],
    };
    mkdirSync(dirname(this.#file), { recursive: true, mode: 0o700 });
    const temporary = `${this.#file}.new`;
    writeFileSync(temporary, `${JSON.stringify(content, undefined, 1)}\n`, { mode: 0o600 });
    renameSync(temporary, this.#file);
  }
}

function parse(file: string): StateFile {
  try {
    const content = JSON.parse(readFileSync(file, "utf8")) as StateFile;
    if (content.version === 1 && Array.isArray(content.resources)) return content;
  } catch (error) {
    throw new Error(`${file}: is no state file; expected JSON. Restore it, or remove it when nothing exists any more.`, { cause: error });
  }
  throw new Error(`${file}: has an unknown format; expected version 1. It was written by another release.`);
}
