import { canonicalCidr, cidrSize, cidrsOverlap, formatCidr, parseCidr } from "./cidr";
import { hasInterfaceEndpoints, interfaceEndpointServices } from "./cost";
import { quoteValue, type SpecPath } from "./specProblem";
import type { ClusterDraft, RuleProblem, SpecRule } from "./specRule";
import { valueAt } from "./specShape";
import { planSubnets, reservedAddressesPerSubnet } from "./subnets";

interface PlacedCidr {
  readonly path: SpecPath;
  readonly cidr: string;
}

function listed(key: "users" | "scrapers", { spec }: ClusterDraft): readonly PlacedCidr[] {
  return spec.access[key].map((cidr, index) => ({ path: ["access", key, index], cidr }));
}

/** A block has to be written from its first address: AWS refuses or silently changes anything else. */
const canonicalBlocks: SpecRule = (draft) => {
  const { network } = draft.spec;
  const blocks: readonly PlacedCidr[] = [
    { path: ["network", "cidr"], cidr: network.cidr },
    ...listed("users", draft),
    ...listed("scrapers", draft),
    ...draft.spec.access.egress.map(({ cidr }, index) => ({ path: ["access", "egress", index, "cidr"], cidr })),
  ];
  return blocks.flatMap(({ path, cidr }) => {
    const canonical = canonicalCidr(cidr);
    const address = cidr.split("/")[0];
    return canonical === cidr
      ? []
      : [
          {
            path,
            problem: "does not begin at the block's first address",
            got: quoteValue(cidr),
            expected: canonical,
            fix: path[0] === "access" ? `Write ${canonical}, or ${address}/32 for that address alone.` : `Write ${canonical}.`,
          },
        ];
  });
};

const largestBlock = 16;
const smallestBlock = 24;

const blockSize: SpecRule = ({ spec }) => {
  const { prefix } = parseCidr(spec.network.cidr);
  return prefix >= largestBlock && prefix <= smallestBlock
    ? []
    : [
        {
          path: ["network", "cidr"],
          problem: prefix < largestBlock ? "is larger than a VPC may be" : "is too small to divide into subnets",
          got: quoteValue(spec.network.cidr),
          expected: `a block from /${largestBlock} to /${smallestBlock}`,
          fix: prefix < largestBlock ? `Write /${largestBlock} or a larger number.` : `Write /${smallestBlock} or a smaller number.`,
        },
      ];
};

/** RFC 1918 and the shared space of RFC 6598. */
const privateBlocks = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"].map(parseCidr);

/** In a public block the nodes could not reach the real owners of their addresses. */
const privateBlock: SpecRule = ({ spec }) =>
  privateBlocks.some((block) => cidrsOverlap(block, parseCidr(spec.network.cidr)))
    ? []
    : [
        {
          path: ["network", "cidr"],
          problem: "is not a private network",
          got: quoteValue(spec.network.cidr),
          expected: `a block inside ${privateBlocks.map(formatCidr).join(", ")}`,
          fix: "Choose a private block that no network you connect to uses.",
        },
      ];

/** Room for the head, every worker at once and the endpoints, in the zones together. */
const blockHasRoom: SpecRule = ({ spec }) => {
  const { network } = spec;
  const { prefix } = parseCidr(network.cidr);
  if (network.existing !== undefined || prefix < largestBlock || prefix > smallestBlock) {
    return [];
  }
  const endpoints = hasInterfaceEndpoints(network) ? interfaceEndpointServices.length : 0;
  const subnets = planSubnets({ cidr: network.cidr, zones: network.zones });
  const room = subnets.reduce((sum, { privateCidr }) => sum + cidrSize(parseCidr(privateCidr)) - reservedAddressesPerSubnet - endpoints, 0);
  const groupsTogether = spec.workerGroups.reduce((sum, group) => sum + group.maxReplicas, 0);
  const needed = 1 + Math.min(groupsTogether, spec.maxReplicas ?? groupsTogether);
  return room >= needed
    ? []
    : [
        {
          path: ["network", "cidr"],
          involves: [["network", "zones"], ["network", "nat"], ["network", "interfaceEndpoints"], ["network", "existing"], ["maxReplicas"]],
          problem: "has too few addresses for the head and all workers",
          got: `${quoteValue(network.cidr)} with room for ${Math.max(0, room)} machines in ${network.zones} zone${network.zones === 1 ? "" : "s"}`,
          expected: `room for ${needed}`,
          fix: "Take a larger block or more zones, or lower maxReplicas.",
        },
      ];
};

/** Keys that describe the network to be made say nothing about one that is there. */
const existingNetworkAlone: SpecRule = ({ spec, written }) => {
  const network = valueAt(written, ["network"]);
  if (spec.network.existing === undefined || typeof network !== "object" || network === null) {
    return [];
  }
  return Object.entries(network)
    .filter(([key]) => key !== "existing")
    .map(([key, value]) => ({
      path: ["network", key],
      problem: "has no effect beside network.existing",
      got: quoteValue(value),
      expected: "either an existing network or one to be made",
      fix: `Remove network.${key} or network.existing.`,
    }));
};

/** Set-up commands, or pip's own variables, may lead to wheels that lie in S3, which is reached without NAT. */
const wheelNeedsWayOut: SpecRule = ({ spec }) => {
  const { network, ray, environment, setupCommands } = spec;
  const findsWheels = setupCommands.length > 0 || Object.keys(environment).some((name) => name.startsWith("PIP_"));
  return network.existing !== undefined || network.nat !== "none" || ray.install !== "wheel" || findsWheels
    ? []
    : [
        {
          path: ["network", "nat"],
          involves: [["ray", "install"], ["network", "existing"], ["environment"], ["setupCommands"]],
          problem: "leaves machines no way to a package index, from which they install Ray",
          got: quoteValue(network.nat),
          expected: "single or per-zone with ray.install: wheel",
          fix: "Set ray.install: image and name images that have Ray, or set network.nat: single.",
        },
      ];
};

const subnetsOnce: SpecRule = ({ spec }) => {
  const ids = spec.network.existing?.privateSubnetIds ?? [];
  return ids.flatMap((id, index) =>
    ids.indexOf(id) === index
      ? []
      : [
          {
            path: ["network", "existing", "privateSubnetIds", index],
            problem: "stands there twice",
            got: quoteValue(id),
            expected: "each subnet once",
            fix: "Remove one of the two.",
          },
        ],
  );
};

/** A block wider than this is a large part of the internet: `0.0.0.0/1` twice is as open as `0.0.0.0/0`. */
const widestUserBlock = 8;

const publicUsersSaidTwice: SpecRule = (draft) =>
  draft.spec.access.allowPublicUsers
    ? []
    : listed("users", draft)
        .filter(({ cidr }) => parseCidr(cidr).prefix < widestUserBlock)
        .map(({ path, cidr }) => ({
          path,
          involves: [["access", "allowPublicUsers"]],
          problem: "opens the dashboard and the job API to the internet",
          got: quoteValue(cidr),
          expected: `blocks of /${widestUserBlock} or smaller, unless allowPublicUsers is true`,
          fix: "Name your own networks, or set access.allowPublicUsers: true if you mean it.",
        }));

const noPublicScrapers: SpecRule = (draft) =>
  listed("scrapers", draft)
    .filter(({ cidr }) => parseCidr(cidr).prefix < widestUserBlock)
    .map(({ path, cidr }) => ({
      path,
      problem: "opens the metrics ports to the internet",
      got: quoteValue(cidr),
      expected: `blocks of /${widestUserBlock} or smaller`,
      fix: "Name the networks of your Prometheus servers.",
    }));

/** AWS refuses a second rule for the same addresses, and a block inside another one says nothing. */
function overlaps(blocks: readonly PlacedCidr[]): readonly RuleProblem[] {
  return blocks.flatMap(({ path, cidr }, index) => {
    const other = blocks.find((candidate, at) => {
      const [mine, theirs] = [parseCidr(cidr), parseCidr(candidate.cidr)];
      const covers = theirs.prefix < mine.prefix || (canonicalCidr(candidate.cidr) === canonicalCidr(cidr) && at < index);
      return at !== index && covers && cidrsOverlap(mine, theirs);
    });
    return other === undefined
      ? []
      : [
          {
            path,
            involves: [other.path],
            problem: "overlaps another network of the list",
            got: `${quoteValue(cidr)}, which is in ${quoteValue(other.cidr)}`,
            expected: "networks without a common address",
            fix: `Remove ${cidr}.`,
          },
        ];
  });
}

const accessWithoutOverlap: SpecRule = (draft) => [...overlaps(listed("users", draft)), ...overlaps(listed("scrapers", draft))];

/** Rules about addresses and who may reach what. */
export const networkRules: Readonly<Record<string, SpecRule>> = {
  canonicalBlocks,
  blockSize,
  privateBlock,
  blockHasRoom,
  existingNetworkAlone,
  wheelNeedsWayOut,
  subnetsOnce,
  publicUsersSaidTwice,
  noPublicScrapers,
  accessWithoutOverlap,
};
