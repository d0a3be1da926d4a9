#!/bin/sh
# Builds gbench for the guest. Wants Debian's gcc-aarch64-linux-gnu; the result is committed beside the source.
set -e
cd "$(dirname "$0")"
aarch64-linux-gnu-gcc -O2 -ffreestanding -nostdlib -static -fno-pic -no-pie -fno-stack-protector -fno-tree-loop-distribute-patterns \
  -fno-tree-vectorize -fno-math-errno -Wl,--build-id=none -s -o gbench gbench.c
