import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { CreateTagsCommand, DescribeVpcsCommand } from "@aws-sdk/client-ec2";
import { credentials } from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as protocol from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Properties } from "../../../emulator/provider/resourceType";
import { UNKNOWN } from "../../../pulumi-protocol/wire";
import { fromStruct, toStruct } from "../../../pulumi-protocol/wireStruct";
import { buildPlugin } from "../../../scripts/buildPlugin";
import { call, portOf } from "../../support/pluginProcess";
import { apiMissing, type RunningApi, startApi } from "../api/runningApi";

const root = resolve(__dirname, "../../..");
const VPC = "aws:ec2/vpc:Vpc";

describe.skipIf(apiMissing)("providerService", () => {
  let api: RunningApi;
  let folder: string;
  let version: string;
  const children: ChildProcess[] = [];
  const clients: ResourceProviderClient[] = [];
  beforeAll(async () => {
    api = await startApi();
    folder = mkdtempSync(join(tmpdir(), "rayfleet-plugin-"));
    ({ version } = await buildPlugin(root, folder));
  });
  afterAll(async () => {
    for (const client of clients) client.close();
    for (const child of children) child.kill("SIGTERM");
    rmSync(folder, { recursive: true });
    await api.stop();
  });

  /** A plugin process as Pulumi starts it. */
  async function start(configuration?: Properties): Promise<ResourceProviderClient> {
    const env = { ...process.env, RAYFLEET_AWS_ENDPOINT: api.endpointUrl };
    const child = spawn(join(folder, "pulumi-resource-aws"), ["127.0.0.1:1"], { env, stdio: ["ignore", "pipe", "inherit"] });
    children.push(child);
    const client = new ResourceProviderClient(`127.0.0.1:${await portOf(child)}`, credentials.createInsecure());
    clients.push(client);
    if (configuration === undefined) return client;
    const request = new protocol.ConfigureRequest();
    request.setArgs(toStruct(configuration));
    const answer = await call<protocol.ConfigureResponse>((done) => client.configure(request, done));
    expect(answer.getSupportspreview()).toBe(true);
    return client;
  }

  const check = (client: ResourceProviderClient, type: string, inputs: Properties) => {
    const request = new protocol.CheckRequest();
    request.setType(type);
    request.setNews(toStruct(inputs));
    return call<protocol.CheckResponse>((done) => client.check(request, done));
  };
  const create = (client: ResourceProviderClient, inputs: Properties, preview = false) => {
    const request = new protocol.CreateRequest();
    request.setType(VPC);
    request.setName("vpc");
    request.setPreview(preview);
    request.setProperties(toStruct(inputs));
    return call<protocol.CreateResponse>((done) => client.create(request, done));
  };
  const read = (client: ResourceProviderClient, id: string, known: { inputs: Properties; outputs: Properties }) => {
    const request = new protocol.ReadRequest();
    request.setType(VPC);
    request.setId(id);
    request.setInputs(toStruct(known.inputs));
    request.setProperties(toStruct(known.outputs));
    return call<protocol.ReadResponse>((done) => client.read(request, done));
  };
  const diff = (client: ResourceProviderClient, previous: Properties, inputs: Properties, ignored: string[] = []) => {
    const request = new protocol.DiffRequest();
    request.setType(VPC);
    request.setOldInputs(toStruct(previous));
    request.setNews(toStruct(inputs));
    request.setIgnorechangesList(ignored);
    return call<protocol.DiffResponse>((done) => client.diff(request, done));
  };

  it("introduces itself as the provider that the program's SDK asks for", async () => {
    const client = await start();
    const info = await call<{ getVersion(): string }>((done) => client.getPluginInfo(new Empty(), done));
    expect(info.getVersion()).toBe(version);
    const schema = await call<protocol.GetSchemaResponse>((done) => client.getSchema(new protocol.GetSchemaRequest(), done));
    expect(JSON.parse(schema.getSchema())).toEqual({ name: "aws", version });
  });

  it("takes a resource through its life", async () => {
    const client = await start({ region: "us-east-1" });
    const inputs = { cidrBlock: "10.0.0.0/16", tags: { note: "one" } };
    const made = await create(client, inputs);
    const id = made.getId();
    const outputs = fromStruct(made.getProperties());
    expect(outputs).toMatchObject({ ...inputs, arn: expect.stringContaining(id) as unknown });
    const same = await read(client, id, { inputs, outputs });
    expect([same.getId(), fromStruct(same.getInputs()), fromStruct(same.getProperties())]).toEqual([id, inputs, outputs]);

    await api.ec2.send(new CreateTagsCommand({ Resources: [id], Tags: [{ Key: "note", Value: "by hand" }] }));
    const drifted = await read(client, id, { inputs, outputs });
    expect(fromStruct(drifted.getInputs())).toEqual({ ...inputs, tags: { note: "by hand" } });

    const next = { ...inputs, tags: { note: "two" } };
    const update = new protocol.UpdateRequest();
    update.setType(VPC);
    update.setId(id);
    update.setOldInputs(drifted.getInputs());
    update.setOlds(drifted.getProperties());
    update.setNews(toStruct(next));
    const updated = await call<protocol.UpdateResponse>((done) => client.update(update, done));
    expect(fromStruct(updated.getProperties())).toMatchObject(next);

    const remove = new protocol.DeleteRequest();
    remove.setType(VPC);
    remove.setId(id);
    remove.setOldInputs(toStruct(next));
    remove.setProperties(updated.getProperties());
    await call((done) => client.delete(remove, done));
    expect((await read(client, id, { inputs: next, outputs })).getId()).toBe("");
  });

  it("makes nothing in a preview, and says what an update leaves open", async () => {
    const client = await start({ region: "us-east-1" });
    const count = async () => (await api.ec2.send(new DescribeVpcsCommand({}))).Vpcs?.length;
    const before = await count();
    const made = await create(client, { cidrBlock: "10.0.0.0/16" }, true);
    expect([made.getId(), fromStruct(made.getProperties())]).toEqual(["", { cidrBlock: "10.0.0.0/16" }]);
    expect(await count()).toBe(before);

    const update = new protocol.UpdateRequest();
    update.setType("aws:ec2/launchTemplate:LaunchTemplate");
    update.setPreview(true);
    update.setOlds(toStruct({ latestVersion: 1, arn: "a" }));
    update.setNews(toStruct({ imageId: "ami-2" }));
    const updated = await call<protocol.UpdateResponse>((done) => client.update(update, done));
    expect(fromStruct(updated.getProperties())).toEqual({ latestVersion: UNKNOWN, defaultVersion: UNKNOWN, arn: "a", imageId: "ami-2" });
  });

  it("tells each difference, which ones replace, and minds what is ignored", async () => {
    const client = await start({ region: "us-east-1" });
    const previous = { cidrBlock: "10.0.0.0/16", tags: { a: "1", b: "1" } };
    const answer = await diff(client, previous, { cidrBlock: "10.1.0.0/16", tags: { a: "2", b: "2" } }, ["tags.b"]);
    const { Kind } = protocol.PropertyDiff;
    expect(answer.getReplacesList()).toEqual(["cidrBlock"]);
    expect(answer.getDiffsList()).toEqual(["cidrBlock", "tags"]);
    expect(answer.getDetaileddiffMap().getLength()).toBe(2);
    expect(answer.getDetaileddiffMap().get("cidrBlock")?.getKind()).toBe(Kind.UPDATE_REPLACE);
    expect(answer.getDetaileddiffMap().get("tags.a")?.getKind()).toBe(Kind.UPDATE);
    expect((await diff(client, previous, previous)).getChanges()).toBe(protocol.DiffResponse.DiffChanges.DIFF_NONE);
  });

  it("reports missing and unknown inputs, and types that it does not have", async () => {
    const client = await start({ region: "us-east-1" });
    const failures = (await check(client, "aws:ec2/subnet:Subnet", { outpostArn: "arn" })).getFailuresList();
    expect(failures.map((failure) => failure.getProperty())).toEqual(["vpcId", "outpostArn"]);
    await expect(check(client, "aws:dynamodb/table:Table", {})).rejects.toThrow("aws:dynamodb/table:Table is not in the emulator's table");
  });

  it("works in the region and at the endpoints that it was configured with", async () => {
    const invoke = (client: ResourceProviderClient) => {
      const request = new protocol.InvokeRequest();
      request.setTok("aws:index/getAvailabilityZones:getAvailabilityZones");
      return call<protocol.InvokeResponse>((done) => client.invoke(request, done));
    };
    const elsewhere = await start({ region: "eu-west-1" });
    expect(fromStruct((await invoke(elsewhere)).getReturn())).toMatchObject({ region: "eu-west-1" });
    const nowhere = await start({ region: "us-east-1", endpoints: JSON.stringify([{ ec2: "http://127.0.0.1:1" }]) });
    await expect(invoke(nowhere)).rejects.toThrow(/ECONNREFUSED/);
    const unknown = await start({ region: UNKNOWN });
    await expect(invoke(unknown)).rejects.toThrow(/its region is not known yet/);
  });

  it("refuses to start without an emulator to talk to", () => {
    const { RAYFLEET_AWS_ENDPOINT: _endpoint, ...env } = process.env;
    const { status, stderr } = spawnSync(join(folder, "pulumi-resource-aws"), { env, encoding: "utf8" });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^RAYFLEET_AWS_ENDPOINT: is not set/);
  });
});
