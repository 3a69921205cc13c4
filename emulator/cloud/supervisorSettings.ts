import { z } from "zod";

/** What the supervisor is told when it starts, as JSON in its only argument. Paths are absolute. */
export const supervisorSettingsSchema = z.strictObject({
  stateDirectory: z.string(),
  /** Root of this project. */
  projectDirectory: z.string(),
  venvDirectory: z.string(),
  endpointPort: z.int().positive(),
  forwards: z.array(z.strictObject({ name: z.string(), headPort: z.int().positive(), preferredLocalPort: z.int().positive() })),
  bootDelaySeconds: z.number().nonnegative(),
});

export type SupervisorSettings = z.infer<typeof supervisorSettingsSchema>;
