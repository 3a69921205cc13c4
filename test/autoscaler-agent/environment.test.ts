import { describe, expect, it } from "vitest";
import { parseEnvironment } from "../../autoscaler-agent/environment";

const good = {
  RAYFLEET_AGENT_CONFIG_PARAMETER: "/rayfleet/demo/agent",
  RAYFLEET_REGION: "us-east-1",
  RAYFLEET_GCS_ADDRESS: "10.80.0.10:6379",
};

describe("parseEnvironment", () => {
  it("reads what the node service sets; without a token file there is no token", () => {
    expect(parseEnvironment(good)).toEqual({ configParameter: "/rayfleet/demo/agent", region: "us-east-1", gcsAddress: "10.80.0.10:6379" });
    expect(parseEnvironment({ ...good, RAYFLEET_RECORD_FOLDER: "/var/log/rayfleet/decisions" }).recordFolder).toBe(
      "/var/log/rayfleet/decisions",
    );
    expect(parseEnvironment({ ...good, RAY_AUTH_TOKEN_PATH: "/run/rayfleet/token" }).tokenPath).toBe("/run/rayfleet/token");
  });

  it("names everything that is wrong at once", () => {
    expect(() => parseEnvironment({ RAYFLEET_GCS_ADDRESS: "nowhere" })).toThrow(
      /CONFIG_PARAMETER[\s\S]*REGION[\s\S]*GCS_ADDRESS: is no address; got "nowhere"/,
    );
  });
});
