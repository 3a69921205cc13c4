import { type MachineConfig, machineConfigSchema } from "../../contract/machineConfig";

/** Where the shim says that the configuration is. */
export interface BootEnvironment {
  readonly region: string;
  readonly bucket: string;
  readonly machineConfigKey: string;
  readonly bundleDirectory: string;
}

/**
 * The machine configuration from its JSON text.
 *
 * @throws Error that names every wrong path
 */
export function parseMachineConfig(key: string, text: string): MachineConfig {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error(
      `${key}: is not JSON; got ${JSON.stringify(text.slice(0, 40))}; expected the machine configuration. Run the program again.`,
    );
  }
  const parsed = machineConfigSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join(".") || "(whole)"}: ${issue.message}`);
  throw new Error(
    `${key}: is not what this node service understands; ${problems.join("; ")}. Bring program and bundle to the same version.`,
  );
}
