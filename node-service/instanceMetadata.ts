import type { Clock } from "./machineAccess";

/** What the instance metadata service says of this machine. What it does not say is absent. */
export interface MachineIdentity {
  readonly instanceId: string;
  readonly instanceType: string;
  readonly privateAddress: string;
  readonly region: string;
  readonly zone: string;
  /** As Ray's label `ray.io/market-type` has it. */
  readonly marketType?: "spot" | "on-demand";
}

/** EC2 says that it takes the machine back: what it will do, and when (ISO 8601). */
export interface SpotNotice {
  readonly action: string;
  readonly time: string;
}

const REQUEST_TIMEOUT_MS = 2000;
const TOKEN_SECONDS = 21_600;
const TRIES = 5;

/**
 * Client of the instance metadata service, version 2 only.
 *
 * Every request ends within two seconds; a server that is not ready yet (it may lag behind the machine by a second) is asked five times.
 * @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html
 */
export class InstanceMetadata {
  #token: { readonly value: string; readonly untilMs: number } | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly stop: AbortSignal,
    private readonly endpoint: string = "http://169.254.169.254",
  ) {}

  /** @throws Error when the service does not answer or leaves out what every instance has */
  async identity(): Promise<MachineIdentity> {
    const zone = await this.#required("placement/availability-zone");
    const lifeCycle = await this.#get("instance-life-cycle");
    return {
      instanceId: await this.#required("instance-id"),
      instanceType: await this.#required("instance-type"),
      privateAddress: await this.#required("local-ipv4"),
      region: (await this.#get("placement/region")) ?? zone.replace(/[a-z]$/, ""),
      zone,
      ...(lifeCycle === "spot" || lifeCycle === "on-demand" ? { marketType: lifeCycle } : {}),
    };
  }

  /** The notice, or undefined while there is none. Throws when the service does not answer: that is no news, not good news. */
  async spotNotice(): Promise<SpotNotice | undefined> {
    const text = await this.#get("spot/instance-action");
    if (text === undefined) return undefined;
    const { action, time } = JSON.parse(text) as Partial<SpotNotice>;
    return { action: action ?? "unknown", time: time ?? "unknown" };
  }

  async #required(path: string): Promise<string> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const text = await this.#get(path);
        if (text !== undefined && text !== "") return text;
        throw new Error(
          `instance metadata: meta-data/${path} is missing; got 404; expected a value. Look at the metadata options of the machine.`,
        );
      } catch (error) {
        if (attempt >= TRIES || this.stop.aborted) throw error;
        await this.clock.sleep(0.2 * 2 ** attempt, this.stop);
      }
    }
  }

  async #get(path: string): Promise<string | undefined> {
    const answer = await this.#request("GET", `meta-data/${path}`, { "X-aws-ec2-metadata-token": await this.#currentToken() });
    if (answer.status === 401) this.#token = undefined;
    if (answer.status === 404) return undefined;
    if (answer.status !== 200)
      throw new Error(`instance metadata: GET ${path} was refused; got status ${answer.status}; expected 200 or 404.`);
    return answer.text;
  }

  async #currentToken(): Promise<string> {
    const nowMs = this.clock.monotonicMs();
    if (this.#token !== undefined && nowMs < this.#token.untilMs) return this.#token.value;
    const answer = await this.#request("PUT", "api/token", { "X-aws-ec2-metadata-token-ttl-seconds": String(TOKEN_SECONDS) });
    if (answer.status !== 200) throw new Error(`instance metadata: no token was given; got status ${answer.status}; expected 200.`);
    this.#token = { value: answer.text, untilMs: nowMs + (TOKEN_SECONDS / 2) * 1000 };
    return answer.text;
  }

  async #request(method: string, path: string, headers: Record<string, string>): Promise<{ status: number; text: string }> {
    const signal = AbortSignal.any([this.stop, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]);
    const url = `${this.endpoint.replace(/\/$/, "")}/latest/${path}`;
    const response = await fetch(url, { method, headers, signal });
    return { status: response.status, text: (await response.text()).trim() };
  }
}
