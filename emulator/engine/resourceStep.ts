import { randomUUID } from "node:crypto";
import { hasUnknown } from "../../pulumi-protocol/wire";
import { changesUnder, keepPrevious, type PropertyChange, pathsOf } from "../provider/propertyDiff";
import type { Properties } from "../provider/resourceType";
import type { TableProvider } from "../provider/tableProvider";
import { deleteOne } from "./deletion";
import type { DeploymentContext } from "./deployment";
import type { Registered, Registration } from "./registration";
import { mustGoFirst } from "./replacement";
import { revealedProperties, sealed, secretKeys } from "./secrets";
import type { ResourceState } from "./stackState";
import { nameOfUrn } from "./urn";

/** The run, and what a step needs of it beyond that. */
export interface StepTools extends DeploymentContext {
  /** Waits for a free place among the calls to AWS. */
  inSlot<Result>(task: () => Promise<Result>): Promise<Result>;
  /** Stands for outputs that are not known yet. */
  readonly unknown: string;
}

/** Brings one custom resource from what the last run left to what the program declares. */
export class ResourceStep {
  readonly #tools: StepTools;
  readonly #declared: ResourceState;
  readonly #registration: Registration;
  readonly #startedAtMs = performance.now();

  constructor(tools: StepTools, declared: ResourceState, registration: Registration) {
    this.#tools = tools;
    this.#declared = declared;
    this.#registration = registration;
  }

  /** Does the step, records it and says what the program may know. */
  async run(recorded: ResourceState | undefined): Promise<Registered> {
    const { type, inputs } = this.#declared;
    const problems = this.#provider.check(type, revealedProperties(inputs));
    if (problems.length > 0) throw new Error(problems.join(" "));
    const previous = recorded ?? (await this.#adoptInterrupted());
    if (previous === undefined) return this.#create("create", []);
    // What somebody else owns is taken from the last run, marks of secrets included, and so is never seen as a change.
    const kept = keepPrevious(previous.inputs, inputs, this.#registration.ignoreChanges);
    const declared = { ...this.#declared, inputs: kept };
    const diff = this.#provider.diff(type, revealedProperties(previous.inputs), revealedProperties(kept));
    const forced = changesUnder(diff.changes, this.#registration.replaceOnChanges);
    const hasMoved = this.#tools.providers.region(previous.provider) !== this.#tools.providers.region(declared.provider);
    if (diff.replaces.length > 0 || forced.length > 0 || hasMoved) {
      const deleteFirst = this.#registration.deleteBeforeReplace ?? (diff.deleteBeforeReplace && !hasMoved);
      return this.#replace(previous, pathsOf(diff.changes), deleteFirst);
    }
    if (diff.changes.length > 0) return this.#update(previous, declared, diff.changes);
    return this.#record(
      { ...declared, id: previous.id ?? "", outputs: sealed(previous.outputs, this.#secretOutputs(previous)) },
      "same",
      [],
    );
  }

  get #provider(): TableProvider {
    return this.#tools.providers.find(this.#declared.provider);
  }

  /** Outputs that must be marked: by the program, by a secret input of the same name, or because they were marked before. */
  #secretOutputs(previous?: ResourceState): Set<string> {
    const marked = previous === undefined ? [] : secretKeys(previous.outputs);
    return new Set([...secretKeys(this.#declared.inputs), ...this.#registration.additionalSecretOutputs, ...marked]);
  }

  /** What a creation left that was cut off before it could be recorded. */
  async #interrupted(): Promise<ResourceState | undefined> {
    const { state, isPreview, signal } = this.#tools;
    const pending = state.pendingCreations.get(this.#declared.urn);
    if (pending === undefined || isPreview) return undefined;
    const { token, name, resource } = pending;
    const provider = this.#tools.providers.find(resource.provider);
    const inputs = revealedProperties(resource.inputs);
    const found = await this.#tools.inSlot(() => provider.find({ type: resource.type, name, inputs, token, signal }));
    return found && { ...resource, id: found.id, outputs: sealed(found.outputs, this.#secretOutputs()) };
  }

  async #adoptInterrupted(): Promise<ResourceState | undefined> {
    const adopted = await this.#interrupted();
    if (adopted === undefined) return undefined;
    this.#tools.state.pendingCreations.delete(adopted.urn);
    this.#tools.state.record(adopted);
    this.#tools.state.save();
    return adopted;
  }

  async #create(op: "create" | "replace", changed: readonly string[], replaced?: ResourceState): Promise<Registered> {
    const { state, isPreview } = this.#tools;
    const resource = this.#declared;
    const inputs = revealedProperties(resource.inputs);
    if (isPreview) return this.#record({ ...resource, outputs: sealed(inputs, this.#secretOutputs()) }, op, changed);
    if (hasUnknown(inputs)) throw new Error("an input is not known; a resource that it comes from was not made");
    const made = (await this.#leftBehind()) ?? (await this.#make(inputs));
    state.pendingCreations.delete(resource.urn);
    if (replaced !== undefined) state.pendingDeletions.add(replaced);
    return this.#record({ ...resource, id: made.id, outputs: sealed(made.outputs, this.#secretOutputs()) }, op, changed);
  }

  async #make(inputs: Properties): Promise<{ id: string; outputs: Properties }> {
    const { state, signal } = this.#tools;
    const resource = this.#declared;
    const { type } = resource;
    const creation = { token: randomUUID(), name: nameOfUrn(resource.urn), resource };
    const { token, name } = creation;
    // Written down before the call: if this process dies in between, the next run finds what was made by the token.
    state.pendingCreations.set(resource.urn, creation);
    state.save();
    return this.#tools.inSlot(() => this.#provider.create({ type, name, inputs, token, signal }));
  }

  /** What an interrupted creation left beside a resource that it was to replace: taken when it is as declared now, else deleted. */
  async #leftBehind(): Promise<{ id: string; outputs: Properties } | undefined> {
    const left = await this.#interrupted();
    if (left === undefined) return undefined;
    const { type } = left;
    const inputs = revealedProperties(left.inputs);
    const outputs = revealedProperties(left.outputs);
    const id = left.id ?? "";
    if (this.#provider.diff(type, inputs, revealedProperties(this.#declared.inputs)).changes.length === 0) return { id, outputs };
    await this.#tools.inSlot(() =>
      this.#tools.providers.find(left.provider).delete({ type, id, inputs, outputs, signal: this.#tools.signal }),
    );
    return undefined;
  }

  async #replace(previous: ResourceState, changed: readonly string[], deleteFirst: boolean): Promise<Registered> {
    if (previous.protect) throw new Error("would have to be replaced, but is protected. Run up with protect: false first.");
    if (!deleteFirst) return this.#create("replace", changed, previous);
    if (!this.#tools.isPreview)
      for (const doomed of [...mustGoFirst(previous, this.#tools), previous]) {
        await this.#tools.inSlot(() => deleteOne(doomed, this.#tools));
        this.#tools.state.resources.delete(doomed.urn);
        this.#tools.state.save();
      }
    return this.#create("replace", changed);
  }

  async #update(previous: ResourceState, declared: ResourceState, changes: readonly PropertyChange[]): Promise<Registered> {
    const { isPreview, signal, unknown } = this.#tools;
    const { type } = declared;
    const inputs = revealedProperties(declared.inputs);
    const known = revealedProperties(previous.outputs);
    const id = previous.id ?? "";
    const outputs = isPreview
      ? { ...known, ...inputs, ...Object.fromEntries(this.#provider.unknownOutputsOnUpdate(type).map((key) => [key, unknown])) }
      : await this.#tools.inSlot(() =>
          this.#provider.update({ type, id, inputs, outputs: known, signal }, revealedProperties(previous.inputs)),
        );
    return this.#record({ ...declared, id, outputs: sealed(outputs, this.#secretOutputs(previous)) }, "update", pathsOf(changes));
  }

  #record(resource: ResourceState, op: "create" | "update" | "replace" | "same", changed: readonly string[]): Registered {
    const { state, journal } = this.#tools;
    journal.secrets.learn(resource.outputs);
    state.record(resource);
    state.save();
    journal.step(op, resource.urn, { changed, startedAtMs: this.#startedAtMs });
    return { urn: resource.urn, id: resource.id ?? "", outputs: resource.outputs satisfies Properties };
  }
}
