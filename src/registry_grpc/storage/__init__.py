"""The bytes: implementations of `registry_grpc.services.ports.blobstore`.

The files:

    open.py               the door: a URL in, a blob store out
    layout.py             the key tree; nothing else builds a key
    writers.py            who writes to which upload in this process
    sha256.py             the SHA-256 whose state can be saved with an upload

    filesystem.py         file:///folder
    filesystem_upload.py  one blob on its way into a folder
    filesystem_lock.py    files that one writer at a time holds, over all processes
    disk.py               refusals as typed errors, names that survive a power cut

    gcs.py                gs://bucket/prefix
    gcs_upload.py         one blob on its way into a bucket, its last chunk held back
    gcs_session.py        the resumable upload protocol of Google Cloud Storage
    gcs_read.py           reading ranges and lists
    gcs_client.py         credentials, connections and signatures, which Google's client makes
    gcs_http.py           requests to Google Cloud Storage, and how long they are repeated
"""
