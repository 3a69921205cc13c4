import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import type { ServiceError } from "@grpc/grpc-js";

/** The promise of one call, for the SDK's callbacks. */
export function call<Response>(send: (answer: (error: ServiceError | null, response: Response) => void) => unknown): Promise<Response> {
  return new Promise((done, fail) => send((error, response) => (error === null ? done(response) : fail(error))));
}

/** Where a plugin that was just started listens: its first line says it. */
export function portOf(child: ChildProcess): Promise<number> {
  return new Promise((found, failed) => {
    child.once("exit", (code) => failed(new Error(`the plugin ended with code ${code}`)));
    if (child.stdout !== null) createInterface({ input: child.stdout }).once("line", (line) => found(Number(line)));
  });
}
