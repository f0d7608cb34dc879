"""Field masks (AIP-134): what an update changes."""

from __future__ import annotations

from google.api import field_behavior_pb2
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.message import Message

_FIXED = {field_behavior_pb2.OUTPUT_ONLY, field_behavior_pb2.IDENTIFIER}


def changed_fields(resource: Message, mask: FieldMask) -> set[str]:
    """Returns the names of the resource's own fields that an update is about.

    Without a mask these are the fields that are set; "*" means all. Fields that callers cannot set
    are left out, and so is etag, which is a condition rather than a change.
    """
    writable = {
        field.name
        for field in resource.DESCRIPTOR.fields
        if not _FIXED.intersection(field.GetOptions().Extensions[field_behavior_pb2.field_behavior])
        and field.name != "etag"
    }
    if not mask.paths:
        return writable.intersection(field.name for field, _ in resource.ListFields())
    if "*" in mask.paths:
        return writable
    return writable.intersection(mask.paths)
