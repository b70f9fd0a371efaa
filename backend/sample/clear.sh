#!/bin/sh
# Clear and verify a small book that uses every kind of curve, line and fee, so that every kernel is compiled.
set -eu
cd /app
python -m clearing clear --orders /sample/orders.csv --lines /sample/lines.csv --out /tmp/result
python -m clearing verify --orders /sample/orders.csv --lines /sample/lines.csv --result /tmp/result
rm -rf /tmp/result
