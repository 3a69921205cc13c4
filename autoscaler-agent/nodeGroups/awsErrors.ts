import type { BackendError, BackendErrorCode, Market } from "./backend";

/**
 * AWS error codes in the agent's words. From the EC2 and Auto Scaling API references and from what other autoscalers had to learn
 * (Karpenter's and ParallelCluster's lists of capacity codes).
 */
const codes: Readonly<Record<string, BackendErrorCode>> = {
  InsufficientInstanceCapacity: "capacity",
  InsufficientHostCapacity: "capacity",
  InsufficientReservedInstanceCapacity: "capacity",
  ReservationCapacityExceeded: "capacity",
  InsufficientCapacityOnOutpost: "capacity",
  UnfulfillableCapacity: "capacity",
  SpotMaxPriceTooLow: "capacity",
  Unsupported: "capacity",
  VcpuLimitExceeded: "quota",
  InstanceLimitExceeded: "quota",
  MaxSpotInstanceCountExceeded: "quota",
  MaxSpotFleetRequestCountExceeded: "quota",
  MaxFleetCountExceeded: "quota",
  InsufficientFreeAddressesInSubnet: "quota",
  InsufficientAddressCapacity: "quota",
  VolumeLimitExceeded: "quota",
  LimitExceeded: "quota",
  InvalidAMIID: "misconfigured",
  InvalidLaunchTemplateId: "misconfigured",
  InvalidLaunchTemplateName: "misconfigured",
  InvalidSubnetID: "misconfigured",
  InvalidGroup: "misconfigured",
  InvalidSecurityGroupID: "misconfigured",
  InvalidKeyPair: "misconfigured",
  InvalidParameterValue: "misconfigured",
  InvalidParameterCombination: "misconfigured",
  InvalidInstanceType: "misconfigured",
  InvalidUserData: "misconfigured",
  InvalidBlockDeviceMapping: "misconfigured",
  InvalidIamInstanceProfile: "misconfigured",
  ValidationError: "misconfigured",
  Throttling: "throttled",
  ThrottlingException: "throttled",
  RequestLimitExceeded: "throttled",
  RequestThrottled: "throttled",
  TooManyRequestsException: "throttled",
  EC2ThrottledException: "throttled",
  ResourceContention: "throttled",
  ScalingActivityInProgress: "throttled",
  InvalidInstanceID: "gone",
  ResourceNotFoundException: "gone",
  AccessDenied: "unauthorized",
  AccessDeniedException: "unauthorized",
  UnauthorizedOperation: "unauthorized",
  AuthFailure: "unauthorized",
  ExpiredToken: "unauthorized",
  ExpiredTokenException: "unauthorized",
  InvalidClientTokenId: "unauthorized",
  InvalidAccessKeyId: "unauthorized",
  InvalidToken: "unauthorized",
  SignatureDoesNotMatch: "unauthorized",
  UnrecognizedClientException: "unauthorized",
  CredentialsProviderError: "unauthorized",
  OptInRequired: "unauthorized",
  TimeoutError: "unreachable",
  AbortError: "unreachable",
  RequestTimeout: "unreachable",
  ECONNREFUSED: "unreachable",
  ECONNRESET: "unreachable",
  EPIPE: "unreachable",
  ETIMEDOUT: "unreachable",
  ENOTFOUND: "unreachable",
  EAI_AGAIN: "unreachable",
  InternalFailure: "unreachable",
  InternalError: "unreachable",
  InternalServerError: "unreachable",
  ServiceUnavailable: "unreachable",
  ServiceUnavailableException: "unreachable",
};

/** The code behind one of AWS's names; a suffix such as `.NotFound` or `Fault` says no more here. */
export function awsErrorCode(name: string): BackendErrorCode {
  const stem = name.split(".")[0] ?? name;
  return codes[name] ?? codes[stem] ?? codes[stem.replace(/Fault$/, "")] ?? "unknown";
}

/** Anything that the AWS SDK threw, as data. */
export function awsBackendError(call: string, thrown: unknown): BackendError {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const systemCode = "code" in error && typeof error.code === "string" ? error.code : undefined;
  const name = error.name === "Error" && systemCode !== undefined ? systemCode : error.name;
  // AWS says "validation error" both for a name it does not know and for a request that it does not like.
  const code =
    name === "ValidationError" && /not found|no such|does not exist|is not (?:part|in)/i.test(error.message) ? "gone" : awsErrorCode(name);
  return { code, message: `${call}: ${name}: ${oneLine(error.message)}` };
}

/**
 * Why a scaling activity failed. Auto Scaling gives no code there, only sentences such as "We currently do not have sufficient m7i.large capacity …
 * Launching EC2 instance failed.", sometimes with EC2's code in them.
 */
export function awsActivityFailure(statusMessage: string): BackendErrorCode {
  const named = Object.keys(codes).find((name) => new RegExp(`\\b${name}\\b`).test(statusMessage));
  if (named !== undefined) {
    return codes[named] ?? "unknown";
  }
  return sentences.find(([pattern]) => pattern.test(statusMessage))?.[1] ?? "unknown";
}

/**
 * Where a launch failed, as far as a scaling activity says: its details name the zone, and its sentence the zone that was asked for (not those that it
 * recommends) and, for a group of two markets, the market.
 *
 * @see docs.aws.amazon.com/autoscaling/ec2/APIReference/API_Activity.html
 */
export function awsActivityPlace({
  details = "",
  statusMessage = "",
}: {
  details?: string | undefined;
  statusMessage?: string | undefined;
}): {
  zone?: string;
  market?: Market;
} {
  const zone =
    /"Availability Zone"\s*:\s*"([a-z0-9-]+)"/.exec(details)?.[1] ??
    /requested(?: Availability Zone)?\s*\(([a-z0-9-]+)\)/i.exec(statusMessage)?.[1];
  const market = /\bspot\b|\bSpot[A-Z]/i.test(statusMessage) ? "spot" : /\bon-demand\b/i.test(statusMessage) ? "on-demand" : undefined;
  return { ...(zone === undefined ? {} : { zone }), ...(market === undefined ? {} : { market }) };
}

const sentences: readonly (readonly [RegExp, BackendErrorCode])[] = [
  [/sufficient .*capacity|no spot capacity|unable to fulfill capacity|not supported in your requested availability zone/i, "capacity"],
  [/exceed|limit|quota|free addresses/i, "quota"],
  [/not authorized|unauthorized|access denied|kms key/i, "unauthorized"],
  [/rate limit|throttl/i, "throttled"],
  [/invalid|does not exist|not found|malformed|no default vpc|must be|cannot be/i, "misconfigured"],
];

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim().slice(0, 500);
}
