#!/bin/sh
# Leave out of an environment what no service runs: tests, translations, symbols, headers, other programs' parts.
set -eu
packages=$(echo "$1"/lib/python3*/site-packages)
find "$packages" -depth -type d \( -name tests -o -name __pycache__ \) ! -path '*/numpy/testing/*' ! -path '*/numba/testing/*' -exec rm -rf {} +
find "$packages" -type f \( -name '*.pyi' -o -name '*.a' -o -name '*.h' -o -name '*.hpp' -o -name '*.pxd' -o -name '*.c' -o -name '*.map' \) -delete
# The page is translated, the services answer with codes; only English formats and names are looked up.
find "$packages/django" -depth -type d -path '*/locale/*' -prune ! -name en ! -name __pycache__ -exec rm -rf {} +
rm -rf "$packages"/django/contrib/gis "$packages"/django/contrib/admin/static \
  "$packages"/rest_framework/static "$packages"/rest_framework/locale "$packages"/numba/cuda/cudadrv/runtime \
  "$packages"/numba/cuda/include "$packages"/drf_spectacular/locale
if command -v strip >/dev/null; then
  find "$packages" -type f \( -name '*.so' -o -name '*.so.*' \) -exec strip --strip-unneeded {} + 2>/dev/null || true
fi
