"""The settings of the C library's allocator for buffers, and their cost."""

import threading

import psutil

from modelregistry._local.transfer import keep_buffers

MIB = 1024 * 1024


def test_telling_the_c_library_from_many_threads_costs_no_memory() -> None:
    keep_buffers()
    before = psutil.Process().memory_info().rss
    together = threading.Barrier(6)  # so that each has a heap of its own

    def run() -> None:
        together.wait()
        for _ in range(3):  # a heap that was grown before is cleared
            keep_buffers()
        together.wait()

    threads = [threading.Thread(target=run) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert psutil.Process().memory_info().rss - before < 32 * MIB
