import { describe, expect, it } from "vitest";
import type { TokenSecret } from "../../../node-service/awsCalls";
import { awaitToken, makeToken, storeToken, TOKEN_FILE } from "../../../node-service/steps/rayToken";
import { FakeMachine } from "../../support/fakeMachine";

/** A secret as the service keeps it: the first value offered stays. */
function secretWith(value?: string): TokenSecret & { value: string | undefined } {
  return {
    value,
    async read() {
      return this.value;
    },
    async offer(offered) {
      this.value ??= offered;
    },
  };
}

describe("makeToken", () => {
  it("makes a value where there is none", async () => {
    expect(await makeToken(secretWith(), () => "new")).toBe("new");
  });

  it("keeps the value that is there", async () => {
    expect(await makeToken(secretWith("old"), () => "new")).toBe("old");
  });

  it("gives two heads that start at once the same value", async () => {
    const secret = secretWith();
    const tokens = await Promise.all([makeToken(secret, () => "a"), makeToken(secret, () => "b")]);
    expect(new Set(tokens).size).toBe(1);
  });

  it("fails when the value is not there afterwards", async () => {
    await expect(makeToken({ read: async () => undefined, offer: async () => undefined }, () => "x")).rejects.toThrow("token: was written");
  });
});

describe("awaitToken", () => {
  it("waits until the head has made it", async () => {
    const machine = new FakeMachine();
    const secret = secretWith();
    const beganMs = machine.clock.nowMs;
    const late: TokenSecret = { ...secret, read: async () => (machine.clock.nowMs - beganMs >= 30_000 ? "made" : undefined) };
    expect(await awaitToken(machine, late, 60)).toBe("made");
  });

  it("gives up after its time, and names the head", async () => {
    await expect(awaitToken(new FakeMachine(), secretWith(), 60)).rejects.toThrow("token: the head has made none; got no value in 60 s");
  });

  it("does not wait out a refusal", async () => {
    const refused: TokenSecret = { read: () => Promise.reject(new Error("AccessDenied")), offer: async () => undefined };
    await expect(awaitToken(new FakeMachine(), refused, 60)).rejects.toThrow("AccessDenied");
  });
});

describe("storeToken", () => {
  it("writes it for its user only, in memory, and logs nothing of it", async () => {
    const machine = new FakeMachine();
    await storeToken(machine, "secret");
    expect(machine.store.get(TOKEN_FILE)).toEqual({ text: "secret", mode: 0o600 });
    expect(machine.folders.get("/run/rayfleet")).toBe(0o700);
    expect(JSON.stringify([machine.events, machine.commands])).not.toContain("secret");
  });
});
