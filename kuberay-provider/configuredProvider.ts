import type { KubeApi } from "../kubernetes-api/kubeApi";
import type { Properties } from "../pulumi-protocol/properties";
import { hasUnknown } from "../pulumi-protocol/wire";
import { connect } from "./connect";
import { RayCrdsProvider } from "./crds/rayCrdsProvider";
import type { Warn } from "./engineLog";
import { RayObjectProvider } from "./rayObjectProvider";

/** The provider of one plugin process: Pulumi configures it once, after starting it, and then asks it for resources. */
export class ConfiguredProvider {
  readonly warn: Warn;
  readonly #cancelled = new AbortController();
  #inputs: Properties | undefined;
  #api: KubeApi | undefined;

  constructor(warn: Warn) {
    this.warn = warn;
  }

  /** Fires when Pulumi cancels the update. */
  get signal(): AbortSignal {
    return this.#cancelled.signal;
  }

  /** @throws KubernetesError when there is no kubeconfig, Error when it is not known yet */
  get objects(): RayObjectProvider {
    return new RayObjectProvider(this.#connected());
  }

  /** @throws as {@link ConfiguredProvider.objects} */
  get crds(): RayCrdsProvider {
    return new RayCrdsProvider(this.#connected());
  }

  /** Connects at the first use: a program without Ray's objects needs no kubeconfig. */
  #connected(): KubeApi {
    if (this.#inputs === undefined) throw new Error("the provider is not configured: its kubeconfig is not known yet");
    const { kubeconfig, context } = this.#inputs;
    this.#api ??= connect({
      ...(typeof kubeconfig === "string" ? { kubeconfig } : {}),
      ...(typeof context === "string" && context !== "" ? { context } : {}),
    });
    return this.#api;
  }

  configure(inputs: Properties): void {
    this.#api = undefined;
    this.#inputs = hasUnknown(inputs) ? undefined : inputs;
  }

  cancel(): void {
    this.#cancelled.abort();
  }
}
