"""The whole table of bad input: method, request, reason, and the reported fields."""

from tests.support.refusals.artifact import ARTIFACTS
from tests.support.refusals.catalog import CATALOG
from tests.support.refusals.deployment import DEPLOYMENTS
from tests.support.refusals.evidence import EVIDENCE
from tests.support.refusals.history import HISTORIES
from tests.support.refusals.lineage import LINEAGE
from tests.support.refusals.lookup import LOOKUPS
from tests.support.refusals.monitoring import MONITORING
from tests.support.refusals.policy import POLICIES
from tests.support.refusals.route import ROUTES
from tests.support.refusals.stage_graph import STAGE_GRAPHS
from tests.support.refusals.transition import TRANSITIONS

CASES = [*CATALOG, *ROUTES, *DEPLOYMENTS, *MONITORING, *LOOKUPS, *ARTIFACTS, *LINEAGE]
CASES += [*EVIDENCE, *POLICIES, *STAGE_GRAPHS, *TRANSITIONS, *HISTORIES]
