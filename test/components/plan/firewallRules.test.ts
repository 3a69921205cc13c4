import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FirewallError, type FirewallRule, planFirewall } from "../../../components/plan/firewallRules";
import type { ClusterSpec } from "../../../contract/clusterSpec";
import { buildClusterSpec } from "../../support/clusterSpecBuilder";

const base = buildClusterSpec();

const network = fc
  .tuple(fc.integer({ min: 1, max: 223 }), fc.integer({ min: 0, max: 255 }), fc.integer({ min: 16, max: 28 }))
  .map(([first, second, bits]) => `${first}.${second}.0.0/${bits}`);

const existing = {
  vpcId: "vpc-0123456789abcdef0",
  privateSubnetIds: ["subnet-0123456789abcdef0"],
} satisfies ClusterSpec["network"]["existing"];

const database: ClusterSpec["access"]["egress"][number] = {
  cidr: "10.1.2.0/24",
  fromPort: 5432,
  toPort: 5433,
  protocol: "tcp",
  description: "Databases",
};

const specs: fc.Arbitrary<ClusterSpec> = fc
  .record({
    users: fc.array(network, { maxLength: 4 }),
    scrapers: fc.array(network, { maxLength: 4 }),
    egress: fc.uniqueArray(network, { maxLength: 4 }),
    nat: fc.constantFrom("per-zone", "single", "none") as fc.Arbitrary<ClusterSpec["network"]["nat"]>,
    interfaceEndpoints: fc.boolean(),
    isExisting: fc.boolean(),
  })
  .map(({ users, scrapers, egress, nat, interfaceEndpoints, isExisting }) => ({
    ...base,
    access: { users, scrapers, allowPublicUsers: false, egress: egress.map((cidr) => ({ ...database, cidr })) },
    network: { ...base.network, nat, interfaceEndpoints, ...(isExisting ? { existing } : {}) },
  }));

const inwards = (rules: readonly FirewallRule[]) => rules.filter((rule) => rule.direction === "in");
const outwards = (rules: readonly FirewallRule[]) => rules.filter((rule) => rule.direction === "out");

function withAccess(access: Partial<ClusterSpec["access"]>): ClusterSpec {
  return { ...base, access: { ...base.access, ...access } };
}

/** Rules between machines, as `sender receiver ports`. */
function betweenMachines(rules: readonly FirewallRule[], direction: "in" | "out"): string[] {
  return rules
    .flatMap(({ direction: own, group, peer, firstPort, lastPort }) => {
      if (own !== direction || peer.kind !== "group") {
        return [];
      }
      const [sender, receiver] = direction === "out" ? [group, peer.group] : [peer.group, group];
      return [`${sender} ${receiver} ${firstPort}-${lastPort}`];
    })
    .sort();
}

describe("planFirewall", () => {
  it("lets the head, and nobody else, reach a cache that is made, which reaches nothing", () => {
    const rules = planFirewall(buildClusterSpec({ gcsFaultTolerance: {} })).filter(
      ({ group, peer }) => group === "cache" || (peer.kind === "group" && peer.group === "cache"),
    );
    expect(rules.map(({ name, firstPort, lastPort }) => [name, firstPort, lastPort])).toEqual([
      ["cache-in-gcs-storage-from-head", 6379, 6379],
      ["head-out-gcs-storage-to-cache", 6379, 6379],
    ]);
  });

  it("lets the head out to a store that is there, at its port, and makes no group for it", () => {
    const existingStore = { redisAddress: "rediss://redis.example.com:6380", cidr: "10.2.0.0/24" };
    const without = new Set(planFirewall(base).map(({ name }) => name));
    const added = planFirewall(buildClusterSpec({ gcsFaultTolerance: { existing: existingStore } })).filter(
      ({ name }) => !without.has(name),
    );
    expect(added).toMatchObject([
      { group: "head", direction: "out", peer: { kind: "network", cidr: "10.2.0.0/24" }, protocol: "tcp", firstPort: 6380, lastPort: 6380 },
    ]);
  });

  it("lets nobody outside the cluster in unless the stack file names a network", () => {
    expect(inwards(planFirewall(base)).filter((rule) => rule.peer.kind !== "group")).toEqual([]);
  });

  it("opens dashboard and Ray Client to users, on the head only", () => {
    const rules = inwards(planFirewall(withAccess({ users: ["203.0.113.0/24"] }))).filter((rule) => rule.peer.kind === "network");
    expect(rules.map(({ name, group, firstPort }) => ({ name, group, firstPort }))).toEqual([
      { name: "head-in-dashboard-from-users-203-0-113-0-24", group: "head", firstPort: 8265 },
      { name: "head-in-ray-client-from-users-203-0-113-0-24", group: "head", firstPort: 10001 },
    ]);
  });

  it("opens metrics to scrapers: the node's everywhere, dashboard's and agent's on the head", () => {
    const rules = inwards(planFirewall(withAccess({ scrapers: ["10.1.0.0/16"] }))).filter((rule) => rule.peer.kind === "network");
    expect(rules.map(({ group, firstPort }) => `${group} ${firstPort}`)).toEqual(["head 7006", "worker 7006", "head 44227", "head 44217"]);
  });

  it.each([
    { case: "users", access: { users: ["0.0.0.0/0"] } },
    { case: "scrapers", access: { scrapers: ["0.0.0.0/0"] } },
    { case: "scrapers, though public users are allowed", access: { scrapers: ["0.0.0.0/0"], allowPublicUsers: true } },
  ])("refuses everyone as $case", ({ access }) => {
    expect(() => planFirewall(withAccess(access))).toThrow(FirewallError);
  });

  it("opens to everyone when the stack file says so twice", () => {
    const rules = planFirewall(withAccess({ users: ["0.0.0.0/0"], allowPublicUsers: true }));
    expect(inwards(rules).filter((rule) => rule.peer.kind === "network" && rule.peer.cidr === "0.0.0.0/0")).toHaveLength(2);
  });

  it("lets nothing out but to the cluster, endpoints and object storage when there is no NAT gateway", () => {
    const rules = outwards(planFirewall({ ...base, network: { ...base.network, nat: "none" } }));
    expect(rules.filter((rule) => rule.peer.kind === "network")).toEqual([]);
    expect(rules.filter((rule) => rule.peer.kind === "object-storage").map((rule) => rule.group)).toEqual(["head", "worker"]);
    expect(rules.filter((rule) => rule.peer.kind === "group" && rule.peer.group === "endpoints").map((rule) => rule.firstPort)).toEqual([
      443, 443,
    ]);
  });

  it("lets nothing out to networks but HTTPS and what the stack file names", () => {
    fc.assert(
      fc.property(specs, (spec) => {
        const named = new Set(spec.access.egress.map(({ cidr }) => `${cidr} 5432-5433`));
        for (const { peer, protocol, firstPort, lastPort } of outwards(planFirewall(spec))) {
          const isNamed = peer.kind === "network" && named.has(`${peer.cidr} ${firstPort}-${lastPort}`);
          expect(protocol).toBe("tcp");
          expect(peer.kind !== "network" || isNamed || (firstPort === 443 && lastPort === 443)).toBe(true);
        }
      }),
    );
  });

  it("lets the head and the workers out to what the stack file names, also without a NAT gateway", () => {
    const spec = withAccess({ egress: [{ ...database, protocol: "udp" }] });
    const rules = planFirewall({ ...spec, network: { ...spec.network, nat: "none" } }).filter((rule) => rule.peer.kind === "network");
    const named = { direction: "out", peer: { kind: "network", cidr: "10.1.2.0/24" }, protocol: "udp", firstPort: 5432, lastPort: 5433 };
    expect(rules).toEqual(
      ["head", "worker"].map((group) => ({ ...named, group, name: `${group}-out-udp-5432-5433-to-10-1-2-0-24`, description: "Databases" })),
    );
  });

  it("never names the endpoints' group in a VPC that was there before", () => {
    const rules = planFirewall({ ...base, network: { ...base.network, nat: "none", existing } });
    expect(rules.filter((rule) => rule.group === "endpoints" || rule.peer.kind === "object-storage")).toEqual([]);
  });

  it("never lets in a network that the stack file does not name", () => {
    fc.assert(
      fc.property(specs, (spec) => {
        const named = new Set([...spec.access.users, ...spec.access.scrapers]);
        for (const { peer } of inwards(planFirewall(spec))) {
          expect(peer.kind === "group" || (peer.kind === "network" && named.has(peer.cidr) && peer.cidr !== "0.0.0.0/0")).toBe(true);
        }
      }),
    );
  });

  it("lets each machine send what another may receive, and nothing else", () => {
    fc.assert(
      fc.property(specs, (spec) => {
        const rules = planFirewall(spec);
        expect(betweenMachines(rules, "out")).toEqual(betweenMachines(rules, "in"));
      }),
    );
  });

  it("names every rule once, and describes it in characters that AWS takes", () => {
    fc.assert(
      fc.property(specs, (spec) => {
        const rules = planFirewall(spec);
        expect(new Set(rules.map((rule) => rule.name)).size).toBe(rules.length);
        for (const { description } of rules) {
          expect(description).toMatch(/^[a-zA-Z0-9. _:/()#,@[\]+=&;{}!$*-]{1,255}$/);
        }
      }),
    );
  });

  it("keeps the names of the rules that were there when a network is added", () => {
    fc.assert(
      fc.property(specs, network, (spec, added) => {
        const before = planFirewall(spec).map((rule) => rule.name);
        const after = new Set(
          planFirewall({ ...spec, access: { ...spec.access, users: [...spec.access.users, added] } }).map((rule) => rule.name),
        );
        expect(before.every((name) => after.has(name))).toBe(true);
      }),
    );
  });
});
