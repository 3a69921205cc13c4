import { readFile } from "node:fs/promises";
import type { RequestOptions } from "node:https";
import { join } from "node:path";
import type { KubeConfiguration } from "../../kubernetes-api/kubeApi";

/**
 * The API server as the pod's own account reaches it. The files are read for every call: Kubernetes writes a new token into them long before the old one ends.
 *
 * The client library reads them too, and has 20 MB of types and calls that no agent needs.
 */
export class PodAccount implements KubeConfiguration {
  readonly #server: string;
  readonly #folder: string;

  constructor({ apiServer, accountFolder }: { readonly apiServer: string; readonly accountFolder: string }) {
    this.#server = apiServer;
    this.#folder = accountFolder;
  }

  getCurrentCluster(): { readonly server: string } {
    return { server: this.#server };
  }

  /** @throws what the file system says when a file cannot be read. */
  async applyToHTTPSOptions(options: RequestOptions): Promise<void> {
    const [token, ca] = await Promise.all(["token", "ca.crt"].map((name) => readFile(join(this.#folder, name), "utf8")));
    options.ca = ca;
    options.headers = { ...(options.headers as Record<string, string>), Authorization: `Bearer ${(token ?? "").trim()}` };
  }
}
