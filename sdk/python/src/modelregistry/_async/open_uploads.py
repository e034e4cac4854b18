"""Uploads of a namespace, for operators: listing and aborting them."""

from modelregistry._async.methods import Methods
from modelregistry._async.pager import Pager
from modelregistry._convert.page import page_of_named
from modelregistry._convert.upload import upload_from_message
from modelregistry._convert.writing import build
from modelregistry.types import Page, Upload
from modelregistry.v1 import artifact_service_pb2 as pb


class OpenUploadMethods(Methods):
    """All uploads of a namespace. `push` begins, resumes and ends its own uploads itself."""

    def list_uploads(
        self, *, namespace: str | None = None, show_ended: bool = False, page_size: int = 0
    ) -> Pager[Upload]:
        """List the open uploads of a namespace, oldest first; `show_ended` adds those of a day."""

        async def fetch(token: str) -> Page[Upload]:
            request = build(
                pb.ListUploadsRequest,
                parent=self._parent(namespace),
                page_size=page_size,
                page_token=token,
                show_ended=show_ended,
            )
            stubs = self._connection.stubs
            reply = await self._connection.unary(stubs.artifacts.ListUploads, request)
            uploads = (upload_from_message(upload, request.parent) for upload in reply.uploads)
            return page_of_named(reply, uploads, f"{request.parent}/uploads")

        return Pager(fetch)

    async def abort_upload(self, upload: str | Upload) -> Upload:
        """Abort an upload of any caller and drop its bytes; a repeated call changes nothing.

        `upload` is its id, its full name, or an Upload. Raises UploadNotFound, and UploadNotOpen
        for a committed upload.
        """
        name = upload.name if isinstance(upload, Upload) else self._upload(upload)
        stubs = self._connection.stubs
        request = build(pb.AbortUploadRequest, name=name)
        reply = await self._connection.unary(stubs.artifacts.AbortUpload, request)
        return upload_from_message(reply, name.partition("/uploads/")[0], name)

    def _upload(self, upload: str) -> str:
        return upload if "/" in upload else f"{self._parent(None)}/uploads/{upload}"
