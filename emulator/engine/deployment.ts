import { randomUUID } from "node:crypto";
import { hasUnknown, UNKNOWN } from "../../pulumi-protocol/wire";
import { resolveAssets } from "../provider/asset";
import { diffProperties, pathsOf } from "../provider/propertyDiff";
import type { Properties } from "../provider/resourceType";
import { Limiter } from "./limiter";
import type { ProviderRegistry } from "./providerRegistry";
import type { Registered, Registration } from "./registration";
import { ResourceStep, type StepTools } from "./resourceStep";
import type { RunJournal } from "./runJournal";
import { revealedProperties, sealed, secretKeys } from "./secrets";
import type { ResourceState, StackState } from "./stackState";
import { isProviderType, isStackType, makeUrn } from "./urn";

/** What a run works with. */
export interface DeploymentContext {
  readonly project: string;
  readonly stack: string;
  /** Folder of the program; relative file names of assets count from here. */
  readonly directory: string;
  readonly isPreview: boolean;
  readonly state: StackState;
  readonly providers: ProviderRegistry;
  readonly journal: RunJournal;
  readonly signal: AbortSignal;
}

/** Calls to AWS at once. */
const PARALLEL_STEPS = 16;

/**
 * Carries out what a program declares, one call per resource, as Pulumi's engine does. The first failure ends the run: calls that are under
 * way finish and are recorded, new ones are refused with that same failure.
 */
export class Deployment {
  readonly context: DeploymentContext;
  /** Called once, when the run has failed. */
  onFailure: () => void = () => {};
  readonly #seen = new Set<string>();
  readonly #limiter = new Limiter(PARALLEL_STEPS);
  readonly #running = new Set<Promise<unknown>>();
  #failure: Error | undefined;

  constructor(context: DeploymentContext) {
    this.context = context;
    const abort = () => this.fail(new Error("cancelled", { cause: context.signal.reason }));
    if (context.signal.aborted) abort();
    else context.signal.addEventListener("abort", abort, { once: true });
  }

  /** The first thing that went wrong. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Ends the run; only the first call counts. */
  fail(error: Error): Error {
    if (this.#failure === undefined) {
      this.#failure = error;
      this.onFailure();
    }
    return this.#failure;
  }

  /** URNs that the program declared in this run. */
  isDeclared(urn: string): boolean {
    return this.#seen.has(urn);
  }

  urnOf(resource: { type: string; name: string; parent?: string | undefined }): string {
    return makeUrn(this.context, resource);
  }

  /** Resolves when no call to AWS is under way any more. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
  }

  /** Makes, changes, replaces or keeps a resource, so that it is as declared. */
  async register(registration: Registration): Promise<Registered> {
    return this.#guarded(this.urnOf(registration), (urn) => this.#register(urn, registration));
  }

  /** Looks up a resource that exists and is not the program's (`Vpc.get`). */
  async read(request: {
    type: string;
    name: string;
    id: string;
    inputs: Properties;
    parent?: string;
    provider?: string;
  }): Promise<Registered> {
    return this.#guarded(this.urnOf(request), async (urn) => {
      const { type, name: _name, id, inputs, parent, provider } = request;
      this.#claim(urn);
      if (hasUnknown(id)) return { urn, id: "", outputs: inputs };
      const known = { type, id, inputs: revealedProperties(inputs), outputs: {}, signal: this.context.signal };
      const found = await this.#limiter.run(() => this.context.providers.find(provider).read(known));
      if (found === undefined) throw new Error(`${type} with the id "${id}" does not exist`);
      const resource: ResourceState = {
        ...blankState(urn, { type, inputs, custom: true }),
        id,
        outputs: sealed(found.outputs, secretKeys(inputs)),
        external: true,
        ...(parent === undefined ? {} : { parent }),
        ...(provider === undefined ? {} : { provider }),
      };
      this.#keep(resource);
      return { urn, id, outputs: resource.outputs };
    });
  }

  /** Stores what a component, or the stack itself, says about itself in the end. */
  registerOutputs(urn: string, outputs: Properties): void {
    const { state, journal } = this.context;
    journal.secrets.learn(outputs);
    const resource = state.resources.get(urn);
    if (resource === undefined) return;
    state.resources.set(urn, { ...resource, outputs });
    if (isStackType(resource.type)) state.outputs = outputs;
    state.save();
  }

  /** Calls a provider function. Arguments that are not known yet make the whole result unknown. */
  async invoke(request: { token: string; args: Properties; provider?: string }): Promise<Properties> {
    return this.#guarded(request.token, async () => {
      const secrets = secretKeys(request.args);
      const result = await this.#limiter.run(() =>
        this.context.providers.find(request.provider).invoke(request.token, revealedProperties(request.args)),
      );
      return secrets.size === 0 ? result : sealed(result, Object.keys(result));
    });
  }

  async #register(urn: string, registration: Registration): Promise<Registered> {
    this.#claim(urn);
    this.context.journal.secrets.learn(registration.inputs);
    const previous = this.#previous(urn, registration);
    if (!registration.custom) return this.#keepDeclared({ ...declared(urn, registration), outputs: previous?.outputs ?? {} }, previous);
    if (isProviderType(registration.type)) {
      const id = previous?.id ?? randomUUID();
      return this.#keepDeclared({ ...declared(urn, registration), id, outputs: registration.inputs }, previous);
    }
    const inputs = (await resolveAssets(registration.inputs, this.context.directory)) as Properties;
    const step = new ResourceStep(this.#tools(), declared(urn, { ...registration, inputs }), registration);
    return step.run(previous);
  }

  #tools(): StepTools {
    const { context } = this;
    return { ...context, inSlot: (task) => this.#limiter.run(task), unknown: UNKNOWN };
  }

  #claim(urn: string): void {
    if (this.#seen.has(urn))
      throw new Error("is declared twice; expected one resource of each type and name under one parent. Rename one.");
    this.#seen.add(urn);
  }

  /** The resource as the last run left it, under its present or an earlier name. */
  #previous(urn: string, { aliases }: Registration): ResourceState | undefined {
    const { state } = this.context;
    const present = state.resources.get(urn);
    if (present !== undefined) return present.external ? undefined : present;
    const earlier = aliases.find((alias) => state.resources.has(alias) && !this.#seen.has(alias));
    const resource = earlier === undefined ? undefined : state.resources.get(earlier);
    if (earlier === undefined || resource === undefined) return undefined;
    state.resources.delete(earlier);
    const rename = (name: string) => (name === earlier ? urn : name);
    // What still points to the old name must be deleted before this one, so the pointers have to follow.
    for (const other of [...state.resources.values()])
      state.resources.set(other.urn, {
        ...other,
        dependencies: other.dependencies.map(rename),
        ...(other.parent === undefined ? {} : { parent: rename(other.parent) }),
      });
    const renamed = { ...resource, urn };
    state.record(renamed);
    state.save();
    return renamed;
  }

  #keepDeclared(resource: ResourceState, previous: ResourceState | undefined): Registered {
    this.context.state.record(resource);
    this.context.state.save();
    const changed = previous === undefined || !resource.custom ? [] : pathsOf(diffProperties(previous.inputs, resource.inputs));
    const op = previous === undefined ? "create" : changed.length > 0 ? "update" : "same";
    this.context.journal.step(op, resource.urn, { changed });
    return { urn: resource.urn, id: resource.id ?? "", outputs: resource.outputs };
  }

  #keep(resource: ResourceState): void {
    this.context.state.record(resource);
    this.context.state.save();
    this.context.journal.step("same", resource.urn);
  }

  async #guarded<Result>(subject: string, work: (subject: string) => Promise<Result>): Promise<Result> {
    if (this.#failure !== undefined) throw this.#failure;
    const running = work(subject);
    this.#running.add(running);
    try {
      return await running;
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      throw this.fail(new Error(this.context.journal.secrets.redact(`${subject}: ${text}`), { cause: error }));
    } finally {
      this.#running.delete(running);
    }
  }
}

function blankState(urn: string, { type, inputs, custom }: Pick<ResourceState, "type" | "inputs" | "custom">): ResourceState {
  const lists = { dependencies: [], propertyDependencies: {} };
  return { urn, type, custom, inputs, outputs: {}, ...lists, protect: false, retainOnDelete: false, external: false };
}

/** The state of a resource as declared, before anything is known of the cloud's side. */
function declared(urn: string, registration: Registration): ResourceState {
  const { type, inputs, custom, dependencies, propertyDependencies, protect, retainOnDelete, parent, provider, deletedWith } = registration;
  return {
    ...blankState(urn, { type, inputs, custom }),
    dependencies,
    propertyDependencies,
    protect,
    retainOnDelete,
    ...(parent === undefined ? {} : { parent }),
    ...(provider === undefined ? {} : { provider }),
    ...(deletedWith === undefined ? {} : { deletedWith }),
  };
}
