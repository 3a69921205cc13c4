import {
  CreateTagsCommand,
  DeleteTagsCommand,
  DescribeTagsCommand,
  type ResourceType as Ec2ResourceType,
  type TagSpecification,
} from "@aws-sdk/client-ec2";
import type { AwsSession } from "./awsSession";
import type { CreateRequest } from "./resourceType";

/** Tags as programs write them. */
export type Tags = Readonly<Record<string, string>>;

/** Carries the creation token on EC2 objects, which have no name by which an interrupted creation could be found again. */
const CREATION_TAG = "rayfleet:creation";

/** Tags as most AWS calls want them. */
export function toTagList(tags: Tags | undefined): { Key: string; Value: string }[] {
  return Object.entries(tags ?? {}).map(([Key, Value]) => ({ Key, Value }));
}

/** Tags as programs write them, without those that AWS or this table made; undefined when none is left. */
export function fromTagList(list: readonly { Key?: string | undefined; Value?: string | undefined }[] | undefined): Tags | undefined {
  const entries = (list ?? [])
    .map((tag): [string, string] => [tag.Key ?? "", tag.Value ?? ""])
    .filter(([key]) => !key.startsWith("aws:") && key !== CREATION_TAG);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/** The tags of a new EC2 object, its creation token among them. */
export function tagSpecifications(type: Ec2ResourceType, request: CreateRequest<{ readonly tags?: Tags | undefined }>): TagSpecification[] {
  return [{ ResourceType: type, Tags: [...toTagList(request.inputs.tags), { Key: CREATION_TAG, Value: request.token }] }];
}

/** Finds the EC2 object that a creation with this token left. */
export async function findByToken(request: CreateRequest<unknown>): Promise<string | undefined> {
  const Filters = [
    { Name: "key", Values: [CREATION_TAG] },
    { Name: "value", Values: [request.token] },
  ];
  return (await request.aws.ec2.send(new DescribeTagsCommand({ Filters }))).Tags?.[0]?.ResourceId;
}

/** The tags of one EC2 object, for kinds whose description does not tell the present ones. */
export async function readEc2Tags(aws: AwsSession, id: string): Promise<Tags | undefined> {
  const Filters = [{ Name: "resource-id", Values: [id] }];
  return fromTagList((await aws.ec2.send(new DescribeTagsCommand({ Filters }))).Tags);
}

/** Which tags to write and which to take away, to come from one set to another. */
export function tagChanges(previous: Tags | undefined, next: Tags | undefined): { set: Tags; removed: string[] } {
  const set = Object.fromEntries(Object.entries(next ?? {}).filter(([key, value]) => previous?.[key] !== value));
  const removed = Object.keys(previous ?? {}).filter((key) => !(key in (next ?? {})));
  return { set, removed };
}

/** Brings an EC2 object's tags up to date. */
export async function updateEc2Tags(request: {
  readonly id: string;
  readonly aws: AwsSession;
  readonly previousInputs: { readonly tags?: Tags | undefined };
  readonly inputs: { readonly tags?: Tags | undefined };
}): Promise<void> {
  const { set, removed } = tagChanges(request.previousInputs.tags, request.inputs.tags);
  const Resources = [request.id];
  if (removed.length > 0) await request.aws.ec2.send(new DeleteTagsCommand({ Resources, Tags: removed.map((Key) => ({ Key })) }));
  if (Object.keys(set).length > 0) await request.aws.ec2.send(new CreateTagsCommand({ Resources, Tags: toTagList(set) }));
}
