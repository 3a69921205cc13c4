import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { request as httpsRequest } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { ControlPlane } from "./controlPlane";

/** Where dashboards answer, for a program that is not in the pods' network. */
interface Dashboards {
  dashboardUrl(namespace: string, clusterName: string): Promise<string | undefined>;
}

/** A way to the API server for an operator outside the pods' network. */
export interface OperatorDoor {
  /** Path of a kubeconfig that leads through it. */
  readonly kubeconfig: string;
  stop(): void;
}

interface Kubeconfig {
  readonly clusters: readonly [{ readonly cluster: { readonly server: string; readonly "certificate-authority": string } }];
  readonly users: readonly [{ readonly user: { readonly token: string } }];
}

const DASHBOARD = /^\/api\/v1\/namespaces\/([^/]+)\/services\/([^/:]+)-head-svc(?::[^/]+)?\/proxy(\/.*)$/;

/** Passes everything on to the API server, but for calls of services behind it: its own way to them ends at the pods' network, so these go to the dashboards. */
export async function openOperatorDoor(plane: ControlPlane, dashboards: Dashboards): Promise<OperatorDoor> {
  const { clusters, users } = JSON.parse(plane.kubeconfig) as Kubeconfig;
  const { server: address, "certificate-authority": certificate } = clusters[0].cluster;
  const ca = readFileSync(certificate);
  const toServer = (incoming: IncomingMessage, reply: ServerResponse) => {
    const headers = { ...incoming.headers, host: new URL(address).host, authorization: `Bearer ${users[0].user.token}` };
    passOn(httpsRequest(new URL(incoming.url ?? "/", address), { method: incoming.method, headers, ca }), incoming, reply);
  };
  const door = createServer((incoming, reply) => {
    const [, namespace, cluster, path] = DASHBOARD.exec(incoming.url ?? "") ?? [];
    if (namespace === undefined || cluster === undefined || path === undefined) return toServer(incoming, reply);
    void dashboards.dashboardUrl(namespace, cluster).then((url) => {
      if (url === undefined) reply.writeHead(503).end("the head is not ready");
      else passOn(httpRequest(new URL(path, url), { method: incoming.method, headers: incoming.headers }), incoming, reply);
    });
  });
  await new Promise<void>((done) => door.listen(0, "127.0.0.1", done));
  const kubeconfig = join(plane.directory, "operator.kubeconfig");
  await writeFile(kubeconfig, kubeconfigText((door.address() as AddressInfo).port), { mode: 0o600 });
  const stop = () => {
    door.close();
    door.closeAllConnections();
  };
  return { kubeconfig, stop };
}

function kubeconfigText(port: number): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "door", cluster: { server: `http://127.0.0.1:${port}` } }],
    users: [{ name: "door", user: {} }],
    contexts: [{ name: "door", context: { cluster: "door", user: "door" } }],
    "current-context": "door",
  });
}

/** Bytes as they come, in both directions: a watch never ends. */
function passOn(outgoing: ReturnType<typeof httpRequest>, incoming: IncomingMessage, reply: ServerResponse): void {
  outgoing.on("response", (answer) => {
    reply.writeHead(answer.statusCode ?? 502, answer.headers);
    reply.flushHeaders();
    answer.pipe(reply);
    answer.on("error", () => reply.destroy());
  });
  outgoing.on("error", () => reply.destroy());
  reply.on("close", () => outgoing.destroy());
  incoming.pipe(outgoing);
}
