import type { IncomingHttpHeaders } from "node:http";

/** One call of the AWS API as it passes by. */
export interface AwsCall {
  /** As it is signed for: `autoscaling`, `ec2`, `ssm`, `s3`, `monitoring`, …; empty when it is not signed. */
  readonly service: string;
  /** `DescribeAutoScalingGroups`; for S3, which names none, the method. */
  readonly action: string;
}

/** Which call a request is. Knows the query, JSON and RPC forms and S3, which is all that the agent speaks. */
export function awsCallOf(request: {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}): AwsCall {
  const { method, path, headers, body } = request;
  const service = /Credential=[^/]+\/\d+\/[^/]+\/([^/]+)\/aws4_request/.exec(headers.authorization ?? "")?.[1] ?? "";
  const target = headers["x-amz-target"];
  const action =
    (typeof target === "string" ? target.split(".").at(-1) : undefined) ??
    /\/operation\/(\w+)$/.exec(path)?.[1] ??
    /(?:^|&)Action=(\w+)/.exec(body)?.[1] ??
    method;
  return { service, action };
}

/** How the service itself would say that a call failed. */
export function awsErrorBody({ service }: AwsCall, code: string): { readonly type: string; readonly body: string } {
  const message = `${code}, ordered from the fault proxy`;
  const error = `<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  switch (service) {
    case "ec2":
      return { type: "text/xml", body: `<Response><Errors>${error}</Errors><RequestID>faults</RequestID></Response>` };
    case "s3":
      return { type: "application/xml", body: error };
    case "autoscaling":
      return { type: "text/xml", body: `<ErrorResponse>${error}<RequestId>faults</RequestId></ErrorResponse>` };
    default:
      return { type: "application/x-amz-json-1.1", body: JSON.stringify({ __type: code, message }) };
  }
}
