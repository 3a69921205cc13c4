import { describe, expect, it } from "vitest";
import { awsActivityFailure, awsActivityPlace, awsBackendError, awsErrorCode } from "../../../autoscaler-agent/nodeGroups/awsErrors";

describe("awsErrorCode", () => {
  it.each([
    ["InsufficientInstanceCapacity", "capacity"],
    ["VcpuLimitExceeded", "quota"],
    ["InvalidAMIID.NotFound", "misconfigured"],
    ["InvalidLaunchTemplateId.VersionNotFound", "misconfigured"],
    ["InvalidUserData.Malformed", "misconfigured"],
    ["RequestLimitExceeded", "throttled"],
    ["ResourceContentionFault", "throttled"],
    ["InvalidInstanceID.NotFound", "gone"],
    ["UnauthorizedOperation", "unauthorized"],
    ["ExpiredToken", "unauthorized"],
    ["TimeoutError", "unreachable"],
    ["SomethingNew", "unknown"],
  ])("%s is %s", (name, code) => {
    expect(awsErrorCode(name)).toBe(code);
  });
});

describe("awsBackendError", () => {
  it("names the call and AWS's own code in one line", () => {
    const thrown = Object.assign(new Error("Rate\n exceeded"), { name: "Throttling" });
    expect(awsBackendError("SetDesiredCapacity", thrown)).toEqual({
      code: "throttled",
      message: "SetDesiredCapacity: Throttling: Rate exceeded",
    });
  });

  it.each([
    ["AutoScalingGroup name not found - null", "gone"],
    ["New SetDesiredCapacity value 9 is above max value 5 for the AutoScalingGroup.", "misconfigured"],
  ])("tells AWS's validation errors apart: %s", (message, code) => {
    expect(awsBackendError("x", Object.assign(new Error(message), { name: "ValidationError" })).code).toBe(code);
  });

  it("knows a connection that was refused by its system code", () => {
    expect(awsBackendError("x", Object.assign(new Error("connect"), { code: "ECONNREFUSED" })).code).toBe("unreachable");
  });
});

describe("awsActivityFailure", () => {
  it.each([
    [
      "We currently do not have sufficient m7i.xlarge capacity in the Availability Zone you requested (us-east-1a). Launching EC2 instance failed.",
      "capacity",
    ],
    ["There is no Spot capacity available that matches your request. Launching EC2 instance failed.", "capacity"],
    ["Could not launch Spot Instances. UnfulfillableCapacity - Unable to fulfill capacity due to your request configuration.", "capacity"],
    ["You have requested more vCPU capacity than your current vCPU limit of 32 allows. VcpuLimitExceeded", "quota"],
    ["You've reached your quota for maximum Fleet Requests for this account.", "quota"],
    ["The image id '[ami-1]' does not exist. Launching EC2 instance failed.", "misconfigured"],
    ["You are not authorized to perform this operation. Launching EC2 instance failed.", "unauthorized"],
    ["Something new. Launching EC2 instance failed.", "unknown"],
  ])("%s", (message, code) => {
    expect(awsActivityFailure(message)).toBe(code);
  });
});

describe("awsActivityPlace", () => {
  it.each([
    [
      "the zone that was asked for, not those that are recommended",
      {
        statusMessage:
          "We currently do not have sufficient p4d.24xlarge capacity in the Availability Zone you requested (us-east-1a). You can currently get p4d.24xlarge capacity by not specifying an Availability Zone in your request or choosing us-east-1b, us-east-1c. Launching EC2 instance failed.",
      },
      { zone: "us-east-1a" },
    ],
    [
      "the zone of the details before that of the sentence",
      {
        details: '{"Subnet ID":"subnet-1","Availability Zone":"us-west-2-lax-1a"}',
        statusMessage: "not supported in your requested Availability Zone (us-east-1e)",
      },
      { zone: "us-west-2-lax-1a" },
    ],
    [
      "a zone in which the type is not to be had",
      { statusMessage: "Your requested instance type (g6.xlarge) is not supported in your requested Availability Zone (us-east-1e)." },
      { zone: "us-east-1e" },
    ],
    ["the spot market", { statusMessage: "There is no Spot capacity available that matches your request." }, { market: "spot" }],
    [
      "the spot market by a code",
      { statusMessage: "SpotMaxPriceTooLow - Your Spot request price is lower than required." },
      { market: "spot" },
    ],
    [
      "the on-demand market",
      { statusMessage: "Could not launch On-Demand Instances. InsufficientInstanceCapacity - We currently do not have enough." },
      { market: "on-demand" },
    ],
    ["nothing where nothing is said", {}, {}],
    ["nothing of details that are no JSON", { details: "subnet" }, {}],
  ])("knows %s", (_what, activity, place) => {
    expect(awsActivityPlace(activity)).toEqual(place);
  });
});
