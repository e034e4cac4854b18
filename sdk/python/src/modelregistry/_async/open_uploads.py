"""Uploads of a namespace, for those who operate it: which are open, and ending one."""

from modelregistry._async.methods import Methods
from modelregistry._async.pager import Pager
from modelregistry._convert.page import page_of_named
from modelregistry._convert.upload import upload_from_message
from modelregistry.types import Page, Upload
from modelregistry.v1 import artifact_service_pb2 as pb


class OpenUploadMethods(Methods):
    """Uploads. `push` begins, continues and ends its own; these are for all of a namespace."""

    def list_uploads(
        self, *, namespace: str | None = None, show_ended: bool = False, page_size: int = 0
    ) -> Pager[Upload]:
        """List the open uploads of a namespace, oldest first; with `show_ended` all of a day."""

        async def fetch(token: str) -> Page[Upload]:
            request = pb.ListUploadsRequest(
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
        """End an upload and drop its bytes, whichever caller began it; a repeat changes nothing.

        `upload` is its id, its full name, or an Upload. Raises UploadNotFound, or UploadNotOpen
        when it was committed.
        """
        name = upload.name if isinstance(upload, Upload) else self._upload(upload)
        stubs = self._connection.stubs
        request = pb.AbortUploadRequest(name=name)
        reply = await self._connection.unary(stubs.artifacts.AbortUpload, request)
        return upload_from_message(reply, name.partition("/uploads/")[0], name)

    def _upload(self, upload: str) -> str:
        return upload if "/" in upload else f"{self._parent(None)}/uploads/{upload}"
