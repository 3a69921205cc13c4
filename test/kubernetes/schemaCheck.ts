import { execFileSync, spawnSync } from "node:child_process";
import { join, resolve } from "node:path";

const SOURCE = join(__dirname, "schemaCheck");
const PROGRAM = resolve(__dirname, "../../.rayfleet/kubernetes/schema-check");

/** Why the API server's schema code cannot be built here; undefined when it can. */
export const schemaCheckMissing: string | undefined = missing();

function missing(): string | undefined {
  const { status, stdout } = spawnSync("go", ["env", "GOVERSION"], { encoding: "utf8", env: { ...process.env, GOTOOLCHAIN: "local" } });
  if (status !== 0) return "there is no Go on the PATH, of which 1.26 or later builds the API server's schema code";
  const [, major = "0", minor = "0"] = /^go(\d+)\.(\d+)/.exec(stdout) ?? [];
  return Number(major) * 1000 + Number(minor) >= 1026
    ? undefined
    : `${stdout.trim()} is too old for the API server's schema code: Go 1.26 or later`;
}

/** Builds it: a minute or two of both cores the first time, a second afterwards. */
export function buildSchemaCheck(): void {
  // The flags of `make test-kubernetes`, so that what either has compiled serves both.
  const environment = { ...process.env, CGO_ENABLED: "0", GOTOOLCHAIN: "local" };
  execFileSync("go", ["build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-o", PROGRAM, "."], {
    cwd: SOURCE,
    env: environment,
    stdio: ["ignore", "ignore", "inherit"],
  });
}

/** What the API server would hold against each object under these CRDs, by its own code; undefined for objects of other kinds. */
export function schemaComplaints(crdFiles: readonly string[], objects: readonly object[]): (readonly string[] | undefined)[] {
  const reply = execFileSync(PROGRAM, crdFiles, { input: JSON.stringify(objects), encoding: "utf8", maxBuffer: 2 ** 26 });
  return (JSON.parse(reply) as (string[] | null)[]).map((complaints) => complaints ?? undefined);
}
