import { describe, expect, it } from "vitest";
import { prepareGcsStorage } from "../../../node-service/steps/gcsStorage";
import { FakeMachine } from "../../support/fakeMachine";

const file = "/run/rayfleet/redis-ca.pem";
const storage = {
  redisAddress: "rediss://redis.example.com:6379",
  redisPasswordSecretId: "arn:password",
  externalStorageNamespace: "demo-1",
};
const input = {
  readSecret: async (id: string) => (id === "arn:password" ? "hunter2" : undefined),
  certificates: () => ["first", "second"],
};

describe("prepareGcsStorage", () => {
  it("does nothing where the control store stays in memory", async () => {
    const machine = new FakeMachine();
    expect(await prepareGcsStorage(machine, undefined, input)).toBeUndefined();
    expect(machine.store.has(file)).toBe(false);
  });

  it("reads the password, and lays down whom to trust", async () => {
    const machine = new FakeMachine();
    expect(await prepareGcsStorage(machine, { ...storage, redisUsername: "ray" }, input)).toEqual({
      redisAddress: storage.redisAddress,
      externalStorageNamespace: "demo-1",
      redisUsername: "ray",
      redisPassword: "hunter2",
      certificatesFile: file,
    });
    expect(machine.store.get(file)).toEqual({ text: "first\nsecond\n", mode: 0o644 });
    expect(JSON.stringify([...machine.store])).not.toContain("hunter2");
  });

  it("needs neither password nor certificates for a store without them", async () => {
    const machine = new FakeMachine();
    const plain = { redisAddress: "redis://10.2.0.4:6379", externalStorageNamespace: "demo-1" };
    expect(await prepareGcsStorage(machine, plain, input)).toEqual(plain);
    expect(machine.store.has(file)).toBe(false);
  });

  it("says which secret lacks a value", async () => {
    const empty = { ...storage, redisPasswordSecretId: "arn:other" };
    await expect(prepareGcsStorage(new FakeMachine(), empty, input)).rejects.toThrow("arn:other; expected one. Put the password into it.");
  });
});
