import { cpSync, existsSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";

const root = resolve(__dirname, "../..");

/** Why the program cannot run here, or undefined: it uploads what `make build` makes. */
export const programMissing = existsSync(join(root, "dist/artifacts/manifest.json")) ? undefined : "the artifacts are not built";

/** Lays the program of this repository into an empty folder: what a run may edit as copies, the rest as links. */
export function copyProgram(directory: string): void {
  for (const name of ["Pulumi.yaml", "index.ts", "config.ts", "package.json", "tsconfig.json", "stacks"]) {
    cpSync(join(root, name), join(directory, name), { recursive: true });
  }
  for (const name of ["components", "contract", "node_modules", "dist"]) symlinkSync(join(root, name), join(directory, name));
}
