"""The one table of IAM's operations."""

from collections.abc import Mapping

from services.region_node.query_operation import QueryOperation, by_name

IAM_OPERATIONS: Mapping[str, QueryOperation] = by_name(())
"""Operation name, as in `Action=<name>` -> row."""
