"""The bytes of one change of a large version in the log, which the guide for operators states."""

from google.protobuf.field_mask_pb2 import FieldMask
from sqlalchemy import text

from modelregistry.v1 import catalog_service_pb2 as catalog
from modelregistry.v1 import version_pb2
from registry_grpc.persistence.engine import open_engines
from tests.support.content import a_file, a_model
from tests.support.server import RegistryProcess
from tests.support.stubs import connected

PACKAGES, SLICES, CHANGES = 400, 200, 20
MOST_BYTES = 2_048
_SIZES = {
    "sqlite": "SELECT length(CAST(before AS BLOB)) + length(CAST(after AS BLOB)) + length(entry) "
    "FROM changes WHERE action = 'version.label'",
    "postgresql": "SELECT octet_length(before::text) + octet_length(after::text) + "
    "octet_length(entry) FROM changes WHERE action = 'version.label'",
}


def test_a_label_change_of_a_version_with_hundreds_of_packages_and_slices_stays_small_in_the_log(
    registry_on_either: RegistryProcess, database_url: str
) -> None:
    packages = [
        version_pb2.Package(name=f"package-{number}", version=f"1.{number}.0")
        for number in range(PACKAGES)
    ]
    slices = [
        version_pb2.SliceMetric(dimension="age", value=f"{number}", metric="auc", result=0.5)
        for number in range(SLICES)
    ]
    environment = version_pb2.Environment(python_version="3.11.7", packages=packages)
    facts = version_pb2.Version(environment=environment, slices=slices, metrics={"auc": 0.9})
    with connected(registry_on_either.target) as stubs:
        request = catalog.RegisterVersionRequest(
            parent=a_model(stubs), files=[a_file(stubs)], version=facts
        )
        name = stubs.RegisterVersion(request).name
        for number in range(CHANGES):
            change = catalog.UpdateVersionRequest(
                version=version_pb2.Version(name=name, labels={"team": f"risk-{number}"}),
                update_mask=FieldMask(paths=["labels"]),
            )
            stubs.UpdateVersion(change)
    sizes = _sizes(database_url)
    assert len(sizes) == CHANGES
    assert max(sizes) <= MOST_BYTES


def _sizes(url: str) -> list[int]:
    engines = open_engines(url)
    try:
        with engines.readers.begin() as connection:
            sizes = text(_SIZES[connection.dialect.name])
            return [int(number) for number in connection.scalars(sizes)]
    finally:
        engines.dispose()
