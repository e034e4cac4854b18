"""The active writer of each upload in this process."""

from threading import Lock
from weakref import WeakValueDictionary

from registry_grpc.services.ports.blobstore import StagedBlob


class Writers:
    """Tracks the newest writer of each upload, so that the next one can release it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._writers: WeakValueDictionary[str, StagedBlob] = WeakValueDictionary()

    def register(self, key: str, writer: StagedBlob) -> None:
        """Register the writer of the upload with this key."""
        with self._lock:
            self._writers[key] = writer

    def release_writer(self, key: str) -> None:
        """Release the writer of the upload, if any; waits for its running write."""
        with self._lock:
            writer = self._writers.pop(key, None)
        if writer is not None:
            writer.release()
