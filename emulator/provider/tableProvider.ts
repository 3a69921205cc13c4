import { createHash } from "node:crypto";
import { describeAwsError } from "./awsError";
import { AwsSession, type AwsSessionSettings } from "./awsSession";
import { functions } from "./functions";
import { changesUnder, diffProperties, type PropertyChange, sameProperty } from "./propertyDiff";
import type { ExistingResource, Properties, ResourceType } from "./resourceType";
import { table } from "./table";
import type { Tags } from "./tags";

/** What changed, and what follows from it. */
export interface ResourceDiff {
  readonly changes: readonly PropertyChange[];
  /** Paths among the changes that need a new resource. */
  readonly replaces: readonly string[];
  /** The cloud cannot hold old and new at once, so the old one has to go first. */
  readonly deleteBeforeReplace: boolean;
}

/** A resource by type, logical name and inputs, before it exists. */
export interface NewResource {
  readonly type: string;
  readonly name: string;
  readonly inputs: Properties;
  /** The same token again finds what an interrupted creation left, instead of making a second one. */
  readonly token: string;
  readonly signal: AbortSignal;
}

/** A resource that exists. */
export interface KnownResource {
  readonly type: string;
  readonly id: string;
  readonly inputs: Properties;
  readonly outputs: Properties;
  readonly signal: AbortSignal;
}

/** A resource as just read: outputs, and the inputs that would lead to them. */
export interface ReadResource {
  readonly inputs: Properties;
  readonly outputs: Properties;
}

/** The one place that asks for a type; an unknown one is a clear error and not a crash. */
function typeOf(token: string): ResourceType {
  const found = table[token];
  if (found === undefined) throw new Error(`${token} is not in the emulator's table`);
  return found;
}

/** Calls AWS for one configured provider: the table with naming, default tags, regions, checks, roll-back and output assembly around it. */
export class TableProvider {
  readonly #settings: AwsSessionSettings;
  readonly #sessions = new Map<string, AwsSession>();

  constructor(settings: AwsSessionSettings) {
    this.#settings = settings;
  }

  /** Everything that is wrong with the inputs, one sentence each; empty when nothing is. */
  check(token: string, inputs: Properties): string[] {
    const type = typeOf(token);
    const isSet = (key: string) => inputs[key] !== undefined && inputs[key] !== null;
    const known = new Set(["region", "tagsAll", ...type.replaceOn, ...type.updateOn, ...(type.taggable === true ? ["tags"] : [])]);
    const missing = type.required.filter((key) => !isSet(key)).map((key) => `${key}: is required; got nothing; expected a value. Set it.`);
    const unknown = Object.keys(inputs)
      .filter((key) => isSet(key) && !key.startsWith("__") && !known.has(key))
      .map((key) => `${key}: is not in the emulator's table for ${token}. Leave it out on the emulator, or add it to the table.`);
    return [...missing, ...unknown];
  }

  /** Compares inputs; the logical name does not matter, names that the table made are not inputs. */
  diff(token: string, previous: Properties, inputs: Properties): ResourceDiff {
    const type = typeOf(token);
    const changes = diffProperties(previous, inputs);
    const byValue = type.replacesOnUpdate?.(previous, inputs) ?? [];
    const replaces = changesUnder(changes, ["region", ...type.replaceOn, ...byValue]).map((change) => change.path);
    const nameKey = type.nameProperty;
    const keepsName = nameKey !== undefined && inputs[nameKey] !== undefined && sameProperty(previous[nameKey], inputs[nameKey]);
    return { changes, replaces, deleteBeforeReplace: type.deleteBeforeReplace === true || keepsName };
  }

  /** Outputs that an update will change in ways only AWS knows. */
  unknownOutputsOnUpdate(token: string): readonly string[] {
    return typeOf(token).changesOnUpdate ?? [];
  }

  /** Input paths whose change replaces the resource. */
  replacingInputs(token: string): readonly string[] {
    return typeOf(token).replaceOn;
  }

  /**
   * Makes the resource. When a later step of making it fails, what was made is taken away again, so that a failed creation leaves nothing.
   *
   * @throws Error in AWS's own words
   */
  async create(resource: NewResource): Promise<{ id: string; outputs: Properties }> {
    const type = typeOf(resource.type);
    const request = this.#request(type, resource);
    const id = await spoken(type.create(request));
    const existing = { id, inputs: request.inputs, outputs: {}, aws: request.aws, signal: resource.signal };
    try {
      await spoken(type.complete?.(existing) ?? Promise.resolve());
      return { id, outputs: await this.#outputs(type, existing, resource.type) };
    } catch (error) {
      await type.delete(existing).catch(() => {
        // The first error says what went wrong; `find` meets what is left over when the creation is tried again.
      });
      throw error;
    }
  }

  /** What an interrupted creation with the same token left, completed; undefined when there is nothing. */
  async find(resource: NewResource): Promise<{ id: string; outputs: Properties } | undefined> {
    const type = typeOf(resource.type);
    const request = this.#request(type, resource);
    const id = await spoken(type.find(request));
    if (id === undefined) return undefined;
    const existing = { id, inputs: request.inputs, outputs: {}, aws: request.aws, signal: resource.signal };
    if ((await spoken(type.read(existing))) === undefined) return undefined;
    await spoken(type.complete?.(existing) ?? Promise.resolve());
    return { id, outputs: await this.#outputs(type, existing, resource.type) };
  }

  /** The resource as AWS has it now; undefined when it is gone. Inputs that the program never set stay unset. */
  async read(resource: KnownResource): Promise<ReadResource | undefined> {
    const type = typeOf(resource.type);
    const observed = await spoken(type.read(this.#existing(type, resource)));
    if (observed === undefined) return undefined;
    const visible = this.#withoutDefaultTags(type, resource.inputs, observed);
    const outputs = assemble({ ...resource.inputs, ...resource.outputs }, visible);
    const drifted = Object.keys(resource.inputs).filter((key) => key in visible && !sameProperty(resource.outputs[key], visible[key]));
    const inputs = { ...resource.inputs, ...Object.fromEntries(drifted.map((key) => [key, visible[key]])) };
    return { inputs, outputs };
  }

  /** Changes a resource in place and returns its new outputs. `resource.inputs` are the new ones. */
  async update(resource: KnownResource, previousInputs: Properties): Promise<Properties> {
    const type = typeOf(resource.type);
    const existing = this.#existing(type, resource);
    if (type.update === undefined) throw new Error(`${resource.type} cannot be changed in place`);
    const previous = this.#withDefaultTags(type, previousInputs, existing.aws);
    await spoken(type.update({ ...existing, inputs: existing.inputs, previousInputs: previous }));
    const dropped = new Set(Object.keys(previousInputs).filter((key) => resource.inputs[key] === undefined));
    const outputs = Object.fromEntries(Object.entries(resource.outputs).filter(([key]) => !dropped.has(key)));
    return this.#outputs(type, { ...existing, outputs }, resource.type);
  }

  /** Removes the resource and waits until it is gone. */
  async delete(resource: KnownResource): Promise<void> {
    const type = typeOf(resource.type);
    await spoken(type.delete(this.#existing(type, resource)));
  }

  /** Calls a provider function such as `aws:index/getRegion:getRegion`. */
  async invoke(token: string, args: Properties): Promise<Properties> {
    const run = functions[token];
    if (run === undefined) throw new Error(`${token} is not in the emulator's table of functions`);
    return spoken(run(args, this.#session(args)));
  }

  /** Closes connections. */
  close(): void {
    for (const session of this.#sessions.values()) session.close();
    this.#sessions.clear();
  }

  /** Resources and functions may name another region than their provider's. */
  #session(inputs: Properties): AwsSession {
    const region = typeof inputs["region"] === "string" ? inputs["region"] : this.#settings.region;
    const found = this.#sessions.get(region) ?? new AwsSession({ ...this.#settings, region });
    this.#sessions.set(region, found);
    return found;
  }

  #request(type: ResourceType, { name, inputs, token }: NewResource) {
    const aws = this.#session(inputs);
    return { inputs: this.#withDefaultTags(type, inputs, aws), name: physicalName(type, { name, inputs, token }), token, aws };
  }

  #existing(type: ResourceType, resource: KnownResource): ExistingResource<Properties, Properties> {
    const aws = this.#session(resource.inputs);
    const { id, outputs, signal } = resource;
    return { id, inputs: this.#withDefaultTags(type, resource.inputs, aws), outputs, aws, signal };
  }

  async #outputs(type: ResourceType, existing: ExistingResource<Properties, Properties>, token: string): Promise<Properties> {
    const observed = await spoken(type.read(existing));
    if (observed === undefined) throw new Error(`${token} ${existing.id} was gone right after it was made or changed`);
    const region = "region" in existing.inputs || token.startsWith("aws:iam/") ? {} : { region: existing.aws.region };
    return assemble({ ...existing.outputs, ...existing.inputs, ...region }, observed);
  }

  #withDefaultTags(type: ResourceType, inputs: Properties, aws: AwsSession): Properties {
    if (type.taggable !== true || Object.keys(aws.defaultTags).length === 0) return inputs;
    return { ...inputs, tags: { ...aws.defaultTags, ...(inputs["tags"] as Tags | undefined) } };
  }

  /** Default tags belong to the provider: seen on a resource, they are no drift of its own tags. */
  #withoutDefaultTags(type: ResourceType, inputs: Properties, observed: Properties): Properties {
    const defaults = Object.entries(this.#settings.defaultTags ?? {});
    if (type.taggable !== true || defaults.length === 0 || observed["tags"] === undefined) return observed;
    const own = inputs["tags"] as Tags | undefined;
    const isDefault = ([key, value]: [string, unknown]) =>
      own?.[key] === undefined && defaults.some(([name, text]) => name === key && text === value);
    const tags = Object.fromEntries(Object.entries(observed["tags"] as Tags).filter((entry) => !isDefault(entry)));
    return { ...observed, tags: Object.keys(tags).length === 0 ? undefined : tags };
  }
}

/** The program's name, or one made from the logical name; the same token makes the same name again. */
function physicalName(type: ResourceType, { name, inputs, token }: Pick<NewResource, "name" | "inputs" | "token">): string {
  const key = type.nameProperty;
  const given = key === undefined ? undefined : inputs[key];
  if (typeof given === "string") return given;
  const suffix = createHash("sha256").update(token).digest("hex").slice(0, 7);
  const prefix = key === undefined ? undefined : inputs[`${key}Prefix`];
  if (typeof prefix === "string") return `${prefix}${suffix}`;
  return type.autoName?.(name, suffix) ?? `${name}-${suffix}`;
}

/** What is known with what was observed on top; a key observed as not set goes away. */
function assemble(known: Properties, observed: Properties): Properties {
  const merged = { ...known, ...observed };
  return Object.fromEntries(
    Object.entries(merged).filter(([key, value]) => value !== undefined && value !== null && !key.startsWith("__")),
  );
}

/** The promise, failing in one plain sentence. */
async function spoken<Value>(promise: Promise<Value>): Promise<Value> {
  try {
    return await promise;
  } catch (error) {
    // Not the SDK's own error, which drags the whole connection along wherever it is printed.
    throw new Error(describeAwsError(error), { cause: error instanceof Error ? error.stack : error });
  }
}
