import { describe, expect, it } from "vitest";
import { providerSettings } from "../../../emulator/provider/providerSettings";

const endpointUrl = "http://127.0.0.1:1";

describe("providerSettings", () => {
  it("reads configuration whether it arrives as text or as values", () => {
    const expected = { endpointUrl, region: "eu-west-1", endpoints: { ec2: "http://127.0.0.1:2" }, defaultTags: { a: "1" } };
    const values = { region: "eu-west-1", endpoints: [{ ec2: "http://127.0.0.1:2" }], defaultTags: { tags: { a: "1" } } };
    const texts = { ...values, endpoints: JSON.stringify(values.endpoints), defaultTags: JSON.stringify(values.defaultTags) };
    expect(providerSettings(values, endpointUrl)).toEqual(expected);
    expect(providerSettings(texts, endpointUrl)).toEqual(expected);
  });

  it("takes credentials when the program gives them", () => {
    const settings = providerSettings({ region: "us-east-1", accessKey: "k", secretKey: "s", token: "t" }, endpointUrl);
    expect(settings).toMatchObject({ accessKeyId: "k", secretAccessKey: "s", sessionToken: "t" });
  });

  it("refuses to guess a region", () => {
    expect(() => providerSettings({}, endpointUrl)).toThrow(
      "aws:region: is not set; got nothing; expected an AWS region. Add it to the stack's configuration.",
    );
  });
});
