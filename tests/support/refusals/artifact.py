"""Bad requests to ArtifactService."""
# ruff: noqa: E501 - a table: one row, one line

from modelregistry.v1 import artifact_service_pb2 as artifact
from tests.support.content import MIB, NAMESPACE, chunks
from tests.support.refusals.case import ABSENT, UNKNOWN_UPLOAD, case

# fmt: off
ARTIFACTS = [
    case("GetTransferLimits", lambda _: artifact.GetTransferLimitsRequest(), "INVALID_REQUEST", "parent"),
    case("GetTransferLimits", lambda _: artifact.GetTransferLimitsRequest(parent="namespaces/nowhere"), "NAMESPACE_NOT_FOUND"),
    case("FindMissingBlobs", lambda _: artifact.FindMissingBlobsRequest(parent=NAMESPACE, blobs=[artifact.BlobRef(digest="x", size_bytes=-1)]), "INVALID_REQUEST", "blobs[0].digest", "blobs[0].size_bytes"),
    case("FindMissingBlobs", lambda _: artifact.FindMissingBlobsRequest(parent="namespaces/nowhere"), "NAMESPACE_NOT_FOUND"),
    case("FindMissingBlobs", lambda _: artifact.FindMissingBlobsRequest(parent=NAMESPACE, blobs=[artifact.BlobRef(digest=ABSENT)] * 10_001), "LIMIT_EXCEEDED"),
    case("BatchUploadBlobs", lambda _: artifact.BatchUploadBlobsRequest(parent=NAMESPACE, blobs=[artifact.BlobData(digest="x")]), "INVALID_REQUEST", "blobs[0].digest"),
    case("BatchUploadBlobs", lambda _: artifact.BatchUploadBlobsRequest(parent="namespaces/nowhere"), "NAMESPACE_NOT_FOUND"),
    case("BatchUploadBlobs", lambda _: artifact.BatchUploadBlobsRequest(parent=NAMESPACE, blobs=[artifact.BlobData(digest=ABSENT, data=bytes(3 * MIB + 1))]), "LIMIT_EXCEEDED"),
    case("BeginUpload", lambda _: artifact.BeginUploadRequest(parent=NAMESPACE), "INVALID_REQUEST", "blob"),
    case("BeginUpload", lambda _: artifact.BeginUploadRequest(parent="namespaces/nowhere", blob=artifact.BlobRef(digest=ABSENT, size_bytes=1)), "NAMESPACE_NOT_FOUND"),
    case("BeginUpload", lambda _: artifact.BeginUploadRequest(parent=NAMESPACE, blob=artifact.BlobRef(digest=ABSENT, size_bytes=2**62)), "LIMIT_EXCEEDED"),
    case("ListUploads", lambda _: artifact.ListUploadsRequest(parent="risk"), "INVALID_REQUEST", "parent"),
    case("ListUploads", lambda _: artifact.ListUploadsRequest(parent="namespaces/nowhere"), "NAMESPACE_NOT_FOUND"),
    case("WriteUpload", lambda _: iter([]), "INVALID_REQUEST", "name"),
    case("WriteUpload", lambda _: iter([artifact.WriteUploadRequest(name="x")]), "INVALID_REQUEST", "name"),
    case("WriteUpload", lambda w: iter([artifact.WriteUploadRequest(name=w.upload, data=b"x")]), "INVALID_REQUEST", "crc32c"),
    case("WriteUpload", lambda w: iter([artifact.WriteUploadRequest(name=w.upload, data=b"x", crc32c=0)]), "CHUNK_CORRUPT"),
    case("WriteUpload", lambda _: chunks(UNKNOWN_UPLOAD, b"x"), "UPLOAD_NOT_FOUND"),
    case("WriteUpload", lambda w: chunks(w.upload, b"too many bytes"), "UPLOAD_TOO_LONG"),
    case("WriteUpload", lambda w: chunks(w.upload, b"gap at the beginning", offset=3), "OFFSET_MISMATCH"),
    case("WriteUpload", lambda w: chunks(w.upload, bytes(3 * MIB), size=3 * MIB), "LIMIT_EXCEEDED"),
    case("GetUpload", lambda _: artifact.GetUploadRequest(name=f"{NAMESPACE}/uploads/7"), "INVALID_REQUEST", "name"),
    case("GetUpload", lambda _: artifact.GetUploadRequest(name=UNKNOWN_UPLOAD), "UPLOAD_NOT_FOUND"),
    case("CommitUpload", lambda _: artifact.CommitUploadRequest(), "INVALID_REQUEST", "name"),
    case("CommitUpload", lambda _: artifact.CommitUploadRequest(name=UNKNOWN_UPLOAD), "UPLOAD_NOT_FOUND"),
    case("CommitUpload", lambda w: artifact.CommitUploadRequest(name=w.upload), "UPLOAD_INCOMPLETE"),
    case("AbortUpload", lambda _: artifact.AbortUploadRequest(), "INVALID_REQUEST", "name"),
    case("AbortUpload", lambda _: artifact.AbortUploadRequest(name=UNKNOWN_UPLOAD), "UPLOAD_NOT_FOUND"),
    case("BeginUpload", lambda _: artifact.BeginUploadRequest(parent=NAMESPACE, blob=artifact.BlobRef(digest="x", size_bytes=-1)), "INVALID_REQUEST", "blob.digest", "blob.size_bytes"),
    case("CommitUpload", lambda w: artifact.CommitUploadRequest(name=w.upload, digest=ABSENT), "INVALID_REQUEST", "digest"),
    case("CommitUpload", lambda w: artifact.CommitUploadRequest(name=w.upload, digest="md5:1"), "INVALID_REQUEST", "digest"),
    case("BatchReadBlobs", lambda _: artifact.BatchReadBlobsRequest(parent=NAMESPACE, digests=["x"]), "INVALID_REQUEST", "digests[0]"),
    case("BatchReadBlobs", lambda _: artifact.BatchReadBlobsRequest(parent="namespaces/nowhere"), "NAMESPACE_NOT_FOUND"),
    case("BatchReadBlobs", lambda w: artifact.BatchReadBlobsRequest(parent=NAMESPACE, digests=[w.digest] * 1_001), "LIMIT_EXCEEDED"),
    case("GetDownloadPlan", lambda _: artifact.GetDownloadPlanRequest(parent=NAMESPACE, digest="x"), "INVALID_REQUEST", "digest"),
    case("GetDownloadPlan", lambda _: artifact.GetDownloadPlanRequest(parent=NAMESPACE, digest=ABSENT), "BLOB_NOT_FOUND"),
    case("ReadBlob", lambda w: artifact.ReadBlobRequest(parent=NAMESPACE, digest=w.digest, offset=-1, length=-1), "INVALID_REQUEST", "offset", "length"),
    case("ReadBlob", lambda _: artifact.ReadBlobRequest(parent=NAMESPACE, digest=ABSENT), "BLOB_NOT_FOUND"),
    case("ReadBlob", lambda w: artifact.ReadBlobRequest(parent="namespaces/nowhere", digest=w.digest), "NAMESPACE_NOT_FOUND"),
    case("ReadBlob", lambda w: artifact.ReadBlobRequest(parent=NAMESPACE, digest=w.digest, offset=8), "READ_OUT_OF_RANGE"),
]
