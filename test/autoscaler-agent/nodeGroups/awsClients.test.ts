import { AutoScalingClient } from "@aws-sdk/client-auto-scaling";
import { describe, expect, it } from "vitest";
import { withoutReplyLog } from "../../../autoscaler-agent/nodeGroups/awsClients";

describe("withoutReplyLog", () => {
  it("leaves out one step of the SDK, by the name that the SDK has for it, and no other", () => {
    const steps = (client: AutoScalingClient) => client.middlewareStack.identify();
    const [plain, quiet] = [new AutoScalingClient({}), withoutReplyLog(new AutoScalingClient({}))];
    const gone = steps(plain).filter((step) => !steps(quiet).includes(step));
    expect(gone).toEqual([expect.stringMatching(/^loggerMiddleware/)]);
  });
});
