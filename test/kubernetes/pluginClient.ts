import { spawn } from "node:child_process";
import { credentials } from "@grpc/grpc-js";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import type { LogRequest } from "@pulumi/pulumi/proto/engine_pb";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as protocol from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { listenOnLoopback, unary } from "../../pulumi-protocol/grpcServer";
import type { Properties } from "../../pulumi-protocol/properties";
import { fromStruct, toStruct } from "../../pulumi-protocol/wireStruct";
import { call, portOf } from "../support/pluginProcess";

/** The types of resources that the plugin makes. */
export type ResourceType = "rayfleet:kubernetes:RayObject" | "rayfleet:kubernetes:RayCrds";

/** What an engine knows of the resource. */
export interface Known {
  readonly id: string;
  readonly inputs: Properties;
  readonly outputs: Properties;
}

/** The plugin as a process, and the engine that it talks to. */
export class PluginClient {
  /** What was said to the user since they were last taken. */
  readonly said: string[];
  readonly #client: ResourceProviderClient;
  readonly #end: () => void;
  /** What the calls are about. */
  type: ResourceType = "rayfleet:kubernetes:RayObject";

  private constructor(client: ResourceProviderClient, said: string[], end: () => void) {
    this.#client = client;
    this.said = said;
    this.#end = end;
  }

  static async start(
    launcher: string,
    configuration: Properties,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<PluginClient> {
    const said: string[] = [];
    const log = unary(async (request: LogRequest) => {
      said.push(request.getMessage());
      return new Empty();
    });
    const engine = await listenOnLoopback([{ definition: EngineService, methods: { log } }]);
    const child = spawn(launcher, [engine.address], { env: { ...process.env, ...environment }, stdio: ["ignore", "pipe", "inherit"] });
    const client = new ResourceProviderClient(`127.0.0.1:${await portOf(child)}`, credentials.createInsecure());
    const plugin = new PluginClient(client, said, () => {
      client.close();
      child.kill("SIGTERM");
      engine.close();
    });
    const request = new protocol.ConfigureRequest();
    request.setArgs(toStruct(configuration));
    await call<protocol.ConfigureResponse>((done) => client.configure(request, done));
    return plugin;
  }

  stop(): void {
    this.#end();
  }

  get #urn(): string {
    return `urn:pulumi:dev::test::rayfleet:index:RayCluster$${this.type}::demo`;
  }

  async check(inputs: Properties): Promise<readonly string[]> {
    const request = new protocol.CheckRequest();
    request.setType(this.type);
    request.setNews(toStruct(inputs));
    const answer = await call<protocol.CheckResponse>((done) => this.#client.check(request, done));
    return answer.getFailuresList().map((failure) => failure.getReason());
  }

  async diff(known: Known, inputs: Properties): Promise<{ readonly paths: readonly string[]; readonly replaces: readonly string[] }> {
    const request = new protocol.DiffRequest();
    request.setUrn(this.#urn);
    request.setOlds(toStruct(known.outputs));
    request.setOldInputs(toStruct(known.inputs));
    request.setNews(toStruct(inputs));
    const answer = await call<protocol.DiffResponse>((done) => this.#client.diff(request, done));
    const paths = [...answer.getDetaileddiffMap().keys()].sort();
    return { paths, replaces: answer.getReplacesList() };
  }

  async create(inputs: Properties, preview = false): Promise<Known> {
    const request = new protocol.CreateRequest();
    request.setUrn(this.#urn);
    request.setPreview(preview);
    request.setProperties(toStruct(inputs));
    const answer = await call<protocol.CreateResponse>((done) => this.#client.create(request, done));
    return { id: answer.getId(), inputs, outputs: fromStruct(answer.getProperties()) };
  }

  async update(known: Known, inputs: Properties, preview = false): Promise<Known> {
    const request = new protocol.UpdateRequest();
    request.setUrn(this.#urn);
    request.setId(known.id);
    request.setPreview(preview);
    request.setOlds(toStruct(known.outputs));
    request.setOldInputs(toStruct(known.inputs));
    request.setNews(toStruct(inputs));
    const answer = await call<protocol.UpdateResponse>((done) => this.#client.update(request, done));
    return { id: known.id, inputs, outputs: fromStruct(answer.getProperties()) };
  }

  async read(known: Known): Promise<Known> {
    const request = new protocol.ReadRequest();
    request.setUrn(this.#urn);
    request.setId(known.id);
    request.setInputs(toStruct(known.inputs));
    request.setProperties(toStruct(known.outputs));
    const answer = await call<protocol.ReadResponse>((done) => this.#client.read(request, done));
    return { id: answer.getId(), inputs: fromStruct(answer.getInputs()), outputs: fromStruct(answer.getProperties()) };
  }

  async delete(known: Known): Promise<void> {
    const request = new protocol.DeleteRequest();
    request.setUrn(this.#urn);
    request.setId(known.id);
    request.setOldInputs(toStruct(known.inputs));
    request.setProperties(toStruct(known.outputs));
    await call((done) => this.#client.delete(request, done));
  }
}
