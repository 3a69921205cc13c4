import { describe, expect, it } from "vitest";
import { renderPolicyDocument } from "../../../emulator/provider/policyDocument";

describe("renderPolicyDocument", () => {
  it("writes statements as AWS reads them", () => {
    const { json } = renderPolicyDocument({
      statements: [
        {
          sid: "Read",
          actions: ["s3:ListBucket", "s3:GetObject"],
          resources: ["arn:aws:s3:::b/*"],
          conditions: [{ test: "StringEquals", variable: "aws:ResourceTag/cluster", values: ["demo"] }],
        },
        { effect: "Deny", notActions: ["s3:*"], resources: ["*"], principals: [{ type: "*", identifiers: ["*"] }] },
      ],
    });
    expect(JSON.parse(json)).toEqual({
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "Read",
          Effect: "Allow",
          Action: ["s3:GetObject", "s3:ListBucket"],
          Resource: "arn:aws:s3:::b/*",
          Condition: { StringEquals: { "aws:ResourceTag/cluster": "demo" } },
        },
        { Effect: "Deny", NotAction: "s3:*", Resource: "*", Principal: "*" },
      ],
    });
  });

  it("puts source documents first and lets overriding ones take the place of a statement", () => {
    const document = (sid: string, action: string) => JSON.stringify({ Statement: { Sid: sid, Effect: "Allow", Action: action } });
    const { minifiedJson } = renderPolicyDocument({
      sourcePolicyDocuments: [document("A", "a:1"), document("B", "b:1")],
      overridePolicyDocuments: [document("A", "a:2")],
    });
    const { Statement } = JSON.parse(minifiedJson) as { Statement: { Action: string }[] };
    expect(Statement.map((statement) => statement.Action)).toEqual(["b:1", "a:2"]);
  });

  it("joins the conditions of one test", () => {
    const condition = (variable: string) => ({ test: "StringLike", variable, values: ["x", "a"] });
    const { minifiedJson } = renderPolicyDocument({ statements: [{ actions: ["*"], conditions: [condition("one"), condition("two")] }] });
    expect(JSON.parse(minifiedJson)).toMatchObject({
      Statement: [{ Condition: { StringLike: { one: ["a", "x"], two: ["a", "x"] } } }],
    });
  });
});
