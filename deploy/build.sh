#!/usr/bin/env bash
# Build the three images and push them: deploy/build.sh prod|staging REVISION
# Tags: PART-prod-latest for people, and PART-prod-REVISION, which never changes, for redeploys and for going back.
# CEEX_IMAGE: the repository. CEEX_BUILD_CACHE: one for layers (in CI); with it go an SBOM and the provenance.
set -euo pipefail
cd "$(dirname "$0")/.."
channel=${1:?prod or staging} revision=${2:?the commit}
image=${CEEX_IMAGE:?the repository of the images}
[[ $channel == prod || $channel == staging ]] || { echo "the channel is prod or staging" >&2; exit 2; }
[[ $revision =~ ^[0-9a-f]{7,40}$ ]] || { echo "the revision is a commit's hash" >&2; exit 2; }

build() { # part folder [options]
  local part=$1 folder=$2; shift 2
  local tags=(--tag "$image:$part-$channel-$revision" --tag "$image:$part-$channel-latest")
  local more=()
  if [[ -n ${CEEX_BUILD_CACHE:-} ]]; then
    # Each image has a cache of its own, else they would overwrite each other's.
    more=(--cache-from "type=registry,ref=$CEEX_BUILD_CACHE:$part" --cache-to "type=registry,ref=$CEEX_BUILD_CACHE:$part,mode=max"
      --sbom=true --provenance=mode=max --push)
  fi
  docker buildx build --progress quiet --build-arg "REVISION=$revision" \
    --label "org.opencontainers.image.created=$(date -u +%FT%TZ)" ${CEEX_SOURCE:+--label "org.opencontainers.image.source=$CEEX_SOURCE"} \
    "${tags[@]}" "${more[@]}" "$@" "$folder"
  if [[ -z ${CEEX_BUILD_CACHE:-} ]]; then
    docker push --quiet "$image:$part-$channel-$revision"
    docker push --quiet "$image:$part-$channel-latest"
  fi
}

build trading backend --target trading
build webapp backend --target webapp
build ui frontend
