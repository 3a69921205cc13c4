import { describe, expect, it } from "vitest";
import { parseClusterSpec } from "../../../components/plan/parseClusterSpec";
import { formatSpecProblem } from "../../../components/plan/specProblem";
import { specRules } from "../../../components/plan/specRules";
import type { ClusterSpecInput } from "../../../contract/clusterSpec";

type GroupInput = ClusterSpecInput["workerGroups"][number];

function group(overrides: Partial<GroupInput> = {}): GroupInput {
  return { groupName: "cpu", instanceTypes: ["m7i.xlarge"], maxReplicas: 4, ...overrides };
}

function oneGroup(overrides: Partial<GroupInput> = {}): Partial<ClusterSpecInput> {
  return { workerGroups: [group(overrides)] };
}

function needing(needs: GroupInput["needs"]): Partial<ClusterSpecInput> {
  return { workerGroups: [{ groupName: "cpu", needs, maxReplicas: 1 }] };
}

function existing(overrides = {}) {
  return { vpcId: "vpc-1", privateSubnetIds: ["subnet-1"], ...overrides };
}

function scheduled(overrides: Partial<NonNullable<ClusterSpecInput["schedules"]>[number]> = {}): Partial<ClusterSpecInput> {
  return { schedules: [{ cron: "0 8 * * *", groupName: "cpu", minReplicas: 1, ...overrides }] };
}

function quota(maxVcpus: number, overrides = {}) {
  return { market: "on-demand" as const, family: "standard" as const, maxVcpus, ...overrides };
}

const secretArn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:ray-redis-AbCdEf";

function storage(overrides: Partial<NonNullable<NonNullable<ClusterSpecInput["gcsFaultTolerance"]>["existing"]>> = {}) {
  return { gcsFaultTolerance: { existing: { redisAddress: "rediss://redis.example.com:6379", cidr: "10.2.0.0/24", ...overrides } } };
}

const database = { cidr: "10.1.2.0/24", fromPort: 5432, toPort: 5432, description: "Databases" };

/** A file that breaks one rule, what is said of it, and the nearest one that does not. */
interface RuleCase {
  readonly rule: string;
  readonly wrong: Partial<ClusterSpecInput>;
  readonly right: Partial<ClusterSpecInput>;
  readonly says: string;
}

const cases: readonly RuleCase[] = [
  {
    rule: "rayNotTooOld",
    wrong: { ray: { version: "2.53.9" } },
    right: { ray: { version: "2.54.0" } },
    says: 'ray.version: is too old for token authentication; got "2.53.9"; expected 2.54.0 or later. Take a later release.',
  },
  {
    rule: "rayNotTooOld",
    wrong: { ray: { version: "1.99.0" } },
    right: { ray: { version: "3.0.0" } },
    says: 'ray.version: is too old for token authentication; got "1.99.0"; expected 2.54.0 or later. Take a later release.',
  },
  {
    rule: "installKeysMatch",
    wrong: { ray: { install: "image", packages: ["torch==2.9.0"] } },
    right: { ray: { packages: ["torch==2.9.0"] } },
    says: 'ray.packages: has no effect with install: image; got ["torch==2.9.0"]; expected install: wheel beside it. Remove it or set ray.install: wheel.',
  },
  {
    rule: "installKeysMatch",
    wrong: { ray: { imageRayBinDirectory: "/usr/bin" } },
    right: { ray: { install: "image", imageRayBinDirectory: "/usr/bin", packages: [] } },
    says: 'ray.imageRayBinDirectory: has no effect with install: wheel; got "/usr/bin"; expected install: image beside it. Remove it or set ray.install: image.',
  },
  {
    rule: "pythonOnDefaultImage",
    wrong: { ray: { python: "3.10" } },
    right: { ray: { python: "3.10" }, setupCommands: ["install-python 3.10"] },
    says: 'ray.python: is not to be had on Amazon Linux 2023, the default image; got "3.10"; expected one of 3.11, 3.12, 3.13. Take one of them, name an amiId that has it for head and groups, or install it by setupCommands.',
  },
  {
    rule: "pythonOnDefaultImage",
    wrong: { ...oneGroup({ amiId: "ami-1" }), ray: { python: "3.10" } },
    right: { ...oneGroup({ amiId: "ami-1" }), ray: { python: "3.10" }, head: { amiId: "ami-1" } },
    says: 'ray.python: is not to be had on Amazon Linux 2023, the default image; got "3.10"; expected one of 3.11, 3.12, 3.13. Take one of them, name an amiId that has it for head and groups, or install it by setupCommands.',
  },
  {
    rule: "groupNamesOnce",
    wrong: { workerGroups: [group(), group()] },
    right: { workerGroups: [group(), group({ groupName: "gpu" })] },
    says: 'workerGroups[1].groupName: is the name of an earlier group too; got "cpu"; expected a name of its own. Rename one of the groups.',
  },
  {
    rule: "groupNamesFree",
    wrong: oneGroup({ groupName: "headgroup" }),
    right: oneGroup({ groupName: "header" }),
    says: 'workerGroups[0].groupName: is the head\'s name; got "headgroup"; expected any name but headgroup, head. Rename the group.',
  },
  {
    rule: "groupNamesFree",
    wrong: oneGroup({ groupName: "head" }),
    right: oneGroup({ groupName: "heads" }),
    says: 'workerGroups[0].groupName: is the head\'s name; got "head"; expected any name but headgroup, head. Rename the group.',
  },
  {
    rule: "minimumUnderMaximum",
    wrong: oneGroup({ minReplicas: 4, maxReplicas: 2 }),
    right: oneGroup({ minReplicas: 4, maxReplicas: 4 }),
    says: "workerGroups[0].maxReplicas: is below minReplicas; got 2 < 4; expected maxReplicas ≥ minReplicas. Raise maxReplicas or lower minReplicas.",
  },
  {
    rule: "minimaUnderClusterMaximum",
    wrong: { maxReplicas: 3, workerGroups: [group({ minReplicas: 2 }), group({ groupName: "b", minReplicas: 2 })] },
    right: { maxReplicas: 4, workerGroups: [group({ minReplicas: 2 }), group({ groupName: "b", minReplicas: 2 })] },
    says: "maxReplicas: is below the groups' minReplicas together; got 3 < 4; expected maxReplicas ≥ the sum of minReplicas. Raise maxReplicas or lower minReplicas of the groups.",
  },
  {
    rule: "onDemandBaseWithSpot",
    wrong: oneGroup({ onDemandBaseReplicas: 1 }),
    right: oneGroup({ onDemandBaseReplicas: 1, capacityType: "spot" }),
    says: "workerGroups[0].onDemandBaseReplicas: has no effect without spot; got 1; expected 0 with capacityType: on-demand. Remove it or set capacityType: spot.",
  },
  {
    rule: "onDemandBaseWithSpot",
    wrong: oneGroup({ onDemandBaseReplicas: 5, maxReplicas: 4, capacityType: "spot" }),
    right: oneGroup({ onDemandBaseReplicas: 4, maxReplicas: 4, capacityType: "spot" }),
    says: "workerGroups[0].onDemandBaseReplicas: is above maxReplicas; got 5 > 4; expected onDemandBaseReplicas ≤ maxReplicas. Lower it or raise maxReplicas.",
  },
  {
    rule: "idleTimeoutOverTicks",
    wrong: { idleTimeoutSeconds: 30, agent: { tickSeconds: 20 } },
    right: { idleTimeoutSeconds: 40, agent: { tickSeconds: 20 } },
    says: "idleTimeoutSeconds: is shorter than the agent needs to see a node idle twice; got 30; expected 40 or more with agent.tickSeconds 20. Raise it or lower agent.tickSeconds.",
  },
  {
    rule: "idleTimeoutOverTicks",
    wrong: { ...oneGroup({ idleTimeoutSeconds: 15 }), agent: { tickSeconds: 10 } },
    right: oneGroup({ idleTimeoutSeconds: 15 }),
    says: "workerGroups[0].idleTimeoutSeconds: is shorter than the agent needs to see a node idle twice; got 15; expected 20 or more with agent.tickSeconds 10. Raise it or lower agent.tickSeconds.",
  },
  {
    rule: "budgetCoversMinimum",
    wrong: { ...oneGroup({ minReplicas: 3 }), budget: { maxHourlyUsd: 0.5 } },
    right: { ...oneGroup({ minReplicas: 3 }), budget: { maxHourlyUsd: 0.61 } },
    says: "budget.maxHourlyUsd: is below what the workers cost at minReplicas; got 0.5 < 0.61; expected the cost of the minimum or more, at on-demand list prices. Raise it, or lower minReplicas or the size of the machines.",
  },
  {
    rule: "quotasOnce",
    wrong: { budget: { vcpuQuotas: [quota(640), quota(640, { family: "g" }), quota(320)] } },
    right: { budget: { vcpuQuotas: [quota(640), quota(640, { family: "g" }), quota(320, { market: "spot" })] } },
    says: "budget.vcpuQuotas[2]: is for the same market and family as an earlier one; got on-demand standard; expected one entry for each market and family. Remove one of the two.",
  },
  {
    rule: "quotaCoversMinimum",
    wrong: { ...oneGroup({ minReplicas: 3 }), head: { instanceType: "r5dn.4xlarge" }, budget: { vcpuQuotas: [quota(27)] } },
    right: { ...oneGroup({ minReplicas: 3 }), head: { instanceType: "r5dn.4xlarge" }, budget: { vcpuQuotas: [quota(28)] } },
    says: "budget.vcpuQuotas[0].maxVcpus: is below what the head and the workers at minReplicas use of it; got 27 < 28; expected 28 or more. Ask AWS for a higher quota, or lower minReplicas or the size of the machines.",
  },
  {
    rule: "headType",
    wrong: { head: { instanceType: "r5dn.4xlrage" } },
    right: { head: { instanceType: "r5dn.4xlarge" } },
    says: 'head.instanceType: is not a known machine type; got "r5dn.4xlrage"; expected r5dn.4xlarge. Write r5dn.4xlarge.',
  },
  {
    rule: "headType",
    wrong: { head: { instanceType: "r8g.2xlarge" } },
    right: { head: { instanceType: "r8i.2xlarge" } },
    says: 'head.instanceType: is of an architecture that the runtime is not built for; got "r8g.2xlarge" (arm64); expected an x86_64 type. Choose a type with an Intel or AMD processor.',
  },
  {
    rule: "headMemory",
    wrong: { head: { instanceType: "c7i.large" } },
    right: { head: { instanceType: "m7i.large" } },
    says: 'head.instanceType: has too little memory for a head; got "c7i.large" with 4 GiB; expected 8 GiB or more. Choose a larger type; the r5dn class is made for it.',
  },
  {
    rule: "headOnDemand",
    wrong: { head: { capacityType: "spot" } },
    right: { head: { capacityType: "on-demand" } },
    says: 'head.capacityType: would let the cloud take the head away, and the cluster\'s state with it; got "spot"; expected on-demand. Remove it; workers may be spot.',
  },
  {
    rule: "typesOrNeeds",
    wrong: { workerGroups: [{ groupName: "cpu", maxReplicas: 1 }] },
    right: oneGroup(),
    says: "workerGroups[0]: does not say in one way which machines to use; got neither instanceTypes nor needs; expected exactly one of the two. Add needs, or instanceTypes.",
  },
  {
    rule: "typesOrNeeds",
    wrong: oneGroup({ needs: { cpu: 4 } }),
    right: { workerGroups: [{ groupName: "cpu", needs: { cpu: 4 }, maxReplicas: 1 }] },
    says: "workerGroups[0]: does not say in one way which machines to use; got instanceTypes and needs; expected exactly one of the two. Remove one of them.",
  },
  {
    rule: "groupTypes",
    wrong: oneGroup({ instanceTypes: ["m7i.xlarge", "m7i.4xlrage"] }),
    right: oneGroup({ instanceTypes: ["m7i.xlarge", "m7i.4xlarge"] }),
    says: 'workerGroups[0].instanceTypes[1]: is not a known machine type; got "m7i.4xlrage"; expected m7i.4xlarge. Write m7i.4xlarge.',
  },
  {
    rule: "groupTypes",
    wrong: oneGroup({ instanceTypes: ["m7i.xlarge", "m7g.xlarge"] }),
    right: oneGroup({ instanceTypes: ["m7i.xlarge", "m7a.xlarge"] }),
    says: 'workerGroups[0].instanceTypes[1]: is of an architecture that the runtime is not built for; got "m7g.xlarge" (arm64); expected an x86_64 type. Choose a type with an Intel or AMD processor.',
  },
  {
    rule: "groupTypes",
    wrong: oneGroup({ instanceTypes: ["n1-standard-64-highmem"] }),
    right: oneGroup(),
    says: 'workerGroups[0].instanceTypes[0]: is not a known machine type; got "n1-standard-64-highmem"; expected the name of an EC2 instance type, such as m7i.4xlarge. Choose a type that EC2 has.',
  },
  {
    rule: "typesOnce",
    wrong: oneGroup({ instanceTypes: ["m7i.xlarge", "m7i.xlarge"] }),
    right: oneGroup({ instanceTypes: ["m7i.xlarge", "m6a.xlarge"] }),
    says: 'workerGroups[0].instanceTypes[1]: stands there twice; got "m7i.xlarge"; expected each type once. Remove one of the two.',
  },
  {
    rule: "gpusForAllOrNone",
    wrong: oneGroup({ instanceTypes: ["g6.xlarge", "m7i.xlarge"] }),
    right: oneGroup({ instanceTypes: ["g6.xlarge", "g5.xlarge"] }),
    says: "workerGroups[0].instanceTypes: mixes types with and without GPUs; got g6.xlarge (1), m7i.xlarge (0); expected GPUs in all of them or in none. Make two worker groups.",
  },
  {
    rule: "needsCanBeMet",
    wrong: needing({}),
    right: needing({ cpu: 1 }),
    says: "workerGroups[0].needs: asks for nothing; got {}; expected cpu, memoryGiB or gpu. Say what a node must have.",
  },
  {
    rule: "needsCanBeMet",
    wrong: needing({ gpu: { type: "L4", count: 8 }, cpu: 400 }),
    right: needing({ gpu: { type: "L4", count: 8 }, cpu: 192 }),
    says: 'workerGroups[0].needs: is met by no current x86_64 machine type; got {"cpu":400,"gpu":{"type":"L4","count":8}}; expected what one machine has; g6.48xlarge comes nearest and has CPU 192 of 400. Ask for less, or name a machine type under instanceTypes.',
  },
  {
    rule: "needsCanBeMet",
    wrong: needing({ gpu: { type: "H10" } }),
    right: needing({ gpu: { type: "H100", count: 8 } }),
    says: 'workerGroups[0].needs.gpu.type: is not a GPU of any current machine type; got "H10"; expected one of A100, B200, B300, H100, H200, L4, L40S, RTX-PRO-4500, RTX-PRO-6000, T4, V100. Write H100.',
  },
  {
    rule: "needsCanBeMet",
    wrong: needing({ gpu: { type: "A10G" } }),
    right: oneGroup({ instanceTypes: ["g5.xlarge"] }),
    says: 'workerGroups[0].needs.gpu.type: is not a GPU of any current machine type; got "A10G"; expected one of A100, B200, B300, H100, H200, L4, L40S, RTX-PRO-4500, RTX-PRO-6000, T4, V100. To use a previous generation name it: instanceTypes: [g5.xlarge, g5.2xlarge, g5.4xlarge].',
  },
  {
    rule: "objectStoreFits",
    wrong: { head: { instanceType: "r5dn.large", objectStoreMemoryGiB: 13 } },
    right: { head: { instanceType: "r5dn.large", objectStoreMemoryGiB: 12 } },
    says: "head.objectStoreMemoryGiB: leaves too little memory for Ray and its tasks; got 13 on r5dn.large with 16 GiB; expected 12.8 or less. Lower it or choose a machine with more memory.",
  },
  {
    rule: "objectStoreFits",
    wrong: oneGroup({ instanceTypes: ["m7i.2xlarge", "m7i.xlarge"], objectStoreMemoryGiB: 16 }),
    right: oneGroup({ instanceTypes: ["m7i.2xlarge"], objectStoreMemoryGiB: 16 }),
    says: "workerGroups[0].objectStoreMemoryGiB: leaves too little memory for Ray and its tasks; got 16 on m7i.xlarge with 16 GiB; expected 12.8 or less. Lower it or choose a machine with more memory.",
  },
  {
    rule: "gpuImageFits",
    wrong: oneGroup({ instanceTypes: ["g6.xlarge"], rootDiskGiB: 99 }),
    right: oneGroup({ instanceTypes: ["g6.xlarge"], rootDiskGiB: 100 }),
    says: "workerGroups[0].rootDiskGiB: may be smaller than the default image for machines with a GPU; got 99; expected 100 or more, or an image of your own. Raise it, or remove it for the default of 150.",
  },
  {
    rule: "gpuImageFits",
    wrong: oneGroup({ instanceTypes: ["g6.xlarge"], rootDiskGiB: 20 }),
    right: oneGroup({ instanceTypes: ["g6.xlarge"], rootDiskGiB: 20, amiId: "ami-0abc" }),
    says: "workerGroups[0].rootDiskGiB: may be smaller than the default image for machines with a GPU; got 20; expected 100 or more, or an image of your own. Raise it, or remove it for the default of 150.",
  },
  {
    rule: "canonicalBlocks",
    wrong: { network: { cidr: "10.80.0.1/16" } },
    right: { network: { cidr: "10.80.0.0/16" } },
    says: 'network.cidr: does not begin at the block\'s first address; got "10.80.0.1/16"; expected 10.80.0.0/16. Write 10.80.0.0/16.',
  },
  {
    rule: "canonicalBlocks",
    wrong: { access: { users: ["203.0.113.5/24"] } },
    right: { access: { users: ["203.0.113.5/32"] } },
    says: 'access.users[0]: does not begin at the block\'s first address; got "203.0.113.5/24"; expected 203.0.113.0/24. Write 203.0.113.0/24, or 203.0.113.5/32 for that address alone.',
  },
  {
    rule: "blockSize",
    wrong: { network: { cidr: "10.0.0.0/15" } },
    right: { network: { cidr: "10.0.0.0/16" } },
    says: 'network.cidr: is larger than a VPC may be; got "10.0.0.0/15"; expected a block from /16 to /24. Write /16 or a larger number.',
  },
  {
    rule: "blockSize",
    wrong: { network: { cidr: "10.0.0.0/25" } },
    right: { network: { cidr: "10.0.0.0/24" } },
    says: 'network.cidr: is too small to divide into subnets; got "10.0.0.0/25"; expected a block from /16 to /24. Write /24 or a smaller number.',
  },
  {
    rule: "privateBlock",
    wrong: { network: { cidr: "8.8.0.0/16" } },
    right: { network: { cidr: "172.31.0.0/16" } },
    says: 'network.cidr: is not a private network; got "8.8.0.0/16"; expected a block inside 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10. Choose a private block that no network you connect to uses.',
  },
  {
    rule: "blockHasRoom",
    wrong: { ...oneGroup({ maxReplicas: 54 }), network: { cidr: "10.0.0.0/24" } },
    right: { ...oneGroup({ maxReplicas: 53 }), network: { cidr: "10.0.0.0/24" } },
    says: 'network.cidr: has too few addresses for the head and all workers; got "10.0.0.0/24" with room for 54 machines in 2 zones; expected room for 55. Take a larger block or more zones, or lower maxReplicas.',
  },
  {
    rule: "blockHasRoom",
    wrong: { ...oneGroup({ maxReplicas: 20 }), network: { cidr: "10.0.0.0/24", zones: 1, nat: "none" }, ray: { install: "image" } },
    right: {
      ...oneGroup({ maxReplicas: 20 }),
      maxReplicas: 18,
      network: { cidr: "10.0.0.0/24", zones: 1, nat: "none" },
      ray: { install: "image" },
    },
    says: 'network.cidr: has too few addresses for the head and all workers; got "10.0.0.0/24" with room for 19 machines in 1 zone; expected room for 21. Take a larger block or more zones, or lower maxReplicas.',
  },
  {
    rule: "existingNetworkAlone",
    wrong: { network: { existing: existing(), cidr: "10.80.0.0/16" } },
    right: { network: { existing: existing() } },
    says: 'network.cidr: has no effect beside network.existing; got "10.80.0.0/16"; expected either an existing network or one to be made. Remove network.cidr or network.existing.',
  },
  {
    rule: "existingStorageAlone",
    wrong: { gcsFaultTolerance: { ...storage().gcsFaultTolerance, replicas: 2 } },
    right: storage(),
    says: "gcsFaultTolerance.replicas: has no effect beside gcsFaultTolerance.existing; got 2; expected either an existing store or one to be made. Remove gcsFaultTolerance.replicas or gcsFaultTolerance.existing.",
  },
  {
    rule: "redisPortExists",
    wrong: storage({ redisAddress: "redis://10.2.0.4:65536" }),
    right: storage({ redisAddress: "redis://10.2.0.4:65535" }),
    says: 'gcsFaultTolerance.existing.redisAddress: has a port that does not exist; got "redis://10.2.0.4:65536"; expected a port from 1 to 65535. Write the port at which the store takes connections, usually 6379.',
  },
  {
    rule: "redisUserHasPassword",
    wrong: storage({ redisUsername: "ray" }),
    right: storage({ redisUsername: "ray", redisPasswordSecretArn: secretArn }),
    says: 'gcsFaultTolerance.existing.redisUsername: has no password beside it; got "ray"; expected redisPasswordSecretArn with it, or neither. Name the secret with the user\'s password, or remove the user.',
  },
  {
    rule: "storageBlockCanonical",
    wrong: storage({ cidr: "10.2.0.4/24" }),
    right: storage({ cidr: "10.2.0.4/32" }),
    says: 'gcsFaultTolerance.existing.cidr: does not begin at the block\'s first address; got "10.2.0.4/24"; expected 10.2.0.0/24. Write 10.2.0.0/24, or 10.2.0.4/32 for that address alone.',
  },
  {
    rule: "storageEgressOnce",
    wrong: { ...storage(), access: { egress: [{ ...database, cidr: "10.2.0.0/24", fromPort: 6379, toPort: 6379 }] } },
    right: { ...storage(), access: { egress: [{ ...database, cidr: "10.2.0.0/24", fromPort: 6379, toPort: 6380 }] } },
    says: 'access.egress[0]: is permitted already for the head by gcsFaultTolerance.existing; got "tcp 6379 to 10.2.0.0/24"; expected each permission once. Remove it; workers have no business with Ray\'s control store.',
  },
  {
    rule: "wheelNeedsWayOut",
    wrong: { network: { nat: "none" } },
    right: { network: { nat: "none" }, ray: { install: "image" } },
    says: 'network.nat: leaves machines no way to a package index, from which they install Ray; got "none"; expected single or per-zone with ray.install: wheel. Set ray.install: image and name images that have Ray, or set network.nat: single.',
  },
  {
    rule: "wheelNeedsWayOut",
    wrong: { network: { nat: "none", interfaceEndpoints: true } },
    right: { network: { nat: "none" }, environment: { PIP_FIND_LINKS: "https://wheels.s3.us-east-1.amazonaws.com/index.html" } },
    says: 'network.nat: leaves machines no way to a package index, from which they install Ray; got "none"; expected single or per-zone with ray.install: wheel. Set ray.install: image and name images that have Ray, or set network.nat: single.',
  },
  {
    rule: "subnetsOnce",
    wrong: { network: { existing: existing({ privateSubnetIds: ["subnet-1", "subnet-1"] }) } },
    right: { network: { existing: existing({ privateSubnetIds: ["subnet-1", "subnet-2"] }) } },
    says: 'network.existing.privateSubnetIds[1]: stands there twice; got "subnet-1"; expected each subnet once. Remove one of the two.',
  },
  {
    rule: "publicUsersSaidTwice",
    wrong: { access: { users: ["0.0.0.0/0"] } },
    right: { access: { users: ["0.0.0.0/0"], allowPublicUsers: true } },
    says: 'access.users[0]: opens the dashboard and the job API to the internet; got "0.0.0.0/0"; expected blocks of /8 or smaller, unless allowPublicUsers is true. Name your own networks, or set access.allowPublicUsers: true if you mean it.',
  },
  {
    rule: "publicUsersSaidTwice",
    wrong: { access: { users: ["128.0.0.0/1"] } },
    right: { access: { users: ["10.0.0.0/8"] } },
    says: 'access.users[0]: opens the dashboard and the job API to the internet; got "128.0.0.0/1"; expected blocks of /8 or smaller, unless allowPublicUsers is true. Name your own networks, or set access.allowPublicUsers: true if you mean it.',
  },
  {
    rule: "noPublicScrapers",
    wrong: { access: { scrapers: ["0.0.0.0/0"], allowPublicUsers: true } },
    right: { access: { scrapers: ["10.0.0.0/8"] } },
    says: 'access.scrapers[0]: opens the metrics ports to the internet; got "0.0.0.0/0"; expected blocks of /8 or smaller. Name the networks of your Prometheus servers.',
  },
  {
    rule: "accessWithoutOverlap",
    wrong: { access: { users: ["203.0.113.0/24", "203.0.113.0/24"] } },
    right: { access: { users: ["203.0.113.0/24", "203.0.114.0/24"] } },
    says: 'access.users[1]: overlaps another network of the list; got "203.0.113.0/24", which is in "203.0.113.0/24"; expected networks without a common address. Remove 203.0.113.0/24.',
  },
  {
    rule: "accessWithoutOverlap",
    wrong: { access: { scrapers: ["10.1.1.0/24", "10.1.0.0/16"] } },
    right: { access: { users: ["10.1.1.0/24"], scrapers: ["10.1.0.0/16"] } },
    says: 'access.scrapers[0]: overlaps another network of the list; got "10.1.1.0/24", which is in "10.1.0.0/16"; expected networks without a common address. Remove 10.1.1.0/24.',
  },
  {
    rule: "startParamsFree",
    wrong: { head: { rayStartParams: { "num-cpus": "4" } } },
    right: { head: { rayStartParams: { "system-reserved-cpu": "1" } } },
    says: 'head.rayStartParams.num-cpus: is set by rayfleet; got "4"; expected a parameter of `ray start` that rayfleet leaves to you. Remove it.',
  },
  {
    rule: "startParamsFree",
    wrong: oneGroup({ rayStartParams: { "num-cpus": "4" } }),
    right: oneGroup({ resources: { CPU: 4 } }),
    says: 'workerGroups[0].rayStartParams.num-cpus: is set by rayfleet; got "4"; expected a parameter of `ray start` that rayfleet leaves to you. Remove it; resources says the same.',
  },
  {
    rule: "startParamsFree",
    wrong: oneGroup({ rayStartParams: { "temp-dir": "/data" } }),
    right: oneGroup({ rayStartParams: { "logging-level": "debug" } }),
    says: 'workerGroups[0].rayStartParams.temp-dir: is set by rayfleet; got "/data"; expected a parameter of `ray start` that rayfleet leaves to you. Remove it.',
  },
  {
    rule: "egressPortsInOrder",
    wrong: { access: { egress: [{ ...database, toPort: 5431 }] } },
    right: { access: { egress: [{ ...database, toPort: 5440 }] } },
    says: "access.egress[0].toPort: is below fromPort; got 5431 < 5432; expected toPort ≥ fromPort. Swap the two; write the same number twice for one port.",
  },
  {
    rule: "egressOnce",
    wrong: { access: { egress: [database, { ...database, protocol: "tcp", description: "Again" }] } },
    right: { access: { egress: [database, { ...database, protocol: "udp" }] } },
    says: 'access.egress[1]: is permitted already; got "tcp 5432-5432 to 10.1.2.0/24"; expected each permission once; HTTPS is open where there is a way out. Remove it.',
  },
  {
    rule: "egressOnce",
    wrong: { access: { egress: [{ ...database, cidr: "0.0.0.0/0", fromPort: 443, toPort: 443 }] } },
    right: {
      access: { egress: [{ ...database, cidr: "0.0.0.0/0", fromPort: 443, toPort: 443 }] },
      network: { nat: "none" },
      ray: { install: "image" },
    },
    says: 'access.egress[0]: is permitted already; got "tcp 443-443 to 0.0.0.0/0"; expected each permission once; HTTPS is open where there is a way out. Remove it.',
  },
  {
    rule: "canonicalBlocks",
    wrong: { access: { egress: [{ ...database, cidr: "10.1.2.7/24" }] } },
    right: { access: { egress: [{ ...database, cidr: "10.1.2.7/32" }] } },
    says: 'access.egress[0].cidr: does not begin at the block\'s first address; got "10.1.2.7/24"; expected 10.1.2.0/24. Write 10.1.2.0/24, or 10.1.2.7/32 for that address alone.',
  },
  {
    rule: "environmentFree",
    wrong: { environment: { RAY_AUTH_TOKEN: "x" } },
    right: { environment: { RAY_AUTHOR: "x" } },
    says: "environment.RAY_AUTH_TOKEN: is set by rayfleet; got RAY_AUTH_TOKEN; expected a name that rayfleet leaves to you. Remove it.",
  },
  {
    rule: "environmentFree",
    wrong: { head: { environment: { RAYFLEET_BUCKET: "b" } } },
    right: { head: { environment: { FLEET_BUCKET: "b" } } },
    says: "head.environment.RAYFLEET_BUCKET: is set by rayfleet; got RAYFLEET_BUCKET; expected a name that rayfleet leaves to you. Remove it.",
  },
  {
    rule: "environmentFree",
    wrong: oneGroup({ environment: { RAY_CLOUD_INSTANCE_ID: "i" } }),
    right: oneGroup({ environment: { RAY_CLOUD_INSTANCE_ID_2: "i" } }),
    says: "workerGroups[0].environment.RAY_CLOUD_INSTANCE_ID: is set by rayfleet; got RAY_CLOUD_INSTANCE_ID; expected a name that rayfleet leaves to you. Remove it.",
  },
  {
    rule: "environmentWithoutCredentials",
    wrong: { environment: { AWS_SECRET_ACCESS_KEY: "secret" } },
    right: { environment: { AWS_DEFAULT_REGION: "eu-central-1" } },
    says: "environment.AWS_SECRET_ACCESS_KEY: would hand a key of an AWS account to every machine and every reader of the stack file; got AWS_SECRET_ACCESS_KEY; expected no credentials of AWS. Remove it; name the machines' role in the policy of what they may use.",
  },
  {
    rule: "environmentWithoutCredentials",
    wrong: { head: { environment: { AWS_ACCESS_KEY_ID: "key" } } },
    right: { head: { environment: { AWS_PROFILE: "data" } } },
    says: "head.environment.AWS_ACCESS_KEY_ID: would hand a key of an AWS account to every machine and every reader of the stack file; got AWS_ACCESS_KEY_ID; expected no credentials of AWS. Remove it; name the machines' role in the policy of what they may use.",
  },
  {
    rule: "environmentWithoutCredentials",
    wrong: oneGroup({ environment: { aws_session_token: "token" } }),
    right: oneGroup({ environment: { AWS_SESSION_TOKENS: "2" } }),
    says: "workerGroups[0].environment.aws_session_token: would hand a key of an AWS account to every machine and every reader of the stack file; got aws_session_token; expected no credentials of AWS. Remove it; name the machines' role in the policy of what they may use.",
  },
  {
    rule: "labelsFree",
    wrong: oneGroup({ labels: { "ray.io/zone": "a" } }),
    right: oneGroup({ labels: { "example.com/zone": "a" } }),
    says: 'workerGroups[0].labels["ray.io/zone"]: is set by Ray itself; got "a"; expected a name that does not begin with ray.io/. Remove it or rename it.',
  },
  {
    rule: "labelsFree",
    wrong: oneGroup({ labels: { "my tier": "gold" } }),
    right: oneGroup({ labels: { "my.tier": "gold" } }),
    says: 'workerGroups[0].labels["my tier"]: is not a usable label name; got "my tier"; expected up to 63 letters, digits and `- _ .`, with letters or digits at both ends. Rename it.',
  },
  {
    rule: "labelsFree",
    wrong: oneGroup({ labels: { tier: "pure gold" } }),
    right: oneGroup({ labels: { tier: "" } }),
    says: 'workerGroups[0].labels.tier: is not a usable label value; got "pure gold"; expected up to 63 letters, digits and `- _ .`, with letters or digits at both ends. Write it in that form.',
  },
  {
    rule: "resourcesFree",
    wrong: oneGroup({ resources: { memory: 1 } }),
    right: oneGroup({ resources: { CPU: 2, licence: 1 } }),
    says: "workerGroups[0].resources.memory: is counted by Ray itself; got 1; expected CPU, GPU or a name of your own. Choose machines with more or less memory.",
  },
  {
    rule: "resourcesFree",
    wrong: oneGroup({ resources: { "node:10.0.0.1": 1 } }),
    right: oneGroup({ resources: { node: 1 } }),
    says: 'workerGroups[0].resources["node:10.0.0.1"]: is counted by Ray itself; got 1; expected CPU, GPU or a name of your own. Rename it.',
  },
  {
    rule: "resourcesFree",
    wrong: oneGroup({ resources: { licence: 200e12 } }),
    right: oneGroup({ resources: { licence: 100e12 } }),
    says: "workerGroups[0].resources.licence: is more than Ray can count; got 200000000000000; expected 100000000000000 or less. Lower it.",
  },
  {
    rule: "tagsFree",
    wrong: { tags: { "aws:owner": "me" } },
    right: { tags: { "owner:aws": "me" } },
    says: 'tags["aws:owner"]: is a reserved tag; got "me"; expected a name that does not begin with aws: or rayfleet: and is not Name. Rename it.',
  },
  {
    rule: "tagsFree",
    wrong: { tags: { "cost/centre": "7" } },
    right: { tags: { "cost-centre": "7/8" } },
    says: 'tags["cost/centre"]: is not a usable tag name; got "cost/centre"; expected up to 128 letters a to z, digits and `+ - = . , _ : @`. Rename it.',
  },
  {
    rule: "tagsFree",
    wrong: { tags: { équipe: "a" } },
    right: { tags: { equipe: "données" } },
    says: 'tags["équipe"]: is not a usable tag name; got "équipe"; expected up to 128 letters a to z, digits and `+ - = . , _ : @`. Rename it.',
  },
  {
    rule: "tagsFree",
    wrong: { tags: { owner: "me; you" } },
    right: { tags: { owner: "me and you" } },
    says: 'tags.owner: is not a usable tag value; got "me; you"; expected up to 256 letters, digits, spaces and `+ - = . , _ : @ /`. Write it in that form.',
  },
  {
    rule: "tagsFree",
    wrong: { tags: Object.fromEntries(Array.from({ length: 41 }, (_, index) => [`k${index}`, "v"])) },
    right: { tags: Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`k${index}`, "v"])) },
    says: "tags: has too many entries; got 41; expected 40 or fewer. Remove some.",
  },
  {
    rule: "cronReadable",
    wrong: scheduled({ cron: "0 25 * * *" }),
    right: scheduled({ cron: "0 23 * * sun" }),
    says: 'schedules[0].cron: is outside 0 to 23 in its hour at "25"; got "0 25 * * *"; expected minute, hour, day of month, month and day of week, such as 0 8 * * mon-fri. Write it in that form.',
  },
  {
    rule: "timeZoneKnown",
    wrong: scheduled({ timeZone: "Europe/Berln" }),
    right: scheduled({ timeZone: "Europe/Berlin" }),
    says: 'schedules[0].timeZone: is not a known time zone; got "Europe/Berln"; expected Europe/Berlin. Write Europe/Berlin.',
  },
  {
    rule: "timeZoneKnown",
    wrong: scheduled({ timeZone: "+02:00" }),
    right: scheduled({ timeZone: "Etc/GMT-2" }),
    says: 'schedules[0].timeZone: is not a known time zone; got "+02:00"; expected an IANA name such as Europe/Berlin, or UTC. Write such a name.',
  },
  {
    rule: "scheduledGroupKnown",
    wrong: scheduled({ groupName: "cpus" }),
    right: scheduled({ groupName: "cpu" }),
    says: 'schedules[0].groupName: is not the name of a worker group; got "cpus"; expected cpu. Write cpu.',
  },
  {
    rule: "scheduleSetsSomething",
    wrong: { schedules: [{ cron: "0 8 * * *", groupName: "cpu" }] },
    right: { schedules: [{ cron: "0 8 * * *", groupName: "cpu", idleTimeoutSeconds: 60 }] },
    says: "schedules[0]: changes nothing; got none of them; expected minReplicas, maxReplicas or idleTimeoutSeconds. Add one of them or remove the schedule.",
  },
  {
    rule: "scheduledMinimumUnderMaximum",
    wrong: scheduled({ minReplicas: 3, maxReplicas: 2 }),
    right: scheduled({ minReplicas: 3, maxReplicas: 3 }),
    says: "schedules[0].maxReplicas: is below minReplicas; got 2 < 3; expected maxReplicas ≥ minReplicas. Raise maxReplicas or lower minReplicas.",
  },
  {
    rule: "scheduledUnderGroupMaximum",
    wrong: scheduled({ minReplicas: 5 }),
    right: scheduled({ minReplicas: 4 }),
    says: "schedules[0].minReplicas: is above the maxReplicas of its worker group; got 5 > 4; expected 4 or less. Lower it or raise the group's maxReplicas.",
  },
  {
    rule: "scheduledUnderGroupMaximum",
    wrong: scheduled({ maxReplicas: 5 }),
    right: scheduled({ maxReplicas: 1 }),
    says: "schedules[0].maxReplicas: is above the maxReplicas of its worker group; got 5 > 4; expected 4 or less. Lower it or raise the group's maxReplicas.",
  },
  {
    rule: "scheduledUnderClusterMaximum",
    wrong: { ...scheduled({ minReplicas: 4 }), maxReplicas: 3 },
    right: { ...scheduled({ minReplicas: 3 }), maxReplicas: 3 },
    says: "schedules[0].minReplicas: is above the cluster's maxReplicas; got 4 > 3; expected 3 or less. Lower it or raise the cluster's maxReplicas.",
  },
  {
    rule: "scheduledTimeoutOverTicks",
    wrong: { ...scheduled({ idleTimeoutSeconds: 15 }), agent: { tickSeconds: 10 } },
    right: { ...scheduled({ idleTimeoutSeconds: 20 }), agent: { tickSeconds: 10 } },
    says: "schedules[0].idleTimeoutSeconds: is shorter than the agent needs to see a node idle twice; got 15; expected 20 or more with agent.tickSeconds 10. Raise it or lower agent.tickSeconds.",
  },
];

function problemsOf(overrides: Partial<ClusterSpecInput>): readonly string[] {
  const parsed = parseClusterSpec({ platform: "aws", ...oneGroup(), ...overrides }, { stackName: "demo" });
  return "problems" in parsed ? parsed.problems.map(formatSpecProblem) : [];
}

describe("specRules", () => {
  it.each(cases)("$rule refuses $wrong and says why", ({ wrong, says }) => {
    expect(problemsOf(wrong)).toEqual([says]);
  });

  it.each(cases)("$rule accepts $right", ({ right }) => {
    expect(problemsOf(right)).toEqual([]);
  });

  it("has a wrong and a right case for every rule", () => {
    expect(new Set(cases.map(({ rule }) => rule))).toEqual(new Set(Object.keys(specRules)));
  });
});
