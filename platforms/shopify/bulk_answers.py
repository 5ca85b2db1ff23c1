"""The shapes of the answers about exports: only what we read."""

from __future__ import annotations

from connector.structs import work_out
from platforms.shopify.answers import Answer, Count
from platforms.shopify.errors import UserError


class BulkOperation(Answer):
    """An export."""

    id: str
    status: str
    error_code: str | None = None
    object_count: Count = 0
    root_object_count: Count = 0
    url: str | None = None


class BulkRun(Answer):
    """The outcome of beginning or stopping one."""

    bulk_operation: BulkOperation | None = None
    user_errors: list[UserError] = []


class BulkRunAnswer(Answer):
    """To BulkRun."""

    bulk_operation_run_query: BulkRun


class BulkCancelAnswer(Answer):
    """To BulkCancel."""

    bulk_operation_cancel: BulkRun


class BulkStateAnswer(Answer):
    """To BulkState: null for one that is not known."""

    bulk_operation: BulkOperation | None = None


work_out(globals())
