import { describe, expect, it } from "vitest";
import { revealedProperties, SecretTexts, sealed, secretKeys } from "../../../emulator/engine/secrets";
import { SECRET_SIGNATURE, SIGNATURE_KEY } from "../../../pulumi-protocol/wire";

const secret = (value: unknown) => ({ [SIGNATURE_KEY]: SECRET_SIGNATURE, value });

describe("secrets", () => {
  it("are taken off at any depth", () => {
    expect(revealedProperties({ a: secret("x"), b: { c: [secret({ d: secret("y") }), 1] } })).toEqual({
      a: "x",
      b: { c: [{ d: "y" }, 1] },
    });
  });

  it("are known by the property that holds them", () => {
    expect([...secretKeys({ a: secret("x"), b: { c: [secret("y")] }, d: { e: 1 } })]).toEqual(["a", "b"]);
  });

  it("are put back on once, and only where there is something", () => {
    expect(sealed({ a: "x", b: secret("y") }, ["a", "b", "c"])).toEqual({ a: secret("x"), b: secret("y") });
  });
});

describe("SecretTexts", () => {
  it("blots out every secret that it learned, the longer one first", () => {
    const texts = new SecretTexts();
    texts.learn({ a: secret(["hunter", { b: "hunter-two" }]), c: "open" });
    texts.add("password");
    expect(texts.redact("hunter-two, hunter, open, password")).toBe("[secret], [secret], open, [secret]");
  });

  it("leaves texts that are too short to be told from others", () => {
    const texts = new SecretTexts();
    texts.add("a");
    texts.add("");
    expect(texts.redact("a banana")).toBe("a banana");
  });
});
