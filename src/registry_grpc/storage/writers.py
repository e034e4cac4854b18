"""Who writes to which upload in this process."""

from threading import Lock
from weakref import WeakValueDictionary

from registry_grpc.services.ports.blobstore import StagedBlob


class Writers:
    """Knows the newest writer of each upload, so that it can be shut out by the next one."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._writers: WeakValueDictionary[str, StagedBlob] = WeakValueDictionary()

    def enter(self, key: str, writer: StagedBlob) -> None:
        """Remember who writes to the upload with this key now."""
        with self._lock:
            self._writers[key] = writer

    def shut_out(self, key: str) -> None:
        """Release whoever writes to the upload; waits for the piece it is just writing."""
        with self._lock:
            writer = self._writers.pop(key, None)
        if writer is not None:
            writer.release()
