"""A cable on which every frame is late and some are lost, for kernels without netem.

    long-cable.py NEAR FAR DELAY_MS LOSS_PERCENT

Carries Ethernet frames between two taps: from NEAR to FAR late and with losses, back at once. Runs until it is killed.
"""

import collections
import fcntl
import os
import random
import select
import struct
import sys
import time

TUNSETIFF = 0x400454CA
IFF_TAP, IFF_NO_PI = 0x0002, 0x1000
LONGEST_FRAME = 1 << 16


def open_tap(name):
    tap = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TAP | IFF_NO_PI))
    return tap


def frames_of(tap):
    while True:
        try:
            yield os.read(tap, LONGEST_FRAME)
        except BlockingIOError:
            return


def send(tap, frame):
    try:
        os.write(tap, frame)
    except OSError:
        pass  # its other end is down: lost, as on any cable


near, far = open_tap(sys.argv[1]), open_tap(sys.argv[2])
delay, loss = float(sys.argv[3]) / 1000, float(sys.argv[4]) / 100
on_the_way = collections.deque()
print("carries", flush=True)
while True:
    wait = max(0.0, on_the_way[0][0] - time.monotonic()) if on_the_way else None
    ready, _, _ = select.select([near, far], [], [], wait)
    for tap in ready:
        for frame in frames_of(tap):
            if tap == far:
                send(near, frame)
            elif random.random() >= loss:
                on_the_way.append((time.monotonic() + delay, frame))
    while on_the_way and on_the_way[0][0] <= time.monotonic():
        send(far, on_the_way.popleft()[1])
