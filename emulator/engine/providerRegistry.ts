import { providerSettings } from "../provider/providerSettings";
import type { Properties } from "../provider/resourceType";
import { TableProvider } from "../provider/tableProvider";
import { revealedProperties } from "./secrets";
import type { StackState } from "./stackState";
import { urnOfProviderReference } from "./urn";

/** Finds the provider of each resource: the default one of the `aws:*` configuration, or the explicit one that the program names. */
export class ProviderRegistry {
  readonly #state: StackState;
  readonly #defaults: { inputs: Properties; endpointUrl: string };
  readonly #providers = new Map<string, TableProvider>();

  constructor(state: StackState, defaults: { inputs: Properties; endpointUrl: string }) {
    this.#state = state;
    this.#defaults = defaults;
  }

  /**
   * The provider behind a reference as it stands in a resource; without one the default.
   *
   * @throws Error when an explicit provider is unknown or is not for AWS
   */
  find(reference: string | undefined): TableProvider {
    const inputs = this.#inputs(reference);
    // Two providers with the same settings are the same to AWS; a provider whose settings change gets clients of its own.
    const key = JSON.stringify(inputs);
    const found = this.#providers.get(key) ?? new TableProvider(providerSettings(inputs, this.#defaults.endpointUrl));
    this.#providers.set(key, found);
    return found;
  }

  /** The region that a provider works in; undefined when the program has not said it yet. */
  region(reference: string | undefined): unknown {
    return this.#inputs(reference)["region"];
  }

  close(): void {
    for (const provider of this.#providers.values()) provider.close();
    this.#providers.clear();
  }

  #inputs(reference: string | undefined): Properties {
    if (reference === undefined) return this.#defaults.inputs;
    const urn = urnOfProviderReference(reference);
    const provider = this.#state.resources.get(urn) ?? [...this.#state.pendingDeletions].find((resource) => resource.urn === urn);
    if (provider === undefined) throw new Error(`${urn}: is not known; a resource names it as its provider.`);
    if (provider.type !== "pulumi:providers:aws") throw new Error(`${urn}: is not an AWS provider; the embedded engine has no other.`);
    const own = revealedProperties(provider.inputs);
    return own["region"] === undefined ? { ...own, region: this.#defaults.inputs["region"] } : own;
  }
}
