import type { Resource, Unwrap } from "@pulumi/pulumi";
import type { Properties } from "../../pulumi-protocol/properties";
import type { AwsSession } from "./awsSession";

export type { Properties };

/** Where a program may hand over a resource itself, its id or ARN travels. */
type OnTheWire<Value> = Value extends Resource ? never : Value extends (infer Item)[] ? OnTheWire<Item>[] : Value;

/** A type's inputs in plain JSON, derived from the arguments class that the program uses: the compiler keeps the table and the SDK together. */
export type InputsOf<Args> = { readonly [Key in keyof Args]: OnTheWire<Unwrap<Args[Key]>> };

/** What a read found out. An absent key keeps what was known before; a key that is `undefined` was looked for and is not set in the cloud. */
export type Observed<State> = { readonly [Key in keyof State]?: unknown extends State[Key] ? unknown : Unwrap<State[Key]> | undefined };

/** What making one resource needs to know. */
export interface CreateRequest<Inputs> {
  readonly inputs: Inputs;
  /** The resource's own name in the cloud: the program's, or the logical name with a suffix derived from `token`. */
  readonly name: string;
  /** Identifies this one creation across a crash: the same token makes the same resource, never a second one. */
  readonly token: string;
  readonly aws: AwsSession;
}

/** A resource that exists, as the engine last knew it. */
export interface ExistingResource<Inputs, State> {
  readonly id: string;
  /** Empty for a resource that the program only reads (`Vpc.get`). */
  readonly inputs: Partial<Inputs>;
  readonly outputs: Observed<State>;
  readonly aws: AwsSession;
  /** Ends waiting for slow deletions; calls in flight finish first, so that what they did is recorded. */
  readonly signal: AbortSignal;
}

/** A resource whose inputs changed without need of a new one. */
export interface UpdateRequest<Inputs, State> extends Omit<ExistingResource<Inputs, State>, "inputs"> {
  readonly inputs: Inputs;
  readonly previousInputs: Inputs;
}

/**
 * One Pulumi resource type over AWS calls. Generic code around it does naming, default tags, output assembly, diff and roll-back, so that an
 * entry says only what is particular to its type.
 */
export interface ResourceTypeDefinition<Inputs, State> {
  /** Input that holds the cloud name; when the program leaves it out, a name is made from the logical name. */
  readonly nameProperty?: keyof Inputs & string;
  /** Makes that name, from the logical name and seven hexadecimal digits. @default `<logicalName>-<suffix>` */
  autoName?(logicalName: string, suffix: string): string;
  /** Inputs without which the real provider refuses. */
  readonly required: readonly (keyof Inputs & string)[];
  /** Input paths whose change needs a new resource, e.g. `cidrBlock` or `ebs.volumeType`. */
  readonly replaceOn: readonly string[];
  /** Inputs that `update` takes over in place. One that stands neither here nor in `replaceOn` is refused: nothing is ignored in silence. */
  readonly updateOn: readonly (keyof Inputs & string)[];
  /** Further replacements that depend on values. @default none */
  replacesOnUpdate?(previous: Inputs, inputs: Inputs): readonly string[];
  /** The cloud cannot hold old and new at once. @default false */
  readonly deleteBeforeReplace?: boolean;
  /** Outputs that an update changes: unknown while an update is previewed. @default none */
  readonly changesOnUpdate?: readonly (keyof State & string)[];
  /** `tags` is a map to which the provider's default tags are added. @default false */
  readonly taggable?: boolean;
  /** Makes the resource by one call and returns its id. */
  create(request: CreateRequest<Inputs>): Promise<string>;
  /** Everything after the first call that the resource needs; may be repeated. @default nothing */
  complete?(resource: ExistingResource<Inputs, State>): Promise<void>;
  /** The id of what an interrupted `create` with the same request left behind, if anything. */
  find(request: CreateRequest<Inputs>): Promise<string | undefined>;
  /** The resource as the cloud has it; undefined when it is gone. */
  read(resource: ExistingResource<Inputs, State>): Promise<Observed<State> | undefined>;
  /** Changes in place. Needed when `updateOn` or `taggable` says that something can change. */
  update?(request: UpdateRequest<Inputs, State>): Promise<void>;
  /** Removes it and waits until it is gone. Something that is gone already counts as removed. */
  delete(resource: ExistingResource<Inputs, State>): Promise<void>;
}

/** A table entry with its own types forgotten, as the table holds it. */
export type ResourceType = ResourceTypeDefinition<Properties, Properties>;

/** Checks an entry against the SDK's argument and state interfaces, then forgets them. */
export function defineResourceType<Args, State>(definition: ResourceTypeDefinition<InputsOf<Args>, State>): ResourceType {
  return definition as unknown as ResourceType;
}
