import { bootEnvironmentNames } from "../../contract/machineConfig";

/** What the user data of a machine is made of. Nothing here is secret. */
export interface BootShimInput {
  readonly clusterName: string;
  readonly groupName: string;
  readonly role: "head" | "worker";
  readonly region: string;
  /** Artifact bucket. */
  readonly bucket: string;
  /** Key of this role's machine configuration in the bucket. */
  readonly machineConfigKey: string;
  /** The gzipped Node binary; `sha256` is that of the gzipped file. */
  readonly runtime: { readonly key: string; readonly sha256: string; readonly version: string };
  /** The tar.gz with `nodeService.js`, `agent.js` and `rayfleet.js`. */
  readonly bundle: { readonly key: string; readonly sha256: string };
}

/** EC2 takes 16,384 bytes of user data; the shim keeps to a quarter of it. */
export const BOOT_SHIM_LIMIT_BYTES = 4096;

/** Nothing that a shell, an environment file or a systemd unit would read as more than text. */
const PLAIN = /^[A-Za-z0-9][A-Za-z0-9._/=+:@-]*$/;

function assertPlain(input: BootShimInput): void {
  const values = {
    clusterName: input.clusterName,
    groupName: input.groupName,
    region: input.region,
    bucket: input.bucket,
    machineConfigKey: input.machineConfigKey,
    "runtime.key": input.runtime.key,
    "runtime.version": input.runtime.version,
    "bundle.key": input.bundle.key,
    "runtime.sha256": input.runtime.sha256,
    "bundle.sha256": input.bundle.sha256,
  };
  for (const [path, value] of Object.entries(values)) {
    const rule = path.endsWith("sha256") ? /^[0-9a-f]{64}$/ : PLAIN;
    if (!rule.test(value)) {
      throw new RangeError(
        `boot shim ${path}: cannot stand in a shell script as it is; got ${JSON.stringify(value)}; ` +
          `expected text that matches ${rule.source}. Use letters, digits and . _ / = + : @ - only.`,
      );
    }
  }
}

/**
 * The user data of a machine: a POSIX shell script that fetches the Node runtime and the bundle from the artifact bucket, checks their
 * hashes and hands over to the node service, under systemd where it runs and in the foreground elsewhere.
 *
 * Input → output: names, keys and hashes → the script's text, always the same for the same input, under {@link BOOT_SHIM_LIMIT_BYTES}.
 *
 * Never: a secret; a value that the shell would interpret. Running it again changes nothing that is right already.
 * @throws RangeError when a value holds a character that has a meaning in a shell
 */
export function renderBootShim(input: BootShimInput): string {
  assertPlain(input);
  return [header(input), FETCHING, installing(input), handOver(input)].join("\n");
}

function header(input: BootShimInput): string {
  return `#!/bin/sh
# rayfleet: brings the runtime and the bundle here, then hands over to the node service.
set -eu
umask 022
bucket='${input.bucket}' region='${input.region}' root=/opt/rayfleet
runtime=${input.runtime.sha256}
bundle=${input.bundle.sha256}
say() { echo "rayfleet-boot: $*"; }
trap 'code=$?; [ $code -eq 0 ] || say "failed with code $code"' EXIT
say 'cluster ${input.clusterName}, ${input.role}, group ${input.groupName}'
export AWS_DEFAULT_REGION="$region" ${bootEnvironmentNames.region}="$region" ${bootEnvironmentNames.bucket}="$bucket"
export ${bootEnvironmentNames.machineConfigKey}='${input.machineConfigKey}' ${bootEnvironmentNames.bundleDirectory}="$root/bundle"`;
}

/**
 * Credentials reach curl on its standard input: arguments can be read by every user of a machine. `x-amz-content-sha256` is named because
 * older curls do not send it by themselves, and S3 asks for it. Seven tries, about two minutes.
 */
const FETCHING = `imds=\${AWS_EC2_METADATA_SERVICE_ENDPOINT:-http://169.254.169.254}
imds=\${imds%/}/latest
meta() { curl -fsS -m 5 -H "X-aws-ec2-metadata-token: $token" "$imds/meta-data/iam/security-credentials/$1"; }
field() { echo "$keys" | tr -d '\\n' | sed -n 's/.*"'"$1"'" *: *"\\([^"]*\\)".*/\\1/p'; }
with_curl() {
  token=$(curl -fsS -m 5 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 300' "$imds/api/token") || return 1
  role=$(meta '') && keys=$(meta "$role") || return 1
  case $region in cn-*) dns=amazonaws.com.cn ;; *) dns=amazonaws.com ;; esac
  url=https://$bucket.s3.$region.$dns/$1
  [ -z "\${AWS_ENDPOINT_URL:-}" ] || url=\${AWS_ENDPOINT_URL%/}/$bucket/$1
  printf 'user = "%s:%s"\\nheader = "x-amz-security-token: %s"\\n' \\
    "$(field AccessKeyId)" "$(field SecretAccessKey)" "$(field Token)" |
    curl -fsS -m 300 -K - --aws-sigv4 "aws:amz:$region:s3" -H 'x-amz-content-sha256: UNSIGNED-PAYLOAD' -o "$2" "$url"
}
with_cli() { command -v aws >/dev/null && aws s3 cp --only-show-errors "s3://$bucket/$1" "$2"; }
fetch() {
  wait=1
  while :; do
    say "fetching $1"
    if with_cli "$1" "$2" || with_curl "$1" "$2"; then
      got=$(sha256sum "$2")
      [ "\${got%% *}" != "$3" ] || return 0
      say "wrong sha256; got \${got%% *}; expected $3"
    fi
    if [ $wait -gt 32 ]; then
      say "$1: could not be fetched from $bucket"
      exit 1
    fi
    say "trying again in $wait s"
    sleep $wait
    wait=$((wait * 2))
  done
}
has() { [ "$(cat "$1" 2>/dev/null)" = "$2" ]; }
cd / && mkdir -p $root/runtime && cd $root`;

/** The marker with the hash is written last, so that a machine that lost power half-way starts over. */
function installing(input: BootShimInput): string {
  return `if [ -x runtime/node ] && has runtime/node.sha256 $runtime; then
  say 'runtime ${input.runtime.version} is here'
else
  fetch ${input.runtime.key} runtime/node.gz $runtime
  gzip -dc runtime/node.gz >runtime/node.new
  chmod 755 runtime/node.new
  mv -f runtime/node.new runtime/node
  rm -f runtime/node.gz
  echo $runtime >runtime/node.sha256
fi
act=start
if has bundle/sha256 $bundle; then
  say 'bundle is here'
else
  fetch ${input.bundle.key} bundle.tar.gz $bundle
  rm -rf bundle
  mkdir bundle
  tar -xzf bundle.tar.gz -C bundle
  rm -f bundle.tar.gz
  echo $bundle >bundle/sha256
  act=restart
fi`;
}

/**
 * The unit outlives this script: on a reboot cloud-init does not run it again, systemd starts the service by itself. `OOMPolicy=continue`
 * because one task that takes too much memory must not end the whole node. `User=root` says what is so anyway: with it systemd sets HOME,
 * which set-up commands and jobs expect.
 */
function handOver(input: BootShimInput): string {
  return `if [ ! -d /run/systemd/system ]; then
  say 'node service in the foreground'
  exec $root/runtime/node $root/bundle/nodeService.js
fi
mkdir -p /etc/rayfleet
env | grep -E '^(RAYFLEET_|AWS_DEFAULT_REGION=|AWS_ENDPOINT_URL=)' | sort >/etc/rayfleet/node.env
name=rayfleet-node.service unit=/etc/systemd/system/rayfleet-node.service
cat >$unit.new <<END
[Unit]
Description=rayfleet ${input.clusterName} ${input.groupName}
Wants=network-online.target
After=network-online.target
StartLimitIntervalSec=0
[Service]
Type=exec
EnvironmentFile=/etc/rayfleet/node.env
User=root
ExecStart=$root/runtime/node $root/bundle/nodeService.js
Restart=always
RestartSec=5
KillMode=mixed
TimeoutStopSec=60
LimitNOFILE=1048576
TasksMax=infinity
OOMPolicy=continue
StandardOutput=journal+console
[Install]
WantedBy=multi-user.target
END
cmp -s $unit.new $unit || act=restart
mv -f $unit.new $unit
systemctl daemon-reload
systemctl enable $name
systemctl $act $name
say "systemctl $act $name: done"
`;
}
