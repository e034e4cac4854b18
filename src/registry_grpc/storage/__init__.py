"""Blob stores: implementations of `registry_grpc.services.ports.blobstore`.

The files:

    open.py               opens the blob store of a URL
    layout.py             the key tree; the only code that builds keys
    writers.py            the active writer of each upload in this process
    sha256.py             a SHA-256 whose state can be stored with an upload

    filesystem.py         file:///folder
    filesystem_upload.py  the upload of one blob into a folder
    filesystem_lock.py    exclusive locks on files, across processes
    disk.py               typed errors of the disk, durable names

    gcs.py                gs://bucket/prefix
    gcs_upload.py         the upload of one blob into a bucket, its last chunk held back
    gcs_session.py        the resumable upload protocol of Google Cloud Storage
    gcs_read.py           reading ranges and lists
    gcs_client.py         credentials, connections and signatures of Google's client
    gcs_http.py           requests to Google Cloud Storage, with retries
"""
