import { credentials, Metadata } from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";

const CALL_DEADLINE_MS = 5_000;

/** Says something to whoever runs the update, beside a resource; done when it was taken. Never fails: the update is worth more than what is said of it. */
export type Warn = (urn: string, message: string) => Promise<void>;

/**
 * What Pulumi shows beside the resource while it works on it.
 *
 * @param address of the engine, as it gives it to a plugin; without one the words go to standard error
 */
export function engineLog(address: string | undefined): Warn {
  if (address === undefined) return async (_, message) => void process.stderr.write(`warning: ${message}\n`);
  const client = new EngineClient(address, credentials.createInsecure());
  return (urn, message) => {
    const request = new LogRequest();
    request.setSeverity(LogSeverity.WARNING);
    request.setUrn(urn);
    request.setMessage(message);
    return new Promise((done) => client.log(request, new Metadata(), { deadline: Date.now() + CALL_DEADLINE_MS }, () => done()));
  };
}
