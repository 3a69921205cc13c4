import type { AwsSessionSettings } from "./awsSession";
import type { Properties } from "./resourceType";

/** Provider configuration arrives as JSON text from the engine and as plain values from `aws:*` stack configuration. */
function parsed(value: unknown): unknown {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}

const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

function isTextMap(value: unknown): value is Record<string, string> {
  return (
    typeof value === "object" && value !== null && !Array.isArray(value) && Object.values(value).every((item) => typeof item === "string")
  );
}

/** `endpoints` is a list of maps from service to address, of which there is usually one. */
function endpoints(value: unknown): Record<string, string> {
  const list = parsed(value);
  const maps = Array.isArray(list) ? (list as unknown[]) : [list];
  return Object.assign({}, ...maps.filter(isTextMap)) as Record<string, string>;
}

function defaultTags(value: unknown): Record<string, string> {
  const block = parsed(value);
  const tags = typeof block === "object" && block !== null ? (block as Record<string, unknown>)["tags"] : undefined;
  return isTextMap(tags) ? tags : {};
}

/**
 * What the table needs to know of a provider: of `aws:*` configuration or an explicit `aws.Provider`. Everything else (profiles, assumed
 * roles, validation switches) concerns real accounts only and has no effect on the emulator.
 *
 * @throws Error when no region is set, as with the real provider
 */
export function providerSettings(inputs: Properties, endpointUrl: string): AwsSessionSettings {
  const region = text(inputs["region"]);
  if (region === undefined)
    throw new Error("aws:region: is not set; got nothing; expected an AWS region. Add it to the stack's configuration.");
  const accessKeyId = text(inputs["accessKey"]);
  const secretAccessKey = text(inputs["secretKey"]);
  const sessionToken = text(inputs["token"]);
  return {
    endpointUrl,
    region,
    endpoints: endpoints(inputs["endpoints"]),
    defaultTags: defaultTags(inputs["defaultTags"]),
    ...(accessKeyId === undefined ? {} : { accessKeyId }),
    ...(secretAccessKey === undefined ? {} : { secretAccessKey }),
    ...(sessionToken === undefined ? {} : { sessionToken }),
  };
}
