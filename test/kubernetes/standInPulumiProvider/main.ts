import { isDeepStrictEqual } from "node:util";
import { provider } from "@pulumi/pulumi";
import { connect } from "../../../kuberay-provider/connect";
import { KubernetesError } from "../../../kubernetes-api/kubernetesError";
import { until } from "../until";

const never = new AbortController().signal;
const APPLY = { fieldManager: "pulumi-stand-in", force: "true", fieldValidation: "Strict" };

/** An object as @pulumi/kubernetes hands it on. */
interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** Of the kinds that a stack makes. */
const plurals: Readonly<Record<string, string>> = {
  Namespace: "namespaces",
  ServiceAccount: "serviceaccounts",
  Role: "roles",
  RoleBinding: "rolebindings",
  Lease: "leases",
  ConfigMap: "configmaps",
  Service: "services",
  Deployment: "deployments",
  NetworkPolicy: "networkpolicies",
  PodDisruptionBudget: "poddisruptionbudgets",
};

function pathOf({ apiVersion, kind, metadata: { name, namespace } }: Manifest): string {
  const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const place = namespace === undefined || kind === "Namespace" ? "" : `/namespaces/${namespace}`;
  return `${root}${place}/${plurals[kind] ?? `${kind.toLowerCase()}s`}/${name}`;
}

/**
 * A stand-in for Pulumi's Kubernetes provider, which is a program that has to be fetched: server-side apply and deletion with a wait, and nothing else of it. Neither its own differences nor
 * its waiting for readiness.
 */
class StandInProvider implements provider.Provider {
  readonly version = "4.34.2";
  readonly #api = connect({});

  check(_urn: string, _olds: unknown, news: Manifest): Promise<provider.CheckResult> {
    return Promise.resolve({ inputs: news });
  }

  diff(_id: string, _urn: string, olds: Manifest, news: Manifest): Promise<provider.DiffResult> {
    const moves = pathOf(olds) !== pathOf(news);
    return Promise.resolve({ changes: !isDeepStrictEqual(olds, news), replaces: moves ? ["metadata"] : [] });
  }

  async create(_urn: string, inputs: Manifest): Promise<provider.CreateResult> {
    await this.#apply(inputs);
    return { id: pathOf(inputs), outs: inputs };
  }

  async read(id: string, _urn: string, props: Manifest): Promise<provider.ReadResult> {
    return (await this.#isThere(id)) ? { id, props } : {};
  }

  async update(_id: string, _urn: string, _olds: Manifest, news: Manifest): Promise<provider.UpdateResult> {
    await this.#apply(news);
    return { outs: news };
  }

  async delete(id: string): Promise<void> {
    if (!(await this.#isThere(id))) return;
    await this.#api.call({ method: "DELETE", path: id, query: { propagationPolicy: "Background" } }, never);
    await until(async () => !(await this.#isThere(id)), 100);
  }

  async #apply(body: Manifest): Promise<void> {
    await this.#api.call({ method: "PATCH", path: pathOf(body), query: APPLY, contentType: "application/apply-patch+yaml", body }, never);
  }

  async #isThere(path: string): Promise<boolean> {
    try {
      await this.#api.call({ method: "GET", path }, never);
      return true;
    } catch (error) {
      if (error instanceof KubernetesError && error.status === 404) return false;
      throw error;
    }
  }
}

void provider.main(new StandInProvider(), process.argv.slice(2));
