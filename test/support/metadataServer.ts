import { createServer, type Server } from "node:http";

export interface MetadataServer {
  readonly url: string;
  /** `/latest/<path>` → text; may be changed while the server runs. */
  readonly documents: Map<string, string>;
  /** Requests so far, `GET meta-data/instance-id`. */
  readonly requests: string[];
  stop(): Promise<void>;
}

/** An instance metadata service, version 2: without the token it answers 401. */
export async function startMetadataServer(documents: Readonly<Record<string, string>>): Promise<MetadataServer> {
  const known = new Map(Object.entries(documents));
  const requests: string[] = [];
  const server: Server = createServer((request, response) => {
    const path = (request.url ?? "").replace(/^\/latest\//, "");
    requests.push(`${request.method} ${path}`);
    if (request.method === "PUT" && path === "api/token") {
      response.end("token-1");
      return;
    }
    const text = known.get(path);
    response.statusCode = request.headers["x-aws-ec2-metadata-token"] !== "token-1" ? 401 : text === undefined ? 404 : 200;
    response.end(response.statusCode === 200 ? text : "");
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    documents: known,
    requests,
    stop: () => new Promise<void>((done) => server.close(() => done())),
  };
}

/** What EC2 says of a spot instance in us-east-1. */
export function instanceDocuments(overrides: Readonly<Record<string, string>> = {}): Record<string, string> {
  const credentials = {
    Code: "Success",
    AccessKeyId: "AKIDTEST",
    SecretAccessKey: "not-a-secret",
    Token: "session",
    Expiration: "2099-01-01T00:00:00Z",
  };
  return {
    "meta-data/instance-id": "i-0123456789abcdef0",
    "meta-data/instance-type": "m7i.xlarge",
    "meta-data/local-ipv4": "10.80.0.21",
    "meta-data/placement/availability-zone": "us-east-1a",
    "meta-data/placement/region": "us-east-1",
    "meta-data/instance-life-cycle": "spot",
    "meta-data/iam/security-credentials/": "demo-worker",
    "meta-data/iam/security-credentials/demo-worker": JSON.stringify(credentials, undefined, 2),
    ...overrides,
  };
}
