"""Questions about who is who, and the decisions that change it: read from the published copy, written as seeds."""

from heddle.identity.changes import Change, changes
from heddle.identity.erasure import Erasure, erased_since, erasure_of, erasures_waiting, write_erasure
from heddle.identity.erasure_register import lost_erasures, register_path, restore_erasures
from heddle.identity.errors import IdentityError
from heddle.identity.explain import Explanation, Hop, Side, explain
from heddle.identity.find import Subject, find
from heddle.identity.identifiers import KnownIdentifier
from heddle.identity.masking import Mask, PersonalColumns
from heddle.identity.merge_log import LogEntry, Resolution, resolve_id
from heddle.identity.node import Node
from heddle.identity.preview import Part, Preview, preview
from heddle.identity.profile import Profile, profile_of
from heddle.identity.published import open_identity
from heddle.identity.quarantine import Withheld, profiles_with, withheld_nodes
from heddle.identity.unmerge import Decision, decide, record

__all__ = [
    "Change",
    "Decision",
    "Erasure",
    "Explanation",
    "Hop",
    "IdentityError",
    "KnownIdentifier",
    "LogEntry",
    "Mask",
    "Node",
    "Part",
    "PersonalColumns",
    "Preview",
    "Profile",
    "Resolution",
    "Side",
    "Subject",
    "Withheld",
    "changes",
    "decide",
    "erased_since",
    "erasure_of",
    "erasures_waiting",
    "explain",
    "find",
    "lost_erasures",
    "open_identity",
    "preview",
    "profile_of",
    "profiles_with",
    "record",
    "register_path",
    "resolve_id",
    "restore_erasures",
    "withheld_nodes",
    "write_erasure",
]
