"""The bytes: implementations of `registry_grpc.services.ports.blobstore`.

The files:

    open.py         the door: a URL in, a blob store out
    layout.py       the key tree; nothing else builds a key
    filesystem.py   file:///folder
    gcs.py          gs://bucket/prefix: finding, reading and deleting blobs
    gcs_upload.py   one blob on its way into a bucket, its last chunk held back until published
    gcs_session.py  the resumable upload protocol of Google Cloud Storage
    gcs_http.py     requests to Google Cloud Storage, and how long they are repeated
"""
