import type { Clock } from "./clock";
import { awsBackendError } from "./nodeGroups/awsErrors";
import type { Log } from "./report/log";

/** Refused keys are fetched anew so often at most: where a permission is simply missing, new keys change nothing. */
const RENEW_EVERY_MS = 60_000;

/** What {@link AwsKeys} works with. */
export interface AwsKeysOptions {
  /** Fetches the keys anew for all clients; has a deadline of its own. */
  readonly renew: () => Promise<unknown>;
  readonly clock: Clock;
  readonly log: Log;
}

/** As much of an AWS client as it takes to see how its calls end. The clients' own types differ in the names of their calls alone. */
interface AwsClient {
  readonly middlewareStack: { use(plugin: never): void };
}

type Call = (request: object) => Promise<object>;

interface Stack {
  add(middleware: (next: Call) => Call, options: { readonly step: "initialize"; readonly name: string }): void;
}

/**
 * Fetches the keys of the machine's role anew when AWS refuses them. The SDK keeps keys until they expire, up to six hours; AWS takes them back at once when the role
 * is deleted, and an instance profile that was replaced has other ones.
 */
export class AwsKeys {
  readonly #options: AwsKeysOptions;
  #renewedMs = Number.NEGATIVE_INFINITY;

  constructor(options: AwsKeysOptions) {
    this.#options = options;
  }

  /** The same client; a call of it that is refused for its keys still fails, and one of the next has new ones. */
  watch<Client extends AwsClient>(client: Client): Client {
    const middleware =
      (next: Call): Call =>
      async (request) => {
        try {
          return await next(request);
        } catch (thrown) {
          this.#failed(thrown);
          throw thrown;
        }
      };
    const plugin = { applyToStack: (stack: Stack) => stack.add(middleware, { step: "initialize", name: "awsKeys" }) };
    client.middlewareStack.use(plugin as never);
    return client;
  }

  #failed(thrown: unknown): void {
    const { clock, log, renew } = this.#options;
    const nowMs = clock.monotonicMs();
    const { code, message } = awsBackendError("AWS", thrown);
    if (code !== "unauthorized" || nowMs - this.#renewedMs < RENEW_EVERY_MS) return;
    this.#renewedMs = nowMs;
    log("keys-refused", { problem: message });
    // Not waited for: the tick goes on with what it has.
    void renew().then(
      () => log("keys-renewed"),
      (problem: unknown) => log("keys-not-renewed", { problem: problem instanceof Error ? problem.message : String(problem) }),
    );
  }
}
