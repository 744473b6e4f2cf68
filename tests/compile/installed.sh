#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# installed.sh BUILD CONSUMER: installs into a temporary folder, builds a consumer there with pkg-config, runs it.
set -euo pipefail
build=$1 consumer=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

DESTDIR=$work/root meson install -C "$build" --no-rebuild --quiet >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
pc=$(find "$work/root" -name leasehold.pc)
library=$(dirname "$(find "$work/root" -name libleasehold.so)")
if grep -rlE 'grpc|google/protobuf|\.pb\.h' "$work/root" --include='*.hpp'; then
    echo "an installed header speaks of gRPC or protobuf"
    exit 1
fi
PKG_CONFIG_PATH=$(dirname "$pc") PKG_CONFIG_SYSROOT_DIR=$work/root pkg-config --cflags --libs leasehold >"$work/flags"
read -ra flags <"$work/flags"
cd "$work"
"${CXX:-g++}" -std=c++20 "$consumer" -o consumer "${flags[@]}" -Wl,--unresolved-symbols=ignore-in-shared-libs
LD_LIBRARY_PATH=$library ./consumer
