#!/bin/sh
# numba refuses a cache that it may not write, so the compiled kernels move to where it may; then the process takes over.
set -eu
mkdir -p "$NUMBA_CACHE_DIR"
cp -R /opt/numba/. "$NUMBA_CACHE_DIR"
exec "$@"
