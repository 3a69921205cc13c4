import type { Properties } from "../pulumi-protocol/properties";
import { hasUnknown } from "../pulumi-protocol/wire";
import { connect } from "./connect";
import type { Warn } from "./engineLog";
import { RayObjectProvider } from "./rayObjectProvider";

/** The provider of one plugin process: Pulumi configures it once, after starting it, and then asks it for resources. */
export class ConfiguredProvider {
  readonly warn: Warn;
  readonly #cancelled = new AbortController();
  #inputs: Properties | undefined;
  #objects: RayObjectProvider | undefined;

  constructor(warn: Warn) {
    this.warn = warn;
  }

  /** Fires when Pulumi cancels the update. */
  get signal(): AbortSignal {
    return this.#cancelled.signal;
  }

  /** Connects at the first use: a program without Ray's objects needs no kubeconfig. @throws KubernetesError when there is none, Error when it is not known yet */
  get objects(): RayObjectProvider {
    if (this.#inputs === undefined) throw new Error("the provider is not configured: its kubeconfig is not known yet");
    const { kubeconfig, context } = this.#inputs;
    this.#objects ??= new RayObjectProvider(
      connect({
        ...(typeof kubeconfig === "string" ? { kubeconfig } : {}),
        ...(typeof context === "string" && context !== "" ? { context } : {}),
      }),
    );
    return this.#objects;
  }

  configure(inputs: Properties): void {
    this.#objects = undefined;
    this.#inputs = hasUnknown(inputs) ? undefined : inputs;
  }

  cancel(): void {
    this.#cancelled.abort();
  }
}
