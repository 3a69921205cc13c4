import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { functions } from "../../../emulator/provider/functions";
import { apiMissing } from "../api/runningApi";
import { REGION, startWorld, type TestWorld } from "./testWorld";

describe.skipIf(apiMissing)("functions", () => {
  let world: TestWorld;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world.stop());

  const invoke = (token: string, args: Record<string, unknown> = {}) => world.provider.invoke(token, args);

  it("lists zones in order, without those that are not wanted", async () => {
    const { names } = await invoke("aws:index/getAvailabilityZones:getAvailabilityZones", {
      state: "available",
      excludeNames: [`${REGION}b`],
    });
    expect((names as string[]).slice(0, 2)).toEqual([`${REGION}a`, `${REGION}c`]);
  });

  it("reads a parameter, and hides a secure one's value where it must not be seen", async () => {
    const parameter = await world.make("aws:ssm/parameter:Parameter", { type: "SecureString", value: "hidden" });
    expect(await invoke("aws:ssm/getParameter:getParameter", { name: parameter.id })).toMatchObject({ value: "hidden", insecureValue: "" });
  });

  it("finds one subnet, and says so when there is not exactly one", async () => {
    const found = await invoke("aws:ec2/getSubnet:getSubnet", { id: world.ids.subnet });
    expect(found).toMatchObject({ vpcId: world.ids.vpc, cidrBlock: "10.0.0.0/20" });
    await expect(invoke("aws:ec2/getSubnet:getSubnet", { vpcId: world.ids.vpc })).rejects.toThrow(/needs exactly one subnet; got 2/);
  });

  it("answers in the region that the caller names", async () => {
    expect(await invoke("aws:index/getRegion:getRegion")).toMatchObject({ region: REGION });
    expect(await invoke("aws:index/getRegion:getRegion", { region: "eu-west-1" })).toMatchObject({ region: "eu-west-1" });
  });

  it("knows who calls and in which partition", async () => {
    expect(await invoke("aws:index/getCallerIdentity:getCallerIdentity")).toMatchObject({ accountId: "123456789012" });
    expect(await invoke("aws:index/getPartition:getPartition")).toMatchObject({ partition: "aws", dnsSuffix: "amazonaws.com" });
  });

  it("draws another password each time, of the kind that is asked for", async () => {
    const draw = async () =>
      (await invoke("aws:secretsmanager/getRandomPassword:getRandomPassword", { passwordLength: 64, excludePunctuation: true }))[
        "randomPassword"
      ];
    const [first, second] = [await draw(), await draw()];
    expect(first).toMatch(/^[A-Za-z0-9]{64}$/);
    expect(second).not.toBe(first);
  });

  it("renders policy documents", async () => {
    const { json } = await invoke("aws:iam/getPolicyDocument:getPolicyDocument", { statements: [{ actions: ["a:b"], resources: ["*"] }] });
    expect(JSON.parse(String(json))).toMatchObject({ Statement: [{ Action: "a:b", Resource: "*" }] });
  });

  it("says when it does not know a function", async () => {
    await expect(invoke("aws:ec2/getAmi:getAmi")).rejects.toThrow("aws:ec2/getAmi:getAmi is not in the emulator's table of functions");
    expect(Object.keys(functions)).toHaveLength(8);
  });
});
