import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bundleProgram } from "../../scripts/bundleProgram";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "rayfleet-bundle-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(path: string, text: string): void {
  mkdirSync(join(root, path, ".."), { recursive: true });
  writeFileSync(join(root, path), text);
}

/** A client as the AWS SDK's: the description of one call that is made and of one that is not. */
function writeClient(): void {
  const folder = "node_modules/@aws-sdk/client-thing";
  write(`${folder}/package.json`, JSON.stringify({ main: "dist-cjs/index.js", module: "dist-es/index.js", sideEffects: false }));
  write(`${folder}/dist-cjs/index.js`, `exports.Asked$ = ["Asked", "from the other form"]; exports.NeverAsked$ = ["NeverAsked"];`);
  write(`${folder}/dist-es/index.js`, `export * from "./schemas/schemas_0";`);
  write(
    `${folder}/dist-es/schemas/schemas_0.js`,
    [
      `const _xN = "xmlName";`,
      `const _odd = "a" + String(1);`,
      `export var Asked$ = ["Asked", 64 | 1, { [_xN]: "asked", [_odd]: _xN }];`,
      `export var NeverAsked$ = ["NeverAsked", 64 | 0, { [_xN]: "neverAsked" }];`,
    ].join("\n"),
  );
}

describe("bundleProgram", () => {
  it("leaves out what the AWS SDK says about calls that are not made, and changes nothing in the rest", async () => {
    writeClient();
    write("main.ts", `import { Asked$ } from "@aws-sdk/client-thing"; globalThis.shown = Asked$;`);
    const text = (await bundleProgram(root, "main.ts")).toString();
    const context: { shown?: unknown } = {};
    new Function("globalThis", text)(context);
    expect(context.shown).toEqual(["Asked", 65, { xmlName: "asked", a1: "xmlName" }]);
    expect(text).not.toContain("NeverAsked");
  });

  it("makes an agent that knows the calls it makes and no others", async () => {
    const text = (await bundleProgram(resolve(__dirname, "../.."), "autoscaler-agent/main.ts")).toString();
    expect(text.includes('"DescribeInstancesRequest"')).toBe(true);
    const others = ["AcceptAddressTransferRequest", "PutBucketPolicyRequest", "CreateActivationRequest", "AttachInstancesQuery"];
    // Of zod: `import { z }` instead of `import * as z` brings its messages in all languages.
    const inDutch = "Ongeldige invoer";
    expect([...others, inDutch].filter((other) => text.includes(other))).toEqual([]);
  }, 60_000);
});
