import { createServer } from "node:http";
import { json } from "node:stream/consumers";
import { AwsProxy } from "./awsProxy";
import type { Faults } from "./faultKinds";
import { Tally } from "./tally";
import { TcpProxy } from "./tcpProxy";

const HOST = "127.0.0.1";

/** What the program is told, as JSON in its only argument. Ports are this machine's loopback. */
export interface FaultProxySettings {
  readonly awsPort: number;
  /** The real endpoint. */
  readonly awsUpstream: string;
  readonly gcsPort: number;
  readonly gcsUpstream: { readonly host: string; readonly port: number };
  /** `GET /counts`, and `PUT /faults` with all that is to be wrong from now on. */
  readonly controlPort: number;
}

/** The process that stands between the agent and everything that it calls. */
async function main(): Promise<void> {
  const settings = JSON.parse(process.argv[2] ?? "") as FaultProxySettings;
  const tally = new Tally();
  const aws = new AwsProxy(new URL(settings.awsUpstream), tally);
  const gcs = new TcpProxy(settings.gcsUpstream, tally, "GCS");
  await Promise.all([aws.listen(settings.awsPort, HOST), gcs.listen(settings.gcsPort, HOST)]);
  const control = createServer((incoming, answer) => {
    const done = (body: unknown) => void answer.end(JSON.stringify(body));
    if (incoming.method !== "PUT") {
      done(tally.counts());
      return;
    }
    json(incoming).then(
      (order) => {
        const faults = order as Faults;
        aws.rules = faults.aws;
        gcs.fault = faults.gcs;
        done(tally.counts());
      },
      (error: unknown) => answer.writeHead(400).end(String(error)),
    );
  });
  control.listen(settings.controlPort, HOST);
}

void main();
