"""Soft links: pairs of people who share no identifier and are alike all the same, scored by Splink in the warehouse.

Optional (`pip install heddle[link]`) and off by default. This package only proposes, in `heddle.soft_links`; the
identity stage decides, under the same guards as for any other edge.
"""

from heddle.linking.definition import Definition, load_definition
from heddle.linking.errors import LinkingError
from heddle.linking.link import link
from heddle.linking.report import Report
from heddle.linking.tables import prepare_soft_links

__all__ = ["Definition", "LinkingError", "Report", "link", "load_definition", "prepare_soft_links"]
