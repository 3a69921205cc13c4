import { join, resolve } from "node:path";

/** Where the local stack lives and what it is called. Everything it writes lies under `stateDirectory`. */
export interface LocalStack {
  /** Root of the checkout. */
  readonly projectDirectory: string;
  readonly stack: string;
  /** Engine state, cloud state and consoles. */
  readonly stateDirectory: string;
  /** Python environment with Ray and moto. */
  readonly venvDirectory: string;
}

/**
 * The stack of this checkout.
 *
 * @param stack which file of `stacks/` to run. @default "local"
 * @param stateName folder under `.rayfleet`; tests use their own, so that they do not meet a user's running stack. @default the stack's name
 */
export function localStack(stack = "local", stateName = stack): LocalStack {
  const projectDirectory = resolve(__dirname, "..");
  return {
    projectDirectory,
    stack,
    stateDirectory: join(projectDirectory, ".rayfleet", stateName),
    venvDirectory: join(projectDirectory, ".rayfleet", "venv"),
  };
}
