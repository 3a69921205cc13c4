import * as pulumi from "@pulumi/pulumi";
import * as runtimeSettings from "@pulumi/pulumi/runtime/settings";
import { awsCall, awsState } from "./fakeAws";

/** A resource as the engine would be told of it. */
export interface DeployedResource {
  readonly type: string;
  readonly name: string;
  /** Parent types and own type, joined as in a URN. */
  readonly qualifiedType: string;
  /** Resolved; secrets taken out of their wrapper. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Reference (`urn::id`) of the explicit provider; empty for the default one. */
  readonly provider: string;
  /** As the program gave them; found by a transformation, because mocks do not see them. */
  readonly options: pulumi.CustomResourceOptions & pulumi.ComponentResourceOptions;
  readonly isCustom: boolean;
}

/** A provider function as the engine would be told of its call. */
export interface MadeCall {
  readonly token: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly provider: string;
}

export interface Deployment<Result> {
  readonly result: Result;
  readonly resources: readonly DeployedResource[];
  readonly calls: readonly MadeCall[];
  byType(type: string): readonly DeployedResource[];
  /** @throws when there is not exactly one */
  one(type: string, name?: string): DeployedResource;
}

export interface DeployOptions {
  /** Computed values stay unknown, as in `pulumi preview`. @default false */
  readonly preview?: boolean;
  /** `project:key` → value, as in a stack file; objects as JSON. @default {} */
  readonly config?: Readonly<Record<string, string>>;
  /** @default "test" */
  readonly stack?: string;
  /** How many availability zones the region has. @default 4 */
  readonly zoneCount?: number;
}

/** What this file needs of the SDK and its typings hide. */
const settings = runtimeSettings as unknown as {
  waitForRPCs(): Promise<void>;
  getMonitor(): {
    getRegisteredResources(): Map<string, { readonly urn: string; readonly state: { toJavaScript?(): Record<string, unknown> } }>;
  };
};

const SECRET_SIGNATURE = "4dabf18193072939515e22adb298388d";

interface Probed {
  readonly qualifiedType: string;
  readonly options: DeployedResource["options"];
  readonly resource: pulumi.Resource;
}

interface Registered {
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly provider: string;
  readonly isCustom: boolean;
}

function withoutSecretWrappers(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(withoutSecretWrappers);
  }
  // Assets stay what they are.
  if (typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    if (SECRET_SIGNATURE in value && "value" in value) {
      return withoutSecretWrappers(value.value);
    }
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, withoutSecretWrappers(entry)]));
  }
  return value;
}

/** Everything that one run of a program declares, while it runs. */
class Recorder {
  readonly probed = new Map<string, Probed>();
  readonly registered = new Map<string, Registered>();
  readonly calls: MadeCall[] = [];
  /** The SDK wraps the error of a provider function until its text is lost. */
  callFailure: unknown;
  private readonly qualifiedTypes = new Map<pulumi.Resource, string>();

  /** Options are seen here only: a transformation is inherited by every child. */
  readonly probe = (args: pulumi.ResourceTransformationArgs): undefined => {
    const parentType = args.opts.parent === undefined ? undefined : this.qualifiedTypes.get(args.opts.parent);
    const qualifiedType = parentType === undefined ? args.type : `${parentType}$${args.type}`;
    const key = `${args.type}::${args.name}`;
    if (this.probed.has(key)) {
      throw new Error(`two resources of type ${args.type} are called ${args.name}`);
    }
    this.qualifiedTypes.set(args.resource, qualifiedType);
    this.probed.set(key, { qualifiedType, options: { ...args.opts }, resource: args.resource });
    return undefined;
  };

  readonly mocks = (preview: boolean, zoneCount: number): pulumi.runtime.Mocks => ({
    newResource: (args) => {
      const inputs = withoutSecretWrappers(args.inputs) as Record<string, unknown>;
      const isCustom = args.custom === true;
      this.registered.set(`${args.type}::${args.name}`, { inputs, provider: args.provider ?? "", isCustom });
      if (!isCustom) {
        return { id: undefined, state: args.inputs };
      }
      if (preview) {
        return { id: undefined, state: args.inputs };
      }
      return awsState({ type: args.type, name: args.name, inputs });
    },
    call: (args) => {
      this.calls.push({ token: args.token, inputs: args.inputs, provider: args.provider ?? "" });
      try {
        return awsCall({ token: args.token, inputs: args.inputs, zoneCount });
      } catch (error) {
        this.callFailure ??= error;
        throw error;
      }
    },
  });

  resources(): DeployedResource[] {
    return [...this.probed].map(([key, probed]) => {
      const registered = this.registered.get(key);
      if (registered === undefined) {
        throw new Error(`${key} was declared and never registered`);
      }
      const [type = "", name = ""] = key.split(/::(?=[^:]*$)/);
      return { type, name, qualifiedType: probed.qualifiedType, options: probed.options, ...registered };
    });
  }
}

/** Waits until nothing more is registered: resources are registered when their inputs resolve, long after the program has ended. */
async function drain(recorder: Recorder): Promise<void> {
  let seen = -1;
  while (seen !== recorder.probed.size) {
    seen = recorder.probed.size;
    await settings.waitForRPCs();
    await Promise.all([...recorder.probed.values()].map(({ resource }) => outputValue(resource.urn)));
  }
}

/** Runs the work, and fails with the first rejection that nobody handled: that is how an error inside `apply` shows. */
async function failingOnUnhandledRejections<Result>(work: () => Promise<Result>): Promise<Result> {
  const others = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection");
  let reject: (reason: unknown) => void = () => undefined;
  const rejected = new Promise<never>((_, rejectFirst) => {
    reject = rejectFirst;
  });
  process.on("unhandledRejection", reject);
  try {
    return await Promise.race([work(), rejected]);
  } finally {
    // Dependants of a failed resource reject one after the other; what comes late belongs to the same failure.
    await new Promise((resolve) => setImmediate(resolve));
    process.removeAllListeners("unhandledRejection");
    for (const listener of others) {
      process.on("unhandledRejection", listener);
    }
  }
}

/**
 * Runs a program against fake AWS and returns all that it declared. Give the options to the outermost component: they carry the probe.
 *
 * @throws on two resources of one type and name, on an unknown provider function, and on any error inside `apply`
 */
export async function deploy<Result>(
  program: (options: pulumi.ComponentResourceOptions) => Result | Promise<Result>,
  { preview = false, config = {}, stack = "test", zoneCount = 4 }: DeployOptions = {},
): Promise<Deployment<Result>> {
  const recorder = new Recorder();
  await pulumi.runtime.setMocks(recorder.mocks(preview, zoneCount), "rayfleet", stack, preview);
  pulumi.runtime.setAllConfig({ "aws:region": "us-east-1", ...config });
  const result = await failingOnUnhandledRejections(async () => {
    const made = await program({ transformations: [recorder.probe] });
    await drain(recorder);
    return made;
  }).catch((error: unknown) => {
    throw recorder.callFailure ?? error;
  });
  const resources = recorder.resources();
  const byType = (type: string) => resources.filter((resource) => resource.type === type);
  return {
    result,
    resources,
    calls: recorder.calls,
    byType,
    one: (type, name) => {
      const found = byType(type).filter((resource) => name === undefined || resource.name === name);
      const [only] = found;
      if (only === undefined || found.length > 1) {
        throw new Error(
          `expected one ${type} ${name ?? ""}; got ${found.length} of: ${byType(type)
            .map((resource) => resource.name)
            .join(", ")}`,
        );
      }
      return only;
    },
  };
}

/** Names of the resources that were given as `dependsOn`, with the last part of their type: `Route demo-public`. */
export function dependenciesOf({ options }: DeployedResource): string[] {
  const given = [options.dependsOn ?? []].flat() as unknown as readonly { readonly __pulumiType: string; readonly __name: string }[];
  return given.map(({ __pulumiType, __name }) => `${__pulumiType.split(":").at(-1)} ${__name}`);
}

/** The value of an output, once it is known. */
export function outputValue<Value>(output: pulumi.Output<Value> | undefined): Promise<Value> {
  if (output === undefined) throw new Error("the platform has no such output");
  return new Promise((resolve) => {
    output.apply((value) => {
      resolve(value as Value);
    });
  });
}

/** What a component told the engine as its outputs. */
export function registeredOutputs(type: string, name: string): Readonly<Record<string, unknown>> {
  const found = [...settings.getMonitor().getRegisteredResources().values()].find(({ urn }) => urn.endsWith(`${type}::${name}`));
  if (found?.state.toJavaScript === undefined) {
    throw new Error(`${type} ${name} registered no outputs`);
  }
  return found.state.toJavaScript();
}
