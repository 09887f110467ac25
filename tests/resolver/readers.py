# SPDX-License-Identifier: BSD-3-Clause
"""A process that takes all slots that LMDB has for the readers of a store, says how
many they are, and holds them until it is ended."""

import ctypes
import sys
import time

RDONLY, NOTLS = 0x20000, 0x200000
READERS_FULL = -30790
SLOTS = 1024


def main(store: str) -> None:
    lmdb = ctypes.CDLL("liblmdb.so.0")
    env, txn = ctypes.c_void_p(), ctypes.c_void_p()
    assert lmdb.mdb_env_create(ctypes.byref(env)) == 0
    assert lmdb.mdb_env_set_maxreaders(env, SLOTS) == 0
    assert lmdb.mdb_env_set_mapsize(env, ctypes.c_size_t(16 << 30)) == 0
    assert lmdb.mdb_env_open(env, store.encode(), RDONLY | NOTLS, 0o660) == 0
    taken = 0
    while (rc := lmdb.mdb_txn_begin(env, None, RDONLY, ctypes.byref(txn))) == 0:
        lmdb.mdb_txn_reset(txn)  # keeps the slot, and no page
        taken += 1
    assert rc == READERS_FULL, rc
    print(taken, flush=True)
    while True:
        time.sleep(60)


if __name__ == "__main__":
    main(sys.argv[1])
