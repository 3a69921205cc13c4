import { hasUnknown } from "../../pulumi-protocol/wire";
import { providerSettings } from "../provider/providerSettings";
import type { Properties } from "../provider/resourceType";
import { TableProvider } from "../provider/tableProvider";

/** The provider of one plugin process: Pulumi configures it once, after starting it, and then asks it for resources. */
export class ConfiguredProvider {
  readonly #endpointUrl: string;
  readonly #cancelled = new AbortController();
  #provider: TableProvider | undefined;

  /** @param endpointUrl the AWS API emulator; an explicit provider's own `endpoints` go before it */
  constructor(endpointUrl: string) {
    this.#endpointUrl = endpointUrl;
  }

  /** Fires when Pulumi cancels the update. */
  get signal(): AbortSignal {
    return this.#cancelled.signal;
  }

  /** @throws Error when it was not configured, or with values that only exist after an update */
  get table(): TableProvider {
    if (this.#provider === undefined) throw new Error("the provider is not configured: its region is not known yet, or not set");
    return this.#provider;
  }

  configure(inputs: Properties): void {
    this.#provider?.close();
    this.#provider = hasUnknown(inputs["region"]) ? undefined : new TableProvider(providerSettings(inputs, this.#endpointUrl));
  }

  cancel(): void {
    this.#cancelled.abort();
  }
}
