import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { z } from "zod";

/** The part of an EC2 `DescribeInstanceTypes` answer that the table needs. */
const instanceTypeSchema = z.object({
  VCpuInfo: z.object({ DefaultVCpus: z.int() }),
  MemoryInfo: z.object({ SizeInMiB: z.int() }),
  ProcessorInfo: z.object({ SupportedArchitectures: z.array(z.string()) }),
  CurrentGeneration: z.boolean(),
  BareMetal: z.boolean(),
  BurstablePerformanceSupported: z.boolean(),
  InstanceStorageInfo: z.object({ TotalSizeInGB: z.int() }).optional(),
  GpuInfo: z
    .object({
      Gpus: z.array(
        z.object({
          Name: z.string(),
          Count: z.int(),
          LogicalGpuCount: z.int().optional(),
          MemoryInfo: z.object({ SizeInMiB: z.int() }),
        }),
      ),
    })
    .optional(),
  InferenceAcceleratorInfo: z.unknown().optional(),
  NeuronInfo: z.unknown().optional(),
  FpgaInfo: z.unknown().optional(),
  MediaAcceleratorInfo: z.unknown().optional(),
});

type InstanceType = z.infer<typeof instanceTypeSchema>;

/** Where EC2's name of a GPU is not the one that Ray gives the node (`ray.util.accelerators`, and Ray's pattern for the others). */
const rayAcceleratorNames: Readonly<Record<string, string>> = {
  T4g: "T4G",
  "RTX PRO 4500": "RTX-PRO-4500",
  "RTX PRO Server 6000": "RTX-PRO-6000",
};

const bytesPerGiB = 2 ** 30;

function architecture(supported: readonly string[]): string {
  return supported.includes("x86_64") ? "x86_64" : (supported[0] ?? "unknown");
}

function row(name: string, type: InstanceType, prices: ReadonlyMap<string, number>): readonly unknown[] {
  const gpu = type.GpuInfo?.Gpus[0];
  const otherAccelerator = [type.InferenceAcceleratorInfo, type.NeuronInfo, type.FpgaInfo, type.MediaAcceleratorInfo].some(
    (info) => info !== undefined,
  );
  return [
    name,
    type.VCpuInfo.DefaultVCpus,
    type.MemoryInfo.SizeInMiB,
    architecture(type.ProcessorInfo.SupportedArchitectures),
    gpu === undefined ? 0 : gpu.Count || (gpu.LogicalGpuCount ?? 0),
    gpu === undefined ? null : (rayAcceleratorNames[gpu.Name] ?? gpu.Name),
    gpu !== undefined && gpu.Count === 0 ? 1 : 0,
    otherAccelerator ? 1 : 0,
    Math.floor(((type.InstanceStorageInfo?.TotalSizeInGB ?? 0) * 1e9) / bytesPerGiB),
    type.CurrentGeneration ? 1 : 0,
    type.BareMetal ? 1 : 0,
    type.BurstablePerformanceSupported ? 1 : 0,
    prices.get(name) ?? null,
  ];
}

const columns = [
  "name",
  "vCpus",
  "memoryMiB",
  "architecture",
  "gpuCount",
  "gpuType",
  "sharedGpu",
  "otherAccelerator",
  "instanceStoreGiB",
  "currentGeneration",
  "bareMetal",
  "burstable",
  "pricePerHourUsd",
];

/** `region,instanceType,usdPerHour`, with a heading. */
function readPrices(path: string, region: string): ReadonlyMap<string, number> {
  const lines = readFileSync(path, "utf8").trim().split("\n").slice(1);
  const cells = lines.map((line) => line.trim().split(","));
  return new Map(cells.filter(([at]) => at === region).map(([, name = "", usd]) => [name, Number(usd)]));
}

/**
 * Makes the text of `components/plan/data/awsMachineTypes.json`.
 *
 * @param instanceTypesPath `moto/ec2/resources/instance_types.json.gz` of an installed moto 5.2.5
 * @param pricesPath on-demand Linux prices, one line per type
 */
export function makeMachineTypes(instanceTypesPath: string, pricesPath: string): string {
  const region = "us-east-1";
  const prices = readPrices(pricesPath, region);
  const raw = z.record(z.string(), instanceTypeSchema).parse(JSON.parse(gunzipSync(readFileSync(instanceTypesPath)).toString("utf8")));
  const rows = Object.entries(raw)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, type]) => `    ${JSON.stringify(row(name, type, prices))}`);
  const head = {
    source: "EC2 DescribeInstanceTypes as recorded in moto 5.2.5 (Apache-2.0), instance_types.json.gz",
    asOf: "spring 2026",
    priceSource: "AWS public price list, on-demand Linux, by way of aws/karpenter-provider-aws (Apache-2.0)",
    pricesAsOf: "2026-07-20",
    priceRegion: region,
    columns,
  };
  return `${JSON.stringify(head, null, 2).slice(0, -2)},\n  "rows": [\n${rows.join(",\n")}\n  ]\n}\n`;
}

if (require.main === module) {
  const [instanceTypesPath, pricesPath] = process.argv.slice(2);
  if (instanceTypesPath === undefined || pricesPath === undefined) {
    process.stderr.write("usage: tsx scripts/makeMachineTypes.ts INSTANCE_TYPES_JSON_GZ PRICES_CSV\n");
    process.exit(2);
  }
  writeFileSync(join(__dirname, "../components/plan/data/awsMachineTypes.json"), makeMachineTypes(instanceTypesPath, pricesPath));
}
