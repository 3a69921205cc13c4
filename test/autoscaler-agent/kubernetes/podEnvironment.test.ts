import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { RequestOptions } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { PodAccount } from "../../../autoscaler-agent/kubernetes/podAccount";
import { parsePodEnvironment } from "../../../autoscaler-agent/kubernetes/podEnvironment";

const good = {
  RAYFLEET_AGENT_CONFIG_FILE: "/etc/rayfleet/agent.json",
  RAYFLEET_NAMESPACE: "ray",
  RAYFLEET_LEASE: "demo-agent",
  RAYFLEET_POD_NAME: "demo-agent-abc",
  RAYFLEET_GCS_ADDRESS: "demo-head-svc.ray.svc:6379",
  KUBERNETES_SERVICE_HOST: "10.0.0.1",
  KUBERNETES_SERVICE_PORT: "443",
};

describe("parsePodEnvironment", () => {
  it("reads what the Deployment and Kubernetes set", () => {
    expect(parsePodEnvironment(good)).toEqual({
      configFile: "/etc/rayfleet/agent.json",
      namespace: "ray",
      leaseName: "demo-agent",
      podName: "demo-agent-abc",
      gcsAddress: "demo-head-svc.ray.svc:6379",
      apiServer: "https://10.0.0.1:443",
      accountFolder: "/var/run/secrets/kubernetes.io/serviceaccount",
    });
    expect(parsePodEnvironment({ ...good, KUBERNETES_SERVICE_HOST: "fd00::1" }).apiServer).toBe("https://[fd00::1]:443");
  });

  it("names everything that is wrong at once", () => {
    expect(() =>
      parsePodEnvironment({ ...good, RAYFLEET_LEASE: "", RAYFLEET_POD_NAME: undefined, RAYFLEET_GCS_ADDRESS: "nowhere" }),
    ).toThrow(/RAYFLEET_LEASE: is missing[\s\S]*POD_NAME: is missing[\s\S]*GCS_ADDRESS: is no address; got "nowhere"/);
  });
});

describe("PodAccount", () => {
  it("signs in with the token that is there now, and trusts the cluster's own authority", async () => {
    const folder = mkdtempSync(join(tmpdir(), "pod-account-"));
    try {
      const account = new PodAccount({ apiServer: "https://10.0.0.1:443", accountFolder: folder });
      writeFileSync(join(folder, "ca.crt"), "authority");
      for (const token of ["first", "second"]) {
        writeFileSync(join(folder, "token"), `${token}\n`);
        const options: RequestOptions = { headers: { Accept: "application/json" } };
        await account.applyToHTTPSOptions(options);
        expect(options).toMatchObject({ ca: "authority", headers: { Accept: "application/json", Authorization: `Bearer ${token}` } });
      }
      expect(account.getCurrentCluster().server).toBe("https://10.0.0.1:443");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
