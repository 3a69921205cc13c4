import { readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { SetDesiredCapacityCommand } from "@aws-sdk/client-auto-scaling";
import { GetConsoleOutputCommand, RunInstancesCommand, TerminateInstancesCommand } from "@aws-sdk/client-ec2";
import { AddRoleToInstanceProfileCommand, CreateInstanceProfileCommand, CreateRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeCloud, type RunningCloud, startCloud, stopCloud } from "../../../emulator/cloud/cloud";
import { cloudPaths, readCloudState } from "../../../emulator/cloud/cloudState";
import {
  consoleOf,
  deafen,
  type ExecResult,
  freeze,
  healPartition,
  injectSpotNotice,
  listMachines,
  machineExec,
  partition,
  pullPlug,
  thaw,
  undeafen,
} from "../../../emulator/cloud/machineCommands";
import { API_ADDRESS } from "../../../emulator/cloud/namespaceTree";
import { base64, eventually, instancesOf, makeGroup, makeSubnets, makeTemplate, membersOf, type RunningApi } from "../api/runningApi";
import {
  cloudMissing,
  makeStateDirectory,
  processesWith,
  remainsOf,
  removeStateDirectory,
  skipNote,
  startTestCloud,
  venvDirectory,
} from "./emulatedCloud";

/** Serves its own address over HTTP on the port, at its own loopback too, and says in its console that it was asked to stop. */
const SERVER_SCRIPT = `#!/bin/sh
echo "user data of $(hostname) as $(id -u) with $PATH"
trap 'echo stopping; exit 0' TERM
mkdir -p /tmp/www && hostname >/tmp/www/index.html && cd /tmp/www
/opt/ray/bin/python3 -m http.server 8265 &
wait
`;

describe.skipIf(cloudMissing)(`a running cloud${skipNote(cloudMissing)}`, () => {
  const stateDirectory = makeStateDirectory();
  let cloud: RunningCloud & { readonly api: RunningApi };
  let subnets: string[];
  let taken: Server;

  beforeAll(async () => {
    taken = createServer();
    await new Promise<void>((listening) => taken.listen(18_265, "127.0.0.1", listening));
    const forwards = [{ name: "dashboard", headPort: 8265, preferredLocalPort: 18_265 }];
    const started = await Promise.all([startTestCloud(stateDirectory, { forwards }), startTestCloud(stateDirectory, { forwards })]);
    expect(started[0].pid).toBe(started[1].pid);
    cloud = started[0];
    subnets = await makeSubnets(cloud.api, "us-east-1a", "us-east-1b");
    const iam = new IAMClient(cloud.api.clientSettings);
    await iam.send(new CreateRoleCommand({ RoleName: "worker", AssumeRolePolicyDocument: "{}" }));
    await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName: "worker" }));
    await iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName: "worker", RoleName: "worker" }));
    await makeTemplate(cloud.api, "server", {
      InstanceType: "g5.xlarge",
      UserData: base64(SERVER_SCRIPT),
      IamInstanceProfile: { Name: "worker" },
      MetadataOptions: { HttpTokens: "required", InstanceMetadataTags: "enabled" },
    });
    await makeGroup(cloud.api, {
      AutoScalingGroupName: "servers",
      VPCZoneIdentifier: subnets.join(","),
      LaunchTemplate: { LaunchTemplateName: "server", Version: "$Latest" },
      Tags: [{ Key: "rayfleet:group", Value: "cpu", PropagateAtLaunch: true }],
    });
  });
  afterAll(async () => {
    await stopCloud(stateDirectory);
    taken?.close();
    removeStateDirectory(stateDirectory);
  });

  const exec = (instanceId: string, ...argv: string[]): Promise<ExecResult> =>
    machineExec(stateDirectory, instanceId, { argv, timeoutSeconds: 20 });
  const setDesired = (DesiredCapacity: number) =>
    cloud.api.autoScaling.send(new SetDesiredCapacityCommand({ AutoScalingGroupName: "servers", DesiredCapacity }));
  const running = async (count: number): Promise<string[]> => {
    const machines = await eventually(
      () => listMachines(stateDirectory),
      (seen) => seen.length === count && seen.every((each) => each.running),
      30_000,
    );
    return machines.map((each) => each.instanceId);
  };
  const servers = async (count: number): Promise<string[]> => {
    await setDesired(count);
    const ids = await running(count);
    for (const id of ids)
      await eventually(
        () => exec(id, "curl", "-sf", "http://127.0.0.1:8265/"),
        ({ exitCode }) => exitCode === 0,
        20_000,
      );
    return ids;
  };
  const metadata = (id: string, path: string): Promise<ExecResult> =>
    exec(
      id,
      "sh",
      "-c",
      `t=$(curl -sf -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' http://169.254.169.254/latest/api/token) && ` +
        `curl -sf -H "X-aws-ec2-metadata-token: $t" http://169.254.169.254/latest/${path}`,
    );

  it("leaves a running cloud as it is when it is started again", async () => {
    const { api: _, ...known } = cloud;
    expect(await startCloud({ stateDirectory, venvDirectory })).toEqual(known);
  });

  it("takes the next local port when the preferred one is taken", () => {
    expect(cloud.forwards).toEqual([{ name: "dashboard", headPort: 8265, localPort: expect.any(Number) }]);
    expect(cloud.forwards[0]?.localPort).toBeGreaterThan(18_265);
  });

  it("boots the members of a group with their addresses, and they reach each other", async () => {
    const [first = "", second = ""] = await servers(2);
    const members = await membersOf(cloud.api, "servers");
    const addresses = new Map(members.map((each) => [each.InstanceId, each.PrivateIpAddress]));
    const shown = await exec(
      first,
      "/opt/ray/bin/python3",
      "-c",
      "import socket; s=socket.socket(2,2); s.connect(('8.8.8.8',53)); print(s.getsockname()[0])",
    );
    expect(shown.stdout.trim()).toBe(addresses.get(first));
    const page = await exec(first, "curl", "-sf", "-m", "5", `http://${addresses.get(second)}:8265/`);
    expect(page.stdout.trim()).toBe(`ip-${addresses.get(second)?.replaceAll(".", "-")}`);
  });

  it("runs the user data as root of its own image, with the console kept, which EC2 gives to whoever asks", async () => {
    const [first = ""] = await running(2);
    expect(await consoleOf(stateDirectory, first)).toMatch(/^user data of ip-10-80-\d+-\d+ as 0 with \/usr\/local\/sbin:/);
    const { Output = "" } = await cloud.api.ec2.send(new GetConsoleOutputCommand({ InstanceId: first }));
    expect(Buffer.from(Output, "base64").toString()).toMatch(/^user data of ip-10-80-/);
    const seen = await exec(
      first,
      "sh",
      "-c",
      `cat /etc/rayfleet/hardware.json; ls -d /tmp/www ${stateDirectory} 2>/dev/null; echo $HOME; cat /proc/1/comm; getent hosts $(hostname)`,
    );
    const [hardware = "", files, home, one, host] = seen.stdout.trim().split("\n");
    expect(JSON.parse(hardware)).toEqual({ cpus: 4, memoryBytes: 16 * 2 ** 30, gpus: 1, gpuType: "A10G" });
    // The host's own folder for temporary files, where this test keeps its state, is not the machine's.
    expect([files, home, one]).toEqual(["/tmp/www", "/root", "python3"]);
    expect(host).toMatch(/^10\.80\./);
    const version = await exec(first, "/opt/rayfleet/runtime/node", "--version");
    expect(version.stdout).toMatch(/^v24\./);
  });

  it("keeps what a machine writes from the host", async () => {
    const [first = ""] = await running(2);
    const marker = `/usr/local/rayfleet-test-${process.pid}`;
    expect(await exec(first, "sh", "-c", `touch ${marker} /etc/rayfleet-test /opt/rayfleet-test && ls ${marker}`)).toMatchObject({
      exitCode: 0,
    });
    expect(() => readFileSync(marker)).toThrow("ENOENT");
    expect((await exec(first, "sh", "-c", "echo 1 >/proc/sys/kernel/panic")).exitCode).not.toBe(0);
  });

  it("answers as the metadata service does, to those with a token only", async () => {
    const [first = ""] = await running(2);
    expect(
      (await exec(first, "curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "http://169.254.169.254/latest/meta-data/instance-id"))
        .stdout,
    ).toBe("401");
    expect((await metadata(first, "meta-data/instance-id")).stdout).toBe(first);
    expect((await metadata(first, "meta-data/tags/instance/rayfleet:group")).stdout).toBe("cpu");
    expect((await metadata(first, "meta-data/spot/instance-action")).exitCode).toBe(22);
    expect((await metadata(first, "meta-data/iam/security-credentials/")).stdout).toBe("worker");
    const keys = JSON.parse((await metadata(first, "meta-data/iam/security-credentials/worker")).stdout) as {
      Code: string;
      Expiration: string;
    };
    expect(keys.Code).toBe("Success");
    expect(Date.parse(keys.Expiration)).toBeGreaterThan(Date.now() + 3_600_000);
  });

  it("says how a command in a machine ended, and ends one that takes too long", async () => {
    const [first = ""] = await running(2);
    expect(await exec(first, "sh", "-c", "echo out; echo err >&2; exit 7")).toEqual({ exitCode: 7, stdout: "out\n", stderr: "err\n" });
    const late = await machineExec(stateDirectory, first, { argv: ["sleep", "4711"], timeoutSeconds: 1 });
    expect(late.exitCode).toBe(124);
    expect(processesWith("sleep 4711")).toEqual([]);
    await expect(exec("i-0123456789abcdef0", "true")).rejects.toMatchObject({ status: 404 });
  });

  it("stands still when frozen and goes on when thawed", async () => {
    const [first = ""] = await running(2);
    const address = (await instancesOf(cloud.api, [first]))[0]?.PrivateIpAddress;
    const [, second = ""] = await running(2);
    const ask = () => exec(second, "curl", "-sf", "-m", "1", `http://${address}:8265/`);
    await freeze(stateDirectory, first);
    expect((await ask()).exitCode).toBe(28);
    await thaw(stateDirectory, first);
    expect((await ask()).exitCode).toBe(0);
  });

  it("loses what two machines send each other while they are cut apart, and nothing else", async () => {
    const [first = "", second = ""] = await running(2);
    const address = (await instancesOf(cloud.api, [second]))[0]?.PrivateIpAddress;
    const ask = (url: string) => exec(first, "curl", "-s", "-o", "/dev/null", "-m", "1", url).then(({ exitCode }) => exitCode);
    // One that is open already: says a line each time it is asked, on one connection.
    const talk = `exec 3<>/dev/tcp/${address}/8265; until [ -e /tmp/cut ]; do sleep 0.05; done; printf 'GET / HTTP/1.0\r\n\r\n' >&3; timeout 20 head -n 1 <&3 >/tmp/said`;
    await exec(first, "sh", "-c", `setsid bash -c "$1" >/dev/null 2>&1 &`, "sh", talk);
    expect(await ask(`http://${address}:8265/`)).toBe(0);
    await partition(stateDirectory, [first, second]);
    await exec(first, "touch", "/tmp/cut");
    expect(await ask(`http://${address}:8265/`)).toBe(28);
    expect(await ask(`http://${API_ADDRESS}:5000/`)).toBe(0);
    expect((await exec(first, "cat", "/tmp/said")).stdout).toBe("");
    await healPartition(stateDirectory, [first, second]);
    expect(await ask(`http://${address}:8265/`)).toBe(0);
    await eventually(
      () => exec(first, "cat", "/tmp/said"),
      ({ stdout }) => stdout.startsWith("HTTP/1.0 200"),
    );
    await expect(partition(stateDirectory, [first, "i-0123456789abcdef0"])).rejects.toThrow("does not run");
  });

  it("loses what one of two machines sends the other, and not what the other sends", async () => {
    const [deaf = "", heard = ""] = await running(2);
    const addresses = new Map((await instancesOf(cloud.api, [deaf, heard])).map((each) => [each.InstanceId, each.PrivateIpAddress]));
    // Datagrams, because a connection needs both ways.
    const receive = "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('', 9999)); s.settimeout(2); s.recv(9)";
    const arrives = async (from: string, to: string) => {
      let waits = true;
      const received = exec(to, "/opt/ray/bin/python3", "-c", receive).finally(() => {
        waits = false;
      });
      while (waits) await exec(from, "bash", "-c", `echo x >/dev/udp/${addresses.get(to)}/9999`);
      return (await received).exitCode === 0;
    };
    await deafen(stateDirectory, [deaf, heard]);
    expect(await Promise.all([arrives(deaf, heard), arrives(heard, deaf)])).toEqual([true, false]);
    await undeafen(stateDirectory, [deaf, heard]);
    expect(await arrives(heard, deaf)).toBe(true);
  });

  it("keeps the API's hardware address, whichever machines come and go", async () => {
    const [first = ""] = await running(2);
    await exec(first, "curl", "-s", "-m", "5", `http://${API_ADDRESS}:5000/`);
    const neighbours = (await exec(first, "cat", "/proc/net/arp")).stdout.split("\n");
    // One that is given stays; one that the kernel takes from a machine's link goes with that machine, and nobody reaches the API until the neighbours ask anew.
    expect(neighbours.find((line) => line.startsWith(`${API_ADDRESS} `))).toContain("02:fa:17:ee:70:01");
  });

  it("switches a machine off in the order of a real one when its instance is ended", async () => {
    const before = await running(2);
    await setDesired(1);
    const [left] = await running(1);
    const ended = before.find((each) => each !== left) ?? "";
    const text = await eventually(
      () => consoleOf(stateDirectory, ended),
      (seen) => seen.includes("stopping"),
    );
    expect(text.trimEnd().split("\n").at(-1)).toBe("stopping");
    await eventually(
      () => Promise.resolve(remainsOf(stateDirectory)),
      (seen) => !seen.some((each) => each.includes(ended)),
    );
  });

  it("forwards a local port to the head's own loopback, and follows a head that is replaced", async () => {
    const local = `http://127.0.0.1:${cloud.forwards[0]?.localPort}/`;
    const page = () =>
      fetch(local, { signal: AbortSignal.timeout(2_000) }).then(
        (answer) => answer.text(),
        () => "",
      );
    expect(await page()).toBe("");
    const head = async (): Promise<string> => {
      const { Instances } = await cloud.api.ec2.send(
        new RunInstancesCommand({
          MinCount: 1,
          MaxCount: 1,
          ImageId: "ami-12c6146b",
          InstanceType: "r5dn.4xlarge",
          SubnetId: subnets[1],
          UserData: base64(SERVER_SCRIPT.replace("http.server 8265", "http.server --bind 127.0.0.1 8265")),
          TagSpecifications: [{ ResourceType: "instance", Tags: [{ Key: "rayfleet:role", Value: "head" }] }],
        }),
      );
      return Instances?.[0]?.InstanceId ?? "";
    };
    const nameOf = async (id: string) => `ip-${(await instancesOf(cloud.api, [id]))[0]?.PrivateIpAddress?.replaceAll(".", "-")}\n`;
    const first = await head();
    const firstName = await nameOf(first);
    await eventually(page, (text) => text === firstName, 20_000);
    await cloud.api.ec2.send(new TerminateInstancesCommand({ InstanceIds: [first] }));
    const second = await head();
    const secondName = await nameOf(second);
    await eventually(page, (text) => text === secondName, 20_000);
    await cloud.api.ec2.send(new TerminateInstancesCommand({ InstanceIds: [second] }));
  });

  it("leaves a machine whose plug was pulled dead until its instance is ended", async () => {
    const [first = ""] = await servers(1);
    await pullPlug(stateDirectory, first);
    expect(await listMachines(stateDirectory)).toMatchObject([{ instanceId: first, running: false }]);
    expect((await instancesOf(cloud.api, [first]))[0]?.State?.Name).toBe("running");
    await new Promise((later) => setTimeout(later, 1_000));
    expect(await listMachines(stateDirectory)).toMatchObject([{ instanceId: first, running: false }]);
    expect(await consoleOf(stateDirectory, first)).not.toContain("stopping");
    await setDesired(0);
    await eventually(
      () => listMachines(stateDirectory),
      (seen) => seen.length === 0,
    );
  });

  it("announces a spot machine's end, and takes it back when the time has come", async () => {
    const [first = ""] = await servers(1);
    await injectSpotNotice(stateDirectory, first, 2);
    const notice = JSON.parse((await metadata(first, "meta-data/spot/instance-action")).stdout) as { action: string; time: string };
    expect(notice.action).toBe("terminate");
    expect(Math.abs(Date.parse(notice.time) - Date.now())).toBeLessThan(10_000);
    const [replacement] = await eventually(
      () => membersOf(cloud.api, "servers"),
      (seen) => seen.length === 1 && seen[0]?.InstanceId !== first,
    );
    expect((await instancesOf(cloud.api, [first]))[0]?.StateReason?.Code).toBe("Server.SpotInstanceTermination");
    expect(replacement?.InstanceId).toMatch(/^i-/);
    await setDesired(0);
    await eventually(
      () => listMachines(stateDirectory),
      (seen) => seen.length === 0,
    );
  });

  it("starts metal again when it dies: machines lose power and boot anew", async () => {
    const [first = ""] = await servers(1);
    const [metal = 0] = processesWith(join(cloudPaths(stateDirectory).programs, "metal.js")).slice(-1);
    process.kill(metal, "SIGKILL");
    await eventually(
      () => consoleOf(stateDirectory, first),
      (text) => text.split("user data of").length === 3,
      20_000,
    );
    expect(await running(1)).toEqual([first]);
    await setDesired(0);
    await eventually(
      () => listMachines(stateDirectory),
      (seen) => seen.length === 0,
    );
  });
});

describe.skipIf(cloudMissing)(`stopCloud${skipNote(cloudMissing)}`, () => {
  const stateDirectory = makeStateDirectory();
  afterAll(async () => {
    await stopCloud(stateDirectory);
    removeStateDirectory(stateDirectory);
  });

  const withMachine = async (): Promise<RunningCloud> => {
    const cloud = await startTestCloud(stateDirectory, { endpointPort: 15_155 });
    const subnets = await makeSubnets(cloud.api, "us-east-1a");
    await cloud.api.ec2.send(
      new RunInstancesCommand({
        MinCount: 1,
        MaxCount: 1,
        ImageId: "ami-12c6146b",
        SubnetId: subnets[0],
        UserData: base64("#!/bin/sh\ntrap '' TERM\nsleep 3600\n"),
      }),
    );
    await eventually(
      () => listMachines(stateDirectory),
      (seen) => seen.length === 1 && seen[0]?.running === true,
      30_000,
    );
    return cloud;
  };

  it("leaves no process, socket or mount, and does nothing the second time", async () => {
    await withMachine();
    expect(remainsOf(stateDirectory).length).toBeGreaterThan(3);
    await stopCloud(stateDirectory);
    expect(remainsOf(stateDirectory)).toEqual([]);
    expect(await describeCloud(stateDirectory)).toBeUndefined();
    await stopCloud(stateDirectory);
  });

  it.each(["supervisor", "namespaces"] as const)(
    "leaves nothing after the %s was killed, and a new cloud can be started",
    async (victim) => {
      await withMachine();
      const state = await readCloudState(cloudPaths(stateDirectory));
      process.kill(state?.[victim]?.pid ?? 0, "SIGKILL");
      await eventually(
        () => describeCloud(stateDirectory),
        (seen) => seen === undefined,
      );
      await stopCloud(stateDirectory);
      await eventually(
        async () => remainsOf(stateDirectory),
        (seen) => seen.length === 0,
        5_000,
      );
      const again = await startTestCloud(stateDirectory, { endpointPort: 15_155 });
      expect(await listMachines(stateDirectory)).toEqual([]);
      expect(again.pid).not.toBe(state?.supervisor.pid);
      await stopCloud(stateDirectory);
      expect(remainsOf(stateDirectory)).toEqual([]);
    },
  );

  it("does not mistake another process with the recorded number for the supervisor", async () => {
    const { stateFile } = cloudPaths(stateDirectory);
    const state = {
      schemaVersion: 1,
      supervisor: { pid: process.pid, startTicks: 1 },
      ready: true,
      endpointUrl: "http://127.0.0.1:1",
      forwards: [],
    };
    writeFileSync(stateFile, JSON.stringify(state));
    expect(await describeCloud(stateDirectory)).toBeUndefined();
    await stopCloud(stateDirectory);
    expect(() => readFileSync(stateFile)).toThrow("ENOENT");
  });

  it("does nothing where there never was a cloud", async () => {
    await expect(stopCloud(join(stateDirectory, "nowhere"))).resolves.toBeUndefined();
  });
});
