import { readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const root = resolve(__dirname, "../../..");
const folder = join(root, "autoscaler-agent/decide");
const importPattern = /(?:from|import|require)\s*\(?\s*"([^"]+)"/g;

/** What a file imports: paths from the root for files of the project, names for everything else. */
function importsOf(file: string): string[] {
  const text = readFileSync(file, "utf8");
  return [...text.matchAll(importPattern)].map(([, name = ""]) =>
    name.startsWith(".") ? relative(root, resolve(file, "..", name)) : name,
  );
}

/** Every file that the chooser reaches, from its two entrances. */
function reachable(): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  const open = ["autoscaler-agent/decide/decide", "autoscaler-agent/decide/parseDecisionRequest"];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (found.has(file) || !file.includes("/")) continue;
    const imports = importsOf(join(root, `${file}.ts`));
    found.set(file, imports);
    open.push(...imports);
  }
  return found;
}

describe("autoscaler-agent/decide", () => {
  it("imports from the chooser only contracts and itself", () => {
    const files = reachable();
    expect(files.size).toBeGreaterThan(15);
    const allowed = /^(autoscaler-agent\/decide\/(?:bound\/)?[a-zA-Z]+|contract\/[a-zA-Z]+|zod)$/;
    expect(
      [...files].flatMap(([file, imports]) => imports.filter((name) => !allowed.test(name)).map((name) => `${file} imports ${name}`)),
    ).toEqual([]);
  });

  it("knows no clock, no chance, no process and no network", () => {
    const forbidden = /\b(Date\s*[.(]|Math\.random|process\.|console\.|fetch\(|setTimeout|setInterval|performance\.|crypto\.|require\()/;
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
    expect(files.length).toBeGreaterThan(60);
    const offenders = files.filter((name) => forbidden.test(readFileSync(join(folder, name), "utf8")));
    expect(offenders).toEqual([]);
  });
});
