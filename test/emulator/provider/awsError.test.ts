import { describe, expect, it } from "vitest";
import { describeAwsError, ignoreGone, orGone } from "../../../emulator/provider/awsError";

const named = (name: string, message = "no") => Object.assign(new Error(message), { name });

describe("orGone", () => {
  it.each([
    "InvalidSubnetID.NotFound",
    "InvalidAllocationID.NotFound",
    "NoSuchEntityException",
    "NoSuchBucket",
    "ParameterNotFound",
    "ResourceNotFoundException",
    "NotFound",
  ])("takes %s for gone", async (name) => {
    expect(await orGone(Promise.reject(named(name)))).toBeUndefined();
    await ignoreGone(Promise.reject(named(name)));
  });

  it.each(["DependencyViolation", "ThrottlingException", "AccessDenied", "TimeoutError"])("hands %s on", async (name) => {
    await expect(orGone(Promise.reject(named(name)))).rejects.toThrow("no");
  });
});

describe("describeAwsError", () => {
  it("says the code and the message", () => {
    expect(describeAwsError(named("InvalidVpcRange", "The CIDR 'x' is invalid."))).toBe("InvalidVpcRange: The CIDR 'x' is invalid.");
  });

  it("explains an answer that is no answer", () => {
    const error = Object.assign(new Error("@aws-sdk XML parse error: mismatched tags"), { $metadata: { httpStatusCode: 500 } });
    expect(describeAwsError(error)).toMatch(/emulator could not answer the call \(HTTP 500/);
  });
});
