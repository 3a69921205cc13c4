#!/bin/sh
# rayfleet: brings the runtime and the bundle here, then hands over to the node service.
set -eu
umask 022
bucket='rayfleet-demo-artifacts' region='us-east-1' root=/opt/rayfleet
runtime=a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1
bundle=b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2
say() { echo "rayfleet-boot: $*"; }
trap 'code=$?; [ $code -eq 0 ] || say "failed with code $code"' EXIT
say 'cluster demo, worker, group cpu'
export AWS_DEFAULT_REGION="$region" RAYFLEET_REGION="$region" RAYFLEET_BUCKET="$bucket"
export RAYFLEET_MACHINE_CONFIG_KEY='machine/cpu.json' RAYFLEET_BUNDLE_DIRECTORY="$root/bundle"
imds=${AWS_EC2_METADATA_SERVICE_ENDPOINT:-http://169.254.169.254}
imds=${imds%/}/latest
meta() { curl -fsS -m 5 -H "X-aws-ec2-metadata-token: $token" "$imds/meta-data/iam/security-credentials/$1"; }
field() { echo "$keys" | tr -d '\n' | sed -n 's/.*"'"$1"'" *: *"\([^"]*\)".*/\1/p'; }
with_curl() {
  token=$(curl -fsS -m 5 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 300' "$imds/api/token") || return 1
  role=$(meta '') && keys=$(meta "$role") || return 1
  case $region in cn-*) dns=amazonaws.com.cn ;; *) dns=amazonaws.com ;; esac
  url=https://$bucket.s3.$region.$dns/$1
  [ -z "${AWS_ENDPOINT_URL:-}" ] || url=${AWS_ENDPOINT_URL%/}/$bucket/$1
  printf 'user = "%s:%s"\nheader = "x-amz-security-token: %s"\n' \
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
      [ "${got%% *}" != "$3" ] || return 0
      say "wrong sha256; got ${got%% *}; expected $3"
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
cd / && mkdir -p $root/runtime && cd $root
if [ -x runtime/node ] && has runtime/node.sha256 $runtime; then
  say 'runtime v24.21.0 is here'
else
  fetch runtime/node-v24.21.0-linux-x64-0123456789ab.gz runtime/node.gz $runtime
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
  fetch bundle/rayfleet-0123456789ab.tar.gz bundle.tar.gz $bundle
  rm -rf bundle
  mkdir bundle
  tar -xzf bundle.tar.gz -C bundle
  rm -f bundle.tar.gz
  echo $bundle >bundle/sha256
  act=restart
fi
if [ ! -d /run/systemd/system ]; then
  say 'node service in the foreground'
  exec $root/runtime/node $root/bundle/nodeService.js
fi
mkdir -p /etc/rayfleet
env | grep -E '^(RAYFLEET_|AWS_DEFAULT_REGION=|AWS_ENDPOINT_URL=)' | sort >/etc/rayfleet/node.env
name=rayfleet-node.service unit=/etc/systemd/system/rayfleet-node.service
cat >$unit.new <<END
[Unit]
Description=rayfleet demo cpu
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
