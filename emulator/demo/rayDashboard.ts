import { request as httpRequest } from "node:http";
import { text } from "node:stream/consumers";

/** What the job API says of a job. */
export interface JobInfo {
  readonly status: "PENDING" | "RUNNING" | "SUCCEEDED" | "FAILED" | "STOPPED";
  readonly message: string;
}

/** One node as Ray's state API lists it; times in epoch milliseconds, 0 where it has not happened. */
export interface DashboardNode {
  readonly nodeId: string;
  readonly nodeName: string;
  readonly nodeIp: string;
  readonly isHead: boolean;
  readonly alive: boolean;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly stateMessage: string;
}

/** The dashboard answered with an HTTP error. */
export class DashboardError extends Error {
  override readonly name = "DashboardError";
  constructor(
    readonly path: string,
    readonly httpStatus: number,
    body: string,
  ) {
    super(`Ray dashboard ${path}: HTTP ${httpStatus}: ${body.slice(0, 300)}`);
  }
}

const REQUEST_TIMEOUT_MS = 15_000;

/** Ray's HTTP API at the head: jobs, nodes, `ray status`. Needs the cluster's token. */
export class RayDashboard {
  constructor(
    readonly baseUrl: string,
    private readonly token: string,
  ) {}

  /** Starts a job, on the head unless its driver asks for CPUs, which the head has none of. The entrypoint is a shell command. @throws DashboardError */
  async submit(job: {
    submissionId: string;
    entrypoint: string;
    environment?: Record<string, string>;
    driverCpus?: number;
  }): Promise<void> {
    await this.call("/api/jobs/", {
      method: "POST",
      body: JSON.stringify({
        submission_id: job.submissionId,
        entrypoint: job.entrypoint,
        runtime_env: { env_vars: job.environment ?? {} },
        ...(job.driverCpus === undefined ? {} : { entrypoint_num_cpus: job.driverCpus }),
      }),
    });
  }

  async job(submissionId: string): Promise<JobInfo> {
    const reply = (await this.call(`/api/jobs/${submissionId}`)) as { status: JobInfo["status"]; message?: string };
    return { status: reply.status, message: reply.message ?? "" };
  }

  /** Ends a job that runs. */
  async stop(submissionId: string): Promise<void> {
    await this.call(`/api/jobs/${submissionId}/stop`, { method: "POST" });
  }

  async jobLogs(submissionId: string): Promise<string> {
    const reply = (await this.call(`/api/jobs/${submissionId}/logs`)) as { logs: string };
    return reply.logs;
  }

  /** The text of `ray status`. */
  async statusText(): Promise<string> {
    const reply = (await this.call("/api/cluster_status?format=1")) as { data: { clusterStatus: unknown } };
    return typeof reply.data.clusterStatus === "string" ? reply.data.clusterStatus : "";
  }

  async nodes(): Promise<DashboardNode[]> {
    const reply = (await this.call("/api/v0/nodes?detail=1&limit=1000")) as { data: { result: { result: RawNode[] } } };
    return reply.data.result.result.map((node) => ({
      nodeId: node.node_id,
      nodeName: node.node_name ?? "",
      nodeIp: node.node_ip,
      isHead: node.is_head_node,
      alive: node.state === "ALIVE",
      startedAtMs: node.start_time_ms ?? 0,
      endedAtMs: node.end_time_ms ?? 0,
      stateMessage: node.state_message ?? "",
    }));
  }

  /** Whether the dashboard answers and takes our token. */
  async isReady(): Promise<boolean> {
    try {
      await this.call("/api/version");
      return true;
    } catch {
      return false;
    }
  }

  private async call(path: string, init: { method?: string; body?: string } = {}): Promise<unknown> {
    const reply = await request(new URL(path, this.baseUrl), {
      method: init.method ?? "GET",
      headers: { authorization: `Bearer ${this.token}`, "content-type": "application/json" },
      ...(init.body === undefined ? {} : { body: init.body }),
    });
    if (reply.status < 200 || reply.status > 299) throw new DashboardError(path, reply.status, reply.body);
    return JSON.parse(reply.body);
  }
}

/** Not `fetch`: it sends headers by which Ray takes the caller for a browser, and refuses to start jobs for one. */
function request(
  url: URL,
  init: { method: string; headers: Record<string, string>; body?: string },
): Promise<{ status: number; body: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; body: string }>();
  const call = httpRequest(
    url,
    { method: init.method, headers: init.headers, signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) },
    (response) => {
      text(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject);
    },
  );
  call.on("error", reject);
  call.end(init.body);
  return promise;
}

interface RawNode {
  node_id: string;
  node_name?: string;
  node_ip: string;
  is_head_node: boolean;
  state: string;
  start_time_ms?: number;
  end_time_ms?: number;
  state_message?: string;
}
