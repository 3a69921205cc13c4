import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";
import { awsCalls } from "../../node-service/awsCalls";

const endings: (() => void)[] = [];

afterEach(() => {
  vi.unstubAllEnvs();
  for (const end of endings.splice(0)) end();
});

/** Auto Scaling that refuses to lower the desired size, in AWS's words. Answers with what it was asked. */
async function groupAtItsMinimum(minSize: number): Promise<readonly string[]> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => {
      body += chunk.toString("utf8");
    });
    request.on("end", () => {
      const lowers = new URLSearchParams(body).get("ShouldDecrementDesiredCapacity") ?? "nothing";
      asked.push(lowers);
      const refusal =
        `Currently, desiredSize equals minSize (${minSize}). Terminating instance without replacement will violate group's ` +
        "min size constraint. Either set shouldDecrementDesiredCapacity flag to false or lower group's min size.";
      response.writeHead(lowers === "true" ? 400 : 200, { "content-type": "text/xml" });
      response.end(
        lowers === "true"
          ? `<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code><Message>${refusal}</Message></Error></ErrorResponse>`
          : "<TerminateInstanceInAutoScalingGroupResponse><TerminateInstanceInAutoScalingGroupResult/></TerminateInstanceInAutoScalingGroupResponse>",
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  endings.push(() => {
    server.closeAllConnections();
    server.close();
  });
  vi.stubEnv("AWS_ENDPOINT_URL", `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
  return asked;
}

function calls() {
  return awsCalls({ region: "us-east-1", bucketName: "artifacts", customEndpoint: true, stop: new AbortController().signal });
}

describe("awsCalls.endThroughGroup", () => {
  it("ends an orphan also when somebody has set the desired size of its group to 0", async () => {
    const asked = await groupAtItsMinimum(0);
    await calls().endThroughGroup("i-1");
    expect(asked).toEqual(["true", "false"]);
  });

  it("leaves the machine where the group's own minimum would have it replaced", async () => {
    const asked = await groupAtItsMinimum(1);
    await expect(calls().endThroughGroup("i-1")).rejects.toThrow("minSize (1)");
    expect(asked).toEqual(["true"]);
  });
});
